"""Numbers that carry their derivatives along, and how they are added, multiplied and chosen from.

A value has the shape (rows, columns, draws): a cell is 1×1, a range has more, and every draw is another random
assignment. Its slope has the shape (rows, columns, draws, directions): the derivatives along chosen directions, by the
rules of forward-mode differentiation (Griewank and Walther, *Evaluating Derivatives*, 2008, chapter 3). None is zero.
"""

from dataclasses import dataclass

import numpy as np

from sheetgen.types import Array, Mask


class UnknownFunctionError(Exception):
    """A function that has no rule here; the text is its name."""


@dataclass(frozen=True, eq=False)
class Dual:
    """Numbers with derivatives.

    Attributes:
        value: (rows, columns, draws), nan where there is an error or, on its own, a text.
        slope: (rows, columns, draws, directions), or None where all are zero.
        absent: (rows, columns), the cells of a range that hold no number; None if all do.
    """

    value: Array
    slope: Array | None = None
    absent: Mask | None = None

    @property
    def present(self) -> "Dual":
        """The same numbers, zero where a cell holds none."""
        if self.absent is None:
            return self
        mask = self.absent[:, :, None]
        return Dual(np.where(mask, 0.0, self.value), _masked(self.slope, mask), self.absent)


Given = Dual | str
"""What a part of a formula gives: numbers, or a text."""


def number(value: float) -> Dual:
    """Return a constant."""
    return Dual(np.full((1, 1, 1), value))


def _masked(slope: Array | None, mask: Array | Mask) -> Array | None:
    return None if slope is None else np.where(np.asarray(mask)[..., None], 0.0, slope)


def _scaled(slope: Array | None, factor: Array) -> Array | None:
    return None if slope is None else slope * factor[..., None]


def joined(one: Array | None, other: Array | None) -> Array | None:
    """Return the sum of two slopes."""
    if one is None or other is None:
        return one if other is None else other
    return one + other


def add(x: Dual, y: Dual) -> Dual:
    """Return x + y."""
    return Dual(x.value + y.value, joined(x.slope, y.slope))


def subtract(x: Dual, y: Dual) -> Dual:
    """Return x − y."""
    return add(x, negative(y))


def negative(x: Dual) -> Dual:
    """Return −x."""
    return Dual(-x.value, None if x.slope is None else -x.slope)


def multiply(x: Dual, y: Dual) -> Dual:
    """Return x·y."""
    return Dual(x.value * y.value, joined(_scaled(x.slope, y.value), _scaled(y.slope, x.value)))


def divide(x: Dual, y: Dual) -> Dual:
    """Return x/y; an error where y is 0."""
    bottom = np.where(y.value == 0, np.nan, y.value)
    value = x.value / bottom
    return Dual(value, joined(_scaled(x.slope, 1 / bottom), _scaled(y.slope, -value / bottom)))


def power(x: Dual, y: Dual) -> Dual:
    """Return x to the power of y; an error where that is infinite."""
    value = np.power(x.value, y.value)
    value = np.where(np.isinf(value), np.nan, value)
    slope = _scaled(x.slope, y.value * np.power(x.value, y.value - 1))
    if y.slope is not None:
        slope = joined(slope, _scaled(y.slope, value * np.log(x.value)))
    return Dual(value, slope)


def choose(condition: Dual, one: Dual, other: Dual) -> Dual:
    """Return one where the condition is not 0, the other elsewhere; an error where the condition is one."""
    yes = condition.value != 0
    value = np.where(np.isnan(condition.value), np.nan, np.where(yes, one.value, other.value))
    if one.slope is None and other.slope is None:
        return Dual(value)
    slopes = [np.zeros(1) if each.slope is None else each.slope for each in (one, other)]
    return Dual(value, np.where(yes[..., None], *slopes))


def total(x: Dual) -> Dual:
    """Return the sum of all cells."""
    x = x.present
    slope = None if x.slope is None else x.slope.sum(axis=(0, 1), keepdims=True)
    return Dual(x.value.sum(axis=(0, 1), keepdims=True), slope)


def count(x: Dual) -> float:
    """Return how many cells hold a number."""
    return float(x.value.shape[0] * x.value.shape[1] - (0 if x.absent is None else x.absent.sum()))
