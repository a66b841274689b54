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

from sheetgen.network import names
from sheetgen.network.experiment import Activation, Experiment

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
        blocks: the formulas in symbols under their headings, for the explanation above the table.
    """

    quantities: tuple[Quantity, ...]
    curve: str
    blocks: dict[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(quantity.name for quantity in self.quantities)

    @property
    def first_rows(self) -> int:
        """How many rows have special formulas before every further row is like the one above."""
        return max(len(quantity.formulas) for quantity in self.quantities) - 1

    @property
    def settling(self) -> int:
        """How many rows the curve needs to settle: a mean over the samples starts with fewer of them."""
        return next(len(q.formulas) for q in self.quantities if q.name == self.curve) - 1


def _written(name: str) -> str:
    return "η" if name == "eta" else name


def pretty(formula: str, show: Callable[[str], str] = _written) -> str:
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


def write_notation(experiment: Experiment) -> Notation:
    """Write down every quantity of an experiment's table."""
    return Writer(experiment).notation()


# For each activation function: its value at the sum {x}, and its derivative in terms of {x} and the value {y}.
_ACTIVATIONS: dict[Activation, tuple[str, str]] = {
    "sigmoid": ("1/(1+EXP(-{x}))", "{y}*(1-{y})"),
    "tanh": ("TANH({x})", "(1-{y}^2)"),
    "relu": ("MAX(0,{x})", "IF({x}>0,1,0)"),
    "linear": ("{x}", ""),
}
_SIGNS: dict[Activation, str] = {"sigmoid": "σ", "tanh": "", "relu": "relu", "linear": ""}
_BLOCK_LINES = 8
_MOST_OUTPUTS_IN_ONE_FORMULA = 6


class Writer:
    """Writes the notation of one experiment, from the inputs to the updates."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.layers: tuple[int, ...] = experiment.layers
        self.last: int = len(self.layers) - 1
        self.weights: list[names.Weight] = list(names.weights(self.layers))
        self.arriving: dict[tuple[int, int], list[names.Weight]] = defaultdict(list)
        self.leaving: dict[tuple[int, int], list[names.Weight]] = defaultdict(list)
        for weight in self.weights:
            self.arriving[weight.layer, weight.target].append(weight)
            self.leaving[weight.layer - 1, weight.source].append(weight)
        self.samples: int = len(experiment.pairs)
        # With one hidden layer the class writes the whole chain into one formula. With more layers, or many outputs,
        # that formula would become unreadable, so what is propagated from layer to layer gets columns of its own.
        self.hands_back: bool = self.last > 2 or (self.last == 2 and self.layers[-1] > _MOST_OUTPUTS_IN_ONE_FORMULA)

    def notation(self) -> Notation:
        """Write down all quantities, in the order of the table's columns."""
        quantities = (
            self._iteration(),
            *self._data(),
            *(quantity for layer in range(1, self.last + 1) for quantity in self._layer(layer)),
            *self._errors(),
            *self._handed_back_columns(),
            *self._gradients(),
        )
        return Notation(quantities, "E_total" if self.samples == 1 else "E_mean", self._blocks(quantities))

    def _iteration(self) -> Quantity:
        meaning = "How many times the weights have been updated. Row 0 holds the first weights."
        return Quantity(
            "iteration", Group.ITERATION, meaning, ("0", "{iteration@1}+1"), ("iteration", "{iteration@1}+1")
        )

    def _data(self) -> Iterator[Quantity]:
        taken = " The samples are taken in turn, one per iteration." if self.samples > 1 else ""
        for number in names.neurons(self.layers, self.last):
            meaning = f"Target {number}: what output {number} shall become.{taken}"
            yield Quantity(f"t{number}", Group.DATA, meaning, (f"{{t{number}@start}}",))
        for number in names.neurons(self.layers, 0):
            meaning = f"Input {number}: what the network is shown.{taken}"
            yield Quantity(f"i{number}", Group.DATA, meaning, (f"{{i{number}@start}}",))

    def _layer(self, layer: int) -> Iterator[Quantity]:
        """One layer's weights and biases, then each neuron's sum and activation."""
        for weight in self.weights:
            if weight.layer == layer:
                source = names.neuron(self.layers, layer - 1, weight.source)
                target = names.neuron(self.layers, layer, weight.target)
                yield self._trained(weight.name, f"The weight from {source} to {target}.")
        if self.experiment.biases:
            for number in names.neurons(self.layers, layer):
                name = names.bias(self.layers, layer, number)
                neuron = names.neuron(self.layers, layer, number)
                if self.experiment.train_biases:
                    yield self._trained(name, f"The bias of {neuron}.")
                else:
                    meaning = f"The bias of {neuron}; it is not trained."
                    yield Quantity(name, Group.WEIGHTS, meaning, (f"{{{name}@start}}",))
        for number in names.neurons(self.layers, layer):
            yield self._sum(layer, number)
            yield self._activation(layer, number)

    def _trained(self, name: str, meaning: str) -> Quantity:
        update = f"{{{name}@1}}-{{eta}}*{{{names.gradient(name)}@1}}"
        return Quantity(
            name,
            Group.WEIGHTS,
            f"{meaning} Row 0 takes it from Start; every later row subtracts η times the gradient of the row above.",
            (f"{{{name}@start}}", update),
            (f"new {name}", update),
        )

    def _sum(self, layer: int, number: int) -> Quantity:
        name = names.neuron(self.layers, layer, number)
        terms = [
            f"{{{weight.name}}}*{{{names.output_of(self.layers, layer - 1, weight.source)}}}"
            for weight in self.arriving[layer, number]
        ]
        if self.experiment.biases:
            terms.append(f"{{{names.bias(self.layers, layer, number)}}}")
        return Quantity(name, Group.FORWARD, f"The weighted sum that reaches {name}.", ("+".join(terms),))

    def _activation(self, layer: int, number: int) -> Quantity:
        name = names.neuron(self.layers, layer, number)
        kind = self.experiment.activations[layer - 1]
        formula = _ACTIVATIONS[kind][0].replace("{x}", f"{{{name}}}")
        meaning = f"The activation of {name}, what this neuron hands on ({kind})."
        if layer == self.last:
            meaning = f"Output {number} of the network: the activation of {name} ({kind})."
        left = f"a_{name} = {_SIGNS[kind]}({name})" if _SIGNS[kind] else f"a_{name}"
        return Quantity(f"a_{name}", Group.FORWARD, meaning, (formula,), (left, formula))

    def _errors(self) -> Iterator[Quantity]:
        outputs = names.neurons(self.layers, self.last)
        for number in outputs:
            yield Quantity(f"E{number}", Group.ERROR, f"The error of output {number}.", (self._error(number),))
        total = "+".join(f"{{E{number}}}" for number in outputs)
        yield Quantity("E_total", Group.ERROR, "The total error: what training makes small.", (total,))
        if self.samples > 1:
            yield self._mean_error()

    def _error(self, number: int) -> str:
        t, a = f"{{t{number}}}", f"{{a_o{number}}}"
        if self.experiment.loss == "half squared error":
            return f"0.5*({t}-{a})^2"
        return f"-({t}*LN({a})+(1-{t})*LN(1-{a}))"

    def _mean_error(self) -> Quantity:
        """The mean over the last round of samples: E_total itself jumps from sample to sample."""

        def mean_of(rows: int) -> str:
            return "+".join(["{E_total}", *(f"{{E_total@{above}}}" for above in range(1, rows))])

        formulas = ("{E_total}", *(f"({mean_of(rows)})/{rows}" for rows in range(2, self.samples + 1)))
        meaning = f"The mean of E_total over the last {self.samples} rows, one of each sample; E_total itself jumps."
        return Quantity(
            "E_mean", Group.ERROR, meaning, formulas, ("E_mean", f"mean of the last {self.samples} E_total")
        )

    def _handed_back_columns(self) -> Iterator[Quantity]:
        if not self.hands_back:
            return
        for layer in range(self.last - 1, 0, -1):
            for number in names.neurons(self.layers, layer):
                output = names.output_of(self.layers, layer, number)
                meaning = f"How the total error changes with {output}: what the layer behind it hands back."
                name = names.gradient(output)
                yield Quantity(name, Group.GRADIENTS, meaning, (self.handed_back(layer, number),))

    def handed_back(self, layer: int, number: int) -> str:
        """∂E/∂a of a hidden neuron: through every neuron it feeds, that neuron's ∂E/∂sum times the weight."""
        return "+".join(
            product(self.sum_gradient(layer + 1, weight.target), f"{{{weight.name}}}")
            for weight in self.leaving[layer, number]
        )

    def sum_gradient(self, layer: int, number: int) -> str:
        """∂E/∂sum of a neuron: ∂E/∂a times the derivative of its activation function."""
        name = names.neuron(self.layers, layer, number)
        slope = self.slope(layer, number)
        if layer == self.last:
            # With cross-entropy the sigmoid's slope a·(1−a) cancels against the loss's own denominator.
            cancels = self.experiment.loss == "binary cross-entropy"
            return product(f"({{a_o{number}}}-{{t{number}}})", "" if cancels else slope)
        if self.hands_back:
            return product(f"{{{names.gradient(f'a_{name}')}}}", slope)
        return product(f"({self.handed_back(layer, number)})", slope)

    def slope(self, layer: int, number: int) -> str:
        """∂a/∂sum of a neuron, the derivative of its activation function; nothing where that is 1."""
        name = names.neuron(self.layers, layer, number)
        slope = _ACTIVATIONS[self.experiment.activations[layer - 1]][1]
        return slope.replace("{x}", f"{{{name}}}").replace("{y}", f"{{a_{name}}}")

    def _gradients(self) -> Iterator[Quantity]:
        for weight in self.weights:
            source = names.output_of(self.layers, weight.layer - 1, weight.source)
            formula = product(self.sum_gradient(weight.layer, weight.target), f"{{{source}}}")
            yield self._gradient(weight.name, formula)
        if self.experiment.train_biases:
            for layer, number in names.biases(self.layers):
                yield self._gradient(names.bias(self.layers, layer, number), self.sum_gradient(layer, number))

    def _gradient(self, name: str, formula: str) -> Quantity:
        meaning = f"The gradient: how E_total changes with {name}. The update subtracts η times it."
        return Quantity(names.gradient(name), Group.GRADIENTS, meaning, (formula,))

    def _blocks(self, quantities: tuple[Quantity, ...]) -> dict[str, tuple[str, ...]]:
        def of(group: Group) -> list[Quantity]:
            return [quantity for quantity in quantities if quantity.group is group]

        trained = [quantity for quantity in of(Group.WEIGHTS) if len(quantity.formulas) > 1]
        return {
            "Forward pass": _lines(of(Group.FORWARD), _BLOCK_LINES),
            "Error": _lines(of(Group.ERROR), 4),
            "Update": _lines(trained, 3),
            "Backward pass": _lines(of(Group.GRADIENTS), _BLOCK_LINES),
        }


def product(*factors: str) -> str:
    """Join the factors that are not empty."""
    return "*".join(factor for factor in factors if factor)


def _lines(quantities: list[Quantity], most: int) -> tuple[str, ...]:
    """Show every line, or, where there are too many, one of each shape and the name of the last."""
    if len(quantities) <= most:
        return tuple(quantity.line for quantity in quantities)
    shapes: dict[str, Quantity] = {}
    for quantity in quantities:
        shapes.setdefault(re.sub(r"\d+", "#", quantity.line), quantity)
    shown = [quantity.line for quantity in shapes.values()][: most - 1]
    return (*shown, f"… and likewise up to {quantities[-1].name}")
