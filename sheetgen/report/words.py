"""The wording that all reports share: verdicts, counts, and what was found and expected."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from sheetgen.report.class_summary import ClassSummary, Copies, Mistake
from sheetgen.verify.findings import FileReport, Finding, FindingKind, TableSummary
from sheetgen.visible_text import clean, counted, shorten

_MOST_TEXT = 60
_MOST_QUANTITIES = 4
_DIGITS = (6, 10, 13, 15)


class SheetView(NamedTuple):
    """One sheet of a report: its name, its tables in words, and its findings."""

    name: str
    tables: str
    findings: tuple[Finding, ...]


class Side(NamedTuple):
    """What stands in a cell, or what belongs there: its formula and its value, each empty if it is not shown."""

    formula: str
    value: str

    @property
    def text(self) -> str:
        """Both in one line."""
        return ", which gives ".join(filter(None, self))


def sheets_of(report: FileReport) -> list[SheetView]:
    """Group a report's tables and findings by sheet, in their order."""
    names = dict.fromkeys([*(table.sheet for table in report.tables), *(f.sheet for f in report.findings)])
    return [
        SheetView(
            name,
            "; ".join(describe_table(table) for table in report.tables if table.sheet == name),
            tuple(finding for finding in report.findings if finding.sheet == name),
        )
        for name in names
    ]


def verdict(report: FileReport) -> str:
    """Sum up a file's result in two or three words."""
    if report.error is not None:
        return "judged in part" if report.tables or report.findings else "not judged"
    return "wrong" if report.findings else "all right"


def sentence(report: FileReport) -> str:
    """Sum up a file's result in one line of harmless text, without the name of the file."""
    text = verdict(report)
    if report.error is not None:
        text += f": {why_not(report)}"
    if report.findings:
        cells = sum(finding.count for finding in report.findings)
        text += "," if report.error is None else ";"
        text += f" {counted(len(report.findings), 'finding')} in {counted(cells, 'cell')}"
    if report.tables or report.error is None:
        text += f" ({counted(report.cells_checked, 'cell')} checked in {counted(len(report.tables), 'table')})"
    return text


def why_not(report: FileReport) -> str:
    """Return a report's error as one line of harmless text, without the name of the file."""
    return clean((report.error or "").removeprefix(f"{report.file}: "))


def note_lines(report: FileReport) -> list[str]:
    """Return a report's notes as lines of harmless text."""
    return [f"note: {clean(note)}" for note in report.notes]


def totals(reports: Sequence[FileReport]) -> str:
    """Say in one line how many files got which verdict."""
    codes = [report.exit_code for report in reports]
    right, wrong, unclear = codes.count(0), codes.count(1), codes.count(2)
    return f"{counted(len(codes), 'file')}: {right:,} all right, {wrong:,} wrong, {unclear:,} not judged in full"


def common_folder(reports: Sequence[FileReport]) -> str:
    """Return the folder that all files are in, with a trailing separator; empty if there is none."""
    folders = {report.file[: max(report.file.rfind("/"), report.file.rfind("\\")) + 1] for report in reports}
    shortest = min(folders, key=len, default="")
    return shortest if all(folder.startswith(shortest) for folder in folders) else ""


def kinds_of(reports: Sequence[FileReport]) -> list[FindingKind]:
    """List the kinds of the reports' findings, the worst first."""
    found = {finding.kind for report in reports for finding in report.findings}
    return [kind for kind in FindingKind if kind in found]


def summary_row(report: FileReport, summary: ClassSummary) -> tuple[str, ...]:
    """Return a file's verdict, its numbers of tables, cells checked and findings, and its commonest mistake."""
    counts = (len(report.tables), report.cells_checked, len(report.findings))
    mistakes = summary.of_file(report)
    said = say_mistake(mistakes[0]) if mistakes else ""
    if len(mistakes) > 1:
        said += f" (and {len(mistakes) - 1:,} more)"
    return (verdict(report), *(f"{count:,}" for count in counts), said)


def say_mistake(mistake: Mistake) -> str:
    """Say in one line of harmless text what is wrong with which quantities."""
    names = [name for name in mistake.quantities if name.strip()]
    listed = ", ".join(names[:_MOST_QUANTITIES])
    if len(names) > _MOST_QUANTITIES:
        listed += f" and {len(names) - _MOST_QUANTITIES:,} more"
    return clean(": ".join(filter(None, (listed, mistake.words))))


def say_copies(copies: Copies) -> str:
    """Say in a few words what several files have in common."""
    held = {"cells": "are copies of each other, cell by cell", "formulas": "have the same formulas"}
    return f"{len(copies.files):,} files {held.get(copies.alike, 'have the same numbers')}"


def affected(finding: Finding) -> str:
    """Say how many cells are off only because of a finding; empty if there are none."""
    if not finding.affected:
        return ""
    return f"{counted(finding.affected, 'other cell')} {'is' if finding.affected == 1 else 'are'} off because of this"


def describe_table(table: TableSummary) -> str:
    """Say where a table is and what network it trains."""
    parts = [f"rows {table.first_row} to {table.last_row}"]
    if table.layers:
        parts.append(f"{'-'.join(map(str, table.layers))} network")
    if table.learning_rate is not None:
        parts.append(f"η = {table.learning_rate:.12g}")
    return ", ".join(parts)


def sides(finding: Finding) -> tuple[Side, Side]:
    """Say what stands in a finding's first cell and what belongs there, as harmless text.

    A wrong formula's values are left out if both formulas are known, for they only follow from these.
    """
    found, expected = clean(finding.found_formula or ""), clean(finding.expected_formula or "")
    if finding.kind is FindingKind.WRONG_FORMULA and found and expected:
        return Side(found, ""), Side(expected, "")
    values = say_values(finding)
    return Side(found, values[0]), Side("" if expected == found else expected, values[1])


def side_lines(finding: Finding, *, most: int = sys.maxsize, width: int = 0) -> list[str]:
    """Say what stands in a finding's first cell and what belongs there, each in one line, as far as known.

    Args:
        finding: the finding.
        most: the maximum length of either.
        width: the width to which the labels before them are padded.
    """
    labelled = zip(("found:", "expected:"), sides(finding), strict=True)
    return [f"{label:<{width}} {shorten(side.text, most)}" for label, side in labelled if side.text]


def say_values(finding: Finding) -> tuple[str, str]:
    """Write the values that a finding's first cell has and should have, with enough digits to show that they differ."""
    found, expected = finding.found_value, finding.expected_value
    if isinstance(found, str):
        text = shorten(clean(found), _MOST_TEXT)
        return text if text.startswith("#") else f'"{text}"', _number(expected, 10)
    for digits in _DIGITS:
        written = _number(found, digits), _number(expected, digits)
        if written[0] != written[1]:
            break
    return written


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}g}"
