"""Are the cached values right? Each is compared with what its own row, and the row above, imply."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sheetgen.network import names
from sheetgen.network.numpy_reference import train
from sheetgen.spreadsheet.workbook import Kind
from sheetgen.verify.read.interpretation import Model, learning_rate
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.values.error_bounds import Get, Measured, Neighbours, measured, updated

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_MOST_PASSES = 6
_SAFETY = 8.0
_FULL = 5e-16
_SMALLEST = 1e-300


@dataclass(frozen=True)
class Judged:
    """The outcome of comparing values.

    Attributes:
        stale: by quantity, the rows whose cached value is not what their formula gives.
        implied: by quantity, what its neighbours imply for each row; nan where they do not say.
        undefined: by quantity, the rows whose formula gives an error with what its neighbours hold.
    """

    stale: dict[str, Mask]
    implied: dict[str, Array]
    undefined: dict[str, Mask]


class Values:
    """The numbers of a table, and what they imply for each other.

    Args:
        model: the table.
        source: the workbook.
        trusted: by quantity, the rows whose formula is right, so that their value must fit their neighbours'.
    """

    def __init__(self, model: Model, source: Source, trusted: dict[str, Mask]) -> None:
        self._model = model
        self.source = source
        self._trusted = trusted
        self._relative = relative_error(model.table.sheet.digits)
        self.cached = {name: self._numbers(name) for name in model.table.columns}
        for name in self._given:  # what the table has no column for may stand in a cell outside of it
            self.cached.setdefault(name, np.full(model.table.rows, self._outside(name)))
        self._neighbours = Neighbours(model.network, set(self.cached))
        eta = learning_rate(model, source)
        self._eta = np.full(model.table.rows, np.nan if eta is None else eta)

    def judge(self) -> Judged:
        """Find the stale values: those that fit neither their neighbours' cached values nor their true ones.

        A wrong value makes its neighbours look wrong, so the neighbours are also compared with what they would be if
        the right one stood there; that takes a few passes where one wrong value follows from another.
        """
        accepted, judged, settled = self._pass(self.cached)
        for _ in range(_MOST_PASSES - 1):
            if settled:
                break
            before = judged.stale
            accepted, judged, settled = self._pass(accepted)
            settled |= all((judged.stale[name] == before[name]).all() for name in before)
        return judged

    @cached_property
    def trajectory(self) -> dict[str, Array] | None:
        """The whole course of every quantity as the reference trains the network; None where the start is not known."""
        network, table = self._model.network, self._model.table
        first = {name: self.first(name) for name in (*network.weights, *network.bias_names.values())}
        inputs = self.data("i", network.layers[0])
        targets = self.data("t", network.layers[-1])
        known = np.isfinite([*first.values(), self._eta[0]]).all()
        if not known or not np.isfinite(inputs).all() or not np.isfinite(targets).all():
            return None
        if network.biases == "layer" and network.train_biases:
            return None
        weights, biases = [], []
        for layer, (before, after) in enumerate(zip(network.layers, network.layers[1:], strict=False), start=1):
            own = [first[weight.name] for weight in names.weights(network.layers) if weight.layer == layer]
            weights.append(np.array(own).reshape(after, before))
            shared = [network.bias_names.get((layer, number)) for number in range(1, after + 1)]
            biases.append(np.array([first[name] if name else 0.0 for name in shared]))
        run = train(network, inputs, targets, weights, biases, float(self._eta[0]), train_biases=network.train_biases)
        series = run.named()
        series["E_mean"] = _rolling_mean(series["E_total"], self._model.samples)
        series["iteration"] = np.arange(table.rows, dtype=np.float64) + self._count
        return series

    def first(self, name: str) -> float:
        """Return the number that a quantity starts from, nan where there is none."""
        table = self._model.table
        missing = name in table.columns and table.column(name).kinds[0] == Kind.EMPTY
        return np.nan if missing else float(self.cached[name][0])

    @cached_property
    def _count(self) -> float:
        counts = self.cached.get("iteration")
        return float(counts[0]) if counts is not None and np.isfinite(counts[0]) else 0.0

    def _pass(self, above: dict[str, Array]) -> tuple[dict[str, Array], Judged, bool]:
        """Compare all quantities once, in the order in which they are worked out; tell whether all were accepted."""
        accepted: dict[str, Array] = dict(self.cached)
        stale, implied, undefined = dict[str, Mask](), dict[str, Array](), dict[str, Mask]()
        on_cached, on_accepted = self._implied_by(self.cached, self.cached), self._implied_by(accepted, above)
        unchanged = above is self.cached
        for name in (*self._given, *self._neighbours.order, "E_mean", "iteration"):
            if name not in self._model.table.columns:
                continue
            cached = self.cached[name]
            as_cached = on_cached(name)
            as_accepted = as_cached if unchanged else on_accepted(name)
            trusted = self._trusted[name]
            fits = self._fits(cached, as_cached) | self._fits(cached, as_accepted)
            unknown = np.isnan(as_accepted.value) | np.isnan(as_cached.value)
            stale[name] = np.asarray(trusted & np.isfinite(cached) & ~fits & ~unknown)
            keep = (fits & np.isfinite(cached) & (trusted | self._typed(name))) | (unknown & ~self._empty(name))
            unchanged = bool(unchanged and keep.all())
            accepted[name] = np.asarray(np.where(keep, cached, as_accepted.value), dtype=np.float64)
            undefined[name] = ~np.isfinite(as_cached.value)
            known = np.isfinite(as_accepted.value)
            implied[name] = np.asarray(np.where(known, as_accepted.value, as_cached.value), dtype=np.float64)
        return accepted, Judged(stale, implied, undefined), unchanged

    def _typed(self, name: str) -> Mask:
        """Return the rows in which a typed number is in place."""
        column = self._model.table.column(name)
        typed = (column.formulas < 0) & (column.kinds != Kind.EMPTY) & (name in self._given)
        if name in self._trained:
            typed[1:] = False
        return np.asarray(typed)

    def _empty(self, name: str) -> Mask:
        column = self._model.table.column(name)
        return np.asarray((column.kinds == Kind.EMPTY) & (column.formulas < 0))

    @cached_property
    def _trained(self) -> dict[str, None]:
        return dict.fromkeys(self._model.network.trained)

    @cached_property
    def _given(self) -> dict[str, None]:
        """What no formula of the row works out, in order: the data and what an update changes."""
        return dict.fromkeys((*self._model.network.data, *self._trained))

    @cached_property
    def _feeds(self) -> dict[str, list[tuple[tuple[str, int, int], int]]]:
        """The cells outside of the table that feed each quantity, and the sample each belongs to."""
        feeds: dict[str, list[tuple[tuple[str, int, int], int]]] = {}
        for place, feed in self._model.feeds.items():
            feeds.setdefault(feed.name, []).append((place, feed.sample))
        return feeds

    def _fits(self, cached: Array, implied: Measured) -> Mask:
        tolerance = _SAFETY * implied.error + self._relative * np.abs(cached) + _SMALLEST
        with np.errstate(invalid="ignore"):
            return np.asarray((np.abs(cached - implied.value) <= tolerance) | (cached == implied.value))

    def _implied_by(self, row: dict[str, Array], above: dict[str, Array]) -> Get:
        """Return what works a quantity out from the values of its row and of the row above."""

        def get(other: str) -> Measured:
            return measured(above[other][:-1], self._relative)

        in_row = self._neighbours.on(lambda other: measured(row[other], self._relative))
        in_row_above = self._neighbours.on(get)

        def implied(name: str) -> Measured:
            with np.errstate(all="ignore"):
                if name in self._given:
                    return self._given_or_updated(name, get, in_row_above)
                if name == "E_mean":
                    mean = _rolling_mean(row["E_total"], self._model.samples)
                    return measured(mean, 4 * self._relative + _FULL * self._model.samples)
                if name == "iteration":
                    return measured(np.concatenate([[self._count], above[name][:-1] + 1]), 0.0)
                return in_row(name)

        return implied

    def _given_or_updated(self, name: str, get: Get, work_out: Get) -> Measured:
        """Return what is given, or what an update makes of the row above, whose cells `get` and `work_out` know."""
        fed = self._fed(name)
        if name not in self._trained:
            return measured(fed, self._relative)
        gradient = names.gradient(name)
        slope = get(gradient) if gradient in self.cached else work_out(gradient)
        below = updated(get(name), slope, measured(self._eta[:-1], self._relative))
        start = measured(fed[:1], self._relative)
        return Measured(np.concatenate([start.value, below.value]), np.concatenate([start.error, below.error]))

    def _fed(self, name: str) -> Array:
        """Return what the cells outside of the table feed into each row, or else the commonest value of its sample."""
        rows, samples = self._model.table.rows, self._model.samples
        count = samples if self._model.network.repeats_with_samples(name) else 1
        numbers = np.full(count, np.nan)
        for place, own in self._feeds.get(name, ()):
            number = self.source.number(*place)
            numbers[own % count] = np.nan if number is None else number
        if name not in self._trained:
            for sample in np.flatnonzero(np.isnan(numbers)):
                numbers[sample] = commonest(self._held(name)[sample::count])
        else:
            numbers = np.where(np.isnan(numbers), self._held(name)[:1], numbers)
        return np.resize(numbers, rows)

    def _held(self, name: str) -> Array:
        """Return a column's numbers, nan where a cell is empty."""
        if name not in self._model.table.columns:
            return self.cached[name]
        return np.where(self._model.table.column(name).kinds == Kind.EMPTY, np.nan, self.cached[name])

    def _outside(self, name: str) -> float:
        """Return the number of the cell outside of the table that feeds a quantity."""
        places = self._feeds.get(name)
        number = self.source.number(*places[0][0]) if places else None
        return np.nan if number is None else number

    def data(self, letter: str, count: int) -> Array:
        """Return the inputs or targets of every row, shape (rows, count)."""
        columns = []
        for number in range(1, count + 1):
            name = f"{letter}{number}"
            columns.append(np.where(np.isfinite(self._held(name)), self._held(name), self._fed(name)))
        return np.stack(columns, axis=1)

    def _numbers(self, name: str) -> Array:
        """Return a column's numbers as Excel's arithmetic takes them: an empty cell is 0, and a text may spell one."""
        column = self._model.table.column(name)
        numbers = np.where((column.kinds == Kind.NUMBER) | (column.kinds == Kind.BOOLEAN), column.values, np.nan)
        numbers[self._empty(name)] = 0.0
        for place in np.flatnonzero(column.kinds == Kind.TEXT):
            key = (int(place) + self._model.table.first_row, self._model.table.columns[name])
            numbers[place] = as_number(self._model.table.sheet.texts.get(key, ""))
        return numbers


def relative_error(digits: int) -> float:
    """Return how far a cached number may be off, relative to itself, if numbers are saved with so many digits."""
    return _FULL if digits == 0 else max(_FULL, 0.5 * 10.0 ** (1 - digits))


def as_number(text: str) -> float:
    """Return the number that a text spells, or nan."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def commonest(values: Array) -> float:
    """Return the value that most cells have, nan where none has one."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan
    found, counts = np.unique(known, return_counts=True)
    return float(found[counts.argmax()])


def _rolling_mean(values: Array, count: int) -> Array:
    """Return the mean of each value and those before it, at most `count` of them."""
    total, known = np.zeros_like(values), np.zeros_like(values)
    for back in range(min(count, len(values))):
        total[back:] += values[: len(values) - back]
        known[back:] += 1
    return np.asarray(total / known)
