"""Judging a whole workbook."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.opened_workbook import Workbook, open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.elsewhere.recompute import Recomputed, recompute
from sheetgen.verify.findings import FileReport, Finding
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.tables import find_tables, looks_like_the_exercise
from sheetgen.verify.table import TableVerdict, judge_table

Further = Callable[[LabelledSheets, Sequence[Finding]], list[Finding]]
"""Judges what the labels do not say of a workbook: given what was found so far, returns all findings."""


def verify_file(path: str | Path, limits: Limits | None = None, further: Further | None = None) -> FileReport:
    """Judge every table of a workbook, and every formula outside the tables.

    Args:
        path: the workbook.
        limits: how large the file may be.
        further: judges the open workbook as well, after all else.

    Returns:
        The report; if the file, or a part of it, could not be judged, its `error` says why.
    """
    try:
        with open_workbook(path, limits) as workbook:
            return _judge(workbook, str(path), further)
    except SheetgenError as error:
        return FileReport(str(path), error=f"{error.what}; {error.remedy}")


def _judge(workbook: Workbook, file: str, further: Further | None) -> FileReport:
    book = LabelledSheets(workbook)
    sheets = [_judge_sheet(name, book) for name in workbook.sheet_names]
    tables = [table for verdicts, _ in sheets for table in verdicts]
    complaints = [complaint for _, said in sheets for complaint in said]
    known = [finding for table in tables for finding in table.findings]
    elsewhere = recompute(book, [table.outline for table in tables], known) if tables else Recomputed()
    if not tables and not complaints:
        labels = "i1, w1, h1, a_h1, E_total, ∂E/∂w1"
        complaints.append(
            f"no table of the exercise was found, that is a row of labels such as {labels} above its numbers"
        )
    findings = _once([*known, *elsewhere.findings])
    if further is not None:
        findings = further(book, findings)
    return FileReport(
        file=file,
        error="; ".join((*complaints, *elsewhere.complaints)) or None,
        cells_checked=sum(table.cells_checked for table in tables) + elsewhere.cells,
        tables=tuple(table.summary for table in tables),
        findings=tuple(sorted(findings, key=lambda finding: workbook.sheet_names.index(finding.sheet))),
    )


def _judge_sheet(name: str, book: LabelledSheets) -> tuple[list[TableVerdict], list[str]]:
    """Judge the tables of one sheet; also say what could not be judged."""
    sheet = book.sheet(name)
    book.workbook.tables(name)  # a damaged Excel table is a damaged file, even if no formula refers to it
    tables = find_tables(sheet)
    complaints = []
    if looks_like_the_exercise(sheet, tables):
        complaints.append(f"sheet {name} has the exercise's labels, but no row of them that heads a table")
    verdicts = []
    for table in tables:
        verdict = judge_table(table, book)
        if verdict is None:
            complaints.append(f"sheet {name}, row {table.header_row}: the labels do not say what network it is")
        else:
            verdicts.append(verdict)
            complaints += verdict.complaints[:1]
    return verdicts, complaints


def _once(findings: list[Finding]) -> list[Finding]:
    """Merge the findings of several tables about one cell, such as an input that feeds them all."""
    kept: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        key = (finding.sheet, finding.range, finding.kind)
        same = kept.get(key)
        kept[key] = finding if same is None else replace(same, affected=same.affected + finding.affected)
    return list(kept.values())
