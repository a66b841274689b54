"""A sheet's quantities and formulas, wherever they may stand.

A formula is text with names in braces: `{w1}` of the same iteration, `{w1@1}` of the one before.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

Number = float | np.ndarray
Content = Number | str
"""A typed number, or a formula without its `=`."""

ALL = "#*"
"""`{h1#*}` are `{h1#0}`, `{h1#1}` and so on, which stand below each other."""

Place = tuple[str, int]
"""A quantity's name and an iteration."""

NAME = re.compile(r"\{([^{}@]+)(?:@(\d+))?\}")


@dataclass(frozen=True)
class Quantity:
    """What a label stands for.

    Attributes:
        name: `w1`, `a_h1`, `g_w1` (gradient), `d_h1` (δ), `n_w1` (new), `s_w1` (step), `m_w1`, `v_w1`.
        role: what it is for: input, target, weight, sum, activation, error, loss, delta, gradient, and so on.
        typed: numbers in turn, for each iteration; empty if it is worked out.
        formula: how it follows from others.
        first: its content in the first iteration, where that differs.
        shape: rows and columns, for a matrix.
        exceptions: other contents, by iteration.
        about: a name that its label mentions, such as the neuron's or the parameter's.
    """

    name: str
    role: str
    typed: tuple[Number, ...] = ()
    formula: str = ""
    first: Content | None = None
    shape: tuple[int, int] = (1, 1)
    exceptions: Mapping[int, Content] = field(default_factory=dict)
    about: str = ""

    def content(self, step: int) -> Content:
        """What stands in its cell at an iteration."""
        if step in self.exceptions:
            return self.exceptions[step]
        if step == 0 and self.first is not None:
            return self.first
        return self.formula or self.typed[step % len(self.typed)]


@dataclass(frozen=True)
class Program:
    """All quantities of a table, in the order of their columns, and the constants beside it.

    Attributes:
        constants: typed once, outside the table.
        unlabelled: which of them have no label.
        starts_empty: whether the first row holds nothing but first weights.
    """

    quantities: tuple[Quantity, ...]
    constants: Mapping[str, Number]
    steps: int
    unlabelled: frozenset[str] = frozenset()
    starts_empty: bool = False

    def __getitem__(self, name: str) -> Quantity:
        return next(each for each in self.quantities if each.name == name)

    def names(self, *roles: str) -> list[str]:
        """The names of all quantities of some roles."""
        return [each.name for each in self.quantities if each.role in roles]

    def cells(self) -> Iterator[tuple[Quantity, int]]:
        """All quantities with the iterations in which they have a cell."""
        for step in range(self.steps):
            for each in self.quantities:
                if not (self.starts_empty and step == 0 and each.first is None):
                    yield each, step

    def changed(self, name: str, **changes: object) -> "Program":
        """The same with one quantity changed."""
        found = tuple(replace(each, **changes) if each.name == name else each for each in self.quantities)
        return replace(self, quantities=found)


Values = dict[str, list[Number | str]]


def evaluate(program: Program) -> Values:
    """Work out every quantity in every iteration, with Python and NumPy in the place of a spreadsheet."""
    values: Values = {each.name: [] for each in program.quantities}
    done = {(each.name, step) for each, step in program.cells()}
    order = _order(program)
    with np.errstate(all="ignore"):
        for step in range(program.steps):
            for name in order:
                value = _value(program, name, step, values) if (name, step) in done else float("nan")
                values[name].append(value)
    return values


def _value(program: Program, name: str, step: int, values: Values) -> Number | str:
    content = program[name].content(step)
    if not isinstance(content, str):
        return content
    if content.startswith("'"):
        return content[1:]

    def look(other: str, lag: int) -> Number:
        if other.endswith(ALL):
            return np.array([as_number(values[each][step - lag]) for each in _samples(program, other)])
        found = program.constants[other] if other in program.constants else as_number(values[other][step - lag])
        return np.float64(found) if isinstance(found, float) else found  # which divides by zero

    found = _compiled(content)(look)
    return float(found) if np.ndim(found) == 0 else np.asarray(found, float)


def _samples(program: Program, name: str) -> list[str]:
    start = name.removesuffix("*")
    return [
        each.name for each in program.quantities if each.name.startswith(start) and each.name[len(start) :].isdigit()
    ]


def as_number(value: Number | str) -> Number:
    """Read a text as a number, as arithmetic in a sheet does."""
    return float(value) if isinstance(value, str) else value


_PYTHON: dict[str, Callable[[Callable[[str, int], Number]], Number]] = {}


def _compiled(formula: str) -> Callable[[Callable[[str, int], Number]], Number]:
    if formula not in _PYTHON:
        text = re.sub(r"(?<![<>=])=(?!=)", "==", formula).replace("<>", "!=").replace("^", "**")
        text = NAME.sub(lambda match: f"_({match[1]!r},{match[2] or 0})", text)
        _PYTHON[formula] = eval(f"lambda _: {text}", dict(_FUNCTIONS))  # our own text, in Excel's few functions
    return _PYTHON[formula]


def _round(value: Number, digits: int) -> Number:
    scale = 10.0**digits
    return np.sign(value) * np.floor(np.abs(value) * scale + 0.5) / scale


_FUNCTIONS: dict[str, object] = {
    "EXP": np.exp,
    "TANH": np.tanh,
    "LN": np.log,
    "ABS": np.abs,
    "SQRT": np.sqrt,
    "MAX": np.maximum,
    "MIN": np.minimum,
    "IF": np.where,
    "POWER": np.power,
    "POW": np.power,  # as Google writes it
    "ROUND": _round,
    "SUM": lambda *parts: sum(map(np.sum, parts)),
    "AVERAGE": lambda *parts: np.mean(np.hstack([np.ravel(part) for part in parts])),
    "SUMPRODUCT": lambda *parts: np.sum(np.prod(np.broadcast_arrays(*parts), axis=0)),
    "MMULT": lambda left, right: np.asarray(left) @ np.asarray(right),
    "TRANSPOSE": np.transpose,
    "RAND": lambda: 0.3745401188473625,
}


def _order(program: Program) -> list[str]:
    """Put precedents before dependents; the order of columns need not be the order of calculation."""
    needs = {each.name: _needs(program, each) for each in program.quantities}
    order: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"{name} refers to itself")
        if name not in order and name in needs:
            for other in needs[name]:
                visit(other, (*above, name))
            order[name] = None

    for name in needs:
        visit(name, ())
    return list(order)


def _needs(program: Program, quantity: Quantity) -> list[str]:
    contents = [quantity.formula, quantity.first, *quantity.exceptions.values()]
    texts = [each for each in contents if isinstance(each, str)]
    names = [match[1] for text in texts for match in NAME.finditer(text) if not int(match[2] or 0)]
    return [each for name in names for each in (_samples(program, name) if name.endswith(ALL) else [name])]
