"""Copies of a wrong formula in other steps, where no update shows that they are wrong."""

from collections.abc import Iterator, Mapping, Sequence

from sheetgen.types import Place
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.kinds_of_step import moved
from sheetgen.verify.own_loss.neighbours import beside, is_like, next_to
from sheetgen.verify.own_loss.steps import Step

_NEAR = 5  # steps on either side
_OF_FORMULAS = ("factor", "copied", "wrapped")


class Copies:
    """Finds copies of wrong formulas in the steps nearby.

    The last row of a table has no update, and where an optimiser divides by its first gradient, a factor in it does not
    show.

    Args:
        graph: the formulas.
        faults: what is wrong.
    """

    def __init__(self, graph: Graph, faults: Sequence[Fault]) -> None:
        self._graph = graph
        self._faults = {fault.place: fault for fault in faults}

    def pairs(self, training: Sequence[Step]) -> Iterator[tuple[Step, Step, dict[Place, Place]]]:
        """Yield each step of a training with the nearest one beside it that is built alike, if that may tell of it.

        Yields:
            The step; the other one; by cell of that one the cell of the step that is its copy.
        """
        wrong = [any(each in self._faults for each in step.cells) for step in training]
        for at, step in enumerate(training):
            if step.updates and (wrong[at] or not any(wrong)):
                continue
            near = [*reversed(training[max(0, at - _NEAR) : at]), *training[at + 1 : at + 1 + _NEAR]]
            for other in near:
                alike = self._aligned(other, step) if other.updates else {}
                if 2 * len(alike) >= len(step.cells) > 0:
                    yield step, other, alike
                    break

    def faults(self, step: Step, other: Step, alike: Mapping[Place, Place]) -> Iterator[Fault]:
        """Yield the faults of another step in what a step has of its cells."""
        updates = set(other.updates.values())
        for place in sorted(alike.keys() & self._faults.keys()):
            fault = self._faults[place]
            telling = fault.kind in _OF_FORMULAS or fault.stands is not None
            if not step.updates or (place not in updates and telling):
                places = self._places(fault, other, step)
                if places is not None:
                    found = moved(fault, places)
                    self._faults[found.place] = found
                    yield found

    def _aligned(self, other: Step, step: Step) -> dict[Place, Place]:
        """By cell of another step, the one of a step that stands in the same place and is its copy."""
        own = set(step.cells)
        pairs = ((place, beside(place, other, step)) for place in other.cells)
        return {one: each for one, each in pairs if each in own and is_like(self._graph, one, each, other, step)}

    def _places(self, fault: Fault, other: Step, step: Step) -> dict[Place, Place] | None:
        """Return where the cells of another step's fault stand in a step; None if the formula there is right."""
        held = (fault.place, *fault.parameters, fault.belongs, fault.beside)
        found = {place: beside(place, other, step) for place in held if place is not None}
        if fault.stands is None or fault.belongs is None:
            return found
        used = self._graph.precedents(found[fault.place])
        both = (next_to(self._graph, fault.stands, other, step), fault.stands)
        stands = next((place for place in both if self._graph.source(place) in used), None)
        if stands is None or stands == found[fault.belongs]:
            return None
        return {**found, fault.stands: stands}
