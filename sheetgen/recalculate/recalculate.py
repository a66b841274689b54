"""Recalculation: which cells of a workbook hold what their formula does not give, as an engine computes it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from openpyxl.utils.cell import get_column_letter

from sheetgen.recalculate import DEFAULT_ENGINE, DEFAULT_TIMEOUT, TITLES, evaluate_alone, recalculated
from sheetgen.recalculate.caches import Alone, Places, Value
from sheetgen.recalculate.roots import Place, find_causes
from sheetgen.spreadsheet.compare_cells import Outcome, Tolerance, compare_cells, compare_column
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.spreadsheet.workbook import Sheet, Workbook
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.read.sheet_cache import Source

_MOST_TEXT = 40


class Difference(NamedTuple):
    """A cell whose cached value is not what the engine computes.

    Attributes:
        sheet: the sheet's name.
        row: counted from 1.
        column: counted from 1.
        cached: the cached value; an error as its text.
        recalculated: what the engine gives; None where it gives nothing.
        template: the cell's formula.
        cause: the row, column and sheet of the cell that is wrong in itself; its own where it is that cell.
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
        return f"{TITLES[self.engine]} cannot compute {where}: it gives {_said(first.given)}; take another engine"


@dataclass
class _Found:
    """What was found so far."""

    cells: int = 0
    stale: list[Difference] = field(default_factory=list)
    unable: list[Unable] = field(default_factory=list)
    missing: dict[str, dict[tuple[int, int], Value]] = field(default_factory=dict)
    first_free: dict[str, int] = field(default_factory=dict)


def differing(
    workbook: Workbook | Source,
    engine: str = DEFAULT_ENGINE,
    tolerance: Tolerance | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    limits: Limits | None = None,
) -> Recalculation:
    """Compare the cached value of every formula cell with what an engine computes.

    The engine gets a copy whose cached values were destroyed. Where values differ, it gets a second one, in which each
    of those formulas stands alone among cached values: if it gives its own cached value there, the cell is right in
    itself and differs only because of another.

    Not compared: formulas without a cached value; formulas with a will of their own, such as `RAND()`, and references
    to other workbooks, whose cached value is taken as given. An error is the same as any other error.

    Args:
        workbook: the workbook, open.
        engine: one of `ENGINES`.
        tolerance: how far numbers may be apart.
        timeout: seconds the engine may take, each time.
        limits: what its result may cost to read.

    Raises:
        SheetgenError: the workbook is damaged, or the engine is missing, fails or takes too long.
    """
    source = workbook if isinstance(workbook, Source) else Source(workbook)
    allowed = tolerance or Tolerance()
    found = _Found()
    with recalculated(source.workbook, engine, timeout, limits) as (wanted, results):
        for name in source.workbook.sheet_names:
            if wanted.get(name):
                _compare(source.sheet(name), wanted[name], results(name), allowed, found)
    if found.stale:
        wrong = _wrong_in_themselves(source, engine, found, allowed, timeout, limits)
        formulas = {each.place: each.template for each in found.stale}
        causes = find_causes(formulas, wrong, source.surroundings)
        found.stale = [each._replace(cause=causes[each.place]) for each in found.stale]
    return Recalculation(engine, found.cells, tuple(found.stale), tuple(found.unable))


def stale_findings(
    recalculation: Recalculation, name_of: Callable[[str, int, int], str] = lambda *_: ""
) -> list[Finding]:
    """Turn differences into findings: neighbours in a column that are wrong in themselves are one.

    Args:
        recalculation: the differences.
        name_of: called with sheet, row and column of a cell, returns the quantity that its label names.

    Returns:
        The findings, in the order of sheets, rows and columns; cells that differ because of another are counted there.
    """
    causes = Counter(each.cause for each in recalculation.differences if each.cause != each.place)
    sheets = list(dict.fromkeys(each.sheet for each in recalculation.differences))
    groups = sorted(_groups(recalculation.differences, name_of), key=lambda group: _order(group[1][0], sheets))
    return [_finding(recalculation.engine, quantity, group, causes) for quantity, group in groups]


def _compare(sheet: Sheet, computed: Places, results: Sheet, tolerance: Tolerance, found: _Found) -> None:
    """Compare one sheet."""
    for number in sorted(computed.keys() & sheet.columns.keys()):
        count, rows = compare_column(sheet, number, computed, results, tolerance)
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
    found.first_free[sheet.name] = max(sheet.columns, default=0) + 2
    found.missing[sheet.name] = dict(_missing(sheet, results))


def _missing(sheet: Sheet, results: Sheet) -> Iterator[tuple[tuple[int, int], Value]]:
    """Go through the formulas without a cached value, with the engine's."""
    for number, column in sheet.columns.items():
        for position, row in enumerate(column.rows):
            if column.kinds[position] == 0 and column.formulas[position] >= 0:
                cell = results.cell(row, number)
                yield (row, number), cell.value if cell else None


def _wrong_in_themselves(
    source: Source, engine: str, found: _Found, tolerance: Tolerance, timeout: float, limits: Limits | None
) -> set[Place]:
    """Find the cells whose formula, on the cached values of what it refers to, does not give the cached value."""
    alone: dict[str, list[Alone]] = {}
    for each in found.stale:
        alone.setdefault(each.sheet, []).append(Alone(each.row, each.column, each.formula[1:]))
    values = evaluate_alone(source.workbook, engine, alone, found.first_free, found.missing, timeout, limits)
    wrong = {each.place for each in found.stale}
    for name, cells in values.items():
        sheet = source.sheet(name)
        for (row, column), given in cells.items():
            if compare_cells(sheet.cell(row, column), given, tolerance, sheet.digits) is Outcome.SAME:
                wrong.remove((name, row, column))
    return wrong


def _groups(
    differences: tuple[Difference, ...], name_of: Callable[[str, int, int], str]
) -> Iterator[tuple[str, list[Difference]]]:
    """Put neighbours together: those of one column, row by row, with one name."""
    roots = (each for each in differences if each.cause == each.place)
    numbered = ((each, position) for position, each in enumerate(roots))
    named = (
        (each, (each.sheet, each.column, each.row - position, name_of(*each.place))) for each, position in numbered
    )
    for key, group in groupby(named, key=lambda pair: pair[1]):
        yield key[-1], [each for each, _ in group]


def _order(first: Difference, sheets: list[str]) -> tuple[int, int, int]:
    return sheets.index(first.sheet), first.row, first.column


def _finding(engine: str, quantity: str, group: list[Difference], causes: "Counter[Place]") -> Finding:
    first = group[0]
    letter = get_column_letter(first.column)
    last = f":{letter}{group[-1].row}" if len(group) > 1 else ""
    expected = first.recalculated
    return Finding(
        sheet=first.sheet,
        range=f"{letter}{first.row}{last}",
        count=len(group),
        quantity=quantity,
        kind=FindingKind.STALE_VALUE,
        message=f"the cached value is not what the formula gives; {TITLES[engine]} computes {_said(expected)}, "
        f"saved is {_said(first.cached)}: recalculate the workbook",
        found_formula=first.formula,
        found_value=first.cached,
        expected_value=expected if isinstance(expected, float) else None,
        affected=sum(causes[each.place] for each in group),
    )


def _said(value: Value) -> str:
    """Write a value for a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).upper()
    return repr(value) if isinstance(value, float) else f"“{value[:_MOST_TEXT]}”"
