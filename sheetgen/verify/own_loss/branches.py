"""Several trainings from the same first weights: a step whose weights are each updated as often as there are such."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sheetgen.types import Place

if TYPE_CHECKING:
    from sheetgen.verify.own_loss.steps import Step


def branches(
    step: "Step",
    choices: dict[Place, list[Place]],
    subtree: Callable[[Place], Iterable[Place]],
    precedents: Callable[[Place], Iterable[Place]],
) -> Iterator["Step"]:
    """Take a step apart by training, each with its own updates and what belongs to these.

    Args:
        step: the step; it is yielded as it is unless all its parameters are updated equally often, and more than once.
        choices: by parameter, the cells that update it and that further steps start from, in the order of the sheets.
        subtree: returns the formulas that an update follows from within its step.
        precedents: returns the cells that a formula refers to.
    """
    own = {base: choices[base] for base in step.updates if base in choices}
    counts = {len(own.get(base, ())) for base in step.updates}
    if len(counts) != 1 or (count := counts.pop()) < 2:
        yield step
        return
    tried = [{base: found[at] for base, found in own.items()} for at in range(count)]
    users: dict[Place, set[int]] = {}
    for at, updates in enumerate(tried):
        for updated in updates.values():
            for place in subtree(updated):
                users.setdefault(place, set()).add(at)
    for place in step.cells:  # such as a loss, which no update follows from
        if place not in users:
            users[place] = set().union(*(users.get(each, set()) for each in precedents(place)))
    everyone = set(range(count))
    for at, updates in enumerate(tried):
        cells = [place for place in step.cells if at in (users[place] or everyone)]
        kept = set(cells)
        ends = [place for place in step.ends if place in kept]
        if ends:
            yield replace(step, updates=updates, cells=cells, ends=ends)
