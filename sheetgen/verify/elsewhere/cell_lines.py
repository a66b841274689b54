"""Columns and rows of cells, as charts and names refer to them: what heads them, and how far their numbers go.

A line is a column or a row of a sheet; a step is a row of a column, or a column of a row.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname
from sheetgen.spreadsheet.formula import Area, UnreadableFormulaError, areas, take_apart
from sheetgen.spreadsheet.opened_workbook import Column, Kind
from sheetgen.types import Array, Place
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.labels import quantity_of

_MOST_BLANK, _MOST_TEXTS = 2, 3


class Span(NamedTuple):
    """Neighbouring cells of one column, or of one row.

    Attributes:
        sheet: the sheet's name.
        number: the column's number, or the row's.
        first: the first step.
        last: the last step.
        vertical: whether it is part of a column.
    """

    sheet: str
    number: int
    first: int
    last: int
    vertical: bool = True

    @property
    def size(self) -> int:
        """How many cells it has."""
        return self.last - self.first + 1

    @property
    def reference(self) -> str:
        """The reference to it, with its sheet."""
        return f"{quote_sheetname(self.sheet)}!{self.cells}"

    @property
    def cells(self) -> str:
        """The reference to it, without its sheet."""
        ends = (self.place(step) for step in dict.fromkeys((self.first, self.last)))
        return ":".join(f"${get_column_letter(column)}${row}" for _, row, column in ends)

    @property
    def line(self) -> str:
        """Its column or row in words."""
        return f"column {get_column_letter(self.number)}" if self.vertical else f"row {self.number}"

    @property
    def steps(self) -> str:
        """Its steps in words."""
        if self.vertical:
            return f"rows {self.first} to {self.last}"
        return f"columns {get_column_letter(self.first)} to {get_column_letter(self.last)}"

    def place(self, step: int) -> Place:
        """Return the sheet, row and column of a step."""
        return (self.sheet, step, self.number) if self.vertical else (self.sheet, self.number, step)

    def overlaps(self, other: "Span") -> bool:
        """Tell whether both run the same way on one sheet and have a step in common."""
        alike = (self.sheet, self.vertical) == (other.sheet, other.vertical)
        return alike and self.first <= other.last and other.first <= self.last


def along(place: Place, vertical: bool) -> tuple[int, int]:
    """Return the step and the line of a cell, seen as part of a column or of a row."""
    return (place[1], place[2]) if vertical else (place[2], place[1])


class Header(NamedTuple):
    """What heads a line.

    Attributes:
        steps: the steps of its texts, the one next to the numbers first.
        text: that one's text.
        quantity: the quantity that it, or else the text before it, means.
    """

    steps: tuple[int, ...]
    text: str
    quantity: str | None

    def under(self, step: int, quantity: str | None) -> "Header":
        """Return the same under one more text."""
        return Header((*self.steps, step), self.text, quantity)


class _Line(NamedTuple):
    """The cells of a line that hold something: steps, kinds, numbers of their formulas, and values (nan for none)."""

    steps: NDArray[np.int32]
    kinds: NDArray[np.int8]
    formulas: NDArray[np.int32]
    values: Array


class CellLines:
    """The columns and rows of a workbook, each looked at once.

    Args:
        book: the workbook.
    """

    def __init__(self, book: LabelledSheets) -> None:
        self.book = book
        self._line = lru_cache(maxsize=None)(self._read_line)
        self.labels: Callable[[str, int, bool], dict[int, str]] = lru_cache(maxsize=None)(self._labels)

    def area(self, reference: str, sheet: str) -> Area | None:
        """Return the cells that a reference means on a sheet; None if it is not one rectangle of this workbook."""
        try:
            pieces = take_apart(f"={reference}", sheet, 1, self.book.surroundings)
        except UnreadableFormulaError:
            return None
        return pieces[0].area if len(pieces) == 1 else None

    def span(self, reference: str, sheet: str) -> Span | None:
        """Return the cells that a reference means, if they are part of one column or row, and more than one."""
        area = self.area(reference, sheet) if reference else None
        if area is None or area.is_cell:
            return None
        if area.first_column == area.last_column:
            return Span(area.sheet, area.first_column, area.first_row, area.last_row)
        if area.first_row == area.last_row:
            return Span(area.sheet, area.first_row, area.first_column, area.last_column, vertical=False)
        return None

    def text(self, place: Place) -> str:
        """Return what a cell shows, as text."""
        cell = self.book.cell(*place)
        if cell is None or cell.value is None:
            return ""
        return f"{cell.value:.15g}" if isinstance(cell.value, float) else str(cell.value)

    def header(self, span: Span) -> Header | None:
        """Return what heads a span: the next text before its numbers.

        Where that means no quantity, as a unit does not, the texts right before it may.
        """
        line = self._line(span.sheet, span.number, span.vertical)
        found: Header | None = None
        below, position = span.first, int(np.searchsorted(line.steps, span.first))
        before = np.flatnonzero(line.kinds[: position + 1] == Kind.TEXT)
        for at in before[line.steps[before] <= span.first][::-1][:_MOST_TEXTS].tolist():
            step = int(line.steps[at])
            if (below - step) - (position - at) > _MOST_BLANK:
                break
            text = self.text(span.place(step))
            found = Header((step,), text, quantity_of(text)) if found is None else found.under(step, quantity_of(text))
            if found.quantity is not None:
                break
            below, position = step, at
        return found

    def run(self, span: Span) -> tuple[int, int]:
        """Return the first and last step of the numbers around a span; a formula of another kind below ends them."""
        line = self._line(span.sheet, span.number, span.vertical)
        numbers = np.isfinite(line.values)
        held = np.flatnonzero(numbers & (line.steps >= span.first) & (line.steps <= span.last))
        if not len(held):
            return span.first, span.last
        first, last = int(held[0]), int(held[-1])
        alike = line.formulas if span.vertical else np.minimum(line.formulas, 0)
        while first and numbers[first - 1] and line.steps[first - 1] == line.steps[first] - 1:
            first -= 1
        while last + 1 < len(alike) and numbers[last + 1] and alike[last + 1] == alike[last]:
            if line.steps[last + 1] != line.steps[last] + 1:
                break
            last += 1
        return int(line.steps[first]), int(line.steps[last])

    def numbers(self, span: Span) -> Array:
        """Return the numbers of a span, nan where there is none."""
        found = np.full(span.size, np.nan)
        line = self._line(span.sheet, span.number, span.vertical)
        begin, end = np.searchsorted(line.steps, (span.first, span.last + 1))
        found[line.steps[begin:end] - span.first] = line.values[begin:end]
        return found

    def is_empty(self, span: Span) -> bool:
        """Tell whether a span has no cell that holds anything."""
        begin, end = np.searchsorted(
            self._line(span.sheet, span.number, span.vertical).steps, (span.first, span.last + 1)
        )
        return bool(begin == end)

    def holds(self, span: Span) -> bool:
        """Tell whether all cells of a span hold numbers."""
        return bool(np.isfinite(self.numbers(span)).all())

    def differ(self, one: Span, other: Span) -> bool:
        """Tell whether two spans of one length hold different numbers."""
        return not np.array_equal(self.numbers(one), self.numbers(other), equal_nan=True)

    def refers(self, span: Span, other: Span) -> bool:
        """Tell whether the formula in the last cell of a span refers to the line of another one."""
        place = span.place(span.last)
        cell = self.book.cell(*place)
        if cell is None or cell.formula is None:
            return False
        try:
            found = areas(take_apart(cell.formula, span.sheet, cell.row, self.book.surroundings))
        except UnreadableFormulaError:
            return True
        first, last = other.place(other.first), other.place(other.last)
        return any(area.meets(Area(other.sheet, *first[1:], *last[1:])) for area in found)

    def _labels(self, sheet: str, step: int, vertical: bool) -> dict[int, str]:
        held = self.book.sheet(sheet).texts.items()
        if vertical:
            return {column: text for (row, column), text in held if row == step}
        return {row: text for (row, column), text in held if column == step}

    def _read_line(self, sheet: str, number: int, vertical: bool) -> _Line:
        columns = self.book.sheet(sheet).columns
        if vertical:
            column = columns.get(number, Column())
            return _line(column.rows, column.kinds, column.formulas, column.values)
        found = [(each, columns[each], columns[each].find(number)) for each in sorted(columns)]
        held = [(each, column, at) for each, column, at in found if at is not None]
        return _line(
            [each for each, *_ in held],
            [column.kinds[at] for _, column, at in held],
            [column.formulas[at] for _, column, at in held],
            [column.values[at] for _, column, at in held],
        )


def _line(steps: Sequence[int], kinds: Sequence[int], formulas: Sequence[int], values: Sequence[float]) -> _Line:
    return _Line(
        np.array(steps, np.int32), np.array(kinds, np.int8), np.array(formulas, np.int32), np.array(values, np.float64)
    )
