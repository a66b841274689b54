"""What the page says of all files together, ready for its template."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sheetgen.report.class_summary import ClassSummary, Mistake
from sheetgen.report.words import common_folder, say_copies, say_mistake, totals, verdict
from sheetgen.verify.findings import FileReport
from sheetgen.visible_text import clean, counted

_MOST_MISTAKES = 200
_GROUPS = {0: ("right", "all right", "✓"), 1: ("wrong", "wrong", "✗"), 2: ("unclear", "not judged in full", "?")}
"""By exit code: the name in the style sheet, the words, and the sign, so that nothing depends on colour alone."""


def overview(summary: ClassSummary) -> Mapping[str, Any]:
    """Return what the template shows."""
    reports = summary.reports
    folder = common_folder(reports)
    names = {report.file: clean(report.file[len(folder) :]) for report in reports}
    numbers = {report.file: number for number, report in enumerate(reports)}
    return {
        "title": names[reports[0].file] if len(reports) == 1 else counted(len(reports), "workbook"),
        "folder": clean(folder),
        "totals": totals(reports),
        "single": len(reports) == 1,
        "verdicts": list(_verdicts(reports)),
        "mistakes": [_mistake(each, names, numbers, len(reports)) for each in summary.mistakes[:_MOST_MISTAKES]],
        "more_mistakes": max(len(summary.mistakes) - _MOST_MISTAKES, 0),
        "copies": [
            {"words": say_copies(copies), "files": [(names[file], numbers[file]) for file in copies.files]}
            for copies in summary.copies
        ],
        "files": [_file(report, names, summary, number) for number, report in enumerate(reports)],
    }


def sign_of(report: FileReport) -> tuple[str, str, str]:
    """Return the name, the words and the sign of a file's verdict."""
    return _GROUPS[report.exit_code]


def _verdicts(reports: Sequence[FileReport]) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of the bar: how many files have each verdict, and where the part begins, in per cent."""
    start = 0.0
    for code, (name, words, sign) in _GROUPS.items():
        count = sum(report.exit_code == code for report in reports)
        share = 100 * count / max(len(reports), 1)
        yield {"name": name, "words": words, "sign": sign, "count": count, "start": start, "share": share}
        start += share


def _mistake(mistake: Mistake, names: Mapping[str, str], numbers: Mapping[str, int], count: int) -> Mapping[str, Any]:
    return {
        "words": say_mistake(mistake),
        "count": len(mistake.files),
        "share": 100 * len(mistake.files) / count,
        "kind": str(mistake.kind),
        "cells": counted(mistake.cells, "cell"),
        "files": [(names[file], numbers[file]) for file in mistake.files],
    }


def _file(report: FileReport, names: Mapping[str, str], summary: ClassSummary, number: int) -> Mapping[str, Any]:
    group, _, sign = sign_of(report)
    mistakes = summary.of_file(report)
    return {
        "name": names[report.file],
        "number": number,
        "group": group,
        "sign": sign,
        "verdict": verdict(report),
        "findings": len(report.findings),
        "cells": report.cells_checked,
        "mistake": say_mistake(mistakes[0]) if mistakes else "",
        "more": max(len(mistakes) - 1, 0),
    }
