"""Where rows and columns have moved to, and what that makes of a formula that refers to them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError
from openpyxl.utils.cell import column_index_from_string, get_column_letter

from sheetgen.diff.grid import Integers
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW

_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?)([0-9]{1,7})")
_COLUMN = re.compile(r"(\$?)([A-Za-z]{1,3})()()")
_ROW = re.compile(r"()()(\$?)([0-9]{1,7})")
_LOST = "#REF!"


class LineMap:
    """Where the rows, or the columns, of a sheet have moved to.

    Lines after the last recognised one were neither inserted nor removed in between, so nothing moved because of them.

    Attributes:
        forward: for each old line, counted from 1, the new one; 0 for a removed line.
        backward: the same the other way round; 0 for an added line.
        still: whether no line has moved and none has gone from between others.
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

    def down(self, lines: Integers) -> Integers:
        """Map lines; a removed one to the one before it."""
        return self._map(lines, self._down)

    def up(self, lines: Integers) -> Integers:
        """Map lines; a removed one to the one after it."""
        return self._map(lines, self._up)

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """Map a span of lines, in either order, to what is left of it; None for nothing."""
        start, end = self._map_one(min(first, last), self._up), self._map_one(max(first, last), self._down)
        if start > end:
            return None
        return (start, end) if first <= last else (end, start)

    def _map(self, lines: Integers, inner: Integers) -> Integers:
        known = inner[np.clip(lines, 0, self._last)]
        moved = np.where((lines > 0) & (lines <= self._last), known, np.minimum(lines + self._shift, self._most))
        return np.where((lines <= 0) | (lines >= self._most), lines, moved)

    def _map_one(self, line: int, inner: Integers) -> int:
        if line <= 0 or line >= self._most:  # the sheet's last line stands for its end, wherever that is
            return line
        return int(inner.item(line)) if line <= self._last else min(line + self._shift, self._most)


class SheetMove(NamedTuple):
    """Where a sheet's rows and columns have moved to."""

    rows: LineMap
    columns: LineMap

    @property
    def still(self) -> bool:
        """Whether none of them has moved."""
        return self.rows.still and self.columns.still


class Shifted(NamedTuple):
    """A formula after rows and columns have moved.

    Attributes:
        text: as a spreadsheet program would have rewritten it.
        lost: whether it referred to a cell that was removed.
    """

    text: str
    lost: bool


@dataclass(frozen=True)
class Moves:
    """Where the rows and columns of all sheets that are in both workbooks have moved to, by sheet name."""

    sheets: dict[str, SheetMove]

    def touching(self, formula: str, sheet: str) -> list[SheetMove]:
        """Return the sheets whose moves may matter to a formula on a sheet: its own, and those that it names."""
        folded = formula.casefold()
        return [
            move
            for name, move in self.sheets.items()
            if not move.still and (name == sheet or name.replace("'", "''").casefold() in folded)
        ]

    def shift(self, formula: str, sheet: str) -> Shifted:
        """Rewrite a formula (with its `=`) that stands on a sheet; one that cannot be parsed stays as it is."""
        try:
            tokens = Tokenizer(formula).items
        except (TokenizerError, IndexError):
            return Shifted(formula, lost=False)
        pieces = [self._token(token, sheet) for token in tokens]
        lost = any(_LOST in piece and _LOST not in token.value for piece, token in zip(pieces, tokens, strict=True))
        return Shifted("=" + "".join(pieces), lost)

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
        move = self.sheets.get(sheet) if not mark else self._named(place)
        if move is None or move.still:
            return text
        moved = _move_area(area, move)
        return text if moved is None else place + mark + moved

    def _named(self, place: str) -> SheetMove | None:
        name = place[1:-1].replace("''", "'") if place.startswith("'") and place.endswith("'") else place
        if name in self.sheets:
            return self.sheets[name]
        return next((move for known, move in self.sheets.items() if known.casefold() == name.casefold()), None)


def _move_area(area: str, move: SheetMove) -> str | None:
    """Move `A1`, `A1:B5`, `A:C` or `3:5`; return None for what is none of them, a name for instance."""
    parts = area.split(":")
    if len(parts) > 2:
        return None
    for pattern in (_CELL, _COLUMN, _ROW):
        ends = [pattern.fullmatch(part) for part in parts if part]
        if all(ends) and ends and (pattern is _CELL or len(parts) == 2):
            return _move_ends(parts, [end for end in ends if end], move)
    return None


def _move_ends(parts: list[str], ends: list[re.Match[str]], move: SheetMove) -> str:
    first, last = ends[0], ends[-1]
    columns = move.columns.span(_column(first[2]), _column(last[2]))
    rows = move.rows.span(int(first[4] or 0), int(last[4] or 0))
    if columns is None or rows is None:
        return _LOST
    moved = [_written(end, column, row) for end, column, row in zip(ends, columns, rows, strict=False)]
    return ":".join(moved.pop(0) if part else "" for part in parts)


@lru_cache(maxsize=MAX_COLUMN)
def _column(letters: str) -> int:
    return column_index_from_string(letters) if letters else 0


def _written(end: re.Match[str], column: int, row: int) -> str:
    letters = end[2] if column == _column(end[2]) else get_column_letter(column)
    return f"{end[1]}{letters}{end[3]}{row or ''}"
