"""Which cells are updated: a cell from which a formula steps on, `w − η·∂E/∂w`, by something that depends on it."""

from collections.abc import Iterator

from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.graph import Graph

_MOST_VISITED = 3_000
_WRAPPERS = {"IF", "ROUND", "IFERROR", "IFS"}


def find_updates(graph: Graph) -> dict[Place, Place]:
    """Return the cells that are steps on from another one, each with that one.

    A formula is an update of a cell if it adds something to it, or to a multiple of it, and what it adds depends on
    that very cell by way of other formulas: the gradient at w depends on w. A formula that is built like such a one
    and steps on from the cell at the same distance is an update too, even if a mistake hides what it depends on.
    """
    found: dict[Place, Place] = {}
    alike: dict[tuple[Node, Node, object], None] = {}
    undecided = []
    for place, tree in graph.trees.items():
        if place not in graph.order:
            continue
        choices = list(_choices(graph, tree))
        base = next((base for base, factor, rest in choices if _depends_on_itself(graph, tree, base, rest)), None)
        if base is None:
            undecided += [(place, base, (tree.root, factor, _distance(place, base))) for base, factor, _ in choices]
        else:
            found[place] = base
            factor = next(factor for each, factor, _ in choices if each == base)
            alike[tree.root, factor, _distance(place, base)] = None
    for place, base, kind in undecided:
        if kind in alike and place not in found:
            found[place] = base
    stepped_on_from = set(found.values())  # the first step, whose old weights may stand elsewhere
    built = {kind[:2] for kind in alike}
    for place, base, kind in undecided:
        if place in stepped_on_from and kind[:2] in built and place not in found:
            found[place] = base
    return found


def _distance(place: Place, base: Place) -> object:
    return base[0] == place[0], base[1] - place[1], base[2] - place[2]


def _choices(graph: Graph, tree: Tree) -> Iterator[tuple[Place, Node, list[Node]]]:
    """Yield the cells that a formula may be stepping on from: the cell, the reference to it, and what is added."""
    terms = list(_terms(tree.root, positive=True))
    if len(terms) < 2:
        return
    for at, (positive, term) in enumerate(terms):
        rest = [each for position, (_, each) in enumerate(terms) if position != at]
        for factor, others in _carried(term) if positive else ():
            base = graph.source(_place(tree, factor))
            known = base in graph.trees or graph.number(base) is not None
            if known and not any(_depends(graph, tree, other, base) for other in others):
                yield base, factor, rest


def _depends_on_itself(graph: Graph, tree: Tree, base: Place, rest: list[Node]) -> bool:
    bare = any(_is(graph, tree, term, base) for _, term in _terms(tree.root, positive=True))
    return any(_depends(graph, tree, each, base, itself=bare) for each in rest)


def _is(graph: Graph, tree: Tree, node: Node, place: Place) -> bool:
    return node.kind == "reference" and graph.source(_place(tree, node)) == place


def _terms(node: Node, *, positive: bool) -> Iterator[tuple[bool, Node]]:
    """Take a sum apart; look into a formula that is wrapped in IF or ROUND."""
    if node.kind == "infix" and node.value in ("+", "-"):
        yield from _terms(node.parts[0], positive=positive)
        yield from _terms(node.parts[1], positive=positive == (node.value == "+"))
    elif node.kind == "prefix" and node.value == "-":
        yield from _terms(node.parts[0], positive=not positive)
    elif node.kind == "function" and node.value in _WRAPPERS:
        for part in node.parts:
            if part.kind == "infix":
                yield from _terms(part, positive=positive)
    elif node.kind == "function" and node.value == "SUM":
        for part in node.parts:
            yield from _terms(part, positive=positive)
    elif not (node.kind == "infix" and node.value in ("=", "<>", "<", ">", "<=", ">=")):
        yield positive, node


def _carried(term: Node) -> Iterator[tuple[Node, list[Node]]]:
    """Yield the references that a term is a multiple of, each with the other factors."""
    if term.kind == "reference":
        yield term, []
    elif term.kind == "infix" and term.value == "*":
        factors = list(_factors(term))
        for at, factor in enumerate(factors):
            if factor.kind == "reference":
                yield factor, factors[:at] + factors[at + 1 :]


def _factors(node: Node) -> Iterator[Node]:
    if node.kind == "infix" and node.value == "*":
        yield from _factors(node.parts[0])
        yield from _factors(node.parts[1])
    else:
        yield node


def _place(tree: Tree, node: Node) -> Place:
    area = tree.areas[int(node.value or 0)]
    return (area.sheet, area.first_row, area.first_column) if area.is_cell else ("", 0, 0)


def _depends(graph: Graph, tree: Tree, node: Node, base: Place, *, itself: bool = True) -> bool:
    """Tell whether a part of a formula depends on a cell, itself or only by way of other formulas."""
    areas = {int(part.value or 0) for part in node.walk() if part.kind == "reference"}
    held = [place for at in areas for place in graph.holds(tree.areas[at])]
    waiting = [place for place in held if itself or place != base]
    seen, lowest = set(waiting), graph.depth(base)
    while waiting and len(seen) < _MOST_VISITED:
        place = waiting.pop()
        if place == base:
            return True
        if graph.depth(place) > lowest:
            fresh = [each for each in graph.precedents(place) if each not in seen]
            seen.update(fresh)
            waiting += fresh
    return False
