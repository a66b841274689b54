"""Which cells of a step labels call its loss."""

from sheetgen.types import Place
from sheetgen.verify.own_loss.captions import Captions
from sheetgen.verify.own_loss.steps import Step, Steps


def labelled_losses(steps: Steps, step: Step, captions: Captions) -> list[list[Place]]:
    """Return the groups of cells each of whose sum may be a step's loss: totals, parts, or else what nothing uses."""
    named = {place: captions.quantity(place) for place in step.cells if place not in steps.states}
    totals = [place for place, name in named.items() if name == "E_total"]
    parts = [place for place, name in named.items() if name and name.startswith("E") and name[1:].isdecimal()]
    used = {each for place in step.cells for each in steps.graph.precedents(place)}
    used |= {place for updated in step.updates.values() for place in steps.subtree(updated)}
    last = [place for place in step.cells if place not in used and place not in totals and place not in parts]
    groups = (
        totals[-1:],
        totals,
        _firsts(steps, totals),
        parts,
        _firsts(steps, parts),
        *([each] for each in last[:4] if not totals),
    )
    return [list(group) for group in dict.fromkeys(map(tuple, groups)) if group]


def _firsts(steps: Steps, places: list[Place]) -> list[Place]:
    """Leave out what follows from others of some cells, such as a loss that is shown or checked elsewhere."""
    return [each for each in places if set(places).isdisjoint(steps.subtree(each)[1:])]
