"""A formula of the forward pass that is to blame for gradients which are right, but for another one in its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from sheetgen.spreadsheet.formula_tree import Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.draws import Draws
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.judge import Judged, evaluated, judge_by
from sheetgen.verify.own_loss.losses import Loss, candidates
from sheetgen.verify.own_loss.multiples import spots
from sheetgen.verify.own_loss.steps import Step, Steps
from sheetgen.verify.own_loss.swaps import as_beside, as_siblings, stranded, swaps, uncopied, unwrapped

_MOST_EVALUATED = 8_000  # cells


class Cause(NamedTuple):
    """What is wrong in the forward pass, and the verdict with that put right."""

    faults: list[Fault]
    mended: Judged


class _Change(NamedTuple):
    """What may be wrong, and the formulas that belong there."""

    faults: list[Fault]
    trees: Mapping[Place, Tree]


Changes = Callable[[Steps, Judged], Iterator[_Change]]
_Search = Callable[[Steps, Judged], Iterator[tuple[Place, Place, Tree]]]


def forward_cause(
    steps: Steps, step: Step, judged: Judged, labelled: list[list[Place]], kinds: Iterable[Changes]
) -> Cause | None:
    """Look for one change of the forward pass that makes every gradient right.

    Args:
        steps: the workbook's steps.
        step: the one in question.
        judged: the verdict on it.
        labelled: groups of cells each of whose sum may be the loss.
        kinds: which changes are tried, the likeliest first.
    """
    known, tried = judged.draws, 0
    for change in (each for kind in kinds for each in kind(steps, judged)):
        tried += len(step.cells)
        if tried > _MOST_EVALUATED:
            return None
        draws, forward = evaluated(steps, step, labelled, known.data, change.trees, known.turn)
        for loss in candidates(draws, labelled, steps.error_parts(*step.cells)):
            mended = _mended(steps, judged, draws, forward, loss)
            if mended is not None:
                return Cause(change.faults, mended)
    return None


def _mended(steps: Steps, judged: Judged, draws: Draws, forward: list[Place], loss: Loss) -> Judged | None:
    """Return the verdict with the forward pass changed, if every update then follows its gradient, else None."""
    step, first = draws.step, next(iter(_spoilt(judged)), None)
    if first is None or not spots(draws, steps.subtree(step.updates[first]), loss.slope[:, draws.directions[first]]):
        return None
    other = judge_by(steps, step, draws, forward, loss)
    known = other.unknown.keys() <= judged.unknown.keys() and other.unit == judged.unit and not other.lost
    better = other.score > judged.score if judged.lost else set(other.odd) < set(judged.odd)
    return other if known and better and set(other.odd) <= set(judged.odd) else None


def _spoilt(judged: Judged) -> tuple[Place, ...]:
    return tuple(judged.lost or judged.odd)


def _unused(judged: Judged) -> tuple[Place, ...]:
    return tuple(judged.unused)


def _found_by(search: _Search, kind: str, spoilt: Callable[[Judged], tuple[Place, ...]] = _spoilt) -> Changes:
    """Return what yields a change for each single cell that a search finds."""

    def changes(steps: Steps, judged: Judged) -> Iterator[_Change]:
        for place, beside, tree in search(steps, judged):
            yield _Change([Fault(place, kind, spoilt(judged), beside=beside)], {place: tree})

    return changes


def _swapped(steps: Steps, judged: Judged) -> Iterator[_Change]:
    for each in swaps(steps, judged, judged.forward, [*judged.unused, *stranded(steps, judged)]):
        fault = Fault(each.place, "forward", _spoilt(judged), each.stands, each.belongs, None, each.occurrence)
        yield _Change([fault], {each.place: each.tree})


def _as_siblings(steps: Steps, judged: Judged) -> Iterator[_Change]:
    for found in as_siblings(steps, judged):
        faults = [Fault(place, "odd", _spoilt(judged), beside=other) for place, (other, _) in found.items()]
        yield _Change(faults, {place: tree for place, (_, tree) in found.items()})


_uncopied, _unwrapped = _found_by(uncopied, "copied", _unused), _found_by(unwrapped, "wrapped")
_as_beside = _found_by(as_beside, "odd")
OF_SIBLINGS: tuple[Changes, ...] = (_as_siblings,)
OF_ALL: tuple[Changes, ...] = (_uncopied, _as_beside, _as_siblings, _unwrapped, _swapped)
OF_UNUSED: tuple[Changes, ...] = (_uncopied, _swapped, _as_beside, _as_siblings, _unwrapped)
