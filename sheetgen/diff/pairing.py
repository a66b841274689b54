"""The last resort: lines between recognised neighbours, of which nothing says which is which, are taken in order."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from sheetgen.diff.grid import Integers, Tokens

# How many pairs of lines, and cells in them, are compared one by one before that is given up.
_MOST_PAIRS, _MOST_WORK = 10_000, 10_000_000

_Contents = tuple[Integers, Tokens]


def pair_in_order(
    match: Integers, gaps: Iterable[tuple[int, int, int, int]], old_cells: _Contents, new_cells: _Contents
) -> None:
    """Enter as many pairs in each gap as it has lines on its smaller side.

    Args:
        match: for each old line its new line, 0 for none yet.
        gaps: first and end line in the old sheet, first and end line in the new one.
        old_cells: line and content of each old cell in the gaps with unequal sides.
        new_cells: the same of the new cells.
    """
    work = _MOST_WORK
    old, new = _ByLine(*old_cells), _ByLine(*new_cells)
    for first, end, new_first, new_end in gaps:
        height, width = end - first, new_end - new_first
        cost = height * width * (1 + old.average)
        if height == width or height * width > _MOST_PAIRS or cost > work:
            most = min(height, width)
            match[first : first + most] = np.arange(new_first, new_first + most)
            continue
        work -= int(cost)
        alike = _likeness(old.between(first, end), new.between(new_first, new_end))
        for i, j in _best_pairs(alike):
            match[first + i] = new_first + j


class _ByLine:
    """Cells' contents, to be looked up by line."""

    def __init__(self, lines: Integers, tokens: Tokens) -> None:
        order = np.argsort(lines, kind="stable")
        self._lines, self._tokens = lines[order], tokens[order]
        self.average = len(lines) / max(len(np.unique(lines)), 1)

    def between(self, first: int, end: int) -> list[set[int]]:
        bounds = np.searchsorted(self._lines, np.arange(first, end + 1)).tolist()
        return [set(self._tokens[a:b].tolist()) for a, b in pairwise(bounds)]


def _likeness(old: list[set[int]], new: list[set[int]]) -> Integers:
    """Score each pair: its common cells first, and a little for being a pair at all."""
    least = min(len(old), len(new)) + 1
    return np.array([[1 + least * len(left & right) for right in new] for left in old], np.int64)


def _best_pairs(alike: Integers) -> list[tuple[int, int]]:
    """Choose the pairs in ascending order that together score most."""
    height, width = alike.shape
    best = np.zeros((height + 1, width + 1), np.int64)
    for i in range(height - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            best[i, j] = max(best[i + 1, j + 1] + alike[i, j], best[i + 1, j], best[i, j + 1])
    pairs, i, j = [], 0, 0
    while i < height and j < width:
        if best[i, j] == best[i + 1, j + 1] + alike[i, j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i, j] == best[i + 1, j]:
            i += 1
        else:
            j += 1
    return pairs
