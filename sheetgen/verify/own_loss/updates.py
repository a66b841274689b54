"""Which cells are updated: a cell from which a formula steps on, `w − η·∂E/∂w`, by something that depends on it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from sheetgen.spreadsheet.formula_tree import COMPARISONS, Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.dependence import Dependence
from sheetgen.verify.own_loss.graph import Graph

_FEWEST_ALIKE, _MOST_BETWEEN = 3, 50
_WRAPPERS = {"IF", "ROUND", "IFERROR", "IFS"}


class Updates(NamedTuple):
    """The updates of a workbook.

    Attributes:
        base: by updating cell, the cell that it steps on from, or should.
        crossed: by updating cell that steps on from another one's base instead of its own, the wrong base.
        altered: by cell between an update and its base that should repeat the base and does not, the update, and a
            cell that repeats another base in the same place.
    """

    base: dict[Place, Place]
    crossed: dict[Place, Place]
    altered: dict[Place, tuple[Place, Place]]

    @property
    def astray(self) -> set[Place]:
        """The updating cells that do not step on from their own base as it is."""
        return self.crossed.keys() | {update for update, _ in self.altered.values()}


class _Candidate(NamedTuple):
    """A formula that may be an update: it adds something to a base, which it refers to by a part of it."""

    place: Place
    base: Place
    root: Node
    factor: Node

    @property
    def distance(self) -> tuple[bool, int, int]:
        """Where the base stands, seen from the formula."""
        return _offset(self.place, self.base)

    @property
    def built(self) -> tuple[Node, Node]:
        """How the formula is built, whatever cells it refers to."""
        return self.root, self.factor


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
    return _uncrossed(graph, found, undecided)


def _without_ways(
    graph: Graph, found: dict[Place, _Candidate], undecided: list[_Candidate]
) -> tuple[dict[Place, _Candidate], list[_Candidate]]:
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


def _sorted_out(graph: Graph) -> tuple[dict[Place, _Candidate], list[_Candidate]]:
    """Return by cell what is an update for sure, and what may be one.

    A bias that is never updated is added to what depends on it, by way of the weights of the step before. So what an
    update depends on does not count after it, if it is typed.
    """
    choices = {place: list(_choices(graph, graph.trees[place])) for place in graph.order}
    bases = [graph.source(each.place) for found in choices.values() for each in found]
    at_all, within_a_step = Dependence(graph, bases), Dependence(graph, bases)
    sure: dict[Place, _Candidate] = {}
    of_itself: dict[Place, list[Place]] = defaultdict(list)
    undecided: list[_Candidate] = []
    for place, found in choices.items():
        root = graph.trees[place].root
        free = [each for each in found if not at_all.on(graph.source(each.place), each.beside)]
        candidates = {_Candidate(place, each.place, root, each.factor): each for each in free}
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


def _uncrossed(graph: Graph, found: dict[Place, _Candidate], undecided: list[_Candidate]) -> Updates:
    """Give an update that steps on from another one's base its own, the cell at the distance that is common."""
    distances: dict[object, Counter[tuple[bool, int, int]]] = defaultdict(Counter)
    for each in found.values():
        distances[each.built][each.distance] += 1
    owners = {(each.base, each.built, each.distance) for each in found.values()}
    base, crossed = {place: graph.source(each.base) for place, each in found.items()}, {}
    for each in [*found.values(), *(each for each in undecided if each.place not in found)]:
        if not distances[each.built]:
            continue
        common, count = max(distances[each.built].items(), key=lambda each: (each[1], 0 in each[0][1:]))
        own = (each.place[0], each.place[1] + common[1], each.place[2] + common[2])
        taken = (each.base, each.built, common) in owners
        free = graph.source(own) not in base.values() and own != each.base and common[0]
        known = graph.source(own) in graph.trees or graph.number(graph.source(own)) is not None
        if count >= _FEWEST_ALIKE and each.distance != common and taken and free and known:
            base[each.place], crossed[each.place] = graph.source(own), graph.source(each.base)
    return Updates(base, crossed, _altered(graph, found, base))


def _altered(
    graph: Graph, found: Mapping[Place, _Candidate], base: dict[Place, Place]
) -> dict[Place, tuple[Place, Place]]:
    """Give an update its own base where a cell on the way to that repeats it in other columns, but not here.

    So the weights of a batch stand in each of its rows, and an update steps on from the last of them.
    """
    distances: dict[object, dict[_Offset, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for place, each in found.items():
        distances[each.built][_offset(place, base[place])].append(place)
    altered = dict[Place, tuple[Place, Place]]()
    for place, each in found.items():
        odd = base[place]
        common, others = max(distances[each.built].items(), key=lambda item: len(item[1]))
        own = graph.source((place[0], place[1] + common[1], place[2] + common[2]))
        if odd == own or not common[0] or odd in found or own not in graph.precedents(odd):
            continue
        near = min(others, key=lambda other: (other[0] != place[0], sum(map(abs, _offset(place, other)[1:]))))
        model = (near[0], near[1] + odd[1] - place[1], near[2] + odd[2] - place[2])
        if len(others) >= _FEWEST_ALIKE and graph.repeated(model) is not None:
            base[place], altered[odd] = own, (place, model)
    return altered


_Offset = tuple[bool, int, int]


def _offset(place: Place, other: Place) -> _Offset:
    """Where another cell stands, seen from a cell: whether on its sheet, and how many rows and columns away."""
    return place[0] == other[0], other[1] - place[1], other[2] - place[2]


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
    elif not (node.kind == "infix" and node.value in COMPARISONS):
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
