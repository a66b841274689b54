"""A block of cells that was cut and pasted elsewhere on its sheet."""

from typing import NamedTuple

import numpy as np

from sheetgen.diff.grid import Grid, Integers, Tokens, mix
from sheetgen.diff.line_map import Block

# A block has at least so many cells, and at least this share of those in its old place are in its new one.
_FEWEST, _SHARE = 3, 0.8


class _Cells(NamedTuple):
    """Cells of a sheet, in parallel arrays: where they are, and a number for the content of each."""

    rows: Integers
    columns: Integers
    tokens: Tokens

    def take(self, chosen: Integers) -> "_Cells":
        return _Cells(self.rows[chosen], self.columns[chosen], self.tokens[chosen])


def find_block(old: Grid, new: Grid) -> Block | None:
    """Find the block that was moved, if all other cells stayed in their places; None if there is none."""
    left, right = _changed(old, new), _changed(new, old)
    lone_left, lone_right = _lone(left), _lone(right)
    _, at_left, at_right = np.intersect1d(lone_left.tokens, lone_right.tokens, assume_unique=True, return_indices=True)
    gone, here = lone_left.take(at_left), lone_right.take(at_right)
    if not len(gone.rows):
        return None
    shifts = np.stack([here.rows - gone.rows, here.columns - gone.columns])
    options, counts = np.unique(shifts, axis=1, return_counts=True)
    down, to_right = options[:, np.argmax(counts)].tolist()
    here_too = np.isin(_placed(left, down, to_right), _placed(_cells(new)))
    rows, columns = left.rows[here_too], left.columns[here_too]
    first_row, first_column, last_row, last_column = map(int, (rows.min(), columns.min(), rows.max(), columns.max()))
    inside = (first_row <= left.rows) & (left.rows <= last_row)
    inside &= (first_column <= left.columns) & (left.columns <= last_column)
    if len(rows) < max(_FEWEST, _SHARE * int(inside.sum())):
        return None
    return Block(first_row, first_column, last_row, last_column, down, to_right)


def _changed(grid: Grid, other: Grid) -> _Cells:
    """Return the cells whose content is not in the same place of the other sheet."""
    cells = _cells(grid)
    return cells.take(np.flatnonzero(~np.isin(_placed(cells), _placed(_cells(other)))))


def _cells(grid: Grid) -> _Cells:
    """Return all cells, numbered by what is typed; formulas also by their values, which tell them from neighbours."""
    columns = [(each.rows, np.full(len(each.rows), each.column), each.tokens()[0]) for each in grid.columns.values()]
    nothing = np.empty(0, np.int64)
    rows, numbers, tokens = zip((nothing, nothing, np.empty(0, np.uint64)), *columns, strict=True)
    return _Cells(np.concatenate(rows).astype(np.int64), np.concatenate(numbers), np.concatenate(tokens))


def _lone(cells: _Cells) -> _Cells:
    """Keep the cells whose content no other has."""
    _, first, counts = np.unique(cells.tokens, return_index=True, return_counts=True)
    return cells.take(first[counts == 1])


def _placed(cells: _Cells, down: int = 0, right: int = 0) -> Tokens:
    """Number the cells by their content and their place, as many rows further down and columns to the right."""
    rows, columns = (cells.rows + down).astype(np.uint64), (cells.columns + right).astype(np.uint64)
    return mix(cells.tokens ^ mix(rows ^ mix(columns)))
