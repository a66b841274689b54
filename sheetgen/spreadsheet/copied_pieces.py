"""Formulas that are copied down a column: the same pieces, with the relative references moved."""

import re
from collections.abc import Sequence

from sheetgen.spreadsheet.formula import REFERENCE, Area, Piece, Surroundings, take_apart
from sheetgen.spreadsheet.relative_formula import MAX_ROW

_RELATIVE = re.compile(r"\$?[A-Za-z]{1,3}[0-9]+(?::\$?[A-Za-z]{1,3}[0-9]+)?")
_Move = tuple[int, Area]


class Copies:
    """Takes the formulas of a column apart; a copy of one that was only has its references moved, which is quicker.

    Args:
        sheet: the name of its sheet.
        around: what names mean.
    """

    def __init__(self, sheet: str, around: Surroundings) -> None:
        self._sheet = sheet
        self._around = around
        self._copiers: dict[int, Copier] = {}

    def take_apart(self, formula: str, template: int, row: int) -> tuple[tuple[Piece, ...], int]:
        """Return the pieces of a formula, and the row of the one that it is a copy of, or else its own.

        Args:
            formula: the formula, with its `=`.
            template: which of the sheet's formulas it is.
            row: where it stands.

        Raises:
            UnreadableFormulaError: see `take_apart`.
        """
        copier = self._copiers.get(template)
        copied = None if copier is None else copier.at(row)
        if copier is not None and copied is not None:
            return copied, copier.row
        pieces = tuple(take_apart(formula, self._sheet, row, self._around))
        self._copiers[template] = Copier(pieces, row)
        return pieces, row


class Copier:
    """Copies a formula.

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
