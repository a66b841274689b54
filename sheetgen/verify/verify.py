"""Judging a whole workbook."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from openpyxl.utils.cell import range_boundaries

from sheetgen.errors import SheetgenError
from sheetgen.reader.cells import Workbook, open_workbook
from sheetgen.reader.package import Limits
from sheetgen.verify.findings import FileReport, Finding
from sheetgen.verify.judge import TableVerdict, judge_table
from sheetgen.verify.recalculate import differing, stale_findings
from sheetgen.verify.source import Source
from sheetgen.verify.tables import find_tables, looks_like_the_exercise

# Below this many bytes of sheets a second process costs more than it saves.
_WORTH_A_PROCESS = 30_000_000


@dataclass(frozen=True)
class Options:
    """How to judge.

    Attributes:
        limits: what a file may cost.
        engine: the engine that recalculates the file as well, or None.
        jobs: how many processes may share the sheets of one large file.
    """

    limits: Limits = field(default_factory=Limits)
    engine: str | None = None
    jobs: int = 1


@dataclass(frozen=True)
class SheetVerdict:
    """What was found on one sheet: its tables, and why it could not be read, if so."""

    tables: tuple[TableVerdict, ...] = ()
    complaints: tuple[str, ...] = ()


def verify_file(path: str | Path, options: Options | None = None) -> FileReport:
    """Judge every table of a workbook.

    Args:
        path: the workbook.
        options: how to judge.

    Returns:
        The report; where the file, or a part of it, could not be judged, its `error` says why.
    """
    chosen = options or Options()
    try:
        with open_workbook(path, chosen.limits) as workbook:
            report = _report(str(path), list(_judge_sheets(workbook, chosen)))
            return report if chosen.engine is None else _recalculated(report, workbook, chosen.engine, chosen.limits)
    except SheetgenError as error:
        return FileReport(str(path), error=f"{error.what}; {error.remedy}")


def _judge_sheets(workbook: Workbook, options: Options) -> Iterator[SheetVerdict]:
    """Judge all sheets, side by side where they are large."""
    work = sum(map(workbook.size, workbook.sheet_names))
    processes = min(options.jobs, len(workbook.sheet_names))
    if processes < 2 or work < _WORTH_A_PROCESS:
        source = Source(workbook)
        yield from (_judge_sheet(name, source) for name in workbook.sheet_names)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(_judge_alone, workbook.path, options.limits), workbook.sheet_names)


def _judge_alone(path: Path, limits: Limits, name: str) -> SheetVerdict:
    with open_workbook(path, limits) as workbook:
        return _judge_sheet(name, Source(workbook))


def _judge_sheet(name: str, source: Source) -> SheetVerdict:
    """Judge the tables of one sheet; also say which could not be read."""
    sheet = source.sheet(name)
    tables = find_tables(sheet)
    complaints = []
    if looks_like_the_exercise(sheet, tables):
        complaints.append(f"sheet {name} has the exercise's labels, but no row of them that heads a table")
    verdicts = []
    for table in tables:
        verdict = judge_table(table, source)
        if verdict is None:
            complaints.append(f"sheet {name}, row {table.header_row}: the labels do not say what network it is")
        else:
            verdicts.append(verdict)
            complaints += verdict.complaints[:1]
    return SheetVerdict(tuple(verdicts), tuple(complaints))


def _report(file: str, sheets: list[SheetVerdict]) -> FileReport:
    verdicts = [verdict for sheet in sheets for verdict in sheet.tables]
    complaints = [complaint for sheet in sheets for complaint in sheet.complaints]
    if not verdicts and not complaints:
        labels = "i1, w1, h1, a_h1, E_total, ∂E/∂w1"
        complaints.append(
            f"no table of the exercise was found, that is a row of labels such as {labels} above its numbers"
        )
    return FileReport(
        file=file,
        error="; ".join(complaints) or None,
        cells_checked=sum(verdict.cells_checked for verdict in verdicts),
        tables=tuple(verdict.summary for verdict in verdicts),
        findings=_once([finding for verdict in verdicts for finding in verdict.findings]),
    )


def _recalculated(report: FileReport, workbook: Workbook, engine: str, limits: Limits) -> FileReport:
    """Add what an engine's recalculation shows beyond what is known already."""
    outcome = differing(workbook, engine, limits=limits)
    known = {cell for finding in report.findings for cell in _cells(finding)}
    more = [finding for finding in stale_findings(outcome) if known.isdisjoint(_cells(finding))]
    error = "; ".join(filter(None, (report.error, outcome.problem))) or None
    checked = max(report.cells_checked, outcome.cells)
    return replace(report, error=error, findings=(*report.findings, *more), cells_checked=checked)


def _cells(finding: Finding) -> Iterator[tuple[str, int, int]]:
    left, top, right, bottom = range_boundaries(finding.range)
    for row in range(top or 1, (bottom or 1) + 1):
        for column in range(left or 1, (right or 1) + 1):
            yield finding.sheet, row, column


def _once(findings: list[Finding]) -> tuple[Finding, ...]:
    """Merge what several tables say of one cell, say of an input that feeds them all."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        key = (finding.sheet, finding.range, finding.kind)
        same = kept.get(key)
        kept[key] = finding if same is None else replace(same, affected=same.affected + finding.affected)
    return tuple(kept.values())
