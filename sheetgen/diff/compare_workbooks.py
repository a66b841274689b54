"""Two workbooks, compared cell by cell."""

import filecmp
from collections.abc import Iterator
from pathlib import Path

from sheetgen.diff.cell_changes import SheetComparison
from sheetgen.diff.changes import DiffOptions, NameChange, SheetDiff, SheetStatus, WorkbookDiff
from sheetgen.diff.consequences import Book, Consequences, read_surroundings
from sheetgen.diff.explanations import explain_moves
from sheetgen.diff.grid import Grid, TextNumbers
from sheetgen.diff.line_changes import find_line_changes
from sheetgen.diff.sheet_pairs import pair_sheets
from sheetgen.diff.shifts import Likeness, Moves
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
        books = _read(left, texts), _read(right, texts)
    sheets, names = _compare(*books, chosen)
    return WorkbookDiff(str(old), str(new), chosen, sheets, names)


def _read(book: Workbook, texts: TextNumbers) -> Book:
    grids = {name: Grid(book.read(name), texts) for name in book.sheet_names}
    return Book(grids, book.names, read_surroundings(book, grids))


def _compare(old: Book, new: Book, options: DiffOptions) -> tuple[tuple[SheetDiff, ...], tuple[NameChange, ...]]:
    partners = pair_sheets(old.grids, new.grids)
    pairs = {mine: (old.grids[mine], new.grids[theirs]) for mine, theirs in partners.items()}
    moves = explain_moves(pairs, frozenset(old.grids) - partners.keys(), options)
    comparisons = {name: SheetComparison(*pair, moves, options) for name, pair in pairs.items()}
    compared = {name: comparison.differences() for name, comparison in comparisons.items()}
    names = () if options.ignore_formulas else tuple(_names(old.names, new.names, moves))
    consequences = Consequences(old, new, compared, partners, [name.name for name in names])
    for each in compared.values():
        for found in each.found:
            consequences.mark(found)
    sheets = {}
    for name, pair in pairs.items():
        lines = find_line_changes(*pair, moves.sheets[name], options)
        changes = comparisons[name].changes(compared[name].found)
        old_name = None if name == partners[name] else name
        if lines or changes or old_name:
            sheets[partners[name]] = SheetDiff(partners[name], SheetStatus.CHANGED, 0, lines, changes, old_name)
    return tuple(_in_order(old.grids, new.grids, partners, sheets, options)), names


def _in_order(
    old: dict[str, Grid],
    new: dict[str, Grid],
    partners: dict[str, str],
    changed: dict[str, SheetDiff],
    options: DiffOptions,
) -> Iterator[SheetDiff]:
    """Yield the sheets that differ in the new workbook's order, removed ones last."""
    kept = set(partners.values())
    for name, grid in new.items():
        if name not in kept:
            contents = grid.contents() if options.contents else ()
            yield SheetDiff(name, SheetStatus.ADDED, int(grid.row_sizes().sum()), contents=contents)
        elif name in changed:
            yield changed[name]
    for name, grid in old.items():
        if name not in partners:
            yield SheetDiff(name, SheetStatus.REMOVED, int(grid.row_sizes().sum()))


def _names(old: dict[str, str], new: dict[str, str], moves: Moves) -> Iterator[NameChange]:
    """Find the defined names that differ; a sheet's own names are `Sheet!name`."""
    for name in sorted({*old, *new}):
        sheet, mark, local = name.rpartition("!")
        if local.startswith(_RESERVED) or local in _KNOWN:
            continue
        back = next((mine for mine, theirs in moves.renamed.items() if theirs == sheet), sheet)
        if name in old and sheet in moves.renamed:
            continue
        left, right = old.get(back + mark + local), new.get(name)
        likeness = moves.likeness(f"={left}", f"={right}", "") if left and right else Likeness.DIFFERENT
        if likeness is not Likeness.SAME:
            yield NameChange(name, left, right, likeness is Likeness.LOST)
