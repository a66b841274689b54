"""A sheet as NumPy arrays, and a number for the content of each cell by which rows and columns are recognised."""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from openpyxl.utils.cell import get_column_letter

from sheetgen.diff.changes import ErrorValue, Side
from sheetgen.spreadsheet.opened_workbook import Column, Kind, Sheet
from sheetgen.spreadsheet.relative_formula import MARKED, Template
from sheetgen.types import Array, Mask, Value

Integers = npt.NDArray[np.signedinteger]
Tokens = npt.NDArray[np.uint64]

_REFERENCE = re.compile(rf"{MARKED}|\$?[A-Za-z]{{1,3}}\$?[0-9]+|#REF!")  # in a template's text


class TextNumbers:
    """Gives each distinct text a number, so that texts are compared as numbers."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def number(self, text: str) -> int:
        """Return a text's number, the same whenever the text is the same."""
        found = self._numbers.setdefault(text, len(self._texts))
        if found == len(self._texts):
            self._texts.append(text)
        return found

    def text(self, number: int) -> str:
        """Return the text that has a number."""
        return self._texts[number]


class Cells(NamedTuple):
    """The cells of one column, as parallel arrays by ascending row.

    Attributes:
        rows: their rows, counted from 1.
        values: numbers, booleans as 0 and 1; nan for the rest.
        kinds: a `Kind` each.
        formulas: the position of each formula in the sheet's templates, -1 where there is none.
        texts: the number of each text or error; -1 for the rest.
    """

    rows: npt.NDArray[np.int32]
    values: Array
    kinds: npt.NDArray[np.int8]
    formulas: npt.NDArray[np.int32]
    texts: npt.NDArray[np.int32]

    def take(self, chosen: Integers | Mask | slice) -> "Cells":
        """Return some of the cells."""
        rows, values, kinds, formulas, texts = self
        return Cells(rows[chosen], values[chosen], kinds[chosen], formulas[chosen], texts[chosen])

    def same_values(self, other: "Cells", tolerance: float) -> Mask:
        """Compare with as many other cells, one by one; numbers with a relative tolerance."""
        with np.errstate(invalid="ignore", over="ignore"):
            size = np.maximum(np.abs(self.values), np.abs(other.values))
            near = np.abs(self.values - other.values) <= tolerance * size
        near &= np.isfinite(size)  # an infinite number is near none
        equal: Mask = near | (self.values == other.values) | (np.isnan(self.values) & np.isnan(other.values))
        equal &= (self.kinds == other.kinds) & (self.texts == other.texts)
        return equal


class CellTokens(NamedTuple):
    """Numbers that are the same where the contents of cells are.

    Attributes:
        shown: for what is typed into each cell, and its value to about twelve digits.
        typed: for what is typed alone, a formula without the cells that it refers to; so neither an insertion nor a
            recalculation changes it.
    """

    shown: Tokens
    typed: Tokens


_NO_CELLS = Cells(
    np.empty(0, np.int32), np.empty(0), np.empty(0, np.int8), np.empty(0, np.int32), np.empty(0, np.int32)
)


class Grid:
    """One sheet.

    Attributes:
        name: its name.
        templates: its distinct formulas.
        height: its last row that holds something.
        width: its last column that does.
    """

    def __init__(self, sheet: Sheet, texts: TextNumbers) -> None:
        self.name: str = sheet.name
        self.templates: list[Template] = sheet.templates
        self._texts = texts
        made = ((number, _cells(sheet, number, texts)) for number in sorted(sheet.columns))
        self._columns = {number: cells for number, cells in made if len(cells.rows)}
        self.height: int = max((int(cells.rows[-1]) for cells in self._columns.values()), default=0)
        self.width: int = max(self._columns, default=0)
        skeletons = [texts.number("=" + _REFERENCE.sub("¤", template.text)) for template in self.templates]
        self._skeletons = np.array([*skeletons, 0], np.uint64)

    @property
    def count(self) -> int:
        """How many cells hold something."""
        return sum(len(cells.rows) for cells in self._columns.values())

    def columns(self) -> Iterable[int]:
        """Return the numbers of the columns that hold something, in order."""
        return self._columns.keys()

    def column(self, number: int) -> Cells:
        """Return a column's cells, none where the column is empty."""
        return self._columns.get(number, _NO_CELLS)

    def column_sizes(self) -> Integers:
        """Count the cells of each column, from 1 on."""
        return np.array([len(self.column(number).rows) for number in range(self.width + 1)])

    def row_sizes(self) -> Integers:
        """Count the cells of each row, from 1 on."""
        sizes = np.zeros(self.height + 1, np.int64)
        for cells in self._columns.values():
            sizes[cells.rows] += 1
        return sizes

    def tokens(self, number: int) -> CellTokens:
        """Number each cell of a column by its content."""
        cells = self.column(number)
        values = _value_tokens(cells)
        formulas = mix(self._skeletons[cells.formulas])
        live = cells.formulas >= 0
        return CellTokens(np.where(live, mix(formulas ^ values), values), np.where(live, formulas, values))

    def side(self, number: int, cells: Cells, first: int, last: int) -> Side:
        """Say what stands in neighbouring cells of a column, from the first to the last position in `cells`."""
        letter, top, bottom = get_column_letter(number), cells.rows.item(first), cells.rows.item(last)
        address = f"{letter}{top}" if top == bottom else f"{letter}{top}:{letter}{bottom}"
        template = cells.formulas.item(first)
        formula = None if template < 0 else "=" + self.templates[template].at(top)
        return Side(address, formula, self._value(cells, first), self._value(cells, last))

    def _value(self, cells: Cells, position: int) -> Value:
        kind = cells.kinds.item(position)
        if kind == Kind.NUMBER:
            return cells.values.item(position)
        if kind == Kind.BOOLEAN:
            return bool(cells.values.item(position))
        if kind == Kind.EMPTY:
            return None
        text = self._texts.text(cells.texts.item(position))
        return ErrorValue(text) if kind == Kind.ERROR else text


def mix(tokens: Tokens) -> Tokens:
    """Scatter numbers evenly over 64 bits, equal ones equally (the finaliser of SplitMix64)."""
    tokens = tokens + np.uint64(0x9E3779B97F4A7C15)
    tokens = (tokens ^ (tokens >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    tokens = (tokens ^ (tokens >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return tokens ^ (tokens >> np.uint64(31))


def _cells(sheet: Sheet, number: int, texts: TextNumbers) -> Cells:
    column: Column = sheet.columns[number]
    rows, kinds = np.asarray(column.rows, np.int32), np.asarray(column.kinds, np.int8)
    numbers = np.full(len(rows), -1, np.int32)
    worded = np.flatnonzero((kinds == Kind.TEXT) | (kinds == Kind.ERROR))
    numbers[worded] = [texts.number(sheet.texts[row, number]) for row in rows[worded].tolist()]
    cells = Cells(rows, np.asarray(column.values), kinds, np.asarray(column.formulas, np.int32), numbers)
    nothing = (kinds == Kind.EMPTY) & (cells.formulas < 0)
    return cells.take(~nothing) if nothing.any() else cells


def _value_tokens(cells: Cells) -> Tokens:
    mantissa, exponent = np.frexp(np.nan_to_num(cells.values))
    # 40 bits are twelve digits; adding 0 turns -0 into 0.
    rounded = np.ldexp(np.rint(np.ldexp(mantissa, 40)), exponent - 40) + 0.0
    tokens = np.where(cells.texts >= 0, cells.texts, rounded.view(np.int64))
    return mix(tokens.view(np.uint64)) + cells.kinds.astype(np.uint64)
