"""What each operator and function of a spreadsheet makes of numbers that carry their derivatives."""

from collections.abc import Callable, Sequence

import numpy as np

from sheetgen.types import Array
from sheetgen.verify.own_loss.duals import (
    Dual,
    UnknownFunctionError,
    add,
    choose,
    count,
    divide,
    joined,
    multiply,
    number,
    power,
    subtract,
    total,
)


def _chain(function: Callable[[Array], Array], derivative: Callable[[Array, Array], Array]) -> Callable[[Dual], Dual]:
    def applied(x: Dual) -> Dual:
        value = function(x.value)
        value = np.where(np.isinf(value), np.nan, value)  # a spreadsheet shows #NUM!
        return Dual(value, None if x.slope is None else x.slope * derivative(x.value, value)[..., None])

    return applied


def _steps(function: Callable[[Array], Array]) -> Callable[[Dual], Dual]:
    return lambda x: Dual(function(x.value))


def _rounding(function: Callable[[Array], Array]) -> Callable[..., Dual]:
    """Return a rounding function: the identity for decimals, a step for whole numbers, tens and so on."""

    def rounded(x: Dual, digits: Dual | None = None) -> Dual:
        scale = 10.0 ** (np.zeros(1) if digits is None else digits.value)
        if (scale > 1).all():
            return Dual(x.value, x.slope)
        return Dual(np.sign(x.value) * function(np.abs(x.value) * scale) / scale)

    return rounded


def _is_error(x: Dual) -> Dual:
    wrong = np.isnan(x.value)
    return Dual((wrong if x.absent is None else wrong & ~x.absent[:, :, None]).astype(np.float64))


def _is_number(x: Dual) -> Dual:
    known = ~np.isnan(x.value)
    return Dual((known if x.absent is None else known & ~x.absent[:, :, None]).astype(np.float64))


def _compared(compare: Callable[[Array, Array], Array]) -> Callable[[Dual, Dual], Dual]:
    def applied(x: Dual, y: Dual) -> Dual:
        return Dual(np.where(np.isnan(x.value) | np.isnan(y.value), np.nan, compare(x.value, y.value)))

    return applied


UNARY: dict[str, Callable[[Dual], Dual]] = {
    "EXP": _chain(np.exp, lambda _, y: y),
    "LN": _chain(np.log, lambda x, _: 1 / x),
    "LOG10": _chain(np.log10, lambda x, _: 1 / (x * np.log(10))),
    "SQRT": _chain(np.sqrt, lambda _, y: 0.5 / y),
    "ABS": _chain(np.abs, lambda x, _: np.sign(x)),
    "TANH": _chain(np.tanh, lambda _, y: 1 - y**2),
    "SINH": _chain(np.sinh, lambda x, _: np.cosh(x)),
    "COSH": _chain(np.cosh, lambda x, _: np.sinh(x)),
    "SIN": _chain(np.sin, lambda x, _: np.cos(x)),
    "COS": _chain(np.cos, lambda x, _: -np.sin(x)),
    "ATAN": _chain(np.arctan, lambda x, _: 1 / (1 + x**2)),
    "SIGN": _steps(np.sign),
    "INT": _steps(np.floor),
    "NOT": lambda x: _compared(np.equal)(x, number(0.0)),
    "N": lambda x: x,
    "VALUE": lambda x: x,
    "ISNUMBER": _is_number,
    "ISERROR": _is_error,
    "TRANSPOSE": lambda x: Dual(x.value.swapaxes(0, 1), None if x.slope is None else x.slope.swapaxes(0, 1)),
}
INFIX: dict[str, Callable[[Dual, Dual], Dual]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "^": power,
    "=": _compared(np.equal),
    "<>": _compared(np.not_equal),
    "<": _compared(np.less),
    ">": _compared(np.greater),
    "<=": _compared(np.less_equal),
    ">=": _compared(np.greater_equal),
}


def _sum(*numbers: Dual) -> Dual:
    return _folded(add, [total(each) for each in numbers])


def _average(*numbers: Dual) -> Dual:
    return divide(_sum(*numbers), number(sum(map(count, numbers))))


def _folded(function: Callable[[Dual, Dual], Dual], numbers: Sequence[Dual]) -> Dual:
    found = numbers[0]
    for each in numbers[1:]:
        found = function(found, each)
    return found


def _cells(numbers: Sequence[Dual]) -> list[Dual]:
    """Return the present cells of all ranges, each on its own."""
    found = []
    for each in numbers:
        rows, columns = each.value.shape[:2]
        for row, column in np.ndindex(rows, columns):
            if each.absent is None or not each.absent[row, column]:
                slope = None if each.slope is None else each.slope[row : row + 1, column : column + 1]
                found.append(Dual(each.value[row : row + 1, column : column + 1], slope))
    return found or [number(0.0)]


def _greatest(*numbers: Dual) -> Dual:
    return _folded(lambda x, y: choose(INFIX[">="](x, y), x, y), _cells(numbers))


def _least(*numbers: Dual) -> Dual:
    return _folded(lambda x, y: choose(INFIX["<="](x, y), x, y), _cells(numbers))


def _product_sum(*numbers: Dual) -> Dual:
    return total(_folded(multiply, [each.present for each in numbers]))


def _matrix_product(x: Dual, y: Dual) -> Dual:
    x, y = x.present, y.present
    x, y = _spread([x, y])
    value = np.einsum("iks,kjs->ijs", x.value, y.value)
    slope = None if x.slope is None else np.einsum("iksp,kjs->ijsp", x.slope, y.value)
    other = None if y.slope is None else np.einsum("iks,kjsp->ijsp", x.value, y.slope)
    return Dual(value, joined(slope, other))


def _logarithm(x: Dual, base: Dual | None = None) -> Dual:
    return divide(UNARY["LN"](x), UNARY["LN"](base or number(10.0)))


def _and(*numbers: Dual) -> Dual:
    return _least(*(INFIX["<>"](each, number(0.0)) for each in _cells(numbers)))


def _or(*numbers: Dual) -> Dual:
    return _greatest(*(INFIX["<>"](each, number(0.0)) for each in _cells(numbers)))


def _spread(numbers: Sequence[Dual]) -> list[Dual]:
    draws = max(each.value.shape[2] for each in numbers)
    return [Dual(np.broadcast_to(each.value, (*each.value.shape[:2], draws)), each.slope) for each in numbers]


def _remainder(x: Dual, y: Dual) -> Dual:
    return subtract(x, multiply(y, UNARY["INT"](divide(x, y))))


def _if_error(x: Dual, other: Dual) -> Dual:
    return choose(_is_error(x), other, x)


def _count_filled(*numbers: Dual) -> Dual:
    if any(each.absent is not None for each in numbers):  # a text counts, an empty cell does not
        raise UnknownFunctionError("COUNTA of cells without a number")
    return number(sum(map(count, numbers)))


def _square(x: Dual) -> Dual:
    return multiply(x, x)


FUNCTIONS: dict[str, Callable[..., Dual]] = {
    **UNARY,
    "SUM": _sum,
    "AVERAGE": _average,
    "PRODUCT": lambda *numbers: _folded(multiply, _cells(numbers)),
    "SUMPRODUCT": _product_sum,
    "SUMSQ": lambda *numbers: _sum(*(_square(each.present) for each in numbers)),
    "SUMXMY2": lambda x, y: total(_square(subtract(x, y))),
    "MMULT": _matrix_product,
    "MUNIT": lambda n: Dual(np.eye(int(n.value.flat[0]))[:, :, None]),
    "MAX": _greatest,
    "MIN": _least,
    "POWER": power,
    "POW": power,
    "LOG": _logarithm,
    "ROUND": _rounding(lambda x: np.floor(x + 0.5)),
    "ROUNDUP": _rounding(np.ceil),
    "ROUNDDOWN": _rounding(np.floor),
    "TRUNC": _rounding(np.floor),
    "AND": _and,
    "OR": _or,
    "MOD": _remainder,
    "IFERROR": _if_error,
    "IFNA": _if_error,
    "PI": lambda: number(np.pi),
    "COUNT": lambda *numbers: number(sum(map(count, numbers))),
    "COUNTA": _count_filled,
    "ROWS": lambda x: number(float(x.value.shape[0])),
    "COLUMNS": lambda x: number(float(x.value.shape[1])),
}
"""What each function gives, by its name."""
