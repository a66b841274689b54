"""Editing a worksheet in place, cell by cell; it is streamed, so that a large one takes little memory.

A parser reports where elements are, and the changes are spliced into the bytes that it read.
"""

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import IO, NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.addresses import coordinate_to_tuple
from sheetgen.spreadsheet.package import Feed, Package, check_text
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.xml_edit import Edit, open_utf8, spliced, tag_at, with_attributes
from sheetgen.spreadsheet.xstring import decoded, encoded

_CHUNK = 1 << 19
_MOST_SHOWN = 20
_LOCAL_NAMES = ("sheetData", "row", "c", "f", "v")


class CellContent(NamedTuple):
    """The formula or the value of a cell: its text, and its element's attributes, start and end tag."""

    text: str
    attributes: dict[str, str]
    start: int
    end_tag: int


@dataclass(slots=True)
class XmlCell:
    """A cell as its sheet's XML holds it.

    Attributes:
        start: where it begins.
        row: counted from 1.
        column: counted from 1.
        attributes: those of its element.
        formula: None if it has none.
        value: None if it has none.
    """

    start: int
    row: int
    column: int
    attributes: dict[str, str]
    formula: CellContent | None = None
    value: CellContent | None = None


class SheetEditor:
    """Copies a worksheet, with changes to its cells.

    Subclasses override `start_row`, `end_cell`, `end_row`, `start_other` and `end_other`.

    Attributes:
        prefix: the prefix of every element's name.
        row: the row that was begun last, counted from 1.
        depth: how many elements are open, outside the rows.
        held: the first position already read that may still be changed; None if there is none.
    """

    def __init__(self, package: Package, part: str) -> None:
        self._package, self._part = package, part
        self.prefix: str = ""
        self.row: int = 0
        self.depth: int = 0
        self.held: int | None = None
        self._feed: Feed
        self._buffer = bytearray()
        self._base = 0
        self._edits: list[Edit] = []
        self._locals: dict[str, str] = {}
        self._in_data = False
        self._column = 0
        self._cell: XmlCell | None = None
        self._content = 0
        self._attributes: dict[str, str] = {}
        self._text = ""

    def start_row(self, attributes: dict[str, str]) -> None:
        """Handle the start of a row."""

    def end_cell(self, cell: XmlCell) -> None:
        """Handle a cell, once it is complete."""

    def end_row(self) -> None:
        """Handle the end of a row."""

    def start_other(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element outside the rows."""

    def end_other(self, name: str) -> None:
        """Handle the end of an element outside the rows."""

    @property
    def position(self) -> int:
        """Where the tag that the parser is reporting begins."""
        return self._feed.position

    def tag(self, position: int) -> bytes:
        """Return the tag that begins at a position."""
        return tag_at(self._buffer, position - self._base)

    def change(self, start: int, end: int, text: bytes) -> None:
        """Replace what is between two positions with a text; equal positions insert it."""
        self._edits.append(Edit(start, end, text))

    def remove(self, start: int, end_tag: int) -> None:
        """Remove an element, given where it begins and where the parser reported its end."""
        self.change(start, self._end(start, end_tag), b"")

    def change_value(self, cell: XmlCell, text: str, kind: str | None = None) -> None:
        """Give a formula's cell another value; `kind` is its type, the attribute `t`."""
        after = cell.value or cell.formula
        end = self._end(after.start, after.end_tag) if after else cell.start
        start = cell.value.start if cell.value else end
        self.change(start, end, f"<{self.prefix}v>{escaped(text)}</{self.prefix}v>".encode())
        if cell.attributes.get("t") != kind:
            self.change_attributes(cell, t=kind)

    def change_formula(self, formula: CellContent, text: str) -> None:
        """Replace the text of a formula."""
        self.change(formula.start + len(self.tag(formula.start)), formula.end_tag, escaped(text).encode())

    def change_attributes(self, cell: XmlCell, **values: str | None) -> None:
        """Set attributes of a cell; those that are None are removed."""
        tag = self.tag(cell.start)
        self.change(cell.start, cell.start + len(tag), with_attributes(tag, **values))

    def run(self, target: IO[bytes]) -> None:
        """Copy the part.

        Args:
            target: where the copy goes.

        Raises:
            SheetgenError: it is not well-formed, or declares entities, or the copy cannot be written.
        """
        with (
            open_utf8(self._package, self._part) as source,
            self._package.feeding(self._part, self._started, self._ended, self._said) as self._feed,
        ):
            for chunk in iter(partial(source.read, _CHUNK), b""):
                self._buffer += chunk
                self._feed.take(chunk)
                self._write(target, self.position if self.held is None else min(self.position, self.held))
        self._write(target, self._base + len(self._buffer) + 1)

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        local = self._locals.get(name)
        if self._cell is not None:
            self._text = ""
            if local is not None:
                self._content, self._attributes = self._feed.position, attributes
        elif not self._in_data:
            self._start_outside(name, attributes)
        elif local == "c":
            position = self._feed.position
            self.held = position if self.held is None else self.held
            self._cell = XmlCell(position, *self._place(attributes.get("r")), attributes)
        elif local == "row":
            self.row, self._column = int(attributes.get("r", self.row + 1)), 0
            self.start_row(attributes)

    def _start_outside(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1:
            self.prefix = name[: name.rfind(":") + 1]
            self._locals = {self.prefix + local: local for local in _LOCAL_NAMES}
        self._in_data = self._locals.get(name) == "sheetData"
        self.start_other(name, attributes)

    def _said(self, text: str) -> None:
        if self._cell is not None:
            self._text += text
            check_text(self._package, self._text)

    def _ended(self, name: str) -> None:
        local, cell = self._locals.get(name), self._cell
        if cell is None:
            self._end_outside(local, name)
        elif local == "f":
            cell.formula = CellContent(decoded(self._text), self._attributes, self._content, self._feed.position)
        elif local == "v":
            cell.value = CellContent(self._text, self._attributes, self._content, self._feed.position)
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
            self.depth -= 1

    def _end(self, start: int, end_tag: int) -> int:
        """Return where an element ends, given where it begins and where the parser reported its end."""
        tag = self.tag(start)
        if tag.endswith(b"/>"):
            return start + len(tag)
        return self._base + self._buffer.index(b">", end_tag - self._base) + 1

    def _place(self, reference: str | None) -> tuple[int, int]:
        """Return where a cell is; one without an address is to the right of the previous one."""
        row, column = (self.row, self._column + 1) if reference is None else coordinate_to_tuple(reference)
        if not (0 < row <= MAX_ROW and 0 < column <= MAX_COLUMN):
            raise ValueError(f"it has a cell {(reference or '')[:_MOST_SHOWN]!r}")
        self._column = column
        return row, column

    def _write(self, target: IO[bytes], until: int) -> None:
        """Write everything before a position, with its changes."""
        ready = [edit for edit in self._edits if edit.start < until]
        self._edits = [edit for edit in self._edits if edit.start >= until]
        until = max([self._base, until, *(edit.end for edit in ready)])
        piece = bytes(memoryview(self._buffer)[: until - self._base])
        text = spliced(piece, ready, self._base)
        try:
            target.write(text)
        except OSError as error:  # not to be mistaken for a read error
            what = f"its copy cannot be written ({error.strerror or error})"
            raise SheetgenError(str(self._package.path), what, "see to the disk, or choose another place") from error
        del self._buffer[: len(piece)]
        self._base = until


def escaped(text: str) -> str:
    """Escape a text for XML; characters that XML cannot hold are written as spreadsheet programs do, `_x0007_`."""
    return escape(encoded(text), quote=False)
