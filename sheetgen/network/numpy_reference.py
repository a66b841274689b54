"""The same mathematics stated a second time: NumPy, in matrix form, from the network alone.

Nothing here is taken from `sheetgen.network.notation`, so that each can check the other. The formulas are those of
Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*, Nature 323 (1986):

    z = W·a + b,  a' = f(z);   δ_last = ∂E/∂a ⊙ f'(z),  δ = (Wᵀ·δ_next) ⊙ f'(z);   ∂E/∂W = δ·aᵀ,  ∂E/∂b = δ
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sheetgen.errors import did_you_mean
from sheetgen.network import names
from sheetgen.network.functions import ACTIVATIONS, LOSSES
from sheetgen.network.names import Activation, Loss
from sheetgen.network.reference_updates import ReferenceUpdates
from sheetgen.types import Array

if TYPE_CHECKING:
    from sheetgen.network.experiment import Experiment


@dataclass(frozen=True)
class Trace:
    """One training run with every intermediate quantity; the first axis of each array is the iteration, from 0.

    Lists go layer by layer, starting with the first layer after the inputs.

    Attributes:
        layers: neurons per layer.
        samples: how many samples take turns.
        inputs: (rows, inputs).
        targets: (rows, outputs).
        weights: per layer (rows, neurons, neurons before), as they stand before the row's update.
        biases: per layer (rows, neurons); zeros where the network has none.
        sums: per layer (rows, neurons), the weighted sums.
        activations: per layer (rows, neurons).
        errors: (rows, outputs).
        weight_gradients: shaped as `weights`.
        bias_gradients: shaped as `biases`; these are also ∂E/∂(weighted sum).
        output_slopes: (rows, outputs), ∂E/∂(activation) of the outputs.
        updates: what an optimiser other than plain descent shows of each row, under the names of the workbook.
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
    output_slopes: Array
    updates: dict[str, Array] = field(default_factory=dict)

    @property
    def total_error(self) -> Array:
        """E_total per row, shape (rows,)."""
        return np.asarray(self.errors.sum(axis=-1))

    @property
    def mean_error(self) -> Array:
        """E_mean per row, shape (rows,): the mean of E_total over the last round of samples, as far as there is one."""
        return mean_error(self.total_error, self.samples)

    def __getitem__(self, name: str) -> Array:
        """Return the course of one quantity by its name in the workbook (`w1`, `a_h1`, `∂E/∂w5`), shape (rows,).

        Raises:
            KeyError: the network has no quantity of that name.
        """
        named = self.named()
        if name not in named:
            raise KeyError(f"no quantity {name!r}; {did_you_mean(name, named)}see `Trace.named`")
        return named[name]

    def named(self) -> dict[str, Array]:
        """Return the course of every quantity under its name in the workbook, each of shape (rows,)."""
        series = {"iteration": np.arange(len(self.errors), dtype=np.float64)}
        series |= {"E_total": self.total_error, "E_mean": self.mean_error} | self.updates
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
            series[names.gradient(name)] = series[names.gradient(neuron)] = self.bias_gradients[layer - 1][
                :, number - 1
            ]
            series[names.gradient(output)] = self._handed_back(layer)[:, number - 1]
        return series

    def _handed_back(self, layer: int) -> Array:
        """∂E/∂(activation) of a layer's neurons, shape (rows, neurons)."""
        if layer == len(self.layers) - 1:
            return self.output_slopes
        with np.errstate(all="ignore"):
            return np.asarray((self.bias_gradients[layer][:, :, None] * self.weights[layer]).sum(axis=1))


Update = Callable[[int, list[Array], list[Array]], list[Array]]
"""Of a row's number, the trained parameters and their gradients: the parameters of the next row."""


class Network(Protocol):
    """What the reference needs to know of a network: its layers, activation functions and loss."""

    @property
    def layers(self) -> tuple[int, ...]:
        """Neurons per layer, inputs first."""

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation function of each layer after the inputs."""

    @property
    def loss(self) -> Loss:
        """What training minimises."""


def trace(experiment: "Experiment", learning_rate: float, iterations: int | None = None) -> Trace:
    """Train the network and record everything; `iterations` defaults to the experiment's own.

    A run that grows beyond floating point goes on with inf and nan, as NumPy does.
    """
    count = experiment.iterations if iterations is None else iterations
    rows = (count + 1) * experiment.batch_size
    samples = [experiment.pairs[row % len(experiment.pairs)] for row in range(rows)]
    updates = None if experiment.is_plain else ReferenceUpdates(experiment, learning_rate)
    run = train(
        experiment,
        np.array([sample.inputs for sample in samples], dtype=np.float64),
        np.array([sample.targets for sample in samples], dtype=np.float64),
        *pack(experiment.layers, experiment.weights, experiment.biases),
        updates.after_row if updates else descent(learning_rate),
        train_biases=experiment.train_biases,
    )
    return replace(run, samples=len(experiment.pairs), updates=updates.named() if updates else {})


def train(
    network: Network,
    inputs: Array,
    targets: Array,
    weights: list[Array],
    biases: list[Array],
    update: Update,
    *,
    train_biases: bool = False,
) -> Trace:
    """Train a network on one sample after another, and record everything.

    Args:
        network: the layers and functions.
        inputs: (rows, inputs), the sample of each row.
        targets: (rows, outputs).
        weights: the initial weights, per layer (neurons, neurons before).
        biases: the initial biases, per layer (neurons,).
        update: gives the parameters of the next row, such as `descent`.
        train_biases: whether the biases learn too.
    """
    rows = len(inputs)
    all_weights = [np.empty((rows, *matrix.shape)) for matrix in weights]
    all_biases = [np.empty((rows, *vector.shape)) for vector in biases]
    weights, biases = [matrix[None] for matrix in weights], [vector[None] for vector in biases]
    with np.errstate(all="ignore"):
        for row in range(rows):
            for kept, value in zip((*all_weights, *all_biases), (*weights, *biases), strict=True):
                kept[row] = value[0]
            step = _one_pass(network, inputs[row : row + 1], targets[row : row + 1], weights, biases)
            trained, slopes = weights, step.weight_gradients
            if train_biases:
                trained, slopes = [*weights, *biases], [*slopes, *step.bias_gradients]
            trained = update(row, trained, slopes)
            weights, biases = trained[: len(weights)], trained[len(weights) :] or biases
    return one_pass(network, inputs, targets, all_weights, all_biases)


def descent(learning_rate: float) -> Update:
    """Return the plain update: η times the gradient is taken off after every row."""

    def update(_: int, parameters: list[Array], gradients: list[Array]) -> list[Array]:
        return [old - learning_rate * gradient for old, gradient in zip(parameters, gradients, strict=True)]

    return update


def one_pass(network: Network, inputs: Array, targets: Array, weights: list[Array], biases: list[Array]) -> Trace:
    """Compute every quantity of independent rows: one forward and one backward pass each.

    Args:
        network: the layers and functions.
        inputs: (rows, inputs).
        targets: (rows, outputs).
        weights: per layer (rows, neurons, neurons before).
        biases: per layer (rows, neurons).
    """
    with np.errstate(all="ignore"):
        return _one_pass(network, inputs, targets, weights, biases)


def _one_pass(network: Network, inputs: Array, targets: Array, weights: list[Array], biases: list[Array]) -> Trace:
    kinds = network.activations
    sums: list[Array] = []
    activations: list[Array] = [inputs]
    for kind, weight, bias in zip(kinds, weights, biases, strict=True):
        sums.append((weight @ activations[-1][:, :, None])[:, :, 0] + bias)
        activations.append(softmax(sums[-1]) if kind == "softmax" else ACTIVATIONS[kind].value(sums[-1]))
    outputs = activations[-1]
    errors, slope = (function(targets, outputs) for function in LOSSES[network.loss])
    # The quotient (a−t)/(a·(1−a)) would be 0/0 at a saturated output, and softmax has a slope for each pair of outputs.
    crossed = network.loss != "half squared error"
    deltas = [outputs - targets if crossed else slope * ACTIVATIONS[kinds[-1]].slope(sums[-1])]
    for layer in range(len(weights) - 1, 0, -1):
        back = (np.swapaxes(weights[layer], 1, 2) @ deltas[0][:, :, None])[:, :, 0]
        deltas.insert(0, back * ACTIVATIONS[kinds[layer - 1]].slope(sums[layer - 1]))
    gradients = [d[:, :, None] * a[:, None, :] for d, a in zip(deltas, activations[:-1], strict=True)]
    return Trace(
        layers=network.layers,
        samples=1,
        inputs=inputs,
        targets=targets,
        weights=weights,
        biases=biases,
        sums=sums,
        activations=activations[1:],
        errors=errors,
        weight_gradients=gradients,
        bias_gradients=deltas,
        output_slopes=slope,
    )


def softmax(sums: Array) -> Array:
    """Return e^z of each sum as a part of their total, over the last axis."""
    powers = np.exp(sums - sums.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def pack(layers: Sequence[int], weights: Sequence[float], biases: Sequence[float]) -> tuple[list[Array], list[Array]]:
    """Arrange weights and biases, numbered through the network, as the matrices of its layers.

    Args:
        layers: neurons per layer, inputs first.
        weights: in the class's order: by layer, target neuron, source.
        biases: by layer and neuron; none at all are zeros.

    Returns:
        Per layer the weights (neurons, neurons before), and the biases (neurons,).
    """
    matrices, vectors = [], []
    weight = bias = 0
    for before, after in pairwise(layers):
        matrices.append(np.array(weights[weight : weight + before * after], float).reshape(after, before))
        vectors.append(np.array(biases[bias : bias + after] or [0.0] * after, float))
        weight, bias = weight + before * after, bias + after
    return matrices, vectors


def mean_error(total: Array, samples: int) -> Array:
    """Return E_mean per row: the mean of E_total over the last round of samples, or what there is of it.

    Args:
        total: E_total per row, shape (rows,).
        samples: how many samples are taken in turn.
    """
    if samples == 1:
        return total
    first = [total[: row + 1].mean() for row in range(min(samples - 1, len(total)))]
    rest = sliding_window_view(total, samples).mean(axis=1) if len(total) >= samples else []
    return np.concatenate([first, rest])
