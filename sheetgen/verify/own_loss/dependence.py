"""Which formulas depend on which of some cells, by way of however many others."""

from collections.abc import Iterable

from sheetgen.types import Place
from sheetgen.verify.own_loss.graph import Graph


class Dependence:
    """What depends on some cells, worked out formula by formula in working order.

    Args:
        graph: the workbook's formulas.
        cells: those in question.
    """

    def __init__(self, graph: Graph, cells: Iterable[Place]) -> None:
        self._graph = graph
        # One bit for each cell, later ones higher, so that the numbers of early formulas stay short.
        self._bits = {place: 1 << number for number, place in enumerate(sorted(set(cells), key=graph.depth))}
        self._typed = sum(bit for place, bit in self._bits.items() if place not in graph.trees)
        self._reached: dict[Place, int] = {}

    def take(self, place: Place, *, as_update: bool = False) -> None:
        """Work out what the next formula depends on; typed numbers do not count beyond an update."""
        reached = 0
        for each in self._graph.precedents(place):
            reached |= self._of(each)
        self._reached[place] = self._bits.get(place, 0) | (reached & ~self._typed if as_update else reached)

    def on(self, cell: Place, places: Iterable[Place]) -> bool:
        """Tell whether one of some places depends on one of the cells, or is that cell."""
        bit = self._bits[cell]
        return any(self._of(place) & bit for place in places)

    def _of(self, place: Place) -> int:
        return self._reached.get(place) or self._bits.get(place, 0)
