"""What a cell's own neighbours imply for it: each quantity from the cells it is worked out from, for all rows at once.

Every number carries the error that rounding in the file can have put into it, by the usual first-order rules; so a
value is held to a tolerance that fits, also where it is the small difference of two large numbers.
"""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sheetgen.network import names
from sheetgen.network.experiment import Activation
from sheetgen.spreadsheet.tolerance import rounding_errors
from sheetgen.types import Array, Mask
from sheetgen.verify.read.network_shape import Network

# What the evaluation itself may lose: the exponential of one library differs from another's in the last bit.
_ROUNDING = 4e-16
# What saving may lose in any case: some programs write 16 of the 17 digits that a double may need.
_SAVING = 5e-16
_TOGETHER = 10_000
# Beyond this power of e a spreadsheet shows #NUM!.
_LARGEST_POWER = 709.782712893384


@dataclass(frozen=True)
class Measured:
    """Numbers, and how far each may be off; shapes (rows,)."""

    value: Array
    error: Array

    def at(self, rows: NDArray[np.intp] | slice) -> "Measured":
        """Return those of some rows (positions)."""
        return Measured(self.value[rows], self.error[rows])

    def where(self, mask: Mask, other: "Measured") -> "Measured":
        """Return these numbers where the mask says so, other ones elsewhere."""
        return Measured(np.where(mask, self.value, other.value), np.where(mask, self.error, other.error))

    def __add__(self, other: "Measured") -> "Measured":
        return _rounded(self.value + other.value, self.error + other.error)

    def __sub__(self, other: "Measured") -> "Measured":
        return _rounded(self.value - other.value, self.error + other.error)

    def __mul__(self, other: "Measured") -> "Measured":
        error = np.abs(self.value) * other.error + np.abs(other.value) * self.error + self.error * other.error
        return _rounded(self.value * other.value, error)


Get = Callable[[str], Measured]


def measured(values: Array, digits: int) -> Measured:
    """Return numbers that a file holds, whose producer saves so many digits."""
    return Measured(values, np.maximum(rounding_errors(values, digits), _SAVING * np.abs(values)))


def measured_together(columns: dict[str, Array], digits: int) -> dict[str, Measured]:
    """Return what `measured` does of each column; short ones together, where each call costs more than its numbers."""
    found: dict[str, Measured] = {}
    waiting = list(columns)
    while waiting:
        most = max(1, _TOGETHER // max(1, len(columns[waiting[0]])))
        some, waiting = waiting[:most], waiting[most:]
        joined = measured(np.concatenate([columns[name] for name in some]), digits)
        ends = np.cumsum([len(columns[name]) for name in some])[:-1]
        pairs = zip(np.split(joined.value, ends), np.split(joined.error, ends), strict=True)
        found |= {name: Measured(*pair) for name, pair in zip(some, pairs, strict=True)}
    return found


class Neighbours:
    """The formulas of a network's quantities, each in terms of its direct neighbours.

    Args:
        network: the network.
        shown: the quantities that the table has columns for; what it does not show is worked out from what it does.
    """

    def __init__(self, network: Network, shown: Collection[str]) -> None:
        self._network = network
        self._shown = shown
        self._last = len(network.layers) - 1
        self._biases = network.bias_names
        self._arriving = defaultdict[str, list[names.Weight]](list)
        self._leaving = defaultdict[str, list[names.Weight]](list)
        self._weights = {weight.name: weight for weight in names.weights(network.layers)}
        for weight in self._weights.values():
            self._arriving[names.neuron(network.layers, weight.layer, weight.target)].append(weight)
            self._leaving[names.output_of(network.layers, weight.layer - 1, weight.source)].append(weight)
        self._neurons = {names.neuron(network.layers, *place): place for place in names.biases(network.layers)}
        self._owners = defaultdict[str, list[str]](list)
        for place, bias in self._biases.items():
            self._owners[bias].append(names.neuron(network.layers, *place))
        self.order: tuple[str, ...] = self._order()

    def implied_by(self, get: Get) -> Get:
        """Return what works a quantity out from its neighbours, given what the cells of a quantity hold.

        What the table does not show is worked out once, however many quantities need it.
        """
        hidden: dict[str, Measured] = {}

        def fetch(name: str) -> Measured:
            if name in self._shown:
                return get(name)
            if name not in hidden:
                hidden[name] = self._work_out(name, fetch)
            return hidden[name]

        return lambda name: self._work_out(name, fetch)

    def _work_out(self, name: str, fetch: Get) -> Measured:
        if name.startswith("∂E/∂"):
            return self._gradient(name.removeprefix("∂E/∂"), fetch)
        if name in self._neurons:
            return self._sum(name, fetch)
        if name.startswith("a_"):
            layer, _ = self._neurons[name[2:]]
            return _activate(self._network.activations[layer - 1], fetch(name[2:]))
        if name == "E_total":
            return _total([fetch(f"E{number}") for number in names.neurons(self._network.layers, self._last)])
        return self._error(name[1:], fetch)

    def _order(self) -> tuple[str, ...]:
        """List all computed quantities of a row so that each comes after its neighbours."""
        network, layers = self._network, self._network.layers
        forward = [name for neuron in self._neurons for name in (neuron, f"a_{neuron}")]
        errors = [f"E{number}" for number in names.neurons(layers, self._last)]
        backward = []
        for neuron in reversed(self._neurons):
            backward += [names.gradient(f"a_{neuron}"), names.gradient(neuron)]
        learnt = (*network.weights, *dict.fromkeys(self._biases.values()))
        return (*forward, *errors, "E_total", *backward, *map(names.gradient, learnt))

    def _sum(self, name: str, get: Get) -> Measured:
        layers = self._network.layers
        terms = [
            get(weight.name) * get(names.output_of(layers, weight.layer - 1, weight.source))
            for weight in self._arriving[name]
        ]
        bias = self._biases.get(self._neurons[name])
        return _total([*terms, get(bias)] if bias else terms)

    def _error(self, number: str, get: Get) -> Measured:
        target, output = get(f"t{number}"), get(f"a_o{number}")
        if self._network.loss == "half squared error":
            off = target - output
            return off * off * _constant(0.5, off)
        one = _constant(1.0, output)
        kept = target * _logarithm(output) + (one - target) * _logarithm(one - output)
        return Measured(-kept.value, kept.error)

    def _gradient(self, of: str, get: Get) -> Measured:
        layers = self._network.layers
        if of in self._neurons:
            return self._of_sum(of, get)
        if of.startswith("a_"):
            return self._of_output(of, get)
        if of in self._owners:
            return _total([get(names.gradient(neuron)) for neuron in self._owners[of]])
        weight = self._weights[of]
        target = names.neuron(layers, weight.layer, weight.target)
        return get(names.gradient(target)) * get(names.output_of(layers, weight.layer - 1, weight.source))

    def _of_sum(self, neuron: str, get: Get) -> Measured:
        layer, number = self._neurons[neuron]
        if layer == self._last and self._network.loss == "binary cross-entropy":
            return get(f"a_o{number}") - get(f"t{number}")
        slope = _slope(self._network.activations[layer - 1], get(neuron), get(f"a_{neuron}"))
        return get(names.gradient(f"a_{neuron}")) * slope

    def _of_output(self, output: str, get: Get) -> Measured:
        layer, number = self._neurons[output[2:]]
        if layer < self._last:
            layers = self._network.layers
            return _total(
                [
                    get(names.gradient(names.neuron(layers, weight.layer, weight.target))) * get(weight.name)
                    for weight in self._leaving[output]
                ]
            )
        off = get(output) - get(f"t{number}")
        if self._network.loss == "half squared error":
            return off
        one = _constant(1.0, off)
        return off * _reciprocal(get(output) * (one - get(output)))


def updated(weight: Measured, gradient: Measured, eta: Measured) -> Measured:
    """Return the weight below: the weight above, less η times its gradient."""
    return weight - eta * gradient


def _rounded(value: Array, error: Array) -> Measured:
    return Measured(value, error + np.abs(value) * _ROUNDING)


def _constant(value: float, like: Measured) -> Measured:
    return Measured(np.full_like(like.value, value), np.zeros_like(like.value))


def _total(terms: list[Measured]) -> Measured:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _activate(kind: Activation, z: Measured) -> Measured:
    if kind == "sigmoid":
        value = np.where(z.value < -_LARGEST_POWER, np.nan, 1.0 / (1.0 + np.exp(-z.value)))
        return _rounded(value, value * (1.0 - value) * z.error)
    if kind == "tanh":
        value = np.tanh(z.value)
        return _rounded(value, (1.0 - value**2) * z.error)
    return Measured(np.maximum(z.value, 0.0), z.error) if kind == "relu" else z


def _slope(kind: Activation, z: Measured, a: Measured) -> Measured:
    one = _constant(1.0, a)
    if kind == "sigmoid":
        return a * (one - a)
    if kind == "tanh":
        return one - a * a
    return _constant(1.0, a) if kind == "linear" else Measured((z.value > 0).astype(float), np.zeros_like(z.value))


def _logarithm(x: Measured) -> Measured:
    return _rounded(np.log(x.value), x.error / np.abs(x.value))


def _reciprocal(x: Measured) -> Measured:
    return _rounded(1.0 / x.value, x.error / x.value**2)
