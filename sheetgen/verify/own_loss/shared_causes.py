"""One wrong cell that several updates follow from, such as a δ or a column of slopes, rather than all that use it."""

from collections.abc import Iterator, Sequence

import numpy as np

from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.judge import Judged
from sheetgen.verify.own_loss.multiples import multiples, rounded
from sheetgen.verify.own_loss.retrial import Retrial
from sheetgen.verify.own_loss.steps import Steps
from sheetgen.verify.own_loss.swaps import swaps

_MOST_EVALUATED = 8_000  # cells, for all trials of a step


def shared_causes(steps: Steps, judged: Judged, spoilt: Sequence[Place]) -> Iterator[Fault]:
    """Yield cells each of which, put right by one change, makes all spoilt updates right that follow from it.

    Args:
        steps: the workbook's steps.
        judged: the one in question.
        spoilt: the parameters whose updates are not as the others, or not by the gradient. Only a cell that several
            of them follow from, and no right update, is looked at.
    """
    left, budget = list(spoilt), _MOST_EVALUATED
    for place, users in _shared(steps, judged, spoilt):
        parameters = [each for each in left if each in users]
        if len(parameters) < 2 or budget < 0:
            continue
        retrial = Retrial(steps, judged, place, parameters)
        for fault, tree in _changes(steps, judged, place, parameters):
            budget -= retrial.cost
            if retrial.mends(tree):
                left = [each for each in left if each not in users]
                yield fault
                break
            if budget < 0:
                break


def _shared(steps: Steps, judged: Judged, spoilt: Sequence[Place]) -> list[tuple[Place, set[Place]]]:
    """List the cells that several spoilt updates follow from and no right one, with these; the widest causes first."""
    updates, forward = judged.draws.step.updates, set(judged.forward)
    right = [each for each in judged.rules if each not in spoilt]
    own = set(judged.draws.step.cells) - forward - judged.behind(right)
    users: dict[Place, set[Place]] = {}
    for parameter in spoilt:
        for place in own.intersection(steps.subtree(updates[parameter])):
            users.setdefault(place, set()).add(parameter)
    shared = [each for each in users.items() if len(each[1]) > 1]
    return sorted(shared, key=lambda each: (-len(each[1]), steps.graph.depth(each[0]), each[0]))


def _changes(steps: Steps, judged: Judged, place: Place, parameters: Sequence[Place]) -> Iterator[tuple[Fault, Tree]]:
    """Yield a cell's formula freed from a factor, or with one reference replaced, each with the fault that it mends."""
    root, areas = judged.draws.tree(place)
    for factor in _factors(judged, place):
        scaled = Node("infix", "*", (Node("number", 1 / factor), root))
        yield Fault(place, "factor", tuple(parameters), factor=factor), Tree(scaled, areas)
    for swap in swaps(steps, judged, [place], []):
        fault = Fault(place, "gradient", tuple(parameters), swap.stands, swap.belongs, occurrence=swap.occurrence)
        yield fault, swap.tree


def _factors(judged: Judged, place: Place) -> list[float]:
    """Return by how much a cell may be too large: if it is a multiple of the derivative along a forward cell."""
    draws = judged.draws
    number = draws.number(place)
    slopes = judged.loss.slope.T[[draws.directions[each] for each in judged.forward]]
    slopes = slopes[np.nan_to_num(slopes).any(axis=1)]
    if number is None or not len(slopes):
        return []
    found = multiples(number[None, :], slopes)
    factors = dict.fromkeys(rounded(each / judged.unit) for each in found[np.isfinite(found)].tolist())
    return [each for each in factors if each != 1]
