"""Where the rows and columns of a sheet have moved to, from what the old and the new sheet hold."""

import numpy as np

from sheetgen.diff.align import Lines, align
from sheetgen.diff.grid import Grid, Integers, Mask, Tokens, mix
from sheetgen.diff.shifts import LineMap, SheetMove
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW


def recognise(old: Grid, new: Grid) -> SheetMove:
    """Find out which old column is which new column, and then the same for rows."""
    match = align(_column_lines(old), _column_lines(new))
    columns = LineMap(match, new.width, MAX_COLUMN)
    # A column that is in only one of the two says nothing about rows.
    common = np.flatnonzero(match).tolist()
    rows = align(_row_lines(old, common), _row_lines(new, match[common].tolist()))
    return SheetMove(LineMap(rows, new.height, MAX_ROW), columns)


def _column_lines(grid: Grid) -> Lines:
    shown, typed = np.zeros((2, grid.width + 1), np.uint64)
    for number in grid.columns():
        shown[number], typed[number] = map(_sum, grid.tokens(number))

    def cells(wanted: Mask) -> tuple[Integers, Tokens]:
        tokens = {number: np.unique(np.concatenate(grid.tokens(number))) for number in grid.columns() if wanted[number]}
        lines = [np.full(len(found), number, np.int64) for number, found in tokens.items()]
        return _joined(lines, list(tokens.values()))

    return Lines(shown, typed, grid.column_sizes(), cells)


def _row_lines(grid: Grid, numbers: list[int]) -> Lines:
    shown, typed = np.zeros((2, grid.height + 1), np.uint64)
    for place, number in enumerate(numbers):
        rows, tokens = grid.column(number).rows, grid.tokens(number)
        shown[rows] += _placed(tokens.shown, place)
        typed[rows] += _placed(tokens.typed, place)

    def cells(wanted: Mask) -> tuple[Integers, Tokens]:
        lines, tokens = [], []
        for place, number in enumerate(numbers):
            rows, found = grid.column(number).rows.astype(np.int64), grid.tokens(number)
            inner = wanted[rows]
            live = inner & (found.shown != found.typed)  # a constant counts once
            lines += [rows[inner], rows[live]]
            tokens += [_placed(found.shown[inner], place), _placed(found.typed[live], place)]
        return _joined(lines, tokens)

    return Lines(shown, typed, grid.row_sizes(), cells)


def _placed(tokens: Tokens, place: int) -> Tokens:
    """Tell equal contents of different columns apart."""
    return mix(tokens + np.uint64(place))


def _sum(tokens: Tokens) -> np.uint64:
    """Number the content of a line whatever its order is."""
    return np.uint64(np.add.reduce(mix(tokens)))


def _joined(lines: list[Integers], tokens: list[Tokens]) -> tuple[Integers, Tokens]:
    if not lines:
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    return np.concatenate(lines), np.concatenate(tokens)
