"""The contents of the cells that formulas outside the tables refer to, fetched in blocks."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.formula import Piece, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.formula_engine import Content, Fetch, Formula, Run
from sheetgen.spreadsheet.opened_workbook import Column, Kind, Sheet
from sheetgen.types import Array, Place
from sheetgen.verify.elsewhere.outside_cells import Outline, OutsideCell
from sheetgen.verify.read.labelled_sheets import LabelledSheets

# Stands for a value that is not known: no engine has such a function.
_UNKNOWN = (Piece("NOVALUE()"),)


class CellContents:
    """The cells of a workbook, with what is known of its formulas outside the tables.

    Args:
        book: the workbook.
        outlines: the tables.
        outside: the formulas outside them.

    Attributes:
        date1904: whether dates are counted from 1904.
    """

    def __init__(self, book: LabelledSheets, outlines: Iterable[Outline], outside: Iterable[OutsideCell]) -> None:
        self._book = book
        self._right: dict[Place, Content] = {each.place: each.formula for each in outside if each.formula}
        self.date1904: bool = book.workbook.date1904
        self._right |= {(each.sheet, *place): number for each in outlines for place, number in each.repaired.items()}

    def cached(self, sheet: str, number: int, first: int, last: int) -> Iterator[Run]:
        """Yield the cached values of cells; outside the tables, a formula without a cached value is evaluated."""
        held = self._book.sheet(sheet)
        column = held.columns.get(number)
        if column is None:
            return
        for begin, end in _unbroken(column, bisect_left(column.rows, first), bisect_left(column.rows, last + 1)):
            row = column.rows[begin]
            contents: list[Content] = list(column.values[begin:end])
            if column.kinds[begin:end].count(Kind.NUMBER) < end - begin:
                contents = [self._content(held, column, number, at) for at in range(begin, end)]
            yield Run(row, contents)

    def number(self, place: Place) -> float | None:
        """Return the cached number of a cell, or None."""
        sheet, row, number = place
        column = self._book.sheet(sheet).columns.get(number, Column())
        at = column.find(row)
        return None if at is None or column.kinds[at] != Kind.NUMBER else column.values[at]

    def numbers(self, sheet: str, number: int, rows: NDArray[np.intp]) -> Array:
        """Return the cached numbers of some rows of a column, (rows,), nan where there is none."""
        column = self._book.sheet(sheet).columns.get(number, Column())
        if not column.rows:
            return np.full(len(rows), np.nan)
        held = np.frombuffer(column.rows, np.int32)
        at = np.minimum(np.searchsorted(held, rows), len(held) - 1)
        is_number = (held[at] == rows) & (np.frombuffer(column.kinds, np.int8)[at] == Kind.NUMBER)
        return np.where(is_number, np.frombuffer(column.values, np.float64)[at], np.nan)

    def formula(self, place: Place) -> Formula | None:
        """Return the formula of a cell, or None if it has none that can be read."""
        content = self._right.get(place)
        if isinstance(content, Formula):
            return content
        sheet, row, column = place
        cell = self._book.cell(*place)
        if cell is None or cell.formula is None:
            return None
        try:
            return Formula(tuple(take_apart(cell.formula, sheet, row, self._book.surroundings)), row, column)
        except UnreadableFormulaError:
            return None

    def live(self, sheet: str, column: int, first: int, last: int) -> Iterator[Run]:
        """Yield what cells should hold: formulas outside the tables are evaluated, wrong values in tables put right."""
        for run in self.cached(sheet, column, first, last):
            for at, row in enumerate(range(run.row, run.row + len(run.contents))):
                run.contents[at] = self._right.get((sheet, row, column), run.contents[at])
            yield run

    def changed(self, change: Callable[[Array], Array]) -> Fetch:
        """Return a variant of `cached` that changes every number."""

        def fetch(sheet: str, column: int, first: int, last: int) -> Iterator[Run]:
            for run in self.cached(sheet, column, first, last):
                places = [at for at, each in enumerate(run.contents) if isinstance(each, float)]
                for at, number in zip(places, change(np.array([run.contents[at] for at in places])), strict=True):
                    run.contents[at] = float(number)
                yield run

        return fetch

    def _content(self, held: Sheet, column: Column, number: int, at: int) -> Content:
        row, kind = column.rows[at], column.kinds[at]
        if kind == Kind.NUMBER:
            return column.values[at]
        if kind == Kind.BOOLEAN:
            return bool(column.values[at])
        if kind == Kind.TEXT:
            return held.texts[row, number]
        if kind == Kind.ERROR:
            return Formula((Piece(held.texts[row, number]),), row, number)
        unknown = Formula(_UNKNOWN, row, number) if column.formulas[at] >= 0 else None
        return self._right.get((held.name, row, number), unknown)


def _unbroken(column: Column, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of consecutive rows: the positions where each begins and ends."""
    if begin == end:
        return
    if column.rows[end - 1] - column.rows[begin] == end - 1 - begin:  # the usual case
        yield begin, end
        return
    gaps = np.flatnonzero(np.diff(np.frombuffer(column.rows, np.int32)[begin:end]) != 1) + begin + 1
    yield from pairwise((begin, *gaps.tolist(), end))
