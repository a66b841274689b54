"""The workbook that is being written, and its sheets: what all writers of sheets share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_rowcol_to_cell

from mnist.workbook.description import Description
from mnist.workbook.digits import Gallery
from mnist.workbook.layout import NETWORK, SHEETS, Block, Layout, quoted
from sheetgen.types import Place
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import Theme, set_up_printing
from sheetgen.workbook.xlsxwriter_classes import Format, Workbook

INK_SCALE: dict[str, object] = {
    "type": "2_color_scale",
    "min_type": "num",
    "max_type": "num",
    "min_color": "#FFFFFF",
    "min_value": 0,
    "max_value": 255,
    "max_color": "#1F2933",
}
"""Pixels, as ink on paper."""

MAP_SCALE: dict[str, object] = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#08306B"}
"""Maps: the darker, the larger."""

SIGNED_SCALE: dict[str, object] = {
    "type": "3_color_scale",
    "mid_type": "num",
    "mid_value": 0,
    "min_color": "#00204D",
    "mid_color": "#9A9890",
    "max_color": "#FFEA46",
}
"""Weights and gradients: dark blue, grey at zero, light yellow; also without colour the lighter is the larger."""

PALE_SCALE: dict[str, object] = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#8DB9DE"}
PALE_SIGNED_SCALE: dict[str, object] = {
    "type": "3_color_scale",
    "mid_type": "num",
    "mid_value": 0,
    "min_color": "#8DB9DE",
    "mid_color": "#FFFFFF",
    "max_color": "#F2C572",
}
"""The same where numbers stand in the cells, and have to be read."""

PROBABILITY_BARS: dict[str, object] = {
    "type": "data_bar",
    "data_bar_2010": True,
    "bar_solid": True,
    "bar_color": "#9CC7E6",
    "min_type": "num",
    "max_type": "num",
    "min_value": 0,
    "max_value": 1,
}


_LONGEST_LIST = 255  # characters


@dataclass
class Book:
    """The open workbook and what goes into it.

    Attributes:
        workbook: XlsxWriter's.
        theme: its formats.
        description, layout: the network, and where it stands.
        gallery: the digits to choose from.
        expected: PyTorch's scores for them, shape (digits, 10).
        values: the cached values of formulas, by sheet, row and column from 1; empty while they are not known.
        formulas: where formulas stand, once they are written.
        constants: the network's own numbers, where they stand.
    """

    workbook: Workbook
    theme: Theme
    description: Description
    layout: Layout
    gallery: Gallery
    expected: list[list[float]]
    values: Mapping[Place, float | str]
    formulas: dict[Place, str] = field(default_factory=dict)
    constants: dict[Place, float] = field(default_factory=dict)
    pages: dict[str, "Page"] = field(default_factory=dict)

    def add_pages(self) -> None:
        """Add all sheets, in the order in which they are read."""
        for name in SHEETS:
            self.pages[name] = Page(self, name, self.workbook.add_worksheet(name, worksheet_class=Sheet))


@dataclass
class Page:
    """A sheet that is being written; rows and columns count from 0."""

    book: Book
    name: str
    sheet: Sheet

    @property
    def theme(self) -> Theme:
        """The workbook's formats."""
        return self.book.theme

    def begin(self, title: str, remark: str, column: int = 1) -> None:
        """Write a title, one line on what the sheet is for, and the link back; set up the page."""
        self.sheet.hide_gridlines(2)
        self.sheet.set_row_pixels(0, 34)
        self.text(0, column, title, self.theme.title)
        self.text(1, column, remark, self.theme.muted)
        if self.name != NETWORK:
            self.sheet.write_url(2, column, f"internal:'{NETWORK}'!A1", self.theme.link, "← Network")
        set_up_printing(self.sheet)

    def text(self, row: int, column: int, text: str, style: Format) -> None:
        """Write a text."""
        self.sheet.write_string(row, column, text, style)

    def number(self, row: int, column: int, number: float, style: Format) -> None:
        """Write a number that the reader may change."""
        self.sheet.write_number(row, column, number, style)

    def constant(self, row: int, column: int, number: float, style: Format) -> None:
        """Write a number of the network or of its digits, which is checked against where it comes from."""
        self.sheet.write_number(row, column, number, style)
        self.book.constants[self.name, row + 1, column + 1] = float(number)

    def formula(self, row: int, column: int, formula: str, style: Format) -> None:
        """Write a formula, given without its equals sign."""
        place = (self.name, row + 1, column + 1)
        self.sheet.write_formula(row, column, f"={formula}", style, self.book.values.get(place, 0))
        self.book.formulas[place] = formula

    def merge(self, row: int, column: int, width: int, style: Format, height: int = 1) -> None:
        """Join cells into one, whose content is written afterwards."""
        self.sheet.merge_range(row, column, row + height - 1, column + width - 1, "", style)

    def note(self, row: int, column: int, text: str) -> None:
        """Attach a note that opens when the mouse is over the cell."""
        size = {"x_scale": 2.4, "y_scale": max(0.6, len(text) / 170), "font_size": 9}
        self.sheet.write_comment(row, column, text, size | {"author": "mnist"})

    def columns(self, first: int, last: int, pixels: int) -> None:
        """Set the width of columns."""
        self.sheet.set_column_pixels(first, last, pixels)

    def rows(self, first: int, last: int, pixels: int) -> None:
        """Set the height of rows."""
        for row in range(first, last + 1):
            self.sheet.set_row_pixels(row, pixels)

    def coloured(self, blocks: list[Block], scale: Mapping[str, object]) -> None:
        """Colour cells by one scale over all these blocks."""
        first, *_ = blocks
        areas = " ".join(block.address(self.name) for block in blocks)
        place = (first.row, first.column, first.row + first.height - 1, first.column + first.width - 1)
        self.sheet.conditional_format(*place, {**scale, "multi_range": areas})

    def input(self, block: Block, value: float | str, rule: Mapping[str, object], width: int = 1) -> None:
        """Write a cell that the reader may change, with what it accepts."""
        if width > 1:
            self.merge(block.row, block.column, width, self.theme.editable)
        if isinstance(value, str):
            self.text(block.row, block.column, value, self.theme.editable)
        else:
            self.number(block.row, block.column, value, self.theme.editable)
        self.sheet.data_validation(block.row, block.column, block.row, block.column, dict(rule))

    def at(self, row: int, column: int) -> str:
        """Write the address of one of its cells for formulas of the same sheet."""
        return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))

    def place(self, row: int, column: int) -> str:
        """Write the address of one of its cells for formulas of any sheet."""
        return Block(self.name, row, column, 1, 1).address(fixed=True)

    def probability_bars(self, block: Block) -> None:
        """Draw bars in cells that hold probabilities."""
        self.sheet.conditional_format(
            *block.cell(0, 0), *block.cell(block.height - 1, block.width - 1), PROBABILITY_BARS
        )

    def link(self, row: int, column: int, sheet: str, words: str) -> None:
        """Write a link to another sheet."""
        self.sheet.write_url(row, column, f"internal:{quoted(sheet)}!A1", self.theme.link, words)


def whole(first: int, last: int, what: str) -> dict[str, object]:
    """Return the rule of a cell that takes whole numbers."""
    words = f"Type a whole number from {first} to {last}."
    return {"validate": "integer", "criteria": "between", "minimum": first, "maximum": last} | {
        "error_title": f"No such {what}",
        "error_message": words,
        "input_title": what.capitalize(),
        "input_message": words,
    }


def listed(first: int, last: int, what: str) -> dict[str, object]:
    """Return the rule of a cell that offers whole numbers in a list, as far as a list can be that long."""
    numbers = list(range(first, last + 1))
    if len(",".join(map(str, numbers))) > _LONGEST_LIST:
        return whole(first, last, what)
    return {"validate": "list", "source": numbers} | {
        key: text for key, text in whole(first, last, what).items() if key.endswith(("title", "message"))
    }
