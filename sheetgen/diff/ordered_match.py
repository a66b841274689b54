"""Recognise lines that are still in order.

A line is recognised by its contents: first by all of them, then by single cells, then by what is typed into it,
provided that no other line between the same recognised neighbours has the same (a patience diff). Lines still
unrecognised between recognised neighbours are paired in order. So a line counts as inserted or removed only if the
number of lines between two recognised ones differs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.diff.grid import Integers, Tokens
from sheetgen.diff.line_map import longest_ascending
from sheetgen.diff.line_pairs import Pairs, count_votes, drop_coincidences, keep_mutual
from sheetgen.diff.lines import Lines
from sheetgen.types import Mask

_ROUNDS = 8
# The most pairs of lines in a gap, and cells in all of them, for which lines are compared one by one.
_MOST_PAIRS, _MOST_WORK = 10_000, 10_000_000


class _Gaps(NamedTuple):
    """Lines between two recognised ones: from `old` to before `old_end`, and likewise in the new sheet."""

    old: Integers
    old_end: Integers
    new: Integers
    new_end: Integers

    def each(self, chosen: Mask) -> Iterator[tuple[int, int, int, int]]:
        return zip(*(bounds[chosen].tolist() for bounds in self), strict=True)


def _find_gaps(match: Integers, new_size: int) -> _Gaps:
    """Find the gaps in which lines of both sheets are still unrecognised."""
    known = np.flatnonzero(match)
    old = np.concatenate(([0], known, [len(match)]))
    new = np.concatenate(([0], match[known], [new_size + 1]))
    wide = (np.diff(old) > 1) & (np.diff(new) > 1)
    return _Gaps(old[:-1][wide] + 1, old[1:][wide], new[:-1][wide] + 1, new[1:][wide])


def _gap_numbers(match: Integers, new_size: int) -> tuple[Integers, Integers]:
    """Give each old and each new line the number of the gap that it is in, from 1; 0 outside all of them."""
    gaps = _find_gaps(match, new_size)
    sides = np.zeros(len(match) + 1, np.int64), np.zeros(new_size + 2, np.int64)
    for steps, starts, ends in zip(sides, (gaps.old, gaps.new), (gaps.old_end, gaps.new_end), strict=True):
        steps[starts] = np.arange(1, len(starts) + 1)
        steps[ends] = -steps[starts]
    return np.cumsum(sides[0])[:-1], np.cumsum(sides[1])[:-1]


def match_whole(match: Integers, old: Tokens, new: Tokens, cells: Integers) -> None:
    """Recognise lines whose whole content is the same: at the edges of a gap, or unique within it on both sides."""
    size = len(new) - 1
    for _ in range(_ROUNDS):
        _trim(match, old, new)
        gaps = _gap_numbers(match, size)
        old_lines, new_lines = (
            np.flatnonzero((gap > 0) & (tokens != 0)) for gap, tokens in zip(gaps, (old, new), strict=True)
        )
        pairs = count_votes((old_lines, old[old_lines]), (new_lines, new[new_lines]), gaps)
        if not _enter(match, size, pairs._replace(weight=cells[pairs.old])):
            return


def _trim(match: Integers, old: Tokens, new: Tokens) -> None:
    """Recognise equal lines inwards from the start and the end of each gap."""
    gaps = _find_gaps(match, len(new) - 1)
    worth = (old[gaps.old] == new[gaps.new]) | (old[gaps.old_end - 1] == new[gaps.new_end - 1])
    for first, end, new_first, new_end in gaps.each(worth):
        most = min(end - first, new_end - new_first)
        ahead = _count_leading(old[first : first + most] == new[new_first : new_first + most])
        match[first : first + ahead] = np.arange(new_first, new_first + ahead)
        most -= ahead
        behind = _count_leading((old[end - most : end] == new[new_end - most : new_end])[::-1])
        match[end - behind : end] = np.arange(new_end - behind, new_end)


def _count_leading(equal: Mask) -> int:
    return int(np.argmin(np.append(equal, False)))


def match_by_cells(match: Integers, old: Lines, new: Lines, share: float) -> None:
    """Recognise lines by the cells that no other line of the gap shares."""
    gaps = _gap_numbers(match, new.size)
    contents = old.contents(gaps[0] > 0), new.contents(gaps[1] > 0)
    pairs = keep_mutual(count_votes(*contents, gaps))
    sizes = [np.bincount(lines, minlength=1 + side.size) for (lines, _), side in zip(contents, (old, new), strict=True)]
    enough = pairs.weight >= share * np.minimum(sizes[0][pairs.old], sizes[1][pairs.new])
    _enter(match, new.size, pairs.take(enough))


def _enter(match: Integers, new_size: int, pairs: Pairs) -> bool:
    """Enter as many pairs as possible, each line once, without crossings; return whether there were any."""
    pairs = pairs.take(np.argsort(pairs.old))
    pairs = pairs.take(longest_ascending(pairs.new))
    known = np.flatnonzero(match)
    old = np.concatenate(([0], known, [len(match)], pairs.old))
    new = np.concatenate(([0], match[known], [new_size + 1], pairs.new))
    both = Pairs(old, new, np.concatenate((np.full(len(known) + 2, np.inf), pairs.weight))).take(np.argsort(old))
    kept = drop_coincidences(both).take(slice(1, -1))
    match[kept.old] = kept.new
    return len(kept.old) > len(known)


def match_in_order(match: Integers, old: Lines, new: Lines, *, unlike: bool) -> None:
    """Pair the lines of each gap in order, preferring similar ones where that can be told.

    Args:
        match: for each old line the new line that it became; pairs are entered here.
        old: the old lines.
        new: the new ones.
        unlike: pair lines that have nothing in common too, as many as the smaller side of a gap has.
    """
    gaps = _find_gaps(match, new.size)
    height, width = gaps.old_end - gaps.old, gaps.new_end - gaps.new
    compared = (height != width) & (height * width <= _MOST_PAIRS)
    compared &= np.cumsum(compared * height * width * (1 + old.cells.mean())) <= _MOST_WORK
    numbers = _gap_numbers(match, new.size)
    chosen = np.concatenate(([False], np.ones_like(compared) if not unlike else compared))
    left, right = (side.content_sets(chosen[at]) for side, at in zip((old, new), numbers, strict=True))
    pairs: list[tuple[int, int]] = []
    for first, end, new_first, new_end in gaps.each(~compared):
        pairs += zip(range(first, end), range(new_first, new_end), strict=False)
    for first, end, new_first, new_end in gaps.each(compared):
        # Shared cells count most; being a pair at all counts a little.
        least = 1 + min(end - first, new_end - new_first)
        alike = [[1 + least * len(left[i] & right[j]) for j in range(new_first, new_end)] for i in range(first, end)]
        pairs += ((first + i, new_first + j) for i, j in _best_pairs(np.array(alike)))
    for i, j in pairs:
        if unlike or left[i] & right[j] or not (left[i] or right[j]):
            match[i] = j


def _best_pairs(alike: Integers) -> Iterator[tuple[int, int]]:
    """Choose the pairs in ascending order with the highest total score."""
    height, width = alike.shape
    best = np.zeros((height + 1, width + 1), np.int64)
    for i in range(height - 1, -1, -1):
        paired = np.maximum(best[i + 1, :-1], best[i + 1, 1:] + alike[i])
        best[i, :-1] = np.maximum.accumulate(paired[::-1])[::-1]
    i = j = 0
    while i < height and j < width:
        if best[i, j] == best[i + 1, j + 1] + alike[i, j]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i, j] == best[i + 1, j]:
            i += 1
        else:
            j += 1
