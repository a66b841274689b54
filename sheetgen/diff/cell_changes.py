"""The cells of one sheet, old against new, column by column; an equal cell costs only one array element."""

from collections.abc import Iterator
from operator import itemgetter

import numpy as np

from sheetgen.diff.changes import Change, ChangeKind, DiffOptions
from sheetgen.diff.grid import Cells, Grid, Integers, Tokens, mix
from sheetgen.diff.shifts import Moves
from sheetgen.types import Mask


class SheetComparison:
    """Compares the cells of one sheet.

    Each distinct pair of formulas is compared once, and again only where rows moved differently.
    """

    def __init__(self, old: Grid, new: Grid, moves: Moves, options: DiffOptions) -> None:
        self._old, self._new = old, new
        self._moves, self._move = moves, moves.sheets[new.name]
        self._options = options
        numbers: dict[tuple[str, tuple[int, ...]], int] = {}  # the same for formulas that differ only in spelling
        # Index -1, no formula, finds the last entry.
        self._old_formulas, self._new_formulas = (
            np.array([*(numbers.setdefault(key, len(numbers)) for key in _spelt(grid)), -1]) for grid in (old, new)
        )
        self._touching = [moves.touching(template.bar or template.text, old.name) for template in old.templates]
        self._touched = np.array([*map(bool, self._touching), False])

    def changes(self) -> tuple[Change, ...]:
        """Return what changed in the rows and columns present in both, from top to bottom, then left to right."""
        forward = self._move.columns.forward
        found = [
            (row, forward[number], change)
            for number in np.flatnonzero(forward).tolist()
            for row, change in self._column(self._old.column(number), self._new.column(forward.item(number)))
        ]
        return tuple(change for *_, change in sorted(found, key=itemgetter(0, 1)))

    def _column(self, old: Cells, new: Cells) -> Iterator[tuple[int, Change]]:
        """Yield the changes in a column, each with its first row in the new sheet."""
        rows = self._move.rows
        old, new = old.take(rows.forward[old.rows] > 0), new.take(rows.backward[new.rows] > 0)
        places = rows.forward[old.rows]
        both, known = np.isin(places, new.rows), np.isin(new.rows, places)
        yield from self._found(ChangeKind.REMOVED, places[~both], old.take(~both), None)
        yield from self._found(ChangeKind.ADDED, new.rows[~known], None, new.take(~known))
        old, new = old.take(both), new.take(known)
        same_values = old.same_values(new, self._options.tolerance)
        same_formulas = self._same_formulas(old, new)
        if self._options.ignore_formulas:
            same_formulas[:] = True
        if self._options.ignore_values:
            same_values |= (old.formulas >= 0) & (new.formulas >= 0)
        kinds = ((ChangeKind.FORMULA, ~same_formulas), (ChangeKind.VALUE, same_formulas & ~same_values))
        for kind, chosen in kinds:
            yield from self._found(kind, new.rows[chosen], old.take(chosen), new.take(chosen))

    def _found(
        self, kind: ChangeKind, rows: Integers, old: Cells | None, new: Cells | None
    ) -> Iterator[tuple[int, Change]]:
        """Group neighbouring cells that changed in the same way."""
        for first, last in _runs([side for side in (old, new) if side is not None]):
            before, after = (None if side is None else side.side(first, last) for side in (old, new))
            formula = before.formula if before and kind is ChangeKind.FORMULA else None
            shifted = formula and self._moves.shift(formula, self._old.name)
            change = Change(kind, last - first + 1, before, after, None if shifted == formula else shifted)
            yield rows.item(first), change

    def _same_formulas(self, old: Cells, new: Cells) -> Mask:
        """Compare the formulas of cells with those of as many others, pairwise; two cells without one are the same."""
        same: Mask = self._old_formulas[old.formulas] == self._new_formulas[new.formulas]
        moved = np.flatnonzero(self._touched[old.formulas] & (new.formulas >= 0))
        old, new = old.take(moved), new.take(moved)
        _, first, alike = np.unique(self._shifts(old, new), return_index=True, return_inverse=True)
        verdicts = [
            self._moves.same(old.formula(position) or "", new.formula(position) or "", self._old.name)
            for position in first.tolist()
        ]
        same[moved] = np.array(verdicts, np.bool_)[alike]
        return same

    def _shifts(self, old: Cells, new: Cells) -> Tokens:
        """Number pairs of formulas so that equal numbers mean the same pair, with rows moved alike around it."""
        tokens = mix(mix(old.formulas.astype(np.uint64)) ^ new.formulas.astype(np.uint64))
        order = np.argsort(old.formulas, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(old.formulas[order])) + 1):
            if len(group) < 2:
                continue
            template, rows, new_rows = old.formulas.item(group[0]), old.rows[group].astype(np.int64), new.rows[group]
            for move in self._touching[template]:
                for offset in self._old.templates[template].offsets:
                    for moved in move.rows.around(rows + offset):
                        tokens[group] = mix(tokens[group] ^ (moved - new_rows).astype(np.uint64))
        return tokens


def _spelt(grid: Grid) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what each formula of a sheet is compared by."""
    for spelling, template in zip(grid.spellings, grid.templates, strict=True):
        yield spelling, template.offsets


def _runs(sides: list[Cells]) -> Iterator[tuple[int, int]]:
    """Find runs of cells whose content is the same on each side: a formula filled down, or a repeated typed value."""
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
