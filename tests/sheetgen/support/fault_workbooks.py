"""Clean workbooks to put faults into: generated ones, ones laid out as by hand, and public ones."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from openpyxl.utils.cell import get_column_letter

from sheetgen import build_workbook, load_experiment
from tests.shared_files import PUBLIC_WORKBOOKS
from tests.sheetgen.support.equivalent_formulas import formulas
from tests.sheetgen.support.equivalent_workbooks import COLUMNS, Example, Layout, write_examples
from tests.sheetgen.support.patched_workbooks import Book, Cell, Table, read_cells

TEMPLATES = {"class": 40, "class-eva": 40, "mazur": 60, "xor": 40, "deep": 20, "eva6": 40}
PUBLIC = {
    "02": ("02-clean-out-labels.xlsx", {"Sheet1": (13, "G11"), "Copy of Sheet1": (18, "G16")}),
    "03": ("03-clean-x-y-labels.xlsx", {"Sheet1": (24, "B22")}),
}

_HEADER_ROW, _ETA = 15, "C2"
_COUNTED = ("iteration", *COLUMNS)
# Laid out and written as by hand: all typed, and all referred to.
HAND = {
    "typed": Example(
        Layout(_COUNTED, header_row=_HEADER_ROW, rows=40, iteration="typed", anchored=True),
        frozenset({"spaces", "brackets", "commute", "square: POWER", "sigmoid: EXP(-1*z)", "less: -1*(b-a)"}),
    ),
    "led": Example(
        Layout(_COUNTED, header_row=_HEADER_ROW, rows=40, data="fixed", weights="cells"),
        frozenset({"leading plus", "half: x/2", "slope: a-a^2", "sigmoid: (…)^-1"}),
        inlined=frozenset({"h1", "h2"}),
        trees=formulas(biases=True),
    ),
}
_PUBLIC_DIGITS = 10


def build_books(folder: Path, counts: Mapping[str, int] | None = None) -> dict[str, Path]:
    """Write workbooks into a folder; return them and the public ones that are there, by name.

    Args:
        folder: where to write them.
        counts: which of `TEMPLATES` and `HAND`, and how many iterations of each; all of them if not given.
    """
    wanted = counts or {**TEMPLATES, **{name: example.layout.rows for name, example in HAND.items()}}
    books = {name: folder / f"{name}.xlsx" for name in wanted}
    for name, count in wanted.items():
        if name in HAND:
            write_examples(books[name], replace(HAND[name], layout=replace(HAND[name].layout, rows=count)))
        else:
            build_workbook(load_experiment(name).with_run((0.5,), count), books[name], lessons=False)
    for name, (file, _) in PUBLIC.items():
        if (PUBLIC_WORKBOOKS / file).is_file():
            books[name] = PUBLIC_WORKBOOKS / file
    return books


def read_book(name: str, path: Path) -> Book:
    """Read a clean workbook, with shared formulas written out."""
    book = read_cells(path, name, _PUBLIC_DIGITS if name in PUBLIC else 17)
    own = list(book.parts)[0 if name in HAND else 2 :]  # the first two sheets of a generated workbook hold no table
    headers = PUBLIC[name][1] if name in PUBLIC else dict.fromkeys(own, (_HEADER_ROW, _ETA))
    book.tables = [_table(sheet, book.cells[sheet], row, eta) for sheet, (row, eta) in headers.items()]
    return book


def _table(sheet: str, cells: dict[str, Cell], header_row: int, eta: str) -> Table:
    labels = {}
    for number in range(1, 200):
        letter = get_column_letter(number)
        cell = cells.get(f"{letter}{header_row}")
        if cell and isinstance(cell.value, str):
            labels[letter] = cell.value
    total = next(letter for letter, label in labels.items() if label.startswith("E_") and label != "E_mean")
    last = header_row + 1
    while (cell := cells.get(f"{total}{last + 1}")) and cell.formula:
        last += 1
    return Table(sheet, header_row, header_row + 1, last, labels, eta)
