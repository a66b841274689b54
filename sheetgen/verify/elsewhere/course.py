"""Training runs for the lesson sheets to show: the file's own, and one from random numbers, by the reference.

In a random run no two quantities are alike, as the two targets of the class are, so that none passes for another.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sheetgen.network import names
from sheetgen.network.numpy_reference import train
from sheetgen.verify.elsewhere.shown import NEW
from sheetgen.verify.elsewhere.table_outline import Outline
from sheetgen.verify.read.network_shape import Network

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Beginning:
    """What a run starts from.

    Attributes:
        data: inputs, targets, first weights and biases by name and sample; weights and biases belong to sample 0.
        rate: the learning rate.
    """

    data: dict[tuple[str, int], float]
    rate: float


class Course:
    """The first iterations of a run.

    Args:
        outline: the table.
        beginning: what the run starts from.
        rows: how many iterations will be asked for.
    """

    def __init__(self, outline: Outline, beginning: Beginning, rows: int) -> None:
        self.rows = rows
        self.beginning = beginning
        self._outline = outline

    def value(self, quantity: str, iteration: int) -> float | None:
        """Return a quantity of an iteration (counted from 0); `new w1` is w1 of the next one."""
        name = quantity.removeprefix(NEW)
        series = self._series.get(name)
        return None if series is None else float(series[iteration + (name != quantity)])

    def fed(self, name: str, sample: int) -> float | None:
        """Return what a cell outside of the table holds that feeds it."""
        return self.beginning.data.get((name, sample))

    @cached_property
    def _series(self) -> dict[str, Array]:
        outline, network, data = self._outline, self._outline.network, self.beginning.data
        steps = range(self.rows + 1)
        inputs, targets = (
            np.array([[data[f"{letter}{number}", step % outline.samples] for number in numbers] for step in steps])
            for letter, numbers in _sides(network)
        )
        weights, biases = _parameters(network, data)
        rate = self.beginning.rate
        run = train(network, inputs, targets, weights, biases, rate, train_biases=network.train_biases)
        series: dict[str, Array] = run.named()
        total, round_ = run.total_error, outline.samples
        series["E_mean"] = np.array([float(total[max(0, step + 1 - round_) : step + 1].mean()) for step in steps])
        series |= {own: series[name] for own, name in _shared_biases(network)}
        series["iteration"] = np.asarray(outline.first_count + np.arange(self.rows + 1), dtype=np.float64)
        series["eta"] = np.full(self.rows + 1, rate)
        return series


def random_course(outline: Outline, rows: int, number: int) -> Course:
    """Return a run from random numbers: the same for all tables of a network but for the learning rate.

    Args:
        outline: the table.
        rows: how many iterations will be asked for.
        number: of the table, so that each gets a learning rate of its own.
    """
    network = outline.network
    random = np.random.default_rng(5)
    data: dict[tuple[str, int], float] = {}
    for sample in range(outline.samples):
        for (letter, numbers), bounds in zip(_sides(network), ((0.2, 1.0), (0.1, 0.9)), strict=True):
            data |= {(f"{letter}{each}", sample): float(random.uniform(*bounds)) for each in numbers}
    data |= {(name, 0): float(random.uniform(-1.3, 1.3)) for name in network.weights}
    data |= {(name, 0): float(random.uniform(-0.7, 0.7)) for name in dict.fromkeys(network.bias_names.values())}
    fixed = outline.eta is None and outline.rate is not None
    rate = outline.rate if fixed and outline.rate is not None else 0.4 + 0.17 * number
    return Course(outline, Beginning(data, rate), rows)


def can_be_trained(network: Network) -> bool:
    """Tell whether the reference knows such a network: it does not train a bias that a layer shares."""
    return not (network.biases == "layer" and network.train_biases)


def _sides(network: Network) -> tuple[tuple[str, range], tuple[str, range]]:
    return (("i", range(1, network.layers[0] + 1)), ("t", range(1, network.layers[-1] + 1)))


def _parameters(network: Network, data: dict[tuple[str, int], float]) -> tuple[list[Array], list[Array]]:
    weights, biases = [], []
    for layer, (before, after) in enumerate(zip(network.layers, network.layers[1:], strict=False), start=1):
        own = [data[weight.name, 0] for weight in names.weights(network.layers) if weight.layer == layer]
        weights.append(np.array(own).reshape(after, before))
        shared = [network.bias_names.get((layer, number)) for number in range(1, after + 1)]
        biases.append(np.array([data[name, 0] if name else 0.0 for name in shared]))
    return weights, biases


def _shared_biases(network: Network) -> list[tuple[str, str]]:
    """List the names of biases in the network, and how the reference calls each, or the first of those who share it."""
    return [
        (own, names.bias(network.layers, layer, number))
        for (layer, number), own in reversed(network.bias_names.items())
    ]
