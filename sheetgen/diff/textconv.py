"""A workbook as text, one line per cell, so that line-based tools such as git can compare two of them."""

from collections.abc import Iterator
from heapq import merge
from itertools import repeat
from pathlib import Path

from sheetgen.diff.changes import ErrorValue
from sheetgen.diff.diff_wording import shown_value
from sheetgen.spreadsheet.opened_workbook import Cell, Kind, Sheet, open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.visible_text import visible


def text_of(path: str | Path, limits: Limits | None = None, *, values: bool = True) -> Iterator[str]:
    """Write a workbook's cells as lines of text, sheet by sheet, from top to bottom, then from left to right.

    A line such as `sheet Start` introduces each sheet; the lines of its cells are indented, which makes git name the
    sheet of a change: `  J34: =F34*D34 → 0.026`. The defined names come first.

    Args:
        path: the workbook.
        limits: the most the file may hold before it is refused.
        values: whether to write the cached values of formulas too.

    Raises:
        SheetgenError: it cannot be read, or is larger than the limits allow.
    """
    with open_workbook(path, limits) as book:
        if book.names:
            yield "names"
        for name in sorted(book.names):
            yield f"  {visible(name)}: ={visible(book.names[name])}"
        for sheet in book.sheet_names:
            yield f"sheet {visible(sheet)}"
            yield from (f"  {cell.address}: {_content(cell, values=values)}" for cell in _by_row(book.read(sheet)))


def _by_row(sheet: Sheet) -> Iterator[Cell]:
    """Yield the cells row by row, without building a list of them all."""
    for row, column in merge(*(zip(cells.rows, repeat(number)) for number, cells in sheet.columns.items())):
        cell = sheet.cell(row, column)
        if cell is not None and (cell.formula is not None or cell.kind is not Kind.EMPTY):
            yield cell


def _content(cell: Cell, *, values: bool) -> str:
    value = shown_value(ErrorValue(cell.value) if cell.kind is Kind.ERROR else cell.value)
    if cell.formula is None:
        return value
    formula = visible(cell.shown_formula or "")
    return f"{formula} → {value}" if values else formula
