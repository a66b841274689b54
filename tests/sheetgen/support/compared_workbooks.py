"""Workbooks to compare, and what a comparison says in short."""

import re
from pathlib import Path

import xlsxwriter
from openpyxl.utils.cell import column_index_from_string, get_column_letter

from sheetgen.diff.changes import ChangeKind, DiffOptions, LineKind, WorkbookDiff
from sheetgen.diff.compare_workbooks import compare_workbooks

_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False}
_REFERENCE = re.compile(r"""(?<![A-Z"$])(\$?)([A-Z]{1,2})(\$?)([0-9]+)(?![0-9("])""")

# A formula with its cached value is a pair; everything else is typed.
Content = float | str | bool | tuple[str, float | str]
Cells = dict[str, Content]


def write_book(path: Path, sheets: dict[str, Cells], names: dict[str, str] | None = None, comment: str = "") -> Path:
    with xlsxwriter.Workbook(path, _PLAIN) as book:
        book.set_properties({"comments": comment})
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for address, content in cells.items():
                if isinstance(content, tuple):
                    sheet.write_formula(address, content[0], None, content[1])
                else:
                    sheet.write(address, content)
        for name, meaning in (names or {}).items():
            book.define_name(name, meaning)
    return path


def compare(folder: Path, old: Cells, new: Cells, options: DiffOptions | None = None) -> WorkbookDiff:
    left = write_book(folder / "old.xlsx", {"S": old})
    return compare_workbooks(left, write_book(folder / "new.xlsx", {"S": new}), options)


def shift(text: str, lines: int, after: int, *, columns: bool) -> str:
    """Rewrite references as a spreadsheet program does when it inserts lines: a second telling of the same."""

    def moved(match: re.Match[str]) -> str:
        column, row = column_index_from_string(match[2]), int(match[4])
        if columns:
            column += lines if column >= after else 0
        else:
            row += lines if row >= after else 0
        return f"{match[1]}{get_column_letter(column)}{match[3]}{row}"

    return _REFERENCE.sub(moved, text)


def insert(cells: Cells, lines: int, after: int, *, columns: bool) -> Cells:
    return {
        shift(address, lines, after, columns=columns): (
            (shift(content[0], lines, after, columns=columns), content[1]) if isinstance(content, tuple) else content
        )
        for address, content in cells.items()
    }


def table(rows: int = 12, start: float = 0.5) -> Cells:
    """A table of iterations: a number, a weight that shrinks, its square, and a running sum."""
    cells: Cells = {"A1": "rate", "B1": 0.25, "A3": "n", "B3": "w", "C3": "w²", "D3": "sum", "A4": 0, "B4": start}
    weight = start
    for row in range(4, rows + 4):
        if row > 4:
            weight *= 0.75
            cells[f"A{row}"] = (f"=A{row - 1}+1", row - 4)
            cells[f"B{row}"] = (f"=B{row - 1}*(1-$B$1)", weight)
        cells[f"C{row}"] = (f"=B{row}^2", weight * weight)
        cells[f"D{row}"] = (f"=SUM(B$4:B{row})+C{row}", start + weight)
    return cells


def lines_of(found: WorkbookDiff) -> list[tuple[LineKind, str]]:
    return [(line.kind, line.range) for sheet in found.sheets for line in sheet.lines]


def changes_of(found: WorkbookDiff) -> list[tuple[ChangeKind, str | None, str | None]]:
    return [
        (change.kind, change.old and change.old.range, change.new and change.new.range)
        for sheet in found.sheets
        for change in sheet.changes
    ]
