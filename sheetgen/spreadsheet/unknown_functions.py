"""Which functions of a formula the formula engine does not know."""

from collections.abc import Iterable
from functools import cache

from sheetgen.spreadsheet.formula import Piece
from sheetgen.spreadsheet.formula_engine import UNABLE, Formula, evaluate
from sheetgen.spreadsheet.lambdas import applied

_NEWER = "_XLFN."


def unknown_function(pieces: Iterable[Piece]) -> str | None:
    """Return the first function in a formula that the engine does not know, or None."""
    plain = (piece.text for piece in applied(tuple(pieces)) if piece.area is None)
    names = (text.upper().removeprefix(_NEWER) for text in plain)
    called = (name for name in names if name.endswith("(") and len(name) > 1)
    return next((name[:-1] for name in called if not _knows(name)), None)


@cache
def _knows(function: str) -> bool:
    """Tell whether the engine knows a function, by calling it; what it says of the arguments does not matter."""
    if function == "LAMBDA(":  # the engine knows it by name alone
        return False
    tried = evaluate([Formula((Piece(function), Piece("1"), Piece(")")), 1, 1)], lambda *_: ())[0]
    return tried not in ("#NAME?", UNABLE)
