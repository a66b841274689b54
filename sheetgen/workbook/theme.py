"""Colours, formats and pages: one look for every sheet.

The line colours are Okabe and Ito's, which colour-blind readers can tell apart; lines differ in dash as well, so that
nothing depends on colour alone. Fills are light tints that keep black text above a contrast of 15 to 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sheetgen.network.quantities import Group
from sheetgen.workbook.xlsxwriter_classes import Format, Workbook, Worksheet

INK, MUTED, RULE = "#1F2933", "#52606D", "#CBD2D9"
_A4 = 9
_FONT = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "vcenter"}

LINES = (
    ("#0072B2", "solid"),
    ("#E69F00", "dash"),
    ("#009E73", "solid"),
    ("#CC79A7", "dash"),
    ("#56B4E9", "solid"),
    ("#D55E00", "long_dash"),
)
YOURS_LINE = ("#000000", "square_dot")


# Errors are never negative, but may become too small for eight decimal places to show.
ERROR_FORMAT = "[<0.0001]0.00E+00;0.00000000"


# The error of a measurement: most of it is rounding, so that only its order of magnitude says something.
NOISY_FORMAT = "0.0E+00"
SLOPE_FORMAT = "0.00000000000"  # of the measurement itself


@dataclass(frozen=True)
class GroupLook:
    """The look of one group of columns: the fills of heading, column header and cells; numbers; width in characters."""

    band: str
    header: str
    cells: str
    number_format: str
    width: float


LOOKS = {
    Group.ITERATION: GroupLook("#52606D", "#E4E7EB", "#FFFFFF", "0", 9),
    Group.DATA: GroupLook("#6B5900", "#F5EBC4", "#FFFDF5", "0.0###", 8),
    Group.WEIGHTS: GroupLook("#00507D", "#CFE5F4", "#F5FAFD", "0.000000", 10),
    Group.FORWARD: GroupLook("#00614A", "#CDEBE1", "#F4FBF8", "0.000000", 10),
    Group.ERROR: GroupLook("#9A3D00", "#FADBC8", "#FEF7F3", ERROR_FORMAT, 11.5),
    Group.GRADIENTS: GroupLook("#86406A", "#F1DAE8", "#FCF6FA", "0.00000000", 12),
    Group.OPTIMIZER: GroupLook("#4A4A8A", "#DEDEF2", "#F8F8FD", "0.00000000", 12),
}


def pixels(width: float) -> int:
    """Return how wide a column of this width is on the screen, in pixels."""
    return int(width * 7 + 5)


def set_columns(sheet: Worksheet, widths: Sequence[float]) -> None:
    """Hide the gridlines, set the widths of the first columns, and make room for a title."""
    sheet.hide_gridlines(2)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 30)


def set_up_printing(sheet: Worksheet, pages_wide: int = 1) -> None:
    """Print in landscape, so many pages wide and as many long as it takes, with sheet name and page number below."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(pages_wide, 0)
    sheet.set_footer("&L&A&RPage &P of &N")


class Theme:
    """The formats of one workbook.

    Attributes:
        title, heading: the first line of a sheet, and the line above a part of it.
        text, muted, link: running text, remarks that a reader may skip, and links to other sheets.
        table_header, table_text: the header of a small table, and the texts in it.
        table_remark: a text to the right of a number.
        editable: a number that the reader is invited to change.
    """

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}
        under = {"bottom": 1, "border_color": RULE}
        self.title: Format = self.make(font_size=18, bold=True)
        self.heading: Format = self.make(font_size=13, bold=True, font_color=LOOKS[Group.WEIGHTS].band)
        self.text: Format = self.make()
        self.muted: Format = self.make(font_color=MUTED)
        self.link: Format = self.make(font_color="#0563C1", underline=1)
        self.table_header: Format = self.make(bold=True, bg_color="#E4E7EB", align="center", text_wrap=True, **under)
        self.table_text: Format = self.make(**under)
        self.table_remark: Format = self.make(**under, indent=1)
        box = {"border": 1, "border_color": "#B8A96A", "bg_color": "#FFF8DC"}
        self.editable: Format = self.make(font_color="#0B3C8C", align="right", num_format="General", **box)

    def make(self, **properties: object) -> Format:
        """Return the XlsxWriter format with these properties over the common font."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(_FONT | properties)
        return self._made[key]

    def table_number(self, number_format: str) -> Format:
        """A number in a small table."""
        return self.make(bottom=1, border_color=RULE, num_format=number_format, align="right")

    def band(self, group: Group) -> Format:
        """The heading of a group of columns."""
        return self.make(bold=True, font_color="#FFFFFF", bg_color=LOOKS[group].band, align="left")

    def header(self, group: Group) -> Format:
        """The header of a column."""
        return self.make(bold=True, bg_color=LOOKS[group].header, bottom=1, border_color=RULE, align="center")

    def cell(self, group: Group, *, strong: bool = False, **more: object) -> Format:
        """The cells of a column, with more properties where a row needs them."""
        extra = ({"bold": True} if strong else {}) | more
        return self.make(bg_color=LOOKS[group].cells, num_format=LOOKS[group].number_format, align="right", **extra)
