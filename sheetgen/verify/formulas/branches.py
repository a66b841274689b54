"""Where a formula may take one way or another: its comparisons, and the arguments of IF, MAX, MIN, ABS and SIGN."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from sheetgen.spreadsheet.formula import Area, Piece

Pieces = tuple[Piece, ...]

RANDOM = frozenset({"RAND(", "RANDBETWEEN(", "RANDARRAY(", "NOW(", "TODAY("})
"""Functions that give another value at every recalculation."""
CATCHING = frozenset({"IFERROR(", "IFNA(", "ISERROR(", "ISERR(", "ISNUMBER(", "ISNA("})
"""Functions that turn an error, such as an overflow, into a value."""
ROUNDING = frozenset(
    {"ROUND(", "ROUNDUP(", "ROUNDDOWN(", "TRUNC(", "INT(", "MROUND(", "CEILING(", "FLOOR(", "FIXED(", "TEXT("}
)
"""Functions that cut digits off."""

_SMOOTH = {
    "SUM(",
    "PRODUCT(",
    "SUMPRODUCT(",
    "SUMSQ(",
    "AVERAGE(",
    "MMULT(",
    "TRANSPOSE(",
    "EXP(",
    "TANH(",
    "LN(",
    "PI(",
}
_SMOOTH |= {"+", "-", "*", "/", "%"}
_COMPARISONS = {">", "<", ">=", "<=", "=", "<>"}
_CLOSE, _COMMA = Piece(")", None, "Paren"), Piece(",", None, "Sep")
_AT_LEAST, _NOUGHT = Piece(">=", None, "OpInfix"), Piece("0", None, "Operand")


class Condition(NamedTuple):
    """A condition on which a formula takes one way or another.

    Attributes:
        truth: a formula that gives whether it holds.
        is_guide: whether the formula does not ask for it, but for the equality of its two sides.
        about_sign: whether it compares something with 0.
    """

    truth: Pieces
    is_guide: bool = False
    about_sign: bool = False

    @property
    def text(self) -> str:
        """The condition as it is written."""
        return "".join(piece.text for piece in self.truth)

    @property
    def areas(self) -> list[Area]:
        """What it refers to."""
        return [piece.area for piece in self.truth if piece.area]


class _Frame(NamedTuple):
    """What a pair of brackets encloses, split at its commas; `name` is the function's, empty for plain brackets."""

    name: str
    parts: list[list[Piece]]
    own: list[list[int]]
    """Of each part, the positions of the pieces that no further brackets enclose."""


def is_smooth(pieces: Pieces) -> bool:
    """Tell whether a formula is one analytic expression everywhere, so that few numbers show what it means."""
    for piece, following in pairwise((*pieces, _CLOSE)):
        if piece.kind in ("Func", "OpInfix", "OpPostfix") and piece.text not in (")", *_SMOOTH):
            if piece.text.upper().removeprefix("_XLFN.") in _SMOOTH:
                continue
            if piece.text != "^" or not following.text.isdecimal():
                return False
    return True


def calls(pieces: Sequence[Piece], functions: frozenset[str]) -> bool:
    """Tell whether a formula calls one of some functions."""
    return any(piece.kind == "Func" and piece.text.upper().removeprefix("_XLFN.") in functions for piece in pieces)


def conditions(pieces: Pieces) -> list[Condition]:
    """List the conditions of a formula, each once."""
    found = (each for frame in _frames(pieces) for each in (*_comparisons(frame), *_arguments(frame)))
    return list({each.truth: each for each in found}.values())


def _frames(pieces: Pieces) -> Iterator[_Frame]:
    """Yield what each pair of brackets encloses, innermost first, and last the whole formula."""
    stack = [_Frame("", [[]], [[]])]
    for piece in pieces:
        if piece.kind == "Whitespace":
            continue
        opening = piece.kind in ("Func", "Paren", "Array") and piece.text[-1] in "({"
        closing = piece.kind in ("Func", "Paren", "Array") and piece.text in (")", "}")
        if closing and len(stack) > 1:
            yield stack.pop()
        separating = piece.kind == "Sep"
        if separating:
            stack[-1].parts.append([])
            stack[-1].own.append([])
        elif not opening and not closing:
            stack[-1].own[-1].append(len(stack[-1].parts[-1]))
        for depth, frame in enumerate(stack, start=1):
            if not (separating and depth == len(stack)):
                frame.parts[-1].append(piece)
        if opening:
            stack.append(_Frame(piece.text.upper().removeprefix("_XLFN."), [[]], [[]]))
    yield stack[0]


def _comparisons(frame: _Frame) -> Iterator[Condition]:
    for part, own in zip(frame.parts, frame.own, strict=True):
        signs = [at for at in own if part[at].kind == "OpInfix" and part[at].text in _COMPARISONS]
        if len(signs) != 1:
            continue
        one, sign, other = part[: signs[0]], part[signs[0]], part[signs[0] + 1 :]
        yield Condition(tuple(part), about_sign=_is_nought(one) or _is_nought(other))
        if sign.text in ("=", "<>"):
            yield Condition((*one, _AT_LEAST, *other), is_guide=True)


def _arguments(frame: _Frame) -> Iterator[Condition]:
    parts = [part for part in frame.parts if part]
    if frame.name in ("ABS(", "SIGN(") and parts:
        yield _at_least(parts[0], [_NOUGHT])
    elif frame.name in ("MAX(", "MIN(") and len(parts) > 1:
        for at in range(len(parts) if len(parts) > 2 else 1):
            yield _at_least(parts[at], _joined(frame.name, parts[:at] + parts[at + 1 :]))
    elif frame.name == "MEDIAN(":
        yield from (_at_least(one, other) for one, other in combinations(parts, 2))
    elif frame.name in ("IF(", "IFS("):
        for number, (part, own) in enumerate(zip(frame.parts, frame.own, strict=True)):
            chosen = number == 0 or (frame.name == "IFS(" and number % 2 == 0)
            if chosen and part and not any(part[at].text in _COMPARISONS for at in own):
                yield Condition(tuple(part))


def _joined(function: str, parts: list[list[Piece]]) -> list[Piece]:
    """Write a function of several arguments; of one it is the argument itself."""
    if len(parts) == 1:
        return parts[0]
    listed = [piece for part in parts for piece in (_COMMA, *part)][1:]
    return [Piece(function, None, "Func"), *listed, Piece(")", None, "Func")]


def _at_least(one: Sequence[Piece], other: Sequence[Piece]) -> Condition:
    return Condition((*one, _AT_LEAST, *other), about_sign=_is_nought(one) or _is_nought(other))


def _is_nought(part: Sequence[Piece]) -> bool:
    return len(part) == 1 and part[0].text == "0"
