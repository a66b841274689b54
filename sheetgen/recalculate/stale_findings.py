"""Stale cells as findings, and what a recalculation adds to the verdict on a file."""

from collections import Counter
from dataclasses import replace
from itertools import groupby

from sheetgen.errors import SheetgenError
from sheetgen.recalculate import TITLES
from sheetgen.recalculate.differences import Difference, Recalculation, find_differences, said
from sheetgen.recalculate.engines import Recalculator
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.findings import FileReport, Finding, FindingKind


def add_stale_findings(report: FileReport, engine: str, limits: Limits | None = None) -> FileReport:
    """Add to the verdict on a file what an engine's recalculation shows beyond it.

    Args:
        report: the verdict; the workbook is read again from its `file`.
        engine: one of `TITLES`.
        limits: the most that the workbook, and the engine's result, may hold.

    Returns:
        The report with the stale cells that it did not mention yet. If the engine could not recalculate the whole
        workbook, its `error` says why; earlier findings stay.
    """
    allowed = limits or Limits()
    try:
        with open_workbook(report.file, allowed) as workbook:
            outcome = find_differences(CachedSheets(workbook), Recalculator(engine, limits=allowed))
    except SheetgenError as error:
        return _with_problem(report, f"{error.what}; {error.remedy}" if error.where == report.file else str(error))
    known = {place for each in report.findings for place in each.places()}
    unknown = tuple(each for each in outcome.differences if each.place not in known)
    more = stale_findings(replace(outcome, differences=unknown))
    checked = max(report.cells_checked, outcome.cells)
    return _with_problem(replace(report, findings=(*report.findings, *more), cells_checked=checked), outcome.problem)


def stale_findings(recalculation: Recalculation) -> list[Finding]:
    """Turn differences into findings: neighbours in a column that are wrong in themselves make one.

    Returns:
        The findings, by sheet, row and column; cells that differ only because of another are counted with their cause.
    """
    differences = recalculation.differences
    affected = Counter(each.cause for each in differences if each.cause != each.place)
    sheets = list(dict.fromkeys(each.sheet for each in differences))
    runs = groupby(enumerate(each for each in differences if each.cause == each.place), key=_run)
    groups = [[each for _, each in run] for _, run in runs]
    groups.sort(key=lambda group: (sheets.index(group[0].sheet), group[0].row, group[0].column))
    return [_finding(recalculation.engine, group, sum(affected[each.place] for each in group)) for group in groups]


def _with_problem(report: FileReport, problem: str | None) -> FileReport:
    """Add what could not be done, unless the report already says so."""
    return replace(report, error="; ".join(dict.fromkeys(filter(None, (report.error, problem)))) or None)


def _run(numbered: tuple[int, Difference]) -> tuple[str, int, int]:
    """Return a key that neighbours in a column share, given a difference and its position by row."""
    number, each = numbered
    return each.sheet, each.column, each.row - number


def _finding(engine: str, group: list[Difference], affected: int) -> Finding:
    first, expected = group[0], group[0].recalculated
    return Finding(
        sheet=first.sheet,
        range=Area(first.sheet, first.row, first.column, group[-1].row, first.column).text,
        count=len(group),
        quantity="",
        kind=FindingKind.STALE_VALUE,
        message=f"the cached value is not what the formula gives; {TITLES[engine]} computes {said(expected)}, "
        f"saved is {said(first.cached)}: recalculate the workbook",
        found_formula=first.formula,
        found_value=first.cached,
        expected_value=expected if isinstance(expected, float) else None,
        affected=affected,
    )
