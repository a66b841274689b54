"""Judging a whole workbook."""

from dataclasses import dataclass, field
from pathlib import Path

from sheetgen.errors import SheetgenError
from sheetgen.reader.cells import Workbook, open_workbook
from sheetgen.reader.package import Limits
from sheetgen.verify.findings import FileReport
from sheetgen.verify.judge import TableVerdict, judge_table
from sheetgen.verify.source import Source
from sheetgen.verify.tables import find_tables, looks_like_the_exercise


@dataclass(frozen=True)
class Options:
    """How to judge.

    Attributes:
        limits: what a file may cost.
    """

    limits: Limits = field(default_factory=Limits)


def verify_file(path: str | Path, options: Options | None = None) -> FileReport:
    """Judge every table of a workbook; what cannot be read becomes the report's `error`."""
    chosen = options or Options()
    try:
        with open_workbook(path, chosen.limits) as workbook:
            return _verify(workbook, str(path))
    except SheetgenError as error:
        return FileReport(str(path), error=f"{error.what}; {error.remedy}")


def _verify(workbook: Workbook, file: str) -> FileReport:
    source = Source(workbook)
    verdicts: list[TableVerdict] = []
    unreadable: list[str] = []
    for name in workbook.sheet_names:
        found, complaints = _judge_sheet(name, source)
        verdicts += found
        unreadable += complaints
    if not verdicts and not unreadable:
        unreadable.append(
            "no table of the exercise was found: a row of labels such as i1, w1, h1, a_h1, E_total, ∂E/∂w1"
        )
    return FileReport(
        file=file,
        error="; ".join(unreadable) or None,
        cells_checked=sum(verdict.cells_checked for verdict in verdicts),
        tables=tuple(verdict.summary for verdict in verdicts),
        findings=tuple(finding for verdict in verdicts for finding in verdict.findings),
    )


def _judge_sheet(name: str, source: Source) -> tuple[list[TableVerdict], list[str]]:
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
    return verdicts, complaints
