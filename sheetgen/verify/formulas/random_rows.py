"""Random values for a table: separate weights for every row, and all that the reference computes from them.

The rows are independent of each other, so a reference to the wrong row gives a wrong number even if the real training
has converged; only what does not change from row to row (inputs, targets, η) is the same everywhere.
"""

from collections.abc import Sequence

import numpy as np

from sheetgen.network import names
from sheetgen.network.numpy_reference import one_pass
from sheetgen.types import Array, Rows
from sheetgen.verify.read.interpretation import Reading

_FIRST_COUNT = 0.0


class Assignment:
    """One random assignment to rows of a table.

    Args:
        reading: the table.
        rows: the rows whose values will be needed, counted from 1.
        seed: the seed of the random numbers.

    Attributes:
        missing: other rows whose values were asked for; they read as 0.
    """

    def __init__(self, reading: Reading, rows: Sequence[int], seed: int) -> None:
        self._reading = reading
        self.missing: set[int] = set()
        self._place = {row: position for position, row in enumerate(rows)}
        self._random = np.random.default_rng(seed)
        self.eta: float = float(self._random.uniform(0.3, 1.7)) if reading.typed_rate is None else reading.typed_rate
        self._count = self._first_count()
        self._series = self._work_out(np.asarray(rows, dtype=np.int64))

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

    def _work_out(self, rows: Rows) -> dict[str, Array]:
        network, count = self._reading.network, len(rows)
        sizes = list(zip(network.layers, network.layers[1:], strict=False))
        sample = (rows - self._reading.table.first_row) % self._reading.samples
        inputs = self._random.uniform(0.2, 1.0, (self._reading.samples, network.layers[0]))[sample]
        targets = self._random.uniform(0.1, 0.9, (self._reading.samples, network.layers[-1]))[sample]
        weights = [self._random.uniform(-1.3, 1.3, (count, after, before)) for before, after in sizes]
        biases = [self._biases(count, after) for _, after in sizes]
        series = one_pass(network, inputs, targets, weights, biases).named()
        if network.biases == "layer":
            self._tie(series, network.bias_names)
        return series

    def _biases(self, count: int, neurons: int) -> Array:
        network = self._reading.network
        if network.biases == "none":
            return np.zeros((count, neurons))
        values = self._random.uniform(-0.7, 0.7, (count if network.train_biases else 1, neurons))
        return np.broadcast_to(values[:, :1] if network.biases == "layer" else values, (count, neurons))

    def _tie(self, series: dict[str, Array], owners: dict[tuple[int, int], str]) -> None:
        """Add the biases that whole layers share, with the sum of their neurons' gradients."""
        for (layer, number), shared in owners.items():
            own = names.bias(self._reading.network.layers, layer, number)
            series[shared] = series[own]
            key = names.gradient(shared)
            series[key] = series.get(key, 0.0) + series[names.gradient(own)]
