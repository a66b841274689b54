"""Copies of a workbook in which some cells are changed: streamed, so that a large file takes little memory.

Only the worksheets' cells are touched, byte by byte where they stand; everything else stays as its producer wrote it.
"""

import shutil
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO, Protocol
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils.cell import column_index_from_string

from sheetgen.spreadsheet.package import Package, check_text
from sheetgen.spreadsheet.workbook import MAX_COLUMN, MAX_ROW, Workbook

_CHUNK = 1 << 18
_FAST = 1  # the copy is read once and thrown away
_ZIP64 = 1_000_000_000
_MOST_DIGITS = len(str(MAX_ROW))

Edit = tuple[int, int, str]
"""From which byte of a sheet's XML to which, and what to put there."""


class XmlCell:
    """A cell as its sheet's XML holds it.

    Attributes:
        row: counted from 1.
        column: counted from 1.
        attributes: of its element.
        formula: its formula's text; None where it has no formula.
        formula_attributes: of the formula's element.
        value: the text of its value; None where it has none.
        prefix: belongs before the name of each of its elements.
        start: where it starts in the sheet's XML, in bytes; so do the others.
        end: where it ends; known of cells without formula only, the others are many.
        formula_start: where its formula starts.
        formula_end: where its formula ends.
        value_start: where its value starts.
        value_end: where its value ends; 0 where it has none.
    """

    __slots__ = (
        "attributes",
        "column",
        "end",
        "formula",
        "formula_attributes",
        "formula_end",
        "formula_start",
        "prefix",
        "row",
        "start",
        "value",
        "value_end",
        "value_start",
    )

    def __init__(self, start: int, row: int, column: int, prefix: str, attributes: dict[str, str]) -> None:
        self.row: int = row
        self.column: int = column
        self.attributes: dict[str, str] = attributes
        self.prefix: str = prefix
        self.formula: str | None = None
        self.formula_attributes: dict[str, str] = {}
        self.value: str | None = None
        self.start: int = start
        self.end: int = 0
        self.formula_start: int = 0
        self.formula_end: int = 0
        self.value_start: int = 0
        self.value_end: int = 0

    def with_value(self, text: str, kind: str | None = None) -> list[Edit]:
        """Say how to give it another value; `kind` is the value's type as the attribute `t` says it."""
        p = self.prefix
        start, end = (self.value_start, self.value_end) if self.value_end else (self.formula_end, self.formula_end)
        edit = (start, end, f"<{p}v>{escape(text)}</{p}v>")
        if self.attributes.get("t") == kind:
            return [edit]
        inner = min(filter(None, (self.formula_start, self.value_start)))
        return [(self.start, inner, self._tag(kind)), edit]

    def with_formula(self, text: str) -> list[Edit]:
        """Say how to give it another formula."""
        attributes = written(self.formula_attributes)
        formula = f"<{self.prefix}f{attributes}>{escape(text)}</{self.prefix}f>"
        return [(self.formula_start, self.formula_end, formula)]

    def without_formula(self) -> list[Edit]:
        """Say how to make it a plain value."""
        return [(self.formula_start, self.formula_end, "")]

    def removed(self) -> list[Edit]:
        """Say how to take it out."""
        return [(self.start, self.end, "")]

    def _tag(self, kind: str | None) -> str:
        kept = {name: text for name, text in self.attributes.items() if name != "t"}
        return f"<{self.prefix}c{written(kept | ({'t': kind} if kind else {}))}>"


def written(attributes: dict[str, str]) -> str:
    """Write an element's attributes."""
    return "".join(f" {name}={quoteattr(text)}" for name, text in attributes.items())


class Editor(Protocol):
    """Says what becomes of a sheet's cells."""

    def cell(self, cell: XmlCell) -> list[Edit]:
        """Return the changes to a cell, in the order of their places."""

    def end_of_row(self, row: int, prefix: str) -> str:
        """Return the XML of cells to add at the end of a row, or nothing; `prefix` goes before each element's name."""


def copy_workbook(workbook: Workbook, target: Path, edit: Callable[[str], Editor]) -> None:
    """Write a copy of a workbook with changed cells.

    Args:
        workbook: the workbook, open.
        target: where the copy goes.
        edit: called with the name of each sheet, returns its editor.

    Raises:
        SheetgenError: the workbook is damaged.
    """
    package = workbook._package
    sheets = {part: name for name, part in workbook._index.parts.items()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as archive:
        for part in sorted(package.parts):  # [Content_Types].xml comes first, as some readers want it
            large = package.size(part) > _ZIP64
            with package.open(part) as source, archive.open(part, "w", force_zip64=large) as copy:
                if part in sheets:
                    _Rewriter(package, part, edit(sheets[part])).run(source, copy)
                else:
                    shutil.copyfileobj(source, copy)


class _Rewriter:
    """Goes through a sheet's XML and copies it, with the editor's changes.

    The parser tells at which byte each element starts; whatever lies between changes is copied as it stands.
    """

    def __init__(self, package: Package, part: str, editor: Editor) -> None:
        self._package = package
        self._part = part
        self._editor = editor
        self._parser = expat.ParserCreate()
        self._buffer = bytearray()
        self._base = self._safe = 0
        self._edits: list[Edit] = []
        self._prefix: str | None = None
        self._names: dict[str, str] = {}
        self._closing: dict[str, bytes] = {}
        self._encoding = "ascii"
        self._row = self._column = 0
        self._cell: XmlCell | None = None
        self._dimension = 0
        self._collect = False
        self._text = ""

    def run(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Copy a sheet.

        Raises:
            SheetgenError: it is not well-formed.
        """
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._refuse
        try:
            while chunk := source.read(_CHUNK):
                if not self._base and not self._buffer:
                    self._encoding = _encoding(chunk)
                self._buffer += chunk
                self._parser.Parse(chunk, False)
                self._flush(target, self._safe)
            self._parser.Parse(b"", True)
            self._flush(target, self._base + len(self._buffer))
        except expat.ExpatError as error:
            what = f"its part {self._part} is not well-formed XML (line {error.lineno})"
            raise self._package.damaged(what) from error
        except ValueError as error:  # an encoding that is unknown, a name that cannot be written
            raise self._package.damaged(f"its part {self._part} cannot be read") from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        position = self._parser.CurrentByteIndex
        if self._prefix is None:
            self._prefix = name[: name.rfind(":") + 1]
            self._names = {self._prefix + local: local for local in ("c", "f", "v", "row", "dimension")}
            self._closing = {each: f"</{each}>".encode(self._encoding) for each in self._names}
        local = self._names.get(name)
        if local == "c":
            self._place(attributes.get("r"))
            self._cell = XmlCell(position, self._row, self._column, self._prefix, attributes)
            self._safe = position
        elif self._cell is not None:
            if local == "v":
                self._cell.value_start = position
            elif local == "f":
                self._cell.formula_start = position
                self._cell.formula_attributes = attributes
            self._collect, self._text = local is not None, ""
        else:
            if local == "row":
                self._row, self._column = _number(attributes.get("r"), self._row + 1), 0
            elif local == "dimension":
                self._dimension = position
            self._safe = self._dimension or position

    def _data(self, text: str) -> None:
        if self._collect:
            self._text += text
            check_text(self._package, self._text)

    def _end(self, name: str) -> None:
        local = self._names.get(name)
        if local is None:
            return
        position = self._parser.CurrentByteIndex
        cell = self._cell
        self._collect = False
        if cell is not None:
            if local == "v":
                cell.value_end, cell.value = self._after(position, name), self._text
            elif local == "f":
                cell.formula_end, cell.formula = self._after(position, name), self._text
            elif local == "c":
                if cell.formula is None:
                    cell.end = self._after(position, name)
                self._edits += self._editor.cell(cell)
                self._cell = None
        elif local == "row":
            added = self._editor.end_of_row(self._row, self._prefix or "")
            if added:
                self._edits.append((position, position, added))
        elif local == "dimension":  # it may claim any size, and need not be there
            self._edits.append((self._dimension, self._after(position, name), ""))
            self._dimension = 0

    def _place(self, reference: str | None) -> None:
        """Find out where a cell is; one without an address is beside the one before."""
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip("0123456789")
            self._column = _column_number(letters)
            self._row = _number(reference[len(letters) :], 0)
        if not (0 < self._row <= MAX_ROW and 0 < self._column <= MAX_COLUMN):
            raise self._package.damaged(f"its part {self._part} has a cell {(reference or '')[:20]!r}")

    def _after(self, position: int, name: str) -> int:
        """Return where an element ends, given where the parser says that its end is.

        Of `<c></c>` that is the end tag, of `<c/>` already what follows.
        """
        at = position - self._base
        usual = self._closing[name]
        if self._buffer.startswith(usual, at):
            return position + len(usual)
        close = ">".encode(self._encoding)
        if not self._buffer.startswith(usual.removesuffix(close), at):
            return position
        return self._base + self._buffer.index(close, at) + len(close)

    def _flush(self, target: IO[bytes], until: int) -> None:
        """Write what cannot change any more."""
        done, base, pieces = self._base, self._base, []
        view = memoryview(self._buffer)
        for start, end, text in self._edits:
            pieces.append(view[done - base : start - base])
            pieces.append(memoryview(text.encode(self._encoding, "xmlcharrefreplace")))
            done = end
        until = max(until, done)
        pieces.append(view[done - base : until - base])
        target.write(b"".join(pieces))
        pieces.clear()
        view.release()
        del self._buffer[: until - base]
        self._edits.clear()
        self._base = until

    def _refuse(self, *_: object) -> None:
        raise self._package.damaged("it declares XML entities, which no spreadsheet program writes")


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0


def _encoding(head: bytes) -> str:
    """Tell how to write what is put into a part; in all but UTF-16, ASCII and character references do."""
    if head.startswith((b"\xff\xfe", b"<\0")):
        return "utf-16-le"
    return "utf-16-be" if head.startswith((b"\xfe\xff", b"\0<")) else "ascii"


@lru_cache(maxsize=MAX_COLUMN)
def _column_number(letters: str) -> int:
    try:
        return column_index_from_string(letters)
    except ValueError:
        return 0
