"""What each quantity of a network is: its name, its meaning, and one formula in the class's notation.

A formula is text with the names of other quantities in braces, `{w1}*{i1}+{w2}*{i2}`. The same text is shown to the
reader with the names in place (`pretty`), written to Excel with cell addresses in place (`sheetgen.workbook.layout`),
and evaluated for the cached values (`sheetgen.network.cached_values`). Nothing else knows the mathematics of the
workbook's formulas; `sheetgen.network.numpy_reference` states the same mathematics a second time, independently, to
check them.

A reference may say where the quantity is taken from: `{w1@1}` is one row above (the iteration before), `{w1@start}`
the editable cell on the first sheet, `{eta}` the learning rate.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from sheetgen.network import names
from sheetgen.network.names import Activation, Loss

if TYPE_CHECKING:
    from sheetgen.network.experiment import Experiment

REFERENCE = re.compile(r"\{([^}@]+)(?:@(\w+))?\}")


class Group(Enum):
    """The part of the table that a quantity belongs to; the value is its heading."""

    ITERATION = "Iteration"
    DATA = "Targets and inputs"
    WEIGHTS = "Weights"
    FORWARD = "Forward pass"
    ERROR = "Error"
    GRADIENTS = "Gradients"


@dataclass(frozen=True)
class Quantity:
    """One column of the table.

    Attributes:
        name: what it is called, `a_h1`.
        group: the part of the table it stands in.
        meaning: one sentence for a reader who sees it for the first time.
        formulas: the formula of row 0, row 1, …; the last one holds for all rows after it.
        rule: the left and right side of the line to show, where these are not the name and the last formula.
    """

    name: str
    group: Group
    meaning: str
    formulas: tuple[str, ...]
    rule: tuple[str, str] | None = None

    def formula(self, row: int) -> str:
        """Return the formula of a row, counted from 0."""
        return self.formulas[min(row, len(self.formulas) - 1)]

    @property
    def line(self) -> str:
        """The quantity's formula as it is shown to the reader: `h1 = w1·i1 + w2·i2`."""
        left, right = self.rule or (self.name, self.formulas[-1])
        return f"{left} = {pretty(right)}"


@dataclass(frozen=True)
class Notation:
    """All quantities of an experiment's table, in the order of its columns.

    Attributes:
        quantities: the columns.
        curve: the quantity plotted as the learning curve: `E_total`, or its mean over the samples.
    """

    quantities: tuple[Quantity, ...]
    curve: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(quantity.name for quantity in self.quantities)

    @cached_property
    def by_name(self) -> dict[str, Quantity]:
        """The quantities by their names."""
        return {quantity.name: quantity for quantity in self.quantities}

    @property
    def trained(self) -> list[str]:
        """The names of the weights and biases that training changes, in the order of the columns."""
        return [q.name for q in self.quantities if q.group is Group.WEIGHTS and len(q.formulas) > 1]

    def of(self, *groups: Group) -> list[Quantity]:
        """Return the quantities of these groups, in the order of the columns."""
        return [quantity for quantity in self.quantities if quantity.group in groups]

    @property
    def first_rows(self) -> int:
        """How many rows have special formulas before every further row is like the one above."""
        return max(len(quantity.formulas) for quantity in self.quantities) - 1

    @cached_property
    def blocks(self) -> dict[str, tuple[str, ...]]:
        """The formulas in symbols under their headings, for the explanation above the table."""
        return {
            "Forward pass": _lines(self.of(Group.FORWARD), 8),
            "Error": _lines(self.of(Group.ERROR), 4),
            "Update": _lines([self.by_name[name] for name in self.trained], 3),
            "Backward pass": _lines(self.of(Group.GRADIENTS), 8),
        }


def shown_name(name: str) -> str:
    """Return what a quantity is called before the reader's eyes: the learning rate is η."""
    return "η" if name == "eta" else name


def pretty(formula: str, show: Callable[[str], str] = shown_name) -> str:
    """Write a formula as on a blackboard: names without braces, `·` for `*`, `²`, `½` and `e^(…)`.

    Args:
        formula: a formula of the notation.
        show: what to write for a name (letters, digits and underscores); by default the name itself.
    """
    text = REFERENCE.sub(lambda match: show(match[1]), formula)
    text = re.sub(r"EXP\(-(\w+)\)", r"e^(−\1)", text)
    for plain, written in (("0.5*", "½·"), ("^2", "²"), ("LN(", "ln("), ("TANH(", "tanh("), ("MAX(", "max(")):
        text = text.replace(plain, written)
    text = re.sub(r"IF\((\w+)>0,1,0\)", r"(1 if \1 > 0, else 0)", text)
    text = text.replace("*", "·").replace("+", " + ")
    return re.sub(r"(?<=[\w)²])-", " − ", text).replace("-", "−").replace(",", ", ").replace(",  ", ", ")


# For each activation function: its value at the sum {x}, and its derivative in terms of {x} and the value {y}.
_ACTIVATIONS: dict[Activation, tuple[str, str]] = {
    "sigmoid": ("1/(1+EXP(-{x}))", "{y}*(1-{y})"),
    "tanh": ("TANH({x})", "(1-{y}^2)"),
    "relu": ("MAX(0,{x})", "IF({x}>0,1,0)"),
    "linear": ("{x}", ""),
}
_LOSSES: dict[Loss, str] = {
    "half squared error": "0.5*({t}-{a})^2",
    "binary cross-entropy": "-({t}*LN({a})+(1-{t})*LN(1-{a}))",
}
_SIGNS: dict[Activation, str] = {"sigmoid": "σ", "tanh": "", "relu": "relu", "linear": ""}
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
        # With one hidden layer the class writes the whole chain into one formula. With more layers, or many outputs,
        # that formula would become unreadable, so what is propagated from layer to layer gets columns of its own.
        self.hands_back: bool = self.last > 2 or (self.last == 2 and self.layers[-1] > _MOST_OUTPUTS_IN_ONE_FORMULA)

    def notation(self) -> Notation:
        """Write down all quantities, in the order of the table's columns."""
        counted = "How many times the weights have been updated. Row 0 holds the first weights."
        quantities = (
            Quantity("iteration", Group.ITERATION, counted, ("0", "{iteration@1}+1")),
            *self._data(),
            *(quantity for layer in range(1, self.last + 1) for quantity in self._layer(layer)),
            *self._errors(),
            *(self._handed_back_columns() if self.hands_back else ()),
            *map(self._gradient, self.trained),
        )
        return Notation(quantities, "E_total" if self._samples == 1 else "E_mean")

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
        for number in names.neurons(self.layers, layer):
            yield from self._neuron(layer, number)

    def _parameter(self, parameter: names.Parameter) -> Quantity:
        name, target = parameter.name, names.neuron(self.layers, parameter.layer, parameter.target)
        source = parameter.source.removeprefix("a_")
        meaning = f"The weight from {source} to {target}" if source else f"The bias of {target}"
        start, update = f"{{{name}@start}}", f"{{{name}@1}}-{{eta}}*{{{names.gradient(name)}@1}}"
        if not source and not self.experiment.train_biases:
            return Quantity(name, Group.WEIGHTS, f"{meaning}; it is not trained.", (start,))
        meaning += ". Row 0 takes it from Start; every later row subtracts η times the gradient of the row above."
        return Quantity(name, Group.WEIGHTS, meaning, (start, update), (f"new {name}", update))

    def _neuron(self, layer: int, number: int) -> Iterator[Quantity]:
        name = names.neuron(self.layers, layer, number)
        total = "+".join(product(f"{{{p.name}}}", p.factor) for p in self._arriving[layer, number])
        yield Quantity(name, Group.FORWARD, f"The weighted sum that reaches {name}.", (total,))
        kind = self.experiment.activations[layer - 1]
        formula = _ACTIVATIONS[kind][0].replace("{x}", f"{{{name}}}")
        meaning = f"The activation of {name}, what this neuron hands on ({kind})."
        if layer == self.last:
            meaning = f"Output {number} of the network: the activation of {name} ({kind})."
        left = f"a_{name} = {_SIGNS[kind]}({name})" if _SIGNS[kind] else f"a_{name}"
        yield Quantity(f"a_{name}", Group.FORWARD, meaning, (formula,), (left, formula))

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
            # With cross-entropy the sigmoid's slope a·(1−a) cancels against the loss's own denominator.
            cancels = self.experiment.loss == "binary cross-entropy"
            return product(f"({{a_o{number}}}-{{t{number}}})", "" if cancels else slope)
        if self.hands_back:
            return product(f"{{{names.gradient(names.output_of(self.layers, layer, number))}}}", slope)
        return product(f"({self.handed_back(layer, number)})", slope)

    def slope(self, layer: int, number: int) -> str:
        """∂a/∂sum of a neuron, the derivative of its activation function; nothing where that is 1."""
        name = names.neuron(self.layers, layer, number)
        slope = _ACTIVATIONS[self.experiment.activations[layer - 1]][1]
        return slope.replace("{x}", f"{{{name}}}").replace("{y}", f"{{a_{name}}}")

    def _gradient(self, parameter: names.Parameter) -> Quantity:
        meaning = f"The gradient: how E_total changes with {parameter.name}. The update subtracts η times it."
        formula = product(self.sum_gradient(parameter.layer, parameter.target), parameter.factor)
        return Quantity(names.gradient(parameter.name), Group.GRADIENTS, meaning, (formula,))


def write_notation(experiment: "Experiment") -> Notation:
    """Write down every quantity of an experiment's table."""
    return Writer(experiment).notation()


def product(*factors: str) -> str:
    """Join the factors that are not empty."""
    return "*".join(factor for factor in factors if factor)


def _lines(quantities: list[Quantity], most: int) -> tuple[str, ...]:
    """Show every line, or, where there are too many, one of each shape and the name of the last."""
    if len(quantities) <= most:
        return tuple(quantity.line for quantity in quantities)
    shapes: dict[str, str] = {}
    for quantity in quantities:
        shapes.setdefault(re.sub(r"\d+", "#", quantity.line), quantity.line)
    return (*list(shapes.values())[: most - 1], f"… and likewise up to {quantities[-1].name}")
