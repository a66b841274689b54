"""Formulas as tokens, and their value in made-up worlds, worked out in plain Python to tell a real fault from none."""

import math
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from tests.sheetgen.support.patched_workbooks import Book, Table, split

_TOKEN = re.compile(
    r"(?P<ref>(?:'[^']+'!|[^\W\d]\w*!)?\$?[A-Z]{1,3}\$?\d+(?![\w(]))"
    r"|(?P<func>[A-Za-z]+\()|(?P<num>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)|(?P<op>[-+*/^])|(?P<sign>[(),])|(?P<space>\s+)"
)
_REF = re.compile(r"(?:(?P<sheet>'[^']+'|[^\W\d]\w*)!)?(?P<fixed>\$?)(?P<column>[A-Z]+)(?P<anchor>\$?)(?P<row>\d+)")
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_DATA = re.compile(r"[ixty]\d+|[bB]_?\w+", re.IGNORECASE)
_DIFFERENT = 1e-7

_FUNCTIONS: dict[str, Callable[..., float]] = {"EXP": math.exp, "LN": math.log, "TANH": math.tanh, "POWER": math.pow}
_FUNCTIONS |= {"ABS": abs, "MAX": max}

Place = tuple[str, str]
World = dict[Place, float]


@dataclass(frozen=True)
class Token:
    """A piece of a formula: `ref`, `func` with its bracket, `num`, `op`, `prefix`, `sign` or `space`."""

    kind: str
    text: str


@lru_cache(maxsize=50_000)
def tokens_of(formula: str) -> tuple[Token, ...]:
    """Take a formula apart; a sign before an operand is a `prefix`."""
    found: list[Token] = []
    position = 0
    before = "("
    while position < len(formula):
        match = _TOKEN.match(formula, position)
        if not match or not match.lastgroup:
            message = f"cannot read {formula!r} at {position}"
            raise ValueError(message)
        kind = match.lastgroup
        if kind == "op" and before in ("(", ",", "op", "prefix", "func"):
            kind = "prefix"
        found.append(Token(kind, match[0]))
        if kind != "space":
            before = match[0] if kind == "sign" else kind
        position = match.end()
    return tuple(found)


def text_of(tokens: list[Token] | tuple[Token, ...]) -> str:
    """Write tokens as a formula."""
    return "".join(token.text for token in tokens)


@dataclass(frozen=True)
class Reference:
    """A reference taken apart; `sheet` is empty for the own one, else as it is written, with its `!`."""

    sheet: str
    column: str
    row: int
    fixed: bool = False
    anchored: bool = False

    def __str__(self) -> str:
        """Write it as it stands in a formula."""
        return f"{self.sheet}{'$' * self.fixed}{self.column}{'$' * self.anchored}{self.row}"


def is_reference(formula: str) -> bool:
    """Tell whether a formula is a single reference."""
    return _REF.fullmatch(formula) is not None


def reference(text: str) -> Reference:
    """Take a reference apart."""
    match = _REF.fullmatch(text)
    assert match
    sheet = f"{match['sheet']}!" if match["sheet"] else ""
    return Reference(sheet, match["column"], int(match["row"]), bool(match["fixed"]), bool(match["anchor"]))


class Worlds:
    """Random values for all that is typed in a workbook, and what all other cells of a table are there.

    Args:
        book: the workbook.
        table: one of its tables.
        count: how many worlds.
    """

    def __init__(self, book: Book, table: Table, count: int = 2) -> None:
        self._book = book
        self._table = table
        self._random = [random.Random(f"{book.name} {table.sheet} {number}") for number in range(count)]
        self._leaves: list[dict[object, float]] = [{} for _ in range(count)]
        self._values: list[World] = [{} for _ in range(count)]
        for row in range(table.first_row, table.last_row + 1):  # from the top, so that nothing recurs deeply
            for column in table.labels:
                for number in range(count):
                    self.value(number, (table.sheet, f"{column}{row}"))

    def value(self, number: int, place: Place) -> float:
        """Return the value of a cell in a world; nan for a text."""
        known = self._values[number]
        if place not in known:
            cell = self._book.cells[place[0]].get(place[1])
            if cell is not None and cell.formula is not None:
                known[place] = self.evaluate(number, cell.formula, place[0])
            elif cell is None or cell.value is None:
                return 0.0
            elif isinstance(cell.value, str):
                return math.nan
            else:
                known[place] = self._leaf(number, place, cell.value)
        return known[place]

    def evaluate(self, number: int, formula: str, sheet: str) -> float:
        """Return what a formula gives in a world; nan for an error."""

        def get(text: str) -> float:
            found = reference(text)
            own = found.sheet[:-1].strip("'") if found.sheet else sheet
            return self.value(number, (own, f"{found.column}{found.row}"))

        try:
            result = eval(python_of(formula), {"get": get, **_FUNCTIONS})
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan
        return result if isinstance(result, float) else math.nan

    def differ(self, one: str, other: str, sheet: str) -> bool:
        """Tell whether two formulas on a sheet mean different things."""
        pairs = [
            [self.evaluate(number, formula, sheet) for formula in (one, other)] for number in range(len(self._values))
        ]
        return any(not _same(*pair) for pair in pairs)

    def column(self, letter: str) -> Iterator[float]:
        """Yield a column's values in all worlds."""
        table = self._table
        for number in range(len(self._values)):
            for row in range(table.first_row, table.last_row + 1):
                yield self.value(number, (table.sheet, f"{letter}{row}"))

    def _leaf(self, number: int, place: Place, value: float) -> float:
        """Make a value up; an input that is typed in every row is the same in all of them.

        Filling a typed 0.99 down makes Excel write 0.989999999999998 further below.
        """
        column, row = split(place[1])
        label = self._table.labels.get(column, "") if place[0] == self._table.sheet else ""
        inside = self._table.first_row <= row <= self._table.last_row
        key: object = (column, f"{value:.9g}") if inside and _DATA.fullmatch(label) else place
        own = self._leaves[number]
        if key not in own:
            own[key] = self._random[number].uniform(0.1, 0.9) * self._random[number].choice((1.0, 1.0, -1.0))
        return own[key]


def _same(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return abs(one - other) <= _DIFFERENT * max(abs(one), abs(other))


@lru_cache(maxsize=50_000)
def python_of(formula: str) -> str:
    """Write a formula as a Python expression, with brackets as Excel binds: `-x^2` is `(-x)^2`."""
    waiting = [token for token in reversed(tokens_of(formula)) if token.kind != "space"]
    text = _expression(waiting, 0)
    assert not waiting
    return text


def _expression(waiting: list[Token], binding: int) -> str:
    left = _operand(waiting)
    while waiting and waiting[-1].kind == "op" and _BINDING[waiting[-1].text] > binding:
        sign = waiting.pop().text
        right = _expression(waiting, _BINDING[sign])
        left = f"POWER({left},{right})" if sign == "^" else f"({left}{sign}{right})"
    return left


def _operand(waiting: list[Token]) -> str:
    token = waiting.pop()
    if token.kind == "prefix":
        return f"({token.text}{_operand(waiting)})"
    if token.kind == "ref":
        return f"get({token.text!r})"
    if token.kind == "num":
        return f"{float(token.text)!r}"
    arguments = [_expression(waiting, 0)]
    while (closing := waiting.pop()).text == ",":
        arguments.append(_expression(waiting, 0))
    assert closing.text == ")", closing
    return f"{token.text[:-1].upper()}({','.join(arguments)})"
