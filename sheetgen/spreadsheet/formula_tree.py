"""Formulas as trees, for those who look inside them: parsed by formualizer, with each reference as an area."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import formualizer

from sheetgen.spreadsheet.array_functions import PREFIX
from sheetgen.spreadsheet.formula import Area, Piece, UnreadableFormulaError

_NEWER = ("_xlfn.", "_xlws.")
COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")


class Node(NamedTuple):
    """A part of a formula.

    Attributes:
        kind: `number`, `text`, `truth`, `reference`, `name`, `function`, `call`, `infix`, `prefix`, `array`, `omitted`.
        value: the number, text or truth; the position of a reference in `Tree.areas`; the name of a function in capital
            letters; an operator; the number of columns of an array.
        parts: its arguments, operands or elements.
    """

    kind: str
    value: float | str | bool | int | None = None
    parts: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """Yield this part and all within it, outer ones first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.parts)


class Tree(NamedTuple):
    """A formula: its outermost part, and what its references refer to."""

    root: Node
    areas: tuple[Area, ...]

    def area(self, reference: Node) -> Area:
        """Return what one of its references refers to."""
        return self.areas[int(reference.value or 0)]

    def referred(self, part: Node) -> list[Area]:
        """Return the areas that a part of it refers to, in its order, each as often as it does."""
        return [self.area(node) for node in part.walk() if node.kind == "reference"]


def parse(pieces: Sequence[Piece]) -> Tree:
    """Parse the pieces of a formula.

    Raises:
        UnreadableFormulaError: it is malformed.
    """
    positions: dict[Area, int] = {}
    text = "="
    for piece in pieces:
        if piece.area is None:
            text += piece.text
        else:
            # Formulas that differ only in their references become the same text, which is parsed once.
            text += f"A{positions.setdefault(piece.area, len(positions)) + 1}"
    areas, root = list(positions), _parsed(text)
    if "INDEX" in text.upper():
        root = _narrowed(root, areas)
    return Tree(root, tuple(areas))


def _narrowed(node: Node, areas: list[Area]) -> Node:
    """Replace `INDEX` of a range at a fixed place by a reference to that cell, which is added to the areas."""
    if node.parts:
        node = node._replace(parts=tuple(_narrowed(part, areas) for part in node.parts))
    if node.kind == "function" and node.value == "INDEX" and _is_fixed(node):
        area, places = areas[int(node.parts[0].value or 0)], [int(part.value or 0) for part in node.parts[1:]]
        height, width = area.last_row - area.first_row + 1, area.last_column - area.first_column + 1
        row, column = (1 if size == 1 else place for size, place in zip((height, width), places, strict=True))
        if 1 <= row <= height and 1 <= column <= width:
            top, left = area.first_row + row - 1, area.first_column + column - 1
            areas.append(Area(area.sheet, top, left, top, left))
            return Node("reference", len(areas) - 1)
    return node


def _is_fixed(node: Node) -> bool:
    kinds = [part.kind for part in node.parts]
    return kinds == ["reference", "number", "number"]


@lru_cache(maxsize=1 << 12)
def _parsed(text: str) -> Node:
    try:
        return _elementwise(_convert(formualizer.parse(text)))
    except (formualizer.ParserError, formualizer.TokenizerError, ValueError, RecursionError) as error:
        raise UnreadableFormulaError("not a formula that can be read") from error


def _convert(node: formualizer.ASTNode) -> Node:
    kind = node.node_type()
    parts = tuple(map(_convert, node.children()))
    if kind == "Array":
        return Node("array", len(node.to_dict()["rows"][0]), parts)
    if kind == "Literal":
        return _literal(node.get_literal_value())
    if kind == "Reference":
        text = str(node.get_reference_string())
        return Node("reference", int(text[1:]) - 1) if text[1:].isdecimal() else Node("name", text.casefold())
    if kind == "Function":
        return Node("function", _plain_name(str(node.get_function_name())), parts)
    if kind in ("BinaryOp", "UnaryOp"):
        sign = str(node.get_operator())
        if kind == "UnaryOp" and sign in "+@":
            return parts[0]
        return Node("infix" if kind == "BinaryOp" else "prefix", sign, parts)
    return Node(kind.lower(), None, parts)


def _literal(value: object) -> Node:
    if isinstance(value, bool):
        return Node("truth", value)
    if isinstance(value, int | float):
        return Node("number", float(value))
    return Node("text", str(value))


def _plain_name(name: str) -> str:
    for prefix in _NEWER:
        name = name.removeprefix(prefix).removeprefix(prefix.upper())
    return name.upper().removeprefix(PREFIX)


def _elementwise(node: Node) -> Node:
    """Write an element of an array formula, `INDEX(A1:B2-C1:D2,1,2)`, as a formula of single elements where it can."""
    parts = tuple(map(_elementwise, node.parts))
    node = node._replace(parts=parts)
    fixed = len(parts) == 3 and all(part.kind == "number" for part in parts[1:])
    return _element(*parts) if node.kind == "function" and node.value == "INDEX" and fixed else node


def _element(node: Node, row: Node, column: Node) -> Node:
    if node.kind == "function" and node.value == "TRANSPOSE":
        return _element(node.parts[0], column, row)
    if node.kind in ("infix", "prefix") or (node.kind == "function" and node.value in ELEMENTWISE):
        return node._replace(parts=tuple(_element(part, row, column) for part in node.parts))
    if node.kind in ("number", "text", "truth"):
        return node
    return Node("function", "INDEX", (node, row, column))


ELEMENTWISE = {
    *("EXP", "LN", "LOG", "LOG10", "SQRT", "POWER", "POW", "ABS", "SIGN", "TANH", "SINH", "COSH", "ATAN", "SIN", "COS"),
    *("IF", "IFERROR", "ROUND", "INT", "TRUNC", "ROUNDUP", "ROUNDDOWN", "NOT"),
}
"""Functions that work element by element on arrays."""
