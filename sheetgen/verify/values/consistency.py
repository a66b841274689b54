"""Do the cached numbers follow? Each is compared with what its own row, and the row above, imply."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sheetgen.network import names
from sheetgen.network.numpy_reference import mean_error
from sheetgen.spreadsheet.workbook import Kind
from sheetgen.types import Array, Mask
from sheetgen.verify.formulas.verdicts import FormulaVerdicts
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.values.cached_numbers import CachedNumbers
from sheetgen.verify.values.error_bounds import Get, Measured, Neighbours, measured, updated
from sheetgen.verify.values.trajectory import train_from_first_row

_MOST_PASSES = 6
_SAFETY = 8.0
_FULL = 5e-16
_SMALLEST = 1e-300


@dataclass(frozen=True)
class ValueVerdicts:
    """What the cached numbers of a table turn out to be: the third phase of judging it.

    Attributes:
        numbers: what the cells hold.
        stale: by quantity, the rows whose cached value is not what their formula gives.
        implied: by quantity, what its neighbours imply for each row; nan where they do not say.
        undefined: by quantity, the rows whose formula gives an error with what its neighbours hold.
    """

    numbers: CachedNumbers
    stale: dict[str, Mask]
    implied: dict[str, Array]
    undefined: dict[str, Mask]

    @cached_property
    def trajectory(self) -> dict[str, Array]:
        """The true course of every quantity, shape (rows,) each; empty where the start is not known."""
        return train_from_first_row(self.numbers) or {}

    def expected(self, name: str) -> Array:
        """Return what belongs in each row, by its neighbours or else by the true course; nan where neither says."""
        nowhere = np.full(self.numbers.reading.table.rows, np.nan)
        implied = self.implied.get(name, nowhere)
        if np.isfinite(implied).all():
            return implied
        return np.where(np.isfinite(implied), implied, self.trajectory.get(name, nowhere))


def judge_values(formulas: FormulaVerdicts) -> ValueVerdicts:
    """Find the stale values: those that fit neither their neighbours' cached values nor their true ones.

    A wrong value makes its neighbours look wrong, so the neighbours are also compared with what they would be if
    the right one stood there; that takes a few passes where one wrong value follows from another.

    Args:
        formulas: the verdicts on the formulas; where one is right, its value must fit its neighbours'.
    """
    numbers = CachedNumbers(formulas.reading)
    comparison = _Comparison(formulas.reading, numbers, formulas.right)
    outcome = comparison.compare(comparison.cached)
    for _ in range(_MOST_PASSES - 1):
        if outcome.settled:
            break
        before, outcome = outcome, comparison.compare(outcome.accepted)
        if all((outcome.stale[name] == before.stale[name]).all() for name in before.stale):
            break
    return ValueVerdicts(numbers, outcome.stale, outcome.implied, outcome.undefined)


@dataclass
class _Outcome:
    """What one pass over all quantities shows.

    Attributes:
        accepted: what is now taken to be right.
        settled: whether that is what the cells hold, so that another pass would show the same.
        stale, implied, undefined: as in `ValueVerdicts`.
    """

    accepted: dict[str, Measured]
    settled: bool
    stale: dict[str, Mask] = field(default_factory=dict)
    implied: dict[str, Array] = field(default_factory=dict)
    undefined: dict[str, Mask] = field(default_factory=dict)


class _Comparison:
    """Compares the numbers of a table with what they imply for each other."""

    def __init__(self, reading: Reading, numbers: CachedNumbers, trusted: dict[str, Mask]) -> None:
        self._reading = reading
        self._numbers = numbers
        self._trusted = trusted
        self._digits = reading.table.sheet.digits
        self.cached = {name: measured(values, self._digits) for name, values in numbers.cached.items()}
        self._eta = measured(numbers.eta[:1], self._digits)
        self._neighbours = Neighbours(reading.network, set(numbers.cached))
        self._trained = frozenset(reading.network.trained)

    def compare(self, above: dict[str, Measured]) -> _Outcome:
        """Compare all quantities once, in the order in which they are computed.

        Args:
            above: what is taken to be right in the rows above.
        """
        outcome = _Outcome(dict(self.cached), settled=above is self.cached)
        on_cached, on_accepted = self._implied_by(self.cached, self.cached), self._implied_by(outcome.accepted, above)
        for name in (*self._reading.given, *self._neighbours.order, "E_mean", "iteration"):
            if name not in self._reading.table.columns:
                continue
            own, trusted = self.cached[name], self._trusted[name]
            as_cached = on_cached(name)
            as_accepted = as_cached if outcome.settled else on_accepted(name)
            fits = _fits(own, as_cached) | _fits(own, as_accepted)
            unknown = np.isnan(as_accepted.value) | np.isnan(as_cached.value)
            keep = fits & np.isfinite(own.value) & (trusted | self._typed(name))
            keep |= unknown & ~self._numbers.empty(name)
            known = np.isfinite(as_accepted.value)
            outcome.settled = bool(outcome.settled and keep.all())
            outcome.accepted[name] = own.where(keep, as_accepted)
            outcome.stale[name] = np.asarray(trusted & np.isfinite(own.value) & ~fits & ~unknown)
            outcome.implied[name] = np.asarray(np.where(known, as_accepted.value, as_cached.value), dtype=np.float64)
            outcome.undefined[name] = ~np.isfinite(as_cached.value)
        return outcome

    def _typed(self, name: str) -> Mask:
        """Return the rows in which a typed number is in place."""
        column = self._reading.table.column(name)
        typed = (column.formulas < 0) & (column.kinds != Kind.EMPTY) & (name in self._reading.given)
        if name in self._trained:
            typed[1:] = False
        return np.asarray(typed)

    def _implied_by(self, row: dict[str, Measured], above: dict[str, Measured]) -> Get:
        """Return what computes a quantity from the values of its row and of the row above."""

        def get_above(other: str) -> Measured:
            return above[other].at(slice(-1))

        in_row, in_row_above = self._neighbours.on(row.__getitem__), self._neighbours.on(get_above)

        def implied(name: str) -> Measured:
            with np.errstate(all="ignore"):
                if name in self._trained:
                    gradient = names.gradient(name)
                    slope = get_above(gradient) if gradient in self.cached else in_row_above(gradient)
                    return self._updated(name, get_above(name), slope)
                if name in self._reading.given:
                    return self._fed(name).at(np.arange(self._reading.table.rows) % len(self._numbers.fed(name)))
                if name == "E_mean":
                    return self._mean(row["E_total"])
                if name == "iteration":
                    counts = np.append(self._numbers.first_count, above[name].value[:-1] + 1)
                    return Measured(counts, np.zeros_like(counts))
                return in_row(name)

        return implied

    def _fed(self, name: str) -> Measured:
        return measured(self._numbers.fed(name), self._digits)

    def _updated(self, name: str, before: Measured, slope: Measured) -> Measured:
        """Return what a quantity starts from, and what an update makes of the rows above."""
        first, below = self._fed(name), updated(before, slope, self._eta)
        return Measured(np.append(first.value, below.value), np.append(first.error, below.error))

    def _mean(self, total: Measured) -> Measured:
        samples = self._reading.samples
        mean = mean_error(total.value, samples)
        return Measured(mean, mean_error(total.error, samples) + _FULL * samples * np.abs(mean))


def _fits(cached: Measured, implied: Measured) -> Mask:
    tolerance = _SAFETY * implied.error + cached.error + _SMALLEST
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(cached.value - implied.value) <= tolerance) | (cached.value == implied.value))
