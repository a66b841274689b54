"""What every report says alike: verdicts, counts, and what was found and expected."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from sheetgen.verify.findings import FileReport, Finding, FindingKind, TableSummary
from sheetgen.visible_text import clean, counted, shorten

_MOST_TEXT = 60
_DIGITS = (6, 10, 13, 15)


class SheetView(NamedTuple):
    """One sheet of a report: its name, its tables and its findings."""

    name: str
    tables: tuple[TableSummary, ...]
    findings: tuple[Finding, ...]


class Sides(NamedTuple):
    """What stands in a cell and what belongs there: formulas and values, each None where there is nothing to say."""

    found_formula: str | None
    found_value: str | None
    expected_formula: str | None
    expected_value: str | None

    @property
    def found(self) -> str | None:
        """What stands there, in one line."""
        return _join(self.found_formula, self.found_value)

    @property
    def expected(self) -> str | None:
        """What belongs there, in one line."""
        return _join(self.expected_formula, self.expected_value)


def sheets_of(report: FileReport) -> list[SheetView]:
    """Put a report's tables and findings together by sheet, in their order."""
    names = dict.fromkeys([*(table.sheet for table in report.tables), *(f.sheet for f in report.findings)])
    return [
        SheetView(
            name,
            tuple(table for table in report.tables if table.sheet == name),
            tuple(finding for finding in report.findings if finding.sheet == name),
        )
        for name in names
    ]


def verdict(report: FileReport) -> str:
    """Say in two or three words what came out for a file."""
    if report.error is not None:
        return "judged in part" if report.tables or report.findings else "not judged"
    return "wrong" if report.findings else "all right"


def sentence(report: FileReport) -> str:
    """Say in one line of harmless text what came out for a file, without its name."""
    text = verdict(report)
    if report.error is not None:
        text += f": {why_not(report)}"
    if report.findings:
        separator = ", " if report.error is None else "; "
        text += f"{separator}{counted(len(report.findings), 'finding')} in {counted(wrong_cells(report), 'cell')}"
    if report.tables or report.error is None:
        text += f" ({counted(report.cells_checked, 'cell')} checked in {counted(len(report.tables), 'table')})"
    return text


def why_not(report: FileReport) -> str:
    """Return a report's error as one line of harmless text, without the name of the file."""
    return clean((report.error or "").removeprefix(f"{report.file}: "))


def totals(reports: Sequence[FileReport]) -> str:
    """Say in one line how many files came out how."""
    codes = [report.exit_code for report in reports]
    right, wrong, unclear = codes.count(0), codes.count(1), codes.count(2)
    return f"{counted(len(codes), 'file')}: {right:,} all right, {wrong:,} wrong, {unclear:,} not judged in full"


def common_folder(reports: Sequence[FileReport]) -> str:
    """Return the folder that all files are in, with the separator at its end; nothing where there is none."""
    folders = {report.file[: max(report.file.rfind("/"), report.file.rfind("\\")) + 1] for report in reports}
    shortest = min(folders, key=len, default="")
    return shortest if all(folder.startswith(shortest) for folder in folders) else ""


def kinds_of(reports: Sequence[FileReport]) -> list[FindingKind]:
    """List the kinds of the reports' findings, the worst first."""
    found = {finding.kind for report in reports for finding in report.findings}
    return [kind for kind in FindingKind if kind in found]


def worst_kind(report: FileReport) -> str:
    """Return the worst kind among a report's findings; nothing where there are none."""
    return next(map(str, kinds_of([report])), "")


def summary_row(report: FileReport) -> tuple[str, ...]:
    """Write a file's verdict and its numbers of tables, cells checked and findings, and the worst kind of these."""
    counts = (len(report.tables), report.cells_checked, len(report.findings))
    return (verdict(report), *(f"{count:,}" for count in counts), worst_kind(report))


def wrong_cells(report: FileReport) -> int:
    """Count the cells of all findings."""
    return sum(finding.count for finding in report.findings)


def affected(finding: Finding) -> str:
    """Say how many cells are off only because of a finding; nothing where there are none."""
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


def sides(finding: Finding) -> Sides:
    """Say what stands in a finding's first cell and what belongs there, as harmless text.

    The values of a wrong formula are left out where the formulas say it: they are only its consequence.
    """
    found = None if finding.found_formula is None else clean(finding.found_formula)
    expected = None if finding.expected_formula is None else clean(finding.expected_formula)
    if finding.kind is FindingKind.WRONG_FORMULA and found is not None and expected is not None:
        return Sides(found, None, expected, None)
    values = _values(finding.found_value, finding.expected_value)
    return Sides(found, values[0], None if expected == found else expected, values[1])


def side_lines(finding: Finding, *, most: int = sys.maxsize, width: int = 0) -> list[str]:
    """Say what stands in a finding's first cell and what belongs there, each in one line, where it can be said.

    Args:
        finding: what to speak of.
        most: the most characters of either.
        width: what the labels before them are padded to.
    """
    shown = sides(finding)
    labelled = (("found:", shown.found), ("expected:", shown.expected))
    return [f"{label:<{width}} {shorten(text, most)}" for label, text in labelled if text]


def _values(found: float | str | None, expected: float | None) -> tuple[str | None, str | None]:
    """Write two values with as many digits as it takes to see that they differ."""
    if isinstance(found, str):
        text = shorten(clean(found), _MOST_TEXT)
        return text if text.startswith("#") else f'"{text}"', None if expected is None else f"{expected:.10g}"
    for digits in _DIGITS:
        written = tuple(None if value is None else f"{value:.{digits}g}" for value in (found, expected))
        if written[0] != written[1]:
            break
    return written[0], written[1]


def _join(formula: str | None, value: str | None) -> str | None:
    if formula is None or value is None:
        return value if formula is None else formula
    return f"{formula}, which gives {value}"
