"""Random values for a table: separate weights for every row, and all that the reference computes from them.

The rows are independent of each other, so a reference to the wrong row gives a wrong number even if the real training
has converged; only what does not change from row to row (inputs, targets, η) is the same everywhere.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from sheetgen.network import names
from sheetgen.network.numpy_reference import Trace, one_pass
from sheetgen.types import Array, Rows
from sheetgen.verify.formulas.magnitudes import bounds
from sheetgen.verify.read.interpretation import Reading

_FIRST_COUNT = 0.0
_WEIGHTS, _BIASES = 1.3, 0.7
_KINK = 1e-6  # of its terms' magnitudes; where a sum is nearer to 0, the slope of a rectifier is a matter of taste
_LIKELY = (0.05, 0.95)
_CONFIDENT = 8.0

Span = tuple[float, float]


class Given(NamedTuple):
    """What an assignment starts from.

    Attributes:
        inputs: (samples, inputs).
        targets: (samples, outputs).
        weights: per layer (rows, neurons, neurons before).
        biases: per layer (rows, neurons); (1, neurons) where they are not trained.
        rate: η.
    """

    inputs: Array
    targets: Array
    weights: list[Array]
    biases: list[Array]
    rate: float


class Source(Protocol):
    """Whatever supplies what an assignment starts from."""

    def given(self, reading: Reading, rows: int) -> Given:
        """Return it for a number of rows."""


class Draw(NamedTuple):
    """Numbers drawn at random.

    Attributes:
        seed: the seed of the random numbers.
        sums: how large the weighted sums are, roughly; None for weights that are small.
        inputs: the range of the inputs.
        targets: the range of the targets; those of the binary cross-entropy stay between 0 and 1.
        rate: the range of η.
        with_zero: whether one of several inputs is 0.
        is_mirrored: whether all weights and biases have the other sign.
    """

    seed: int
    sums: float | None = None
    inputs: Span = (0.2, 1.0)
    targets: Span = (0.1, 0.9)
    rate: Span = (0.3, 1.7)
    with_zero: bool = False
    is_mirrored: bool = False

    def given(self, reading: Reading, rows: int) -> Given:
        """Draw the numbers."""
        network, samples, random = reading.network, reading.samples, np.random.default_rng(self.seed)
        rate = float(random.uniform(*self.rate))
        inputs = random.uniform(*self.inputs, (samples, network.layers[0]))
        if self.with_zero and network.layers[0] > 1:
            inputs[:, self.seed % network.layers[0]] = 0.0
        likely = self.sums is not None and network.loss == "binary cross-entropy"
        targets = random.uniform(*(_LIKELY if likely else self.targets), (samples, network.layers[-1]))
        sizes = zip(network.layers, network.layers[1:], strict=False)
        weights = [random.uniform(-_WEIGHTS, _WEIGHTS, (rows, after, before)) for before, after in sizes]
        biases = [_draw_biases(reading, random, rows, after) for after in network.layers[1:]]
        if self.sums is not None:
            weights = self._scaled(reading, weights, np.abs(inputs).max(), self.sums)
        if self.is_mirrored:
            weights, biases = [-each for each in weights], [-each for each in biases]
        return Given(inputs, targets, weights, biases, rate)

    def _scaled(self, reading: Reading, weights: list[Array], largest: float, sums: float) -> list[Array]:
        """Scale weights so that the weighted sums have the wanted size in every layer."""
        network, scaled = reading.network, []
        for layer, (weight, kind) in enumerate(zip(weights, network.activations, strict=True), start=1):
            if layer == len(weights) and network.loss == "binary cross-entropy":
                sums = min(sums, _CONFIDENT)
            scaled.append(weight * (sums / _WEIGHTS / max(largest, 1.0)))
            largest = sums if kind in ("relu", "linear") else 1.0
        return scaled


class Between(NamedTuple):
    """Numbers on the way from one draw to another.

    Attributes:
        one: where the way begins.
        other: where it ends.
        share: how far along it they are, from 0 to 1.
    """

    one: Source
    other: Source
    share: float

    def given(self, reading: Reading, rows: int) -> Given:
        """Work the numbers out."""
        one, other = self.one.given(reading, rows), self.other.given(reading, rows)

        def mixed(first: Array, second: Array) -> Array:
            return first + self.share * (second - first)

        return Given(
            mixed(one.inputs, other.inputs),
            mixed(one.targets, other.targets),
            list(map(mixed, one.weights, other.weights)),
            list(map(mixed, one.biases, other.biases)),
            one.rate + self.share * (other.rate - one.rate),
        )


def _draw_biases(reading: Reading, random: np.random.Generator, rows: int, neurons: int) -> Array:
    network = reading.network
    if network.biases == "none":
        return np.zeros((rows, neurons))
    values = random.uniform(-_BIASES, _BIASES, (rows if network.train_biases else 1, neurons))
    return values[:, :1] if network.biases == "layer" else values


class Assignment:
    """One assignment of numbers to rows of a table.

    Args:
        reading: the table.
        rows: the rows whose values will be needed, counted from 1.
        source: supplies what they start from.

    Attributes:
        missing: other rows whose values were asked for; they read as 0.
    """

    def __init__(self, reading: Reading, rows: Sequence[int], source: Source) -> None:
        self._reading = reading
        self.missing: set[int] = set()
        self._place = {row: position for position, row in enumerate(rows)}
        given = source.given(reading, len(rows))
        self.eta: float = given.rate if reading.typed_rate is None else reading.typed_rate
        self._count = self._first_count()
        self._trace = self._work_out(given, np.asarray(rows, dtype=np.int64))
        self._series = self._named(self._trace)

    def value(self, name: str, row: int) -> float:
        """Return what a cell of the table holds in this assignment."""
        if name == "iteration":
            return self._count + row - self._reading.table.first_row
        if name == "eta":
            return self.eta
        if name == "E_mean":
            return self._mean_error(row)
        place = self._place.get(row)
        if place is None:
            self.missing.add(row)
            return 0.0
        return float(self._series[name][place])

    def expected(self, name: str, row: int) -> float:
        """Return what a cell's formula must give: an update from the row above, everything else from its own row."""
        if name in self._reading.network.trained and row > self._reading.table.first_row:
            return self.value(name, row - 1) - self.eta * self.value(names.gradient(name), row - 1)
        return self.value(name, row)

    def magnitude(self, name: str, row: int) -> float:
        """Return how large the terms may be that a cell's formula adds up, whichever way it is written."""
        if name in self._reading.network.trained and row > self._reading.table.first_row:
            return self._bound(name, row - 1) + abs(self.eta) * self._bound(names.gradient(name), row - 1)
        if name == "E_mean":
            first = max(self._reading.table.first_row, row - self._reading.samples + 1)
            return max(self._bound("E_total", above) for above in range(first, row + 1))
        return self._bound(name, row)

    def is_smooth(self, row: int) -> bool:
        """Tell whether no rectifier's sum is so near to 0, in a row or the one above, that its slope is not clear."""
        places = [self._place[each] for each in (row - 1, row) if each in self._place]
        pairs = zip(self._reading.network.activations, self._trace.sums, self._bounds.sums, strict=True)
        rectified = ((sums[places], most[places]) for kind, sums, most in pairs if kind == "relu")
        return all((np.abs(sums) > _KINK * most).all() for sums, most in rectified)

    def _bound(self, name: str, row: int) -> float:
        place = self._place.get(row)
        held = self._named_bounds.get(name)
        return abs(self.value(name, row)) if place is None or held is None else float(held[place])

    @cached_property
    def _bounds(self) -> Trace:
        return bounds(self._reading.network, self._trace)

    @cached_property
    def _named_bounds(self) -> dict[str, Array]:
        return self._named(self._bounds)

    def fed(self, name: str, sample: int) -> float:
        """Return the value of a cell outside the table that feeds a quantity of a sample."""
        first = self._reading.table.first_row
        return self.value(name, first + (sample if self._reading.network.repeats_with_samples(name) else 0))

    def knows(self, name: str) -> bool:
        """Tell whether the reference has such a quantity."""
        return name in self._series or name in ("iteration", "eta", "E_mean")

    def _first_count(self) -> float:
        table = self._reading.table
        held = table.column("iteration").values[0] if "iteration" in table.columns else _FIRST_COUNT
        return float(held) if np.isfinite(held) else _FIRST_COUNT

    def _mean_error(self, row: int) -> float:
        first = max(self._reading.table.first_row, row - self._reading.samples + 1)
        return float(np.mean([self.value("E_total", above) for above in range(first, row + 1)]))

    def _work_out(self, given: Given, rows: Rows) -> Trace:
        network, count = self._reading.network, len(rows)
        sample = (rows - self._reading.table.first_row) % self._reading.samples
        sizes = network.layers[1:]
        biases = [np.broadcast_to(each, (count, size)) for each, size in zip(given.biases, sizes, strict=True)]
        return one_pass(network, given.inputs[sample], given.targets[sample], given.weights, biases)

    def _named(self, trace: Trace) -> dict[str, Array]:
        series = trace.named()
        if self._reading.network.biases == "layer":
            self._tie(series, self._reading.network.bias_names)
        return series

    def _tie(self, series: dict[str, Array], owners: dict[tuple[int, int], str]) -> None:
        """Add the biases that whole layers share, with the sum of their neurons' gradients."""
        for (layer, number), shared in owners.items():
            own = names.bias(self._reading.network.layers, layer, number)
            series[shared] = series[own]
            key = names.gradient(shared)
            series[key] = series.get(key, 0.0) + series[names.gradient(own)]
