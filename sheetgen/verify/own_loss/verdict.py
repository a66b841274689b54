"""The verdict on a workbook by its own losses: all its training steps, each kind of step judged once."""

from collections import Counter
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cached_property

from sheetgen.types import Place
from sheetgen.verify.own_loss.blame import faults
from sheetgen.verify.own_loss.captions import Captions
from sheetgen.verify.own_loss.copies import Copies
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.judge import judge
from sheetgen.verify.own_loss.kinds_of_step import Alike, in_each, kinds_of, moved
from sheetgen.verify.own_loss.labelled_losses import labelled_losses
from sheetgen.verify.own_loss.neighbours import (
    beside,
    counterpart,
    empty_settings,
    is_like,
    next_to,
    odd_cells,
    spelt_numbers,
)
from sheetgen.verify.own_loss.steps import Step, Steps, trainings
from sheetgen.verify.own_loss.strayed_data import strayed_data
from sheetgen.verify.own_loss.updates import find_updates
from sheetgen.verify.own_loss.wrong_bases import Updates
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.uncalculated import UNREAD_RULE

_MOST_KINDS = 200
_OUTNUMBERED = 3  # how many times as many steps of the usual kind make another kind an exception


@dataclass
class OwnVerdict:
    """What was found.

    Attributes:
        graph: the formulas.
        captions: the names of cells.
        steps: what takes the formulas apart into training steps.
        found: the training steps, in working order.
        judged: the cells whose meaning was judged.
        faults: what is wrong, each with the step's own cells.
        loss_of: by parameter, the cell of the loss by which its step was judged, if it has one.
        unknown: by parameter whose update cannot be evaluated, the cell that cannot and the reason.
        complaints: what else could not be judged.
    """

    graph: Graph
    captions: Captions
    steps: Steps
    found: list[Step]
    judged: set[Place] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    loss_of: dict[Place, Place] = field(default_factory=dict)
    unknown: dict[Place, tuple[Place, str]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @cached_property
    def losses(self) -> set[Place]:
        """The cells that hold the losses by which steps were judged, and what these are put together from."""
        found = set(self.loss_of.values())
        return found | {each for place in found for each in self.graph.precedents(place)}

    @cached_property
    def referred_to(self) -> set[Place]:
        """The cells that formulas refer to."""
        return {each for place in self.graph.trees for each in self.graph.precedents(place)}

    def sources(self, place: Place | None) -> Iterator[Place]:
        """Yield a cell, and the one that it repeats."""
        if place is not None:
            yield from (place, self.graph.source(place))

    def is_copied(self, cells: Set[Place]) -> bool:
        """Tell whether the formula of each of some cells is a copy of another step's that is not among them."""
        return all(any(each not in cells for each in self._copies(place)) for place in cells)

    def _copies(self, place: Place) -> Iterator[Place]:
        """Yield the cells of the steps before and after that are copies of a cell."""
        at = self._step_of.get(place)
        if at is None:
            return
        for other in self.found[max(0, at - 1) : at] + self.found[at + 1 : at + 2]:
            each = counterpart(place, self.found[at], other)
            if each is not None and is_like(self.graph, place, each, self.found[at], other):
                yield each

    @cached_property
    def _step_of(self) -> dict[Place, int]:
        return {place: at for at, step in enumerate(self.found) for place in step.cells}


def judge_by_own_loss(book: LabelledSheets) -> OwnVerdict | None:
    """Judge every training step of a workbook; None if it has none that can be followed.

    Raises:
        TooLargeError: it has more formulas, or references, than are followed.
    """
    graph = Graph(book)
    captions = Captions(book, graph)
    updates = find_updates(graph)
    losses = [place for place in graph.trees if _is_loss(captions.quantity(place))] if updates.base else []
    steps = Steps(graph, updates.base, losses, updates.astray)
    found = steps.found()
    verdict = OwnVerdict(graph, captions, steps, found)
    kinds = kinds_of(steps, found)
    for alike in kinds[:_MOST_KINDS]:
        _judge_alike(verdict, alike)
    if len(kinds) > _MOST_KINDS:
        verdict.complaints.append(f"of {len(kinds):,} different kinds of training step only {_MOST_KINDS} were judged")
    if not verdict.judged:
        return None
    if updates.astray:
        spoilt = {base for updated, base in steps.updates.items() if steps.is_astray(updated)}
        verdict.faults = [fault for fault in verdict.faults if spoilt.isdisjoint(fault.parameters)]
    _compare_with_usual(verdict, kinds)
    verdict.faults += [fault for step in found for fault in (*empty_settings(steps, step), *spelt_numbers(steps, step))]
    verdict.faults += _wrong_bases(updates)
    verdict.faults = [fault for fault in verdict.faults if not captions.is_shown_as_wrong(fault.place)]
    return verdict


def _wrong_bases(updates: Updates) -> Iterator[Fault]:
    """Yield what is wrong with updates that step on from another cell than their own, or from another number."""
    for place, wrong in updates.crossed.items():
        yield Fault(place, "base", (updates.base[place],), stands=wrong, belongs=updates.base[place])
    for place, (updated, model) in updates.altered.items():
        yield Fault(place, "odd", (updates.base[updated],), beside=model)


def _judge_alike(verdict: OwnVerdict, alike: Alike) -> None:
    """Judge the first of some steps that are built alike, and find its faults in all of them."""
    steps, (first, places) = verdict.steps, alike[0]
    labelled = labelled_losses(steps, first, verdict.captions)
    judged = judge(steps, first, labelled)
    if judged is None:
        return
    wrong = faults(steps, first, judged, labelled)
    wrong = wrong or strayed_data(steps, [step for step, _ in alike], judged, labelled)
    meant = {place for each in first.updates.values() for place in steps.subtree(each)}
    if judged.unit == 1:  # else what stands as the loss is another multiple of it than the gradients follow
        meant |= set(judged.forward)
    meant -= judged.draws.unknown.keys()
    for _, own in alike:
        place_of = dict(zip(places, own, strict=True))
        verdict.judged |= {place_of[each] for each in meant if each in place_of} - verdict.graph.unreadable.keys()
        if judged.loss.cells:
            parameters = (place_of[each] for each in first.parameters)
            verdict.loss_of.update(dict.fromkeys(parameters, place_of[judged.loss.cells[-1]]))
    verdict.faults += in_each(verdict.graph, wrong, alike)
    verdict.unknown |= judged.unknown
    verdict.unknown |= {each: (first.updates[each], UNREAD_RULE) for each in judged.unread[:1]}


def _compare_with_usual(verdict: OwnVerdict, kinds: list[Alike]) -> None:
    """Compare steps that are unlike the commonest ones with these, cell by cell; also those without updates."""
    kind_of = {id(step): at for at, alike in enumerate(kinds) for step, _ in alike}
    for training in trainings(verdict.found):
        counts = Counter(kind_of[id(step)] for step in training if id(step) in kind_of)
        usual, often = counts.most_common(1)[0] if counts else (0, 0)
        models = [step for step in training if kind_of.get(id(step)) == usual]
        for step in training if often > 1 else ():
            if _OUTNUMBERED * counts[kind_of.get(id(step), -1)] <= often:
                _compare(verdict, models, step, first=step is training[0])
        _judge_copies(verdict, training)


def _judge_copies(verdict: OwnVerdict, training: list[Step]) -> None:
    """Find in other steps of a training, such as the last row of a table, copies of what is right or wrong in one."""
    known = Copies(verdict.graph, verdict.faults)
    for step, other, alike in known.pairs(training):
        if not step.updates:
            verdict.judged |= {each for one, each in alike.items() if one in verdict.judged}
            losses = ((each, verdict.loss_of[each]) for each in other.parameters if each in verdict.loss_of)
            verdict.loss_of |= {beside(each, other, step): beside(loss, other, step) for each, loss in losses}
        verdict.faults += known.faults(step, other, alike)


def _compare(verdict: OwnVerdict, usual: list[Step], step: Step, *, first: bool) -> None:
    cells = {*step.cells, *step.updates.values()}
    _blame_copies(verdict, usual[0], step, cells)
    _blame_odd_updates(verdict, usual[0], step, cells)
    found = odd_cells(verdict.steps, usual, step, first=first)
    # What only uses the steps, such as a table of milestones, need not do so in each alike.
    known = verdict.judged | set(usual[0].parameters)
    odd = [fault for fault in found if fault.kind == "typed" or known & set(verdict.sources(fault.beside))]
    if any(fault.kind == "typed" for fault in odd):  # what depends on a typed number follows no gradient
        verdict.faults = [fault for fault in verdict.faults if fault.place not in cells]
    blamed = {fault.place for fault in verdict.faults}
    fresh = {fault.place for fault in odd} - blamed
    verdict.faults = [
        fault
        for fault in verdict.faults
        if not _follows(verdict.steps, fault.place, cells & fresh)
        and not (fresh and fault.place in cells and _is_right_in(verdict, usual[0], step, fault.place))
    ]
    if fresh & _behind_loss(verdict, step):  # then no gradient can be the derivative, but those that are wrong as usual
        own = {fault.place for fault in verdict.faults if beside(fault.place, step, usual[0]) not in blamed}
        verdict.faults = [fault for fault in verdict.faults if fault.place not in own & cells]
    blamed = {fault.place for fault in verdict.faults}
    verdict.faults += [fault for fault in odd if fault.place not in blamed and fault.beside not in blamed]


def _blame_copies(verdict: OwnVerdict, usual: Step, step: Step, cells: set[Place]) -> None:
    """Where another step is wrong too and holds copies of what is wrong as usual, blame these alone."""
    own = [fault for fault in verdict.faults if fault.place in cells or fault.parameters[0] in step.parameters]
    if not own:
        return
    copies = [
        moved(fault, {place: beside(place, usual, step) for place in fault.places})
        for fault in verdict.faults
        if (each := counterpart(fault.place, usual, step)) in cells
        and is_like(verdict.graph, fault.place, each, usual, step)
    ]
    if copies:
        verdict.faults = [fault for fault in verdict.faults if fault not in own] + copies


def _blame_odd_updates(verdict: OwnVerdict, usual: Step, step: Step, cells: set[Place]) -> None:
    """Where updates are blamed that are right elsewhere, blame those instead that are written otherwise than usually.

    Of two parameters that follow different rules, the step itself does not tell which one is wrong. Nor does it tell
    what belongs into an update by the usual rule: a velocity, where the gradient itself would do as well.
    """
    verdict.faults = [
        _by_usual(verdict, usual, step, fault) if fault.place in cells else fault for fault in verdict.faults
    ]
    blamed = {fault.place for fault in verdict.faults}
    updates = {place: counterpart(place, step, usual) for place in step.updates.values()}
    right = {place for place in updates.keys() & blamed if _is_right_in(verdict, usual, step, place)}
    if not right:
        return
    odd = [
        Fault(place, "odd", (parameter,), beside=model)
        for parameter, place in step.updates.items()
        if (model := updates[place]) is not None and not is_like(verdict.graph, model, place, usual, step)
    ]
    if odd:
        verdict.faults = [fault for fault in verdict.faults if fault.place not in right]
        verdict.faults += [fault for fault in odd if fault.place not in blamed]


def _by_usual(verdict: OwnVerdict, usual: Step, step: Step, fault: Fault) -> Fault:
    """Say of a fault in a step what a usual one has in its place, if that is right."""
    model = counterpart(fault.place, step, usual)
    if model not in verdict.graph.trees or not _is_right_at(verdict, model):
        return fault
    if fault.kind == "odd":
        return fault._replace(beside=model)
    if fault.belongs is None or fault.place not in step.updates.values():
        return fault
    used = verdict.graph.precedents(model)
    known = fault.belongs in used or fault.belongs in {next_to(verdict.graph, each, usual, step) for each in used}
    return fault if known else Fault(fault.place, "odd", fault.parameters, beside=model)


def _is_right_at(verdict: OwnVerdict, place: Place) -> bool:
    return all(fault.place != place for fault in verdict.faults)


def _behind_loss(verdict: OwnVerdict, step: Step) -> set[Place]:
    """Return the cells of a step that its loss follows from."""
    losses = {verdict.loss_of[each] for each in step.parameters if each in verdict.loss_of}
    return {place for loss in losses for place in verdict.steps.subtree(loss)}


def _is_right_in(verdict: OwnVerdict, usual: Step, step: Step, place: Place) -> bool:
    """Tell whether a cell of a step is a copy of a right one in a usual step, so that what is wrong is elsewhere."""
    each = counterpart(place, step, usual)
    return each is not None and _is_right_at(verdict, each) and is_like(verdict.graph, place, each, step, usual)


def _follows(steps: Steps, place: Place, others: Set[Place]) -> bool:
    """Tell whether a cell follows from one of some others, within their step."""
    return bool(others) and place not in others and not others.isdisjoint(steps.subtree(place))


def _is_loss(quantity: str | None) -> bool:
    return quantity is not None and quantity.startswith("E")
