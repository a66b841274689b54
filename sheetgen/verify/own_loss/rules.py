"""By which rule an update steps: what it makes of numbers that are given instead of its parameter and gradient."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sheetgen.types import Array, Place
from sheetgen.verify.own_loss.draws import DRAWS, Draws
from sheetgen.verify.own_loss.duals import Dual
from sheetgen.verify.own_loss.losses import forward_of
from sheetgen.verify.own_loss.multiples import Spot, rounded, same
from sheetgen.verify.own_loss.steps import Steps


@dataclass(frozen=True)
class Rule:
    """What an update makes of given numbers.

    Attributes:
        result: (draws,), the new parameter.
        slope: (draws,), by how much it changes with the gradient.
    """

    result: Array
    slope: Array

    def like(self, other: "Rule") -> bool:
        """Tell whether two updates follow the same rule."""
        return same(self.result, other.result)

    @property
    def descends(self) -> bool:
        """Whether the parameter goes against its gradient."""
        slope = self.slope[np.isfinite(self.slope)]
        return bool((slope <= 0).all() and (slope < 0).any())

    @property
    def climbs(self) -> bool:
        """Whether the parameter goes along its gradient."""
        slope = self.slope[np.isfinite(self.slope)]
        return bool((slope >= 0).all() and (slope > 0).any())


def settings_of(draws: Draws, cells: Iterable[Place]) -> set[Place]:
    """Return the typed numbers that updates refer to and the loss does not, such as rates."""
    held = {each for place in cells for each in draws.graph.precedents(place)}
    return {
        place
        for place in held - draws.varying
        if draws.graph.depth(place) == 0 and place not in draws.directions and draws.graph.number(place) is not None
    }


def telling_spot(steps: Steps, updated: Place, found: list[Spot], unit: float) -> Spot | None:
    """Choose the spot from which the rule of an update is read: a cell rather than a part of one.

    Only where nothing passes it by is the update a function of what stands there: Adam's takes the gradient twice.
    """
    cells = [spot for spot in found if spot.node is None]
    fitting = [spot for spot in found if rounded(spot.factor) == unit]
    for group in ([spot for spot in cells if spot in fitting], fitting, cells, found):
        if group:
            others = {spot.place for spot in group}
            return next((spot for spot in group if not _passed_by(steps, updated, spot.place, others)), group[0])
    return None


def _passed_by(steps: Steps, updated: Place, place: Place, others: set[Place]) -> bool:
    """Tell whether an update follows from one of some other cells also by a way that does not lead through a cell."""
    if len(others) == 1:
        return False
    seen, waiting = {place, updated}, [updated]
    within = set(steps.subtree(updated))
    for each in waiting:
        fresh = [one for one in steps.graph.precedents(each) if one in within and one not in seen]
        seen.update(fresh)
        waiting += fresh
    return any(place not in steps.subtree(each) for each in others & seen - {place})


def read_rule(steps: Steps, draws: Draws, parameter: Place, spot: Spot) -> Rule:
    """Return what an update makes of a given parameter, gradient and memory: equal for all that follow one rule."""
    step = draws.step
    seed = np.random.default_rng(3)
    old, gradient, *memory = (seed.uniform(0.3, 1.2, DRAWS)[None, None, :] for _ in range(8))
    old = old * np.resize([1.0, -1.0, -8.0, 8.0], DRAWS)
    cells = steps.subtree(step.updates[parameter])
    other = replace(draws, directions={("", 0, 0): 0}, records={}, unknown={})
    given = Dual(gradient * spot.factor * np.resize([1.0, -1.0], DRAWS), np.full((1, 1, DRAWS, 1), spot.factor))
    other.values = {parameter: Dual(old)}
    kept = [each for place in cells for each in draws.graph.precedents(place)]
    kept = [each for each in dict.fromkeys(kept) if each in steps.states and each not in step.parameters]
    for number, place in zip(memory, (each for each in kept if each not in cells), strict=False):
        other.values[place] = Dual(number)
    replaced = {}
    if spot.node is None:
        other.values[spot.place] = given
    else:
        replaced = {spot.place: {spot.node: given}}
    behind = sorted({*cells, *forward_of(steps, step, _formulas_used(steps, cells))}, key=draws.graph.depth)
    other.run(behind, replaced)
    found = other.number(step.updates[parameter])
    return Rule(np.full(DRAWS, np.nan) if found is None else found, other.slope(step.updates[parameter])[:, 0])


def _formulas_used(steps: Steps, cells: Sequence[Place]) -> list[Place]:
    """Return the formulas that some cells refer to."""
    return [each for place in cells for each in steps.graph.precedents(place) if each in steps.graph.trees]
