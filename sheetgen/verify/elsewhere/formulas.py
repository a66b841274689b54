"""The formulas of a sheet that stand outside of its training tables."""

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from sheetgen.spreadsheet.formula import Piece, Surroundings, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.spreadsheet.opened_workbook import Cell, Sheet
from sheetgen.spreadsheet.volatile import is_volatile
from sheetgen.types import Place
from sheetgen.verify.elsewhere.table_outline import Outline


class OutsideCell:
    """A cell with a formula outside of the tables.

    Args:
        sheet: the sheet it stands on.
        cell: the cell.
        around: what names and sheets mean.

    Attributes:
        sheet: the sheet's name.
        cell: the cell.
        digits: with how many digits its sheet's numbers are saved.
    """

    def __init__(self, sheet: Sheet, cell: Cell, around: Surroundings) -> None:
        self.sheet: str = sheet.name
        self.cell: Cell = cell
        self.digits: int = sheet.digits
        self._around = around

    @property
    def place(self) -> Place:
        """Its sheet, row and column."""
        return self.sheet, self.cell.row, self.cell.column

    @property
    def formula(self) -> Formula | None:
        """The formula, None where there is none that can be evaluated."""
        return self._taken_apart if isinstance(self._taken_apart, Formula) else None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What the formula consists of."""
        return self.formula.pieces if self.formula else ()

    @property
    def unreadable(self) -> str | None:
        """Why the formula cannot be read, None where it can."""
        return self._taken_apart if isinstance(self._taken_apart, str) else None

    @cached_property
    def _taken_apart(self) -> Formula | str | None:
        text = self.cell.formula or ""
        if is_volatile(text):
            return None  # its value is not the workbook's own
        try:
            return Formula(tuple(take_apart(text, self.sheet, self.cell.row, self._around)), *self.place[1:])
        except UnreadableFormulaError as error:
            return str(error)


def find_outside(sheet: Sheet, outlines: Iterable[Outline], around: Surroundings) -> Iterator[OutsideCell]:
    """Go through the formulas of a sheet that no table judges, column by column."""
    judged: dict[int, list[tuple[int, int]]] = {}
    for outline in outlines:
        for column in outline.columns.values():
            judged.setdefault(column, []).append((outline.first_row, outline.last_row))
    for number in sorted(sheet.columns):
        cells = sheet.columns[number]
        rows = np.frombuffer(cells.rows, np.int32)
        outside = np.frombuffer(cells.formulas, np.int32) >= 0
        for first, last in judged.get(number, ()):
            outside &= (rows < first) | (rows > last)
        for row in rows[outside].tolist():
            cell = sheet.cell(row, number)
            if cell is not None and cell.formula != "=":  # a data table's, which a dialog computes
                yield OutsideCell(sheet, cell, around)
