"""Steps that are built alike, wherever they stand, so that only one of them has to be judged."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sheetgen.types import Place
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.neighbours import beside, settled, truths
from sheetgen.verify.own_loss.steps import Step, Steps

if TYPE_CHECKING:
    from sheetgen.spreadsheet.formula_tree import Node

Alike = list[tuple[Step, list[Place]]]


def kinds_of(steps: Steps, found: list[Step]) -> list[Alike]:
    """Group the steps with updates that are built alike, the commonest first; each with its cells in one order."""
    kinds: dict[object, Alike] = {}
    for step in found:
        if step.updates:
            shape, places = _shape_of(steps, step)
            kinds.setdefault(shape, []).append((step, places))
    return sorted(kinds.values(), key=len, reverse=True)


def _shape_of(steps: Steps, step: Step) -> tuple[object, list[Place]]:
    """Describe a step apart from where it stands, and list its cells in the order of the description."""
    order: dict[Place, int] = {}
    for place in [*step.parameters, *(step.updates[each] for each in step.parameters if each in step.updates)]:
        order.setdefault(place, len(order))
    for place in sorted(step.cells):
        order.setdefault(place, len(order))
    description: list[tuple[Node, tuple[tuple[int, ...], ...], tuple[float, ...]]] = []
    for place in list(order):
        tree = steps.graph.trees.get(place)
        if tree is None or (place in step.parameters and place not in step.updates.values()):
            continue
        ids = tuple(
            tuple(order.setdefault(each, len(order)) for each in steps.graph.holds(area)) for area in tree.areas
        )
        description.append((tree.root, ids, tuple(truths(settled(steps, place, tree)).values())))
    return tuple(description), list(order)


def in_each(graph: Graph, wrong: list[Fault], alike: Alike) -> Iterator[Fault]:
    """Yield the faults of the first of some steps that are built alike in each of them."""
    first, places = alike[0]
    for step, own in alike:
        place_of = dict(zip(places, own, strict=True))
        named = {place for fault in wrong for place in fault.places if place in graph.trees or graph.repeated(place)}
        if any(graph.repeated(place) for place in named - place_of.keys()):
            place_of |= _passing_on(graph, place_of)
        # What follows from no parameter, or is repeated within a range.
        place_of |= {place: beside(place, first, step) for place in named - place_of.keys()}
        yield from (moved(fault, place_of) for fault in wrong)


def _passing_on(graph: Graph, place_of: Mapping[Place, Place]) -> dict[Place, Place]:
    """By cell that only repeats another one, the cell in another step that a formula refers to in its place."""
    found: dict[Place, Place] = {}
    for one, other in place_of.items():
        if one in graph.trees and other in graph.trees and graph.trees[one].root == graph.trees[other].root:
            for here, there in zip(graph.trees[one].areas, graph.trees[other].areas, strict=True):
                if here.is_cell and here.corner not in place_of:
                    repeats = graph.source(there.corner) != there.corner
                    found[here.corner] = there.corner if repeats else other
    return found


def moved(fault: Fault, place_of: Mapping[Place, Place]) -> Fault:
    """Return the same fault in another step of the same shape."""
    return fault._replace(
        place=place_of[fault.place],
        parameters=tuple(place_of[each] for each in fault.parameters),
        stands=None if fault.stands is None else place_of.get(fault.stands, fault.stands),
        belongs=None if fault.belongs is None else place_of.get(fault.belongs, fault.belongs),
        beside=None if fault.beside is None else place_of.get(fault.beside, fault.beside),
    )
