"""How far a cached value may be off, judged by the digits it was saved with.

The text in the file says little: Gnumeric writes 0.3007746671 as `0.300774667100000000006`, the same double. What
counts is the shortest decimal that reads back as the number. If that takes 16 or 17 digits, nothing was rounded away.
If it takes fewer, the producer may have rounded (Google Sheets saves ten digits), and then the number is off by at most
half a unit of the last digit. A number with fewer digits than its producer saves, such as 0.5, lost only zeros.
`sheetgen.verify.values.error_bounds` carries these errors through the formulas.
"""

import numpy as np
from numpy.typing import NDArray

from sheetgen.types import Array

ALL_DIGITS = 17
"""Stands for a double of full precision, whose shortest decimal takes 16 or 17 digits."""

SAVING = 5e-16
"""The relative error of a number of full precision: programs differ in its last bits."""

_EXACT = 15  # decimals with up to so many digits are told apart by arithmetic alone
_MOST_WHOLE = 2.0**53
_POWERS = 10.0 ** np.arange(23)  # the powers that are exact doubles
# Shorter numbers do not show that their producer rounded: they may just be short.
_FEWEST, _FEWEST_ALONE = 6, 9
_FEWEST_CELLS, _SHARE = 3, 0.05


def significant_digits(values: Array) -> NDArray[np.int64]:
    """Count the digits of the shortest decimal that reads back as each number.

    Args:
        values: the numbers, shape (n,).

    Returns:
        (n,), from 1 to 15, or `ALL_DIGITS`; 0 for zero, infinity and nan.
    """
    size = np.abs(values)
    digits = np.where(np.isfinite(size) & (size > 0), ALL_DIGITS, 0)
    with np.errstate(all="ignore"):
        power = _EXACT - 1 - _exponents(size)
        near = (digits > 0) & (np.abs(power) < len(_POWERS))
        scale = _POWERS[np.where(near, np.abs(power), 0).astype(np.intp)]
        # With an exact power of ten there is a single rounding each way, as when reading the decimal itself.
        mantissa = np.rint(np.where(power < 0, size / scale, size * scale))
        short = near & (np.where(power < 0, mantissa * scale, mantissa / scale) == size)
    digits[short] = _without_zeros(mantissa[short].astype(np.int64))
    for place in np.flatnonzero(~near & (digits > 0)):
        digits[place] = _count(float(size[place]))
    return digits


def saved_digits(values: Array) -> int:
    """Estimate how many digits a producer saves of a number, from the results of its formulas.

    Nearly all rounded numbers have the same length, one in ten is a digit shorter, and none is longer; so the most
    common length decides, never a single cell.

    Returns:
        From 6 to 15, or `ALL_DIGITS` if nothing shows that numbers are rounded.
    """
    counts = np.bincount(significant_digits(values), minlength=ALL_DIGITS + 1)
    counts[:_FEWEST] = 0
    commonest = int(counts[: _EXACT + 1].argmax())
    enough = max(_FEWEST_CELLS, _SHARE * counts.sum())
    return commonest if counts[commonest] >= enough else ALL_DIGITS


def rounding_errors(values: Array, saved: int) -> Array:
    """Return how far each cached number may be off because of the digits it was saved with.

    Args:
        values: the numbers, shape (n,).
        saved: how many digits their producer saves, see `saved_digits`.

    Returns:
        (n,): half a unit of the last digit saved; 0 for a number of full precision.
    """
    digits = np.array([_kept(digits, saved) for digits in range(ALL_DIGITS + 1)])[significant_digits(values)]
    size = np.abs(values)
    rounded = (digits < ALL_DIGITS) & (size > 0)
    errors = np.zeros_like(size)
    errors[rounded] = 0.5 * 10.0 ** (_exponents(size[rounded]) + 1 - digits[rounded])
    return errors


def shaken(values: Array, saved: int, seed: int) -> Array:
    """Move numbers within their rounding errors, equal ones alike; whole numbers that doubles tell apart are exact.

    Args:
        values: the numbers, shape (n,).
        saved: how many digits their producer saves, see `saved_digits`.
        seed: a whole number; another one moves the numbers otherwise.
    """
    # The last step of SplitMix64 makes the perturbations of close numbers, and of different seeds, independent.
    bits = values.view(np.uint64) + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    parts = (bits ^ (bits >> np.uint64(31))) / 2.0**63 - 1
    errors = np.maximum(rounding_errors(values, saved), SAVING * np.abs(values))
    exact = (values == np.rint(values)) & (np.abs(values) < _MOST_WHOLE)
    return np.where(exact, values, values + parts * errors)


def shaken_apart(values: Array, random: np.random.Generator) -> Array:
    """Move numbers so large that doubles leave out whole ones, each on its own: equal ones may have differed."""
    moved = values * (1 + SAVING * random.uniform(-1, 1, len(values)))
    return np.where(np.abs(values) >= _MOST_WHOLE, moved, values)


def _kept(digits: int, saved: int) -> int:
    """Return how many digits were saved of a number that shows so many, counting trailing zeros."""
    if digits > saved or (saved >= _EXACT and digits >= _FEWEST_ALONE):
        return digits
    return saved


def _exponents(size: Array) -> Array:
    """Return the power of ten of the first digit."""
    return np.asarray(np.floor(np.log10(size)))


def _without_zeros(mantissas: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the digits of 15-digit whole numbers, without trailing zeros."""
    digits = np.full(len(mantissas), _EXACT)
    for zeros in (8, 4, 2, 1):
        ends = mantissas % 10**zeros == 0
        mantissas = np.where(ends, mantissas // 10**zeros, mantissas)
        digits -= zeros * ends
    return digits


def _count(size: float) -> int:
    """Count digits as `significant_digits` does; slow, but works for any number."""
    digits = len(repr(size).partition("e")[0].replace(".", "").strip("0"))
    return digits if digits <= _EXACT else ALL_DIGITS
