"""What a formula's ranges mean where it stands: a range where one value belongs intersects implicitly.

In a formula that is not an array formula, `EXP(-J16:J22)` in row 18 means `EXP(-J18)`, and `SUM(D16:E16*F16:G16)` is
`#VALUE!` beyond columns D to G. In an array formula, or inside functions that take arrays, every element counts. The
formula engine does neither, so both are written out for it here.

Array formulas are recognised as `INDEX(…,row,column)`, which is how `shared_formulas` writes each of their elements.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto

from sheetgen.spreadsheet.array_functions import ELEMENTWISE, PREFIX
from sheetgen.spreadsheet.formula import REFERENCE, Area, Piece

_NEWER = "_xlfn."
_OPERATORS = frozenset({"+", "-", "*", "/", "^", "&", "=", "<>", "<", ">", "<=", ">=", "%", "@"})
# A range that is an argument of these functions intersects.
_OF_VALUES = ELEMENTWISE | {
    *("ACOS", "ACOSH", "ASIN", "ASINH", "ATAN", "ATAN2", "ATANH", "CEILING", "CHAR", "CODE", "DATE", "DAY", "DEGREES"),
    *("EDATE", "EOMONTH", "ERF", "EVEN", "FACT", "FIXED", "FLOOR", "HOUR", "IFERROR", "IFNA", "ISBLANK", "ISERR"),
    *("ISERROR", "ISNA", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "LOWER", "MID", "MINUTE", "MONTH", "NOT", "ODD", "POW"),
    *("QUOTIENT", "RADIANS", "REPT", "RIGHT", "ROUNDDOWN", "ROUNDUP", "SECOND", "SINGLE", "TEXT", "TRIM", "TRUNC"),
    *("UPPER", "VALUE", "WEEKDAY", "YEAR"),
}
# These take ranges whole, but an operator inside their arguments makes the ranges beside it intersect.
_OF_RANGES = frozenset(
    {
        *("AND", "AVEDEV", "AVERAGE", "CONCAT", "COUNT", "COUNTA", "DEVSQ", "GEOMEAN", "HARMEAN", "LARGE", "MAX"),
        *("MEDIAN", "MIN", "OR", "PRODUCT", "SMALL", "STDEV", "STDEV.P", "STDEV.S", "STDEVP", "SUM", "SUMSQ"),
        *("TEXTJOIN", "VAR", "VAR.P", "VAR.S", "VARP", "XOR"),
    }
)
_DIGIT = re.compile("[0-9]")
_NO_VALUE = Piece("#VALUE!")
NOT_ENTERED = "it takes a range for one value, which gives #VALUE! unless it is entered as an array formula"
"""What is wrong with a formula that `lacks_array_entry`."""


class _Place(Enum):
    """What belongs at a place in a formula."""

    VALUE = auto()
    RANGE = auto()
    ARRAY = auto()


def in_place(pieces: Sequence[Piece], row: int, column: int) -> Sequence[Piece]:
    """Write out what the ranges of a formula mean where it stands.

    Args:
        pieces: the formula, without its `=`.
        row: the row that it stands in.
        column: the column.

    Returns:
        The formula for an engine that knows no implicit intersection, and of arrays only `ARRAY.EXP` and the like.
    """
    if all(piece.area is None or piece.area.is_cell for piece in pieces):
        return pieces
    texts = [piece.text.strip() or (REFERENCE if piece.area else "") for piece in pieces]
    found: list[Piece] = []
    for at, (piece, place) in enumerate(zip(pieces, _places(pieces), strict=True)):
        if piece.area is None:
            found += [_function(piece, place)] if piece.text != "@" else []
        elif piece.area.is_cell or _joins_ranges(pieces, at):
            found.append(piece)
        elif place is _Place.VALUE or "@" in texts[max(at - 1, 0) : at] or _is_operand(texts, at, place):
            found.append(_intersected(piece, piece.area, row, column))
        else:
            found.append(piece)
    return found


def lacks_array_entry(pieces: Sequence[Piece], row: int, column: int) -> bool:
    """Tell whether a range of a formula meets neither its row nor its column where one value belongs."""
    return _NO_VALUE in in_place(pieces, row, column)


def _places(pieces: Sequence[Piece]) -> Iterator[_Place]:
    """Yield what belongs at the place of each piece."""
    opened = [("", _Place.VALUE)]
    for piece in pieces:
        text = piece.text.strip()
        if piece.area is None and text == ")" and len(opened) > 1:
            opened.pop()
        yield opened[-1][1]
        if piece.area is None and text.endswith("("):
            opened.append((text, _inside(text, opened[-1][1])))
        elif text == "," and opened[-1][0].upper() == "IF(":
            opened[-1] = "", opened[-2][1]  # a branch is what the whole is


def _inside(opening: str, outside: _Place) -> _Place:
    """Return what belongs between the brackets of a function or of a group."""
    name = opening[:-1].upper().removeprefix(_NEWER.upper())
    if outside is _Place.ARRAY:
        return _Place.ARRAY
    if name == "IF" or name in _OF_VALUES:
        return _Place.VALUE
    if name in _OF_RANGES:
        return _Place.RANGE
    return _Place.ARRAY if name else outside


def _function(piece: Piece, place: _Place) -> Piece:
    name = piece.text[:-1].upper().removeprefix(_NEWER.upper()) if piece.text.endswith("(") else ""
    if name == "SINGLE":
        return Piece("(")
    return Piece(f"{PREFIX}{name}(") if place is _Place.ARRAY and name in ELEMENTWISE else piece


def _intersected(piece: Piece, area: Area, row: int, column: int) -> Piece:
    """Return the cell of a range that is in the formula's row, or in its column; `#VALUE!` if there is none."""
    reference = piece.text.rpartition("!")[2]
    whole = ":" in reference and not _DIGIT.search(reference)  # `J:J` goes on below the used range
    if area.first_column == area.last_column and (whole or area.first_row <= row <= area.last_row):
        return Piece("", Area(area.sheet, row, area.first_column, row, area.first_column), REFERENCE)
    if area.first_row == area.last_row and area.first_column <= column <= area.last_column:
        return Piece("", Area(area.sheet, area.first_row, column, area.first_row, column), REFERENCE)
    return _NO_VALUE


def _joins_ranges(pieces: Sequence[Piece], at: int) -> bool:
    """Tell whether a range is only a part of one, as in `A1:INDEX(…)`."""
    beside = (pieces[near] for near in (at - 1, at + 1) if 0 <= near < len(pieces))
    return any(
        piece.text in (":", "#") or (piece.text.isspace() and piece.kind not in ("", "Whitespace")) for piece in beside
    )


def _is_operand(texts: Sequence[str], at: int, place: _Place) -> bool:
    """Tell whether a range, or the brackets around it alone, stands beside an operator that takes values."""
    if place is not _Place.RANGE:
        return False
    left, right = _next(texts, at, -1), _next(texts, at, 1)
    while (left[1], right[1]) == ("(", ")"):
        left, right = _next(texts, left[0], -1), _next(texts, right[0], 1)
    return left[1] in _OPERATORS or right[1] in _OPERATORS


def _next(texts: Sequence[str], at: int, step: int) -> tuple[int, str]:
    """Return the position and the text of the next piece that is not blank; nothing beyond the ends."""
    at += step
    while 0 <= at < len(texts) and not texts[at]:
        at += step
    return at, texts[at] if 0 <= at < len(texts) else ""
