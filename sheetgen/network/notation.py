"""What each quantity of a network is: its name, its meaning, and its formula as the class writes it.

Nothing else knows the mathematics of the workbook's formulas; `sheetgen.network.numpy_reference` states the same
mathematics a second time, independently, to check them.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sheetgen.network import names
from sheetgen.network.names import Activation, Loss
from sheetgen.network.quantities import Group, Notation, Quantity, product
from sheetgen.network.updates import Updates

if TYPE_CHECKING:
    from sheetgen.network.experiment import Experiment

# Hendrycks and Gimpel's approximation of x·Φ(x) by tanh, in functions that every spreadsheet has.
_GELU = "TANH(0.7978845608028654*({x}+0.044715*{x}^3))"
_GELU_SLOPE = "0.7978845608028654*(1+0.134145*{x}^2)"
# For each activation function: its value at the sum {x}, and its derivative in terms of {x} and the value {y}.
_ACTIVATIONS: dict[Activation, tuple[str, str]] = {
    "sigmoid": ("1/(1+EXP(-{x}))", "{y}*(1-{y})"),
    "tanh": ("TANH({x})", "(1-{y}^2)"),
    "relu": ("MAX(0,{x})", "IF({x}>0,1,0)"),
    "linear": ("{x}", ""),
    "leaky relu": ("IF({x}>0,{x},0.01*{x})", "IF({x}>0,1,0.01)"),
    "gelu": (f"0.5*{{x}}*(1+{_GELU})", f"(0.5*(1+{_GELU})+0.5*{{x}}*(1-{_GELU}^2)*{_GELU_SLOPE})"),
    "softmax": ("EXP({x})/({sum})", ""),
}
_LOSSES: dict[Loss, str] = {
    "half squared error": "0.5*({t}-{a})^2",
    "binary cross-entropy": "-({t}*LN({a})+(1-{t})*LN(1-{a}))",
    "cross-entropy": "-{t}*LN({a})",
}
_SIGNS: dict[Activation, str] = {"sigmoid": "σ", "relu": "relu", "softmax": "softmax"}
_MOST_OUTPUTS_IN_ONE_FORMULA = 6


class Writer:
    """Writes the notation of one experiment, from the inputs to the updates."""

    def __init__(self, experiment: "Experiment") -> None:
        self.experiment = experiment
        self.layers: tuple[int, ...] = experiment.layers
        self.last: int = len(self.layers) - 1
        self._parameters = list(names.parameters(self.layers, with_biases=bool(experiment.biases)))
        self.trained: list[names.Parameter] = [p for p in self._parameters if p.source or experiment.train_biases]
        self._arriving: dict[tuple[int, int], list[names.Parameter]] = defaultdict(list)
        self._leaving: dict[str, list[names.Parameter]] = defaultdict(list)
        for parameter in self._parameters:
            self._arriving[parameter.layer, parameter.target].append(parameter)
            self._leaving[parameter.source].append(parameter)
        self._samples = len(experiment.pairs)
        self._updates = Updates(experiment)
        # With one hidden layer the class writes the whole chain into one formula. With more layers, or many outputs,
        # that formula would become unreadable, so what is propagated from layer to layer gets columns of its own.
        self.hands_back: bool = self.last > 2 or (self.last == 2 and self.layers[-1] > _MOST_OUTPUTS_IN_ONE_FORMULA)

    def notation(self) -> Notation:
        """Write down all quantities, in the order of the table's columns."""
        counters = tuple(self._updates.counters())
        quantities = (
            *counters,
            *self._data(),
            *(quantity for layer in range(1, self.last + 1) for quantity in self._layer(layer)),
            *self._errors(),
            *(self._handed_back_columns() if self.hands_back else ()),
            *map(self._gradient, self.trained),
            *self._updates.columns([parameter.name for parameter in self.trained]),
        )
        return Notation(quantities, "E_total" if self._samples == 1 else "E_mean", counters[0].name)

    def _data(self) -> Iterator[Quantity]:
        taken = " The samples are taken in turn, one per iteration." if self._samples > 1 else ""
        for number in names.neurons(self.layers, self.last):
            meaning = f"Target {number}: what output {number} shall become.{taken}"
            yield Quantity(f"t{number}", Group.DATA, meaning, (f"{{t{number}@start}}",))
        for number in names.neurons(self.layers, 0):
            meaning = f"Input {number}: what the network is shown.{taken}"
            yield Quantity(f"i{number}", Group.DATA, meaning, (f"{{i{number}@start}}",))

    def _layer(self, layer: int) -> Iterator[Quantity]:
        """One layer's weights and biases, then each neuron's sum and activation."""
        yield from (self._parameter(parameter) for parameter in self._parameters if parameter.layer == layer)
        neurons = [tuple(self._neuron(layer, number)) for number in names.neurons(self.layers, layer)]
        # Softmax needs all sums of the layer, and a formula uses what stands on its left.
        by_kind = self.experiment.activations[layer - 1] == "softmax"
        for group in zip(*neurons, strict=True) if by_kind else neurons:
            yield from group

    def _parameter(self, parameter: names.Parameter) -> Quantity:
        name, target = parameter.name, names.neuron(self.layers, parameter.layer, parameter.target)
        source = parameter.source.removeprefix("a_")
        meaning = f"The weight from {source} to {target}" if source else f"The bias of {target}"
        if not source and not self.experiment.train_biases:
            return Quantity(name, Group.WEIGHTS, f"{meaning}; it is not trained.", (f"{{{name}@start}}",))
        return self._updates.weight(name, meaning)

    def _neuron(self, layer: int, number: int) -> Iterator[Quantity]:
        name = names.neuron(self.layers, layer, number)
        total = "+".join(product(f"{{{p.name}}}", p.factor) for p in self._arriving[layer, number])
        yield Quantity(name, Group.FORWARD, f"The weighted sum that reaches {name}.", (total,))
        kind = self.experiment.activations[layer - 1]
        formula = _ACTIVATIONS[kind][0].replace("{x}", f"{{{name}}}").replace("{sum}", self._exponentials(layer))
        meaning = f"The activation of {name}, what this neuron hands on ({kind})."
        if layer == self.last:
            meaning = f"Output {number} of the network: the activation of {name} ({kind})."
        left = f"a_{name} = {_SIGNS[kind]}({name})" if kind in _SIGNS else f"a_{name}"
        yield Quantity(f"a_{name}", Group.FORWARD, meaning, (formula,), (left, formula))

    def _exponentials(self, layer: int) -> str:
        """The sum that softmax divides by."""
        neurons = (names.neuron(self.layers, layer, number) for number in names.neurons(self.layers, layer))
        return "+".join(f"EXP({{{name}}})" for name in neurons)

    def _errors(self) -> Iterator[Quantity]:
        outputs = names.neurons(self.layers, self.last)
        for number in outputs:
            formula = _LOSSES[self.experiment.loss].replace("{t}", f"{{t{number}}}").replace("{a}", f"{{a_o{number}}}")
            yield Quantity(f"E{number}", Group.ERROR, f"The error of output {number}.", (formula,))
        total = "+".join(f"{{E{number}}}" for number in outputs)
        yield Quantity("E_total", Group.ERROR, "The total error: what training makes small.", (total,))
        if self._samples > 1:
            yield self._mean_error()

    def _mean_error(self) -> Quantity:
        """The mean over the last round of samples: E_total itself jumps from sample to sample."""

        def mean_of(rows: int) -> str:
            total = "+".join(["{E_total}", *(f"{{E_total@{above}}}" for above in range(1, rows))])
            return f"({total})/{rows}" if rows > 1 else total

        count = self._samples
        meaning = f"The mean of E_total over the last {count} rows, one of each sample; E_total itself jumps."
        rule = ("E_mean", f"mean of the last {count} E_total")
        return Quantity("E_mean", Group.ERROR, meaning, tuple(map(mean_of, range(1, count + 1))), rule)

    def _handed_back_columns(self) -> Iterator[Quantity]:
        for layer in range(self.last - 1, 0, -1):
            for number in names.neurons(self.layers, layer):
                output = names.output_of(self.layers, layer, number)
                meaning = f"How the total error changes with {output}: what the layer behind it hands back."
                formula = self.handed_back(layer, number)
                yield Quantity(names.gradient(output), Group.GRADIENTS, meaning, (formula,))

    def handed_back(self, layer: int, number: int) -> str:
        """∂E/∂a of a hidden neuron: through every neuron it feeds, that neuron's ∂E/∂sum times the weight."""
        leaving = self._leaving[names.output_of(self.layers, layer, number)]
        return "+".join(product(self.sum_gradient(layer + 1, p.target), f"{{{p.name}}}") for p in leaving)

    def sum_gradient(self, layer: int, number: int) -> str:
        """∂E/∂sum of a neuron: ∂E/∂a times the derivative of its activation function."""
        slope = self.slope(layer, number)
        if layer == self.last:
            # With cross-entropy the slope of a sigmoid, or of softmax, cancels against the loss's own denominator.
            off = f"({{a_o{number}}}-{{t{number}}})"
            return off if self.experiment.crossed else product(off, slope)
        if self.hands_back:
            return product(f"{{{names.gradient(names.output_of(self.layers, layer, number))}}}", slope)
        return product(f"({self.handed_back(layer, number)})", slope)

    def slope(self, layer: int, number: int) -> str:
        """∂a/∂sum of a neuron, the derivative of its activation function; nothing where that is 1."""
        name = names.neuron(self.layers, layer, number)
        slope = _ACTIVATIONS[self.experiment.activations[layer - 1]][1]
        return slope.replace("{x}", f"{{{name}}}").replace("{y}", f"{{a_{name}}}")

    def _gradient(self, parameter: names.Parameter) -> Quantity:
        meaning = f"The gradient: how E_total changes with {parameter.name}. {self._updates.use_of_gradient}"
        formula = product(self.sum_gradient(parameter.layer, parameter.target), parameter.factor)
        return Quantity(names.gradient(parameter.name), Group.GRADIENTS, meaning, (formula,))


def write_notation(experiment: "Experiment") -> Notation:
    """Write down every quantity of an experiment's table."""
    return Writer(experiment).notation()
