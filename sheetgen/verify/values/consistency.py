"""Do the cached numbers follow? Each is compared with what its own row, and the row above, imply."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sheetgen.network import names
from sheetgen.network.numpy_reference import mean_error
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Array, Mask
from sheetgen.verify.formulas.verdicts import FormulaVerdicts
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.values.cached_numbers import CachedNumbers
from sheetgen.verify.values.error_bounds import Get, Implied, Measured, measured, measured_together, rules_of
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
        fitting: by quantity, the rows whose cached value is what its neighbours imply, whatever the formula.
        implied: by quantity, what its neighbours imply for each row; nan where they do not say.
        undefined: by quantity, the rows whose formula gives an error with what its neighbours hold.
    """

    numbers: CachedNumbers
    stale: dict[str, Mask]
    fitting: dict[str, Mask]
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
    accepted, verdicts = comparison.compare(comparison.cached)
    for _ in range(_MOST_PASSES - 1):
        if accepted is comparison.cached:
            break
        before = verdicts.stale
        accepted, verdicts = comparison.compare(accepted)
        if all((verdicts.stale[name] == before[name]).all() for name in before):
            break
    return verdicts


class _Comparison:
    """Compares the numbers of a table with what they imply for each other."""

    def __init__(self, reading: Reading, numbers: CachedNumbers, trusted: dict[str, Mask]) -> None:
        self._reading = reading
        self._numbers = numbers
        self._trusted = trusted
        digits = reading.table.sheet.digits
        self.cached = measured_together(numbers.cached, digits)
        self._fed = measured_together({name: numbers.fed(name) for name in reading.given}, digits)
        self._eta = measured(numbers.eta[:1], digits)
        self._rules = rules_of(reading.network)

    def compare(self, above: dict[str, Measured]) -> tuple[dict[str, Measured], ValueVerdicts]:
        """Compare all quantities once, in the order in which they are computed.

        Args:
            above: what is taken to be right in the rows above.

        Returns:
            What is now taken to be right, the cached numbers themselves where all of them are, and the verdicts.
        """
        accepted = dict(self.cached)
        verdicts = ValueVerdicts(self._numbers, {}, {}, {}, {})
        by_cached, by_accepted = self._implied_by(self.cached, self.cached), self._implied_by(accepted, above)
        unchanged = above is self.cached
        for name in (*self._reading.given, *self._rules, "E_mean", "iteration"):
            if name not in self._reading.table.columns:
                continue
            own, trusted = self.cached[name], self._trusted[name]
            as_cached = by_cached(name)
            as_accepted = as_cached if unchanged else by_accepted(name)
            fits = _fits(own, as_cached) | _fits(own, as_accepted)
            verdicts.fitting[name] = fits
            unknown = np.isnan(as_accepted.value) | np.isnan(as_cached.value)
            verdicts.stale[name] = np.asarray(trusted & np.isfinite(own.value) & ~fits & ~unknown)
            keep = fits & np.isfinite(own.value) & (trusted | self._typed(name))
            keep |= unknown & ~self._numbers.empty(name)
            unchanged = bool(unchanged and keep.all())
            accepted[name] = own.where(keep, as_accepted)
            known = np.isfinite(as_accepted.value)
            verdicts.implied[name] = np.asarray(np.where(known, as_accepted.value, as_cached.value), dtype=np.float64)
            verdicts.undefined[name] = ~np.isfinite(as_cached.value)
        return self.cached if unchanged else accepted, verdicts

    def _typed(self, name: str) -> Mask:
        """Return the rows in which a typed number is in place."""
        column = self._reading.table.column(name)
        typed = (column.formulas < 0) & (column.kinds != Kind.EMPTY) & (name in self._reading.given)
        if name in self._reading.network.trained:
            typed[1:] = False
        return np.asarray(typed)

    def _implied_by(self, row: dict[str, Measured], above: dict[str, Measured]) -> Get:
        """Return what computes a quantity from the values of its row and of the row above."""
        in_row = Implied(row.__getitem__, self._rules, self.cached)
        in_row_above = Implied(lambda name: above[name].at(slice(-1)), self._rules, self.cached)

        def implied(name: str) -> Measured:
            with np.errstate(all="ignore"):
                if name in self._reading.given:
                    return self._given_or_updated(name, in_row_above)
                if name == "E_mean":
                    samples = self._reading.samples
                    mean = mean_error(row["E_total"].value, samples)
                    return Measured(mean, mean_error(row["E_total"].error, samples) + _FULL * samples * np.abs(mean))
                if name == "iteration":
                    counts = np.append(self._numbers.first_count, above[name].value[:-1] + 1)
                    return Measured(counts, np.zeros_like(counts))
                return in_row(name)

        return implied

    def _given_or_updated(self, name: str, above: Implied) -> Measured:
        """Return what is given, or what an update makes of the row above."""
        fed = self._fed[name]
        if name not in self._reading.network.trained:
            return fed.at(np.arange(self._reading.table.rows) % len(fed.value))
        below: Measured = above.held(name) - self._eta * above.held(names.gradient(name))
        return Measured(np.append(fed.value, below.value), np.append(fed.error, below.error))


def _fits(cached: Measured, implied: Measured) -> Mask:
    tolerance = _SAFETY * implied.error + cached.error + _SMALLEST
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(cached.value - implied.value) <= tolerance) | (cached.value == implied.value))
