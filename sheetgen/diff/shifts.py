"""How a formula changes when the rows, columns, blocks and sheets that it refers to move."""

import re
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache
from typing import NamedTuple

from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

from sheetgen.diff.line_map import Ends, SheetMove
from sheetgen.spreadsheet.addresses import column_index_from_string, get_column_letter, quote_sheetname
from sheetgen.spreadsheet.formula_spelling import one_spelling
from sheetgen.spreadsheet.relative_formula import make_template

_CELL, _COLUMN, _ROW = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}", r"\$?[A-Za-z]{1,3}", r"\$?[0-9]{1,7}"
_AREA = re.compile(rf":?{_CELL}|{_CELL}:(?:{_CELL})?|{_COLUMN}:{_COLUMN}|{_ROW}:{_ROW}")
_LETTERS, _DIGITS = re.compile("[A-Za-z]+"), re.compile("[0-9]+")
_LOST = "#REF!"
# Programs leave behind different remains of a lost reference: `#REF!`, `Sheet1!#REF!`, `#REF!A1`, `#REF!#REF!`.
_REMAINS = re.compile(r"(?:'(?:[^']|'')*'!)?(?:#'ref'!)+(?:\$?[a-z]{1,3}\$?[0-9]+(?::\$?[a-z]{1,3}\$?[0-9]+)?)?")


class Likeness(Enum):
    """What a formula is to the one that stood there before, as moves have shifted that one."""

    DIFFERENT = 0
    SAME = 1
    LOST = 2
    """The same, but what it referred to has been removed: it shows #REF! now."""
    ADJUSTED = 3
    """The same, but for a range with an end that has moved, which programs adjust in different ways."""


class Carried(NamedTuple):
    """By how many old rows and columns the references of a copied formula move along with it."""

    down: int = 0
    right: int = 0


_UNCARRIED = Carried()


@dataclass(frozen=True)
class Moves:
    """What has moved in a workbook.

    Attributes:
        sheets: where the rows, columns and blocks of the sheets in both workbooks have moved to, by old sheet name.
        renamed: the new names of renamed sheets, by old name.
        removed: the old names of sheets that are gone.
    """

    sheets: dict[str, SheetMove]
    renamed: dict[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    def with_move(self, sheet: str, move: SheetMove) -> "Moves":
        """Return the same with another move of one sheet."""
        return Moves({**self.sheets, sheet: move}, self.renamed, self.removed)

    def touching(self, formula: str, sheet: str) -> list[SheetMove | None]:
        """Return the moves that may affect a formula on a sheet: of its own sheet and of sheets that it names.

        A renamed or removed sheet that it names is None.
        """
        folded = formula.casefold()
        touching: list[SheetMove | None] = [
            move for name, move in self.sheets.items() if not move.still and (name == sheet or _named(name, folded))
        ]
        return touching + [None for name in (*self.renamed, *self.removed) if _named(name, folded)]

    def likeness(self, old: str, new: str, sheet: str, carried: Carried = _UNCARRIED) -> Likeness:
        """Tell whether the moves turn one formula on a sheet into another, in any spelling."""
        wanted = _REMAINS.sub("#", one_spelling(new))
        tried = set[str]()
        for ends in Ends if self._uncertain else (Ends.LEFT_BEHIND,):
            shifted = self.shift(old, sheet, carried, ends)
            if shifted in tried:
                continue
            tried.add(shifted)
            if _REMAINS.sub("#", one_spelling(shifted)) == wanted:
                if shifted.count(_LOST) > old.count(_LOST):
                    return Likeness.LOST
                return Likeness.SAME if ends is Ends.LEFT_BEHIND else Likeness.ADJUSTED
        return Likeness.DIFFERENT

    def shift(self, formula: str, sheet: str, carried: Carried = _UNCARRIED, ends: Ends = Ends.LEFT_BEHIND) -> str:
        """Rewrite a formula (with its `=`) that stands on a sheet, as a spreadsheet program does when cells move.

        A reference to a removed cell becomes `#REF!`; a formula that cannot be parsed stays as it is.
        """
        if formula.startswith("{"):
            return f"{{{self.shift(formula[1:-1], sheet, carried, ends)}}}"
        if carried != (0, 0):
            formula = "=" + make_template(formula[1:], 1, carried.right).at(1 + carried.down)
        pieces = _pieces(formula)
        if not pieces:
            return formula
        return "=" + "".join(self._reference(text, sheet, ends) if refers else text for text, refers in pieces)

    def _reference(self, text: str, sheet: str, ends: Ends) -> str:
        place, mark, area = text.rpartition("!")
        if not mark:
            move = self.sheets.get(sheet)
            return text if move is None or move.still else _move_area(area, move, ends)
        plain = place[1:-1].replace("''", "'") if place.startswith("'") and place.endswith("'") else place
        name = self._folded.get(plain.casefold(), plain)
        if name in self.removed:
            return _LOST
        move = self.sheets.get(name)
        moved = area if move is None or move.still else _move_area(area, move, ends)
        return self._new_place(name, place) + mark + moved

    def _new_place(self, name: str, written: str) -> str:
        """Write a sheet's new name; `First:Last` stands for several sheets."""
        names = [self._folded.get(part.casefold(), part) for part in name.split(":")]
        if not any(part in self.renamed for part in names):
            return written
        return quote_sheetname(":".join(self.renamed.get(part, part) for part in names))

    @cached_property
    def _uncertain(self) -> bool:
        return any(move.uncertain for move in self.sheets.values())

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {name.casefold(): name for name in (*self.sheets, *self.removed)}


@lru_cache(maxsize=1 << 15)
def _pieces(formula: str) -> tuple[tuple[str, bool], ...]:
    """Split a formula into texts, each with whether it is a reference; into none if it cannot be parsed."""
    try:
        tokens = Tokenizer(formula).items
    except (TokenizerError, IndexError):
        return ()
    pieces: list[tuple[str, bool]] = []
    for token in tokens:
        value = str(token.value)
        if token.type == Token.FUNC and ":" in value:  # A1:INDEX(
            reference, colon, rest = value.rpartition(":")
            pieces += [(reference, True), (colon + rest, False)]
        else:
            pieces.append((value, token.type == Token.OPERAND and token.subtype == Token.RANGE))
    return tuple(pieces)


def _named(sheet: str, folded: str) -> bool:
    return sheet.replace("'", "''").casefold() in folded


def _move_area(area: str, move: SheetMove, ends: Ends) -> str:
    """Move `A1`, `A1:B5`, `A:C` or `3:5`; anything else, such as a name, stays."""
    if not _AREA.fullmatch(area):
        return area
    letters, rows = _LETTERS.findall(area), [int(each) for each in _DIGITS.findall(area)]
    columns = [column_index_from_string(each) for each in letters]
    if move.block is not None and move.block.holds(rows, columns):
        moved_columns = [each + move.block.right for each in columns]
        moved_rows = [each + move.block.down for each in rows]
    else:
        moved_columns, moved_rows = (
            move.columns.span(*columns, how=ends),
            move.rows.span(*rows, how=ends),
        )
    if len(moved_columns) < len(columns) or len(moved_rows) < len(rows):
        return _LOST
    if moved_columns != columns:
        names = map(get_column_letter, moved_columns)
        area = _LETTERS.sub(lambda _: next(names), area)
    numbers = map(str, moved_rows)
    return _DIGITS.sub(lambda _: next(numbers), area)
