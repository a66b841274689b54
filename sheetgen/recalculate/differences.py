"""Which cells of a workbook hold what their formula does not give, as an engine computes it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from openpyxl.utils.cell import get_column_letter

from sheetgen.recalculate.engine_copies import Isolation
from sheetgen.recalculate.engines import ENGINES, Recalculator
from sheetgen.recalculate.roots import find_causes
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.compare_cells import Outcome, Tolerance, compare_cells, compare_column
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.spreadsheet.sheet import Sheet
from sheetgen.spreadsheet.volatile import Places
from sheetgen.types import Place, Value

_MOST_TEXT = 40
_TOLERANCE = Tolerance()


class Difference(NamedTuple):
    """A cell whose cached value is not what the engine computes.

    Attributes:
        sheet: the sheet's name.
        row: counted from 1.
        column: counted from 1.
        cached: the cached value; an error as its text.
        recalculated: what the engine gives; None where it gives nothing.
        template: the cell's formula.
        cause: the sheet, row and column of the cell that is wrong in itself; its own where it is that cell.
    """

    sheet: str
    row: int
    column: int
    cached: Value
    recalculated: Value
    template: Template
    cause: Place

    @property
    def place(self) -> Place:
        """Its sheet, row and column."""
        return self.sheet, self.row, self.column

    @property
    def formula(self) -> str:
        """Its formula, with its `=`."""
        return "=" + self.template.at(self.row)


class Unable(NamedTuple):
    """A cell that the engine cannot compute, because it lacks a function or the like; and what it gives instead."""

    sheet: str
    row: int
    column: int
    given: Value


@dataclass(frozen=True)
class Recalculation:
    """The outcome of a recalculation.

    Attributes:
        engine: the engine's name.
        cells: how many cells were compared.
        differences: the cells that differ, by sheet, column and row.
        unable: the cells that the engine cannot compute.
    """

    engine: str
    cells: int
    differences: tuple[Difference, ...]
    unable: tuple[Unable, ...]

    @property
    def problem(self) -> str | None:
        """What could not be recalculated, in one line; None where all could."""
        if not self.unable:
            return None
        first, *others = self.unable
        more = f" and {len(others):,} more" if others else ""
        where = f"{first.sheet}!{get_column_letter(first.column)}{first.row}{more}"
        return f"{ENGINES[self.engine].title} cannot compute {where}: it gives {said(first.given)}; take another engine"


@dataclass
class _Found:
    """What was found so far."""

    cells: int = 0
    stale: list[Difference] = field(default_factory=list)
    unable: list[Unable] = field(default_factory=list)
    isolations: dict[str, Isolation] = field(default_factory=dict)


def find_differences(sheets: CachedSheets, recalculator: Recalculator) -> Recalculation:
    """Compare the cached value of every formula cell with what an engine computes.

    The engine gets a copy whose cached values were destroyed. Where values differ, it gets a second one, in which each
    of those formulas stands alone among cached values: if it gives its own cached value there, the cell is right in
    itself and differs only because of another.

    Not compared: formulas without a cached value; volatile formulas and references to other workbooks, whose cached
    value is taken as given. An error is the same as any other error.

    Raises:
        SheetgenError: the workbook is damaged, or the engine is missing, fails or takes too long.
    """
    found = _Found()
    with recalculator.recalculated(sheets) as (wanted, results):
        for name in sheets.workbook.sheet_names:
            if wanted.get(name):
                _compare(sheets.sheet(name), wanted[name], results(name), found)
    if found.stale:
        wrong = _wrong_in_themselves(sheets, recalculator, found)
        causes = find_causes({each.place: each.template for each in found.stale}, wrong, sheets.surroundings)
        found.stale = [each._replace(cause=causes[each.place]) for each in found.stale]
    return Recalculation(recalculator.engine, found.cells, tuple(found.stale), tuple(found.unable))


def said(value: Value) -> str:
    """Write a value for a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return repr(value) if isinstance(value, float) else f"“{value[:_MOST_TEXT]}”"


def _compare(sheet: Sheet, computed: Places, results: Sheet, found: _Found) -> None:
    """Compare one sheet."""
    isolation = Isolation(max(sheet.columns, default=0) + 2, dict(_missing(sheet, results)))
    found.isolations[sheet.name] = isolation
    for number in sorted(computed.keys() & sheet.columns.keys()):
        count, rows = compare_column(sheet, number, computed, results, _TOLERANCE)
        found.cells += count
        for row, outcome in rows:
            cell, other = sheet.cell(row, number), results.cell(row, number)
            given = other.value if other else None
            if outcome is Outcome.UNABLE:
                found.unable.append(Unable(sheet.name, row, number, given))
            elif cell is not None:
                column = sheet.columns[number]
                template = sheet.templates[column.formulas[column.find(row) or 0]]
                place = (sheet.name, row, number)
                found.stale.append(Difference(*place, cell.value, given, template, place))
                isolation.alone[row, number] = template.at(row)


def _missing(sheet: Sheet, results: Sheet) -> Iterator[tuple[tuple[int, int], Value]]:
    """Go through the formulas without a cached value, with the engine's."""
    for number, column in sheet.columns.items():
        for position, row in enumerate(column.rows):
            if column.kinds[position] == 0 and column.formulas[position] >= 0:
                cell = results.cell(row, number)
                yield (row, number), cell.value if cell else None


def _wrong_in_themselves(sheets: CachedSheets, recalculator: Recalculator, found: _Found) -> set[Place]:
    """Find the cells whose formula, on the cached values of what it refers to, does not give the cached value."""
    wrong = {each.place for each in found.stale}
    for name, cells in recalculator.evaluate_alone(sheets, found.isolations).items():
        sheet = sheets.sheet(name)
        for (row, column), given in cells.items():
            if compare_cells(sheet.cell(row, column), given, _TOLERANCE, sheet.digits) is Outcome.SAME:
                wrong.remove((name, row, column))
    return wrong
