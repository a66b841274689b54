"""What a training step may be minimising: the losses that stand on the sheet, and those that its errors imply."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sheetgen.types import Array, Place
from sheetgen.verify.own_loss.draws import DRAWS, Draws, flat
from sheetgen.verify.own_loss.duals import Dual
from sheetgen.verify.own_loss.steps import ErrorPart, Step, Steps


@dataclass(frozen=True)
class Loss:
    """A candidate.

    Attributes:
        name: what it is, in words.
        cells: the cells that hold it; none for an implied one.
        slope: (draws, directions), its derivatives.
    """

    name: str
    cells: tuple[Place, ...]
    slope: Array


def forward_of(steps: Steps, step: Step, ends: Iterable[Place]) -> list[Place]:
    """Return the formulas of a step that some of its cells follow from, and these themselves, in working order."""
    own = set(step.cells) - steps.states
    found = {place for place in ends if place in own}
    waiting = list(found)
    for place in waiting:
        fresh = [each for each in steps.graph.precedents(place) if each in own and each not in found]
        found.update(fresh)
        waiting += fresh
    return sorted(found, key=steps.graph.depth)


def candidates(draws: Draws, labelled: list[list[Place]], parts: list[ErrorPart]) -> Iterator[Loss]:
    """Yield what the step may be minimising, the likeliest first.

    Args:
        draws: the step, evaluated.
        labelled: groups of cells, each of whose sum may be the loss.
        parts: the differences of result and target.
    """
    for cells in labelled:
        slope = sum((draws.slope(place) for place in cells), np.zeros((DRAWS, len(draws.directions))))
        if np.nan_to_num(slope).any():
            yield Loss("the loss", tuple(cells), slope)
    pairs = list(_pairs(draws, parts))
    if pairs:
        yield Loss("half the squared error", (), _total((error, slope) for error, slope, _ in pairs))
        if all(before is not None for *_, before in pairs):
            implied = _total((error, before) for error, _, before in pairs if before is not None)
            yield Loss("output minus target, handed back as it is", (), implied)


def _total(pairs: Iterable[tuple[Array, Array]]) -> Array:
    """Add up slopes, each times its error."""
    with np.errstate(all="ignore"):
        found: Array = np.add.reduce([error[:, None] * slope for error, slope in pairs])
    return found


def _pairs(draws: Draws, parts: list[ErrorPart]) -> Iterator[tuple[Array, Array, Array | None]]:
    """Yield each error with the derivatives of its result, and those of what the result's function was applied to."""
    seen = set[bytes]()
    for part in parts:
        record = draws.records.get(part.place, {})
        result, target = record.get(part.result), record.get(part.target)
        if result is None or target is None:
            continue
        error = flat(result) - flat(target)
        key = np.round(error, 9).tobytes()
        if key not in seen and result.slope is not None:
            seen.add(key)
            yield error, _spread(result, draws), _before(draws, part)


def _spread(found: Dual, draws: Draws) -> Array:
    slope = np.zeros((DRAWS, 1)) if found.slope is None else found.slope[0, 0]
    return np.broadcast_to(slope, (DRAWS, len(draws.directions)))


def _before(draws: Draws, part: ErrorPart) -> Array | None:
    """Return the derivatives of the sum that an output's activation is applied to; of the output, if it is the sum."""
    if part.result.kind != "reference":
        return None
    tree = draws.graph.trees[part.place]
    output = next(draws.graph.holds(tree.area(part.result)), None)
    if output is None or output not in draws.graph.trees:
        return None
    own = [each for each in draws.graph.precedents(output) if each in draws.directions and each in draws.graph.trees]
    if len(own) == 1:
        return draws.slope(own[0])
    sums = [node for node in draws.graph.trees[output].root.walk() if node.kind == "infix" and node.value == "+"]
    for node in [*sums, *(n for n in draws.graph.trees[output].root.walk() if n.value in ("SUMPRODUCT", "MMULT"))]:
        found = draws.records.get(output, {}).get(node)
        if found is not None and found.slope is not None and np.isfinite(found.slope).all() and found.slope.any():
            return _spread(found, draws)
    return None
