"""The formulas of a network with a cell for each number, written in one of several ways."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.sheetgen.support.layouts.mathematics import (
    ACTIVATIONS,
    DECAY,
    MEAN,
    MOMENTUM,
    SQUARES,
    TINY,
    WEIGHT_DECAY,
    Mathematics,
    Neuron,
    Parameter,
)
from tests.sheetgen.support.layouts.program import NAME, Program, Quantity

WORKINGS = ("inline", "delta", "chain")
UPDATES = ("next", "new", "step", "negative step")
FORMS = ("plain", "POWER", "POW", "+0", "leading plus", "IF blank", "ROUND")


@dataclass(frozen=True)
class Way:
    """How a person writes it down.

    Attributes:
        working: whether gradients are whole products (inline), or go through δ or chain-rule columns.
        update: whether a weight's next value stands in the next row, in a column of its own, or via a step column.
        form: how formulas are spelt.
        after: whether the weights of a row are those after its update, so that the first row holds weights alone.
        referred: whether inputs and targets refer to unlabelled cells.
        counted: whether there is a column that counts the iterations.
        percent: whether a column shows the loss in percent.
        steps: how many iterations.
    """

    working: str = "inline"
    update: str = "next"
    form: str = "plain"
    after: bool = False
    referred: bool = False
    counted: bool = True
    percent: bool = False
    steps: int = 8


def network_program(mathematics: Mathematics, way: Way) -> Program:
    """Write a network's quantities and formulas."""
    writer = _Writer(mathematics, way)
    start = mathematics.start()
    used = {match[1] for each in writer.quantities for match in NAME.finditer(f"{each.formula} {each.first}")}
    columns = {each.name for each in writer.quantities}
    constants = {name: start[name] for name in start if name.startswith("eta") and name in used - columns}
    if way.referred:
        constants |= {f"given {name}": value for name, value in mathematics.data()[0].items()}
    unlabelled = frozenset(name for name in constants if name.startswith("given "))
    program = Program(tuple(map(writer.spelt, writer.quantities)), constants, way.steps, unlabelled)
    return _weights_after(program) if way.after else program


def _weights_after(program: Program) -> Program:
    """Let each row's weights be those after its update, and the first row hold weights alone."""
    weights = set(program.names("weight"))

    def moved(quantity: Quantity) -> Quantity:
        if quantity.role == "count":
            return replace(quantity, first=0.0)
        own = quantity.role == "weight"
        formula = NAME.sub(
            lambda match: f"{{{match[1]}@1}}" if match[1] in weights else f"{{{match[1]}}}", quantity.formula
        )
        return replace(quantity, formula=formula, first=quantity.first if own else None)

    kept = tuple(moved(each) for each in program.quantities)
    return replace(program, quantities=kept, steps=program.steps + 1, starts_empty=True)


class _Writer:
    def __init__(self, mathematics: Mathematics, way: Way) -> None:
        self._maths, self._way = mathematics, way
        self.quantities = [*self._given(), *self._weights(), *self._forward(), *self._backward(), *self._states()]

    def spelt(self, quantity: Quantity) -> Quantity:
        """Write a quantity's formulas in the way's form."""
        if quantity.role in ("count", "given") or not quantity.formula:
            return quantity
        first = self._spelt(quantity.first, quantity.role) if isinstance(quantity.first, str) else quantity.first
        return replace(quantity, formula=self._spelt(quantity.formula, quantity.role), first=first)

    def _spelt(self, formula: str, role: str) -> str:
        form = self._way.form
        if form == "+0":
            return f"{formula}+0"
        if form == "leading plus":
            return f"+{formula}"
        if form == "ROUND" and role in ("activation", "gradient", "loss"):
            return f"ROUND({formula},6)"
        return formula

    def _square(self, text: str) -> str:
        return f"{self._way.form}({text},2)" if self._way.form.startswith("POW") else f"({text})^2"

    def _given(self) -> Iterator[Quantity]:
        if self._way.counted or self._maths.optimiser == "adam":
            yield Quantity("iteration", "count", formula="{iteration@1}+1", first=1.0)
        data = self._maths.data()
        for name in [*self._maths.inputs, *self._maths.targets]:
            role = "input" if name.startswith("i") else "target"
            if self._way.referred:
                yield Quantity(name, role, formula=f"{{given {name}}}")
            else:
                yield Quantity(name, role, tuple(each[name] for each in data))

    def _weights(self) -> Iterator[Quantity]:
        start = self._maths.start()
        if self._maths.rate == "decaying":
            yield Quantity("eta", "rate", formula=f"{{eta@1}}*{DECAY}", first=start["eta"])
        for each in self._maths.parameters:
            formula = f"{{n_{each.name}@1}}" if self._way.update == "new" else self._next(each, 1)
            yield Quantity(each.name, "weight", formula=formula, first=start[each.name], about=each.name)

    def _next(self, parameter: Parameter, lag: int) -> str:
        """Write an update; with a lag of 1 all of it is in the row above."""
        at = f"@{lag}" if lag else ""
        name = parameter.name
        if self._way.update == "step":
            return f"{{{name}{at}}}-{{s_{name}{at}}}"
        if self._way.update == "negative step":
            return f"{{{name}{at}}}+{{s_{name}{at}}}"
        return f"{{{name}{at}}}-{self._step(parameter, at)}"

    def _step(self, parameter: Parameter, at: str) -> str:
        name = parameter.name
        eta = {"one": "{eta}", "per layer": f"{{eta{parameter.layer}}}", "decaying": f"{{eta{at}}}"}[self._maths.rate]
        slope, mean, square = f"{{g_{name}{at}}}", f"{{m_{name}{at}}}", f"{{v_{name}{at}}}"
        count = f"{{iteration{at}}}"
        return {
            "sgd": f"{eta}*{slope}",
            "momentum": f"{eta}*{mean}",
            "nesterov": f"{eta}*({slope}+{MOMENTUM}*{mean})",
            "rmsprop": f"{eta}*{slope}/(SQRT({square})+{TINY:.8f})",
            "adam": f"{eta}*({mean}/(1-{MEAN}^{count}))/(SQRT({square}/(1-{SQUARES}^{count}))+{TINY:.8f})",
            "weight decay": f"{eta}*({slope}+{WEIGHT_DECAY}*{{{name}{at}}})",
        }[self._maths.optimiser]

    def _function(self, neuron: Neuron) -> str:
        return self._maths.output if neuron.name.startswith("o") else self._maths.hidden

    def _before(self, parameter: Parameter) -> str:
        return f"{{{parameter.source}}}" if parameter.source.startswith("i") else f"{{a_{parameter.source}}}"

    def _forward(self) -> Iterator[Quantity]:
        parameters = self._maths.parameters
        for row in self._maths.neurons:
            for each in row:
                into = [one for one in parameters if each.name in one.targets]
                terms = [f"{{{one.name}}}*{self._before(one)}" if one.source else f"{{{one.name}}}" for one in into]
                yield Quantity(each.name, "sum", formula="+".join(terms), about=each.name)
                if self._maths.loss == "softmax" and each.name.startswith("o"):
                    yield Quantity(f"e_{each.name}", "exponential", formula=f"EXP({{{each.name}}})", about=each.name)
                else:
                    text = ACTIVATIONS[self._function(each)][0].format(z=f"{{{each.name}}}")
                    yield Quantity(each.activation, "activation", formula=text, about=each.name)
        if self._maths.loss == "softmax":
            total = "+".join(f"{{e_{each.name}}}" for each in row)
            for each in row:
                yield Quantity(each.activation, "activation", formula=f"{{e_{each.name}}}/({total})", about=each.name)
        yield from self._errors()

    def _errors(self) -> Iterator[Quantity]:
        outputs, loss = self._maths.neurons[-1], self._maths.loss
        for each in outputs:
            a, t = f"{{{each.activation}}}", f"{{t{each.position}}}"
            text = {
                "half squares": f"0.5*{self._square(f'{t}-{a}')}",
                "mean of halves": f"0.5*{self._square(f'{t}-{a}')}",
                "cross-entropy": f"-({t}*LN({a})+(1-{t})*LN(1-{a}))",
                "softmax": f"-({t}*LN({a}))",
            }.get(loss, self._square(f"{t}-{a}"))
            yield Quantity(f"E{each.position}", "error", formula=text)
        total = "+".join(f"{{E{each.position}}}" for each in outputs)
        mean = loss.startswith("mean") and len(outputs) > 1
        yield Quantity("E_total", "loss", formula=f"({total})/{len(outputs)}" if mean else total)
        if self._way.percent:
            yield Quantity("percent", "percent", formula="{E_total}*100")

    def _slope_of_loss(self, neuron: Neuron) -> str:
        """Write the derivative of the loss by an output."""
        a, t, count = f"{{{neuron.activation}}}", f"{{t{neuron.position}}}", len(self._maths.neurons[-1])
        over = f"/{count}" if count > 1 else ""
        return {
            "half squares": f"({a}-{t})",
            "squares": f"2*({a}-{t})",
            "mean square": f"2*({a}-{t}){over}",
            "mean of halves": f"({a}-{t}){over}",
            "cross-entropy": f"({a}-{t})/({a}*(1-{a}))",
        }[self._maths.loss]

    def _slope(self, neuron: Neuron) -> str:
        """Write the derivative of an activation function."""
        return ACTIVATIONS[self._function(neuron)][1].format(z=f"{{{neuron.name}}}", a=f"{{{neuron.activation}}}")

    def _delta(self, neuron: Neuron) -> str:
        """Write δ of a neuron, in one formula or by the δs behind it."""
        if neuron.name.startswith("o"):
            if self._maths.loss in ("softmax", "cross-entropy"):
                return f"({{{neuron.activation}}}-{{t{neuron.position}}})"
            return f"{self._slope_of_loss(neuron)}*{self._slope(neuron)}"
        return f"({self._sum_behind(neuron)})*{self._slope(neuron)}"

    def _sum_behind(self, neuron: Neuron) -> str:
        terms = []
        for each in self._maths.neurons[neuron.layer]:
            weight = next(
                one.name for one in self._maths.weights if one.source == neuron.name and one.targets == (each.name,)
            )
            behind = {
                "inline": self._delta(each) if self._way.working == "inline" else "",
                "delta": f"{{d_{each.name}}}",
                "chain": f"{{p_{each.name}}}*{{q_{each.name}}}",
            }[self._way.working]
            terms.append(f"{behind}*{{{weight}}}")
        return "+".join(terms)

    def _backward(self) -> Iterator[Quantity]:
        for row in reversed(self._maths.neurons):
            for each in row if self._way.working != "inline" else ():
                if self._way.working == "delta":
                    yield Quantity(f"d_{each.name}", "delta", formula=self._delta(each), about=each.name)
                    continue
                is_output = each.name.startswith("o")
                slope = self._slope_of_loss(each) if is_output else self._sum_behind(each)
                yield Quantity(f"p_{each.name}", "slope", formula=slope, about=each.name)
                yield Quantity(f"q_{each.name}", "helper", formula=self._slope(each), about=each.name)
        neurons = {each.name: each for row in self._maths.neurons for each in row}
        for one in self._maths.parameters:
            terms = [self._gradient(one, neurons[target]) for target in one.targets]
            yield Quantity(f"g_{one.name}", "gradient", formula="+".join(terms), about=one.name)

    def _gradient(self, parameter: Parameter, neuron: Neuron) -> str:
        delta = {
            "inline": self._delta(neuron) if self._way.working == "inline" else "",
            "delta": f"{{d_{neuron.name}}}",
            "chain": f"{{p_{neuron.name}}}*{{q_{neuron.name}}}",
        }[self._way.working]
        return f"{delta}*{self._before(parameter)}" if parameter.source else delta

    def _states(self) -> Iterator[Quantity]:
        for one in self._maths.parameters:
            yield from self._state(one.name)
            if self._way.update == "new":
                yield Quantity(f"n_{one.name}", "new", formula=self._next(one, 0), about=one.name)
            elif "step" in self._way.update:
                sign = "-" if "negative" in self._way.update else ""
                yield Quantity(f"s_{one.name}", "step", formula=sign + self._step(one, ""), about=one.name)

    def _state(self, name: str) -> Iterator[Quantity]:
        kind, slope = self._maths.optimiser, f"{{g_{name}}}"
        if kind in ("momentum", "nesterov"):
            yield Quantity(f"m_{name}", "state", formula=f"{MOMENTUM}*{{m_{name}@1}}+{slope}", first=slope, about=name)
        if kind == "adam":
            rest = f"{1 - MEAN:.2f}*{slope}"
            yield Quantity(f"m_{name}", "state", formula=f"{MEAN}*{{m_{name}@1}}+{rest}", first=rest, about=name)
        if kind in ("adam", "rmsprop"):
            rest = f"{1 - SQUARES:.2f}*{self._square(slope)}"
            yield Quantity(f"v_{name}", "state", formula=f"{SQUARES}*{{v_{name}@1}}+{rest}", first=rest, about=name)
