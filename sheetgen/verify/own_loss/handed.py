"""What follows, and what an update is handed, in the place where another one that is built alike has its gradient."""

from collections.abc import Container, Iterable, Iterator

from sheetgen.types import Place
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.judge import Judged
from sheetgen.verify.own_loss.rules import telling_spot
from sheetgen.verify.own_loss.steps import Steps


def handed_in_place(steps: Steps, judged: Judged, parameter: Place, right: Iterable[Place]) -> Place | None:
    """Return the cell that stands to a parameter's update as its gradient does to another one's, if there is one.

    Args:
        steps: the workbook's steps.
        judged: the one in question.
        parameter: the parameter.
        right: parameters whose updates follow their gradients.
    """
    updates = judged.draws.step.updates
    for each in right:
        spot = telling_spot(steps, updates[each], judged.spots[each], judged.unit)
        if spot is not None and spot.node is None:
            for own, other in side_by_side(steps.graph, updates[parameter], updates[each]):
                if other == spot.place:
                    return own
    return None


def side_by_side(graph: Graph, own: Place, other: Place, ends: Container[Place] = ()) -> Iterator[tuple[Place, Place]]:
    """Walk two cells that are built alike down to what they follow from; yield pairs that stand in the same place.

    Args:
        graph: the formulas.
        own: the one cell.
        other: the other one.
        ends: cells behind the first one that are not walked to.
    """
    waiting = [(own, other)]
    for one, two in waiting:
        yield one, two
        trees = graph.trees.get(one), graph.trees.get(two)
        if one != two and trees[0] is not None and trees[1] is not None and trees[0].root == trees[1].root:
            pairs = zip(trees[0].areas, trees[1].areas, strict=True)
            found = ((graph.source(here.corner), graph.source(there.corner)) for here, there in pairs if here.is_cell)
            waiting += (pair for pair in found if pair not in waiting and pair[0] not in ends)
