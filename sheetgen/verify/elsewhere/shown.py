"""What a lesson sheet shows: the cells that labels beside them say to hold a quantity of the chosen iteration."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sheetgen.spreadsheet.workbook import Cell, Kind, Sheet

NEW = "new "
"""Stands in a label before a weight or bias, which is then that of the next iteration."""


class Shown(NamedTuple):
    """A cell beside a label.

    Attributes:
        sheet: the sheet's name.
        cell: the cell.
        quantity: what the label says.
        typed: a number that was typed between them, or None; the cell itself where there is no formula.
    """

    sheet: str
    cell: Cell
    quantity: str
    typed: Cell | None

    @property
    def place(self) -> tuple[str, int, int]:
        """Its sheet, row and column."""
        return self.sheet, self.cell.row, self.cell.column


def find_shown(sheet: Sheet, quantities: frozenset[str], gives_number: Callable[[Cell], bool]) -> Iterator[Shown]:
    """Find the cells of a sheet that show quantities.

    A label belongs to the first formula to its right, in the same row, that gives a number; texts in between are passed
    over, and the next label ends the search.

    Args:
        sheet: the sheet.
        quantities: the labels.
        gives_number: tells whether a formula without a cached value gives a number or an error.
    """
    rows: dict[int, list[Cell]] = {}
    for row, _ in {place: None for place, text in sheet.texts.items() if text in quantities}:
        rows[row] = []
    for number in sorted(sheet.columns):
        for row in rows.keys() & set(sheet.columns[number].rows):
            cell = sheet.cell(row, number)
            if cell is not None:
                rows[row].append(cell)
    for row in sorted(rows):
        for at, cell in enumerate(rows[row]):
            if cell.value in quantities and cell.kind is Kind.TEXT:
                yield from _beside(sheet.name, str(cell.value), rows[row][at + 1 :], quantities, gives_number)


def _beside(
    sheet: str, quantity: str, right: list[Cell], quantities: frozenset[str], gives_number: Callable[[Cell], bool]
) -> Iterator[Shown]:
    typed: Cell | None = None
    for cell in right:
        if cell.kind is Kind.TEXT and cell.value in quantities:
            break
        if cell.formula is not None and _is_value(cell, gives_number):
            yield Shown(sheet, cell, quantity, typed)
            return
        if cell.formula is None and cell.kind is Kind.NUMBER:
            typed = typed or cell
    if typed is not None:
        yield Shown(sheet, typed, quantity, typed)


def _is_value(cell: Cell, gives_number: Callable[[Cell], bool]) -> bool:
    """Tell whether a formula is one for a number, be it that there is none but an error."""
    return gives_number(cell) if cell.kind is Kind.EMPTY else cell.kind in (Kind.NUMBER, Kind.ERROR)
