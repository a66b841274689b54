"""Editing a worksheet in place, cell by cell; it is streamed, so that a large one takes little memory."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

from openpyxl.utils.cell import coordinate_to_tuple

from sheetgen.spreadsheet.package import Package, check_text
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.xml_edit import Span, XmlEditor, prefix_of, with_attributes

_MOST_SHOWN = 20
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class CellContent(NamedTuple):
    """The formula or the value of a cell: its text, its element's attributes, and where that stands."""

    text: str
    attributes: dict[str, str]
    span: Span


@dataclass(slots=True)
class XmlCell:
    """A cell as its sheet's XML holds it.

    Attributes:
        start: where it begins.
        row: counted from 1.
        column: counted from 1.
        attributes: of its element.
        formula: None where it has none.
        value: None where it has none.
    """

    start: int
    row: int
    column: int
    attributes: dict[str, str]
    formula: CellContent | None = None
    value: CellContent | None = None


class SheetEditor(XmlEditor):
    """Copies a worksheet, with changes to its cells.

    Whoever extends it overrides `start_row`, `end_cell`, `end_row`, `start_other` and `end_other`.

    Attributes:
        prefix: belongs before the name of each element.
        row: the row that was begun last, counted from 1.
    """

    def __init__(self, package: Package, part: str) -> None:
        super().__init__(package, part)
        self.prefix: str = ""
        self.row: int = 0
        self._column = 0
        self._in_data = False
        self._locals: dict[str, str] = {}
        self._cell: XmlCell | None = None
        self._attributes: dict[str, str] = {}
        self._text = ""

    def start_row(self, attributes: dict[str, str]) -> None:
        """Take the start of a row."""

    def end_cell(self, cell: XmlCell) -> None:
        """Take a cell, at its end."""

    def end_row(self) -> None:
        """Take the end of a row."""

    def start_other(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element outside of the rows."""

    def end_other(self, name: str) -> None:
        """Take the end of an element outside of the rows."""

    def change_value(self, cell: XmlCell, text: str, kind: str | None = None) -> None:
        """Give a formula's cell another value; `kind` is its type as the attribute `t` says it."""
        if cell.value is not None:
            start, _, _, end = cell.value.span
        else:
            start = end = cell.formula.span.end if cell.formula else cell.start
        self.change(start, end, f"<{self.prefix}v>{escaped(text)}</{self.prefix}v>".encode())
        if cell.attributes.get("t") != kind:
            self.change_attributes(cell, t=kind)

    def change_formula(self, formula: CellContent, text: str) -> None:
        """Give a formula another text."""
        self.change(formula.span.inner, formula.span.inner_end, escaped(text).encode())

    def change_attributes(self, cell: XmlCell, **values: str | None) -> None:
        """Set attributes of a cell; those that are None are taken out."""
        tag = self.tag(cell.start)
        self.change(cell.start, cell.start + len(tag), with_attributes(tag, **values))

    def remove(self, span: Span) -> None:
        """Take an element out."""
        self.change(span.start, span.end, b"")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if self.depth == 1:
            self.prefix = prefix_of(name)
            self._locals = {self.prefix + local: local for local in ("sheetData", "row", "c", "f", "v")}
        local = self._locals.get(name)
        if self._cell is not None:
            self._attributes, self._text = attributes, ""
        elif not self._in_data:
            self._in_data = local == "sheetData"
            self.start_other(name, attributes)
        elif local == "c":
            self.held = self.position if self.held is None else self.held
            self._cell = XmlCell(self.position, *self._place(attributes.get("r")), attributes)
            self._column = self._cell.column
        elif local == "row":
            self.row, self._column = int(attributes.get("r", self.row + 1)), 0
            self.start_row(attributes)

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if self._cell is not None:
            self._text += text
            check_text(self._package, self._text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        local, cell = self._locals.get(name), self._cell
        if cell is None:
            self._end_outside(local, name)
        elif local == "f":
            cell.formula = CellContent(self._text, self._attributes, self.span())
        elif local == "v":
            cell.value = CellContent(self._text, self._attributes, self.span())
        elif local == "c":
            self.end_cell(cell)
            self._cell = None
            self.held = None if self.held == cell.start else self.held

    def _end_outside(self, local: str | None, name: str) -> None:
        if self._in_data and local == "row":
            self.end_row()
        elif not self._in_data or local == "sheetData":
            self._in_data = False
            self.end_other(name)

    def _place(self, reference: str | None) -> tuple[int, int]:
        """Return where a cell is; one without an address is beside the one before."""
        row, column = (self.row, self._column + 1) if reference is None else coordinate_to_tuple(reference)
        if not (0 < row <= MAX_ROW and 0 < column <= MAX_COLUMN):
            raise ValueError(f"it has a cell {(reference or '')[:_MOST_SHOWN]!r}")
        return row, column


def escaped(text: str) -> str:
    """Write a text for XML; what no XML can hold is written as spreadsheet programs do, `_x0007_`."""
    return escape(_FORBIDDEN.sub(lambda match: f"_x{ord(match[0]):04X}_", text))
