"""Rows that read like the one above.

A filled-down table repeats one row again and again: only row numbers and values change. Once a row has been parsed,
the next one is known to the byte, except for its values. A row that matches is taken without being parsed; every
other row is parsed. So this saves time, and never changes what is read.
"""

import re
from array import array
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from html import escape
from math import isfinite, nan
from typing import IO, NamedTuple

from sheetgen.spreadsheet.addresses import column_index_from_string
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
    r"(?:(?P<value><v>[^<]+</v>)|<v ?/>|<v></v>)?</c>)"
)
_TYPE, _NUMERIC, _SHARED = ' t="', ' t="n"', ' t="shared"'
_QUOTES = {'"': "&quot;", "'": "&apos;"}


def split_rows(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a worksheet in pieces that end at the end of a row, as long as rows are of ordinary length."""
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


class _UnlikeError(Exception):
    """The rows below cannot be predicted from this one."""


class _Pattern:
    """What the rows below look like.

    Args:
        text: a row that has just been parsed.
        row: its number.
        sheet: the sheet to which its cells were added.

    Attributes:
        cells: the cells that are not empty.
        width: how many of them have a value.

    Raises:
        _UnlikeError: it holds anything but numbers and formulas that continue those of the row above.
    """

    def __init__(self, text: str, row: int, sheet: Sheet) -> None:
        self.cells: list[_PatternCell] = []
        self._text, self._row, self._sheet = text, row, sheet
        self._end = 0
        self._pieces: list[str] = []
        self._codes: dict[int, str] = {}  # keyed by row offset
        self._read()
        self.width: int = sum(cell.valued for cell in self.cells)
        self._expected = "".join(self._pieces).encode()
        self._numbers = [(code.encode(), offset) for offset, code in self._codes.items()]
        if len(self._codes) > len(_CODES) or self.values(text.encode(), row) is None:
            raise _UnlikeError

    def values(self, text: bytes, row: int) -> list[bytes] | None:
        """Return the values in a row's text, or None if it does not match the pattern."""
        expected = self._expected
        for code, offset in self._numbers:
            if row + offset > MAX_ROW:
                return None
            expected = expected.replace(code, b"%d" % (row + offset))
        pieces = _NUMBER.split(text)
        alike = len(pieces) == 2 * self.width + 1 and b"\0".join(pieces[::2]) == expected
        return pieces[1::2] if alike else None

    def _read(self) -> None:
        head = _ROW.match(self._text)
        if head is None or head[1] != str(self._row):
            raise _UnlikeError
        self._put(head.span(1), self._code(0))
        place, last = head.end(), 0
        while cell := _CELL.match(self._text, place):
            number = column_index_from_string(cell["letters"])
            if number <= last or cell["row"] != head[1] or _TYPE in cell["attributes"].replace(_NUMERIC, ""):
                raise _UnlikeError
            self._put(cell.span("row"), self._code(0))
            if cell["kind"] is not None or cell["value"] is not None:
                self._add(cell, number)
            place, last = cell.end(), number
        if self._text[place:] != ROW_END.decode():
            raise _UnlikeError
        self._put((len(self._text), len(self._text)), "")

    def _code(self, offset: int) -> str:
        return self._codes.setdefault(offset, _CODES[len(self._codes) % len(_CODES)])

    def _put(self, span: tuple[int, int], text: str) -> None:
        """Replace what changes from row to row."""
        self._pieces += (self._text[self._end : span[0]], text)
        self._end = span[1]

    def _add(self, cell: re.Match[str], number: int) -> None:
        column = self._sheet.columns.get(number)
        if column is None or column.rows[-1] != self._row:
            raise _UnlikeError
        self.cells.append(_PatternCell(column, column.formulas[-1], cell["value"] is not None))
        if cell["kind"] is not None:
            self._add_formula(cell, column)
        if cell["value"] is not None:
            self._put(cell.span("value"), _VALUE)

    def _add_formula(self, cell: re.Match[str], column: Column) -> None:
        kind, written = cell["kind"], cell["formula"]
        shared = _SHARED in kind and not written
        if (_TYPE in kind and not shared) or column.formulas[-2:-1] != column.formulas[-1:]:
            raise _UnlikeError
        if written:
            template = self._sheet.templates[column.formulas[-1]]
            codes = {ord(mark): self._code(offset) for mark, offset in zip(MARKS, template.offsets, strict=False)}
            text = escape(template.text, quote=False)
            for quote, entity in _QUOTES.items():
                text = text.replace(quote, entity) if entity in written else text
            self._put(cell.span("formula"), text.translate(codes))


class Repeats:
    """Takes the rows that read like the one above, many at a time.

    Args:
        sheet: the sheet to which they are added.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._pattern: _Pattern | None = None
        self._first = self._next = 0
        self._numbers = array("d")

    def take(self, text: bytes) -> int | None:
        """Take a row if it reads like the one above; return how many cells it has, or None if it must be parsed."""
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
        """Learn from a piece that has just been parsed what to expect next.

        Args:
            text: the piece.
            row: the row that it ends with; None if it does not end with a row.
        """
        self._pattern = None
        if row is not None:
            self._first = self._next = row + 1
            with suppress(_UnlikeError, UnicodeDecodeError):
                self._pattern = _Pattern(text[max(text.rfind(b"<row "), 0) :].decode(), row, self._sheet)

    def flush(self) -> None:
        """Add the rows taken so far to the sheet."""
        if self._pattern is None or self._first == self._next:
            return
        rows = array("i", range(self._first, self._next))
        width, place = self._pattern.width, 0
        for column, formula, valued in self._pattern.cells:
            column.rows.extend(rows)
            column.values.extend(self._numbers[place::width] if valued else array("d", [nan]) * len(rows))
            column.kinds.extend(array("b", [Kind.NUMBER if valued else Kind.EMPTY]) * len(rows))
            column.formulas.extend(array("i", [formula]) * len(rows))
            place += valued
        self._first = self._next
        self._numbers = array("d")


def _to_numbers(values: list[bytes]) -> "array[float] | None":
    """Parse values; None if one of them is not a finite number."""
    try:
        numbers = array("d", map(float, values))
    except ValueError:
        return None
    return numbers if all(map(isfinite, numbers)) else None
