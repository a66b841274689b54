"""Where one step differs from all others: a typed number among formulas, or a formula that gives something else."""

from collections.abc import Iterator

import numpy as np

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.formula_tree import COMPARISONS, Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.draws import Data, Draws
from sheetgen.verify.own_loss.duals import Dual, Given
from sheetgen.verify.own_loss.duals import number as constant
from sheetgen.verify.own_loss.evaluation import Record, evaluate
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.multiples import same
from sheetgen.verify.own_loss.steps import Step, Steps

_ALIKE = 0.5  # how much of a step has to be built like another one for the two to be compared


def odd_cells(steps: Steps, usual: list[Step], step: Step, *, first: bool) -> Iterator[Fault]:
    """Compare a step with the usual ones, cell by cell.

    Args:
        steps: the workbook's steps.
        usual: two or more steps that are built alike.
        step: another one.
        first: whether it is the first of all, whose parameters, and what an optimiser keeps, come from nowhere.
    """
    model, other = usual[0], usual[1]
    own = {*step.cells, *step.parameters}
    pairs = {place: beside(place, model, step) for place in (*model.parameters, *model.cells)}
    if sum(each in own for each in pairs.values()) < _ALIKE * len(pairs):
        return
    yield from _lacking_updates(steps, model, step)
    draws = _drawn(steps, step)
    for place, each in pairs.items():
        tree = steps.graph.trees.get(place)
        begins = first and bool(
            steps.states & {place, *steps.graph.precedents(place)} - {*model.cells, *model.parameters}
        )
        if tree is None or (first and place in steps.states) or begins or place in model.updates.values():
            continue
        if is_typed(steps.graph, each):
            yield Fault(each, "typed", tuple(step.parameters[:1]), beside=place)
        elif each in step.cells:  # a parameter's formula is an update, of the step before
            usually = settled(steps, place, tree)
            if is_like(steps.graph, place, each, model, step):
                yield from _strayed_copies(steps, place, each, model, step)
                same_way = truths(usually) == truths(settled(steps, each, steps.graph.trees[each]))
                moved = None if same_way else steps.graph.trees[each]
            else:
                moved = _moved(steps.graph, place, model, other, step)
            if moved is not None and not _gives(draws, each, moved, usually):
                yield Fault(each, "odd", tuple(step.parameters[:1]), beside=place)


def _goes_on(steps: Steps, place: Place, model: Step) -> bool:
    """Tell whether a cell follows from what an optimiser keeps, so that the first step has something else there."""
    before = steps.states.intersection(steps.graph.precedents(place)) - {*model.cells, *model.parameters}
    return place in steps.states or bool(before)


def _lacking_updates(steps: Steps, model: Step, step: Step) -> Iterator[Fault]:
    """Find typed numbers and other formulas where another step has an update, in a step that updates the rest."""
    for parameter, updated in model.updates.items():
        own, each = beside(parameter, model, step), next_to(steps.graph, updated, model, step)
        if not step.updates or own in step.updates:
            continue
        if is_typed(steps.graph, each):
            yield Fault(each, "typed", tuple(step.parameters[:1]), beside=updated)
        elif each in steps.graph.trees and each not in steps.updates:
            yield Fault(each, "odd", tuple(step.parameters[:1]), beside=updated)


def _strayed_copies(steps: Steps, place: Place, each: Place, model: Step, step: Step) -> Iterator[Fault]:
    """Find cells that repeat another one than usual (`=Q17` for `=R17`), by two formulas that refer to them alike."""
    graph = steps.graph
    for here, there in zip(graph.trees[place].areas, graph.trees[each].areas, strict=True):
        usual, found = graph.repeated(here.corner), graph.repeated(there.corner)
        if not here.is_cell or usual is None or found is None or steps.is_data(graph.source(usual)):
            continue
        meant = next_to(graph, usual, model, step)
        if found not in (usual, meant):
            yield Fault(
                there.corner, "odd", tuple(step.parameters[:1]), stands=found, belongs=meant, beside=here.corner
            )


def is_typed(graph: Graph, place: Place) -> bool:
    """Tell whether a number stands in a cell, or a formula of numbers alone such as `=1/3`."""
    tree = graph.trees.get(place)
    if tree is not None:
        return all(node.kind in ("number", "infix", "prefix") for node in tree.root.walk())
    return graph.source(place) == place and graph.number(place) is not None


def empty_settings(steps: Steps, step: Step) -> Iterator[Fault]:
    """Find updates that multiply by an empty cell, such as a reference to the rate that slides down."""
    for parameter, updated in step.updates.items():
        tree = steps.graph.trees[updated]
        for node in tree.root.walk():
            if node.kind == "infix" and node.value in ("*", "/"):
                cells = [tree.area(part) for part in node.parts if part.kind == "reference"]
                held = [steps.graph.source(area.corner) for area in cells if area.is_cell]
                nothing = next((place for place in held if steps.graph.cell(place) is None), None)
                if nothing is not None:
                    yield Fault(updated, "empty", (parameter,), stands=nothing)
                    break


def spelt_numbers(steps: Steps, step: Step) -> Iterator[Fault]:
    """Find typed cells of a step that hold a number as text, and that a formula refers to by themselves."""
    for place in step.cells:
        for area in steps.graph.trees[place].areas:
            typed = steps.graph.source(area.corner)
            if area.is_cell and steps.graph.is_spelt(typed):
                yield Fault(typed, "text", tuple(step.parameters[:1]))


def beside(place: Place, model: Step, step: Step) -> Place:
    """Return the cell that stands to one step as a cell does to another one."""
    (sheet, row, column), (own_sheet, own_row, own_column) = model.parameters[0], step.parameters[0]
    return own_sheet if place[0] == sheet else place[0], place[1] + own_row - row, place[2] + own_column - column


def next_to(graph: Graph, place: Place, model: Step, step: Step) -> Place:
    """Return the cell that stands to one step as a cell does to another one, which may be on the sheet before."""
    names = graph.sheet_names
    sheets = (place[0], model.parameters[0][0], step.parameters[0][0])
    at, one, other = map(names.index, sheets)
    return (names[(at + other - one) % len(names)], *beside(place, model, step)[1:])


def counterpart(place: Place, model: Step, step: Step) -> Place | None:
    """Return the cell of a step that does what a cell of another one does: for an update, that of the same weight."""
    updated = next((parameter for parameter, each in model.updates.items() if each == place), None)
    return beside(place, model, step) if updated is None else step.updates.get(beside(updated, model, step))


def is_like(graph: Graph, place: Place, each: Place, model: Step, step: Step) -> bool:
    """Tell whether two formulas are copies of each other."""
    one, two = graph.trees.get(place), graph.trees.get(each)
    if one is None or two is None or one.root != two.root:
        return False
    areas = zip(one.areas, two.areas, strict=True)
    return all(there.corner in (here.corner, next_to(graph, here.corner, model, step)) for here, there in areas)


def _drawn(steps: Steps, step: Step) -> Draws:
    used = {each for place in step.cells for each in steps.graph.precedents(place)}
    given = {each for each in used if steps.is_data(each)} - steps.switches
    kept = used & steps.states - {*step.cells, *step.parameters}  # by an optimiser, from the step before
    draws = Draws(steps.graph, step, Data.RANDOM, varying=frozenset(given | kept))
    draws.run(step.cells)
    return draws


def _moved(graph: Graph, place: Place, model: Step, other: Step, step: Step) -> Tree | None:
    """Write a formula of one step as it would stand in another; None if it is no copy of that in a second one."""
    tree, second = graph.trees[place], graph.trees.get(beside(place, model, other))
    if second is None or second.root != tree.root:
        return None
    areas = list[Area]()
    for here, there in zip(tree.areas, second.areas, strict=True):
        if here[:5] == there[:5]:
            areas.append(here)
        elif there.corner == next_to(graph, here.corner, model, other):
            sheet, row, column = next_to(graph, here.corner, model, step)
            down, right = here.last_row - here.first_row, here.last_column - here.first_column
            areas.append(Area(sheet, row, column, row + down, column + right))
        else:
            return None
    return Tree(tree.root, tuple(areas))


def settled(steps: Steps, place: Place, tree: Tree) -> Record:
    """Return how the comparisons of typed numbers in a formula turn out."""
    found: Record = {}
    for node in tree.root.walk():
        if node.kind == "infix" and node.value in COMPARISONS:
            held = [steps.graph.source(area.corner) for area in tree.referred(node) if area.is_cell]
            asks = any(part.value in ("ROW", "COLUMN") for part in node.walk())
            if (held or asks) and all(map(steps.is_data, held)):
                given = evaluate(Tree(node, tree.areas), lambda area: _typed(steps.graph, area), None, None, place)
                if isinstance(given, Dual):
                    found[node] = given
    return found


def truths(found: Record) -> dict[Node, float]:
    """Return the comparisons with 1 for true and 0 for false."""
    return {node: float(given.value.flat[0]) for node, given in found.items()}


def _typed(graph: Graph, area: Area) -> Given:
    number = graph.number(graph.source(area.corner)) if area.is_cell else None
    return "" if number is None else constant(number)


def _gives(draws: Draws, place: Place, tree: Tree, usually: Record) -> bool:
    """Tell whether a cell gives what another formula in its place would, its comparisons turning out as usual."""
    found = draws.number(place)
    other = Draws(draws.graph, draws.step, draws.data, trees={place: tree}, varying=draws.varying)
    other.values = {each: value for each, value in draws.values.items() if each != place}
    other.run([place], {place: usually})
    expected = other.number(place)
    if found is None or expected is None or not (np.isfinite(found) & np.isfinite(expected)).any():
        return True
    return same(found, expected)
