"""Updates that step on from another cell than their own, told by those that are built alike."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from sheetgen.spreadsheet.formula_tree import Node
from sheetgen.types import Place
from sheetgen.verify.own_loss.graph import Graph

_FEWEST_ALIKE = 3

_Offset = tuple[bool, int, int]


def _offset(place: Place, other: Place) -> _Offset:
    """Where another cell stands, seen from a cell: whether on its sheet, and how many rows and columns away."""
    return place[0] == other[0], other[1] - place[1], other[2] - place[2]


def _at(place: Place, offset: _Offset) -> Place:
    """Return the cell at an offset from another one, on its sheet."""
    return place[0], place[1] + offset[1], place[2] + offset[2]


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


class Candidate(NamedTuple):
    """A formula that may be an update: it adds something to a base, which it refers to by a part of it."""

    place: Place
    base: Place
    root: Node
    factor: Node

    @property
    def distance(self) -> _Offset:
        """Where the base stands, seen from the formula."""
        return _offset(self.place, self.base)

    @property
    def built(self) -> tuple[Node, Node]:
        """How the formula is built, whatever cells it refers to."""
        return self.root, self.factor


def with_own_bases(graph: Graph, found: dict[Place, Candidate], undecided: list[Candidate]) -> Updates:
    """Give each update that steps on from another one's base its own, the cell at the distance that is common.

    Args:
        graph: the formulas.
        found: by cell, what is an update.
        undecided: what may be one.
    """
    distances: dict[object, Counter[_Offset]] = defaultdict(Counter)
    for each in found.values():
        distances[each.built][each.distance] += 1
    owners = {(each.base, each.built, each.distance) for each in found.values()}
    base, crossed = {place: graph.source(each.base) for place, each in found.items()}, {}
    for each in [*found.values(), *(each for each in undecided if each.place not in found)]:
        if not distances[each.built]:
            continue
        common, count = max(distances[each.built].items(), key=lambda each: (each[1], 0 in each[0][1:]))
        own = _at(each.place, common)
        taken = (each.base, each.built, common) in owners
        free = graph.source(own) not in base.values() and own != each.base and common[0]
        known = _is_numeric(graph, graph.source(own))
        if count >= _FEWEST_ALIKE and each.distance != common and taken and free and known:
            base[each.place], crossed[each.place] = graph.source(own), graph.source(each.base)
    return Updates(base, crossed, _altered(graph, found, base))


def _altered(
    graph: Graph, found: Mapping[Place, Candidate], base: dict[Place, Place]
) -> dict[Place, tuple[Place, Place]]:
    """Give an update its own base where a cell on the way to that repeats it in other columns, but not here.

    So the weights of a batch stand in each of its rows, and an update steps on from the last of them.
    """
    distances: dict[object, dict[_Offset, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for place, each in found.items():
        distances[each.built][_offset(place, base[place])].append(place)
    altered = dict[Place, tuple[Place, Place]]()
    for place, each in found.items():
        common, others = max(distances[each.built].items(), key=lambda item: len(item[1]))
        own = graph.source(_at(place, common))
        if base[place] == own or each.base in found or not common[0] or len(others) < _FEWEST_ALIKE:
            continue
        near = min(others, key=lambda other: (other[0] != place[0], sum(map(abs, _offset(place, other)[1:]))))
        odd = _leaving(graph, each.base, _offset(place, near))
        taken = _is_numeric(graph, own) and base[place] in {base[other] for other in others}
        if odd is not None and (taken or own in graph.precedents(odd[0])):
            base[place], altered[odd[0]] = own, (place, odd[1])
    return altered


def _is_numeric(graph: Graph, place: Place) -> bool:
    return place in graph.trees or graph.number(place) is not None


def _leaving(graph: Graph, place: Place, aside: _Offset) -> tuple[Place, Place] | None:
    """Follow cells that repeat one another, beside others that do; return the first that does not do as its neighbour.

    Args:
        graph: the formulas.
        place: the first cell.
        aside: where the first one of the others stands.

    Returns:
        The cell and its neighbour; None if there is none that departs.
    """
    model = _at(place, aside)
    seen = set[Place]()
    while (meant := graph.repeated(model)) is not None and place not in seen:
        seen.add(place)
        found = graph.repeated(place)
        if found is None or _offset(found, meant) != aside:
            return place, model
        place, model = found, meant
    return None
