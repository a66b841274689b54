"""Which cells of a workbook hold something other than what an engine computes for their formula."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sheetgen.recalculate import TITLES
from sheetgen.recalculate.engine_copies import Isolation, destroy_caches, isolate
from sheetgen.recalculate.engines import Recalculator
from sheetgen.recalculate.magnified import explained_by_rounding
from sheetgen.recalculate.roots import find_causes
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.compare_cells import Outcome, Tolerance, compare_cells, compare_column
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.spreadsheet.sheet import Cell, Kind, Sheet
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
        recalculated: what the engine gives; None if it gives nothing.
        template: the cell's formula.
        cause: the sheet, row and column of the cell that is wrong in itself, which may be this one.
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


@dataclass(frozen=True)
class Recalculation:
    """The outcome of a recalculation.

    Attributes:
        engine: the engine's name.
        cells: how many cells were compared.
        differences: the cells that differ, by sheet, column and row.
        unable: the cells that the engine cannot compute, for example because it lacks a function.
    """

    engine: str
    cells: int
    differences: tuple[Difference, ...]
    unable: tuple[Difference, ...]

    @property
    def problem(self) -> str | None:
        """What could not be recalculated, in one line; None if everything could."""
        if not self.unable:
            return None
        first, *others = self.unable
        more = f" and {len(others):,} more" if others else ""
        where = f"{first.sheet}!{get_column_letter(first.column)}{first.row}{more}"
        given = said(first.recalculated)
        return f"{TITLES[self.engine]} cannot compute {where}: it gives {given}; take another engine"


def find_differences(sheets: CachedSheets, recalculator: Recalculator) -> Recalculation:
    """Compare the cached value of every formula cell with what an engine computes.

    The engine gets a copy whose cached values have been destroyed. Where values differ, it gets a second copy, in which
    each of those formulas stands alone among cached values: if it gives its own cached value there, the cell is right
    in itself and differs only because of another; so it is if what it gives differs by rounding alone. Where no such
    other differs, what the engines differ in is magnified rounding, and the cell is right.

    Not compared: formulas without a cached value; volatile functions and references to other workbooks, whose cached
    value is taken as given. Any two errors count as equal.

    Raises:
        SheetgenError: the workbook is damaged, or the engine is missing, fails or takes too long.
    """
    count = 0
    apart: dict[Outcome, list[Difference]] = {Outcome.DIFFERENT: [], Outcome.UNABLE: []}
    isolations = {}
    with recalculator.recalculated(sheets.workbook, partial(destroy_caches, sheets)) as (wanted, results):
        for name, computed in wanted.items():
            sheet, found = sheets.sheet(name), results(name)
            isolations[name] = Isolation(max(sheet.columns, default=0) + 2, dict(_missing(sheet, found)))
            for column in sorted(computed.keys() & sheet.columns.keys()):
                compared, outcomes = compare_column(sheet, column, computed[column], found, _TOLERANCE)
                count += compared
                for row, outcome in outcomes:
                    apart[outcome].append(_difference(sheet, row, column, found))
    stale = apart[Outcome.DIFFERENT]
    for each in stale:
        isolations[each.sheet].alone[each.row, each.column] = each.template.at(each.row)
    if stale:
        alone = dict(_results_alone(sheets, recalculator, isolations))
        right = {place for place, found in alone.items() if _holds(sheets, place, found)}
        left = alone.keys() - right
        doubtful = {each.place: each.template for each in stale if each.place in left}
        given = {place: (template, _value(alone[place])) for place, template in doubtful.items()}
        wrong = {each.place for each in stale} - right - set(explained_by_rounding(sheets, given))
        causes = find_causes({each.place: each.template for each in stale}, wrong, sheets.surroundings)
        stale = [each._replace(cause=causes[each.place]) for each in stale if each.place in causes]
    return Recalculation(recalculator.engine, count, tuple(stale), tuple(apart[Outcome.UNABLE]))


def said(value: Value) -> str:
    """Write a value as part of a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return repr(value) if isinstance(value, float) else f"“{value[:_MOST_TEXT]}”"


def _difference(sheet: Sheet, row: int, column: int, found: Sheet) -> Difference:
    cells = sheet.columns[column]
    template = sheet.templates[cells.formulas[cells.find(row) or 0]]
    cached, given = (cell.value if cell else None for cell in (sheet.cell(row, column), found.cell(row, column)))
    return Difference(sheet.name, row, column, cached, given, template, (sheet.name, row, column))


def _missing(sheet: Sheet, found: Sheet) -> Iterator[tuple[tuple[int, int], Value]]:
    """Yield the formulas without a cached value, with what the engine gives."""
    for number, column in sheet.columns.items():
        for position, row in enumerate(column.rows):
            if column.kinds[position] == Kind.EMPTY and column.formulas[position] >= 0:
                cell = found.cell(row, number)
                yield (row, number), cell.value if cell else None


def _results_alone(
    sheets: CachedSheets, recalculator: Recalculator, isolations: dict[str, Isolation]
) -> Iterator[tuple[Place, Cell | None]]:
    """Yield what the chosen formulas give from the cached values of their precedents."""
    copy = partial(isolate, sheets, isolations=isolations)
    with recalculator.recalculated(sheets.workbook, copy) as (wanted, results):
        for name in wanted:
            found, isolation = results(name), isolations[name]
            for row, column in isolation.alone:
                if column in isolation.columns:
                    yield (name, row, column), found.cell(row, isolation.columns[column])


def _holds(sheets: CachedSheets, place: Place, found: Cell | None) -> bool:
    """Tell whether a cell's cached value is what its formula gives alone."""
    digits = sheets.sheet(place[0]).digits
    return compare_cells(sheets.cell(*place), found, _TOLERANCE, digits) is Outcome.SAME


def _value(cell: Cell | None) -> Value:
    return None if cell is None else cell.value
