"""The cached values: what the workbook's formulas give, row by row.

A viewer that does not recalculate shows the cached values, so they are computed from the very formulas that are
written, in the same order of operations and with C's `exp`, as a spreadsheet does: they equal a recalculation bit for
bit (see docs/architecture.md). Whether the formulas are right is for `sheetgen.network.numpy_reference` to say.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import CodeType

from sheetgen.network.experiment import Experiment
from sheetgen.network.names import parameters
from sheetgen.network.quantities import REFERENCE, Notation

Value = float | str
"""A number, or the error that a spreadsheet shows in its place, such as `#NUM!`."""
Row = Sequence[Value]

_FUNCTIONS: dict[str, object] = {
    "EXP": math.exp,
    "LN": math.log,
    "TANH": math.tanh,
    "MAX": max,
    "MIN": min,
    "SQRT": math.sqrt,
    "COS": math.cos,
    "INT": math.floor,
    "PI": lambda: math.pi,
    "IF": lambda condition, yes, no: yes if condition else no,
}


def start_values(experiment: Experiment) -> list[dict[str, float]]:
    """Return what stands on the Start sheet under each name, one mapping per sample; constants come last."""
    named = parameters(experiment.layers, with_biases=bool(experiment.biases))
    values = zip(named, (*experiment.weights, *experiment.biases), strict=True)
    first = {parameter.name: value for parameter, value in values}
    return [
        {f"i{number}": value for number, value in enumerate(pair.inputs, start=1)}
        | {f"t{number}": value for number, value in enumerate(pair.targets, start=1)}
        | first
        | experiment.settings
        for pair in experiment.pairs
    ]


def evaluate(formula: str, values: Mapping[str, Value]) -> Value:
    """Evaluate one formula of the notation, given a value for each name in it; `@1` and `@start` are ignored.

    An error among the values is passed on, as in a spreadsheet.
    """
    for match in REFERENCE.finditer(formula):
        value = values[match[1]]
        if isinstance(value, str):
            return value
    return _number(_compiled(formula), {"values": values})


@lru_cache(maxsize=4096)
def _compiled(formula: str) -> CodeType:
    source = REFERENCE.sub(lambda match: f"values[{match[1]!r}]", formula).replace("^", "**")
    return compile(source, "<formula>", "eval")


def _number(source: str | CodeType, scope: dict[str, object]) -> Value:
    """Evaluate the Python form of a formula; a failure becomes the error that a spreadsheet would show."""
    try:
        result = float(eval(source, dict(_FUNCTIONS), scope))
    except ZeroDivisionError:
        return "#DIV/0!"
    except (OverflowError, ValueError):
        return "#NUM!"
    return result if math.isfinite(result) else "#NUM!"


class Evaluator:
    """Computes the rows of an experiment's table, for one learning rate after another."""

    def __init__(self, experiment: Experiment, notation: Notation) -> None:
        self._notation = notation
        self._starts = start_values(experiment)
        self._index = {name: position for position, name in enumerate(notation.names)}
        first, period = notation.first_rows, notation.period
        self._steps = {row % period: self._compile_row(row) for row in range(first, first + period)}

    def rows(self, learning_rate: float, last: int) -> Iterator[Row]:
        """Yield the rows from 0 to the given one, each with its values in the order of the columns."""
        samples, first_rows, period = len(self._starts), self._notation.first_rows, self._notation.period
        above: deque[Row] = deque(maxlen=first_rows)
        for number in range(last + 1):
            start = self._starts[number % samples]
            row: Row | None = None
            if number >= first_rows:
                try:
                    row = self._steps[number % period](start, learning_rate, above)
                    if not math.isfinite(math.fsum(row)):
                        row = None
                except (ArithmeticError, ValueError, TypeError):
                    row = None
            if row is None:
                row = self._careful_row(number, start, learning_rate, above)
            above.appendleft(row)
            yield row

    def _compile_row(self, number: int) -> Callable[[Mapping[str, float], float, Sequence[Row]], tuple[float, ...]]:
        """Compile a row's formulas of all columns into one function, for every row that has the same.

        Its source consists of the notation's formulas alone; no text of the user's gets into it.
        """
        lines = [
            f"  c{position} = {self._python(q.formula(number))}" for position, q in enumerate(self._notation.quantities)
        ]
        result = ", ".join(f"c{position}" for position in range(len(lines)))
        source = "\n".join(["def step(start, eta, above):", *lines, f"  return ({result},)"])
        scope = dict(_FUNCTIONS)
        exec(source, scope)
        step: Callable[[Mapping[str, float], float, Sequence[Row]], tuple[float, ...]] = scope["step"]  # type: ignore[assignment]
        return step

    def _python(self, formula: str) -> str:
        def place(name: str, source: str | None) -> str:
            if name == "eta":
                return "eta"
            if source == "start":
                return f"start[{name!r}]"
            return f"above[{int(source) - 1}][{self._index[name]}]" if source else f"c{self._index[name]}"

        return REFERENCE.sub(lambda match: place(match[1], match[2]), formula).replace("^", "**")

    def _careful_row(self, number: int, start: Mapping[str, float], eta: float, above: Sequence[Row]) -> Row:
        """Compute a row cell by cell, passing errors on as a spreadsheet does."""
        row: list[Value] = []
        scope: dict[str, object] = {"start": start, "eta": eta, "above": above}
        for position, quantity in enumerate(self._notation.quantities):
            value = self._careful_cell(quantity.formula(number), scope)
            scope[f"c{position}"] = value
            row.append(value)
        return tuple(row)

    def _careful_cell(self, formula: str, scope: dict[str, object]) -> Value:
        source = self._python(formula)
        for operand in re.findall(r"above\[\d+\]\[\d+\]|\bc\d+\b", source):
            value = eval(operand, {}, scope)
            if isinstance(value, str):
                return value
        return _number(source, scope)
