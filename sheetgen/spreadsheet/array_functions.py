"""Worksheet functions that the formula engine lacks: of matrices, and elementwise ones of whole arrays.

The engine computes `EXP` of a number only; in an array formula, `ARRAY.EXP` stands for it, which takes an array too.
Numbers are floats, an empty cell is None, an error a dictionary, and an array a list of rows.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.types import Array

Element = object
Argument = Element | list[list[Element]]

PREFIX = "ARRAY."
"""What the name of an elementwise function begins with."""


class EngineFunction(NamedTuple):
    """A function for the engine: its name, what computes it, and how many arguments it takes."""

    name: str
    function: Callable[..., Argument]
    fewest: int
    most: int


def _error(kind: str) -> dict[str, str]:
    return {"type": "Error", "kind": kind}


def _log(number: float, base: float = 10.0) -> float:
    return math.log10(number) if base == 10.0 else math.log(number) / math.log(base)


def _round(number: float, places: float = 0.0) -> float:
    scale = 10.0 ** int(places)
    return math.copysign(math.floor(abs(number) * scale + 0.5) / scale, number)


# By name, what computes a single element, and how many arguments it takes.
_ELEMENTWISE: dict[str, tuple[Callable[..., float], int, int]] = {
    "ABS": (abs, 1, 1),
    "COS": (math.cos, 1, 1),
    "COSH": (math.cosh, 1, 1),
    "EXP": (math.exp, 1, 1),
    "INT": (math.floor, 1, 1),
    "LN": (math.log, 1, 1),
    "LOG": (_log, 1, 2),
    "LOG10": (math.log10, 1, 1),
    "MOD": (lambda number, by: number - by * math.floor(number / by), 2, 2),
    "POWER": (math.pow, 2, 2),
    "ROUND": (_round, 1, 2),
    "SIGN": (lambda number: float((number > 0) - (number < 0)), 1, 1),
    "SIN": (math.sin, 1, 1),
    "SINH": (math.sinh, 1, 1),
    "SQRT": (math.sqrt, 1, 1),
    "TAN": (math.tan, 1, 1),
    "TANH": (math.tanh, 1, 1),
}
ELEMENTWISE = frozenset(_ELEMENTWISE)
"""The functions that have a variant for arrays."""


def engine_functions() -> Iterator[EngineFunction]:
    """Yield the functions to register with the engine."""
    yield EngineFunction("MMULT", _product, 2, 2)
    for name, (function, fewest, most) in _ELEMENTWISE.items():
        yield EngineFunction(PREFIX + name, _elementwise(function), fewest, most)


def _elementwise(function: Callable[..., float]) -> Callable[..., Argument]:
    """Return a function of arrays, stretched to a common shape as a spreadsheet does, made from one of numbers."""

    def whole(*arguments: Argument) -> Argument:
        arrays = [each if isinstance(each, list) else [[each]] for each in arguments]
        rows, columns = max(map(len, arrays)), max(len(array[0]) for array in arrays)
        return [
            [_of(function, [_at(array, row, column) for array in arrays]) for column in range(columns)]
            for row in range(rows)
        ]

    return whole


def _at(array: list[list[Element]], row: int, column: int) -> Element:
    row, column = 0 if len(array) == 1 else row, 0 if len(array[0]) == 1 else column
    inside = row < len(array) and column < len(array[0])
    return array[row][column] if inside else _error("Na")


def _of(function: Callable[..., float], values: list[Element]) -> Element:
    """Apply a function of numbers to elements: the first error among them is the result."""
    error = next((value for value in values if isinstance(value, dict)), None)
    if error is not None:
        return error
    if not all(isinstance(value, int | float | None) for value in values):
        return _error("Value")
    try:
        return float(function(*(value or 0.0 for value in values)))
    except ZeroDivisionError:
        return _error("Div")
    except (ValueError, OverflowError):
        return _error("Num")


def _product(left: Argument, right: Argument) -> Argument:
    """Multiply two matrices; `#VALUE!` unless all their elements are numbers and their shapes fit."""
    first, second = map(_matrix, (left, right))
    if first is None or second is None or first.shape[1] != second.shape[0]:
        return _error("Value")
    return [[float(number) for number in row] for row in first @ second]


def _matrix(argument: Argument) -> Array | None:
    rows = argument if isinstance(argument, list) else [[argument]]
    if not all(isinstance(value, int | float) for row in rows for value in row):
        return None
    return np.array(rows, np.float64)
