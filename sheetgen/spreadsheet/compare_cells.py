"""Comparing cached values with recalculated ones."""

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from sheetgen.spreadsheet.opened_workbook import Cell, Column, Kind, Sheet
from sheetgen.spreadsheet.tolerance import ALL_DIGITS, rounding_errors
from sheetgen.spreadsheet.volatile import WRONG_NUMBER
from sheetgen.types import Array, Mask, Rows

# Errors that a formula can give in every engine. Any other, above all #NAME?, means that the engine lacks something.
_COMMON_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
_FEWEST_DIGITS = 9
_SAFETY = 4.0  # a formula's precedents were rounded too


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may be apart and still count as equal.

    Attributes:
        relative: as a fraction of the larger one.
        absolute: always allowed; near zero, engines differ in the remainder of a subtraction.
    """

    relative: float = 1e-9
    absolute: float = 1e-13

    def agree(self, cached: Array, found: Array, digits: int = ALL_DIGITS) -> Mask:
        """Compare cached numbers with computed ones, shapes (n,).

        Args:
            cached: what is saved.
            found: what an engine gives.
            digits: how many digits the producer of the cached numbers saves, see `rounding_errors`.
        """
        # Shorter numbers outside a table may be exact: amounts of money, for example.
        rounding = rounding_errors(cached, max(digits, _FEWEST_DIGITS))
        with np.errstate(invalid="ignore", over="ignore"):
            allowed = np.maximum(self.absolute, self.relative * np.maximum(np.abs(cached), np.abs(found)))
            allowed = np.where(np.isfinite(allowed), np.maximum(allowed, _SAFETY * rounding), 0)
            return np.asarray((cached == found) | (np.abs(cached - found) <= allowed))

    def agrees(self, cached: float, found: float, digits: int = ALL_DIGITS) -> bool:
        """Compare two numbers, as `agree` does."""
        close = math.isclose(cached, found, rel_tol=self.relative, abs_tol=self.absolute)
        return close or bool(self.agree(np.array([cached]), np.array([found]), digits)[0])


class Outcome(Enum):
    """The outcome of comparing a cell."""

    SAME = "same"
    DIFFERENT = "different"
    UNABLE = "unable"


def compare_column(
    sheet: Sheet, number: int, computed: Rows, found: Sheet, tolerance: Tolerance
) -> tuple[int, list[tuple[int, Outcome]]]:
    """Compare a column's cached values with the recalculated ones; formulas without a cached value are left out.

    Args:
        sheet: the sheet with the cached values.
        number: the number of the column.
        computed: the rows that were recalculated.
        found: the recalculated sheet.
        tolerance: how far numbers may be apart.

    Returns:
        How many cells were compared, and the rows in which they differ.
    """
    column, other = sheet.columns[number], found.columns.get(number, Column())
    rows, kinds = np.asarray(column.rows), np.asarray(column.kinds)
    compared = np.flatnonzero(np.isin(rows, computed) & (kinds != Kind.EMPTY))
    _, places, theirs = np.intersect1d(rows[compared], other.rows, assume_unique=True, return_indices=True)
    mine = compared[places]
    numbers = (kinds[mine] == Kind.NUMBER) & (np.asarray(other.kinds)[theirs] == Kind.NUMBER)
    close = tolerance.agree(np.asarray(column.values)[mine], np.asarray(other.values)[theirs], sheet.digits)
    apart = np.setdiff1d(rows[compared], rows[mine[numbers & close]], assume_unique=True).tolist()
    outcomes = (
        (row, compare_cells(sheet.cell(row, number), found.cell(row, number), tolerance, sheet.digits)) for row in apart
    )
    return len(compared), [(row, outcome) for row, outcome in outcomes if outcome is not Outcome.SAME]


def compare_cells(cached: Cell | None, found: Cell | None, tolerance: Tolerance, digits: int = ALL_DIGITS) -> Outcome:
    """Compare a cell with what an engine gives for it; `digits` is how many its producer saves of a number.

    Any two errors count as equal, because programs name them differently.
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
    if cached.kind is found.kind is Kind.NUMBER:
        same = tolerance.agrees(float(cached.value or 0), float(found.value or 0), digits)
    else:
        same = cached.kind is found.kind and cached.value == found.value
    return Outcome.SAME if same else Outcome.DIFFERENT
