"""Which cell is to blame for updates that do not follow the gradient, and what belongs there."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from sheetgen.spreadsheet.formula_tree import Node
from sheetgen.types import Array, Place
from sheetgen.verify.own_loss.draws import Draws
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.forward_causes import OF_ALL, OF_SIBLINGS, OF_UNUSED, Changes, forward_cause
from sheetgen.verify.own_loss.handed import handed_in_place, side_by_side
from sheetgen.verify.own_loss.judge import Judged
from sheetgen.verify.own_loss.multiples import multiples, rounded
from sheetgen.verify.own_loss.retrial import Retrial
from sheetgen.verify.own_loss.rules import read_rule, settings_of, telling_spot
from sheetgen.verify.own_loss.shared_causes import shared_causes
from sheetgen.verify.own_loss.steps import Step, Steps
from sheetgen.verify.own_loss.swaps import Swap, swaps

_MOST_TRIED = 200


def faults(steps: Steps, step: Step, judged: Judged, labelled: list[list[Place]]) -> list[Fault]:
    """List the cells that are to blame for what is wrong with a step."""
    strange = _strange(steps, judged)
    if judged.lost and judged.unused:
        forward = _in_forward(steps, step, judged, labelled, OF_UNUSED)
        if forward:
            return forward
    found = list(shared_causes(steps, judged, [*judged.lost, *strange]))
    explained = {parameter for fault in found for parameter in fault.parameters}
    found += _lost(steps, judged, [each for each in judged.lost if each not in explained])
    unexplained = judged.lost and not all(fault.belongs or fault.factor for fault in found)
    found += _odd(steps, judged, strange, explained)
    if judged.unused or not (unexplained or _one_factor(found)):
        return found
    return _in_forward(steps, step, judged, labelled, OF_ALL if unexplained else OF_SIBLINGS) or found


def _one_factor(found: list[Fault]) -> bool:
    """Tell whether gradients are multiplied by the same factor, which may have one cause before them."""
    return len({fault.factor for fault in found if fault.factor}) == 1


def _in_forward(
    steps: Steps, step: Step, judged: Judged, labelled: list[list[Place]], kinds: Iterable[Changes]
) -> list[Fault]:
    """Return what is wrong if one cause in the forward pass explains all that is lost, and what is wrong besides."""
    cause = forward_cause(steps, step, judged, labelled, kinds)
    if cause is None:
        return []
    return [*cause.faults, *_odd(steps, cause.mended, _strange(steps, cause.mended), set())]


def _lost(steps: Steps, judged: Judged, lost: list[Place]) -> Iterator[Fault]:
    """Blame the first cell on the way to each lost update that is neither a derivative nor used by a right update."""
    updates = judged.draws.step.updates
    right = [each for each in judged.rules if each not in lost]
    fine = judged.behind(right)
    handed = {each: handed_in_place(steps, judged, each, right) for each in lost}
    blamed: dict[Place, list[Place]] = {}
    own, forward = set(judged.draws.step.cells), set(judged.forward)
    for parameter in lost:
        way = [place for place in steps.subtree(updates[parameter]) if place in own and place not in forward | fine]
        place = handed[parameter]
        bad = _not_derived(judged, way, parameter) or [updates[parameter]]
        if place in way and all(place in steps.subtree(each) for each in bad):
            bad = _wrong_terms(judged, place, parameter, fine) or [place]  # the right derivative of something else
        first = [place for place in bad if not set(steps.graph.precedents(place)) & set(bad)]
        first = _wrong_parts(judged, parameter, way, first) or first
        for place in _passing_on(steps, first[0]) if len(first) == 1 and first[0] == updates[parameter] else first:
            blamed.setdefault(place, []).append(parameter)
    for place, parameters in blamed.items():
        fault = Fault(place, "gradient", tuple(parameters))
        yield _repaired(steps, judged, fault, handed[parameters[0]], own - forward - fine)


def _passing_on(steps: Steps, updated: Place) -> list[Place]:
    """Return the cell that hands an update the wrong gradient by only repeating it, or else the update."""
    repeating = [place for place, source in steps.graph.passed_on(updated).items() if source not in steps.parameters]
    live = [place for place in repeating if not steps.is_data(steps.graph.source(place))]
    return live if len(live) == 1 else [updated]


def _not_derived(judged: Judged, way: list[Place], parameter: Place) -> list[Place]:
    """Return the cells on the way to an update that are no derivatives, nor add up such as the samples' of a batch."""
    graph, bad = judged.draws.graph, set[Place]()
    sums = [place for place in way if len(graph.precedents(place)) > 1 and _only_adds(judged.draws.tree(place).root)]
    added = {each for place in sums for each in graph.precedents(place)}
    for place in sorted(way, key=graph.depth):
        right_terms = place in sums and set(way) - bad >= set(graph.precedents(place))
        right_term = place in added and _is_of_a_part(judged, place, parameter)
        if not (right_terms or right_term or _is_derivative(judged, place, parameter)):
            bad.add(place)
    return [place for place in way if place in bad]


def _wrong_terms(judged: Judged, place: Place, parameter: Place, fine: set[Place]) -> list[Place]:
    """Return the cells that a cell adds up, directly or not, but for derivatives of a sample's loss."""
    graph, waiting, found = judged.draws.graph, [place], list[Place]()
    for each in waiting:
        if each in graph.trees and _only_adds(graph.trees[each].root):
            waiting += [part for part in graph.precedents(each) if part not in waiting]
        else:
            found.append(each)
    wrong = {each for each in found if each != place and not _is_of_a_part(judged, each, parameter)}
    sums = [each for each in waiting if each not in found]
    elsewhere = wrong & {*judged.forward, *fine}  # where such a cell is right, and only does not belong into the sum
    repeating = {
        each: source for total in sums for each, source in graph.passed_on(total).items() if source in elsewhere
    }
    return [*(wrong - elsewhere), *repeating]


def _only_adds(node: Node) -> bool:
    """Tell whether a formula is a sum of cells, or a mean."""
    if node.kind == "infix" and node.value == "/":
        return node.parts[1].kind == "number" and _only_adds(node.parts[0])
    sums = (node.kind, node.value) in (("infix", "+"), ("function", "SUM"), ("function", "AVERAGE"))
    return node.kind == "reference" or (sums and all(map(_only_adds, node.parts)))


def _is_derivative(judged: Judged, place: Place, parameter: Place) -> bool:
    """Tell whether a cell is a multiple of the loss's derivative along a forward cell, or of one forward cell's.

    So is what one sample of a batch adds to the derivative along the parameter in question. A derivative along another
    parameter does not count, nor does a cell that only passes on the one before it.
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
    samples = judged.loss.cells if len(judged.loss.cells) > 1 else ()
    parts = [draws.slope(each).T[draws.directions[parameter]][None, :] for each in samples]
    slopes = np.concatenate([judged.loss.slope.T[along], *local, *parts])
    slopes = slopes[np.nan_to_num(slopes).any(axis=1)]
    return bool(len(slopes)) and bool(np.isfinite(multiples(number[None, :], slopes)).any())


def _wrong_parts(judged: Judged, parameter: Place, way: list[Place], first: list[Place]) -> list[Place]:
    """Return the wrong ones where gradients of several samples are added up, some of which are right."""
    graph = judged.draws.graph
    added = [set(graph.precedents(place)) & set(way) for place in way]
    parts = {each for found in added if not found.isdisjoint(first) for each in found}
    right = {each for each in parts if _is_of_a_part(judged, each, parameter)}
    return [place for place in way if place in parts - right] if right else []


def _is_of_a_part(judged: Judged, place: Place, parameter: Place) -> bool:
    """Tell whether a cell is a multiple of the derivative of a part of the loss, such as a sample's, by a parameter."""
    draws = judged.draws
    number = draws.number(place)
    parts = {*judged.loss.cells, *(each for total in judged.loss.cells for each in draws.graph.precedents(total))}
    slopes = np.array([draws.slope(each)[:, draws.directions[parameter]] for each in parts])
    slopes = slopes[np.nan_to_num(slopes).any(axis=1)] if len(slopes) else slopes
    return number is not None and bool(len(slopes)) and bool(np.isfinite(multiples(number[None, :], slopes)).any())


def _near(draws: Draws, place: Place, along: list[int]) -> list[int]:
    """Return the directions of the forward cells, and of the parameters that a cell itself refers to."""
    return [*along, *(draws.directions[each] for each in draws.graph.precedents(place) if each in draws.directions)]


def _is_constant(numbers: Array) -> bool:
    return bool((numbers == numbers[0]).all())


def _repaired(steps: Steps, judged: Judged, fault: Fault, handed: Place | None, own: set[Place]) -> Fault:
    """Look for one reference in a cell, or in the update that it is handed to, that makes its updates right.

    Args:
        steps: the workbook's steps.
        judged: the one in question.
        fault: the cell.
        handed: what its first update is handed in the place of its gradient; a reference to this is tried first.
        own: the cells of the step that neither its loss nor a right update follows from.
    """
    updated = judged.draws.step.updates[fault.parameters[0]]
    place = fault.place if fault.place in steps.graph.trees else updated
    retrial = Retrial(steps, judged, place, fault.parameters)
    tried = islice(swaps(steps, judged, [place], []), _MOST_TRIED)
    for swap in sorted(tried, key=lambda each: each.stands != handed):
        if retrial.mends(swap.tree):
            if swap.stands in own and swap.belongs in steps.graph.precedents(swap.stands):
                return fault._replace(place=swap.stands)  # which spoils the right one that it refers to
            place = _handing(steps, swap) if fault.place == place else fault.place
            return fault._replace(place=place, stands=swap.stands, belongs=swap.belongs, occurrence=swap.occurrence)
    return fault


def _handing(steps: Steps, swap: Swap) -> Place:
    """Return the cell that hands a formula the wrong one by repeating it, or else the formula's."""
    handing = [each for each, source in steps.graph.passed_on(swap.place).items() if source == swap.stands]
    return handing[0] if len(handing) == 1 else swap.place


def _by_the_rule(steps: Steps, judged: Judged, parameter: Place, fine: list[Place]) -> Fault | None:
    """Look for one reference on the way to an update that, put right, makes it step as the others do."""
    step, rules = judged.draws.step, [judged.rules[place] for place in fine]
    spot = telling_spot(steps, step.updates[parameter], judged.spots[parameter], judged.unit)
    if spot is None:
        return None
    kept = {*judged.forward, spot.place, *judged.behind(fine)}
    way = [place for place in steps.subtree(step.updates[parameter]) if place in step.cells and place not in kept]
    for swap in islice(swaps(steps, judged, sorted(way, key=steps.graph.depth), []), _MOST_TRIED // 2):
        draws = replace(judged.draws, trees={swap.place: swap.tree})
        if any(map(read_rule(steps, draws, parameter, spot).like, rules)):
            return Fault(
                _handing(steps, swap), "gradient", (parameter,), swap.stands, swap.belongs, None, swap.occurrence
            )
    return None


def _departing(judged: Judged, parameter: Place, fine: list[Place]) -> Fault | None:
    """Find the cell behind an update that is built otherwise than the one behind another update in the same place."""
    step, graph, forward = judged.draws.step, judged.draws.graph, set(judged.forward)
    usual = _usual_factors(judged, fine)
    right = {spot.place for spot in judged.spots[parameter] if spot.node is None and rounded(spot.factor) in usual}
    right |= judged.behind(fine)
    for other in fine[:1]:
        for one, two in side_by_side(graph, step.updates[parameter], step.updates[other], right):
            trees = graph.trees.get(one), graph.trees.get(two)
            unlike = trees[0] is not None and trees[1] is not None and trees[0].root != trees[1].root
            if unlike and two in step.cells and one not in forward and one != step.updates[parameter]:
                return Fault(one, "odd", (parameter,), beside=two)
    return None


def _usual_factors(judged: Judged, fine: list[Place]) -> set[float]:
    """Return which multiples of their gradients stand in cells on the way to right updates."""
    return {rounded(spot.factor) for place in fine for spot in judged.spots[place] if spot.node is None}


def _strange(steps: Steps, judged: Judged) -> list[Place]:
    """Return the parameters that do not step as the others do, and those that climb what is known to be a loss."""
    is_loss = not judged.loss.cells or not steps.losses.isdisjoint(judged.loss.cells)
    is_loss = is_loss and not _is_turned(judged)
    return [each for each, rule in judged.rules.items() if each in judged.odd or (is_loss and rule.climbs)]


def _is_turned(judged: Judged) -> bool:
    """Tell whether all parameters climb and refer to a typed number below 0: a negative rate is no wrong formula."""
    if not all(rule.climbs for rule in judged.rules.values()):
        return False
    numbers = (judged.draws.graph.number(each) for each in settings_of(judged.draws, judged.behind(judged.rules)))
    return any(number is not None and number < 0 for number in numbers)


def _odd(steps: Steps, judged: Judged, strange: list[Place], explained: set[Place]) -> Iterator[Fault]:
    """Blame the cell where an update that follows its gradient otherwise than the rest departs from them."""
    step, odd = judged.draws.step, [each for each in strange if each not in explained]
    fine = [place for place in judged.rules if place not in strange]
    usual = {judged.unit, *_usual_factors(judged, fine)}
    shared = judged.behind(fine)
    beside = next((step.updates[place] for place in fine), None)
    blamed: dict[tuple[Place, float], list[Place]] = {}
    for parameter in odd:
        cells = [spot for spot in judged.spots[parameter] if spot.node is None and spot.place not in shared]
        unlike = [spot for spot in cells if rounded(spot.factor) not in usual]
        first = min(unlike, key=lambda spot: steps.graph.depth(spot.place), default=None)
        if first is None and not any(rounded(spot.factor) == judged.unit for spot in judged.spots[parameter]):
            yield from _lost(steps, judged, [parameter])
        elif first is None or first.place == step.updates[parameter]:
            kind = "ascent" if judged.rules[parameter].climbs else "rule"
            yield (
                _by_the_rule(steps, judged, parameter, fine)
                or _departing(judged, parameter, fine)
                or Fault(step.updates[parameter], kind, (parameter,), beside=beside)
            )
        else:
            blamed.setdefault((first.place, rounded(first.factor / judged.unit)), []).append(parameter)
    for (place, factor), parameters in blamed.items():
        yield Fault(place, "factor", tuple(parameters), factor=factor)
