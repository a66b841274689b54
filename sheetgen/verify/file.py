"""Judging a whole workbook."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.opened_workbook import Kind, Workbook, open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.properties import NO_TABLE, custom_properties
from sheetgen.verify.elsewhere.beyond_cells import judge_beyond_cells
from sheetgen.verify.elsewhere.recompute import Recomputed, recompute
from sheetgen.verify.file_details import Wanted
from sheetgen.verify.findings import FileReport, Finding, FindingKind
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.tables import find_tables, looks_like_the_exercise
from sheetgen.verify.table import TableVerdict, judge_table
from sheetgen.verify.uncalculated import UNCALCULATED, UNREAD_RULE
from sheetgen.verify.unjudged_columns import UnjudgedColumn, say_unjudged

if TYPE_CHECKING:
    from sheetgen.verify.own_loss.overrule import Overruled

RECOMPUTED = (
    "the workbook says that it holds no training table: each formula was recomputed from what the cells hold that it "
    "refers to, and its meaning was not judged"
)

RECALCULATED = "LibreOffice recalculated it for this judgement, so the values that are saved in it were not judged"

Further = Callable[[LabelledSheets, Sequence[Finding]], tuple[list[Finding], list[str]]]
"""Judges what the labels do not say of a workbook: given what was found so far, returns all findings, and notes."""


class Training(NamedTuple):
    """The tables, what is wrong in the training, what could not be judged, and whether anything is trained at all."""

    tables: list[TableVerdict]
    findings: list[Finding]
    complaints: list[str]
    found: bool


Written = Callable[[LabelledSheets], Training | None]
"""Judges the training of a workbook whose origin says what is trained; None for any other workbook."""


def verify_file(
    path: str | Path,
    limits: Limits | None = None,
    further: Further | None = None,
    wanted: Wanted | None = None,
    written: Written | None = None,
) -> FileReport:
    """Judge every table of a workbook, every formula outside the tables, its charts and its defined names.

    Args:
        path: the workbook.
        limits: how large the file may be.
        further: judges the open workbook as well, after all else.
        wanted: which details the report is to have; none if not given.
        written: judges the training of a workbook whose origin is known, instead of its labels.

    Returns:
        The report; if the file, or a part of it, could not be judged, its `error` says why.
    """
    try:
        with open_workbook(path, limits) as workbook:
            return _judge(workbook, str(path), further, wanted, written)
    except SheetgenError as error:
        return FileReport(str(path), error=f"{error.what}; {error.remedy}")


def _judge(
    workbook: Workbook, file: str, further: Further | None, wanted: Wanted | None, written: Written | None
) -> FileReport:
    began = perf_counter()
    book = LabelledSheets(workbook)
    training = None if written is None else written(book)
    tables, known, complaints, trains = training or _judge_training(book, with_course=wanted is not None)
    unjudged = [column.area for table in tables for column in _unjudged(table, tables)]
    outlines = [table.outline for table in tables]
    plain = not trains and NO_TABLE in custom_properties(workbook.package)
    elsewhere = recompute(book, outlines, known, unjudged) if trains or plain else Recomputed()
    if not trains and not complaints and not plain:
        labels = "i1, w1, h1, a_h1, E_total, ∂E/∂w1"
        complaints.append(
            f"no table of the exercise was found, that is a row of labels such as {labels} above its numbers"
        )
    summaries = tuple(table.summary for table in tables)
    beyond = judge_beyond_cells(book, summaries)
    findings = [*_once([*known, *elsewhere.findings]), *beyond.findings]
    if any(finding.kind is FindingKind.NO_VALUE for finding in findings) and _never_calculated(book):
        findings = [finding for finding in findings if finding.kind is not FindingKind.NO_VALUE]
        complaints[:] = [each for each in complaints if UNREAD_RULE not in each]  # which is all one cause
        complaints.append(UNCALCULATED)
    findings, said = (findings, []) if further is None else further(book, findings)
    converted = [RECALCULATED] if workbook.package.recalculated else []
    report = FileReport(
        file=file,
        error="; ".join((*complaints, *elsewhere.complaints, *beyond.complaints)) or None,
        cells_checked=sum(table.cells_checked for table in tables) + elsewhere.cells,
        tables=summaries,
        findings=tuple(sorted(findings, key=lambda finding: workbook.sheet_names.index(finding.sheet))),
        notes=(
            *converted,
            *said,
            *([RECOMPUTED] * plain),
            *beyond.notes,
            *(note for table in tables for note in _notes(table, tables)),
        ),
    )
    return report if wanted is None else _with_details(report, book, tables, wanted, began)


def _judge_training(book: LabelledSheets, *, with_course: bool) -> Training:
    """Judge what a workbook trains, by its labels and where these leave something open by its own loss."""
    names = book.workbook.sheet_names
    sheets = [_judge_sheet(name, book, with_course=with_course) for name in names]
    tables = [table for verdicts, _ in sheets for table in verdicts]
    complaints = [complaint for _, said in sheets for complaint in said]
    known = [finding for table in tables for finding in table.findings]
    open_questions = known or complaints or not tables or any(table.unjudged for table in tables)
    own = _by_own_loss(tables, book) if open_questions else None
    if own is None:
        return Training(tables, known, complaints, bool(tables))
    left = (said for name, (found, said) in zip(names, sheets, strict=True) if not found and name not in own.sheets)
    tables = [table.without_unjudged(own.judged) for table in own.tables]
    return Training(tables, own.findings, own.complaints + list(chain.from_iterable(left)), True)


def _with_details(
    report: FileReport, book: LabelledSheets, tables: list[TableVerdict], wanted: Wanted, began: float
) -> FileReport:
    from sheetgen.verify.details.gather import gather  # only some reports need it

    courses = [table.course for table in tables if table.course is not None]
    details = gather(book, report.tables, courses, report.findings, wanted, began)
    return replace(report, details=details)


def _by_own_loss(tables: list[TableVerdict], book: LabelledSheets) -> "Overruled | None":
    """Judge by the workbook's own loss what its labels leave open; None if it trains nothing."""
    from sheetgen.verify.own_loss.graph import TooLargeError  # only here: most workbooks leave nothing open
    from sheetgen.verify.own_loss.overrule import overrule, without_doubtful
    from sheetgen.verify.own_loss.verdict import judge_by_own_loss

    try:
        own = judge_by_own_loss(book)
    except TooLargeError:
        return without_doubtful(tables, book)
    return None if own is None else overrule(tables, own, book)


def _never_calculated(book: LabelledSheets) -> bool:
    """Tell whether no formula of the workbook has a cached value."""
    columns = (column for name in book.workbook.sheet_names for column in book.sheet(name).columns.values())
    return not any(
        ((np.asarray(column.formulas) >= 0) & (np.asarray(column.kinds) != Kind.EMPTY)).any() for column in columns
    )


def _unjudged(table: TableVerdict, tables: list[TableVerdict]) -> list[UnjudgedColumn]:
    """List the columns of unknown meaning beside a table that are not part of another one."""
    outlines = [other.outline for other in tables if other is not table and other.outline.sheet == table.outline.sheet]
    return [each for each in table.unjudged if not any(outline.judges(each.area) for outline in outlines)]


def _notes(table: TableVerdict, tables: list[TableVerdict]) -> Iterator[str]:
    yield from table.notes
    yield from say_unjudged(table.outline.sheet, _unjudged(table, tables))


def _judge_sheet(name: str, book: LabelledSheets, *, with_course: bool) -> tuple[list[TableVerdict], list[str]]:
    """Judge the tables of one sheet; also say what could not be judged."""
    sheet = book.sheet(name)
    book.workbook.tables(name)  # a damaged Excel table is a damaged file, even if no formula refers to it
    tables = find_tables(sheet)
    complaints = []
    if looks_like_the_exercise(sheet, tables):
        complaints.append(f"sheet {name} has the exercise's labels, but no row of them that heads a table")
    verdicts = []
    for table in tables:
        verdict = judge_table(table, book, with_course=with_course)
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
