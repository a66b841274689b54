"""`LAMBDA(z,EXP(-z))(J16)`, which the formula engine does not know, as `LET(z,J16,EXP(-z))`, which it does."""

from collections.abc import Sequence

from sheetgen.spreadsheet.formula import Piece

_LAMBDA = ("LAMBDA(", "_XLFN.LAMBDA(")
_MOST = 200  # of them in one formula


def applied(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Write every LAMBDA that is applied to arguments on the spot as a LET; any other stays."""
    found: Sequence[Piece] = pieces
    for _ in range(_MOST):
        starts = [at for at, piece in enumerate(found) if piece.area is None and piece.text.upper() in _LAMBDA]
        changed = next((new for start in reversed(starts) if (new := _applied(found, start))), None)
        if changed is None:
            break
        found = changed
    return found


def _applied(pieces: Sequence[Piece], start: int) -> list[Piece] | None:
    """Apply the LAMBDA that begins at a position; return nothing if no fitting arguments follow it."""
    own, end = _arguments(pieces, start)
    if not own or end + 1 >= len(pieces) or pieces[end + 1].text != "(":
        return None
    *parameters, body = own
    given, last = _arguments(pieces, end + 1)
    if len(given) != len(parameters) or last == len(pieces):
        return None
    comma = Piece(",")
    bound = [
        piece
        for parameter, value in zip(parameters, given, strict=True)
        for piece in (*parameter, comma, *value, comma)
    ]
    return [*pieces[:start], Piece("LET("), *bound, *body, *pieces[last:]]


def _arguments(pieces: Sequence[Piece], opening: int) -> tuple[list[list[Piece]], int]:
    """Return what stands between brackets, split at the commas, and where they close; the end if they do not."""
    found: list[list[Piece]] = [[]]
    depth = 0
    for at in range(opening, len(pieces)):
        piece = pieces[at]
        text = "" if piece.area else piece.text.strip()
        depth += text.endswith(("(", "{")) - (text in (")", "}"))
        if depth == 0:
            return found, at
        if depth == 1 and text == ",":
            found.append([])
        elif at > opening:
            found[-1].append(piece)
    return [], len(pieces)
