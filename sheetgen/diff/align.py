"""Which old row is which new row, and the same for columns; lines may have moved out of their order."""

from dataclasses import dataclass, field

import numpy as np

from sheetgen.diff.grid import Grid, Integers, Tokens, mix
from sheetgen.diff.line_map import LineMap, SheetMove
from sheetgen.diff.line_order import find_orders
from sheetgen.diff.line_pairs import Pairs, count_votes, keep_mutual
from sheetgen.diff.lines import Lines
from sheetgen.diff.ordered_match import match_by_cells, match_in_order, match_whole
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.types import Mask

# Single cells identify a line within a gap if they are at least this share of it, and elsewhere if this one.
_SHARE, _SHARE_ELSEWHERE = 0.1, 0.5
_FEWEST_ELSEWHERE = 2


@dataclass(frozen=True)
class Assumptions:
    """What may have happened to the lines of a sheet.

    Attributes:
        moved: they may have left their order.
        unlike: between two recognised ones they were rewritten, rather than removed and inserted.
    """

    moved: bool = True
    unlike: bool = True


def align_sheets(old: Grid, new: Grid, assumed: Assumptions = Assumptions()) -> SheetMove:
    """Find which old column is which new column, and then the same for rows."""
    match = _align(Lines(old, list(old.columns)), Lines(new, list(new.columns)), assumed)
    # A column that is in only one of the sheets says nothing about rows.
    common = np.flatnonzero(match)
    rows = _align(Lines(old, common.tolist(), rows=True), Lines(new, match[common].tolist(), rows=True), assumed)
    row_map, column_map = LineMap(rows, new.height, MAX_ROW), LineMap(match, new.width, MAX_COLUMN)
    keys = [(get_column_letter(match.item(number)), old.column(number)) for number in common.tolist()]
    return SheetMove(row_map.with_orders(find_orders(row_map, keys)), column_map.with_orders(find_orders(column_map)))


def keep_places(old: Grid, new: Grid) -> SheetMove:
    """Take every row and every column for the one that stood in its place."""
    rows, columns = np.arange(old.height + 1), np.arange(old.width + 1)
    rows[new.height + 1 :] = columns[new.width + 1 :] = 0
    return SheetMove(LineMap(rows, new.height, MAX_ROW), LineMap(columns, new.width, MAX_COLUMN))


@dataclass
class _Alignment:
    """The lines still to be recognised, numbered anew whenever recognised ones are set aside.

    Attributes:
        old: the old lines.
        new: the new ones.
        match: for each of the old lines the new line that it became, ascending; 0 for none.
        aside: pairs that were recognised out of their order, by their numbers on the sheets.
    """

    old: Lines
    new: Lines
    match: Integers
    aside: list[tuple[Integers, Integers]] = field(default_factory=list)

    def set_aside(self, pairs: Pairs) -> None:
        """Take pairs that are not in order out of the lines still to be recognised."""
        if not len(pairs.old):
            return
        self.aside.append((self.old.numbers[pairs.old], self.new.numbers[pairs.new]))
        old_kept, new_kept = (np.ones(side.size + 1, np.bool_) for side in (self.old, self.new))
        old_kept[pairs.old] = new_kept[pairs.new] = False
        renumbered = np.cumsum(new_kept) - 1
        self.match = renumbered[self.match[old_kept]]
        self.old, self.new = self.old.take(old_kept), self.new.take(new_kept)

    def free(self) -> tuple[Mask, Mask]:
        """Tell which old and which new lines are not recognised."""
        old, new = self.match == 0, np.ones(self.new.size + 1, np.bool_)
        new[self.match] = False
        old[0] = new[0] = False
        return old, new

    def whole(self, size: int) -> Integers:
        """Return for each of the sheet's old lines the new line that it became; 0 for none."""
        known = np.flatnonzero(self.match)
        match = np.zeros(size + 1, np.int64)
        match[self.old.numbers[known]] = self.new.numbers[self.match[known]]
        for old, new in self.aside:
            match[old] = new
        return match


def _align(old: Lines, new: Lines, assumed: Assumptions) -> Integers:
    """Find for each old line the new line that it became; 0 for none."""
    found = _Alignment(old, new, np.zeros(old.size + 1, np.int64))
    match_whole(found.match, old.shown, new.shown, old.cells)
    if assumed.moved:
        found.set_aside(_whole_elsewhere(found, found.old.shown, found.new.shown))
        found.set_aside(_blank_neighbours(found))
    match_by_cells(found.match, found.old, found.new, _SHARE_ELSEWHERE)
    if assumed.moved:
        found.set_aside(_by_cells_elsewhere(found))
    match_by_cells(found.match, found.old, found.new, _SHARE)
    match_whole(found.match, found.old.typed, found.new.typed, found.old.cells)
    if assumed.moved:
        found.set_aside(_whole_elsewhere(found, found.old.typed, found.new.typed))
        found.set_aside(_blank_neighbours(found))
    match_by_cells(found.match, found.old, found.new, 0)
    match_in_order(found.match, found.old, found.new, unlike=assumed.unlike)
    match = found.whole(old.size)
    if assumed.moved:
        _match_blanks(match, old, new)
    return match


def _blank_neighbours(found: _Alignment) -> Pairs:
    """Pair the empty lines beside lines that were set aside."""
    free = found.free()
    old_free, new_free = (
        set(side.numbers[mask & (side.cells == 0)].tolist())
        for side, mask in zip((found.old, found.new), free, strict=True)
    )
    pairs: dict[int, int] = {}
    for lines, places in found.aside:
        for step in (1, -1):
            for line, place in sorted(zip(lines.tolist(), places.tolist(), strict=True))[::step]:
                here, there = line + step, place + step
                while here in old_free and there in new_free:
                    pairs[here] = there
                    old_free.remove(here)
                    new_free.remove(there)
                    here, there = here + step, there + step
    return Pairs(
        np.searchsorted(found.old.numbers, np.array(list(pairs), np.int64)),
        np.searchsorted(found.new.numbers, np.array(list(pairs.values()), np.int64)),
        np.ones(len(pairs)),
    )


def _match_blanks(match: Integers, old: Lines, new: Lines) -> None:
    """Pair runs of empty lines between others, removed here and inserted there, if there are equally many."""
    taken = np.zeros(new.size + 1, np.bool_)
    taken[match] = True
    last = int(np.max(np.flatnonzero(match), initial=0)), int(match.max())
    gone = np.flatnonzero((match == 0) & (old.cells == 0))[1:]
    here = np.flatnonzero(~taken & (new.cells == 0))
    gone, here = gone[gone < last[0]], here[here < last[1]]
    if len(gone) == len(here) and (np.diff(gone) == np.diff(here)).all():
        match[gone] = here


def _whole_elsewhere(found: _Alignment, old: Tokens, new: Tokens) -> Pairs:
    """Pair lines anywhere that have the same content, if both sheets have it equally often."""
    old_lines, new_lines = (
        np.flatnonzero(free & (tokens != 0)) for free, tokens in zip(found.free(), (old, new), strict=True)
    )
    left, right = _occurrences(old[old_lines]), _occurrences(new[new_lines])
    _, at_left, at_right = np.intersect1d(left, right, assume_unique=True, return_indices=True)
    old_lines, new_lines = old_lines[at_left], new_lines[at_right]
    return Pairs(old_lines, new_lines, found.old.cells[old_lines])


def _occurrences(tokens: Tokens) -> Tokens:
    """Tell equal tokens apart by how many there are, and which of them this is."""
    order = np.argsort(tokens, kind="stable")
    _, first, alike, counts = np.unique(tokens[order], return_index=True, return_inverse=True, return_counts=True)
    told = np.empty_like(tokens)
    position = (np.arange(len(tokens)) - first[alike]).astype(np.uint64)
    told[order] = mix(mix(tokens[order] ^ mix(position)) ^ counts[alike].astype(np.uint64))
    return told


def _by_cells_elsewhere(found: _Alignment) -> Pairs:
    """Pair lines anywhere that share most of their cells, which no other line has."""
    free = found.free()
    old, new = found.old.contents(free[0]), found.new.contents(free[1])
    everywhere = free[0].astype(np.int64), free[1].astype(np.int64)
    pairs = keep_mutual(count_votes(old, new, everywhere))
    sizes = np.maximum(found.old.cells[pairs.old], found.new.cells[pairs.new])
    enough = (pairs.weight >= _SHARE_ELSEWHERE * sizes) & (pairs.weight >= _FEWEST_ELSEWHERE)
    return pairs.take(enough)
