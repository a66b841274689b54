"""The rows, or the columns, of a sheet, with numbers by which they are recognised."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from sheetgen.diff.grid import Grid, Integers, Tokens, mix
from sheetgen.types import Mask


class Lines:
    """The rows, or the columns, of one sheet, or some of them, counted from 1.

    Attributes:
        numbers: the number of each of them on the sheet; 0 first.
        cells: how many cells each of them has.
        shown: a number for the whole content of each of them; 0 for an empty one.
        typed: a number for what is typed into each of them, see `Cells.tokens`; 0 for an empty one.
    """

    def __init__(self, grid: Grid, columns: list[int], *, rows: bool = False) -> None:
        self._grid, self._columns, self._rows = grid, columns, rows
        size = grid.height if rows else grid.width
        self.cells: Integers = grid.row_sizes() if rows else grid.column_sizes()
        self.shown: Tokens = np.zeros(size + 1, np.uint64)
        self.typed: Tokens = np.zeros(size + 1, np.uint64)
        self.numbers: Integers = np.arange(size + 1)
        self._positions = self.numbers
        for lines, shown, typed in self._parts():
            np.add.at(self.shown, lines, mix(shown))
            np.add.at(self.typed, lines, mix(typed))

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.numbers) - 1

    def take(self, chosen: Mask) -> "Lines":
        """Return some of them, numbered anew; line 0, which is none, is always among them."""
        some = object.__new__(Lines)
        some._grid, some._columns, some._rows = self._grid, self._columns, self._rows
        some.cells, some.shown, some.typed = self.cells[chosen], self.shown[chosen], self.typed[chosen]
        some.numbers = self.numbers[chosen]
        some._positions = np.zeros_like(self._positions)
        some._positions[some.numbers] = np.arange(len(some.numbers))
        return some

    def contents(self, wanted: Mask) -> tuple[Integers, Tokens]:
        """Return the distinct contents of each wanted line's cells: the lines, and a number for each content."""
        parts = []
        for numbers, *both in self._parts():
            lines = self._positions[numbers]
            chosen = wanted[lines] & (lines > 0)
            parts += [(lines[chosen], tokens[chosen]) for tokens in both]
        lines = np.concatenate([np.empty(0, np.int64), *(part for part, _ in parts)])
        tokens = np.concatenate([np.empty(0, np.uint64), *(part for _, part in parts)])
        first = np.unique(mix(tokens ^ mix(lines.astype(np.uint64))), return_index=True)[1]
        return lines[first], tokens[first]

    def content_sets(self, wanted: Mask) -> dict[int, set[int]]:
        """Return the distinct contents of each wanted line's cells."""
        found: dict[int, set[int]] = defaultdict(set)
        lines, tokens = self.contents(wanted)
        for line, token in zip(lines.tolist(), tokens.tolist(), strict=True):
            found[line].add(token)
        return found

    def _parts(self) -> Iterator[tuple[Integers, Tokens, Tokens]]:
        """Yield the cells column by column; for rows, the same content in another column counts as different."""
        for place, number in enumerate(self._columns):
            cells = self._grid.column(number)
            shown, typed = cells.tokens()
            if self._rows:
                yield cells.rows.astype(np.int64), mix(shown + np.uint64(place)), mix(typed + np.uint64(place))
            else:
                yield np.full(len(cells.rows), number), shown, typed
