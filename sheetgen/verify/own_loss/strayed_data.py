"""References to another step's input or target, which show only where the numbers of the steps differ."""

from collections.abc import Iterator, Mapping, Sequence

from sheetgen.types import Place
from sheetgen.verify.own_loss.draws import Data
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.judge import Judged, evaluated, judge_by
from sheetgen.verify.own_loss.losses import candidates
from sheetgen.verify.own_loss.neighbours import next_to
from sheetgen.verify.own_loss.steps import Step, Steps

_Strayed = Mapping[Place, Place]
"""By typed number of the step before or after, the one of the step itself."""


def strayed_data(steps: Steps, alike: Sequence[Step], judged: Judged, labelled: list[list[Place]]) -> list[Fault]:
    """Find the cells of a step that take a typed number from the step before or after by mistake.

    That is the mistake if every update follows its gradient on random numbers as soon as it is put right.

    Args:
        steps: the workbook's steps.
        alike: steps that are built alike, the one in question first.
        judged: that one, right on the numbers that are typed, but not on others.
        labelled: groups of cells each of whose sum may be its loss.
    """
    if judged.draws.data is not Data.TYPED or len(alike) < 2:
        return []
    ways = [_fewest(steps, judged, labelled, strayed) for strayed in _sliding(steps, *alike[:2]) if strayed]
    found = sorted((_changed(steps, judged, strayed) for strayed in ways if strayed), key=len)
    # Where as many cells refer to the one as to the other, it is not known which of them is meant.
    return found[0] if found and (len(found) == 1 or len(found[0]) < len(found[1])) else []


def _sliding(steps: Steps, step: Step, after: Step) -> Iterator[_Strayed]:
    """Yield the numbers of the step before that a step refers to, then those of the step after."""
    used, theirs = (_typed(steps, each) for each in (step, after))
    moved = {each: next_to(steps.graph, each, step, after) for each in used}
    pairs = [(each, other) for each, other in moved.items() if other in used & theirs and moved[other] in theirs]
    yield {each: other for each, other in pairs if each != other}
    yield {other: each for each, other in pairs if each != other}


def _typed(steps: Steps, step: Step) -> set[Place]:
    found = {each for place in step.cells for each in steps.graph.precedents(place)}
    return {each for each in found if steps.graph.number(each) is not None and each not in steps.graph.trees}


def _fewest(steps: Steps, judged: Judged, labelled: list[list[Place]], strayed: _Strayed) -> _Strayed:
    """Return the fewest references that have to be put right; none if that does not make the step right."""
    if not _is_mended(steps, judged, labelled, strayed):
        return {}
    for place in list(strayed):
        fewer = {each: own for each, own in strayed.items() if each != place}
        if _is_mended(steps, judged, labelled, fewer):
            strayed = fewer
    return strayed


def _is_mended(steps: Steps, judged: Judged, labelled: list[list[Place]], strayed: _Strayed) -> bool:
    """Tell whether every update follows its gradient on random numbers with the step's own numbers in its formulas."""
    step = judged.draws.step
    trees = {place: steps.graph.redirected(steps.graph.trees[place], strayed) for place in step.cells}
    draws, forward = evaluated(steps, step, labelled, Data.RANDOM, trees)
    found = (
        judge_by(steps, step, draws, forward, loss)
        for loss in candidates(draws, labelled, steps.error_parts(*step.cells))
    )
    return any(each.score >= judged.score and not each.lost and not each.odd for each in found)


def _changed(steps: Steps, judged: Judged, strayed: _Strayed) -> list[Fault]:
    """Return a fault for each cell that refers to another step's number, with the parameters whose updates use it."""
    step, found = judged.draws.step, list[Fault]()
    for place in step.cells:
        for stands in strayed.keys() & set(steps.graph.precedents(place)):
            kind = "forward" if place in judged.forward else "gradient"
            users = [each for each in judged.rules if place in steps.subtree(step.updates[each])]
            found.append(Fault(place, kind, tuple(users or judged.rules), stands, strayed[stands]))
    return found
