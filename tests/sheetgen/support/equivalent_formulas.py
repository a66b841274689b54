"""The formulas of a 2-2-2 network as trees, what they give, and the many ways to write each that mean the same."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

OUTER = ("w5", "w6", "w7", "w8")
WEIGHTS = ("w1", "w2", "w3", "w4", *OUTER)
DATA = ("t1", "t2", "i1", "i2")
START = {
    **dict(zip(("i1", "i2", "t1", "t2", "b1", "b2", "eta"), (0.05, 0.1, 0.01, 0.99, 0.35, 0.6, 0.5), strict=True)),
    **dict(zip(WEIGHTS, (0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55), strict=True)),
}

_SUM, _PRODUCT, _POWER, _SIGN, _ATOM = range(5)  # Excel binds a leading minus tighter than `^`


@dataclass(frozen=True)
class Node:
    """A formula: its kind, the name or number it says, and its operands."""

    kind: str
    parts: tuple["Node", ...] = ()
    name: str = ""
    number: float = 0.0


def ref(name: str) -> Node:
    """Refer to a quantity of the same row."""
    return Node("ref", name=name)


def above(name: str) -> Node:
    """Refer to a quantity of the row above."""
    return Node("above", name=name)


def number(value: float) -> Node:
    """Say a number."""
    return Node("number", number=value)


def node(kind: str, *parts: Node) -> Node:
    """Put parts together."""
    return Node(kind, parts)


def formulas(*, biases: bool = False, hidden: str = "sigmoid") -> dict[str, Node]:
    """Return what each quantity is worked out by, in an order in which that can be done."""
    found: dict[str, Node] = {}
    for layer, inputs, letter, weights in ((1, "i", "h", WEIGHTS[:4]), (2, "a_h", "o", OUTER)):
        for neuron in (1, 2):
            terms = [
                node("product", ref(weights[2 * neuron - 3 + source]), ref(f"{inputs}{source}")) for source in (1, 2)
            ]
            own = ref(f"{letter}{neuron}")
            found[own.name] = node("sum", *terms, *([ref(f"b{layer}")] if biases else []))
            found[f"a_{own.name}"] = node(hidden if layer == 1 else "sigmoid", own)
    for output in (1, 2):
        found[f"E{output}"] = node("half", node("square", node("less", ref(f"t{output}"), ref(f"a_o{output}"))))
    found["E_total"] = node("sum", ref("E1"), ref("E2"))
    for weight in WEIGHTS:
        found[f"∂E/∂{weight}"] = _gradient(weight, hidden)
    return found


def _gradient(weight: str, hidden: str) -> Node:
    place = WEIGHTS.index(weight) % 4
    target, source = place // 2 + 1, place % 2 + 1
    if weight in OUTER:
        return node("product", delta(target), ref(f"a_h{source}"))
    terms = [node("product", delta(output), ref(OUTER[2 * output - 3 + target])) for output in (1, 2)]
    slope = node("slope", ref(f"a_h{target}")) if hidden == "sigmoid" else node("step", ref(f"h{target}"))
    return node("product", node("sum", *terms), slope, ref(f"i{source}"))


def delta(output: int) -> Node:
    """Return ∂E/∂o of an output."""
    a = ref(f"a_o{output}")
    return node("product", node("less", a, ref(f"t{output}")), node("slope", a))


def update(weight: str) -> Node:
    """Return the weight of the next row."""
    return node("less", above(weight), node("product", ref("eta"), above(f"∂E/∂{weight}")))


def value(tree: Node, own: Mapping[str, float], last: Mapping[str, float]) -> float:
    """Work out a formula in a row; `last` is the row above."""
    if tree.kind in ("ref", "above", "number"):
        return tree.number if tree.kind == "number" else (own if tree.kind == "ref" else last)[tree.name]
    return _MEANINGS[tree.kind](*(value(part, own, last) for part in tree.parts))


_MEANINGS: dict[str, Callable[..., float]] = {
    "sum": lambda *terms: sum(terms),
    "product": lambda *factors: math.prod(factors),
    "less": lambda one, other: one - other,
    "square": lambda x: x * x,
    "half": lambda x: 0.5 * x,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "slope": lambda a: a * (1 - a),
    "relu": lambda z: max(0.0, z),
    "step": lambda z: float(z > 0),
}

Written = tuple[str, int]

# Each way of writing, by what it is a way of. `{0}` is an operand as it is; `{0:m}` is in brackets if it is a sum,
# `{0:p}` if it is a sum or product, `{0:a}` unless it is a reference, a number or a function.
WAYS: dict[str, dict[str, tuple[str, int]]] = {
    "square": {
        "x^2": ("{0:a}^2", _POWER),
        "POWER": ("POWER({0},2)", _ATOM),
        "x*x": ("{0:a}*{0:a}", _PRODUCT),
        "POWER of the negative": ("POWER(-{0:a},2)", _ATOM),
        "ABS": ("ABS({0})^2", _POWER),
        "SUMSQ": ("SUMSQ({0})", _ATOM),
    },
    "half": {
        "0.5": ("0.5*{0:p}", _PRODUCT),
        "1/2": ("1/2*{0:p}", _PRODUCT),
        "(1/2)": ("(1/2)*{0:p}", _PRODUCT),
        "x/2": ("{0:p}/2", _PRODUCT),
        "x*0.5": ("{0:p}*0.5", _PRODUCT),
        ".5": (".5*{0:p}", _PRODUCT),
        "50%": ("50%*{0:p}", _PRODUCT),
        "POWER(2,-1)": ("POWER(2,-1)*{0:p}", _PRODUCT),
    },
    "sigmoid": {
        "1/(1+EXP(-z))": ("1/(1+EXP(-{0:a}))", _PRODUCT),
        "EXP(-1*z)": ("1/(1+EXP(-1*{0:a}))", _PRODUCT),
        "EXP((-1)*z)": ("1/(1+EXP((-1)*{0:a}))", _PRODUCT),
        "EXP(z*-1)": ("1/(1+EXP({0:a}*-1))", _PRODUCT),
        "EXP(0-z)": ("1/(1+EXP(0-{0:p}))", _PRODUCT),
        "EXP()+1": ("1/(EXP(-{0:a})+1)", _PRODUCT),
        "POWER(…,-1)": ("POWER(1+EXP(-{0:a}),-1)", _ATOM),
        "(…)^-1": ("(1+EXP(-{0:a}))^-1", _POWER),
        "(…)^(-1)": ("(1+EXP(-{0:a}))^(-1)", _POWER),
        "1/EXP(z)": ("1/(1+1/EXP({0}))", _PRODUCT),
        "EXP(z)/(1+EXP(z))": ("EXP({0})/(1+EXP({0}))", _PRODUCT),
        "EXP(1)^-z": ("1/(1+EXP(1)^-{0:a})", _PRODUCT),
        "TANH": ("(1+TANH({0:p}/2))/2", _PRODUCT),
    },
    "slope": {
        "a*(1-a)": ("{0:a}*(1-{0:a})", _PRODUCT),
        "(1-a)*a": ("(1-{0:a})*{0:a}", _PRODUCT),
        "a-a^2": ("{0:a}-{0:a}^2", _SUM),
        "a-a*a": ("{0:a}-{0:a}*{0:a}", _SUM),
        "-a*(a-1)": ("-{0:a}*({0:a}-1)", _PRODUCT),
        "a/(1/(1-a))": ("{0:a}/(1/(1-{0:a}))", _PRODUCT),
    },
    "less": {
        "a-b": ("{0}-{1:m}", _SUM),
        "-(b-a)": ("-({1}-{0:m})", _SIGN),
        "-1*(b-a)": ("-1*({1}-{0:m})", _PRODUCT),
        "-b+a": ("-{1:a}+{0}", _SUM),
        "a+-1*b": ("{0}+-1*{1:p}", _SUM),
        "SUM(a,-b)": ("SUM({0},-{1:a})", _ATOM),
    },
    "relu": {
        "MAX(0,z)": ("MAX(0,{0})", _ATOM),
        "MAX(z,0)": ("MAX({0},0)", _ATOM),
        "IF(z>0,z,0)": ("IF({0}>0,{0},0)", _ATOM),
        "IF(z<0,0,z)": ("IF({0}<0,0,{0})", _ATOM),
        "IF(z<=0,0,z)": ("IF({0}<=0,0,{0})", _ATOM),
        "(z>0)*z": ("({0}>0)*{0:a}", _PRODUCT),
        "(z+ABS(z))/2": ("({0}+ABS({0}))/2", _PRODUCT),
    },
    "step": {
        "IF(z>0,1,0)": ("IF({0}>0,1,0)", _ATOM),
        "IF(z<=0,0,1)": ("IF({0}<=0,0,1)", _ATOM),
        "(z>0)*1": ("({0}>0)*1", _PRODUCT),
        "--(z>0)": ("--({0}>0)", _SIGN),
        "N(z>0)": ("N({0}>0)", _ATOM),
        "INT(z>0)": ("INT({0}>0)", _ATOM),
    },
}
# Ways that may be taken anywhere.
HABITS = ("commute", "brackets", "spaces", "lower case", "leading plus", "SUM", "PRODUCT", "IFERROR", "line break")
ALL_WAYS = (*(f"{kind}: {way}" for kind, ways in WAYS.items() for way in list(ways)[1:]), *HABITS)


class _Operand(str):
    """An operand, as a part of what is written: in brackets where its place asks for it."""

    __slots__ = ("binding",)
    binding: int

    def __format__(self, spec: str) -> str:
        needed = {"": _SUM, "m": _PRODUCT, "p": _POWER, "a": _ATOM}[spec]
        return f"({self!s})" if self.binding < needed else str(self)


def _operand(written: Written) -> _Operand:
    text = _Operand(written[0])
    text.binding = written[1]
    return text


@dataclass
class Pen:
    """Writes formulas in some ways, chosen by chance where there are several.

    Attributes:
        ways: those of `ALL_WAYS` that may be taken beside the plain ones.
        inlined: quantities whose formula is written instead of a reference to them.
        trees: their formulas.
        rng: makes the choices.
    """

    ways: frozenset[str] = frozenset()
    inlined: frozenset[str] = frozenset()
    trees: Mapping[str, Node] = field(default_factory=dict)
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    def write(self, tree: Node, place: Callable[[str, bool], str]) -> str:
        """Write a formula; `place` tells how a quantity of the same row, or of the row above, is referred to."""
        text = self._write(tree, place, above=False)[0]
        if self._does("leading plus"):
            text = "+" + text
        if self._does("IFERROR"):
            text = f"IFERROR({text},0)"
        if self._does("lower case"):
            for function in ("EXP", "POWER", "SUM", "PRODUCT", "IF", "MAX", "TANH"):
                text = text.replace(f"{function}(", f"{function.lower()}(")
        return "=" + text

    def _does(self, habit: str) -> bool:
        return habit in self.ways and self.rng.random() < 0.5

    def _write(self, tree: Node, place: Callable[[str, bool], str], *, above: bool) -> Written:
        written = self._plainly(tree, place, above=above)
        return (f"({written[0]})", _ATOM) if self._does("brackets") else written

    def _plainly(self, tree: Node, place: Callable[[str, bool], str], *, above: bool) -> Written:
        if tree.kind == "number":
            return f"{tree.number:.15g}", _ATOM
        if tree.kind in ("ref", "above"):
            higher = above or tree.kind == "above"
            if tree.name in self.inlined:
                return self._write(self.trees[tree.name], place, above=higher)
            return place(tree.name, higher), _ATOM
        parts = [_operand(self._write(part, place, above=above)) for part in tree.parts]
        if tree.kind in ("sum", "product"):
            return self._joined(tree.kind, parts)
        known = WAYS[tree.kind]
        ways = [way for position, way in enumerate(known) if not position or f"{tree.kind}: {way}" in self.ways]
        shape, binding = known[self.rng.choice(ways[1:] or ways)]
        return self._aired(shape.format(*parts)), binding

    def _joined(self, kind: str, parts: list[_Operand]) -> Written:
        """Write a sum or product of several operands."""
        if self._does("commute"):
            self.rng.shuffle(parts)
        function, sign = ("SUM", "+") if kind == "sum" else ("PRODUCT", "*")
        if self._does(function):
            return f"{function}({','.join(parts)})", _ATOM
        specs = ["" if kind == "sum" else "p" if "/" in part else "m" for part in parts]
        texts = [format(part, spec) for part, spec in zip(parts, specs, strict=True)]
        joint = f" {sign} " if self._does("spaces") else f"\n{sign}" if self._does("line break") else sign
        return joint.join(texts), _SUM if kind == "sum" else _PRODUCT

    def _aired(self, text: str) -> str:
        """Put spaces where they change nothing."""
        return text.replace(",", " , ").replace("(", "( ") if self._does("spaces") else text
