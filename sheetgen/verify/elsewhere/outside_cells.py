"""The formulas of a workbook outside its training tables, and what is known of those tables."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from sheetgen.spreadsheet.copied_pieces import Copies
from sheetgen.spreadsheet.formula import Area, Piece, Surroundings, UnreadableFormulaError
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.spreadsheet.opened_workbook import Cell, Kind, Sheet
from sheetgen.spreadsheet.volatile import is_volatile
from sheetgen.types import Place
from sheetgen.verify.values.consistency import ValueVerdicts


@dataclass(frozen=True)
class Outline:
    """What is kept of a table after it was judged.

    Attributes:
        sheet: the sheet's name.
        first_row: the row of the first iteration.
        last_row: the row of the last one.
        columns: the numbers of the judged columns.
        repaired: by row and column, the right value of each cell that holds another one or none.
    """

    sheet: str
    first_row: int
    last_row: int
    columns: tuple[int, ...]
    repaired: dict[tuple[int, int], float]

    def judges(self, area: Area) -> bool:
        """Tell whether some of an area of one column is judged as part of the table."""
        return area.first_column in self.columns and area.first_row <= self.last_row and area.last_row >= self.first_row


@dataclass(frozen=True, eq=False)
class OutsideCell:
    """A cell with a formula outside the tables.

    Attributes:
        sheet: the sheet's name.
        cell: the cell.
        digits: the number of digits with which its sheet's numbers are saved.
        formula: the formula; None if it cannot be evaluated.
        unreadable: why it cannot be read; None if it can.
        original: the row of the formula of which it is a copy, with only the references moved; its own for others.
    """

    sheet: str
    cell: Cell
    digits: int
    formula: Formula | None = None
    unreadable: str | None = None
    original: int = 0

    @property
    def place(self) -> Place:
        """Its sheet, row and column."""
        return self.sheet, self.cell.row, self.cell.column

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The tokens of the formula; none if it cannot be evaluated."""
        return self.formula.pieces if self.formula else ()


def outline_of(values: ValueVerdicts) -> Outline:
    """Outline a table that was judged."""
    reading = values.numbers.reading
    table, repaired = reading.table, {}
    for name in reading.judged:
        column = table.column(name)
        wrong = (column.formulas >= 0) & ((column.kinds == Kind.EMPTY) | (column.kinds == Kind.ERROR))
        if name in values.fitting:
            wrong |= ~values.fitting[name]
        if not wrong.any():
            continue
        numbers = values.expected(name)
        for step in np.flatnonzero(wrong & np.isfinite(numbers)).tolist():
            repaired[step + table.first_row, table.columns[name]] = float(numbers[step])
    columns = tuple(table.columns[name] for name in reading.judged)
    return Outline(table.sheet.name, table.first_row, table.last_row, columns, repaired)


def find_outside(sheet: Sheet, outlines: Iterable[Outline], around: Surroundings) -> Iterator[OutsideCell]:
    """Yield the formulas of a sheet that are not judged as part of a table, column by column.

    Args:
        sheet: the sheet.
        outlines: the tables of the workbook.
        around: resolves the names and sheets in formulas.
    """
    own = [outline for outline in outlines if outline.sheet == sheet.name]
    for number in sorted(sheet.columns):
        cells = sheet.columns[number]
        rows = np.frombuffer(cells.rows, np.int32)
        outside = np.frombuffer(cells.formulas, np.int32) >= 0
        for outline in own:
            if number in outline.columns:
                outside &= (rows < outline.first_row) | (rows > outline.last_row)
        yield from _taken_apart(sheet, number, np.flatnonzero(outside).tolist(), around)


def _taken_apart(sheet: Sheet, column: int, positions: list[int], around: Surroundings) -> Iterator[OutsideCell]:
    copies = Copies(sheet.name, around)
    for position in positions:
        cell, template = sheet.at(column, position), sheet.columns[column].formulas[position]
        if cell.formula is None or cell.formula == "=":  # a what-if data table's, which has no formula of its own
            continue
        found = OutsideCell(sheet.name, cell, sheet.digits, original=cell.row)
        if is_volatile(cell.formula):  # its cached value cannot be reproduced
            yield found
            continue
        try:
            pieces, original = copies.take_apart(cell.formula, template, cell.row)
        except UnreadableFormulaError as error:
            yield replace(found, unreadable=str(error))
        else:
            formula = Formula(pieces, cell.row, cell.column)
            yield OutsideCell(sheet.name, cell, sheet.digits, formula, original=original)
