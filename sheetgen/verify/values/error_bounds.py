"""What a cell's own neighbours imply for it: each quantity from the cells it is worked out from, for all rows at once.

Every number carries the error that rounding in the file can have put into it, by the usual first-order rules; so a
value is held to a tolerance that fits, also where it is the small difference of two large numbers.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from operator import add, mul
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from sheetgen.network import names
from sheetgen.network.functions import ACTIVATIONS, LOSSES
from sheetgen.spreadsheet.tolerance import SAVING, rounding_errors
from sheetgen.types import Array, Mask
from sheetgen.verify.read.network_shape import Network

# What each step of the evaluation may lose: the exponential of one library differs from another's in the last bit.
_ROUNDING = 4e-16
_TOGETHER = 10_000


@dataclass(frozen=True, eq=False)
class Measured(NDArrayOperatorsMixin):
    """Numbers, and how far each may be off; shapes (rows,). Operators and functions of NumPy's carry both on."""

    value: Array
    error: Array

    def at(self, rows: NDArray[np.intp] | slice) -> "Measured":
        """Return those of some rows (positions)."""
        return Measured(self.value[rows], self.error[rows])

    def where(self, mask: Mask, other: "Measured") -> "Measured":
        """Return these numbers where the mask says so, other ones elsewhere."""
        return Measured(np.where(mask, self.value, other.value), np.where(mask, self.error, other.error))

    def __array_ufunc__(self, function: np.ufunc, method: str, *numbers: "Measured | float", **_: object) -> "Measured":
        given = [each if isinstance(each, Measured) else Measured(np.full(1, each), np.zeros(1)) for each in numbers]
        value = function(*(each.value for each in given))
        value = np.where(np.isinf(value), np.nan, value)  # a spreadsheet shows #NUM! or #DIV/0!
        error = _CARRIED_ON[function](value, *given)
        return Measured(value, error + np.abs(value) * _ROUNDING)


# How an error is carried on: what comes out of a function, and what goes in.
_CARRIED_ON: dict[np.ufunc, Callable[..., Array]] = {
    np.add: lambda _, x, y: x.error + y.error,
    np.subtract: lambda _, x, y: x.error + y.error,
    np.multiply: lambda _, x, y: np.abs(x.value) * y.error + np.abs(y.value) * x.error + x.error * y.error,
    np.divide: lambda value, x, y: (x.error + np.abs(value) * y.error) / np.abs(y.value),
    np.negative: lambda _, x: x.error,
    np.maximum: lambda _, x, y: np.maximum(x.error, y.error),
    np.greater: lambda value, *_: np.zeros_like(value, dtype=np.float64),
    np.exp: lambda value, x: value * x.error,
    np.tanh: lambda value, x: (1.0 - value**2) * x.error,
    np.log: lambda _, x: x.error / np.abs(x.value),
    np.log1p: lambda _, x: (x.error + _ROUNDING) / np.abs(1.0 + x.value),  # a spreadsheet rounds 1+x first
}


def measured(values: Array, digits: int) -> Measured:
    """Return numbers that a file holds, whose producer saves so many digits."""
    return Measured(values, np.maximum(rounding_errors(values, digits), SAVING * np.abs(values)))


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


class Rule(NamedTuple):
    """How a quantity follows from its direct neighbours."""

    function: Callable[..., Any]
    neighbours: tuple[str, ...]


Get = Callable[[str], Measured]


class Implied:
    """Works quantities out from their neighbours, those that have no cells once, however many others need them.

    Args:
        get: returns what the cells of a quantity hold.
        rules: of the network.
        shown: the quantities that have cells.
    """

    def __init__(self, get: Get, rules: dict[str, Rule], shown: Collection[str]) -> None:
        self._get = get
        self._rules = rules
        self._shown = shown
        self._hidden: dict[str, Measured] = {}

    def __call__(self, name: str) -> Measured:
        """Return what its neighbours imply for a quantity."""
        rule = self._rules[name]
        found: Measured = rule.function(*map(self.held, rule.neighbours))
        return found

    def held(self, name: str) -> Measured:
        """Return what the cells of a quantity hold, or should hold if it had any."""
        if name in self._shown:
            return self._get(name)
        if name not in self._hidden:
            self._hidden[name] = self(name)
        return self._hidden[name]


def rules_of(network: Network) -> dict[str, Rule]:
    """Tell how each quantity that a row computes follows from its direct neighbours, in working order."""
    return {name: Rule(function, tuple(neighbours)) for name, function, neighbours in _rules(network)}


def _rules(network: Network) -> Iterator[tuple[str, Callable[..., Any], Iterable[str]]]:
    layers, loss = network.layers, LOSSES[network.loss]
    neurons = {names.neuron(layers, *place): place for place in names.biases(layers)}
    arriving, leaving, owners = (defaultdict[str, list[str]](list) for _ in range(3))
    for weight in names.weights(layers):
        target = names.neuron(layers, weight.layer, weight.target)
        source = names.output_of(layers, weight.layer - 1, weight.source)
        arriving[target] += weight.name, source
        leaving[source] += names.gradient(target), weight.name
    for place, bias in network.bias_names.items():
        arriving[names.neuron(layers, *place)].append(bias)
        owners[bias].append(names.gradient(names.neuron(layers, *place)))

    for neuron, (layer, _) in neurons.items():
        yield neuron, _sum_of_products, arriving[neuron]
        yield f"a_{neuron}", ACTIVATIONS[network.activations[layer - 1]].value, [neuron]
    outputs = names.neurons(layers, len(layers) - 1)
    for number in outputs:
        yield f"E{number}", loss.value, (f"t{number}", f"a_o{number}")
    yield "E_total", _total, [f"E{number}" for number in outputs]
    for neuron, (layer, number) in reversed(neurons.items()):
        output, is_last = f"a_{neuron}", layer == len(layers) - 1
        pair = (f"t{number}", output)
        yield names.gradient(output), *((loss.slope, pair) if is_last else (_sum_of_products, leaving[output]))
        if is_last and network.loss == "binary cross-entropy":
            yield names.gradient(neuron), lambda t, a: a - t, pair
        else:
            slope = ACTIVATIONS[network.activations[layer - 1]].slope_in_class
            yield names.gradient(neuron), partial(_back_through, slope), (names.gradient(output), neuron, output)
    for weight in names.weights(layers):
        target = names.neuron(layers, weight.layer, weight.target)
        source = names.output_of(layers, weight.layer - 1, weight.source)
        yield names.gradient(weight.name), mul, (names.gradient(target), source)
    for bias, gradients in owners.items():
        yield names.gradient(bias), _total, gradients


def _total(*terms: Measured) -> Measured:
    return reduce(add, terms)


def _sum_of_products(*numbers: Measured) -> Measured:
    """Add up the products of two numbers each, and a last one that is alone."""
    pairs = len(numbers) // 2 * 2
    return _total(*map(mul, numbers[:pairs:2], numbers[1:pairs:2]), *numbers[pairs:])


def _back_through(slope: Callable[[Any, Any], Any], handed_back: Measured, z: Measured, a: Measured) -> Measured:
    found: Measured = handed_back * slope(z, a)
    return found
