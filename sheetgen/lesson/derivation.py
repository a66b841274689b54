"""One iteration worked through as a teacher would on a blackboard: the class's six blocks, line by line.

Each line has a name and a formula in the notation's own terms. A formula may use the quantities of the table and the
names of earlier lines. The mathematics comes from the notation.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sheetgen.network import names
from sheetgen.network.constants import OPTIMIZER_NAMES
from sheetgen.network.experiment import Experiment
from sheetgen.network.notation import Writer
from sheetgen.network.quantities import Group, Notation, product

_MOST_LINES = 32  # what Adam makes of the class’s eight weights
_MOST_WAYS = 6
_MOST_ROWS = 8
_KEPT = "“old” is the number that was kept from the update before, 0 at first."


@dataclass(frozen=True)
class Line:
    """One line of the blackboard.

    Attributes:
        name: what stands left of the equals sign: a quantity of the table, its new value, or an intermediate step.
        formula: what stands right of it, in the notation's form: `({a_o1}-{t1})*{a_o1}`.
    """

    name: str
    formula: str


@dataclass(frozen=True)
class Block:
    """Lines under a heading, with one sentence that says what they are for."""

    heading: str
    remark: str
    lines: tuple[Line, ...]


def write_steps(experiment: Experiment, notation: Notation) -> tuple[Block, ...]:
    """Write down the steps of one iteration: forward, error, and the backward pass in six blocks."""
    return tuple(_Board(experiment, notation).blocks())


class _Board:
    def __init__(self, experiment: Experiment, notation: Notation) -> None:
        self._experiment, self._notation = experiment, notation
        self._writer = Writer(experiment)
        self._layers = experiment.layers
        self._last = len(experiment.layers) - 1

    def blocks(self) -> Iterator[Block]:
        forward = [self._own(quantity.name) for quantity in self._notation.of(Group.FORWARD)]
        errors = [self._own(quantity.name) for quantity in self._notation.of(Group.ERROR) if quantity.name != "E_mean"]
        remark = "From the inputs to the outputs: each neuron adds up what reaches it, and hands on its activation."
        yield _block("Forward pass", remark, forward)
        several = self._layers[-1] > 1
        remark = "How far the outputs are from their targets." if several else "How far the output is from its target."
        yield _block("Error", remark, errors)
        for number, (heading, remark, lines) in enumerate(self._backward(), start=1):
            yield _block(f"{number}  {heading}", remark, lines)

    def _backward(self) -> Iterator[tuple[str, str, list[Line]]]:
        """The class's blocks: one chain, factor by factor; the last layer; the hidden layers; the update."""
        first = next(parameter for parameter in self._writer.trained if parameter.layer == self._last)
        remark = f"The path from {first.name} to the error, factor by factor."
        remark += self._cancelling
        yield f"∂E/∂{first.name} by the chain rule", remark, self._factors(first)
        steep = "" if self._experiment.crossed or not self._writer.slope(self._last, 1) else " how steep,"
        remark = f"Every weight of the last layer has the same factors: how far off,{steep} and what comes in."
        yield "The weights of the last layer", remark, self._gradients(outer=True)
        if self._last > 1:
            remark = "A hidden neuron feeds every neuron behind it, so the ways through all of them are added."
            if max(self._layers[2:]) == 1:
                remark = "A hidden neuron feeds the one neuron behind it: what reaches that, times the weight between."
            back = [line for layer in range(self._last - 1, 0, -1) for line in self._back(layer)]
            yield "What reaches the hidden neurons", remark, back
            slopes = any(self._writer.slope(layer, 1) for layer in range(1, self._last))
            slope = " times the slope of its activation," if slopes else ""
            remark = f"What reaches the neuron,{slope} times what the weight carries."
            chains = [self._chain(parameter) for parameter in self._writer.trained if parameter.layer < self._last]
            yield "The weights of the hidden layers, as a chain", remark, chains
            if not self._writer.hands_back:
                remark = "The same in one piece, as it stands in the table’s cells."
                yield "Written out", remark, self._gradients(outer=False)
        kept = [q for q in self._notation.of(Group.OPTIMIZER) if not q.name.startswith("g_") or q.repeats == 1]
        if kept:
            name = OPTIMIZER_NAMES[self._experiment.optimizer]
            lines = [*self._mean(), *(Line(quantity.name, quantity.from_before) for quantity in kept)]
            yield f"What {name} makes of the gradients", _KEPT + self._of_the_batch, lines
        yield "Update", self._step_remark, [self._update(name) for name in self._notation.trained]

    def _mean(self) -> Iterator[Line]:
        """How the first parameter's mean gradient comes about, in a batch that is short enough to show."""
        name = self._notation.trained[0]
        rows = gradients_in_batch(self._experiment, name)
        if rows:
            decay = self._notation.by_name[f"g_{name}"].formulas[-1].partition(f"/{len(rows)}")[2]
            yield Line(f"g_{name}", f"({'+'.join(f'{{{row}}}' for row in rows)})/{len(rows)}{decay}")

    @property
    def _cancelling(self) -> str:
        """Why a cross-entropy leaves a − t of the first two factors, in a sentence."""
        if self._experiment.loss == "binary cross-entropy":
            return " The slope of the sigmoid cancels against the error’s own."
        if self._experiment.loss == "cross-entropy":
            return " Softmax divides by all e^o, so each output has its way; as the targets add up to 1, a − t is left."
        return ""

    @property
    def _of_the_batch(self) -> str:
        several = self._experiment.batch_size > 1
        return f" g is the mean of ∂E/∂w over the batch of {self._experiment.batch_size} rows." if several else ""

    @property
    def _step_remark(self) -> str:
        if self._experiment.optimizer == "sgd":
            remark = "One step against the gradient, η times as long; the next row of the table starts from here."
        else:
            remark = "One step; the next row of the table starts from here."
        return remark.replace("row", "batch") + self._of_the_batch if self._experiment.batch_size > 1 else remark

    def _update(self, name: str) -> Line:
        return Line(f"new {name}", self._notation.by_name[name].formulas[-1])

    def _own(self, name: str) -> Line:
        return Line(name, self._notation.by_name[name].formulas[-1])

    def _gradients(self, *, outer: bool) -> list[Line]:
        """The gradients of the last layer's parameters, or those of the layers before it."""
        trained = self._writer.trained
        return [self._own(names.gradient(p.name)) for p in trained if (p.layer == self._last) is outer]

    def _factors(self, weight: names.Parameter) -> list[Line]:
        """The chain from a weight of the last layer to the error."""
        neuron = names.neuron(self._layers, weight.layer, weight.target)
        slope = self._writer.slope(weight.layer, weight.target)
        off = f"({{a_o{weight.target}}}-{{t{weight.target}}})"
        crossed = self._experiment.crossed
        lines = [Line(f"∂E/∂{neuron}" if crossed else f"∂E/∂a_{neuron}", off)]
        if not crossed and slope:
            lines.append(Line(f"∂a_{neuron}/∂{neuron}", slope))
        lines.append(Line(f"∂{neuron}/∂{weight.name}", weight.factor))
        chain = product(*(f"{{{line.name}}}" for line in lines))
        return [*self._ways(weight.target), *lines, Line(names.gradient(weight.name), chain)]

    def _ways(self, output: int) -> list[Line]:
        """The ways from a sum to the error through every output of a softmax, and all of them together."""
        count = self._layers[-1]
        if self._experiment.loss != "cross-entropy" or count > _MOST_WAYS:
            return []
        own, ways = f"{{a_o{output}}}", []
        for number in names.neurons(self._layers, self._last):
            slope = f"{own}*(1-{own})" if number == output else f"(-{{a_o{number}}}*{own})"
            ways.append(Line(f"through a_o{number}", f"-{{t{number}}}/{{a_o{number}}}*{slope}"))
        return [*ways, Line("together", "+".join(f"{{{way.name}}}" for way in ways))]

    def _back(self, layer: int) -> Iterator[Line]:
        for number in names.neurons(self._layers, layer):
            name = names.gradient(names.output_of(self._layers, layer, number))
            yield Line(name, self._writer.handed_back(layer, number))

    def _chain(self, parameter: names.Parameter) -> Line:
        layer, number, name = parameter.layer, parameter.target, names.gradient(parameter.name)
        arriving = f"{{{names.gradient(names.output_of(self._layers, layer, number))}}}"
        return Line(name, product(arriving, self._writer.slope(layer, number), parameter.factor))


def gradients_in_batch(experiment: Experiment, name: str) -> list[str]:
    """Name a parameter's gradient in each row of a batch; none where there is one row, or too many to show."""
    size = experiment.batch_size
    return (
        [f"{names.gradient(name)} of the batch’s row {row}" for row in range(1, size + 1)]
        if 1 < size <= _MOST_ROWS
        else []
    )


def _block(heading: str, remark: str, lines: list[Line]) -> Block:
    """Keep every line, or only the first ones of a long block."""
    if len(lines) > _MOST_LINES:
        remark += f" The first {_MOST_LINES} of {len(lines)} lines; the others are made the same way."
    return Block(heading, remark, tuple(lines[:_MOST_LINES]))
