"""Training steps: which cells belong together to one forward pass, its gradients and its updates."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sheetgen.spreadsheet.formula_tree import COMPARISONS, Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.branches import branches
from sheetgen.verify.own_loss.graph import Graph


class ErrorPart(NamedTuple):
    """A difference of a result and a typed number in a formula: the cell, and the sides of the difference."""

    place: Place
    result: Node
    target: Node


@dataclass
class Step:
    """One training step.

    Attributes:
        parameters: the cells from which its updates step on, in the order of the sheet.
        updates: by parameter, the cell that updates it; none after the last step.
        cells: the formulas that follow from its parameters alone, and its updates, in working order.
        ends: the cells that hold an error or a loss.
    """

    parameters: list[Place] = field(default_factory=list)
    updates: dict[Place, Place] = field(default_factory=dict)
    cells: list[Place] = field(default_factory=list)
    ends: list[Place] = field(default_factory=list)


def trainings(found: Iterable[Step]) -> list[list[Step]]:
    """Group steps, given in working order, by training: each steps on from what another one has updated."""
    groups: dict[int, list[Step]] = {}
    owner: dict[Place, int] = {}
    for number, step in enumerate(found):
        own = next((owner[place] for place in step.parameters if place in owner), number)
        groups.setdefault(own, []).append(step)
        owner.update(dict.fromkeys(step.updates.values(), own))
    return list(groups.values())


class Steps:
    """Takes a workbook's formulas apart into training steps.

    Args:
        graph: the formulas.
        updates: by updating cell, the cell it steps on from.
        losses: cells that labels call a loss.
        astray: updating cells that do not step on from their own base as it is.

    Attributes:
        graph: the formulas.
        updates: by updating cell, the cell it steps on from.
        states: all cells that are updated, or the result of it: parameters, and what an optimiser keeps.
        losses: the cells that labels call a loss.
    """

    def __init__(
        self, graph: Graph, updates: dict[Place, Place], losses: Iterable[Place], astray: Iterable[Place] = ()
    ) -> None:
        self.graph = graph
        self._astray = frozenset(astray)
        self.updates = updates
        self.states: set[Place] = set(updates) | set(updates.values())
        self.losses: set[Place] = set(losses)
        self._data: dict[Place, bool] = {}
        self._first: dict[Place, frozenset[Place]] = {}
        self._within: dict[Place, list[Place]] = {}
        self._subtrees: dict[Place, tuple[Place, ...]] = {}
        self._ordered = sorted(graph.order, key=graph.depth)
        self._find_data()
        parts = {place: tuple(self._find_error_parts(place)) for place in self._ordered}
        self._error_parts = {place: found for place, found in parts.items() if found}
        live = {place for place in self.losses if place in graph.order and not self.is_data(place)}
        self._ends = self._error_parts.keys() | live
        self._parameters = self._find_parameters()
        self.parameters: set[Place] = set(self._parameters)

    @cached_property
    def switches(self) -> frozenset[Place]:
        """The typed cells that formulas compare with something, such as the number of the iteration."""
        found = set[Place]()
        for tree in self.graph.trees.values():
            for node in tree.root.walk():
                if node.kind == "infix" and node.value in COMPARISONS:
                    found.update(self.graph.source(area.corner) for area in tree.referred(node) if area.is_cell)
        return frozenset(place for place in found if self.is_data(place))

    def is_astray(self, updated: Place) -> bool:
        """Tell whether an update, or what it follows from, does not step on from its own base as it is."""
        return bool(self._astray) and not self._astray.isdisjoint(self.subtree(updated))

    def is_data(self, place: Place) -> bool:
        """Tell whether a cell follows from no updated one."""
        return self._data.get(place, place not in self.states)

    def found(self) -> list[Step]:
        """Return the steps, in working order."""
        steps: dict[int, Step] = defaultdict(Step)
        owner = self._components()
        for place in sorted(owner):
            steps[owner[place]].parameters.append(place)
        of = self._step_of(owner)
        for place in self._ordered:
            number = of.get(place)
            if number is not None:
                steps[number].cells.append(place)
                if place in self._ends:
                    steps[number].ends.append(place)
        choices: dict[Place, list[Place]] = defaultdict(list)
        for updated, base in self.updates.items():
            if base in owner and updated in self.graph.order:
                known = steps[owner[base]].updates
                if base not in known or updated in self.parameters:  # rather than one that nothing follows from
                    known[base] = updated
                if updated in self.parameters:
                    choices[base].append(updated)
        whole = [step for step in steps.values() if step.ends]
        found = [each for step in whole for each in branches(step, choices, self.subtree, self.graph.precedents)]
        return sorted(found, key=lambda step: min(map(self.graph.depth, step.ends)))

    def _find_data(self) -> None:
        for place in self._ordered:
            free = place not in self.states and all(map(self.is_data, self.graph.precedents(place)))
            self._data[place] = free

    def error_parts(self, *places: Place) -> list[ErrorPart]:
        """Return the differences between a typed number and a result in formulas, as target and output are."""
        return [part for place in places for part in self._error_parts.get(place, ())]

    def _find_error_parts(self, place: Place) -> Iterator[ErrorPart]:
        tree = self.graph.trees[place]
        if self.is_data(place):
            return
        for node in tree.root.walk():
            if not (node.kind == "infix" and node.value == "-") and node.value != "SUMXMY2":
                continue
            if all(part.kind in ("reference", "function", "infix") for part in node.parts):
                sides = [self._side(tree, part) for part in node.parts]
                if sorted(sides) == ["data", "result"]:
                    yield ErrorPart(place, node.parts[sides.index("result")], node.parts[sides.index("data")])

    def _side(self, tree: Tree, node: Node) -> str:
        found = self.graph.within(tree, node)
        if not found:
            return "none"
        if all(map(self.is_data, found)):
            return "data"
        return "state" if any(place in self.states for place in found) and node.kind == "reference" else "result"

    def _follows_from(self, place: Place) -> frozenset[Place]:
        """Return the states that a formula follows from, even if it is one itself, as a gradient that begins a sum."""
        return frozenset().union(*map(self._reach, self.graph.precedents(place)))

    def _reach(self, place: Place) -> frozenset[Place]:
        """Return the updated cells that a cell follows from, up to the first ones."""
        if place in self.states:
            return frozenset((place,))
        return self._first.get(place, frozenset())

    def _find_parameters(self) -> set[Place]:
        for place in self._ordered:
            if not self._data[place] and place not in self.states:
                self._first[place] = self._follows_from(place)
        used = self._upstream() | self.losses
        found = set().union(*(self._first.get(place, frozenset()) for place in self._ends & used))
        rest = set().union(*(self._first.get(place, frozenset()) for place in self._ends - used))
        kinds = {self._kind(updated, base) for updated, base in self.updates.items() if base in found}
        # What an optimiser keeps is compared with numbers too, on a sheet of checks; weights are stepped on from alike.
        alike = {place for pair in self.updates.items() if self._kind(*pair) in kinds for place in pair}
        found |= rest & alike if found else rest
        # A weight that the forward pass leaves out by mistake is known by its update, which is like the others'.
        kinds = {self._kind(updated, base) for updated, base in self.updates.items() if base in found}
        return found | {base for updated, base in self.updates.items() if self._kind(updated, base) in kinds}

    def _upstream(self) -> set[Place]:
        """Return all that updates follow from."""
        seen, waiting = set(self.updates), list(self.updates)
        for place in waiting:
            fresh = [each for each in self.graph.precedents(place) if each not in seen]
            seen.update(fresh)
            waiting += fresh
        return seen

    def _kind(self, updated: Place, base: Place) -> object:
        same_sheet = updated[0] == base[0]
        return self.graph.trees[updated].root, same_sheet, updated[1] - base[1], updated[2] - base[2]

    def _components(self) -> dict[Place, int]:
        """Number the parameters that belong to one step alike."""
        leader = {place: place for place in self._parameters}

        def find(place: Place) -> Place:
            while leader[place] != place:
                leader[place] = leader[leader[place]]
                place = leader[place]
            return place

        # Not the losses: an average over all steps would join them.
        errors = {place: self._follows_from(place) for place in self._error_parts or self._ends}
        used = {place for updated in self.updates for place in self.subtree(updated)}
        for group in {group for place, group in errors.items() if place in used}:
            _join(leader, find, group)
        firm = {place for place, group in errors.items() if place in used for place in group}
        unused = [group & leader.keys() for place, group in errors.items() if place not in used]
        # Nor what only compares the results of several trainings or steps: first those that share no weight with one.
        for group in sorted(unused, key=lambda group: not group.isdisjoint(firm)):
            if len({find(each) for each in group & firm}) < 2:
                _join(leader, find, group)
                firm |= group
        reached = set().union(*errors.values())
        self._join_unused(leader, reached, find)
        self._join_last(leader, find)
        numbers = {place: number for number, place in enumerate(sorted({find(place) for place in leader}))}
        return {place: numbers[find(place)] for place in leader}

    def _join_unused(self, leader: dict[Place, Place], reached: set[Place], find: Callable[[Place], Place]) -> None:
        """Join parameters that no error follows from to the step that most of their gradient comes from."""
        for updated, base in self.updates.items():
            if base in leader and base not in reached:
                near = Counter(find(place) for place in self.behind(updated) if place in reached)
                if near:
                    leader[base] = near.most_common(1)[0][0]

    def _join_last(self, leader: dict[Place, Place], find: Callable[[Place], Place]) -> None:
        """Join what is updated last and used nowhere to the step of what was updated together with it."""
        together = {
            (find(base), self._kind(updated, base)): updated
            for updated, base in self.updates.items()
            if {base, updated} <= leader.keys()
        }
        for updated, base in self.updates.items():
            if base in leader and updated not in leader:
                near = together.get((find(base), self._kind(updated, base)))
                if near is not None:
                    leader[updated] = find(near)

    def behind(self, updated: Place) -> frozenset[Place]:
        """Return the parameters that an update follows from, through what an optimiser keeps."""
        found = set[Place]()
        for place in self.subtree(updated):
            found.update(each for each in self.graph.precedents(place) if each in self._parameters)
        return frozenset(found)

    def subtree(self, updated: Place) -> tuple[Place, ...]:
        """Return the formulas that an update follows from within its step, itself first."""
        if updated not in self._subtrees:
            found = {updated: None}
            waiting = [updated]
            for place in waiting:
                fresh = [each for each in self._followed(place) if each not in found]
                found.update(dict.fromkeys(fresh))
                waiting += fresh
            self._subtrees[updated] = tuple(found)
        return self._subtrees[updated]

    def _followed(self, place: Place) -> list[Place]:
        """Return the formulas that one refers to within its step: no parameter, and not what it steps on from."""
        if place not in self._within:
            old = self.updates.get(place)
            self._within[place] = [
                each
                for each in self.graph.precedents(place)
                if each != old and each not in self._parameters and each in self.graph.order and not self.is_data(each)
            ]
        return self._within[place]

    def _step_of(self, owner: dict[Place, int]) -> dict[Place, int]:
        """By formula, the one step that it belongs to."""
        found: dict[Place, int] = {}
        for place in self._ordered:
            if self._data[place] or place in self.parameters:
                continue
            reached = {owner[each] for each in self._first.get(place, ()) if each in owner}
            if len(reached) == 1 and place not in self.states:
                found[place] = reached.pop()
        for updated in sorted(self.updates, key=self.graph.depth):
            base = self.updates[updated]
            if base in owner:
                found[updated] = owner[base]
                for place in self.subtree(updated):
                    found.setdefault(place, owner[base])
        for place in self.updates.keys() - found.keys():  # what an optimiser keeps after the last step
            added = [each for each in self.graph.precedents(place) if each not in self.states]
            reached = {owner[each] for gradient in added for each in self._reach(gradient) if each in owner}
            if len(reached) == 1:
                found[place] = reached.pop()
        return found


def _join(leader: dict[Place, Place], find: Callable[[Place], Place], group: Iterable[Place]) -> None:
    """Make the parameters of a group one component."""
    members = [find(place) for place in group if place in leader]
    for member in members[1:]:
        leader[find(member)] = find(members[0])
