"""Rows that read like the one above.

A filled-down table is one row again and again: only row numbers and values change. Once a row has been parsed, what
the next one must look like is known to the byte, but for the values. A row that does look so is taken without being
parsed again; every other row is parsed. So this saves time, and never changes what is read.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from math import isfinite, nan
from typing import IO, NamedTuple
from xml.sax.saxutils import escape

from openpyxl.utils.cell import column_index_from_string

from sheetgen.spreadsheet.relative_formula import MARKS, MAX_ROW
from sheetgen.spreadsheet.sheet import Column, Kind, Sheet

ROW_END = b"</row>"
_CHUNK = 262_144
_MOST_NUMBERS = 100_000

# In a pattern, characters that no XML text can hold stand for what changes: 0 for a value, the others for row numbers.
_VALUE = "\0"
_CODES = tuple(chr(code) for code in range(1, 32) if chr(code) not in "\t\n\r")

_NUMBER = re.compile(rb"<v>([-+.0-9eE]+)</v>")
_ATTRIBUTES = r'((?: [\w:]+="[^"<>&]*")*) ?'
_ROW = re.compile(rf'<row r="([0-9]+)"{_ATTRIBUTES}>')
_CELL = re.compile(
    rf'<c r="(?P<letters>[A-Z]{{1,3}})(?P<row>[0-9]+)"(?P<attributes>{_ATTRIBUTES})'
    rf"(?:/>|>(?:<f(?P<kind>{_ATTRIBUTES})(?:/>|>(?P<formula>[^<]*)</f>))?"
    r"(?:<v>(?P<value>[^<]+)</v>|<v ?/>|<v></v>)?</c>)"
)
_TYPE, _NUMERIC, _SHARED = ' t="', ' t="n"', ' t="shared"'
_QUOTES: tuple[dict[str, str], ...] = ({}, {'"': "&quot;"}, {'"': "&quot;", "'": "&apos;"})


def split_rows(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a worksheet in pieces that end where a row ends, as long as rows are of ordinary length."""
    rest = b""
    for chunk in iter(partial(stream.read, _CHUNK), b""):
        *rows, rest = (rest + chunk).split(ROW_END)
        for row in rows:
            yield row + ROW_END
        if len(rest) > _CHUNK:
            yield rest
            rest = b""
    yield rest


class _PatternCell(NamedTuple):
    """One cell of a row: its column, the number of its formula or -1, and whether it has a value."""

    column: Column
    formula: int
    valued: bool


class _Pattern:
    """What the rows below look like.

    Args:
        text: a row's text with codes in the place of row numbers and values.
        codes: the code of each row number, by how many rows it is away from the row's own.
        cells: the cells that hold something.
    """

    def __init__(self, text: str, codes: dict[int, str], cells: list[_PatternCell]) -> None:
        self.cells = cells
        self._text = text.encode()
        self._codes = [(code.encode(), offset) for offset, code in codes.items()]
        self._pieces = 2 * sum(cell.valued for cell in cells) + 1

    def values(self, text: bytes, row: int) -> list[bytes] | None:
        """Return the values of a row's text, or None where it does not look like the pattern."""
        pieces = _NUMBER.split(text)
        if len(pieces) != self._pieces or b"\0".join(pieces[::2]) != self._at(row):
            return None
        return pieces[1::2]

    def _at(self, row: int) -> bytes:
        text = self._text
        for code, offset in self._codes:
            if not 0 < row + offset <= MAX_ROW:
                return b""
            text = text.replace(code, b"%d" % (row + offset))
        return text


class Repeats:
    """Takes the rows that read like the one above, many at a time.

    Args:
        sheet: what they are added to.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._pattern: _Pattern | None = None
        self._first = self._next = 0
        self._numbers = array("d")

    def take(self, text: bytes) -> int | None:
        """Take a row if it reads like the one above; return how many cells it has, or None where it must be parsed."""
        pattern = self._pattern
        if pattern is None:
            return None
        values = pattern.values(text.lstrip(), self._next)
        numbers = None if values is None else _to_numbers(values)
        if numbers is None:
            self.flush()
            return None
        self._numbers += numbers
        self._next += 1
        if len(self._numbers) >= _MOST_NUMBERS:
            self.flush()
        return len(pattern.cells)

    def learn(self, text: bytes, row: int | None) -> None:
        """Learn from a piece that has just been parsed what the next one may look like.

        Args:
            text: the piece.
            row: the row that it ends with; None where it ends otherwise.
        """
        self._pattern = None if row is None else _learn(text, row, self._sheet)
        self._first = self._next = (row or 0) + 1

    def flush(self) -> None:
        """Add the rows that were taken to the sheet."""
        if self._pattern is None or self._first == self._next:
            return
        rows = array("i", range(self._first, self._next))
        width, place = sum(cell.valued for cell in self._pattern.cells), 0
        for column, formula, valued in self._pattern.cells:
            column.rows.extend(rows)
            column.values.extend(self._numbers[place::width] if valued else array("d", [nan]) * len(rows))
            column.kinds.extend(array("b", [Kind.NUMBER if valued else Kind.EMPTY]) * len(rows))
            column.formulas.extend(array("i", [formula]) * len(rows))
            place += valued
        self._first = self._next
        self._numbers = array("d")


def _to_numbers(values: list[bytes]) -> "array[float] | None":
    """Parse values; None where one of them is not a finite number."""
    try:
        numbers = array("d", map(float, values))
    except ValueError:
        return None
    return numbers if isfinite(sum(numbers)) or all(map(isfinite, numbers)) else None


def _learn(text: bytes, row: int, sheet: Sheet) -> _Pattern | None:
    """Make a pattern of a row; None where it holds anything but numbers and formulas that the row above has too."""
    try:
        decoded = text[max(text.rfind(b"<row "), 0) :].decode()
    except UnicodeDecodeError:
        return None
    head = _ROW.match(decoded)
    if head is None or head[1] != str(row):
        return None
    draft = _Draft(sheet, row)
    draft.pieces += ['<row r="', draft.code(0), decoded[head.end(1) : head.end()]]
    place, last = head.end(), 0
    while cell := _CELL.match(decoded, place):
        number = column_index_from_string(cell["letters"])
        if number <= last or cell["row"] != head[1] or not draft.add(cell, number):
            return None
        place, last = cell.end(), number
    if decoded[place:] != ROW_END.decode():
        return None
    draft.pieces.append(decoded[place:])
    pattern = _Pattern("".join(draft.pieces), draft.codes, draft.cells)
    known = len(draft.codes) <= len(_CODES) and pattern.values(decoded.encode(), row) is not None
    return pattern if known else None


@dataclass
class _Draft:
    """A pattern in the making."""

    sheet: Sheet
    row: int
    pieces: list[str] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)
    cells: list[_PatternCell] = field(default_factory=list)

    def code(self, offset: int) -> str:
        """Return the code of the number of a row that is so many rows away."""
        return self.codes.setdefault(offset, _CODES[len(self.codes) % len(_CODES)])

    def add(self, cell: re.Match[str], number: int) -> bool:
        """Add a cell; False where it cannot be told what stands below it."""
        if _TYPE in cell["attributes"].replace(_NUMERIC, ""):
            return False
        formula: str | None = ""
        if cell["kind"] is not None or cell["value"] is not None:
            column = self.sheet.columns.get(number)
            if column is None or column.rows[-1] != self.row:
                return False
            self.cells.append(_PatternCell(column, column.formulas[-1], cell["value"] is not None))
            if cell["kind"] is not None:
                formula = self._formula(cell, column)
        if formula is None:
            return False
        self._write(cell, formula)
        return True

    def _formula(self, cell: re.Match[str], column: Column) -> str | None:
        """Write a formula with codes for its row numbers; None where the one below cannot be told from it."""
        kind, written = cell["kind"], cell["formula"] or ""
        if _TYPE in kind and (written or _SHARED not in kind):
            return None
        template = self.sheet.templates[column.formulas[-1]]
        if column.formulas[-2:-1] != column.formulas[-1:]:
            return None
        if not written:
            return ""
        codes = {ord(mark): self.code(offset) for mark, offset in zip(MARKS, template.offsets, strict=False)}
        for quotes in _QUOTES:
            if escape(template.at(self.row), quotes) == written:
                return escape(template.text, quotes).translate(codes)
        return None

    def _write(self, cell: re.Match[str], formula: str) -> None:
        """Write a cell with codes in the place of its row, its formula's rows and its value."""
        text, place = cell.string, cell.end("row")
        self.pieces += ['<c r="', cell["letters"], self.code(0)]
        if cell["formula"]:
            self.pieces += [text[place : cell.start("formula")], formula]
            place = cell.end("formula")
        if cell["value"] is not None:
            self.pieces += [text[place : cell.start("value") - len("<v>")], _VALUE]
            place = cell.end("value") + len("</v>")
        self.pieces.append(text[place : cell.end()])
