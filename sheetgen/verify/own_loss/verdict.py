"""The verdict on a workbook by its own losses: all its training steps, each kind of step judged once."""

from dataclasses import dataclass, field

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.formula_tree import Node
from sheetgen.types import Place
from sheetgen.verify.own_loss.blame import Fault, faults
from sheetgen.verify.own_loss.captions import Captions
from sheetgen.verify.own_loss.graph import Graph, TooLargeError
from sheetgen.verify.own_loss.judge import Judged, judge
from sheetgen.verify.own_loss.steps import Step, Steps
from sheetgen.verify.own_loss.updates import find_updates
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_MOST_KINDS = 200


@dataclass
class OwnVerdict:
    """What was found.

    Attributes:
        graph: the formulas.
        captions: the names of cells.
        steps: the training steps.
        judged: the cells whose meaning was judged.
        faults: what is wrong, each with the step's own cells.
        loss_of: by parameter, the cell of the loss by which its step was judged, if it has one.
        complaints: what could not be judged.
        notes: how the sheet was understood.
    """

    graph: Graph
    captions: Captions
    steps: Steps
    judged: set[Place] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    loss_of: dict[Place, Place] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def judge_by_own_loss(book: LabelledSheets) -> OwnVerdict | None:
    """Judge every training step of a workbook; None if it has none that can be followed."""
    try:
        graph = Graph(book)
        captions = Captions(book, graph)
        updates = find_updates(graph)
        losses = [place for place in graph.trees if _is_loss(captions.quantity(place))] if updates else []
        steps = Steps(graph, updates, losses)
        found = steps.found()
    except TooLargeError:
        return None
    verdict = OwnVerdict(graph, captions, steps)
    known: dict[object, tuple[list[Place], Judged | None, list[Fault]]] = {}
    for step in found:
        if not step.updates:
            continue
        shape, places = shape_of(steps, step)
        if shape not in known:
            if len(known) >= _MOST_KINDS:
                verdict.complaints.append("too many different kinds of step to judge them all")
                break
            labelled = labelled_losses(steps, step, captions)
            judged = judge(steps, step, labelled)
            known[shape] = places, judged, [] if judged is None else faults(steps, step, judged, labelled)
        first, judged, wrong = known[shape]
        if judged is None:
            continue
        place_of = dict(zip(first, places, strict=True))
        verdict.judged.update(step.cells)
        if judged.loss.cells:
            verdict.loss_of.update(dict.fromkeys(step.parameters, place_of[judged.loss.cells[-1]]))
        verdict.faults += [moved(fault, place_of) for fault in wrong]
        verdict.complaints += [f"{captions.name(each)}: {why}" for each, why in judged.unknown.items()]
    if not verdict.judged:
        return None
    _after_the_last(graph, found, verdict)
    return verdict


def _after_the_last(graph: Graph, found: list[Step], verdict: OwnVerdict) -> None:
    """Find in steps without updates, such as the last row of a table, what is wrong in the others."""
    judged = [step for step in found if step.updates]
    for step in found:
        if step.updates:
            continue
        for other in judged:
            same = _aligned(graph, other, step)
            if len(same) >= len(step.cells) // 2:
                verdict.judged |= set(same.values())
                verdict.faults += [
                    moved(fault, {each: _beside(each, other, step) for each in _places(fault)})
                    for fault in verdict.faults
                    if fault.place in same
                ]
                break


def _aligned(graph: Graph, other: Step, step: Step) -> dict[Place, Place]:
    """By cell of another step, the one of a step that stands in the same place and is built alike."""
    own = set(step.cells)
    found = {}
    for place in other.cells:
        each = _beside(place, other, step)
        if each in own and graph.trees[place].root == graph.trees[each].root:
            areas = zip(graph.trees[place].areas, graph.trees[each].areas, strict=True)
            if all(_corner(two) in (_corner(one), _beside(_corner(one), other, step)) for one, two in areas):
                found[place] = each
    return found


def _corner(area: Area) -> Place:
    return area.sheet, area.first_row, area.first_column


def _places(fault: Fault) -> list[Place]:
    others = (fault.stands, fault.belongs, fault.beside)
    return [fault.place, *fault.parameters, *(place for place in others if place is not None)]


def _beside(place: Place, other: Step, step: Step) -> Place:
    """Return the cell that stands to one step as a cell does to another one."""
    (sheet, row, column), (own_sheet, own_row, own_column) = other.parameters[0], step.parameters[0]
    return own_sheet if place[0] == sheet else place[0], place[1] + own_row - row, place[2] + own_column - column


def _is_loss(quantity: str | None) -> bool:
    return quantity is not None and quantity.startswith("E")


def labelled_losses(steps: Steps, step: Step, captions: Captions) -> list[list[Place]]:
    """Return the groups of cells each of whose sum may be a step's loss: its totals, its parts, then what nothing uses."""
    named = {place: captions.quantity(place) for place in step.cells if place not in steps.states}
    totals = [place for place, name in named.items() if name == "E_total"]
    parts = [place for place, name in named.items() if name and name.startswith("E") and name[1:].isdecimal()]
    used = {each for place in step.cells for each in steps.graph.precedents(place)}
    used |= {place for updated in step.updates.values() for place in steps.subtree(updated)}
    last = [place for place in step.cells if place not in used and place not in totals and place not in parts]
    return [group for group in ([totals[-1]] if totals else [], totals, parts, *([place] for place in last[:4])) if group]


def shape_of(steps: Steps, step: Step) -> tuple[object, list[Place]]:
    """Describe a step apart from where it stands, and list its cells in the order of the description."""
    order: dict[Place, int] = {}
    for place in [*step.parameters, *(step.updates[each] for each in step.parameters if each in step.updates)]:
        order.setdefault(place, len(order))
    for place in sorted(step.cells):
        order.setdefault(place, len(order))
    description: list[tuple[Node, tuple[tuple[int, ...], ...]]] = []
    for place in list(order):
        tree = steps.graph.trees.get(place)
        if tree is None or (place in step.parameters and place not in step.updates.values()):
            continue
        ids = tuple(
            tuple(order.setdefault(each, len(order)) for each in steps.graph.holds(area)) for area in tree.areas
        )
        description.append((tree.root, ids))
    return tuple(description), list(order)


def moved(fault: Fault, place_of: dict[Place, Place]) -> Fault:
    """Return the same fault in another step of the same shape."""
    return fault._replace(
        place=place_of[fault.place],
        parameters=tuple(place_of[each] for each in fault.parameters),
        stands=None if fault.stands is None else place_of.get(fault.stands, fault.stands),
        belongs=None if fault.belongs is None else place_of.get(fault.belongs, fault.belongs),
        beside=None if fault.beside is None else place_of.get(fault.beside, fault.beside),
    )
