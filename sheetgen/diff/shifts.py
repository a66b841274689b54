"""Where rows and columns have moved to, and how that changes a formula that refers to them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

from sheetgen.diff.grid import Integers
from sheetgen.spreadsheet.addresses import column_index_from_string, get_column_letter
from sheetgen.spreadsheet.formula_spelling import one_spelling
from sheetgen.spreadsheet.relative_formula import MAX_ROW

_CELL, _COLUMN, _ROW = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}", r"\$?[A-Za-z]{1,3}", r"\$?[0-9]{1,7}"
_AREA = re.compile(rf":?{_CELL}|{_CELL}:(?:{_CELL})?|{_COLUMN}:{_COLUMN}|{_ROW}:{_ROW}")
_LETTERS, _DIGITS = re.compile("[A-Za-z]+"), re.compile("[0-9]+")
_LOST = "#REF!"


class LineMap:
    """Where the rows, or the columns, of a sheet have moved to.

    No line counts as inserted or removed after the last recognised one, so all lines from there on moved alike.

    Attributes:
        forward: for each old line, counted from 1, the new one; 0 for a removed line.
        backward: for each new line, the old one; 0 for an added line.
        still: whether no line has moved and none has been removed from between others.
    """

    def __init__(self, match: Integers, new_size: int, most: int) -> None:
        self.forward = match
        self.backward: Integers = np.zeros(new_size + 1, np.int64)
        known = np.flatnonzero(match)
        self.backward[match[known]] = known
        self._last = int(known[-1]) if len(known) else 0
        self._shift = int(match[self._last]) - self._last
        self._most = most
        inner = match[: self._last + 1]
        self._down = np.maximum.accumulate(inner)
        self._up = np.minimum.accumulate(np.where(inner > 0, inner, MAX_ROW + 1)[::-1])[::-1]
        self.still: bool = bool(self._shift == 0 and (inner == np.arange(len(inner))).all())

    def around(self, lines: Integers) -> Iterator[Integers]:
        """Map lines twice: removed ones to the line before them, then to the line after them."""
        for inner in (self._down, self._up):
            known = inner[np.clip(lines, 0, self._last)]
            moved = np.where((lines > 0) & (lines <= self._last), known, np.minimum(lines + self._shift, self._most))
            yield np.where((lines <= 0) | (lines >= self._most), lines, moved)

    def span(self, *ends: int) -> list[int]:
        """Map a line, or the two ends of a span in either order; return nothing if nothing is left of it."""
        if not ends:
            return []
        first, last = self._map(min(ends), self._up), self._map(max(ends), self._down)
        if first > last:
            return []
        return [first, last][: len(ends)] if ends[0] <= ends[-1] else [last, first]

    def _map(self, line: int, inner: Integers) -> int:
        if line <= 0 or line >= self._most:  # the last possible line means the end of the sheet
            return line
        return int(inner.item(line)) if line <= self._last else min(line + self._shift, self._most)


class SheetMove(NamedTuple):
    """Where a sheet's rows and columns have moved to."""

    rows: LineMap
    columns: LineMap

    @property
    def still(self) -> bool:
        """Whether none of them have moved."""
        return self.rows.still and self.columns.still


@dataclass(frozen=True)
class Moves:
    """Where the rows and columns of the sheets in both workbooks have moved to, by sheet name."""

    sheets: dict[str, SheetMove]

    def touching(self, formula: str, sheet: str) -> list[SheetMove]:
        """Return the moves that may affect a formula on a sheet: those of its own sheet and of sheets it names."""
        folded = formula.casefold()
        return [
            move
            for name, move in self.sheets.items()
            if not move.still and (name == sheet or name.replace("'", "''").casefold() in folded)
        ]

    def same(self, old: str, new: str, sheet: str) -> bool:
        """Tell whether the moves turn one formula on a sheet into another, in any spelling, and lose no reference."""
        shifted = self.shift(old, sheet)
        return one_spelling(shifted) == one_spelling(new) and shifted.count(_LOST) == old.count(_LOST)

    def shift(self, formula: str, sheet: str) -> str:
        """Rewrite a formula (with its `=`) that stands on a sheet, as a spreadsheet program does when lines move.

        A reference to a removed cell becomes `#REF!`; a formula that cannot be parsed stays as it is.
        """
        if formula.startswith("{"):
            return f"{{{self.shift(formula[1:-1], sheet)}}}"
        try:
            tokens = Tokenizer(formula).items
        except (TokenizerError, IndexError):
            return formula
        return "=" + "".join(self._token(token, sheet) for token in tokens)

    def _token(self, token: Token, sheet: str) -> str:
        value = str(token.value)
        if token.type == Token.FUNC and ":" in value:  # A1:INDEX(
            reference, colon, rest = value.rpartition(":")
            return self._reference(reference, sheet) + colon + rest
        if token.type == Token.OPERAND and token.subtype == Token.RANGE:
            return self._reference(value, sheet)
        return value

    def _reference(self, text: str, sheet: str) -> str:
        place, mark, area = text.rpartition("!")
        move = self._named(place) if mark else self.sheets.get(sheet)
        return text if move is None or move.still else place + mark + _move_area(area, move)

    def _named(self, place: str) -> SheetMove | None:
        name = place[1:-1].replace("''", "'") if place.startswith("'") and place.endswith("'") else place
        if name in self.sheets:
            return self.sheets[name]
        return next((move for known, move in self.sheets.items() if known.casefold() == name.casefold()), None)


def _move_area(area: str, move: SheetMove) -> str:
    """Move `A1`, `A1:B5`, `A:C` or `3:5`; anything else, such as a name, stays."""
    if not _AREA.fullmatch(area):
        return area
    letters, rows = _LETTERS.findall(area), _DIGITS.findall(area)
    columns = [column_index_from_string(each) for each in letters]
    moved_columns, moved_rows = move.columns.span(*columns), move.rows.span(*map(int, rows))
    if len(moved_columns) < len(columns) or len(moved_rows) < len(rows):
        return _LOST
    if moved_columns != columns:
        names = map(get_column_letter, moved_columns)
        area = _LETTERS.sub(lambda _: next(names), area)
    numbers = map(str, moved_rows)
    return _DIGITS.sub(lambda _: next(numbers), area)
