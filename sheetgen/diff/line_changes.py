"""Rows and columns that were inserted, removed, moved or put in another order, in as few entries as possible."""

from collections.abc import Iterator

import numpy as np

from sheetgen.diff.changes import FEW_CELLS, DiffOptions, LineChange, LineKind
from sheetgen.diff.grid import Grid, Integers
from sheetgen.diff.line_map import Block, LineMap, Order, SheetMove
from sheetgen.spreadsheet.addresses import get_column_letter


def find_line_changes(old: Grid, new: Grid, move: SheetMove, options: DiffOptions) -> tuple[LineChange, ...]:
    """Find what happened to the rows and columns of a sheet, and to a block of cells."""
    found: list[LineChange] = []
    for rows in (False, True):
        lines = _Lines(old, new, move, rows=rows, contents=options.contents)
        found += [*lines.removed(), *lines.added(), *lines.reordered()]
    if move.block is not None:
        found.append(_block(move.block, old))
    return tuple(found)


class _Lines:
    """The rows, or the columns, of a sheet in both workbooks."""

    def __init__(self, old: Grid, new: Grid, move: SheetMove, *, rows: bool, contents: bool) -> None:
        self._old, self._new, self._move = old, new, move
        self._rows, self._contents = rows, contents
        self._map: LineMap = move.rows if rows else move.columns
        self._across: LineMap = move.columns if rows else move.rows
        self._name = str if rows else get_column_letter
        self._old_sizes, self._new_sizes = (grid.row_sizes() if rows else grid.column_sizes() for grid in (old, new))

    def removed(self) -> Iterator[LineChange]:
        """Find runs of lines that are in the old workbook only."""
        kind = LineKind.ROWS_REMOVED if self._rows else LineKind.COLUMNS_REMOVED
        others = self._across.forward, self._across.old_lines
        for run in _runs(self._alone(self._old, self._map.forward, others, self._move.block)):
            yield self._entry(kind, run, self._old, self._old_sizes)

    def added(self) -> Iterator[LineChange]:
        """Find runs of lines that are in the new workbook only."""
        kind = LineKind.ROWS_ADDED if self._rows else LineKind.COLUMNS_ADDED
        target = self._move.block and self._move.block.target
        others = self._across.backward, self._across.new_lines
        for run in _runs(self._alone(self._new, self._map.backward, others, target)):
            yield self._entry(kind, run, self._new, self._new_sizes)

    def reordered(self) -> Iterator[LineChange]:
        """Find lines that have left their order: moves, and spans put in another order."""
        moved = self._map.moved.copy()
        for order in self._map.orders:
            yield self._in_another_order(order)
            moved[self._map.old_lines[order.span]] = False
        kind = LineKind.ROWS_MOVED if self._rows else LineKind.COLUMNS_MOVED
        lines = np.flatnonzero(moved)
        for run in np.unique(self._map.runs[lines]).tolist():
            some = lines[self._map.runs[lines] == run]
            to = self._span(self._map.forward[some])
            size = int(self._old_sizes[some].sum())
            yield LineChange(kind, self._span(some), len(some), size, to, copied=self._map.copied)

    def _alone(
        self, grid: Grid, counterparts: Integers, across: tuple[Integers, Integers], block: Block | None
    ) -> Integers:
        """Return the lines of one sheet without a counterpart that are to be said.

        Not said are those whose cells a moved block has taken along; and after the last line in both sheets, where they
        shift nothing, those whose cells go with lines across them.

        Args:
            grid: the sheet.
            counterparts: for each line that of the other sheet; 0 for none.
            across: the counterparts of the lines across, and those that have one.
            block: the block in this sheet.
        """
        alone = counterparts == 0
        alone[0] = False
        if block is not None:
            first, last = (block.first_row, block.last_row) if self._rows else (block.first_column, block.last_column)
            alone[first : last + 1] = False
        known = np.flatnonzero(counterparts)
        inner = known[-1] if len(known) else 0
        said = np.zeros_like(alone)
        # Columns are said before rows, so only rows within others can have taken along the cells of a column.
        kept = across[0] != 0
        if not self._rows and len(across[1]):
            kept[across[1].max() + 1 :] = True
        for number, cells in grid.columns.items():
            lines = cells.rows if self._rows else np.full(len(cells.rows), number)
            said[lines[kept[np.full(len(cells.rows), number) if self._rows else cells.rows]]] = True
        said[: inner + 1] = True
        return np.flatnonzero(alone & said)

    def _entry(self, kind: LineKind, run: Integers, grid: Grid, sizes: Integers) -> LineChange:
        size = int(sizes[run].sum())
        contents = grid.contents(run, rows=self._rows) if self._contents or size <= FEW_CELLS else ()
        return LineChange(kind, self._span(run), len(run), size, contents=contents)

    def _in_another_order(self, order: Order) -> LineChange:
        kind = LineKind.ROWS_REORDERED if self._rows else LineKind.COLUMNS_REORDERED
        old, new = self._map.old_lines[order.span], self._map.new_lines[order.span]
        size = int(self._old_sizes[old].sum())
        numbers = tuple(self._map.backward[new].tolist())
        to = self._span(new)
        return LineChange(kind, self._span(old), len(old), size, to, numbers, order.how, self._map.copied)

    def _span(self, lines: Integers) -> str:
        return f"{self._name(int(lines[0]))}:{self._name(int(lines[-1]))}"


def _runs(lines: Integers) -> Iterator[Integers]:
    for run in np.split(lines, np.flatnonzero(np.diff(lines) > 1) + 1):
        if len(run):
            yield run


def _block(block: Block, old: Grid) -> LineChange:
    target = block.target
    count = (block.last_row - block.first_row + 1) * (block.last_column - block.first_column + 1)
    cells = sum(int(block.covers(number, column.rows).sum()) for number, column in old.columns.items())
    return LineChange(LineKind.CELLS_MOVED, block.text, count, cells, target.text, copied=block.copied)
