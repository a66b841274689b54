"""Copies of a formula further down or up its column: the same pieces, with the relative references moved."""

import re
from collections.abc import Sequence

from sheetgen.spreadsheet.formula import REFERENCE, Area, Piece
from sheetgen.spreadsheet.relative_formula import MAX_ROW

_RELATIVE = re.compile(r"\$?[A-Za-z]{1,3}[0-9]+(?::\$?[A-Za-z]{1,3}[0-9]+)?")
_Move = tuple[int, Area]


class Copier:
    """Copies a formula, which is much quicker than to take each copy apart.

    Args:
        pieces: of the formula, see `take_apart`.
        row: the row that it stands in.

    Attributes:
        row: the same.
    """

    def __init__(self, pieces: Sequence[Piece], row: int) -> None:
        self.row = row
        self._pieces = pieces
        self._moves = _moves(pieces)

    def at(self, row: int) -> tuple[Piece, ...] | None:
        """Return the pieces of the copy in a row; None if that is not a matter of moving references."""
        if self._moves is None:
            return None
        down = row - self.row
        pieces = list(self._pieces)
        for at, (sheet, top, left, bottom, right, _) in self._moves:
            if top + down < 1 or bottom + down > MAX_ROW:
                return None
            pieces[at] = Piece("", Area(sheet, top + down, left, bottom + down, right), REFERENCE)
        return tuple(pieces)


def _moves(pieces: Sequence[Piece]) -> list[_Move] | None:
    """Return the references that move with the formula, by position; None if one cannot be moved as a whole."""
    found: list[_Move] = []
    for at, piece in enumerate(pieces):
        if piece.area is None or piece.area.anchored:
            continue
        local = piece.text.rpartition("!")[2]
        if not _RELATIVE.fullmatch(local) or local.replace("$", "").upper() != piece.area.text:
            return None  # a mixed reference, a name, or one to this row of an Excel table
        found.append((at, piece.area))
    return found
