"""Stale cells as findings, and what a recalculation adds to the verdict on a file."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from openpyxl.utils.cell import get_column_letter, range_boundaries

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.differences import Difference, Recalculation, find_differences, said
from sheetgen.recalculate.engines import ENGINES, Recalculator
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.types import Place
from sheetgen.verify.findings import FileReport, Finding, FindingKind

NameOf = Callable[[str, int, int], str]
"""From a cell's sheet, row and column to the quantity that its label names."""


def add_stale_findings(report: FileReport, engine: str, limits: Limits | None = None) -> FileReport:
    """Add to the verdict on a file what an engine's recalculation shows beyond it.

    Args:
        report: the verdict; the workbook is read again from its `file`.
        engine: one of `ENGINES`.
        limits: what the workbook, and the engine's result, may cost to read.

    Returns:
        The report with the cells that are stale and of which it says nothing yet. Where the engine could not
        recalculate all of the workbook, its `error` says why; what was found before stays.
    """
    allowed = limits or Limits()
    try:
        with open_workbook(report.file, allowed) as workbook:
            outcome = find_differences(CachedSheets(workbook), Recalculator(engine, limits=allowed))
    except SheetgenError as error:
        return _with_problem(report, f"{error.what}; {error.remedy}" if error.where == report.file else str(error))
    known = {place for finding in report.findings for place in _places(finding)}
    unknown = tuple(each for each in outcome.differences if each.place not in known)
    more = stale_findings(replace(outcome, differences=unknown))
    checked = max(report.cells_checked, outcome.cells)
    return _with_problem(replace(report, findings=(*report.findings, *more), cells_checked=checked), outcome.problem)


def stale_findings(recalculation: Recalculation, name_of: NameOf = lambda *_: "") -> list[Finding]:
    """Turn differences into findings: neighbours in a column that are wrong in themselves are one.

    Args:
        recalculation: the differences.
        name_of: tells the quantity that a cell's label names.

    Returns:
        The findings, in the order of sheets, rows and columns; cells that differ because of another are counted there.
    """
    causes = Counter(each.cause for each in recalculation.differences if each.cause != each.place)
    sheets = list(dict.fromkeys(each.sheet for each in recalculation.differences))
    groups = sorted(_groups(recalculation.differences, name_of), key=lambda group: _order(group[1][0], sheets))
    return [_finding(recalculation.engine, quantity, group, causes) for quantity, group in groups]


def _with_problem(report: FileReport, problem: str | None) -> FileReport:
    """Add what could not be done, unless the report says so already."""
    return replace(report, error="; ".join(dict.fromkeys(filter(None, (report.error, problem)))) or None)


def _places(finding: Finding) -> Iterator[Place]:
    left, top, right, bottom = range_boundaries(finding.range)
    for row in range(top or 1, (bottom or 1) + 1):
        for column in range(left or 1, (right or 1) + 1):
            yield finding.sheet, row, column


def _groups(differences: tuple[Difference, ...], name_of: NameOf) -> Iterator[tuple[str, list[Difference]]]:
    """Put neighbours together: those of one column, row by row, with one name."""
    roots = (each for each in differences if each.cause == each.place)
    keyed = (
        (each, (each.sheet, each.column, each.row - position, name_of(*each.place)))
        for position, each in enumerate(roots)
    )
    for key, group in groupby(keyed, key=lambda pair: pair[1]):
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
        message=f"the cached value is not what the formula gives; {ENGINES[engine].title} computes {said(expected)}, "
        f"saved is {said(first.cached)}: recalculate the workbook",
        found_formula=first.formula,
        found_value=first.cached,
        expected_value=expected if isinstance(expected, float) else None,
        affected=sum(causes[each.place] for each in group),
    )
