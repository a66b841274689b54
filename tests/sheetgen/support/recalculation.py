"""Workbooks as other readers see them, and recalculated by spreadsheet engines."""

import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from sheetgen.recalculate import TITLES as TITLES
from sheetgen.recalculate import engine_copies
from sheetgen.recalculate.differences import Recalculation, find_differences
from sheetgen.recalculate.engines import Recalculator
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.opened_workbook import Cell, open_workbook
from tests.conftest import require_program

Values = dict[tuple[str, str], object]
SLOW_TO_START = {"libreoffice"}
ENGINES = tuple(pytest.param(name, marks=pytest.mark.slow) if name in SLOW_TO_START else name for name in TITLES)
BIT_EQUAL = {"ironcalc", "formualizer"}
IN_WHEELS = ("formualizer", "ironcalc")
PROGRAMS = {"gnumeric": "ssconvert", "libreoffice": "soffice"}
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


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
    """Every value as a reader sees it that does not recalculate; openpyxl reads a formula's empty text as nothing."""
    book = load_workbook(path, data_only=True)
    empty = dict.fromkeys(empty_texts(path), "")
    return empty | {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def empty_texts(path: Path) -> list[tuple[str, str]]:
    """The formulas whose cached value is an empty text, by (sheet, cell)."""
    with open_workbook(path) as workbook:
        return [
            (name, cell.address)
            for name in workbook.sheet_names
            for cell in workbook.read(name).cells()
            if cell.formula is not None and cell.value == ""
        ]


def destroy_caches(path: Path, folder: Path) -> Path:
    """Write a copy in which every formula's cached value is a wrong number."""
    copy = folder / f"destroyed-{path.name}"
    with open_workbook(path) as workbook:
        engine_copies.destroy_caches(CachedSheets(workbook), copy)
    return copy


def recalculated_cells(path: Path, engine: str, timeout: float = 240.0) -> dict[str, dict[tuple[int, int], object]]:
    """What an engine gives for every formula, by sheet and (row, column)."""
    values: dict[str, dict[tuple[int, int], object]] = {}
    with (
        open_workbook(path) as workbook,
        Recalculator(engine, timeout).recalculated(
            workbook, partial(engine_copies.destroy_caches, CachedSheets(workbook))
        ) as (wanted, results),
    ):
        for name, places in wanted.items():
            sheet = results(name)
            cells = ((row, column, sheet.cell(row, column)) for column, rows in places.items() for row in rows)
            values[name] = {(row, column): cell.value if cell else None for row, column, cell in cells}
    return values


def recalculate(path: Path, engine: str) -> Values:
    """What an engine gives for every formula, by (sheet, cell)."""
    found = recalculated_cells(path, require_engine(engine))
    return {
        (sheet, f"{get_column_letter(column)}{row}"): value
        for sheet, cells in found.items()
        for (row, column), value in cells.items()
    }


def with_ironcalc(path: Path, _: Path) -> Values:
    """Recalculate with IronCalc."""
    return recalculate(path, "ironcalc")


def make(path: Path, cells: dict[str, object], *, strings: bool = True) -> Path:
    """Write a workbook; a cell is a value, or a formula with its cached value."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": strings})
    sheet = book.add_worksheet("Data")
    for address, content in cells.items():
        if isinstance(content, tuple):
            sheet.write_formula(address, content[0], None, content[1])
        else:
            sheet.write(address, content)
    book.close()
    return path


def with_sheet(
    path: Path, target: Path, change: Callable[[bytes], bytes], part: str = "xl/worksheets/sheet1.xml"
) -> Path:
    """Copy a workbook with another worksheet part."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            copy.writestr(name, change(source.read(name)) if name == part else source.read(name))
    return target


def written_as(folder: Path, xml: str, encoding: str = "utf-8") -> Path:
    """A workbook whose only worksheet is this XML."""
    base = make(folder / "base.xlsx", {"A1": 1})
    return with_sheet(base, folder / "odd.xlsx", lambda _: xml.encode(encoding))


def cells_of(path: Path, sheet: str = "Data") -> dict[str, Cell]:
    """The cells of a sheet by address, as our own reader sees them."""
    with open_workbook(path) as workbook:
        return {cell.address: cell for cell in workbook.read(sheet).cells()}


def compared(path: Path, engine: str = "formualizer") -> Recalculation:
    """Cached values against an engine's."""
    with open_workbook(path) as workbook:
        return find_differences(CachedSheets(workbook), Recalculator(require_engine(engine)))


def sheet_xml(rows: str, prefix: str = "") -> str:
    """A worksheet's XML around its rows."""
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    p = prefix
    return f'{HEAD}<{p}worksheet {name}="{MAIN}"><{p}sheetData>{rows}</{p}sheetData></{p}worksheet>'
