"""Which cell is to blame for updates that do not follow the gradient, and what belongs there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Array, Place
from sheetgen.verify.own_loss.draws import Draws
from sheetgen.verify.own_loss.judge import Judged, evaluated, judge_by
from sheetgen.verify.own_loss.losses import Loss, candidates
from sheetgen.verify.own_loss.multiples import multiples, rounded, spots
from sheetgen.verify.own_loss.steps import Step, Steps

_MOST_TRIED = 200
_MOST_EVALUATED = 8_000  # cells, while the forward pass is searched


class Fault(NamedTuple):
    """A cell that contradicts another one.

    Attributes:
        place: the cell.
        kind: what is wrong: `gradient`, `factor`, `forward`, `rule`, `ascent`, `base`, `empty`, `typed` or `odd`; the
            sentence of each is in `wording`.
        parameters: whose updates it spoils.
        stands: the cell that its formula refers to by mistake, if that is what is wrong.
        belongs: the one that belongs there.
        factor: by how much it is too large, if that is all.
        occurrence: which of several references to the same cell is wrong; None for all.
        beside: a cell that does the same right.
    """

    place: Place
    kind: str
    parameters: tuple[Place, ...]
    stands: Place | None = None
    belongs: Place | None = None
    factor: float | None = None
    occurrence: int | None = None
    beside: Place | None = None


def faults(steps: Steps, step: Step, judged: Judged, labelled: list[list[Place]]) -> list[Fault]:
    """List the cells that are to blame for what is wrong with a step."""
    found: list[Fault] = []
    if judged.lost:
        found = [] if judged.unused else list(_lost(steps, judged, judged.lost))
        if judged.unused or not all(fault.belongs for fault in found):
            forward = _forward_fault(steps, step, judged, labelled)
            if forward is not None:
                return [forward]
            found = found or list(_lost(steps, judged, judged.lost))
    return [*found, *_odd(steps, judged)]


def _forward_fault(steps: Steps, step: Step, judged: Judged, labelled: list[list[Place]]) -> Fault | None:
    """Look for one reference in the forward pass that, put right, makes every gradient right."""
    parts = steps.error_parts(*step.cells)
    for tried, swap in enumerate(_swaps(steps, judged, judged.forward, judged.unused)):
        if tried * len(step.cells) > _MOST_EVALUATED:
            return None
        draws, forward = evaluated(steps, step, labelled, judged.draws.data, {swap.place: swap.tree})
        for loss in candidates(draws, labelled, parts):
            if _mends(steps, judged, draws, forward, loss):
                return Fault(
                    swap.place, "forward", tuple(judged.lost), swap.stands, swap.belongs, None, swap.occurrence
                )
    return None


def _mends(steps: Steps, judged: Judged, draws: Draws, forward: list[Place], loss: Loss) -> bool:
    """Tell whether every update follows the gradient once the forward pass is changed."""
    step, first = draws.step, judged.lost[0]
    if not spots(draws, steps.subtree(step.updates[first]), loss.slope[:, draws.directions[first]]):
        return False
    other = judge_by(steps, step, draws, forward, loss)
    return not other.lost and not other.odd


class _Swap(NamedTuple):
    """A formula with one reference replaced."""

    place: Place
    tree: Tree
    stands: Place
    belongs: Place
    occurrence: int | None


def _swaps(steps: Steps, judged: Judged, cells: list[Place], wanted: list[Place]) -> Iterator[_Swap]:
    """Yield formulas with one reference replaced: by a parameter that is nowhere used, or else by one of its kind."""
    graph, kinds = steps.graph, _Kinds(steps, judged)
    for place in cells:
        tree = graph.trees[place]
        for at, paths, occurrence in _choices(tree):
            stands = graph.source(tree.areas[at].corner)
            choices = kinds.like(stands)
            for belongs in [each for each in choices if each in wanted] if wanted else choices:
                if belongs not in (stands, place):
                    yield _Swap(place, _with_reference(tree, paths, belongs), stands, belongs, occurrence)


class _Kinds:
    """Which cells might be mistaken for which."""

    def __init__(self, steps: Steps, judged: Judged) -> None:
        self._steps = steps
        self._judged = judged
        forward = judged.forward
        data = {
            each for place in judged.draws.step.cells for each in steps.graph.precedents(place) if steps.is_data(each)
        }
        self._data = sorted(each for each in data if steps.graph.number(each) is not None)
        self._forward = forward
        self._other = [place for place in judged.draws.step.cells if place not in set(forward)]

    def like(self, place: Place) -> list[Place]:
        """Return the cells of the same kind, the nearest in depth first."""
        step = self._judged.draws.step
        for group in (step.parameters, self._data, self._forward, self._other):
            if place in group:
                depth = self._steps.graph.depth(place)
                return sorted(group, key=lambda each: (abs(self._steps.graph.depth(each) - depth), each))
        return []


Path = tuple[int, ...]


def _choices(tree: Tree) -> Iterator[tuple[int, set[Path], int | None]]:
    """Yield each single cell that a formula refers to with all its places in the formula, then with one of them."""
    paths: dict[int, list[Path]] = {}
    for path, node in _references(tree.root):
        paths.setdefault(int(node.value or 0), []).append(path)
    cells = {at: found for at, found in paths.items() if tree.areas[at].is_cell}
    yield from ((at, set(found), None) for at, found in cells.items())
    for at, found in cells.items():
        if len(found) > 1:
            yield from ((at, {path}, number) for number, path in enumerate(found))


def _references(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    if node.kind == "reference":
        yield path, node
    for at, part in enumerate(node.parts):
        yield from _references(part, (*path, at))


def _with_reference(tree: Tree, paths: set[Path], place: Place) -> Tree:
    """Return a formula that refers to another cell in some places."""
    sheet, row, column = place
    areas = (*tree.areas, Area(sheet, row, column, row, column))

    def changed(node: Node, path: Path) -> Node:
        if path in paths:
            return Node("reference", len(areas) - 1)
        return node._replace(parts=tuple(changed(part, (*path, at)) for at, part in enumerate(node.parts)))

    return Tree(changed(tree.root, ()), areas)


def _lost(steps: Steps, judged: Judged, lost: list[Place]) -> Iterator[Fault]:
    """Blame the first cell on the way to each lost update that is neither a derivative nor used by a right update."""
    updates = judged.draws.step.updates
    right = [each for each in judged.rules if each not in lost]
    fine = {place for each in right for place in steps.subtree(updates[each])}
    blamed: dict[Place, list[Place]] = {}
    own, forward = set(judged.draws.step.cells), set(judged.forward)
    for parameter in lost:
        way = [place for place in steps.subtree(updates[parameter]) if place in own and place not in forward | fine]
        bad = [place for place in way if not _is_derivative(judged, place)] or [updates[parameter]]
        first = [place for place in bad if not set(steps.graph.precedents(place)) & set(bad)]
        for place in _passing_on(steps, first[0]) if len(first) == 1 and first[0] == updates[parameter] else first:
            blamed.setdefault(place, []).append(parameter)
    for place, parameters in blamed.items():
        yield _repaired(steps, judged, Fault(place, "gradient", tuple(parameters)))


def _passing_on(steps: Steps, updated: Place) -> list[Place]:
    """Return the cell that hands an update the wrong gradient by only repeating it, or else the update."""
    repeating = [place for place, source in steps.graph.passed_on(updated).items() if source not in steps.states]
    live = [place for place in repeating if not steps.is_data(steps.graph.source(place))]
    return live if len(live) == 1 else [updated]


def _is_derivative(judged: Judged, place: Place) -> bool:
    """Tell whether a cell is a multiple of the loss's derivative along a forward cell, or of one forward cell's.

    A derivative along another parameter does not count, nor does a cell that only passes on the one before it.
    """
    draws = judged.draws
    number = draws.number(place)
    if number is None:
        return False
    before = [draws.number(each) for each in draws.graph.precedents(place) if each not in draws.directions]
    passed = [each for each in before if each is not None and not _is_constant(each)]
    if passed and np.isfinite(multiples(number[None, :], np.array(passed))).any():
        return False
    along = [draws.directions[each] for each in judged.forward]
    inner = [each for each in judged.forward if each not in judged.loss.cells]
    local = [draws.slope(each).T[_near(draws, each, along)] for each in inner]
    slopes = np.concatenate([judged.loss.slope.T[along], *local])
    slopes = slopes[np.nan_to_num(slopes).any(axis=1)]
    return bool(len(slopes)) and bool(np.isfinite(multiples(number[None, :], slopes)).any())


def _near(draws: Draws, place: Place, along: list[int]) -> list[int]:
    """Return the directions of the forward cells, and of the parameters that a cell itself refers to."""
    return [*along, *(draws.directions[each] for each in draws.graph.precedents(place) if each in draws.directions)]


def _is_constant(numbers: Array) -> bool:
    return bool((numbers == numbers[0]).all())


def _repaired(steps: Steps, judged: Judged, fault: Fault) -> Fault:
    """Look for one reference in a cell that, put right, makes its updates right."""
    draws, updates = judged.draws, judged.draws.step.updates
    cells = {each: None for parameter in fault.parameters for each in steps.subtree(updates[parameter])}
    affected = sorted(_after(steps, fault.place, list(cells)), key=steps.graph.depth)
    kept = {each: value for each, value in draws.values.items() if each not in affected}
    for tried, swap in enumerate(_swaps(steps, judged, [fault.place], [])):
        if tried > _MOST_TRIED:
            break
        other = replace(draws, trees={swap.place: swap.tree}, records={}, unknown={}, values=dict(kept))
        other.run(affected)
        if all(_follows(judged, other, affected, parameter) for parameter in fault.parameters):
            return fault._replace(stands=swap.stands, belongs=swap.belongs, occurrence=swap.occurrence)
    return fault


def _follows(judged: Judged, draws: Draws, cells: list[Place], parameter: Place) -> bool:
    """Tell whether some of the cells on the way to an update hold the gradient, in the unit of the others."""
    gradient = judged.loss.slope[:, draws.directions[parameter]]
    return any(rounded(spot.factor) == judged.unit for spot in spots(draws, cells, gradient))


def _after(steps: Steps, place: Place, cells: list[Place]) -> set[Place]:
    """Return a cell and those of some others that follow from it."""
    found = {place}
    for each in sorted(cells, key=steps.graph.depth):
        if found & set(steps.graph.precedents(each)):
            found.add(each)
    return found


def _strange(steps: Steps, judged: Judged) -> list[Place]:
    """Return the parameters that do not step as the others do, and those that climb what is known to be a loss."""
    is_loss = not judged.loss.cells or not steps.losses.isdisjoint(judged.loss.cells)
    return [each for each, rule in judged.rules.items() if each in judged.odd or (is_loss and rule.climbs)]


def _odd(steps: Steps, judged: Judged) -> Iterator[Fault]:
    """Blame the cell where an update that follows its gradient otherwise than the rest departs from them."""
    odd, step = _strange(steps, judged), judged.draws.step
    fine = [place for place in judged.rules if place not in odd]
    usual = {judged.unit, *(rounded(spot.factor) for place in fine for spot in judged.spots[place])}
    shared = {place for each in fine for place in steps.subtree(step.updates[each])}
    beside = next((step.updates[place] for place in fine), None)
    blamed: dict[tuple[Place, float], list[Place]] = {}
    for parameter in odd:
        cells = [spot for spot in judged.spots[parameter] if spot.node is None and spot.place not in shared]
        strange = [spot for spot in cells if rounded(spot.factor) not in usual]
        first = min(strange, key=lambda spot: steps.graph.depth(spot.place), default=None)
        if first is None and not any(rounded(spot.factor) == judged.unit for spot in judged.spots[parameter]):
            yield from _lost(steps, judged, [parameter])
        elif first is None or first.place == step.updates[parameter]:
            kind = "ascent" if judged.rules[parameter].climbs else "rule"
            yield Fault(step.updates[parameter], kind, (parameter,), beside=beside)
        else:
            blamed.setdefault((first.place, rounded(first.factor / judged.unit)), []).append(parameter)
    for (place, factor), parameters in blamed.items():
        yield Fault(place, "factor", tuple(parameters), factor=factor)
