"""Cached values against recalculated ones."""

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.volatile import WRONG_NUMBER, Places
from sheetgen.spreadsheet.workbook import Cell, Column, Kind, Sheet

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

# What a formula can give in every engine. Any other error, above all #NAME?, says that the engine lacks something.
_COMMON_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
_FEWEST_DIGITS, _ALL_DIGITS = 9, 15


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may be apart and still count as equal.

    Attributes:
        relative: as a part of the larger one.
        absolute: in any case; near zero, engines differ in what is left over of a difference.
    """

    relative: float = 1e-9
    absolute: float = 1e-13

    def for_digits(self, digits: int) -> "Tolerance":
        """Return the tolerance for numbers that are saved with so many digits.

        Some services save about ten. Fewer than nine say nothing about the service: the numbers may just be short.
        """
        if not _FEWEST_DIGITS <= digits < _ALL_DIGITS:
            return self
        return replace(self, relative=max(self.relative, 10.0 ** (1 - digits)))

    def agree(self, left: Floats, right: Floats) -> Mask:
        """Compare two arrays of numbers."""
        with np.errstate(invalid="ignore", over="ignore"):
            allowed = np.maximum(self.absolute, self.relative * np.maximum(np.abs(left), np.abs(right)))
            return np.asarray((left == right) | (np.abs(left - right) <= np.where(np.isfinite(allowed), allowed, 0)))

    def agrees(self, left: float, right: float) -> bool:
        """Compare two numbers."""
        return math.isclose(left, right, rel_tol=self.relative, abs_tol=self.absolute)


class Outcome(Enum):
    """What comparing a cell gave."""

    SAME = "same"
    DIFFERENT = "different"
    UNABLE = "unable"


def compare_column(
    sheet: Sheet, number: int, computed: Places, found: Sheet, tolerance: Tolerance
) -> tuple[int, list[tuple[int, Outcome]]]:
    """Compare a column's cached values with the recalculated ones; formulas without a cached value are left out.

    Args:
        sheet: the sheet with the cached values.
        number: the column's.
        computed: the cells that were recalculated.
        found: the recalculated sheet.
        tolerance: how far numbers may be apart.

    Returns:
        How many cells were compared, and the rows in which they are not the same.
    """
    column = sheet.columns[number]
    rows, kinds = np.frombuffer(column.rows, np.int32), np.frombuffer(column.kinds, np.int8)
    compared = np.flatnonzero(np.isin(rows, np.frombuffer(computed[number], np.int32)) & (kinds != Kind.EMPTY))
    other = found.columns.get(number, Column())
    places = np.searchsorted(np.frombuffer(other.rows, np.int32), rows[compared])
    same = np.zeros(len(compared), dtype=np.bool_)
    there = _present(other, places, rows[compared])
    mine, theirs = compared[there], places[there]
    numbers = (kinds[mine] == Kind.NUMBER) & (np.frombuffer(other.kinds, np.int8)[theirs] == Kind.NUMBER)
    values, others = np.frombuffer(column.values), np.frombuffer(other.values)
    same[there] = numbers & tolerance.agree(values[mine], others[theirs])
    apart = [int(row) for row in rows[compared[~same]]]
    outcomes = [(row, compare_cells(sheet.cell(row, number), found.cell(row, number), tolerance)) for row in apart]
    return len(compared), [(row, outcome) for row, outcome in outcomes if outcome is not Outcome.SAME]


def compare_cells(cached: Cell | None, found: Cell | None, tolerance: Tolerance) -> Outcome:
    """Compare a cell with what an engine gives for it.

    An error is the same as any other error: programs name them differently.
    """
    if cached is None or cached.value is None:
        return Outcome.SAME
    if found is None or found.value is None:  # a reference to an empty cell: Excel saves 0 for it
        return Outcome.SAME if cached.value in (0, "") else Outcome.DIFFERENT
    if Kind.ERROR in (cached.kind, found.kind):
        if cached.kind == found.kind:
            return Outcome.SAME
        lacking = found.kind is Kind.ERROR and found.value not in _COMMON_ERRORS
        return Outcome.UNABLE if lacking else Outcome.DIFFERENT
    if found.value == WRONG_NUMBER:  # left alone, as Gnumeric does with circular references
        return Outcome.UNABLE
    return Outcome.SAME if _same_values(cached, found, tolerance) else Outcome.DIFFERENT


def _same_values(cached: Cell, found: Cell, tolerance: Tolerance) -> bool:
    if cached.kind is Kind.NUMBER and found.kind is Kind.NUMBER:
        return tolerance.agrees(float(cached.value or 0), float(found.value or 0))
    return cached.kind == found.kind and cached.value == found.value


def _present(column: Column, places: NDArray[np.intp], rows: NDArray[np.int32]) -> Mask:
    """Tell at which places a column really has the rows that were looked up."""
    held = np.frombuffer(column.rows, np.int32)
    there = places < len(held)
    there[there] = held[places[there]] == rows[there]
    return np.asarray(there)
