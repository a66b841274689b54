"""Which values merely follow from other changes: their formula is the same, and refers to something that changed."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.diff.cell_changes import Difference, Differences
from sheetgen.diff.changed_cells import ChangedCells
from sheetgen.diff.changes import ChangeKind
from sheetgen.diff.grid import Cells, Grid, Integers
from sheetgen.spreadsheet.formula import Area, Surroundings, UnreadableFormulaError, precedents, take_apart
from sheetgen.spreadsheet.opened_workbook import Workbook
from sheetgen.spreadsheet.volatile import is_volatile
from sheetgen.types import Mask

# What these functions refer to is not in the text of their formula, or is a place rather than a value.
_UNKNOWN = re.compile(r"\b(?:INDIRECT|OFFSET|ROWS?|COLUMNS?|ADDRESS|SHEETS?|FORMULATEXT|SUBTOTAL|AGGREGATE)\s*\(", re.I)


class Book(NamedTuple):
    """One of the two workbooks: its sheets, its defined names as they are written, and what all names mean in it."""

    grids: dict[str, Grid]
    names: dict[str, str]
    around: Surroundings


def read_surroundings(book: Workbook, grids: dict[str, Grid]) -> Surroundings:
    """Return what names, sheets and Excel tables mean in an open workbook."""
    names = {name.casefold(): meaning for name, meaning in book.names.items()}
    tables = {table.name.casefold(): (name, table) for name in book.sheet_names for table in book.tables(name)}

    def extent(name: str) -> tuple[int, int]:
        return max(1, grids[name].height), max(1, grids[name].width)

    return Surroundings(book.sheet_names, names, tables, extent)


class Consequences:
    """Tells which changed values follow from other changes of two workbooks."""

    def __init__(
        self, old: Book, new: Book, compared: dict[str, Differences], partners: dict[str, str], names: Iterable[str]
    ) -> None:
        """Take in all that changed.

        Args:
            old: the old workbook.
            new: the new one.
            compared: the differences of each sheet that is in both, by its old name.
            partners: the new names of those sheets.
            names: the defined names that changed.
        """
        self._old, self._new = old, new
        self._touched = {partners[name]: each.touched for name, each in compared.items()}
        self._gone = {name: each.gone for name, each in compared.items()}
        self._other = {False: set(old.grids) - set(partners), True: set(new.grids) - set(partners.values())}
        words = [re.escape(name.rpartition("!")[2]) for name in names]
        self._names = re.compile(rf"(?<![\w.])(?:{'|'.join(words)})(?![\w.(])", re.I) if words else None

    def mark(self, found: Difference) -> None:
        """Enter which of the cells follow, if it was their values that changed."""
        if found.kind is not ChangeKind.VALUE or found.old is None or found.new is None:
            return
        for template in np.unique(found.new.formulas).tolist():
            if template >= 0:
                chosen = np.flatnonzero((found.new.formulas == template) & (found.old.formulas >= 0))
                found.follows[chosen] = self._follow(found.old.take(chosen), found.new.take(chosen))

    def _follow(self, old: Cells, new: Cells) -> Mask:
        """Tell for cells with the same formula whether they follow."""
        if not len(new.rows):
            return np.zeros(0, np.bool_)
        text = new.formula(0) or ""
        if is_volatile(text) or _UNKNOWN.search(text) or (self._names and self._names.search(text)):
            return np.ones(len(new.rows), np.bool_)
        follow = self._any(new, self._new.around, self._touched, self._other[True])
        for template in np.unique(old.formulas).tolist():
            left = np.flatnonzero((old.formulas == template) & ~follow)
            if len(left):
                follow[left] = self._any(old.take(left), self._old.around, self._gone, self._other[False])
        return follow

    def _any(self, cells: Cells, around: Surroundings, changed: dict[str, ChangedCells], others: set[str]) -> Mask:
        """Tell which cells, with one formula, refer to changed cells or to what cannot be looked up."""
        found = np.zeros(len(cells.rows), np.bool_)
        try:
            areas = list(_areas(cells, around))
        except UnreadableFormulaError:
            return ~found
        for area, first, last in areas:
            if area.sheet in others:
                return ~found
            if area.sheet in changed:
                found |= changed[area.sheet].meet((area.first_column, area.last_column), first, last)
        return found


def _areas(cells: Cells, around: Surroundings) -> Iterator[tuple[Area, Integers, Integers]]:
    """Yield each area that a formula filled down refers to, with its first and its last row for each of the cells."""
    ends = [0, len(cells.rows) - 1]
    rows = [cells.rows.item(end) for end in ends]
    above, below = (
        precedents(take_apart(_plain(cells.formula(end)), cells.grid.name, row, around))
        for end, row in zip(ends, rows, strict=True)
    )
    if len(above) != len(below):
        raise UnreadableFormulaError("the cells of a column refer to different numbers of areas")
    steps = (cells.rows - rows[0]).astype(np.int64)
    for first, last in zip(above, below, strict=True):
        moved_first, moved_last = last.first_row != first.first_row, last.last_row != first.last_row
        yield first, first.first_row + steps * moved_first, first.last_row + steps * moved_last


def _plain(formula: str | None) -> str:
    text = formula or ""
    return text[1:-1] if text.startswith("{") else text
