"""Evaluates the tree of a formula on numbers that carry their derivatives."""

import operator
from collections.abc import Callable

import numpy as np

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss import dual_functions, duals
from sheetgen.verify.own_loss.duals import Dual, Given, UnknownFunctionError

Fetch = Callable[[Area], Given]
"""Returns what an area holds."""
Record = dict[Node, Dual]
"""What each part of a formula gave, as far as it is a single number."""
_MOST_NESTED = 200
_UNKNOWN_TEXT = "\0"


class Evaluation:
    """One evaluation of a formula.

    Args:
        tree: the formula.
        fetch: supplies what its references refer to.
        record: if given, filled with what each part gives.
        replaced: what some parts give instead of what they would.
        place: where the formula stands.
    """

    def __init__(
        self,
        tree: Tree,
        fetch: Fetch,
        record: Record | None = None,
        replaced: Record | None = None,
        place: Place | None = None,
    ) -> None:
        self._place = place
        self._replaced = replaced or {}
        self._tree = tree
        self._fetch = fetch
        self._record = record
        self._names: dict[str, Given | Node] = {}
        self._depth = 0

    def give(self, node: Node) -> Given:
        """Evaluate a part of the formula.

        Raises:
            UnknownFunctionError: it calls a function that has no rule.
        """
        if self._replaced and node in self._replaced:
            return self._replaced[node]
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise UnknownFunctionError("a formula nested too deeply")
        found = _KINDS.get(node.kind, Evaluation._refuse)(self, node)
        self._depth -= 1
        if self._record is not None and isinstance(found, Dual) and found.value.shape[:2] == (1, 1):
            self._record[node] = found
        return found

    def _refuse(self, node: Node) -> Given:
        raise UnknownFunctionError(str(node.value or node.kind))

    def _number(self, node: Node) -> Given:
        return duals.number(float(node.value or 0))

    def _text(self, node: Node) -> Given:
        return str(node.value)

    def _reference(self, node: Node) -> Given:
        return self._fetch(self._tree.area(node))

    def _name(self, node: Node) -> Given:
        held = self._names.get(str(node.value))
        if held is None or isinstance(held, Node):
            raise UnknownFunctionError(str(node.value))
        return held

    def _prefix(self, node: Node) -> Given:
        x = _as_number(self.give(node.parts[0]))
        if node.value == "%":
            return duals.multiply(x, duals.number(0.01))
        return duals.negative(x) if node.value == "-" else self._refuse(node)

    def _infix(self, node: Node) -> Given:
        x, y = (self.give(part) for part in node.parts)
        if node.value == "&":
            return _UNKNOWN_TEXT
        compare = _COMPARISONS.get(str(node.value))
        if compare and (isinstance(x, str) or isinstance(y, str)):
            return duals.number(float(compare(*(_rank(each) for each in (x, y)))))
        function = dual_functions.INFIX.get(str(node.value))
        return function(_as_number(x), _as_number(y)) if function else self._refuse(node)

    def _array(self, node: Node) -> Given:
        width = int(node.value or 1)
        numbers = [_as_number(self.give(part)).value.flat[0] for part in node.parts]
        return Dual(np.array(numbers).reshape(-1, width, 1))

    def _omitted(self, _: Node) -> Given:
        return duals.number(0.0)

    def _call(self, node: Node) -> Given:
        function, *arguments = node.parts
        if function.kind != "function" or function.value != "LAMBDA" or len(function.parts) != len(arguments) + 1:
            return self._refuse(node)
        held = dict(self._names)
        for name, argument in zip(function.parts, arguments, strict=False):
            self._names[str(name.value)] = self.give(argument)
        found = self.give(function.parts[-1])
        self._names = held
        return found

    def _function(self, node: Node) -> Given:
        name = str(node.value)
        if name in _SPECIAL:
            return _SPECIAL[name](self, node)
        lambda_of = self._names.get(name.casefold())
        if isinstance(lambda_of, Node):
            return self._call(Node("call", None, (lambda_of, *node.parts)))
        function = dual_functions.FUNCTIONS.get(name)
        if function is None:
            return self._refuse(node)
        return function(*(_as_number(self.give(part)) for part in node.parts))

    def _if(self, node: Node) -> Given:
        condition = _as_number(self.give(node.parts[0]))
        yes = condition.value != 0
        if yes.all() and np.isfinite(condition.value).all():
            return self.give(node.parts[1])
        other = node.parts[2] if len(node.parts) > 2 else Node("number", 0.0)
        if not yes.any():
            return self.give(other)
        return duals.choose(condition, _as_number(self.give(node.parts[1])), _as_number(self.give(other)))

    def _ifs(self, node: Node) -> Given:
        condition, value, *rest = node.parts
        other = Node("function", "IFS", tuple(rest)) if rest else Node("text", "#N/A")
        return self._if(Node("function", "IF", (condition, value, other)))

    def _let(self, node: Node) -> Given:
        held = dict(self._names)
        *pairs, last = node.parts
        for name, value in zip(pairs[::2], pairs[1::2], strict=True):
            is_lambda = value.kind == "function" and value.value == "LAMBDA"
            self._names[str(name.value)] = value if is_lambda else self.give(value)
        found = self.give(last)
        self._names = held
        return found

    def _index(self, node: Node) -> Given:
        block = _as_number(self.give(node.parts[0]))
        places = [_as_number(self.give(part)).value.flatten() for part in node.parts[1:]]
        if any((place != place[0]).any() for place in places):
            return self._refuse(node)
        at = [int(place[0]) for place in places]
        rows, columns = block.value.shape[:2]
        if len(at) == 1:
            at = [1, at[0]] if rows == 1 else [at[0], 1]
        row, column = (1 if size == 1 else place for size, place in zip((rows, columns), at, strict=True))
        if not (0 <= row <= rows and 0 <= column <= columns):
            return Dual(np.full((1, 1, 1), np.nan))
        part = tuple(slice(None) if place == 0 else slice(place - 1, place) for place in (row, column))
        absent = None if block.absent is None else block.absent[part]
        return Dual(block.value[part], None if block.slope is None else block.slope[part], absent)

    def _position(self, node: Node) -> Given:
        """Return the row or column of a reference, or of the formula itself."""
        at = 1 if node.value == "ROW" else 2
        if not node.parts and self._place is not None:
            return duals.number(float(self._place[at]))
        if node.parts and node.parts[0].kind == "reference":
            return duals.number(float(self._tree.area(node.parts[0])[at]))
        return self._refuse(node)

    def _some_text(self, _: Node) -> Given:
        return _UNKNOWN_TEXT

    def _number_of(self, node: Node) -> Given:
        found = self.give(node.parts[0])
        return duals.number(0.0) if isinstance(found, str) else found


_KINDS: dict[str, Callable[[Evaluation, Node], Given]] = {
    "number": Evaluation._number,
    "truth": Evaluation._number,
    "text": Evaluation._text,
    "reference": Evaluation._reference,
    "name": Evaluation._name,
    "prefix": Evaluation._prefix,
    "infix": Evaluation._infix,
    "array": Evaluation._array,
    "omitted": Evaluation._omitted,
    "call": Evaluation._call,
    "function": Evaluation._function,
}
_SPECIAL: dict[str, Callable[[Evaluation, Node], Given]] = {
    "IF": Evaluation._if,
    "IFS": Evaluation._ifs,
    "LET": Evaluation._let,
    "INDEX": Evaluation._index,
    "N": Evaluation._number_of,
    "ROW": Evaluation._position,
    "COLUMN": Evaluation._position,
    **dict.fromkeys(("TEXT", "CONCATENATE", "CONCAT", "FIXED", "T", "CHAR"), Evaluation._some_text),
}


def evaluate(
    tree: Tree, fetch: Fetch, record: Record | None = None, replaced: Record | None = None, place: Place | None = None
) -> Given:
    """Evaluate a formula.

    Raises:
        UnknownFunctionError: it calls a function that has no rule.
    """
    with np.errstate(all="ignore"):
        return Evaluation(tree, fetch, record, replaced, place).give(tree.root)


def _as_number(given: Given) -> Dual:
    if isinstance(given, str):
        return Dual(np.full((1, 1, 1), np.nan), None, np.ones((1, 1), dtype=np.bool_))
    return given


_COMPARISONS: dict[str, Callable[[tuple[bool, str], tuple[bool, str]], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def _rank(given: Given) -> tuple[bool, str]:
    """Order as a spreadsheet does: an empty cell equals an empty text, any number is less than a text."""
    if isinstance(given, str):
        return True, given.casefold()
    return given.absent is not None and bool(given.absent.all()), ""
