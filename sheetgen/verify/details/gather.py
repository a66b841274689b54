"""Gathers what a report shows of a judged workbook beside its findings."""

from collections.abc import Sequence
from time import perf_counter

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.verify.details.fingerprints import fingerprint
from sheetgen.verify.details.shown_rows import show_sheet
from sheetgen.verify.file_details import Course, Details, ShownSheet, Wanted
from sheetgen.verify.findings import Finding, TableSummary


def gather(
    book: CachedSheets,
    tables: Sequence[TableSummary],
    courses: Sequence[Course],
    findings: Sequence[Finding],
    wanted: Wanted,
    began: float,
) -> Details:
    """Gather the details of a workbook that was judged.

    Args:
        book: the workbook.
        tables: its tables.
        courses: those of the tables.
        findings: what is wrong in it.
        wanted: what is asked for.
        began: when judging it began, by `time.perf_counter`.
    """
    seconds = perf_counter() - began
    shown = dict.fromkeys([*(finding.sheet for finding in findings), *(table.sheet for table in tables)])
    room = wanted.cells // max(len(shown), 1)
    sheets: list[ShownSheet] = []
    for name in shown if wanted.cells else ():
        own = [table for table in tables if table.sheet == name]
        sheet = show_sheet(book.sheet(name), own, [each for each in findings if each.sheet == name], room)
        sheets += [sheet] if sheet is not None else []
    return Details(seconds, fingerprint(book), tuple(courses), tuple(sheets))
