"""What the cells hold that formulas outside of tables refer to, handed out in blocks."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np

from sheetgen.spreadsheet.formula import Area, Piece
from sheetgen.spreadsheet.formula_engine import Content, Formula, Run, spans_of
from sheetgen.spreadsheet.opened_workbook import Column, Kind, Sheet
from sheetgen.types import Array, Place
from sheetgen.verify.elsewhere.formulas import OutsideCell
from sheetgen.verify.elsewhere.table_outline import Outline
from sheetgen.verify.read.labelled_sheets import LabelledSheets

# What a cell without a value stands for where nobody knows it: no engine has such a function.
_UNKNOWN = (Piece("NOVALUE()"),)

Change = Callable[[Array], Array]


def clip(sheet: Sheet, areas: Iterable[Area]) -> Sheet:
    """Return the part of a sheet that some areas cover, without its templates."""
    clipped = Sheet(sheet.name)
    for (name, number), (first, last) in _bounds(areas).items():
        if name == sheet.name and number in sheet.columns:
            clipped.columns[number] = column = _slice(sheet.columns[number], first, last)
            for row, kind in zip(column.rows, column.kinds, strict=True):
                if kind in (Kind.TEXT, Kind.ERROR):
                    clipped.texts[row, number] = sheet.texts[row, number]
    return clipped


class CellContents:
    """The cells of a workbook, with what is known of its formulas outside of tables.

    Args:
        book: the workbook.
        clips: by sheet, what is left at hand of a large one, and the areas that this covers.
        outlines: the tables.
        outside: the formulas outside of them.
    """

    def __init__(
        self,
        book: LabelledSheets,
        clips: dict[str, tuple[Sheet, tuple[Area, ...]]],
        outlines: Iterable[Outline],
        outside: Iterable[OutsideCell],
    ) -> None:
        self._book = book
        self._clips = {name: (sheet, _bounds(areas)) for name, (sheet, areas) in clips.items()}
        self._outside = {each.place: each for each in outside}
        self._repaired = {(each.sheet, *place): number for each in outlines for place, number in each.repaired.items()}

    def cached(self, sheet: str, number: int, first: int, last: int) -> Iterator[Run]:
        """Return what cells hold by the file; a formula outside of the tables without a cached value is followed."""
        held = self._held(sheet, number, first, last)
        column = held.columns.get(number)
        if column is None:
            return
        for begin, end in _unbroken(column, bisect_left(column.rows, first), bisect_left(column.rows, last + 1)):
            row = column.rows[begin]
            contents: list[Content | Formula] = list(column.values[begin:end])
            if not all(kind == Kind.NUMBER for kind in column.kinds[begin:end]):
                contents = [self._content(held, column, number, at) for at in range(begin, end)]
            yield Run(row, contents)

    def live(self, sheet: str, column: int, first: int, last: int) -> Iterator[Run]:
        """Return what cells should hold: every formula outside of the tables is followed, tables are put right."""
        for run in self.cached(sheet, column, first, last):
            for at, row in enumerate(range(run.row, run.row + len(run.contents))):
                place = (sheet, row, column)
                if place in self._repaired:
                    run.contents[at] = self._repaired[place]
                elif place in self._outside:
                    run.contents[at] = self.formula(place) or run.contents[at]
            yield run

    def changed(self, change: Change) -> Callable[[str, int, int, int], Iterator[Run]]:
        """Return what cells hold by the file, every number changed."""

        def fetch(sheet: str, column: int, first: int, last: int) -> Iterator[Run]:
            for run in self.cached(sheet, column, first, last):
                places = [at for at, each in enumerate(run.contents) if isinstance(each, float)]
                for at, number in zip(places, change(np.array([run.contents[at] for at in places])), strict=True):
                    run.contents[at] = float(number)
                yield run

        return fetch

    def formula(self, place: Place) -> Formula | None:
        """Return the formula of a cell outside of the tables, None where there is none that can be evaluated."""
        each = self._outside.get(place)
        return each.formula if each else None

    def _content(self, held: Sheet, column: Column, number: int, at: int) -> Content | Formula:
        row, kind = column.rows[at], column.kinds[at]
        if kind == Kind.NUMBER:
            return column.values[at]
        if kind == Kind.BOOLEAN:
            return bool(column.values[at])
        if kind == Kind.TEXT:
            return held.texts[row, number]
        if kind == Kind.ERROR:
            return Formula((Piece(held.texts[row, number]),), row, number)
        place = (held.name, row, number)
        if place in self._repaired:
            return self._repaired[place]
        return (self.formula(place) or Formula(_UNKNOWN, row, number)) if column.formulas[at] >= 0 else None

    def _held(self, sheet: str, number: int, first: int, last: int) -> Sheet:
        """Return what is at hand of a sheet, or all of it where that does not cover the cells."""
        if sheet in self._clips:
            clipped, bounds = self._clips[sheet]
            top, bottom = bounds.get((sheet, number), (1, 0))
            if top <= first and last <= bottom:
                return clipped
        return self._book.sheet(sheet)


def _bounds(areas: Iterable[Area]) -> dict[tuple[str, int], tuple[int, int]]:
    return {place: (spans[0][0], spans[-1][1]) for place, spans in spans_of(areas).items()}


def _slice(column: Column, first: int, last: int) -> Column:
    begin, end = bisect_left(column.rows, first), bisect_left(column.rows, last + 1)
    cut = slice(begin, end)
    return Column(column.rows[cut], column.values[cut], column.kinds[cut], column.formulas[cut])


def _unbroken(column: Column, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the positions between which rows follow each other without a gap: begin and end of each."""
    gaps = np.flatnonzero(np.diff(np.frombuffer(column.rows, np.int32)[begin:end]) != 1) + begin + 1
    if begin < end:
        yield from pairwise((begin, *gaps.tolist(), end))
