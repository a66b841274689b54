"""Candidate pairs of an old and a new line, and which of them hold."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sheetgen.diff.grid import Integers, Tokens, mix
from sheetgen.types import Mask

_MOST_DROPPED = 100


class Pairs(NamedTuple):
    """Candidate pairs of lines: the old ones, the new ones, and how many cells support each pair."""

    old: Integers
    new: Integers
    weight: npt.NDArray[np.number]

    def take(self, chosen: Integers | Mask | slice) -> "Pairs":
        """Return some of them."""
        return Pairs(self.old[chosen], self.new[chosen], self.weight[chosen])


def count_votes(old: tuple[Integers, Tokens], new: tuple[Integers, Tokens], gaps: tuple[Integers, Integers]) -> Pairs:
    """Pair the lines that share something that no other line of their gap has, and count how much."""
    (left_tokens, left), (right_tokens, right) = (
        _single(mix(tokens ^ mix(gap[lines].astype(np.uint64))), lines)
        for (lines, tokens), gap in zip((old, new), gaps, strict=True)
    )
    _, at_left, at_right = np.intersect1d(left_tokens, right_tokens, assume_unique=True, return_indices=True)
    pairs, votes = np.unique(left[at_left] * len(gaps[1]) + right[at_right], return_counts=True)
    return Pairs(pairs // len(gaps[1]), pairs % len(gaps[1]), votes)


def _single(tokens: Tokens, lines: Integers) -> tuple[Tokens, Integers]:
    """Return the tokens that occur once, and their lines."""
    found, at, count = np.unique(tokens, return_index=True, return_counts=True)
    return found[count == 1], lines[at[count == 1]]


def keep_mutual(pairs: Pairs) -> Pairs:
    """Keep the pairs in which each line is the other's best match; among equals, the one that moved least."""
    best_first = pairs.take(np.lexsort((np.abs(pairs.old - pairs.new), -pairs.weight)))
    best_for_old = np.unique(best_first.old, return_index=True)[1]
    best_for_new = np.unique(best_first.new, return_index=True)[1]
    return best_first.take(np.intersect1d(best_for_old, best_for_new))


def drop_coincidences(pairs: Pairs) -> Pairs:
    """Drop pairs supported by fewer cells than the lines that would have to be inserted and removed for them.

    A number that happens to recur elsewhere in the new sheet must not tear its neighbours apart. Of two neighbouring
    runs of equally shifted pairs, the weaker one is dropped first.
    """
    for _ in range(_MOST_DROPPED):
        shift = pairs.new - pairs.old
        starts = np.flatnonzero(np.concatenate(([True], np.diff(shift) != 0)))
        shifts, evidence = shift[starts], np.add.reduceat(pairs.weight, starts)
        before, after = np.insert(shifts[:-1], 0, shifts[0]), np.append(shifts[1:], shifts[-1])
        cost = np.abs(shifts - before) + np.abs(after - shifts) - np.abs(after - before)
        weaker = np.minimum(np.insert(evidence[:-1], 0, np.inf), np.append(evidence[1:], np.inf))
        doubtful = (evidence < cost) & (evidence <= weaker)
        if not doubtful.any():
            break
        pairs = pairs.take(~np.repeat(doubtful, np.diff(np.append(starts, len(shift)))))
    return pairs
