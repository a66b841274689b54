"""Formulas with one reference replaced, as somebody may have meant them."""

from collections.abc import Iterator
from typing import NamedTuple

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.judge import Judged
from sheetgen.verify.own_loss.steps import Steps

_OF_SIGN = ("ABS", "IF", "MAX", "MIN", "SQRT")


class Swap(NamedTuple):
    """A formula with one reference replaced."""

    place: Place
    tree: Tree
    stands: Place
    belongs: Place
    occurrence: int | None


def swaps(steps: Steps, judged: Judged, cells: list[Place], wanted: list[Place]) -> Iterator[Swap]:
    """Yield formulas with one reference replaced: by a parameter that is nowhere used, or else by one of its kind."""
    graph, kinds = steps.graph, _Kinds(steps, judged)
    for place in cells:
        tree = graph.trees[place]
        for at, paths, occurrence in _choices(tree):
            stands = graph.source(tree.areas[at].corner)
            choices = kinds.like(stands)
            for belongs in [each for each in choices if each in wanted] if wanted else choices:
                if belongs not in (stands, place):
                    yield Swap(place, _with_reference(tree, paths, belongs), stands, belongs, occurrence)


def stranded(steps: Steps, judged: Judged) -> list[Place]:
    """Return the cells that refer to parameters on which the loss does not depend: nothing refers to these cells."""
    unused = set(judged.unused)
    return (
        [each for each in judged.draws.step.cells if not unused.isdisjoint(steps.graph.precedents(each))]
        if unused
        else []
    )


def uncopied(steps: Steps, judged: Judged) -> Iterator[tuple[Place, Place, Tree]]:
    """Yield cells that repeat another neuron's formula, that neuron, and the formula with unused parameters instead."""
    graph = steps.graph
    alike: dict[object, list[Place]] = {}
    for place in judged.forward:
        tree = graph.trees[place]
        alike.setdefault((tree.root, tuple(area[:5] for area in tree.areas)), []).append(place)
    for one, other in (found for found in alike.values() if len(found) == 2):
        elsewhere = {each for place in judged.forward if place not in (one, other) for each in graph.precedents(place)}
        own = {*graph.precedents(one)} - elsewhere
        wrong = [each for each in judged.draws.step.parameters if each in own]
        if len(wrong) == len(judged.unused):
            tree = graph.redirected(graph.trees[one], dict(zip(wrong, sorted(judged.unused), strict=True)))
            yield one, other, tree
            yield other, one, tree


def as_beside(steps: Steps, judged: Judged) -> Iterator[tuple[Place, Place, Tree]]:
    """Yield cells of the forward pass, one near them in their column, and the formula of that one moved to the cell.

    Such are the rows of several samples in one step, of which one is wrong.
    """
    graph, forward = steps.graph, judged.forward
    columns: dict[tuple[str, int], list[Place]] = {}
    for place in sorted(forward):
        columns.setdefault((place[0], place[2]), []).append(place)
    for places in columns.values():
        for at, place in enumerate(places):
            for other in places[max(0, at - 1) : at] + places[at + 1 : at + 2]:
                tree = _moved_down(graph.trees[other], place[1] - other[1])
                if tree.areas != graph.trees[place].areas or tree.root != graph.trees[place].root:
                    yield place, other, tree


def as_siblings(steps: Steps, judged: Judged) -> Iterator[dict[Place, tuple[Place, Tree]]]:
    """Yield cells of the forward pass that are built alike, one for each sample, unlike those beside them as deep.

    Yields:
        By cell, the one beside it, and the cell's formula as if it were built likewise.
    """
    graph = steps.graph
    columns: dict[tuple[object, ...], list[Place]] = {}
    for place in judged.forward:
        columns.setdefault((place[0], place[2], graph.trees[place].root), []).append(place)
    for places in columns.values():
        first, seen = graph.trees[places[0]], set[Node]()
        for other in judged.forward:
            model = graph.trees[other]
            alike = graph.depth(places[0]) == graph.depth(other) and len(first.areas) == len(model.areas)
            if alike and model.root not in (first.root, *seen):
                seen.add(model.root)
                aside = other[1] - places[0][1], other[2] - places[0][2]
                yield {
                    place: (
                        (other[0], place[1] + aside[0], place[2] + aside[1]),
                        graph.trees[place]._replace(root=model.root),
                    )
                    for place in places
                }


def _moved_down(tree: Tree, rows: int) -> Tree:
    """Return a formula as it would stand so many rows further down."""
    areas = (
        area if area.anchored else area._replace(first_row=area.first_row + rows, last_row=area.last_row + rows)
        for area in tree.areas
    )
    return Tree(tree.root, tuple(areas))


def unwrapped(steps: Steps, judged: Judged) -> Iterator[tuple[Place, Place, Tree]]:
    """Yield cells that take a parameter through a function that changes its sign, the parameter, and the cell without.

    Such are `MAX(0,w)`, `ABS(w)`, `IF(w>0,w,0)` and `SQRT(w^2)`.
    """
    parameters = judged.draws.step.parameters
    for place in judged.forward:
        tree = steps.graph.trees[place]
        for node in tree.root.walk():
            held = {each for part in node.parts for each in steps.graph.within(tree, part)}
            if node.kind == "function" and node.value in _OF_SIGN and len(held) == 1 and held <= set(parameters):
                reference = next(part for part in node.walk() if part.kind == "reference")
                yield place, held.pop(), Tree(_without(tree.root, node, reference), tree.areas)


def _without(root: Node, node: Node, instead: Node) -> Node:
    if root == node:
        return instead
    return root._replace(parts=tuple(_without(part, node, instead) for part in root.parts))


class _Kinds:
    """Which cells might be mistaken for which."""

    def __init__(self, steps: Steps, judged: Judged) -> None:
        self._steps = steps
        self._judged = judged
        forward = judged.forward
        data = {
            each for place in judged.draws.step.cells for each in steps.graph.precedents(place) if steps.is_data(each)
        }
        self._data = sorted(each for each in data if steps.graph.number(each) is not None)
        self._forward = [*forward, *stranded(steps, judged)]
        self._other = [place for place in judged.draws.step.cells if place not in set(self._forward)]

    def like(self, place: Place) -> list[Place]:
        """Return the cells of the same kind, the nearest in depth first."""
        step = self._judged.draws.step
        for group in (step.parameters, self._data, self._forward, self._other):
            if place in group:
                depth = self._steps.graph.depth(place)
                return sorted(group, key=lambda each: (abs(self._steps.graph.depth(each) - depth), each))
        return []


Path = tuple[int, ...]


def _choices(tree: Tree) -> Iterator[tuple[int, set[Path], int | None]]:
    """Yield each single cell that a formula refers to with all its places in the formula, then with one of them."""
    paths: dict[int, list[Path]] = {}
    for path, node in _references(tree.root):
        paths.setdefault(int(node.value or 0), []).append(path)
    cells = {at: found for at, found in paths.items() if tree.areas[at].is_cell}
    yield from ((at, set(found), None) for at, found in cells.items())
    for at, found in cells.items():
        if len(found) > 1:
            yield from ((at, {path}, number) for number, path in enumerate(found))


def _references(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    if node.kind == "reference":
        yield path, node
    for at, part in enumerate(node.parts):
        yield from _references(part, (*path, at))


def _with_reference(tree: Tree, paths: set[Path], place: Place) -> Tree:
    """Return a formula that refers to another cell in some places."""
    sheet, row, column = place
    areas = (*tree.areas, Area(sheet, row, column, row, column))

    def changed(node: Node, path: Path) -> Node:
        if path in paths:
            return Node("reference", len(areas) - 1)
        return node._replace(parts=tuple(changed(part, (*path, at)) for at, part in enumerate(node.parts)))

    return Tree(changed(tree.root, ()), areas)
