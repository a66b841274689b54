"""How many digits a number was saved with, and how far it may be off for that."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgen.spreadsheet.tolerance import ALL_DIGITS, rounding_errors, saved_digits, significant_digits


def by_text(number: float) -> int:
    """Count the digits of Python's repr, which is the shortest text that reads back as the same double."""
    if not np.isfinite(number) or number == 0:
        return 0
    count = len(Decimal(repr(number)).normalize().as_tuple().digits)
    return count if count <= 15 else ALL_DIGITS


@given(st.floats())
def test_digits_are_those_of_the_shortest_text(number: float):
    assert significant_digits(np.array([number])).tolist() == [by_text(number)]


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_digits_of_a_rounded_number_are_those_of_its_shortest_text(number: float, digits: int):
    rounded = float(f"{number:.{digits}g}")
    assert significant_digits(np.array([rounded])).tolist() == [by_text(rounded)]


def test_digits_are_right_beside_every_power_of_ten():
    powers = np.array([float(f"1e{power}") for power in range(-320, 309)])
    for numbers in (powers, np.nextafter(powers, 0), np.nextafter(powers, np.inf)):
        assert significant_digits(numbers).tolist() == [by_text(number) for number in numbers.tolist()]


def course(digits: int, count: int = 400) -> np.ndarray:
    numbers = np.random.default_rng(1).uniform(0.01, 2.0, count)
    return np.array([float(f"{number:.{digits}g}") for number in numbers])


@pytest.mark.parametrize("digits", [6, 8, 10, 12, 14, 15])
@pytest.mark.parametrize("odd", [[], [0.1], [1e-30], [1 / 3], [1 / 3, 2 / 3, 0.5], [0.0] * 400, [0.5] * 400])
def test_no_odd_number_hides_with_how_many_digits_the_others_were_saved(digits: int, odd: list[float]):
    assert saved_digits(np.array([*course(digits), *odd])) == digits


@pytest.mark.parametrize("odd", [[], [0.1], [1e-30], [0.1234567891] * 2, [0.5] * 400, [1e-30] * 400])
def test_full_precision_shows_in_spite_of_odd_numbers(odd: list[float]):
    assert saved_digits(np.array([*course(17), *odd])) >= 15


def test_nothing_is_told_from_nothing():
    assert saved_digits(np.empty(0)) == ALL_DIGITS
    assert saved_digits(np.array([0.1234567891])) == ALL_DIGITS


@pytest.mark.parametrize(
    ("number", "saved", "error"),
    [
        (0.3007746671, 10, 5e-11),
        (-0.3007746671, ALL_DIGITS, 5e-11),
        (0.5, 10, 5e-11),
        (1234.5, 10, 5e-7),
        (1 / 3, 10, 0.0),
        (0.5, ALL_DIGITS, 0.0),
        (0.5, 15, 5e-16),
        (1e-30, 10, 5e-40),
        (0.0, 10, 0.0),
    ],
)
def test_a_number_may_be_off_by_half_a_unit_of_its_last_digit(number: float, saved: int, error: float):
    assert rounding_errors(np.array([number]), saved)[0] == pytest.approx(error, rel=1e-9)
