"""The report as CSV: a row for each file, as a gradebook takes it."""

import csv
import io
from collections.abc import Iterator, Sequence

from sheetgen.report.class_summary import ClassSummary
from sheetgen.report.words import say_mistake, verdict, why_not
from sheetgen.verify.findings import FileReport
from sheetgen.visible_text import clean

_COLUMNS = (
    *("file", "verdict", "findings", "cells checked", "mistakes"),
    *("E_total at the end", "E_total as it should be", "seconds", "not judged because"),
)
# A spreadsheet takes a text for a formula that begins with one of these.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(reports: Sequence[FileReport]) -> str:
    """Return the reports as CSV with a line of headings."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    shared = ClassSummary(reports)
    writer.writerows(list(map(_harmless, _row(report, shared))) for report in reports)
    return stream.getvalue()


def _row(report: FileReport, shared: ClassSummary) -> Iterator[str | float | int]:
    yield report.file
    yield verdict(report)
    yield len(report.findings)
    yield report.cells_checked
    yield "; ".join(map(say_mistake, shared.of_file(report)))
    courses = [] if report.details is None else report.details.courses
    # A sheet for each learning rate is usual: the first table counts in which the error is not what it should be.
    course = next((each for each in courses if each.found != each.expected), courses[0] if courses else None)
    yield from ("", "") if course is None else (_last(course.found), _last(course.expected))
    yield "" if report.details is None else f"{report.details.seconds:.2f}"
    yield why_not(report)


def _last(numbers: Sequence[float | None]) -> float | str:
    return "" if not numbers or numbers[-1] is None else numbers[-1]


def _harmless(value: str | float | int) -> str:
    """Return a text that a spreadsheet shows and does not compute, in one line."""
    text = clean(value) if isinstance(value, str) else str(value)
    return f"'{text}" if isinstance(value, str) and text.lstrip().startswith(_FORMULA_SIGNS) else text
