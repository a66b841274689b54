"""What the quantities of a network are called: the class's names, extended to deeper networks in the same style.

A network with one hidden layer has the neurons `h1`, `h2`, … and `o1`, `o2`, …. With several hidden layers the layer
comes first: `h2_3` is neuron 3 of hidden layer 2. A neuron's activation is `a_` and the neuron's name. Weights are
numbered through the whole network, layer by layer, by target neuron, then source. A bias is named after its neuron:
`b_h1`.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Activation = Literal["sigmoid", "tanh", "relu", "linear", "leaky relu", "gelu", "softmax"]
Loss = Literal["half squared error", "binary cross-entropy", "cross-entropy"]
Optimizer = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"]
Schedule = Literal["constant", "step", "cosine", "one-cycle"]


class Weight(NamedTuple):
    """One weight: its number in the network (from 1) and the neurons it joins.

    `layer` counts the layers of neurons from the inputs (0); a weight of layer 1 ends at the first layer after the
    inputs. `source` and `target` count from 1 within their layers.
    """

    number: int
    layer: int
    target: int
    source: int

    @property
    def name(self) -> str:
        """The weight's name, `w1`, `w2`, …."""
        return f"w{self.number}"


class Parameter(NamedTuple):
    """A weight or a bias: its name, the neuron it enters, and what the weight carries (nothing for a bias)."""

    name: str
    layer: int
    target: int
    source: str

    @property
    def factor(self) -> str:
        """What the parameter is multiplied by, in the notation's form; empty for a bias."""
        return f"{{{self.source}}}" if self.source else ""


def neuron(layers: Sequence[int], layer: int, number: int) -> str:
    """Name the weighted sum that reaches a neuron; for layer 0 the input itself."""
    if layer == 0:
        return f"i{number}"
    if layer == len(layers) - 1:
        return f"o{number}"
    return f"h{number}" if len(layers) == 3 else f"h{layer}_{number}"


def output_of(layers: Sequence[int], layer: int, number: int) -> str:
    """Name what a neuron passes to the next layer: the input itself, or any other neuron's activation."""
    name = neuron(layers, layer, number)
    return name if layer == 0 else f"a_{name}"


def bias(layers: Sequence[int], layer: int, number: int) -> str:
    """Name the bias of a neuron."""
    return f"b_{neuron(layers, layer, number)}"


def gradient(name: str) -> str:
    """Name the derivative of the total error with respect to a quantity."""
    return f"∂E/∂{name}"


def inputs(layers: Sequence[int]) -> tuple[str, ...]:
    """Name the inputs: `i1`, `i2`, …."""
    return tuple(f"i{number}" for number in neurons(layers, 0))


def targets(layers: Sequence[int]) -> tuple[str, ...]:
    """Name the targets, one for each output: `t1`, `t2`, …."""
    return tuple(f"t{number}" for number in neurons(layers, len(layers) - 1))


def neurons(layers: Sequence[int], layer: int) -> range:
    """Count the neurons of a layer from 1."""
    return range(1, layers[layer] + 1)


def weights(layers: Sequence[int]) -> Iterator[Weight]:
    """List the weights of a network in the class's order."""
    number = 0
    for layer in range(1, len(layers)):
        for target in neurons(layers, layer):
            for source in neurons(layers, layer - 1):
                number += 1
                yield Weight(number, layer, target, source)


def biases(layers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """List the (layer, number) of every neuron that can have a bias, in the order of the template's `biases`."""
    for layer in range(1, len(layers)):
        for number in neurons(layers, layer):
            yield layer, number


def parameters(layers: Sequence[int], *, with_biases: bool) -> Iterator[Parameter]:
    """List the weights and, where wanted, the biases after them, in the order of the template's numbers."""
    for weight in weights(layers):
        yield Parameter(weight.name, weight.layer, weight.target, output_of(layers, weight.layer - 1, weight.source))
    if with_biases:
        for layer, number in biases(layers):
            yield Parameter(bias(layers, layer, number), layer, number, "")
