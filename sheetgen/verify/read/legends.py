"""Formulas that are written out as text beside a table: `h1 = w1*i1 + w3*i2`, `∂E/∂w5 = (a_o1 − t1)·a_h1`."""

import re
from collections.abc import Iterator
from functools import lru_cache

from sheetgen.verify.read.label_text import in_english, plain_text
from sheetgen.verify.read.meanings import Meaning, meaning_of

_MOST_CHARACTERS = 300
_FUNCTIONS = {
    **{name: name.upper() for name in ("exp", "ln", "tanh", "max", "min", "abs", "sqrt", "relu", "sigmoid")},
    **dict.fromkeys(("σ", "sig", "sigma", "logistic"), "SIGMOID"),
    "log": "LN",
}
_EQUALS = re.compile(r"\s*(?::=|=|←|<-)\s*")
_ASIDE = re.compile(r"\s+\([^()=+*/^\d-]*\)$")
_FRACTION = re.compile(r"\(([∂dδ][\w ]+)\)\s*/\s*\(([∂dδ][\w ]+)\)")
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?|\.\d+)
    |(?P<euler>e\s*\^\s*(?=[(-]))
    |(?P<derivative>[∂dδ]\s?_?[^\W\d]\w*\s*/\s*[∂dδ]\s?[^\W\d]\w*)
    |(?P<slope>[σf]'\s*\([^()]*\))
    |(?P<function>[^\W\d]+)(?=\s*\()
    |(?P<name>\#?[^\W\d]\w*(?:\s[^\W\d]\w*)*)
    |(?P<sign>[-+*/^(),])
    )\s*""",
    re.VERBOSE,
)
_NEGATED = re.compile(r"-\s*(\w+)")
_COMPUTES = re.compile(r"^[^{]+\{|\}.")  # more than a number or one name, which may be prose: `w1 = the weight`
_UNUSABLE = ("other_measure", "iteration")
_BRACKET = re.compile(r"(?<!\w)\[")
_GLUED = re.compile(r"[^\W\d_]+_?\d+")  # one factor of w1i1


def equation_of(text: str) -> tuple[Meaning, str] | None:
    """Split a formula written as text into what it defines and its right-hand side, in the notation's form.

    Where there are several equals signs, the right-hand side is the first that can be read. `SIGMOID` and `RELU` stand
    for functions that Excel has not.

    >>> equation_of("h1 = w1*i1 + w3*i2")[1], equation_of("E1 = ½(t1 − a_o1)²")[1]
    ('{w1}*{i1}+{w3}*{i2}', '0.5*({t1}-{a_o1})^2')
    """
    defined = defined_by(text)
    if defined is None:
        return None
    readable = (expression_of(side) for side in _EQUALS.split(text)[1:])
    right = next(
        (side for side in readable if side and (_COMPUTES.search(side) or _is_derivative(defined, side))), None
    )
    return (defined, right) if right else None


def defined_by(text: str) -> Meaning | None:
    """Return what a formula written as text defines, even where the rest cannot be read: `loss = ½ Σ (Z2 − Y)²`."""
    left, *sides = _EQUALS.split(text[: _MOST_CHARACTERS + 1])
    return meaning_of(left) if sides and len(text) <= _MOST_CHARACTERS else None


def _is_derivative(defined: Meaning, side: str) -> bool:
    """Tell whether a single name may be all of the right-hand side, as in `∂o1/∂w5 = a_h1`."""
    return defined.wrt is not None and side not in (f"{{{defined.name}}}", "{w}") and "{" in side


@lru_cache(maxsize=1 << 12)
def expression_of(text: str) -> str | None:
    """Return a formula written as text in the notation's form, `{w1}*{i1}`; None where it cannot be read as a whole."""
    plain = _FRACTION.sub(r"\1/\2", _ASIDE.sub("", in_english(plain_text(text)))).replace("**", "^")
    plain = _BRACKET.sub("(", plain).replace("]", ")") if "[" in plain else plain
    pieces: list[str] = []
    for piece in _pieces(plain):
        if piece is None or not _fits(pieces, piece):
            return None
        if pieces and _is_operand_end(pieces[-1]) and _is_operand_start(piece):
            pieces.append("*")
        pieces.append(piece)
    written = "".join(pieces)
    whole = bool(pieces) and _is_operand_end(pieces[-1]) and written.count("(") == written.count(")")
    return written if whole else None


def _pieces(text: str) -> Iterator[str | None]:
    """Yield the operands and signs of a formula; None where something cannot be read."""
    end = 0
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None:
            yield None
            return
        end = match.end()
        if match["euler"]:
            exponent = _NEGATED.match(text, end)
            yield from ("EXP(", "-", _quantity(exponent[1]), ")") if exponent else ("EXP",)
            end = exponent.end() if exponent else end
        else:
            yield from _operands(match)


def _operands(match: re.Match[str]) -> Iterator[str | None]:
    if match["number"] or match["sign"]:
        yield match["number"] or match["sign"]
    elif match["function"] in _FUNCTIONS:
        yield _FUNCTIONS[match["function"]]
    else:
        yield from _factors(match[0].strip().lstrip("#"))


def _factors(name: str) -> Iterator[str | None]:
    """Yield the quantity that a name means, or those of its parts: `w1 i1` and `w1i1` are products."""
    whole = _quantity(name)
    parts = name.split() if " " in name else _GLUED.findall(name)
    if whole or len(parts) < 2 or "".join(parts) != name.replace(" ", ""):
        yield whole
    else:
        yield from (_quantity(part) for part in parts)


def _quantity(name: str) -> str | None:
    meaning = meaning_of(name)
    if meaning is None or meaning.when == "new" or meaning.role in _UNUSABLE:
        return None
    return f"{{{meaning.name}}}"


def _fits(before: list[str], piece: str) -> bool:
    """Tell whether a sign has something to its left to apply to, and a function its argument."""
    if before and before[-1].isalpha():
        return piece == "("
    return piece not in ("*", "/", "^", ")", ",") or (bool(before) and _is_operand_end(before[-1]))


def _is_operand_end(piece: str) -> bool:
    return piece[-1] in "})" or piece[-1].isdigit()


def _is_operand_start(piece: str) -> bool:
    return piece[0] in "{(" or piece[0].isalnum()
