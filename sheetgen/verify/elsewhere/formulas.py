"""The formulas of a sheet that stand outside of its training tables."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.recalculate.caches import has_own_will
from sheetgen.spreadsheet.formula import Surroundings, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.spreadsheet.workbook import Cell, Sheet
from sheetgen.verify.elsewhere.table_outline import Outline

Place = tuple[str, int, int]


class OutsideCell(NamedTuple):
    """A cell with a formula outside of the tables.

    Attributes:
        sheet: the sheet's name.
        cell: the cell.
        digits: with how many digits its sheet's numbers are saved.
    """

    sheet: str
    cell: Cell
    digits: int

    @property
    def place(self) -> Place:
        """Its sheet, row and column."""
        return self.sheet, self.cell.row, self.cell.column


def find_outside(sheet: Sheet, outlines: Iterable[Outline]) -> Iterator[OutsideCell]:
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
                yield OutsideCell(sheet.name, cell, sheet.digits)


class Taken:
    """Formulas outside of the tables, taken apart; each once.

    Args:
        around: what names and sheets mean.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._taken: dict[Place, Formula | str | None] = {}

    def apart(self, each: OutsideCell) -> Formula | str | None:
        """Return a cell's formula; why it cannot be read; or None where its value is not the workbook's own."""
        if each.place not in self._taken:
            self._taken[each.place] = self._take(each)
        return self._taken[each.place]

    def formula(self, each: OutsideCell) -> Formula | None:
        """Return a cell's formula, None where there is none that can be evaluated."""
        taken = self.apart(each)
        return taken if isinstance(taken, Formula) else None

    def _take(self, each: OutsideCell) -> Formula | str | None:
        text = each.cell.formula or ""
        if has_own_will(text):
            return None
        try:
            return Formula(tuple(take_apart(text, each.sheet, each.cell.row, self._around)), *each.place[1:])
        except UnreadableFormulaError as error:
            return str(error)
