"""Judges a training step: does each update follow the gradient of the step's own loss?"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Array, Mask, Place
from sheetgen.verify.own_loss.draws import DRAWS, Data, Draws
from sheetgen.verify.own_loss.duals import Dual
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.losses import Loss, candidates, error_parts, forward_of
from sheetgen.verify.own_loss.steps import Step, Steps

_RELATIVE, _OF_LARGEST = 1e-6, 1e-9
_NOTHING = 1e-7
_FLAT = 1e-12
_FEWEST_DRAWS = 3
_MOST_DERIVATIVES = 40_000


@dataclass(frozen=True)
class Spot:
    """A cell, or a part of its formula, that is a multiple of a parameter's gradient."""

    place: Place
    node: Node | None
    factor: float


@dataclass(frozen=True)
class Rule:
    """What an update makes of given numbers.

    Attributes:
        result: (draws,), the new parameter.
        slope: (draws,), by how much it changes with the gradient.
    """

    result: Array
    slope: Array

    def like(self, other: "Rule") -> bool:
        """Tell whether two updates follow the same rule."""
        return same(self.result, other.result)

    @property
    def descends(self) -> bool:
        """Whether the parameter goes against its gradient."""
        slope = self.slope[np.isfinite(self.slope)]
        return bool((slope <= 0).all() and (slope < 0).any())

    @property
    def climbs(self) -> bool:
        """Whether the parameter goes along its gradient."""
        slope = self.slope[np.isfinite(self.slope)]
        return bool((slope >= 0).all() and (slope > 0).any())


@dataclass
class Judged:
    """A step judged by one loss.

    Attributes:
        loss: the loss.
        draws: the step, evaluated.
        forward: the cells of its forward pass.
        spots: by parameter, where a multiple of its gradient stands on the way to its update.
        rules: by parameter that follows its gradient, how.
        unused: parameters that the loss does not depend on.
        unknown: by parameter whose update cannot be evaluated, the reason.
        unit: the factor between the loss's derivative and what the sheet calls the gradient.
    """

    loss: Loss
    draws: Draws
    forward: list[Place]
    spots: dict[Place, list[Spot]] = field(default_factory=dict)
    rules: dict[Place, Rule] = field(default_factory=dict)
    unused: list[Place] = field(default_factory=list)
    unknown: dict[Place, str] = field(default_factory=dict)
    unit: float = 1.0

    @property
    def lost(self) -> list[Place]:
        """The parameters whose update holds no multiple of the gradient."""
        return [place for place, spots in self.spots.items() if not spots]

    @cached_property
    def odd(self) -> list[Place]:
        """The parameters that follow their gradient otherwise than the others of their layer, or of the network."""
        usual = self._commonest(list(self.rules))
        found = []
        for layer in dict.fromkeys(self._kinds.values()):
            members = [place for place in self.rules if self._kinds[place] == layer]
            own = self._commonest(members)
            if own is not None and usual is not None and not own.like(usual) and not self._may_differ(members, own):
                own = usual
            found += [place for place in members if own is not None and not self.rules[place].like(own)]
        return found

    def _commonest(self, places: list[Place]) -> Rule | None:
        """Return the rule that most parameters follow; one that goes against the gradient before any other."""
        rules = {place: self.rules[place] for place in places}

        def rank(place: Place) -> tuple[bool, int, bool]:
            rule = rules[place]
            usual = any(rounded(spot.factor) == self.unit for spot in self.spots[place])
            return rule.descends, sum(map(rule.like, rules.values())), usual

        return rules[max(rules, key=rank)] if rules else None

    def _may_differ(self, places: list[Place], rule: Rule) -> bool:
        """Tell whether the parameters of a layer may have a rule of their own: another rate, and not by mistake."""
        alike = [place for place in places if self.rules[place].like(rule)]
        factors = [{rounded(spot.factor) for spot in self.spots[place] if spot.node is None} for place in alike]
        if not rule.descends or any(each and self.unit not in each for each in factors):
            return False
        others = {rate for place in self.rules if place not in places for rate in self._settings(place)}
        return len(alike) > 1 or any(self._settings(place) - others for place in alike)

    def _settings(self, parameter: Place) -> set[Place]:
        """Return the typed cells that an update refers to itself, such as its rate."""
        return _settings(self.draws, [self.draws.step.updates[parameter]])

    @cached_property
    def _kinds(self) -> dict[Place, tuple[int, bool]]:
        """By parameter, the depth at which it is used, and whether it is added rather than multiplied."""
        graph = self.draws.graph
        users: dict[Place, list[Place]] = {place: [] for place in self.spots}
        for place in self.forward:
            for each in graph.precedents(place):
                if each in users:
                    users[each].append(place)
        return {
            place: (min(map(graph.depth, found), default=0), bool(found) and _is_added(graph, found[0], place))
            for place, found in users.items()
        }

    @property
    def score(self) -> int:
        """How many parameters follow the gradient."""
        return sum(bool(spots) for spots in self.spots.values())


def _is_added(graph: Graph, user: Place, place: Place) -> bool:
    """Tell whether a formula adds a cell as it is, as a bias is added."""
    tree = graph.trees[user]

    def holds(node: Node) -> bool:
        return node.kind == "reference" and place in graph.holds(tree.areas[int(node.value or 0)])

    return any(node.kind == "infix" and node.value == "+" and any(map(holds, node.parts)) for node in tree.root.walk())


def same(one: Array, other: Array) -> bool:
    """Tell whether two rows of numbers are the same but for rounding."""
    both = np.isfinite(one) & np.isfinite(other)
    return bool(both.any() and np.allclose(one[both], other[both], rtol=1e-6, atol=1e-9))


def judge(steps: Steps, step: Step, labelled: list[list[Place]]) -> Judged | None:
    """Judge a step by the loss that explains most of its updates; None if it has none.

    Args:
        steps: the workbook's steps.
        step: the one.
        labelled: groups of cells each of whose sum may be the loss, the likeliest first.
    """
    tried = []
    for data in Data:
        best = max(judge_all(steps, step, labelled, data), key=_fits, default=None)
        if best is None or (best.score and not best.lost and not best.odd):
            return best
        tried.append(best)
    # Random numbers tell more, unless what is typed has to be so, as targets that add up to 1.
    return next((each for each in tried if each.score), tried[0])


def _fits(judged: Judged) -> tuple[int, int]:
    return judged.score, -len(judged.odd)


def judge_all(steps: Steps, step: Step, labelled: list[list[Place]], data: Data) -> Iterable[Judged]:
    """Judge a step by each candidate for its loss."""
    draws, forward = evaluated(steps, step, labelled, data)
    if len(forward) * len(draws.directions) > _MOST_DERIVATIVES:
        return
    for loss in candidates(draws, labelled, error_parts(steps, step)):
        yield judge_by(steps, step, draws, forward, loss)


def evaluated(
    steps: Steps, step: Step, labelled: list[list[Place]], data: Data, trees: Mapping[Place, Tree] | None = None
) -> tuple[Draws, list[Place]]:
    """Evaluate a step with the derivatives along its parameters and the cells of its forward pass.

    Args:
        steps: the workbook's steps.
        step: the one.
        labelled: groups of cells each of whose sum may be the loss.
        data: what stands for typed numbers.
        trees: formulas that stand in for those of the sheet.
    """
    parts = error_parts(steps, step)
    ends = {place for group in labelled for place in group}
    for part in parts:
        tree = steps.graph.trees[part.place]
        for node in part.result.walk():
            if node.kind == "reference":
                ends.update(steps.graph.holds(tree.areas[int(node.value or 0)]))
    forward = forward_of(steps, step, ends)
    directions = {place: at for at, place in enumerate([*step.parameters, *forward])}
    varying = {each for place in forward for each in steps.graph.precedents(place) if steps.is_data(each)}
    for part in parts:
        tree = steps.graph.trees[part.place]
        for node in part.target.walk():
            if node.kind == "reference":
                varying.update(steps.graph.holds(tree.areas[int(node.value or 0)]))
    varying -= steps.switches
    draws = Draws(steps.graph, step, data, directions, trees or {}, varying=frozenset(varying))
    if len(forward) * len(directions) <= _MOST_DERIVATIVES:
        draws.run(step.cells)
    return draws, forward


def judge_by(steps: Steps, step: Step, draws: Draws, forward: list[Place], loss: Loss) -> Judged:
    """Judge a step by one loss."""
    judged = Judged(loss, draws, forward)
    gradients = loss.slope[:, [draws.directions[each] for each in step.updates]]
    steepest = np.max(np.abs(np.nan_to_num(gradients)), initial=0.0)
    for parameter, updated in step.updates.items():
        gradient = loss.slope[:, draws.directions[parameter]]
        lost = next((draws.unknown[each] for each in steps.subtree(updated) if each in draws.unknown), None)
        if lost is not None:
            judged.unknown[parameter] = lost
        elif not np.nan_to_num(gradient).any():
            judged.unused.append(parameter)
            judged.spots[parameter] = []
        elif np.nanmax(np.abs(gradient)) < _FLAT * steepest:
            continue  # such as a bias that all inputs of a softmax share
        else:
            judged.spots[parameter] = spots(draws, steps.subtree(updated), gradient)
    judged.unit = _unit(judged)
    for parameter, found in judged.spots.items():
        chosen = _chosen(found, judged.unit)
        if chosen is not None:
            judged.rules[parameter] = _rule(steps, step, draws, parameter, chosen)
    return judged


def spots(draws: Draws, cells: list[Place], gradient: Array) -> list[Spot]:
    """Find the cells, and the parts of their formulas, that are a multiple of a gradient."""
    found: dict[tuple[Place, Node | None], Array] = {}
    for place in cells:
        for each in (place, *draws.graph.precedents(place)):
            whole = draws.number(each) if each == place or each in draws.directions else None
            if whole is not None and each not in draws.step.parameters:
                found[each, None] = whole
        for node, part in draws.records.get(place, {}).items():
            if node.kind in ("infix", "prefix", "function") and part.value.shape[2] == DRAWS:
                found[place, node] = part.value[0, 0]
    if not found:
        return []
    factors = multiples(np.array(list(found.values())), gradient)
    return [Spot(*spot, float(factor)) for spot, factor in zip(found, factors, strict=True) if np.isfinite(factor)]


def multiples(numbers: Array, gradient: Array) -> Array:
    """Return for each row of numbers, (n, draws), of which multiple of a gradient it is; nan for none.

    Args:
        numbers: (n, draws).
        gradient: (draws,), or (n, draws) for one of each row's own; (1, draws) numbers may be held against many.
    """
    numbers, gradient = np.broadcast_arrays(numbers, gradient)
    finite: Mask = np.isfinite(gradient) & np.isfinite(numbers)
    size = np.where(finite, np.abs(gradient), 0.0)
    telling = size > _NOTHING * size.max(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        largest = np.argmax(size, axis=1)
        factor = (numbers / gradient)[np.arange(len(numbers)), largest]
        off = np.abs(numbers - factor[:, None] * gradient)
        scale = np.max(np.where(telling, np.abs(numbers), 0.0), axis=1)
        fine = off <= _RELATIVE * np.abs(numbers) + _OF_LARGEST * scale[:, None]
    found = (fine | ~finite).all(axis=1) & (telling.sum(axis=1) >= _FEWEST_DRAWS) & (factor != 0)
    return np.where(found, factor, np.nan)


def _settings(draws: Draws, cells: Iterable[Place]) -> set[Place]:
    """Return the typed numbers that updates refer to and the loss does not, such as rates."""
    held = {each for place in cells for each in draws.graph.precedents(place)}
    return {
        place
        for place in held - draws.varying
        if draws.graph.depth(place) == 0 and place not in draws.directions and draws.graph.number(place) is not None
    }


def _unit(judged: Judged) -> float:
    """Return the factor that most parameters' gradients have in common, the simplest one where several do."""
    counts = Counter(factor for found in judged.spots.values() for factor in {rounded(spot.factor) for spot in found})
    if not counts:
        return 1.0
    most = max(counts.values())
    return min(
        (factor for factor, count in counts.items() if count == most),
        key=lambda factor: (abs(abs(np.log(abs(factor)))), factor < 0),
    )


def rounded(factor: float) -> float:
    """Round a factor so that equal ones compare as equal."""
    return float(f"{factor:.6g}")


def _chosen(found: list[Spot], unit: float) -> Spot | None:
    """Choose the spot from which the rule of the update is read: a cell rather than a part of one."""
    cells = [spot for spot in found if spot.node is None]
    fitting = [spot for spot in found if rounded(spot.factor) == unit]
    for group in ([spot for spot in cells if spot in fitting], fitting, cells, found):
        if group:
            return group[0]
    return None


def _rule(steps: Steps, step: Step, draws: Draws, parameter: Place, spot: Spot) -> Rule:
    """Return what an update makes of a given parameter, gradient and memory: equal for all that follow one rule."""
    seed = np.random.default_rng(3)
    old, gradient, *memory = (seed.uniform(0.3, 1.2, DRAWS)[None, None, :] for _ in range(8))
    old = old * np.resize([1.0, -1.0, -8.0, 8.0], DRAWS)
    cells = steps.subtree(step.updates[parameter])
    other = Draws(draws.graph, step, draws.data, {("", 0, 0): 0}, draws.trees, varying=draws.varying)
    given = Dual(gradient * spot.factor * np.resize([1.0, -1.0], DRAWS), np.full((1, 1, DRAWS, 1), spot.factor))
    other.values = {parameter: Dual(old)}
    kept = [each for place in cells for each in draws.graph.precedents(place)]
    kept = [each for each in dict.fromkeys(kept) if each in steps.states and each not in step.parameters]
    for number, place in zip(memory, (each for each in kept if each not in cells), strict=False):
        other.values[place] = Dual(number)
    replaced = {}
    if spot.node is None:
        other.values[spot.place] = given
    else:
        replaced = {spot.place: {spot.node: given}}
    behind = sorted({*cells, *forward_of(steps, step, kept_forward(steps, cells))}, key=draws.graph.depth)
    other.run(behind, replaced)
    found = other.number(step.updates[parameter])
    return Rule(np.full(DRAWS, np.nan) if found is None else found, other.slope(step.updates[parameter])[:, 0])


def kept_forward(steps: Steps, cells: list[Place]) -> list[Place]:
    """Return the formulas that some cells refer to."""
    return [each for place in cells for each in steps.graph.precedents(place) if each in steps.graph.trees]
