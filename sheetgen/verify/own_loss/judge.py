"""Judges a training step: does each update follow the gradient of the step's own loss?"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.draws import Data, Draws
from sheetgen.verify.own_loss.losses import Loss, candidates, forward_of
from sheetgen.verify.own_loss.multiples import Spot, rounded, same, spots, tells
from sheetgen.verify.own_loss.rules import Rule, read_rule, settings_of, telling_spot
from sheetgen.verify.own_loss.shares import shared_targets
from sheetgen.verify.own_loss.steps import Step, Steps

_FLAT = 1e-12
_MOST_DERIVATIVES = 40_000
_MOST_TURNS = 4


@dataclass
class Judged:
    """A step judged by one loss.

    Attributes:
        steps: the workbook's steps.
        loss: the loss.
        draws: the step, evaluated.
        forward: the cells of its forward pass.
        spots: by parameter, where a multiple of its gradient stands on the way to its update.
        unused: parameters that the loss does not depend on.
        unclear: parameters whose gradient is 0 in almost all draws, so that their updates are not judged.
        unknown: by parameter whose update cannot be evaluated, the cell that cannot and the reason.
        unit: the factor between the loss's derivative and what the sheet calls the gradient.
    """

    steps: Steps
    loss: Loss
    draws: Draws
    forward: list[Place]
    spots: dict[Place, list[Spot]] = field(default_factory=dict)
    unused: list[Place] = field(default_factory=list)
    unclear: list[Place] = field(default_factory=list)
    unknown: dict[Place, tuple[Place, str]] = field(default_factory=dict)
    unit: float = 1.0

    @property
    def lost(self) -> list[Place]:
        """The parameters whose update holds no multiple of the gradient."""
        return [place for place, spots in self.spots.items() if not spots]

    @cached_property
    def rules(self) -> dict[Place, Rule]:
        """By parameter that follows its gradient, how; without those whose rule cannot be evaluated."""
        return {parameter: rule for parameter, rule in self._read.items() if np.isfinite(rule.result).any()}

    @property
    def unread(self) -> list[Place]:
        """The parameters whose rule cannot be evaluated: it needs a number that no calculation has left in the file."""
        return [parameter for parameter in self._read if parameter not in self.rules]

    @cached_property
    def _read(self) -> dict[Place, Rule]:
        updates = self.draws.step.updates
        chosen = {
            parameter: telling_spot(self.steps, updates[parameter], found, self.unit)
            for parameter, found in self.spots.items()
        }
        return {
            parameter: read_rule(self.steps, self.draws, parameter, spot)
            for parameter, spot in chosen.items()
            if spot is not None
        }

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
        """Return the rule that most parameters follow; one that goes against the gradient before any other.

        Of two parameters each with a rule of its own, the one tells that steps on from itself, by the usual gradient
        and a rate.
        """
        rules = {place: self.rules[place] for place in places}

        def rank(place: Place) -> tuple[bool, int, bool, bool, bool]:
            rule, found = rules[place], self.spots[place]
            factors = {rounded(spot.factor) for spot in [each for each in found if each.node is None] or found}
            alike = sum(map(rule.like, rules.values()))
            own = not self.steps.is_astray(self.draws.step.updates[place])
            return rule.descends, alike, own, self.unit in factors, bool(self._settings(place))

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
        return settings_of(self.draws, [self.draws.step.updates[parameter]])

    @cached_property
    def _kinds(self) -> dict[Place, tuple[int, bool]]:
        """By parameter, the depth at which it is used, and whether it is added rather than multiplied."""
        graph = self.draws.graph
        users: dict[Place, list[Place]] = {place: [] for place in self.spots}
        for place in self.forward:
            tree = self.draws.tree(place)
            for each in dict.fromkeys(graph.within(tree, tree.root)):
                if each in users:
                    users[each].append(place)
        return {
            place: (min(map(graph.depth, found), default=0), bool(found) and _is_added(self.draws, found[0], place))
            for place, found in users.items()
        }

    def behind(self, parameters: Iterable[Place]) -> set[Place]:
        """Return the formulas that the updates of some parameters follow from."""
        return {place for each in parameters for place in self.steps.subtree(self.draws.step.updates[each])}

    @property
    def score(self) -> int:
        """How many parameters follow the gradient."""
        return sum(bool(spots) for spots in self.spots.values())


def _is_added(draws: Draws, user: Place, place: Place) -> bool:
    """Tell whether a formula adds a cell as it is, as a bias is added."""
    tree = draws.tree(user)

    def holds(node: Node) -> bool:
        return node.kind == "reference" and place in draws.graph.holds(tree.area(node))

    return any(node.kind == "infix" and node.value == "+" and any(map(holds, node.parts)) for node in tree.root.walk())


def judge(steps: Steps, step: Step, labelled: list[list[Place]]) -> Judged | None:
    """Judge a step by the loss that explains most of its updates; None if it has none.

    Args:
        steps: the workbook's steps.
        step: the one.
        labelled: groups of cells each of whose sum may be the loss, the likeliest first.
    """
    tried = list[Judged]()
    for data in Data:
        if data is Data.SHARES and not shared_targets(steps, step):
            continue
        by_loss = judge_all(steps, step, labelled, data)
        if not by_loss:
            return None
        best = _best(by_loss)
        if data is Data.SHARES and _fits(best) > _fits(tried[0]):
            tried.clear()
        tried.append(best)
        if best.score >= max(1, tried[0].score) and not best.lost and not best.odd:
            return best
    # Random numbers tell more, unless what is typed has to be so, as targets that add up to 1.
    return next((each for each in tried if each.score), tried[0])


def _best(by_loss: list[Judged]) -> Judged:
    """Return the step as judged by the loss that fits best; rules are read only as far as they decide."""
    most = max(each.score for each in by_loss)
    if not most:  # then at least all samples of a batch count
        return max(by_loss, key=lambda each: len(each.forward))
    best = min((each for each in by_loss if each.score == most), key=lambda each: len(each.odd))
    return best if not best.odd else max(by_loss, key=_fits)


def _fits(judged: Judged) -> tuple[int, int]:
    """Rank a loss by how many updates follow it in the usual way: a part of it is found within many more."""
    return judged.score - len(judged.odd), judged.score


def judge_all(steps: Steps, step: Step, labelled: list[list[Place]], data: Data) -> list[Judged]:
    """Judge a step by each candidate for its loss, on other numbers where the first ones leave a gradient unclear."""
    clearest = list[Judged]()
    for turn in range(_MOST_TURNS):
        draws, forward = evaluated(steps, step, labelled, data, turn=turn)
        losses = candidates(draws, labelled, steps.error_parts(*step.cells))
        found = [judge_by(steps, step, draws, forward, loss) for loss in losses]
        if not clearest or sum(len(each.unclear) for each in found) < sum(len(each.unclear) for each in clearest):
            clearest = found
        if not any(each.unclear for each in clearest):
            break
    return clearest


def evaluated(
    steps: Steps,
    step: Step,
    labelled: list[list[Place]],
    data: Data,
    trees: Mapping[Place, Tree] | None = None,
    turn: int = 0,
) -> tuple[Draws, list[Place]]:
    """Evaluate a step with the derivatives along its parameters and the cells of its forward pass.

    Args:
        steps: the workbook's steps.
        step: the one.
        labelled: groups of cells each of whose sum may be the loss.
        data: what stands for typed numbers.
        trees: formulas that stand in for those of the sheet.
        turn: which of several sets of random numbers.
    """
    graph, parts = steps.graph, steps.error_parts(*step.cells)
    ends = {place for group in labelled for place in group}
    ends.update(place for part in parts for place in graph.within(graph.trees[part.place], part.result))
    forward = forward_of(steps, step, ends)
    directions = {place: at for at, place in enumerate([*step.parameters, *forward])}
    varying = {each for place in forward for each in graph.precedents(place) if steps.is_data(each)}
    varying.update(place for part in parts for place in graph.within(graph.trees[part.place], part.target))
    varying -= steps.switches
    shares = shared_targets(steps, step)
    draws = Draws(graph, step, data, directions, trees or {}, shares, varying=frozenset(varying), turn=turn)
    if len(forward) * len(directions) <= _MOST_DERIVATIVES:
        draws.run(step.cells)
    return draws, forward


def judge_by(steps: Steps, step: Step, draws: Draws, forward: list[Place], loss: Loss) -> Judged:
    """Judge a step by one loss."""
    # Without what other candidates for the loss follow from, such as a gradient that no update uses by mistake.
    judged = Judged(steps, loss, draws, forward_of(steps, step, loss.cells) if loss.cells else forward)
    gradients = loss.slope[:, [draws.directions[each] for each in step.updates]]
    steepest = np.max(np.abs(np.nan_to_num(gradients)), initial=0.0)
    for parameter, updated in step.updates.items():
        gradient = loss.slope[:, draws.directions[parameter]]
        lost = next((each for each in reversed(steps.subtree(updated)) if each in draws.unknown), None)
        if lost is not None:
            judged.unknown[parameter] = lost, draws.unknown[lost]
        elif not np.nan_to_num(gradient).any() and _stays(draws, parameter, updated):
            continue  # such as a weight of an input that is 0
        elif not np.nan_to_num(gradient).any():
            judged.unused.append(parameter)
            judged.spots[parameter] = []
        elif np.nanmax(np.abs(gradient)) < _FLAT * steepest:
            continue  # such as a bias that all inputs of a softmax share
        elif not tells(gradient):
            judged.unclear.append(parameter)
        else:
            judged.spots[parameter] = spots(draws, steps.subtree(updated), gradient)
    judged.unit = _unit(judged)
    return judged


def _stays(draws: Draws, parameter: Place, updated: Place) -> bool:
    """Tell whether an update leaves a parameter as it is."""
    before, after = draws.number(parameter), draws.number(updated)
    return before is not None and after is not None and same(before, after)


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
