"""Workbooks as other readers see them, and recalculated by spreadsheet engines."""

from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from sheetgen.reader.cells import open_workbook
from sheetgen.verify import engines
from sheetgen.verify.engines import caches
from tests.conftest import require_program

Values = dict[tuple[str, str], object]
ENGINES = tuple(engines.ENGINES)
BIT_EQUAL = {"ironcalc", "formualizer"}
PROGRAMS = {"gnumeric": "ssconvert", "libreoffice": "soffice"}


def require_engine(engine: str) -> str:
    """Skip, or fail, where an engine's program is not installed."""
    if engine in PROGRAMS:
        require_program(PROGRAMS[engine])
    return engine


def formulas(path: Path) -> dict[tuple[str, str], str]:
    """Every formula of a workbook by (sheet, cell)."""
    book = load_workbook(path)
    return {
        (sheet.title, cell.coordinate): getattr(cell.value, "text", cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def cached(path: Path) -> Values:
    """Every value as a reader sees it that does not recalculate."""
    book = load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def destroy_caches(path: Path, folder: Path) -> Path:
    """Write a copy in which every formula's cached value is a wrong number."""
    copy = folder / f"destroyed-{path.name}"
    with open_workbook(path) as workbook:
        caches.destroy_caches(workbook, copy)
    return copy


def recalculate(path: Path, engine: str) -> Values:
    """What an engine gives for every formula, by (sheet, cell)."""
    found = engines.recalculate(path, require_engine(engine))
    return {
        (sheet, f"{get_column_letter(column)}{row}"): value
        for sheet, cells in found.items()
        for (row, column), value in cells.items()
    }


def with_ironcalc(path: Path, _: Path) -> Values:
    """Recalculate with IronCalc."""
    return recalculate(path, "ironcalc")
