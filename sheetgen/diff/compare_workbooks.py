"""Two workbooks, compared cell by cell."""

import filecmp
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sheetgen.diff.align import align_sheets
from sheetgen.diff.cell_changes import SheetComparison
from sheetgen.diff.changes import DiffOptions, LineChange, LineKind, NameChange, SheetDiff, SheetStatus, WorkbookDiff
from sheetgen.diff.grid import Grid, TextNumbers
from sheetgen.diff.shifts import Moves, SheetMove
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.opened_workbook import Workbook, open_workbook
from sheetgen.spreadsheet.package import Limits

# Names that spreadsheet programs reserve for themselves: print areas, filters.
_RESERVED = "_xlnm."
# Gnumeric writes them without the prefix.
_KNOWN = ("Print_Area", "Print_Titles", "_FilterDatabase")


def compare_workbooks(
    old: str | Path,
    new: str | Path,
    options: DiffOptions | None = None,
    limits: Limits | None = None,
) -> WorkbookDiff:
    """Compare two workbooks cell by cell.

    Args:
        old: the old workbook.
        new: the new one.
        options: what counts as a difference.
        limits: the most the files may hold before they are refused.

    Returns:
        The differences; byte-identical files have none, and their cells are not read.

    Raises:
        SheetgenError: one of them cannot be read, or is larger than the limits allow.
    """
    chosen = options or DiffOptions()
    with open_workbook(old, limits) as left, open_workbook(new, limits) as right:
        if filecmp.cmp(old, new, shallow=False):
            return WorkbookDiff(str(old), str(new), chosen)
        texts = TextNumbers()
        olds, news = _grids(left, texts), _grids(right, texts)
    moves = Moves({name: align_sheets(olds[name], grid) for name, grid in news.items() if name in olds})
    sheets = tuple(_sheets(olds, news, moves, chosen))
    names = () if chosen.ignore_formulas else tuple(_names(left.names, right.names, moves))
    return WorkbookDiff(str(old), str(new), chosen, sheets, names)


def _grids(book: Workbook, texts: TextNumbers) -> dict[str, Grid]:
    return {name: Grid(book.read(name), texts) for name in book.sheet_names}


def _sheets(old: dict[str, Grid], new: dict[str, Grid], moves: Moves, options: DiffOptions) -> Iterator[SheetDiff]:
    for name, grid in new.items():
        if name not in old:
            yield SheetDiff(name, SheetStatus.ADDED, int(grid.row_sizes().sum()))
            continue
        lines = tuple(_lines(old[name], grid, moves.sheets[name]))
        changes = SheetComparison(old[name], grid, moves, options).changes()
        if lines or changes:
            yield SheetDiff(name, SheetStatus.CHANGED, lines=lines, changes=changes)
    for name, grid in old.items():
        if name not in new:
            yield SheetDiff(name, SheetStatus.REMOVED, int(grid.row_sizes().sum()))


def _lines(old: Grid, new: Grid, move: SheetMove) -> Iterator[LineChange]:
    """Find runs of rows, or columns, that are in only one of the workbooks."""
    for kind, counterparts, sizes, name in (
        (LineKind.COLUMNS_REMOVED, move.columns.forward, old.column_sizes(), get_column_letter),
        (LineKind.COLUMNS_ADDED, move.columns.backward, new.column_sizes(), get_column_letter),
        (LineKind.ROWS_REMOVED, move.rows.forward, old.row_sizes(), str),
        (LineKind.ROWS_ADDED, move.rows.backward, new.row_sizes(), str),
    ):
        alone = np.flatnonzero(counterparts[1:] == 0) + 1
        for run in np.split(alone, np.flatnonzero(np.diff(alone) > 1) + 1):
            if len(run):
                yield LineChange(kind, f"{name(run[0])}:{name(run[-1])}", len(run), int(sizes[run].sum()))


def _names(old: dict[str, str], new: dict[str, str], moves: Moves) -> Iterator[NameChange]:
    for name in sorted({*old, *new}):
        left, right = old.get(name), new.get(name)
        same = left and right and moves.same(f"={left}", f"={right}", "")
        local = name.rpartition("!")[2]
        if not same and not local.startswith(_RESERVED) and local not in _KNOWN:
            yield NameChange(name, left, right)
