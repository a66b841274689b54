"""Colours and formats: one look for every sheet.

The line colours are Okabe and Ito's, which colour-blind readers can tell apart; lines differ in dash as well, so that
nothing depends on colour alone. Fills are light tints that keep black text above a contrast of 15 to 1.
"""

from dataclasses import dataclass
from typing import Any

from sheetgen.notation import Group

INK, MUTED, RULE = "#1F2933", "#52606D", "#CBD2D9"
INPUT_FILL, INPUT_INK = "#FFF8DC", "#0B3C8C"

LINES = (
    ("#0072B2", "solid"),
    ("#E69F00", "dash"),
    ("#009E73", "solid"),
    ("#CC79A7", "dash"),
    ("#56B4E9", "solid"),
    ("#D55E00", "long_dash"),
)
YOURS_LINE = ("#000000", "square_dot")


@dataclass(frozen=True)
class Tint:
    """The fills of one group of columns: heading, column header, cells."""

    band: str
    header: str
    cells: str


TINTS = {
    Group.ITERATION: Tint("#52606D", "#E4E7EB", "#FFFFFF"),
    Group.DATA: Tint("#6B5900", "#F5EBC4", "#FFFDF5"),
    Group.WEIGHTS: Tint("#00507D", "#CFE5F4", "#F5FAFD"),
    Group.FORWARD: Tint("#00614A", "#CDEBE1", "#F4FBF8"),
    Group.ERROR: Tint("#9A3D00", "#FADBC8", "#FEF7F3"),
    Group.GRADIENTS: Tint("#86406A", "#F1DAE8", "#FCF6FA"),
}
NUMBER_FORMATS = {
    Group.ITERATION: "0",
    Group.DATA: "0.0###",
    Group.WEIGHTS: "0.000000",
    Group.FORWARD: "0.000000",
    Group.ERROR: "0.00000000",
    Group.GRADIENTS: "0.00000000",
}
WIDTHS = {
    Group.ITERATION: 9,
    Group.DATA: 8,
    Group.WEIGHTS: 10,
    Group.FORWARD: 10,
    Group.ERROR: 11.5,
    Group.GRADIENTS: 12,
}

_FONT = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "vcenter"}


class Theme:
    """The formats of one workbook, made on first use."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def make(self, **properties: Any) -> Any:
        """Return the XlsxWriter format with these properties over the common font."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(_FONT | properties)
        return self._made[key]

    @property
    def title(self) -> Any:
        """The first line of a sheet."""
        return self.make(font_size=18, bold=True)

    @property
    def heading(self) -> Any:
        """The line above a part of a sheet."""
        return self.make(font_size=13, bold=True, font_color=TINTS[Group.WEIGHTS].band)

    @property
    def text(self) -> Any:
        """Running text."""
        return self.make()

    @property
    def muted(self) -> Any:
        """Remarks that can be skipped."""
        return self.make(font_color=MUTED)

    @property
    def link(self) -> Any:
        """A link to another sheet."""
        return self.make(font_color="#0563C1", underline=1)

    @property
    def table_header(self) -> Any:
        """The header of a small table."""
        return self.make(bold=True, bg_color="#E4E7EB", bottom=1, border_color=RULE, align="center", text_wrap=True)

    @property
    def table_text(self) -> Any:
        """Text in a small table."""
        return self.make(bottom=1, border_color=RULE)

    def table_number(self, number_format: str) -> Any:
        """A number in a small table."""
        return self.make(bottom=1, border_color=RULE, num_format=number_format, align="right")

    @property
    def editable(self) -> Any:
        """A number that the reader is invited to change."""
        return self.make(
            font_color=INPUT_INK, bg_color=INPUT_FILL, border=1, border_color="#B8A96A", align="right", num_format="General"
        )

    def band(self, group: Group) -> Any:
        """The heading of a group of columns."""
        return self.make(bold=True, font_color="#FFFFFF", bg_color=TINTS[group].band, align="left")

    def header(self, group: Group) -> Any:
        """The header of a column."""
        return self.make(bold=True, bg_color=TINTS[group].header, bottom=1, border_color=RULE, align="center")

    def cell(self, group: Group, *, strong: bool = False) -> Any:
        """The cells of a column."""
        extra = {"bold": True} if strong else {}
        return self.make(bg_color=TINTS[group].cells, num_format=NUMBER_FORMATS[group], align="right", **extra)
