"""Targets that have to add up to 1: those of outputs that depend on each other, as after softmax."""

import math
from collections.abc import Sequence

from sheetgen.types import Place
from sheetgen.verify.own_loss.steps import Step, Steps

_TOLERANCE = 1e-9


def shared_targets(steps: Steps, step: Step) -> dict[Place, Sequence[Place]]:
    """Return by typed target those of its sample, where these add up to 1 and their outputs follow from the same cells.

    Only for such is output minus target the derivative of the cross-entropy.
    """
    of: dict[Place, set[Place]] = {}
    for part in steps.error_parts(*step.cells):
        tree = steps.graph.trees[part.place]
        results, targets = (steps.graph.within(tree, node) for node in (part.result, part.target))
        if len(results) == len(targets) == 1 and steps.graph.number(targets[0]) is not None:
            of.setdefault(targets[0], set()).update(steps.graph.precedents(results[0]))
    groups: list[tuple[set[Place], set[Place]]] = []
    for target, behind in of.items():
        joined = [group for group in groups if not behind.isdisjoint(group[1])]
        groups = [group for group in groups if group not in joined]
        groups.append(({target}.union(*(each for each, _ in joined)), behind.union(*(each for _, each in joined))))
    sums = {tuple(sorted(group)): math.fsum(steps.graph.number(each) or 0.0 for each in group) for group, _ in groups}
    whole = [group for group, total in sums.items() if len(group) > 1 and abs(total - 1) < _TOLERANCE]
    return {target: group for group in whole for target in group}
