"""A sheet as NumPy arrays, with a number for each cell's content by which rows and columns are recognised."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sheetgen.diff.changes import ErrorValue, Side
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.formula_spelling import one_spelling
from sheetgen.spreadsheet.opened_workbook import Kind, Sheet
from sheetgen.spreadsheet.relative_formula import MARKED, Template
from sheetgen.types import Array, Mask, Value

Integers = npt.NDArray[np.signedinteger]
Tokens = npt.NDArray[np.uint64]

# In a template's text, in one spelling.
_REFERENCE = re.compile(rf"(?:'(?:[^']|'')*'!)?(?:{MARKED}|\$?[a-z]{{1,3}}\$?[0-9]+)|#'ref'!")


class TextNumbers(dict[str, int]):
    """Numbers each distinct text when it is first looked up, so that texts are compared as numbers.

    Attributes:
        texts: the texts, by number.
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def __missing__(self, text: str) -> int:
        """Number a new text."""
        self.texts.append(text)
        return self.setdefault(text, len(self))


class Cells(NamedTuple):
    """The cells of one column, as parallel arrays by ascending row.

    Attributes:
        grid: the sheet that they are on.
        column: the column's number, counted from 1.
        rows: their rows, counted from 1.
        values: numbers; booleans as 0 and 1; nan for the rest.
        kinds: one `Kind` per cell.
        formulas: the position of each formula in the grid's templates; -1 for no formula.
        texts: the number of each text or error; -1 for the rest.
    """

    grid: "Grid"
    column: int
    rows: Integers
    values: Array
    kinds: Integers
    formulas: Integers
    texts: Integers

    def take(self, chosen: Integers | Mask | slice) -> "Cells":
        """Return some of the cells."""
        grid, column, rows, values, kinds, formulas, texts = self
        return Cells(grid, column, rows[chosen], values[chosen], kinds[chosen], formulas[chosen], texts[chosen])

    def same_values(self, other: "Cells", tolerance: float) -> Mask:
        """Compare with as many other cells, pairwise; numbers with a relative tolerance."""
        with np.errstate(invalid="ignore", over="ignore"):
            size = np.maximum(np.abs(self.values), np.abs(other.values))
            near = np.abs(self.values - other.values) <= tolerance * size
        near &= np.isfinite(size)  # infinity is close to nothing
        equal: Mask = near | (self.values == other.values) | (np.isnan(self.values) & np.isnan(other.values))
        equal &= (self.kinds == other.kinds) & (self.texts == other.texts)
        return equal

    def runs(self) -> Iterator[tuple[int, int]]:
        """Find runs of neighbouring cells with the same content: a formula filled down, or a repeated typed value."""
        if not len(self.rows):
            return
        starts = np.concatenate(([0], np.flatnonzero(~self.joined()) + 1))
        ends = np.concatenate((starts[1:], [len(self.rows)])) - 1
        yield from zip(starts.tolist(), ends.tolist(), strict=True)

    def joined(self) -> Mask:
        """Tell for each cell but the first whether it continues a run."""
        before, after = self.take(slice(-1)), self.take(slice(1, None))
        joined: Mask = (after.rows == before.rows + 1) & (after.formulas == before.formulas)
        return joined & ((after.formulas >= 0) | after.same_values(before, 0))

    def side(self, first: int, last: int) -> Side:
        """Describe neighbouring cells, given the positions of the first and the last one."""
        top, bottom = (f"{get_column_letter(self.column)}{self.rows[position]}" for position in (first, last))
        address = top if first == last else f"{top}:{bottom}"
        return Side(address, self.formula(first), self._value(first), self._value(last))

    def formula(self, position: int) -> str | None:
        """Write a cell's formula as a formula bar shows it; None if it has none."""
        template = self.formulas.item(position)
        return None if template < 0 else self.grid.templates[template].shown_at(self.rows.item(position))

    def tokens(self) -> tuple[Tokens, Tokens]:
        """Return two numbers for each cell, equal for cells with equal contents.

        The first covers what is typed, and the value to about twelve digits; the second only what is typed, and a
        formula without its references, so that neither an insertion nor a recalculation changes it.
        """
        values = self._value_tokens()
        formulas = mix(self.grid.skeletons[self.formulas])
        live = self.formulas >= 0
        return np.where(live, mix(formulas ^ values), values), np.where(live, formulas, values)

    def _value(self, position: int) -> Value:
        kind = self.kinds.item(position)
        if kind == Kind.EMPTY:
            return None
        if kind in (Kind.TEXT, Kind.ERROR):
            text = self.grid.texts[self.texts.item(position)]
            return ErrorValue(text) if kind == Kind.ERROR else text
        number = self.values.item(position)
        return bool(number) if kind == Kind.BOOLEAN else number

    def _value_tokens(self) -> Tokens:
        mantissa, exponent = np.frexp(np.nan_to_num(self.values))
        # 40 bits are twelve digits; adding 0 turns -0 into 0.
        rounded = np.ldexp(np.rint(np.ldexp(mantissa, 40)), exponent - 40) + 0.0
        tokens = np.where(self.texts >= 0, self.texts, rounded.view(np.int64))
        return mix(tokens.view(np.uint64)) + self.kinds.astype(np.uint64)


class Grid:
    """One sheet.

    Attributes:
        name: its name.
        templates: its distinct formulas; array formulas as a formula bar shows them, the same in each of their cells.
        spellings: for each of them the same for all its spellings, see `one_spelling`.
        skeletons: a number for each of them without its references, and 0 for no formula.
        texts: the texts, by number.
        columns: the cells of each non-empty column, by its number.
        height: its last used row.
        width: its last used column.
    """

    def __init__(self, sheet: Sheet, numbers: TextNumbers) -> None:
        self.name: str = sheet.name
        self.templates: list[Template] = list(sheet.templates)
        self._arrays = np.array([*(bool(template.bar) for template in self.templates), False])
        self._numbers: dict[str, int] = {}  # of array formulas
        self.texts: list[str] = numbers.texts
        made = (self._cells(sheet, number, numbers) for number in sorted(sheet.columns))
        self.columns: dict[int, Cells] = {cells.column: cells for cells in made if len(cells.rows)}
        self.height: int = max((int(cells.rows[-1]) for cells in self.columns.values()), default=0)
        self.width: int = max(self.columns, default=0)
        self.spellings: list[str] = [one_spelling(template.bar or template.text) for template in self.templates]
        skeletons = [numbers["=" + _REFERENCE.sub("¤", text)] for text in self.spellings]
        self.skeletons: Tokens = np.array([*skeletons, 0], np.uint64)

    def column(self, number: int) -> Cells:
        """Return a column's cells, which may be none."""
        nothing = np.empty(0, np.int32)
        return self.columns.get(number) or Cells(self, number, nothing, np.empty(0), nothing, nothing, nothing)

    def contents(self, lines: Integers | None = None, *, rows: bool = True) -> tuple[Side, ...]:
        """List the cells, or those of some rows or columns: each typed value, and formulas filled down as one."""
        sides: list[Side] = []
        for cells in self.columns.values():
            if lines is not None and rows:
                cells = cells.take(np.isin(cells.rows, lines))
            if lines is None or rows or cells.column in lines:
                sides += (cells.side(first, last) for first, last in cells.runs())
        return tuple(sides)

    def column_sizes(self) -> Integers:
        """Count the cells of each column, from 1 on."""
        sizes = np.zeros(self.width + 1, np.int64)
        for number, cells in self.columns.items():
            sizes[number] = len(cells.rows)
        return sizes

    def row_sizes(self) -> Integers:
        """Count the cells of each row, from 1 on."""
        sizes = np.zeros(self.height + 1, np.int64)
        for cells in self.columns.values():
            sizes[cells.rows] += 1
        return sizes

    def _cells(self, sheet: Sheet, number: int, texts: TextNumbers) -> Cells:
        column = sheet.columns[number]
        rows, kinds = np.asarray(column.rows, np.int32), np.asarray(column.kinds, np.int8)
        numbers = np.full(len(rows), -1, np.int32)
        worded = np.flatnonzero((kinds == Kind.TEXT) | (kinds == Kind.ERROR))
        numbers[worded] = [texts[sheet.texts[row, number]] for row in rows[worded].tolist()]
        formulas = np.asarray(column.formulas, np.int32)
        if self._arrays.any():
            formulas = self._with_arrays(rows, formulas)
        cells = Cells(self, number, rows, np.asarray(column.values), kinds, formulas, numbers)
        nothing = (formulas < 0) & ((kinds == Kind.EMPTY) | (numbers == texts[""]))
        return cells.take(~nothing) if nothing.any() else cells

    def _with_arrays(self, rows: Integers, formulas: Integers) -> Integers:
        """Number array formulas anew, so that all cells of one have the same number."""
        formulas = formulas.copy()
        for place in np.flatnonzero(self._arrays[formulas]).tolist():
            shown = self.templates[formulas.item(place)].shown_at(rows.item(place))
            if shown not in self._numbers:
                self._numbers[shown] = len(self.templates)
                self.templates.append(Template("", (), shown))
            formulas[place] = self._numbers[shown]
        return formulas


def mix(tokens: Tokens) -> Tokens:
    """Hash numbers evenly over 64 bits (the finaliser of SplitMix64)."""
    tokens = tokens + np.uint64(0x9E3779B97F4A7C15)
    tokens = (tokens ^ (tokens >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    tokens = (tokens ^ (tokens >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return tokens ^ (tokens >> np.uint64(31))
