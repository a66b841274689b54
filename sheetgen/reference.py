"""The same mathematics told a second time: NumPy, in matrix form, from the network alone.

Nothing here is taken from `sheetgen.notation`, so that the one can check the other. The formulas are those of
Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*, Nature 323 (1986):

    z = W·a + b,  a' = f(z);   δ_last = ∂E/∂a ⊙ f'(z),  δ = (Wᵀ·δ_next) ⊙ f'(z);   ∂E/∂W = δ·aᵀ,  ∂E/∂b = δ
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sheetgen import names
from sheetgen.experiment import Activation, Experiment

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """One training run with every intermediate quantity; the first axis of each array is the iteration, from 0.

    Lists go layer by layer, starting with the first layer after the inputs.

    Attributes:
        layers: neurons per layer.
        samples: how many samples are taken in turn.
        inputs: (rows, inputs).
        targets: (rows, outputs).
        weights: per layer (rows, neurons, neurons before), as they stand before the row's update.
        biases: per layer (rows, neurons); zeros where the network has none.
        sums: per layer (rows, neurons), the weighted sums.
        activations: per layer (rows, neurons).
        errors: (rows, outputs).
        weight_gradients: shaped as `weights`.
        bias_gradients: shaped as `biases`.
    """

    layers: tuple[int, ...]
    samples: int
    inputs: Array
    targets: Array
    weights: list[Array]
    biases: list[Array]
    sums: list[Array]
    activations: list[Array]
    errors: Array
    weight_gradients: list[Array]
    bias_gradients: list[Array]

    @property
    def total_error(self) -> Array:
        """E_total per row, shape (rows,)."""
        return np.asarray(self.errors.sum(axis=-1))

    @property
    def mean_error(self) -> Array:
        """E_mean per row, shape (rows,): the mean of E_total over the last round of samples, or what there is of it."""
        total = self.total_error
        return np.array([total[max(0, row + 1 - self.samples) : row + 1].mean() for row in range(len(total))])

    def __getitem__(self, name: str) -> Array:
        """Return the course of one quantity by its name in the workbook (`w1`, `a_h1`, `∂E/∂w5`), shape (rows,).

        Raises:
            KeyError: the network has no quantity of that name.
        """
        return self.named()[name]

    def named(self) -> dict[str, Array]:
        """Return the course of every quantity under its name in the workbook, each of shape (rows,)."""
        series = {"iteration": np.arange(len(self.errors), dtype=np.float64)}
        series |= {"E_total": self.total_error, "E_mean": self.mean_error}
        for prefix, block in (("i", self.inputs), ("t", self.targets), ("E", self.errors)):
            series |= {f"{prefix}{number}": block[:, number - 1] for number in range(1, block.shape[1] + 1)}
        for weight in names.weights(self.layers):
            place = (slice(None), weight.target - 1, weight.source - 1)
            series[weight.name] = self.weights[weight.layer - 1][place]
            series[names.gradient(weight.name)] = self.weight_gradients[weight.layer - 1][place]
        for layer, number in names.biases(self.layers):
            neuron, output = names.neuron(self.layers, layer, number), names.output_of(self.layers, layer, number)
            name = names.bias(self.layers, layer, number)
            series[neuron] = self.sums[layer - 1][:, number - 1]
            series[output] = self.activations[layer - 1][:, number - 1]
            series[name] = self.biases[layer - 1][:, number - 1]
            series[names.gradient(name)] = self.bias_gradients[layer - 1][:, number - 1]
            if layer < len(self.layers) - 1:
                outgoing = self.weights[layer][:, :, number - 1]
                series[names.gradient(output)] = (self.bias_gradients[layer] * outgoing).sum(axis=1)
        return series


@dataclass(frozen=True)
class _Step:
    """All arrays of one iteration; the first axis is the learning rate."""

    weights: list[Array]
    biases: list[Array]
    sums: list[Array]
    activations: list[Array]
    errors: Array
    weight_gradients: list[Array]
    bias_gradients: list[Array]


def trace(experiment: Experiment, learning_rate: float, iterations: int | None = None) -> Trace:
    """Train the network and keep everything; `iterations` defaults to the experiment's own.

    A run that grows beyond floating point goes on with inf and nan, as NumPy does.
    """
    count = experiment.iterations if iterations is None else iterations
    steps = list(_steps(experiment, [learning_rate], count))
    samples = [experiment.pairs[row % len(experiment.pairs)] for row in range(count + 1)]
    depth = range(len(experiment.layers) - 1)

    def stacked(field: str) -> list[Array]:
        return [np.stack([getattr(step, field)[layer][0] for step in steps]) for layer in depth]

    return Trace(
        layers=experiment.layers,
        samples=len(experiment.pairs),
        inputs=np.array([sample.inputs for sample in samples], dtype=np.float64),
        targets=np.array([sample.targets for sample in samples], dtype=np.float64),
        weights=stacked("weights"),
        biases=stacked("biases"),
        sums=stacked("sums"),
        activations=stacked("activations"),
        errors=np.stack([step.errors[0] for step in steps]),
        weight_gradients=stacked("weight_gradients"),
        bias_gradients=stacked("bias_gradients"),
    )


def error_curves(experiment: Experiment, learning_rates: Sequence[float], iterations: int | None = None) -> Array:
    """Return E_total for several learning rates at once, shape (learning rates, iterations + 1)."""
    count = experiment.iterations if iterations is None else iterations
    curves = np.empty((len(learning_rates), count + 1))
    for row, step in enumerate(_steps(experiment, learning_rates, count)):
        curves[:, row] = step.errors.sum(axis=-1)
    return curves


def _steps(experiment: Experiment, learning_rates: Sequence[float], iterations: int) -> Iterator[_Step]:
    """Train with all learning rates side by side; every array has them as its first axis."""
    eta = np.asarray(learning_rates, dtype=np.float64)
    weights, biases = _parameters(experiment, len(eta))
    pairs = [(np.array(pair.inputs, float), np.array(pair.targets, float)) for pair in experiment.pairs]
    with np.errstate(all="ignore"):
        for row in range(iterations + 1):
            inputs, targets = pairs[row % len(pairs)]
            step = _step(experiment, weights, biases, np.broadcast_to(inputs, (len(eta), len(inputs))), targets)
            yield step
            weights = [w - eta[:, None, None] * g for w, g in zip(weights, step.weight_gradients, strict=True)]
            if experiment.train_biases:
                biases = [b - eta[:, None] * g for b, g in zip(biases, step.bias_gradients, strict=True)]


def _parameters(experiment: Experiment, copies: int) -> tuple[list[Array], list[Array]]:
    weights, biases = [], []
    flat_weights, flat_biases = list(experiment.weights), list(experiment.biases)
    for before, after in zip(experiment.layers, experiment.layers[1:], strict=False):
        matrix, flat_weights = flat_weights[: before * after], flat_weights[before * after :]
        vector, flat_biases = flat_biases[:after] or [0.0] * after, flat_biases[after:]
        weights.append(np.tile(np.array(matrix, float).reshape(after, before), (copies, 1, 1)))
        biases.append(np.tile(np.array(vector, float), (copies, 1)))
    return weights, biases


def _step(experiment: Experiment, weights: list[Array], biases: list[Array], inputs: Array, targets: Array) -> _Step:
    """One forward and one backward pass."""
    sums: list[Array] = []
    activations: list[Array] = [inputs]
    for kind, weight, bias in zip(experiment.activations, weights, biases, strict=True):
        sums.append((weight @ activations[-1][:, :, None])[:, :, 0] + bias)
        activations.append(_activate(kind, sums[-1]))
    errors, slope = _loss(experiment, activations[-1], targets)
    delta = slope * _derivative(experiment.activations[-1], sums[-1])
    if experiment.loss == "binary cross-entropy":
        delta = activations[-1] - targets  # the quotient (a−t)/(a·(1−a)) would be 0/0 at a saturated output
    deltas = [delta]
    for layer in range(len(weights) - 1, 0, -1):
        back = (np.swapaxes(weights[layer], 1, 2) @ deltas[0][:, :, None])[:, :, 0]
        deltas.insert(0, back * _derivative(experiment.activations[layer - 1], sums[layer - 1]))
    gradients = [d[:, :, None] * a[:, None, :] for d, a in zip(deltas, activations[:-1], strict=True)]
    return _Step(weights, biases, sums, activations[1:], errors, gradients, deltas)


def _activate(kind: Activation, z: Array) -> Array:
    if kind == "sigmoid":
        return 1.0 / (1.0 + np.exp(-z))
    if kind == "tanh":
        return np.tanh(z)
    return np.maximum(z, 0.0) if kind == "relu" else z


def _derivative(kind: Activation, z: Array) -> Array:
    if kind == "sigmoid":
        return np.exp(-np.abs(z)) / (1.0 + np.exp(-np.abs(z))) ** 2
    if kind == "tanh":
        return 1.0 - np.tanh(z) ** 2
    return (z > 0).astype(float) if kind == "relu" else np.ones_like(z)


def _loss(experiment: Experiment, outputs: Array, targets: Array) -> tuple[Array, Array]:
    """The error of each output, and its derivative with respect to the output."""
    if experiment.loss == "half squared error":
        return 0.5 * (targets - outputs) ** 2, outputs - targets
    errors = -(targets * np.log(outputs) + (1.0 - targets) * np.log1p(-outputs))
    return errors, (outputs - targets) / (outputs * (1.0 - outputs))
