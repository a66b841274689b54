"""Which old row is which new row, and the same for columns.

Lines (rows or columns) are recognised by what they hold: first by all of it, then by single cells, then by what is
typed into them. What stays unrecognised between recognised neighbours is taken in order. So a line counts as inserted
or removed only where the number of lines between two recognised ones is not the same.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.diff.anchors import Pairs, enter
from sheetgen.diff.grid import Integers, Mask, Tokens, mix
from sheetgen.diff.pairing import pair_in_order

# Single cells identify a line if they are at least this share of it.
_SHARE = 0.1
_ROUNDS = 8


class Lines(NamedTuple):
    """The rows, or the columns, of one sheet; 0 in each array belongs to no line.

    Attributes:
        shown: a number for all of each line's content; 0 for an empty line.
        typed: a number for what is typed into each line, see `CellTokens`; 0 for an empty line.
        sizes: how many cells each line has.
        cells: called with a mask of lines, returns for each cell in them the line and a number for its content.
    """

    shown: Tokens
    typed: Tokens
    sizes: Integers
    cells: Callable[[Mask], tuple[Integers, Tokens]]

    @property
    def size(self) -> int:
        """How many lines there are."""
        return len(self.shown) - 1


class _Gaps(NamedTuple):
    """Lines between two that are recognised: from `old` up to before `old_end`, and the same in the new sheet."""

    old: Integers
    old_end: Integers
    new: Integers
    new_end: Integers

    def each(self, chosen: Mask | slice = slice(None)) -> Iterator[tuple[int, int, int, int]]:
        """Go through the gaps, or through some of them."""
        return zip(*(bounds[chosen].tolist() for bounds in self), strict=True)

    def numbers(self, old_size: int, new_size: int) -> tuple[Tokens, Tokens]:
        """Give each old and each new line the number of its gap, from 1; 0 outside all of them."""
        return _inside(self.old, self.old_end, old_size), _inside(self.new, self.new_end, new_size)


def align(old: Lines, new: Lines) -> Integers:
    """Find for each old line (counted from 1) the new line that it became, ascending; 0 for none."""
    match = np.zeros(old.size + 1, np.int64)
    _match_whole(match, (old.shown, new.shown), old.sizes)
    _match_by_cells(match, old, new, _SHARE)
    _match_whole(match, (old.typed, new.typed), old.sizes)
    _match_by_cells(match, old, new, 0)
    gaps = _find_gaps(match, new.size)
    numbers = gaps.numbers(old.size + 1, new.size + 1)
    uneven = np.concatenate(([False], gaps.old_end - gaps.old != gaps.new_end - gaps.new))
    contents = [lines.cells(uneven[found.astype(np.int64)]) for lines, found in zip((old, new), numbers, strict=True)]
    pair_in_order(match, gaps.each(), contents[0], contents[1])
    return match


def _find_gaps(match: Integers, new_size: int) -> _Gaps:
    """Find where lines of both sheets are still unrecognised."""
    known = np.flatnonzero(match)
    old = np.concatenate(([0], known, [len(match)]))
    new = np.concatenate(([0], match[known], [new_size + 1]))
    wide = (np.diff(old) > 1) & (np.diff(new) > 1)
    return _Gaps(old[:-1][wide] + 1, old[1:][wide], new[:-1][wide] + 1, new[1:][wide])


def _inside(starts: Integers, ends: Integers, size: int) -> Tokens:
    lines = np.arange(size)
    numbers = np.searchsorted(starts, lines, side="right")
    padded = np.concatenate(([0], ends))
    return np.where(lines < padded[numbers], numbers, 0).astype(np.uint64)


def _match_whole(match: Integers, tokens: tuple[Tokens, Tokens], sizes: Integers) -> None:
    """Recognise lines whose whole content is the same: at the edges of a gap, or once in it on either side."""
    old, new = tokens
    for _ in range(_ROUNDS):
        _trim(match, old, new)
        old_gaps, new_gaps = _find_gaps(match, len(new) - 1).numbers(len(old), len(new))
        old_lines = np.flatnonzero((old_gaps > 0) & (old != 0))
        new_lines = np.flatnonzero((new_gaps > 0) & (new != 0))
        at_old, at_new = _common_once(
            mix(old[old_lines] ^ mix(old_gaps[old_lines])), mix(new[new_lines] ^ mix(new_gaps[new_lines]))
        )
        pairs = Pairs(old_lines[at_old], new_lines[at_new], sizes[old_lines[at_old]].astype(np.float64))
        if not enter(match, len(new) - 1, pairs):
            return


def _trim(match: Integers, old: Tokens, new: Tokens) -> None:
    """Recognise equal lines from the start and from the end of each gap."""
    gaps = _find_gaps(match, len(new) - 1)
    worth = (old[gaps.old] == new[gaps.new]) | (old[gaps.old_end - 1] == new[gaps.new_end - 1])
    for first, end, new_first, new_end in gaps.each(worth):
        most = min(end - first, new_end - new_first)
        ahead = _leading(old[first : first + most] == new[new_first : new_first + most])
        match[first : first + ahead] = np.arange(new_first, new_first + ahead)
        most -= ahead
        behind = _leading((old[end - most : end] == new[new_end - most : new_end])[::-1])
        match[end - behind : end] = np.arange(new_end - behind, new_end)


def _leading(equal: Mask) -> int:
    """Count how many at the start are true."""
    return len(equal) if equal.all() else int(np.argmin(equal))


def _common_once(old: Tokens, new: Tokens) -> tuple[Integers, Integers]:
    """Find the positions of what occurs once in either array."""
    left, left_at, left_count = np.unique(old, return_index=True, return_counts=True)
    right, right_at, right_count = np.unique(new, return_index=True, return_counts=True)
    left, left_at = left[left_count == 1], left_at[left_count == 1]
    right, right_at = right[right_count == 1], right_at[right_count == 1]
    _, at_left, at_right = np.intersect1d(left, right, assume_unique=True, return_indices=True)
    return left_at[at_left], right_at[at_right]


def _match_by_cells(match: Integers, old: Lines, new: Lines, share: float) -> None:
    """Recognise lines by those of their cells that no other line of the gap has."""
    gaps = _find_gaps(match, new.size)
    if not len(gaps.old):
        return
    old_gaps, new_gaps = gaps.numbers(old.size + 1, new.size + 1)
    old_lines, old_tokens = old.cells(old_gaps > 0)
    new_lines, new_tokens = new.cells(new_gaps > 0)
    at_old, at_new = _common_once(
        mix(old_tokens ^ mix(old_gaps[old_lines])), mix(new_tokens ^ mix(new_gaps[new_lines]))
    )
    pairs, votes = np.unique(old_lines[at_old] * (new.size + 1) + new_lines[at_new], return_counts=True)
    voted_old, voted_new = pairs // (new.size + 1), pairs % (new.size + 1)
    sizes = np.minimum(
        np.bincount(old_lines, minlength=old.size + 1)[voted_old],
        np.bincount(new_lines, minlength=new.size + 1)[voted_new],
    )
    voted = Pairs(voted_old, voted_new, votes.astype(np.float64))
    enter(match, new.size, _mutual(voted.take(votes >= share * sizes)))


def _mutual(pairs: Pairs) -> Pairs:
    """Keep the pairs of which each is the other's best; among equally good ones the one that moved least."""
    best_first = pairs.take(np.lexsort((np.abs(pairs.old - pairs.new), -pairs.weight)))
    best_for_old = np.unique(best_first.old, return_index=True)[1]
    best_for_new = np.unique(best_first.new, return_index=True)[1]
    return best_first.take(np.intersect1d(best_for_old, best_for_new))
