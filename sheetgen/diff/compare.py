"""Two workbooks, compared cell by cell."""

import filecmp
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sheetgen.diff.align import align_sheets
from sheetgen.diff.cells import SheetComparison
from sheetgen.diff.changes import DiffOptions, LineChange, LineKind, NameChange, SheetDiff, SheetStatus, WorkbookDiff
from sheetgen.diff.grid import Grid, Integers, TextNumbers
from sheetgen.diff.shifts import Moves, SheetMove
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.workbook import Sheet, Workbook, open_workbook

# From this many bytes of sheets on, a second process is worth its start.
_WORTH_A_PROCESS = 5_000_000
# Names that a spreadsheet program keeps for itself: print areas, filters.
_RESERVED = "_xlnm."


class _Contents(NamedTuple):
    """All that is compared of a workbook."""

    sheets: dict[str, Sheet]
    names: dict[str, str]


def compare_workbooks(
    old: str | Path,
    new: str | Path,
    options: DiffOptions | None = None,
    limits: Limits | None = None,
    *,
    parallel: bool = False,
) -> WorkbookDiff:
    """Compare two workbooks cell by cell.

    Args:
        old: the old workbook.
        new: the new one.
        options: what counts as a difference.
        limits: what the files may cost before they are refused.
        parallel: read large workbooks in two processes.

    Returns:
        The differences; of two files with the same bytes there are none, and none of their cells are read.

    Raises:
        SheetgenError: one of them cannot be read, or is larger than the limits allow.
    """
    chosen, allowed = options or DiffOptions(), limits or Limits()
    with open_workbook(old, allowed) as left, open_workbook(new, allowed) as right:
        if filecmp.cmp(old, new, shallow=False):
            return WorkbookDiff(str(old), str(new), chosen)
        contents = _read_both(left, right, allowed, parallel=parallel)
    return _compare(contents, WorkbookDiff(str(old), str(new), chosen))


def _read_both(old: Workbook, new: Workbook, limits: Limits, *, parallel: bool) -> tuple[_Contents, _Contents]:
    sizes = [sum(map(book.size, book.sheet_names)) for book in (old, new)]
    if parallel and min(sizes) >= _WORTH_A_PROCESS:
        try:
            with ProcessPoolExecutor(1) as pool:
                other = pool.submit(_read_file, old.path, limits)
                contents = _read(new)
                return other.result(), contents
        except (BrokenProcessPool, OSError):
            pass  # where no process can be started, one has to do
    return _read(old), _read(new)


def _read_file(path: Path, limits: Limits) -> _Contents:
    with open_workbook(path, limits) as book:
        return _read(book)


def _read(book: Workbook) -> _Contents:
    return _Contents({name: book.read(name) for name in book.sheet_names}, book.names)


def _compare(contents: tuple[_Contents, _Contents], empty: WorkbookDiff) -> WorkbookDiff:
    texts = TextNumbers()
    old, new = (_grids(side, texts) for side in contents)
    moves = Moves({name: align_sheets(old[name], grid) for name, grid in new.items() if name in old})
    sheets = tuple(_sheets(old, new, moves, empty.options))
    names = () if empty.options.ignore_formulas else tuple(_names(contents[0].names, contents[1].names, moves))
    return WorkbookDiff(empty.old, empty.new, empty.options, sheets, names)


def _grids(contents: _Contents, texts: TextNumbers) -> dict[str, Grid]:
    """Turn sheets into arrays, and let go of what they were."""
    return {name: Grid(contents.sheets.pop(name), texts) for name in list(contents.sheets)}


def _sheets(old: dict[str, Grid], new: dict[str, Grid], moves: Moves, options: DiffOptions) -> Iterator[SheetDiff]:
    for name, grid in new.items():
        if name not in old:
            yield SheetDiff(name, SheetStatus.ADDED, grid.count)
            continue
        lines = tuple(_lines(old[name], grid, moves.sheets[name]))
        changes = SheetComparison(old[name], grid, moves, options).changes()
        if lines or changes:
            yield SheetDiff(name, SheetStatus.CHANGED, lines=lines, changes=changes)
    for name, grid in old.items():
        if name not in new:
            yield SheetDiff(name, SheetStatus.REMOVED, grid.count)


def _lines(old: Grid, new: Grid, move: SheetMove) -> Iterator[LineChange]:
    yield from _runs(LineKind.COLUMNS_REMOVED, move.columns.forward, old.column_sizes())
    yield from _runs(LineKind.COLUMNS_ADDED, move.columns.backward, new.column_sizes())
    yield from _runs(LineKind.ROWS_REMOVED, move.rows.forward, old.row_sizes())
    yield from _runs(LineKind.ROWS_ADDED, move.rows.backward, new.row_sizes())


def _runs(kind: LineKind, counterparts: Integers, sizes: Integers) -> Iterator[LineChange]:
    """Find neighbouring lines that are in one workbook only."""
    alone = np.flatnonzero(counterparts[1:] == 0) + 1
    for run in np.split(alone, np.flatnonzero(np.diff(alone) > 1) + 1):
        if len(run):
            yield LineChange(kind, int(run[0]), int(run[-1]), int(sizes[run].sum()))


def _names(old: dict[str, str], new: dict[str, str], moves: Moves) -> Iterator[NameChange]:
    for name in sorted({*old, *new}):
        left, right = old.get(name), new.get(name)
        same = left == right if left is None or right is None else _same_name(left, right, moves)
        if not same and not name.rpartition("!")[2].startswith(_RESERVED):
            yield NameChange(name, left, right)


def _same_name(left: str, right: str, moves: Moves) -> bool:
    shifted = moves.shift("=" + left, "")
    return not shifted.lost and shifted.text == "=" + right
