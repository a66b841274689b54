"""Which cells are updated: a cell from which a formula steps on, `w − η·∂E/∂w`, by something that depends on it."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from sheetgen.spreadsheet.formula_tree import COMPARISONS, Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.dependence import Dependence
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.wrong_bases import Candidate, Updates, with_own_bases

_MOST_BETWEEN = 50
_WRAPPERS = {"IF", "ROUND", "IFERROR", "IFS"}


def find_updates(graph: Graph) -> Updates:
    """Find the cells that are steps on from another one.

    A formula is an update of a cell if it adds something to it, or to a multiple of it, and what it adds depends on
    that very cell by way of other formulas: the gradient at w depends on w. A formula that is built like such a one
    and steps on from the cell at the same distance is an update too, even if a mistake hides what it depends on.
    """
    found, undecided = _sorted_out(graph)
    found, undecided = _without_ways(graph, found, undecided)
    alike = {(each.built, each.distance) for each in found.values()}
    built = {each.built for each in found.values()}
    for each in undecided:
        if (each.built, each.distance) in alike:
            found.setdefault(each.place, each)
    # The first step, whose old weights may stand elsewhere.
    bases = {graph.source(each.base) for each in found.values()}
    for each in undecided:
        if each.place in bases and each.built in built:
            found.setdefault(each.place, each)
    return with_own_bases(graph, found, undecided)


def _without_ways(
    graph: Graph, found: dict[Place, Candidate], undecided: list[Candidate]
) -> tuple[dict[Place, Candidate], list[Candidate]]:
    """Leave out what only stands on the way from a cell to its update, such as a gradient with weight decay added."""
    by_base: dict[Place, list[Place]] = defaultdict(list)
    for place, each in found.items():
        by_base[graph.source(each.base)].append(place)
    ways = {
        place
        for base, places in by_base.items()
        if len(places) <= _MOST_BETWEEN
        for place in places
        if any(_leads_to(graph, place, other, base) for other in places if found[other].built != found[place].built)
    }
    kinds = {(found[place].built, found[place].distance) for place in ways}
    left = {place: each for place, each in found.items() if (each.built, each.distance) not in kinds}
    return left, [each for each in undecided if (each.built, each.distance) not in kinds]


def _leads_to(graph: Graph, place: Place, other: Place, base: Place) -> bool:
    """Tell whether a cell stands between another one and the base of both."""
    seen, waiting = {other}, [other]
    for each in waiting:
        if len(seen) > _MOST_BETWEEN:
            break
        for one in graph.precedents(each):
            if one == place:
                return True
            if one != base and one not in seen and graph.depth(one) > graph.depth(place):
                seen.add(one)
                waiting.append(one)
    return False


def _sorted_out(graph: Graph) -> tuple[dict[Place, Candidate], list[Candidate]]:
    """Return by cell what is an update for sure, and what may be one.

    A bias that is never updated is added to what depends on it, by way of the weights of the step before. So what an
    update depends on does not count after it, if it is typed.
    """
    choices = {place: list(_choices(graph, graph.trees[place])) for place in graph.order}
    bases = [graph.source(each.place) for found in choices.values() for each in found]
    at_all, within_a_step = Dependence(graph, bases), Dependence(graph, bases)
    sure: dict[Place, Candidate] = {}
    of_itself: dict[Place, list[Place]] = defaultdict(list)
    undecided: list[Candidate] = []
    for place, found in choices.items():
        root = graph.trees[place].root
        free = [each for each in found if not at_all.on(graph.source(each.place), each.beside)]
        candidates = {Candidate(place, each.place, root, each.factor): each for each in free}
        follows = (one for one, each in candidates.items() if within_a_step.on(graph.source(each.place), each.added))
        update = next(follows, None)
        if update is None:
            undecided += candidates
        else:
            sure[place], base = update, graph.source(update.base)
            if not within_a_step.on(base, [each for each in candidates[update].added if each != base]):
                of_itself[base].append(place)
        at_all.take(place)
        within_a_step.take(place, as_update=update is not None)
    # Rates that a schedule makes of a typed one are no updates of it.
    for base, places in of_itself.items():
        if len(places) > 1 and base not in graph.trees:
            sure = {place: each for place, each in sure.items() if place not in places}
    return {place: sure[place] for place in graph.trees if place in sure}, undecided


class _Choice(NamedTuple):
    """A cell that a formula may be stepping on from.

    Attributes:
        place: the cell.
        factor: the reference to it.
        beside: the cells that it is multiplied by.
        added: the cells that what is added refers to; without the cell itself, unless it stands alone.
    """

    place: Place
    factor: Node
    beside: list[Place]
    added: list[Place]


def _choices(graph: Graph, tree: Tree) -> Iterator[_Choice]:
    """Yield the cells that a formula may be stepping on from."""
    terms = list(_terms(tree.root, positive=True))
    if len(terms) < 2:
        return
    cells = [graph.within(tree, term) for _, term in terms]
    areas = [tree.area(term) for _, term in terms if term.kind == "reference"]
    alone = {graph.source(area.corner) for area in areas if area.is_cell}
    for at, (positive, term) in enumerate(terms):
        for factor, others in _carried(term) if positive else ():
            if not tree.area(factor).is_cell:
                continue
            place = tree.area(factor).corner
            base = graph.source(place)
            if base not in graph.trees and graph.number(base) is None:
                continue
            rest = chain(*cells[:at], *cells[at + 1 :])
            added = [each for each in rest if each != base or base in alone]
            beside = [each for part in others for each in graph.within(tree, part)]
            yield _Choice(place, factor, beside, added)


def _terms(node: Node, *, positive: bool) -> Iterator[tuple[bool, Node]]:
    """Take a sum apart; look into a formula that is wrapped in IF or ROUND, or multiplied by a number by mistake."""
    inside = _inside(node)
    if node.kind == "infix" and node.value in ("+", "-"):
        yield from _terms(node.parts[0], positive=positive)
        yield from _terms(node.parts[1], positive=positive == (node.value == "+"))
    elif node.kind == "prefix" and node.value == "-":
        yield from _terms(node.parts[0], positive=not positive)
    elif inside is not None:
        for part in inside:
            yield from _terms(part, positive=positive)
    elif not (node.kind == "infix" and node.value in COMPARISONS):
        yield positive, node


def _inside(node: Node) -> list[Node] | None:
    """Return what a formula wraps; None if it is no wrapper."""
    within = [part for part in node.parts if part.kind == "infix"]
    if node.kind == "function" and node.value == "SUM":
        return list(node.parts)
    if node.kind == "function" and node.value in _WRAPPERS:
        return within
    times = (node.kind, node.value) == ("infix", "*") and any(part.kind == "number" for part in node.parts)
    return within if times and [part for part in within if part.value in ("+", "-")] else None


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
