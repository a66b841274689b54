"""A worksheet in memory: its cells column by column, at a few bytes per cell."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.spreadsheet.tolerance import saved_digits

_SAMPLE = 50_000


class Kind(IntEnum):
    """What a cell's value is."""

    EMPTY = 0
    NUMBER = 1
    TEXT = 2
    BOOLEAN = 3
    ERROR = 4


_KINDS = tuple(Kind)


class Cell(NamedTuple):
    """One cell.

    Attributes:
        row: counted from 1.
        column: counted from 1.
        formula: with its `=`, or None.
        kind: what the value is; EMPTY for a formula without a cached value.
        value: the cached or typed value; an error as its text, `#DIV/0!`.
        bar: what a formula bar shows for an array formula, `{=A1:A3*2}`, or a what-if data table, `{=TABLE(,B1)}`;
            empty for any other cell. The formula of such a cell is that of its own element, `=INDEX(A1:A3*2,2,1)`, and
            `=` in a data table, whose cells no formula computes.
    """

    row: int
    column: int
    formula: str | None
    kind: Kind
    value: float | str | bool | None
    bar: str = ""

    @property
    def shown_formula(self) -> str | None:
        """The formula as a person typed it, an array formula in braces; None if there is none."""
        return self.bar or self.formula

    @property
    def address(self) -> str:
        """The cell's address, `B3`."""
        return f"{get_column_letter(self.column)}{self.row}"


class ExcelTable(NamedTuple):
    """An Excel table: its name, its first and last row and column (header included), and its columns' names."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    columns: tuple[str, ...]


@dataclass(slots=True)
class Column:
    """The non-empty cells of one column, in parallel arrays, by ascending row.

    Attributes:
        rows: their rows, counted from 1.
        values: numbers as they are; booleans as 0 and 1; nan for texts, errors and empty values.
        kinds: one `Kind` per cell.
        formulas: the position of each cell's formula in its sheet's templates; -1 for no formula.
    """

    rows: "array[int]" = field(default_factory=lambda: array("i"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    kinds: "array[int]" = field(default_factory=lambda: array("b"))
    formulas: "array[int]" = field(default_factory=lambda: array("i"))

    def find(self, row: int) -> int | None:
        """Return the position of a row's cell, or None if the row has none."""
        position = bisect_left(self.rows, row)
        return position if position < len(self.rows) and self.rows[position] == row else None

    def add(self, row: int, value: float, kind: Kind, formula: int) -> None:
        """Add a cell at the end."""
        self.rows.append(row)
        self.values.append(value)
        self.kinds.append(kind)
        self.formulas.append(formula)

    def ordered(self) -> "Column":
        """Return the cells sorted by row; if a cell is there twice, the later one counts."""
        rows = np.asarray(self.rows)
        if (rows[:-1] < rows[1:]).all():
            return self
        latest = len(rows) - 1 - np.unique(rows[::-1], return_index=True)[1]
        return Column(
            array("i", rows[latest].tobytes()),
            array("d", np.asarray(self.values)[latest].tobytes()),
            array("b", np.asarray(self.kinds)[latest].tobytes()),
            array("i", np.asarray(self.formulas)[latest].tobytes()),
        )


@dataclass
class Sheet:
    """One worksheet.

    Attributes:
        name: its name.
        columns: by number, from 1.
        texts: texts and errors by (row, column).
        templates: every distinct formula of the sheet.
        oversized: the places, by (row, column), of numbers beyond the range of doubles; they are read as errors.
    """

    name: str
    columns: dict[int, Column] = field(default_factory=dict)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    oversized: set[tuple[int, int]] = field(default_factory=set)

    @cached_property
    def digits(self) -> int:
        """How many significant digits the results of its formulas were saved with, as estimated by `saved_digits`."""
        step = 1 + sum(len(column.rows) for column in self.columns.values()) // _SAMPLE
        numbers = [np.empty(0)]
        for column in self.columns.values():
            values, kinds, formulas = map(np.asarray, (column.values, column.kinds, column.formulas))
            numbers.append(values[::step][(formulas[::step] >= 0) & (kinds[::step] == Kind.NUMBER)])
        return saved_digits(np.concatenate(numbers))

    def words(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Yield the texts that are not errors, by (row, column)."""
        for (row, column), text in self.texts.items():
            cells = self.columns[column]
            position = cells.find(row) if text.startswith("#") else None
            if position is None or cells.kinds[position] != Kind.ERROR:
                yield (row, column), text

    def at(self, column: int, position: int) -> Cell:
        """Return a cell by its column and its position among the cells of the column."""
        cells = self.columns[column]
        row, kind, template = cells.rows[position], _KINDS[cells.kinds[position]], cells.formulas[position]
        value: float | str | bool | None = None
        if kind is Kind.NUMBER:
            value = cells.values[position]
        elif kind is Kind.BOOLEAN:
            value = bool(cells.values[position])
        elif kind is not Kind.EMPTY:
            value = self.texts[row, column]
        if template < 0:
            return Cell(row, column, None, kind, value)
        written = self.templates[template]
        bar = written.shown_at(row) if written.bar else ""
        return Cell(row, column, "=" + written.at(row), kind, value, bar)

    def cell(self, row: int, column: int) -> Cell | None:
        """Return a cell, or None if it is empty."""
        if column not in self.columns:
            return None
        position = self.columns[column].find(row)
        return None if position is None else self.at(column, position)

    def cells(self) -> Iterator[Cell]:
        """Go through all cells, column by column."""
        for column in sorted(self.columns):
            for position in range(len(self.columns[column].rows)):
                yield self.at(column, position)
