"""Formulas changed by a single slip, as a person makes them: a sign, a reference, a bracket."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tests.sheetgen.support.fault_formulas import Reference, Token, reference, text_of
from tests.sheetgen.support.patched_workbooks import Book, Cell, Table

_OPERATORS = "+-*/^"
_EARLY = 20

Change = Callable[["Spot"], str | None]


@dataclass
class Spot:
    """A formula cell that a fault may hit."""

    book: Book
    table: Table
    column: str
    row: int
    rng: random.Random
    tokens: list[Token] = field(default_factory=list)

    @property
    def cell(self) -> Cell:
        """What stands there."""
        return self.book.cells[self.table.sheet][self.address]

    @property
    def address(self) -> str:
        """Its address."""
        return f"{self.column}{self.row}"

    def with_token(self, at: int, text: str) -> str:
        """Write its formula with one token replaced."""
        return text_of([*self.tokens[:at], Token("", text), *self.tokens[at + 1 :]])

    def find(self, kind: str, *texts: str) -> int | None:
        """Choose one of its tokens of a kind, and of some texts if given."""
        found = [at for at, each in enumerate(self.tokens) if each.kind == kind and (not texts or each.text in texts)]
        return self.rng.choice(found) if found else None

    def moving(self) -> tuple[int, Reference] | None:
        """Choose one of its references that is not anchored."""
        found = [at for at, each in enumerate(self.tokens) if each.kind == "ref" and "$" not in each.text]
        at = self.rng.choice(found) if found else None
        return None if at is None else (at, reference(self.tokens[at].text))


def _sign(spot: Spot) -> str | None:
    """Flip a plus or minus; drop a leading minus, or put one before the whole."""
    at = spot.find("op", "+", "-")
    prefix = spot.find("prefix")
    if prefix is not None and spot.rng.random() < 0.5:
        return spot.with_token(prefix, "")
    if at is None or spot.rng.random() < 0.2:
        return f"-({text_of(spot.tokens)})"
    return spot.with_token(at, "-" if spot.tokens[at].text == "+" else "+")


def _operator(spot: Spot) -> str | None:
    at = spot.find("op")
    if at is None:
        return None
    return spot.with_token(at, spot.rng.choice(_OPERATORS.replace(spot.tokens[at].text, "")))


def _other_column(spot: Spot) -> str | None:
    chosen = spot.moving()
    if chosen is None:
        return None
    at, found = chosen
    others = [letter for letter in spot.table.labels if letter != found.column]
    return spot.with_token(at, str(replace(found, column=spot.rng.choice(others))))


def _row_off(spot: Spot) -> str | None:
    chosen = spot.moving()
    if chosen is None:
        return None
    at, found = chosen
    return spot.with_token(at, str(replace(found, row=found.row + spot.rng.choice((-1, 1)))))


def _frozen(spot: Spot) -> str | None:
    """Anchor a reference at an early row."""
    early = spot.table.first_row + spot.rng.choice((0, spot.rng.randrange(_EARLY)))  # the same in all rows of a column
    chosen = spot.moving()
    if chosen is None or chosen[1].row <= early:
        return None
    at, found = chosen
    return spot.with_token(at, str(replace(found, row=early, anchored=True)))


def _sliding(spot: Spot) -> str | None:
    """Take the anchors from a fixed reference, slid down as far as a fill from the first row would."""
    found = [at for at, each in enumerate(spot.tokens) if each.kind == "ref" and "$" in each.text]
    away = spot.row - spot.table.first_row - 1
    if not found or away < 1:
        return None
    at = spot.rng.choice(found)
    held = reference(spot.tokens[at].text)
    return spot.with_token(at, str(replace(held, row=held.row + away, fixed=False, anchored=False)))


def _constant(spot: Spot) -> str | None:
    at = spot.find("num")
    if at is None:
        return None
    number = float(spot.tokens[at].text)
    return spot.with_token(at, f"{number / 2 if number < 1 else number + spot.rng.choice((1, 2)):g}")


def _complement(spot: Spot) -> str | None:
    """Write `a` for `(1-a)`, or the other way round."""
    plain = [at for at, each in enumerate(spot.tokens) if each.kind != "space"]
    texts = [spot.tokens[at].text for at in plain]
    ends = [at for at in range(len(texts) - 4) if texts[at : at + 3] == ["(", "1", "-"] and texts[at + 4] == ")"]
    if ends and spot.rng.random() < 0.6:
        at = spot.rng.choice(ends)
        first, last = plain[at], plain[at + 4]
        return text_of(spot.tokens[:first]) + texts[at + 3] + text_of(spot.tokens[last + 1 :])
    chosen = spot.moving()
    return None if chosen is None else spot.with_token(chosen[0], f"(1-{spot.tokens[chosen[0]].text})")


def _wrong_for_negative(spot: Spot) -> str | None:
    """Be right for positive numbers only."""
    chosen = spot.moving()
    if chosen is None:
        return None
    name = spot.tokens[chosen[0]].text
    return spot.with_token(chosen[0], spot.rng.choice((f"ABS({name})", f"MAX(0,{name})")))


def special_row(spot: Spot) -> str:
    """Make an exception of its own row."""
    return f"IF(ROW()={spot.row},0.1,{text_of(spot.tokens)})"


def noise(spot: Spot) -> str:
    """Add a random number that no reader sees."""
    return f"{text_of(spot.tokens)}+(RAND()-0.5)*1E-9"


def _pairs(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    waiting: list[int] = []
    for at, token in enumerate(tokens):
        if token.text == "(" or token.kind == "func":
            waiting.append(at)
        elif token.text == ")":
            yield waiting.pop(), at


def _brackets(spot: Spot) -> str | None:
    """Leave a pair of brackets away."""
    pairs = [pair for pair in _pairs(spot.tokens) if spot.tokens[pair[0]].text == "("]
    if not pairs:
        return None
    pair = spot.rng.choice(pairs)
    return text_of([token for at, token in enumerate(spot.tokens) if at not in pair])


def _bracket_moved(spot: Spot) -> str | None:
    """Close a bracket after another operand."""
    pairs = list(_pairs(spot.tokens))
    places = [at + 1 for at, token in enumerate(spot.tokens) if token.kind in ("ref", "num")]
    if not pairs:
        return None
    left, right = spot.rng.choice(pairs)
    place = spot.rng.choice(places)
    between = spot.tokens[min(place, right) : max(place, right)]
    if place <= left or place in (right, right + 1) or any(token.text == "," for token in between):
        return None
    rest = [*spot.tokens]
    rest.insert(place, Token("sign", ")"))
    del rest[right + (place <= right)]
    formula = text_of(rest)
    return formula if _balanced(formula) else None


def _balanced(formula: str) -> bool:
    depth = 0
    for sign in formula:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


FORMULA_FAULTS: dict[str, Change] = {
    "sign flipped": _sign,
    "operator swapped": _operator,
    "another column": _other_column,
    "one row off": _row_off,
    "frozen reference": _frozen,
    "sliding reference": _sliding,
    "changed constant": _constant,
    "a for 1-a": _complement,
    "missing brackets": _brackets,
    "bracket moved": _bracket_moved,
    "wrong for negative": _wrong_for_negative,
}
