"""Quantities of a network as data: a name, a meaning, and one formula in the class's notation.

A formula is text with the names of other quantities in braces, `{w1}*{i1}+{w2}*{i2}`. The same text is shown to the
reader with the names in place (`pretty`), written to Excel with cell addresses in place (`sheetgen.workbook.layout`),
and evaluated for the cached values (`sheetgen.network.cached_values`).

A reference may say where the quantity is taken from: `{w1@1}` is one row above (the iteration before), `{w1@start}`
the editable cell on the first sheet, `{eta}` the learning rate.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

REFERENCE = re.compile(r"\{([^}@]+)(?:@(\w+))?\}")
_WRITTEN = (
    ("0.5*", "½·"),
    ("^2", "²"),
    ("LN(", "ln("),
    ("TANH(", "tanh("),
    ("MAX(", "max("),
    ("MIN(", "min("),
    ("COS(", "cos("),
    ("INT(", "int("),
    ("PI()", "π"),
)


class Group(Enum):
    """The part of the table that a quantity belongs to; the value is its heading."""

    ITERATION = "Iteration"
    DATA = "Targets and inputs"
    WEIGHTS = "Weights"
    FORWARD = "Forward pass"
    ERROR = "Error"
    GRADIENTS = "Gradients"
    OPTIMIZER = "Optimiser"


@dataclass(frozen=True)
class Quantity:
    """One column of the table.

    Attributes:
        name: what it is called, `a_h1`.
        group: the part of the table it stands in.
        meaning: one sentence for a reader who sees it for the first time.
        formulas: the formula of row 0, row 1, …; the last one is the one to explain.
        rule: the left and right side of the line to show, where these are not the name and the last formula.
        repeats: how many of the formulas, the last ones, come again and again in the rows that follow.
    """

    name: str
    group: Group
    meaning: str
    formulas: tuple[str, ...]
    rule: tuple[str, str] | None = None
    repeats: int = 1

    def formula(self, row: int) -> str:
        """Return the formula of a row, counted from 0."""
        beyond = row - len(self.formulas)
        return self.formulas[row if beyond < 0 else beyond % self.repeats - self.repeats]

    @property
    def from_before(self) -> str:
        """The formula with `{old v_w1}` for the quantity's own value before the update, where it builds on that."""
        own = re.escape(self.name)
        return re.sub(rf"\{{({own})@\d+\}}", r"{old \1}", self.formulas[-1])

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
        counter: the quantity that counts the rows: `iteration`, or where an iteration takes several rows, `row`.
    """

    quantities: tuple[Quantity, ...]
    curve: str
    counter: str = "iteration"

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
        """How many rows have special formulas before the formulas of further rows repeat."""
        return max(len(quantity.formulas) - quantity.repeats for quantity in self.quantities)

    @property
    def period(self) -> int:
        """After how many rows the formulas repeat, but for the sample that they take from Start."""
        return math.lcm(*(quantity.repeats for quantity in self.quantities))

    @cached_property
    def blocks(self) -> dict[str, tuple[str, ...]]:
        """The formulas in symbols under their headings, for the explanation above the table."""
        blocks = {
            "Forward pass": _lines(self.of(Group.FORWARD), 8),
            "Error": _lines(self.of(Group.ERROR), 4),
            "Update": _lines([self.by_name[name] for name in self.trained], 3),
            "Backward pass": _lines(self.of(Group.GRADIENTS), 8),
        }
        kept = self.of(Group.OPTIMIZER)
        return blocks | ({Group.OPTIMIZER.value: _lines(kept, 8)} if kept else {})


# The Greek letters of the papers, which are no names that Excel or a template could be asked to have.
_LETTERS = {
    "eta": "η",
    "momentum": "μ",
    "beta_1": "β1",
    "beta_2": "β2",
    "rho": "ρ",
    "epsilon": "ε",
    "weight_decay": "λ",
    "gamma": "γ",
}


def shown_name(name: str) -> str:
    """Return what a quantity is called before the reader's eyes: the learning rate is η."""
    return _LETTERS.get(name, name)


def pretty(formula: str, show: Callable[[str], str] = shown_name) -> str:
    """Write a formula as on a blackboard: names without braces, `·` for `*`, `²`, `½` and `e^(…)`.

    Args:
        formula: a formula of the notation.
        show: what to write for a name (letters, digits and underscores); by default the name itself.
    """

    def shown(match: re.Match[str]) -> str:
        text = show(match[1])
        return f"({text})" if "/" in text and formula.startswith("^2", match.end()) else text

    text = REFERENCE.sub(shown, formula)
    text = re.sub(r"EXP\(-(\w+)\)", r"e^(−\1)", text)
    text = re.sub(r"EXP\((\w+)\)", r"e^\1", text)
    text = re.sub(r"SQRT\(([\w\u0302]+)\)", r"√\1", text)
    for plain, written in _WRITTEN:
        text = text.replace(plain, written)
    text = re.sub(r"IF\((\w+)>0,(\w+),([^,()]+)\)", r"(\2 if \1 > 0, else \3)", text)
    text = text.replace("IF(", "if(").replace("<=", " ≤ ").replace("*", "·").replace("+", " + ")
    return re.sub(r"(?<=[\w)²])-", " − ", text).replace("-", "−").replace(",", ", ").replace(",  ", ", ")


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
