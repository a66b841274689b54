"""Which old row is which new row, and the same for columns.

A line (a row or a column) is recognised by its contents: first by all of them, then by single cells, then by what is
typed into it, provided that no other line between the same recognised neighbours has the same (a patience diff). Lines
still unrecognised between recognised neighbours are paired in order. So a line counts as inserted or removed only if
the number of lines between two recognised ones differs.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sheetgen.diff.grid import Grid, Integers, Tokens, mix
from sheetgen.diff.shifts import LineMap, SheetMove
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.types import Mask

# Single cells identify a line if they are at least this share of it.
_SHARE = 0.1
_ROUNDS, _MOST_DROPPED = 8, 100
# The most pairs of lines in a gap, and cells in all of them, for which lines are compared one by one.
_MOST_PAIRS, _MOST_WORK = 10_000, 10_000_000


def align_sheets(old: Grid, new: Grid) -> SheetMove:
    """Find which old column is which new column, and then the same for rows."""
    match = _align(_Lines(old, list(old.columns)), _Lines(new, list(new.columns)))
    # A column that is in only one of the sheets says nothing about rows.
    common = np.flatnonzero(match)
    rows = _align(_Lines(old, common.tolist(), rows=True), _Lines(new, match[common].tolist(), rows=True))
    return SheetMove(LineMap(rows, new.height, MAX_ROW), LineMap(match, new.width, MAX_COLUMN))


class _Lines:
    """The rows, or the columns, of one sheet, counted from 1.

    Attributes:
        size: how many there are.
        cells: how many cells each of them has.
        shown: a number for the whole content of each of them; 0 for an empty one.
        typed: a number for what is typed into each of them, see `Cells.tokens`; 0 for an empty one.
    """

    def __init__(self, grid: Grid, columns: list[int], *, rows: bool = False) -> None:
        self._grid, self._columns, self._rows = grid, columns, rows
        self.size = grid.height if rows else grid.width
        self.cells = grid.row_sizes() if rows else grid.column_sizes()
        self.shown, self.typed = np.zeros((2, self.size + 1), np.uint64)
        for lines, shown, typed in self._parts():
            np.add.at(self.shown, lines, mix(shown))
            np.add.at(self.typed, lines, mix(typed))

    def contents(self, wanted: Mask) -> tuple[Integers, Tokens]:
        """Return the distinct contents of each wanted line's cells: the lines, and a number for each content."""
        parts = [(part[wanted[part]], tokens[wanted[part]]) for part, *both in self._parts() for tokens in both]
        lines = np.concatenate([np.empty(0, np.int64), *(part for part, _ in parts)])
        tokens = np.concatenate([np.empty(0, np.uint64), *(part for _, part in parts)])
        first = np.unique(mix(tokens ^ mix(lines.astype(np.uint64))), return_index=True)[1]
        return lines[first], tokens[first]

    def _parts(self) -> Iterator[tuple[Integers, Tokens, Tokens]]:
        """Yield the cells column by column; for rows, the same content in another column counts as different."""
        for place, number in enumerate(self._columns):
            cells = self._grid.column(number)
            shown, typed = cells.tokens()
            if self._rows:
                yield cells.rows.astype(np.int64), mix(shown + np.uint64(place)), mix(typed + np.uint64(place))
            else:
                yield np.full(len(cells.rows), number), shown, typed


class _Pairs(NamedTuple):
    """Candidate pairs of lines: the old ones, the new ones, and how many cells support each pair."""

    old: Integers
    new: Integers
    weight: npt.NDArray[np.number]

    def take(self, chosen: Integers | Mask | slice) -> "_Pairs":
        return _Pairs(self.old[chosen], self.new[chosen], self.weight[chosen])


class _Gaps(NamedTuple):
    """Lines between two recognised ones: from `old` to before `old_end`, and likewise in the new sheet."""

    old: Integers
    old_end: Integers
    new: Integers
    new_end: Integers

    def each(self, chosen: Mask) -> Iterator[tuple[int, int, int, int]]:
        return zip(*(bounds[chosen].tolist() for bounds in self), strict=True)


def _align(old: _Lines, new: _Lines) -> Integers:
    """Find for each old line the new line that it became, ascending; 0 for none."""
    match = np.zeros(old.size + 1, np.int64)
    _match_whole(match, old.shown, new.shown, old.cells)
    _match_by_cells(match, old, new, _SHARE)
    _match_whole(match, old.typed, new.typed, old.cells)
    _match_by_cells(match, old, new, 0)
    _match_in_order(match, old, new)
    return match


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


def _match_whole(match: Integers, old: Tokens, new: Tokens, cells: Integers) -> None:
    """Recognise lines whose whole content is the same: at the edges of a gap, or unique within it on both sides."""
    size = len(new) - 1
    for _ in range(_ROUNDS):
        _trim(match, old, new)
        gaps = _gap_numbers(match, size)
        old_lines, new_lines = (
            np.flatnonzero((gap > 0) & (tokens != 0)) for gap, tokens in zip(gaps, (old, new), strict=True)
        )
        pairs = _votes((old_lines, old[old_lines]), (new_lines, new[new_lines]), gaps)
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


def _match_by_cells(match: Integers, old: _Lines, new: _Lines, share: float) -> None:
    """Recognise lines by the cells that no other line of the gap shares."""
    gaps = _gap_numbers(match, new.size)
    contents = old.contents(gaps[0] > 0), new.contents(gaps[1] > 0)
    pairs = _votes(*contents, gaps)
    sizes = [np.bincount(lines, minlength=1 + side.size) for (lines, _), side in zip(contents, (old, new), strict=True)]
    enough = pairs.weight >= share * np.minimum(sizes[0][pairs.old], sizes[1][pairs.new])
    _enter(match, new.size, _mutual(pairs.take(enough)))


def _votes(old: tuple[Integers, Tokens], new: tuple[Integers, Tokens], gaps: tuple[Integers, Integers]) -> _Pairs:
    """Pair the lines that share something that no other line of their gap has, and count how much."""
    (left_tokens, left), (right_tokens, right) = (
        _single(mix(tokens ^ mix(gap[lines].astype(np.uint64))), lines)
        for (lines, tokens), gap in zip((old, new), gaps, strict=True)
    )
    _, at_left, at_right = np.intersect1d(left_tokens, right_tokens, assume_unique=True, return_indices=True)
    pairs, votes = np.unique(left[at_left] * len(gaps[1]) + right[at_right], return_counts=True)
    return _Pairs(pairs // len(gaps[1]), pairs % len(gaps[1]), votes)


def _single(tokens: Tokens, lines: Integers) -> tuple[Tokens, Integers]:
    """Return the tokens that occur once, and their lines."""
    found, at, count = np.unique(tokens, return_index=True, return_counts=True)
    return found[count == 1], lines[at[count == 1]]


def _mutual(pairs: _Pairs) -> _Pairs:
    """Keep the pairs in which each line is the other's best match; among equals, the one that moved least."""
    best_first = pairs.take(np.lexsort((np.abs(pairs.old - pairs.new), -pairs.weight)))
    best_for_old = np.unique(best_first.old, return_index=True)[1]
    best_for_new = np.unique(best_first.new, return_index=True)[1]
    return best_first.take(np.intersect1d(best_for_old, best_for_new))


def _enter(match: Integers, new_size: int, pairs: _Pairs) -> bool:
    """Enter as many pairs as possible, each line once, without crossings; return whether there were any."""
    pairs = pairs.take(np.argsort(pairs.old))
    pairs = pairs.take(_longest_ascending(pairs.new))
    known = np.flatnonzero(match)
    old = np.concatenate(([0], known, [len(match)], pairs.old))
    new = np.concatenate(([0], match[known], [new_size + 1], pairs.new))
    both = _Pairs(old, new, np.concatenate((np.full(len(known) + 2, np.inf), pairs.weight))).take(np.argsort(old))
    kept = _without_coincidences(both).take(slice(1, -1))
    match[kept.old] = kept.new
    return len(kept.old) > len(known)


def _longest_ascending(numbers: Integers) -> Integers:
    """Return the positions of a longest ascending subsequence."""
    if (np.diff(numbers) > 0).all():
        return np.arange(len(numbers))
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers.tolist()):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1], at[length : length + 1] = [number], [position]
    chain = [at[-1]]
    while before[chain[-1]] >= 0:
        chain.append(before[chain[-1]])
    return np.array(chain[::-1])


def _without_coincidences(pairs: _Pairs) -> _Pairs:
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


def _match_in_order(match: Integers, old: _Lines, new: _Lines) -> None:
    """Pair as many lines of each gap as its smaller side has, preferring similar ones where that can be told."""
    gaps = _find_gaps(match, new.size)
    height, width = gaps.old_end - gaps.old, gaps.new_end - gaps.new
    compared = (height != width) & (height * width <= _MOST_PAIRS)
    compared &= np.cumsum(compared * height * width * (1 + old.cells.mean())) <= _MOST_WORK
    numbers = _gap_numbers(match, new.size)
    chosen = np.concatenate(([False], compared))
    left, right = (_by_line(*side.contents(chosen[at])) for side, at in zip((old, new), numbers, strict=True))
    for first, end, new_first, new_end in gaps.each(~compared):
        most = min(end - first, new_end - new_first)
        match[first : first + most] = np.arange(new_first, new_first + most)
    for first, end, new_first, new_end in gaps.each(compared):
        # Shared cells count most; being a pair at all counts a little.
        least = 1 + min(end - first, new_end - new_first)
        alike = [[1 + least * len(left[i] & right[j]) for j in range(new_first, new_end)] for i in range(first, end)]
        for i, j in _best_pairs(np.array(alike)):
            match[first + i] = new_first + j


def _by_line(lines: Integers, tokens: Tokens) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for line, token in zip(lines.tolist(), tokens.tolist(), strict=True):
        found[line].add(token)
    return found


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
