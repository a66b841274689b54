"""Which of the lines that seem to be recognised are to be believed."""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sheetgen.diff.grid import Integers, Mask

_ROUNDS = 100


class Pairs(NamedTuple):
    """Lines that seem to be recognised.

    Attributes:
        old: the old lines.
        new: the new line of each.
        weight: how many cells speak for each.
    """

    old: Integers
    new: Integers
    weight: npt.NDArray[np.float64]

    def take(self, chosen: Integers | Mask | slice) -> "Pairs":
        """Return some of them."""
        return Pairs(self.old[chosen], self.new[chosen], self.weight[chosen])


def enter(match: Integers, new_size: int, pairs: Pairs) -> bool:
    """Enter the most pairs that do not cross each other; return whether there were any.

    Args:
        match: for each old line the new one, 0 for none yet; pairs lie between its entries.
        new_size: how many new lines there are.
        pairs: what to enter, each line once.
    """
    pairs = pairs.take(np.argsort(pairs.old))
    if not (np.diff(pairs.new) > 0).all():
        pairs = pairs.take(np.array(_longest_ascending(pairs.new.tolist())))
    known = np.flatnonzero(match)
    old = np.concatenate(([0], known, [len(match)], pairs.old))
    new = np.concatenate(([0], match[known], [new_size + 1], pairs.new))
    weight = np.concatenate((np.full(len(known) + 2, np.inf), pairs.weight))
    order = np.argsort(old)
    kept = _without_coincidences(Pairs(old[order], new[order], weight[order])).take(slice(1, -1))
    match[kept.old] = kept.new
    return len(kept.old) > len(known)


def _without_coincidences(pairs: Pairs) -> Pairs:
    """Drop what fewer cells speak for than lines would have to be inserted and removed because of it.

    A number that happens to stand somewhere else in the new sheet too must not tear its neighbours apart.
    """
    shift = pairs.new - pairs.old
    starts = _run_starts(shift)
    shifts, weights = shift[starts], np.add.reduceat(pairs.weight, starts)
    left = np.arange(len(starts))
    for _ in range(_ROUNDS):
        runs = _run_starts(shifts[left])
        dropped = _doubtful(shifts[left][runs], np.add.reduceat(weights[left], runs))
        if not dropped.any():
            break
        left = left[~np.repeat(dropped, np.diff(np.append(runs, len(left))))]
    kept = np.zeros(len(starts), np.bool_)
    kept[left] = True
    return pairs.take(np.repeat(kept, np.diff(np.append(starts, len(shift)))))


def _run_starts(numbers: Integers) -> Integers:
    return np.flatnonzero(np.concatenate(([True], np.diff(numbers) != 0)))


def _doubtful(shifts: Integers, evidence: npt.NDArray[np.float64]) -> Mask:
    """Find the runs, each shifted by so many lines, that are better dropped; the weaker one of two neighbours first."""
    before, after = np.insert(shifts[:-1], 0, shifts[0]), np.append(shifts[1:], shifts[-1])
    cost = np.abs(shifts - before) + np.abs(after - shifts) - np.abs(after - before)
    weaker = np.minimum(np.insert(evidence[:-1], 0, np.inf), np.append(evidence[1:], np.inf))
    doubtful: Mask = (evidence < cost) & (evidence <= weaker)
    return doubtful


def _longest_ascending(numbers: list[int]) -> list[int]:
    """Return the positions of a longest ascending subsequence."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else -1)
        if length == len(ends):
            ends.append(number)
            at.append(position)
        else:
            ends[length], at[length] = number, position
    chain = [at[-1]]
    while before[chain[-1]] >= 0:
        chain.append(before[chain[-1]])
    return chain[::-1]
