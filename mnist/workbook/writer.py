"""Writes the workbook: once to let an engine compute every formula, and again with what it computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from mnist.errors import MnistError
from mnist.output import write_whole
from mnist.workbook.book import Book
from mnist.workbook.description import Description
from mnist.workbook.digits import Gallery
from mnist.workbook.layout import (
    CELL,
    DIGITS,
    DRAW,
    FIRST,
    GRADIENTS,
    NETWORK,
    NORMS,
    PYTORCH,
    SHEETS,
    WHAT_IF,
    Layout,
)
from mnist.workbook.reference import scores_of
from mnist.workbook.sheets.draw import write_draw
from mnist.workbook.sheets.first_layer import write_first_layer
from mnist.workbook.sheets.gradients import write_gradients
from mnist.workbook.sheets.network import write_network
from mnist.workbook.sheets.one_cell import write_one_cell
from mnist.workbook.sheets.scores import write_linear, write_panel
from mnist.workbook.sheets.tables import write_digits, write_expected, write_norms
from mnist.workbook.sheets.what_if import write_what_if
from sheetgen.recalculate.session import IronCalcSession
from sheetgen.spreadsheet.properties import NO_TABLE
from sheetgen.types import Place, Value
from sheetgen.workbook.book import SAFE_TEXT
from sheetgen.workbook.layout import MAX_FORMULA
from sheetgen.workbook.theme import Theme

_CREATED = datetime(2020, 1, 1)  # the same network must give the same bytes
# Columns are measured in digits of this font. Each is 0.6 times as wide as it is high, in Excel and in whatever other
# programs take in its place, so that square cells are square everywhere.
_LOOK = {
    "default_format_properties": {"font_name": "Courier New", "font_size": 10},
    "default_column_width": 72,
    "default_row_height": 20,
}

_WRITERS = {
    NETWORK: (write_network, write_linear, write_panel),
    DRAW: (write_draw,),
    CELL: (write_one_cell,),
    FIRST: (write_first_layer,),
    WHAT_IF: (write_what_if,),
    GRADIENTS: (write_gradients,),
    NORMS: (write_norms,),
    PYTORCH: (write_expected,),
    DIGITS: (write_digits,),
}


@dataclass(frozen=True)
class Written:
    """What stands in the workbook.

    Attributes:
        layout: where the maps stand.
        formulas: every formula, by its place.
        constants: the network's own numbers and its digits', by their places.
    """

    layout: Layout
    formulas: Mapping[Place, str]
    constants: Mapping[Place, float]


def write_live_workbook(description: Description, gallery: Gallery, path: Path) -> Written:
    """Write the workbook of a network, completely or not at all; the same network always gives the same bytes.

    Args:
        description: the network.
        gallery: the digits to choose from.
        path: where to.

    Raises:
        MnistError: a formula would be too long, or the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise MnistError(str(path), "does not end in .xlsx", "Excel opens the workbook only under that ending")
    with TemporaryDirectory(prefix="mnist-") as folder:
        draft = Path(folder) / "draft.xlsx"
        written = _write(description, gallery, draft, {})
        session = IronCalcSession(draft)
        session.recalculate()
        values = {place: _cached(session.value(place)) for place in written.formulas}
    write_whole(path, lambda final: _write(description, gallery, final, values), (XlsxWriterException,))
    return written


def _write(description: Description, gallery: Gallery, path: Path, values: Mapping[Place, float | str]) -> Written:
    options = {"tmpdir": str(path.parent), **_LOOK, **SAFE_TEXT}
    workbook = xlsxwriter.Workbook(path, options)
    workbook.set_properties({"title": _title(description), "created": _CREATED, "comments": _COMMENT})
    workbook.set_custom_property(NO_TABLE, "true", "text")
    workbook.set_size(24_000, 14_000)
    layout = Layout(description)
    expected = scores_of(description, gallery.images).tolist()
    book = Book(workbook, Theme(workbook), description, layout, gallery, expected, values)
    book.add_pages()
    for name in SHEETS:
        for write in _WRITERS.get(name, ()):  # One cell writes Places as well
            write(book.pages[name])
    for name, block in layout.names.items():
        workbook.define_name(name, f"={block.address(fixed=True)}")
    _check_lengths(book)
    workbook.close()
    return Written(layout, book.formulas, book.constants)


def _cached(value: Value) -> float | str:
    return "" if value is None else value


def _check_lengths(book: Book) -> None:
    for (sheet, row, column), formula in book.formulas.items():
        if len(formula) > MAX_FORMULA:
            what = f"a formula of {len(formula):,} characters on {sheet}, row {row}, column {column}"
            raise MnistError(book.description.name, what, f"Excel allows {MAX_FORMULA:,}: choose fewer maps per layer")


def _title(description: Description) -> str:
    return f"The network {description.name} in live formulas"


_COMMENT = "Choose a digit or draw one: every activation is a formula. Yellow cells are yours to change."
