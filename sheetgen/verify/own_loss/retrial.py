"""A step evaluated once more, with another formula in one of its cells."""

from collections.abc import Sequence
from dataclasses import replace

from sheetgen.spreadsheet.formula_tree import Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.judge import Judged
from sheetgen.verify.own_loss.multiples import rounded, spots
from sheetgen.verify.own_loss.steps import Steps


class Retrial:
    """Evaluates again what follows from a cell on the way to some updates.

    Attributes:
        parameters: those whose updates are looked at.
        cost: how many cells a trial evaluates.
    """

    def __init__(self, steps: Steps, judged: Judged, place: Place, parameters: Sequence[Place]) -> None:
        self.parameters: Sequence[Place] = parameters
        self._judged, self._place = judged, place
        updates, depth = judged.draws.step.updates, steps.graph.depth
        ways = {each for parameter in parameters for each in steps.subtree(updates[parameter])}
        after = {place}
        for each in sorted(ways, key=depth):
            if not after.isdisjoint(steps.graph.precedents(each)):
                after.add(each)
        self._after = sorted(after, key=depth)
        self.cost: int = len(after)
        self._used = set(judged.draws.step.cells) - set(judged.forward)
        self._kept = {each: value for each, value in judged.draws.values.items() if each not in after}

    def mends(self, tree: Tree) -> bool:
        """Tell whether with a formula in the cell each update is by its gradient, in the unit of the others."""
        draws = replace(self._judged.draws, trees={self._place: tree}, records={}, unknown={}, values=dict(self._kept))
        draws.run(self._after)
        referred = (place for place in draws.graph.within(tree, tree.root) if place in self._used)
        cells, slope = [*self._after, *referred], self._judged.loss.slope
        return all(
            any(
                rounded(spot.factor) == self._judged.unit
                for spot in spots(draws, cells, slope[:, draws.directions[parameter]])
            )
            for parameter in self.parameters
        )
