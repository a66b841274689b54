"""The network behind a table: its shape, as the labels alone determine it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from sheetgen.network import names
from sheetgen.network.names import Activation, Loss
from sheetgen.network.notation import write_notation
from sheetgen.network.quantities import Quantity

Biases = Literal["none", "neuron", "layer"]

_MOST_WEIGHTS = 16_384  # a sheet has no more columns


@dataclass(frozen=True)
class Network:
    """A network as a table shows it.

    Attributes:
        layers: neurons per layer, inputs first.
        activations: one per layer after the inputs.
        loss: the loss that training minimises.
        biases: whether every neuron has its own, every layer one for all its neurons, or there are none.
        train_biases: whether they are trained.
    """

    layers: tuple[int, ...]
    activations: tuple[Activation, ...]
    loss: Loss = "half squared error"
    biases: Biases = "none"
    train_biases: bool = False

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return names.inputs(self.layers)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The names of the targets."""
        return names.targets(self.layers)

    @cached_property
    def weights(self) -> Collection[str]:
        """The names of the weights, in order."""
        return dict.fromkeys(weight.name for weight in names.weights(self.layers))

    @cached_property
    def bias_names(self) -> dict[tuple[int, int], str]:
        """The name of each neuron's bias, by (layer, number): `b_h1`, or `b1` for the whole first layer."""
        if self.biases == "none":
            return {}
        if self.biases == "layer":
            return {(layer, number): f"b{layer}" for layer, number in names.biases(self.layers)}
        return {(layer, number): names.bias(self.layers, layer, number) for layer, number in names.biases(self.layers)}

    @cached_property
    def trained(self) -> Collection[str]:
        """The names of everything that an update changes, in order."""
        return dict.fromkeys((*self.weights, *(self.bias_names.values() if self.train_biases else ())))

    @cached_property
    def quantities(self) -> frozenset[str]:
        """The names of all quantities that a row of its table may hold."""
        learnt = [*self.weights, *self.bias_names.values()]
        gradients = map(names.gradient, (*self._forward, *learnt))
        return frozenset(("iteration", *self.data, *learnt, *self._forward, *self._errors, "E_mean", *gradients))

    @property
    def usual(self) -> tuple[str, ...]:
        """The names of the quantities that every table of this network shows."""
        return (*self.data, *self.trained, *self._forward, *self._errors, *map(names.gradient, self.trained))

    @cached_property
    def data(self) -> Collection[str]:
        """The names of what is given and does not change: inputs, targets, biases that are not trained; in order."""
        return dict.fromkeys((*self.inputs, *self.targets, *(() if self.train_biases else self.bias_names.values())))

    def repeats_with_samples(self, name: str) -> bool:
        """Tell whether each sample has its own value of a quantity: whether it is an input or a target."""
        return name in self._of_sample

    @cached_property
    def _of_sample(self) -> frozenset[str]:
        return frozenset((*self.inputs, *self.targets))

    @property
    def _forward(self) -> list[str]:
        neurons = [names.neuron(self.layers, *place) for place in names.biases(self.layers)]
        return [name for neuron in neurons for name in (neuron, f"a_{neuron}")]

    @property
    def _errors(self) -> tuple[str, ...]:
        return (*(f"E{number}" for number in names.neurons(self.layers, len(self.layers) - 1)), "E_total")


def read_shape(labels: set[str]) -> tuple[int, ...] | None:
    """Determine the layers from the labels of a table; None if they do not say enough."""
    weights = _highest(labels, "w")
    hidden = _hidden(labels)
    inputs = _highest(labels, "i")
    outputs = max(_highest(labels, prefix) for prefix in ("t", "o", "a_o", "E", "∂E/∂o", "∂E/∂a_o"))
    if 0 in hidden:
        return None
    if not hidden:
        if inputs and outputs and weights == inputs * outputs:
            return (inputs, outputs)
        hidden = _missing_hidden(weights, inputs, outputs)
    inner = _count_weights(hidden)
    if hidden and not outputs and inputs:
        outputs = (weights - inner - inputs * hidden[0]) // hidden[-1]
    if hidden and not inputs and outputs:
        inputs = (weights - inner - outputs * hidden[-1]) // hidden[0]
    layers = (inputs, *hidden, outputs)
    if not hidden or min(layers) < 1:
        return None
    return layers if weights <= _count_weights(layers) <= _MOST_WEIGHTS else None


def _count_weights(layers: tuple[int, ...]) -> int:
    return sum(before * after for before, after in pairwise(layers))


def class_activations(layers: tuple[int, ...]) -> tuple[Activation, ...]:
    """Return the class's activation function for each layer after the inputs."""
    return tuple[Activation, ...]("sigmoid" for _ in layers[1:])


def read_biases(labels: set[str], layers: tuple[int, ...]) -> tuple[Biases, bool]:
    """Determine from the labels whether there are biases, one per neuron or per layer, and whether they are trained."""
    trained = any(label.startswith("∂E/∂b") for label in labels)
    own = {label for label in labels if label.startswith("b_")}
    if own and own == layer_biases(layers).keys() & own and len(layers) > 2 and max(layers[1:]) > 1:
        return "layer", trained
    if own:
        return "neuron", trained
    numbered = _highest(labels, "b")
    if not numbered:
        return "none", False
    return ("layer" if numbered < len(layers) else "neuron"), trained


def layer_biases(layers: tuple[int, ...]) -> dict[str, str]:
    """Map the name of each layer's first bias to that of the bias which the layer may share."""
    return {names.bias(layers, layer, 1): f"b{layer}" for layer in range(1, len(layers))}


def numbered_biases(layers: tuple[int, ...]) -> dict[str, str]:
    """Map biases that are numbered through the network, `b1` …, to the names of their neurons' biases."""
    neurons = enumerate(names.biases(layers), start=1)
    return {f"b{position}": names.bias(layers, layer, number) for position, (layer, number) in neurons}


def write_formulas(network: Network, samples: int) -> dict[str, Quantity]:
    """Return the class's formula of each quantity, to show what belongs in a cell."""
    from sheetgen.network.experiment import Experiment  # pydantic is slow to import, and a right table needs no formula

    flat = {"inputs": (0.0,) * network.layers[0], "targets": (0.0,) * network.layers[-1]}
    count = sum(network.layers[1:]) if network.biases != "none" else 0
    experiment = Experiment(
        title="table",
        layers=network.layers,
        weights=(0.0,) * len(network.weights),
        biases=(0.0,) * count,
        train_biases=network.train_biases,
        activation=network.activations,
        loss="half squared error",
        **({"samples": (flat,) * samples} if samples > 1 else flat),
    )
    changed = experiment.model_copy(update={"loss": network.loss})
    return {quantity.name: quantity for quantity in write_notation(changed).quantities}


def _highest(labels: set[str], prefix: str) -> int:
    found = [label.removeprefix(prefix) for label in labels if label.startswith(prefix)]
    return max((int(rest) for rest in found if rest.isdecimal()), default=0)


def _hidden(labels: set[str]) -> tuple[int, ...]:
    """Count the neurons of each hidden layer that the labels name."""
    sizes: dict[int, int] = {}
    for label in labels:
        name = label.removeprefix("∂E/∂").removeprefix("b_").removeprefix("a_")
        if name[0] == "h":
            layer, _, number = name[1:].rpartition("_")
            place = int(layer or 1)
            sizes[place] = max(sizes.get(place, 0), int(number))
    return tuple(sizes.get(layer, 0) for layer in range(1, max(sizes, default=0) + 1))


def _missing_hidden(weights: int, inputs: int, outputs: int) -> tuple[int, ...]:
    """Work out the size of a hidden layer that no label names."""
    joined = inputs + outputs
    return (weights // joined,) if inputs and outputs and weights and weights % joined == 0 else ()
