"""The choice of a table and an iteration that the lesson sheets show, as names in the workbook say it."""

from sheetgen.spreadsheet.formula import UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.workbook import Sheet, Workbook
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.read.tables import Table, find_tables

SHEET, ITERATION = "chosen_sheet", "chosen_iteration"
"""The names of the cells that hold the sheet of the chosen table and the number of the chosen iteration."""

LESSONS = ("Network", "Steps", "Gradient check")
"""The sheets that show the chosen iteration."""


def has_lessons(workbook: Workbook) -> bool:
    """Tell whether a workbook has names for what is chosen."""
    return {SHEET, ITERATION} <= {name.casefold() for name in workbook.names}


def is_lesson(workbook: Workbook, sheet: str) -> bool:
    """Tell whether a sheet shows the chosen iteration: labels on it head no table."""
    return sheet in LESSONS and has_lessons(workbook)


def tables_on(sheet: Sheet, workbook: Workbook) -> list[Table]:
    """Find the training tables of a sheet."""
    return [] if is_lesson(workbook, sheet.name) else find_tables(sheet)


def chosen_cells(source: Source) -> tuple[tuple[str, int, int], tuple[str, int, int]] | None:
    """Return the cells of the chosen sheet and iteration, None where the names stand for none."""
    sheet, iteration = _cell_named(SHEET, source), _cell_named(ITERATION, source)
    return None if sheet is None or iteration is None else (sheet, iteration)


def _cell_named(name: str, source: Source) -> tuple[str, int, int] | None:
    try:
        pieces = take_apart(f"={name}", source.workbook.sheet_names[0], 1, source.surroundings)
    except UnreadableFormulaError:
        return None
    areas = [piece.area for piece in pieces if piece.area and piece.area.is_cell]
    return (areas[0].sheet, areas[0].first_row, areas[0].first_column) if len(areas) == 1 else None
