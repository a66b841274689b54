"""Where the rows and columns of a sheet have moved to, and how references to them follow."""

from bisect import bisect_left
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from sheetgen.diff.grid import Integers
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.relative_formula import MAX_ROW
from sheetgen.types import Mask


class Ends(Enum):
    """What becomes of a reference to a range when the line at one of its ends moves elsewhere."""

    LEFT_BEHIND = 0
    """It ends at the last of its lines that has stayed."""
    STRETCHED = 1
    """It reaches over all of its lines, wherever they are now."""
    IN_PLACE = 2
    """It stays where it is."""
    CUT_OFF = 3
    """It does not reach beyond the last line that is still there."""


class Order(NamedTuple):
    """Lines in another order: their positions among the recognised lines, and what that order is called, or None."""

    span: slice
    how: str | None


class LineMap:
    """Where the rows, or the columns, of a sheet have moved to.

    Most of them stay in order; those that left the order have been moved. No line counts as inserted or removed after
    the last recognised one, so all lines from there on moved alike.

    Attributes:
        forward: for each old line, counted from 1, the new one; 0 for a removed line. Line 0 is none.
        backward: for each new line, the old one; 0 for an added line.
        copied: whether references treat a moved line as a copy pasted elsewhere, as sorting does: those of its own
            formulas move along with it, those to it stay. Otherwise they follow it, as cutting and pasting does.
        orders: spans that were put in another order, in which each line counts as moved.
        still: whether references stay as they are.
    """

    def __init__(
        self, match: Integers, new_size: int, most: int, *, copied: bool = False, orders: tuple[Order, ...] = ()
    ) -> None:
        self.forward = match
        self.copied = copied
        self.orders = orders
        self._new_size, self._most = new_size, most
        known = np.flatnonzero(match)
        self.backward: Integers = np.zeros(new_size + 1, np.int64)
        self.backward[match[known]] = known
        self.old_lines: Integers = known
        self.new_lines: Integers = np.sort(match[known])
        self._last = int(known[-1]) if len(known) else 0
        self._shift = int(self.new_lines[-1]) - self._last if len(known) else 0
        self._referred = self._where_references_go()
        inner = self._referred * ~self.moved if not copied else self._referred
        inner = inner[: self._last + 1]
        self._down = np.maximum.accumulate(inner)
        self._up = np.minimum.accumulate(np.where(inner > 0, inner, MAX_ROW + 1)[::-1])[::-1]
        here = self._referred[: self._last + 1]
        self.still: bool = bool(self._shift == 0 and (here == np.arange(len(here))).all())

    def with_copies(self) -> "LineMap":
        """Return the same map, with moved lines as copies."""
        return LineMap(self.forward, self._new_size, self._most, copied=True, orders=self.orders)

    def with_orders(self, orders: tuple[Order, ...]) -> "LineMap":
        """Return the same map, with spans of lines put in another order."""
        return LineMap(self.forward, self._new_size, self._most, orders=orders)

    @cached_property
    def moved(self) -> Mask:
        """Which old lines have left their order: as few as possible, or all in a span that was put in another order."""
        moved = np.zeros(len(self.forward), np.bool_)
        news = self.forward[self.old_lines]
        moved[self.old_lines] = True
        moved[self.old_lines[longest_ascending(news)]] = False
        for order in self.orders:
            moved[self.old_lines[order.span]] = True
        return moved

    @cached_property
    def runs(self) -> Integers:
        """Number the runs of moved lines that stay together; 0 for the other lines."""
        new_run = np.diff(self.ranks, prepend=-1) != 1
        moved = self.moved[self.old_lines]
        new_run |= np.diff(moved, prepend=False)
        for order in self.orders:
            new_run[order.span] = True
        runs = np.zeros(len(self.forward), np.int64)
        runs[self.old_lines] = np.cumsum(new_run & moved) * moved
        return runs

    def places(self, lines: Integers) -> Integers:
        """Return where old lines are now; lines beyond the last recognised one move with it, removed ones get 0."""
        inner = self.forward[np.minimum(lines, self._last)]
        return np.where(lines <= self._last, inner, lines + self._shift)

    @cached_property
    def replaced(self) -> Mask:
        """Which new lines hold something else than a reference to their place would have found there before."""
        replaced = np.ones(self._new_size + 1, np.bool_)
        if self.copied:
            replaced[self.new_lines] = self.backward[self.new_lines] != self.old_lines
        else:
            replaced[self.new_lines] = self.moved[self.backward[self.new_lines]]
        return replaced

    def carried(self, lines: Integers) -> Integers:
        """Return by how many old lines the references of a copied line's formulas move before they are mapped."""
        if not self.copied or not len(self.old_lines):
            return np.zeros(len(lines), np.int64)
        rank = np.searchsorted(self.new_lines, self.forward[lines])
        return np.asarray(self.old_lines[np.minimum(rank, len(self.old_lines) - 1)] - lines)

    def around(self, lines: Integers) -> Iterator[Integers]:
        """Map lines in all the ways that `span` may: to themselves, to the line before and to the line after."""
        inside = np.clip(lines, 0, self._last)
        for inner in (self._referred, self._down, self._up):
            moved = np.where(
                (lines > 0) & (lines <= self._last), inner[inside], np.minimum(lines + self._shift, self._most)
            )
            yield np.where((lines <= 0) | (lines >= self._most), lines, moved)

    def run_of(self, lines: Integers) -> Integers:
        """Return the runs in which lines have moved, where references follow those."""
        if self.copied or not self.moved.any():
            return np.zeros(len(lines), np.int64)
        return np.asarray(self.runs[np.clip(lines, 0, self._last)])

    def span(self, *ends: int, how: Ends = Ends.LEFT_BEHIND) -> list[int]:
        """Map a line, or the two ends of a span in either order; return nothing if nothing is left of it."""
        if not ends:
            return []
        low, high = min(ends), max(ends)
        if self._moves_whole(low, high):
            first, last = int(self._referred.item(low)), int(self._referred.item(high))
        elif how is Ends.CUT_OFF and self._last < high < len(self.forward):
            first, last = (self._map(low, self._up), int(self.new_lines[-1])) if low <= self._last else (1, 0)
        elif how in (Ends.LEFT_BEHIND, Ends.CUT_OFF) or low == high or not 0 < low <= high <= self._last:
            first, last = self._map(low, self._up), self._map(high, self._down)
        else:
            first, last = self._adjusted(low, high, how)
        if first > last:
            return []
        return [first, last][: len(ends)] if ends[0] <= ends[-1] else [last, first]

    @property
    def cut_off(self) -> bool:
        """Whether old lines beyond the last recognised one are gone."""
        return self._last < len(self.forward) - 1

    def _adjusted(self, low: int, high: int, how: Ends) -> tuple[int, int]:
        if how is Ends.IN_PLACE:
            slots = np.zeros_like(self.forward)
            slots[self.old_lines] = self.new_lines
            inside = slots[low : high + 1]
        else:
            inside = self.forward[low : high + 1]
        inside = inside[inside > 0]
        return (int(inside.min()), int(inside.max())) if len(inside) else (1, 0)

    def _where_references_go(self) -> Integers:
        if not self.copied:
            return self.forward
        referred = np.zeros_like(self.forward)
        referred[self.old_lines] = self.new_lines
        return referred

    @cached_property
    def ranks(self) -> Integers:
        """For each recognised old line, its position in the new order of them."""
        return np.searchsorted(self.new_lines, self.forward[self.old_lines])

    def _moves_whole(self, low: int, high: int) -> bool:
        if self.copied or not 0 < low <= high <= self._last:
            return False
        run = self.runs.item(low)
        return bool(run) and run == self.runs.item(high)

    def _map(self, line: int, inner: Integers) -> int:
        if line <= 0 or line >= self._most:  # the last possible line means the end of the sheet
            return line
        return int(inner.item(line)) if line <= self._last else min(line + self._shift, self._most)


class Block(NamedTuple):
    """A rectangle of cells that was moved elsewhere on its sheet; rows and columns count from 1.

    `copied` tells whether references treat it as a copy; see `LineMap`.
    """

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    down: int
    right: int
    copied: bool = False

    def holds(self, rows: list[int], columns: list[int]) -> bool:
        """Tell whether an area lies within it."""
        return bool(rows and columns and not self.copied) and (
            self.first_row <= min(rows) <= max(rows) <= self.last_row
            and self.first_column <= min(columns) <= max(columns) <= self.last_column
        )

    def covers(self, column: int, rows: Integers) -> Mask:
        """Tell which cells of a column are in it."""
        inside = self.first_column <= column <= self.last_column
        return np.asarray((self.first_row <= rows) & (rows <= self.last_row) & inside)

    @property
    def text(self) -> str:
        """The reference to it, `A4:D9`."""
        first = f"{get_column_letter(self.first_column)}{self.first_row}"
        return f"{first}:{get_column_letter(self.last_column)}{self.last_row}"

    @property
    def target(self) -> "Block":
        """Where it is now."""
        down, right = self.down, self.right
        top, left, bottom, end = self[:4]
        return Block(top + down, left + right, bottom + down, end + right, -down, -right)


class SheetMove(NamedTuple):
    """Where a sheet's rows, columns and blocks of cells have moved to."""

    rows: LineMap
    columns: LineMap
    block: Block | None = None

    @property
    def still(self) -> bool:
        """Whether references stay as they are."""
        return self.rows.still and self.columns.still and (self.block is None or self.block.copied)

    @property
    def reordered(self) -> bool:
        """Whether lines have left their order."""
        return bool(self.rows.moved.any() or self.columns.moved.any())

    def tokens(self, lines: Integers, new_rows: Integers) -> Iterator[Integers]:
        """Yield numbers that are equal where references from rows to lines change alike."""
        for moved in self.rows.around(lines):
            yield moved - new_rows
        yield self.rows.run_of(lines)
        if self.block is not None:
            yield lines - new_rows
            yield ((self.block.first_row <= lines) & (lines <= self.block.last_row)).astype(np.int64)

    @property
    def uncertain(self) -> bool:
        """Whether programs adjust references in different ways."""
        return self.reordered or self.rows.cut_off or self.columns.cut_off

    def copies(self) -> Iterator["SheetMove"]:
        """Yield the same move with moved rows, columns or both as copies."""
        ways = [[lines, lines.with_copies()] if lines.moved.any() else [lines] for lines in (self.rows, self.columns)]
        for rows, columns in list(product(*ways))[1:]:
            yield SheetMove(rows, columns, self.block)
        if self.block is not None:
            yield self._replace(block=self.block._replace(copied=True))


def longest_ascending(numbers: Integers) -> Integers:
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
