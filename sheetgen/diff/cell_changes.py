"""The cells of one sheet, old against new, column by column; equal cells cost no more than a place in an array."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.diff.changes import Change, ChangeKind, DiffOptions, Side
from sheetgen.diff.formula_changes import FormulaComparison
from sheetgen.diff.grid import Cells, Grid, Integers
from sheetgen.diff.shifts import Moves
from sheetgen.types import Mask


class _Found(NamedTuple):
    """A change and where it belongs in the report."""

    row: int
    column: int
    change: Change


class SheetComparison:
    """Compares the cells of one sheet."""

    def __init__(self, old: Grid, new: Grid, moves: Moves, options: DiffOptions) -> None:
        self._old = old
        self._new = new
        self._move = moves.sheets[new.name]
        self._moves = moves
        self._formulas = FormulaComparison(old, new, moves)
        self._options = options

    def changes(self) -> tuple[Change, ...]:
        """Return what changed in the rows and columns that are in both, from top to bottom, then left to right."""
        forward = self._move.columns.forward
        pairs = [(int(old), int(forward[old])) for old in np.flatnonzero(forward)]
        found = [change for old, new in pairs for change in self._column(old, new)]
        return tuple(item.change for item in sorted(found, key=lambda item: item[:2]))

    def _column(self, old_number: int, new_number: int) -> Iterator[_Found]:
        old, new = self._old.column(old_number), self._new.column(new_number)
        forward, backward = self._move.rows.forward, self._move.rows.backward
        old, new = old.take(forward[old.rows] > 0), new.take(backward[new.rows] > 0)
        _, at_old, at_new = np.intersect1d(forward[old.rows], new.rows, assume_unique=True, return_indices=True)
        yield from self._removed(old_number, new_number, old.take(_others(len(old.rows), at_old)))
        yield from self._added(new_number, new.take(_others(len(new.rows), at_new)))
        yield from self._changed(old_number, new_number, old.take(at_old), new.take(at_new))

    def _removed(self, number: int, new_number: int, cells: Cells) -> Iterator[_Found]:
        for first, last in _runs(cells):
            side = self._old.side(number, cells, first, last)
            row = self._move.rows.forward.item(cells.rows.item(first))
            yield _Found(row, new_number, Change(ChangeKind.REMOVED, last - first + 1, side, None))

    def _added(self, number: int, cells: Cells) -> Iterator[_Found]:
        for first, last in _runs(cells):
            side = self._new.side(number, cells, first, last)
            yield _Found(cells.rows.item(first), number, Change(ChangeKind.ADDED, last - first + 1, None, side))

    def _changed(self, old_number: int, new_number: int, old: Cells, new: Cells) -> Iterator[_Found]:
        same_values = old.same_values(new, self._options.tolerance)
        same_formulas = self._formulas.same(old, new)
        computed = (old.formulas >= 0) & (new.formulas >= 0)
        if self._options.ignore_formulas:
            same_formulas = np.ones_like(same_formulas)
        if self._options.ignore_values:
            same_values |= computed
        kinds = ((ChangeKind.FORMULA, ~same_formulas), (ChangeKind.VALUE, same_formulas & ~same_values))
        for kind, chosen in kinds:
            left, right = old.take(chosen), new.take(chosen)
            for first, last in _runs(left, right):
                old_side = self._old.side(old_number, left, first, last)
                new_side = self._new.side(new_number, right, first, last)
                change = Change(kind, last - first + 1, old_side, new_side, self._shifted(kind, old_side))
                yield _Found(right.rows.item(first), new_number, change)

    def _shifted(self, kind: ChangeKind, old: Side) -> str | None:
        if kind is not ChangeKind.FORMULA or old.formula is None:
            return None
        shifted = self._moves.shift(old.formula, self._old.name).text
        return None if shifted == old.formula else shifted


def _others(size: int, positions: Integers) -> Mask:
    others = np.ones(size, np.bool_)
    others[positions] = False
    return others


def _runs(*sides: Cells) -> Iterator[tuple[int, int]]:
    """Find neighbouring cells that hold the same on each side: a formula filled down, or the same value typed."""
    if not len(sides[0].rows):
        return
    live = np.logical_or.reduce([cells.formulas >= 0 for cells in sides])[1:]
    joined = np.ones_like(live)
    for cells in sides:
        before, after = cells.take(slice(-1)), cells.take(slice(1, None))
        joined &= (after.rows == before.rows + 1) & (after.formulas == before.formulas)
        joined &= live | after.same_values(before, 0)
    starts = np.concatenate(([0], np.flatnonzero(~joined) + 1))
    ends = np.concatenate((starts[1:], [len(live) + 1])) - 1
    yield from zip(starts.tolist(), ends.tolist(), strict=True)
