"""The report as JUnit XML, which continuous-integration services show as test results."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from sheetgen.report.words import affected, describe_table, note_lines, sentence, side_lines, why_not
from sheetgen.verify.findings import FileReport, Finding, TableSummary
from sheetgen.visible_text import clean

_ROW = re.compile("[0-9]+")


def to_junit(reports: Sequence[FileReport]) -> str:
    """Return the reports as one XML document: a test suite for each file, a test case for each finding in it.

    A table in which nothing is wrong is a test case as well. No test case has two failures, because several readers
    show only the first of them, and all have a time, 0, because some readers insist on one.
    """
    root = ET.Element("testsuites", name="sheetgen verify")
    root.extend(_suite(report) for report in reports)
    for element in root.iter():
        if element.tag.startswith("test"):
            element.set("time", "0")
    for element in (root, *root):
        for name, cases in (("tests", "testcase"), ("failures", "testcase[failure]"), ("errors", "testcase[error]")):
            element.set(name, str(len(element.findall(f".//{cases}"))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(report: FileReport) -> ET.Element:
    suite = ET.Element("testsuite", name=clean(report.file))
    for title, findings in _cases(report).items():
        if not findings:
            _case(suite, report, title)
        for finding in findings:
            _failure(_case(suite, report, f"{title}: {finding.range} {finding.quantity}"), finding)
    if report.error is not None or not len(suite):
        case = _case(suite, report, "the whole file can be judged")
        if report.error is not None:
            ET.SubElement(case, "error", message=why_not(report), type="not-judged")
    ET.SubElement(suite, "system-out").text = "\n".join([sentence(report), *note_lines(report)])
    return suite


def _cases(report: FileReport) -> dict[str, list[Finding]]:
    """Group the findings by table, and those outside the tables by sheet."""
    cases: dict[str, list[Finding]] = {_title(table): [] for table in report.tables}
    for finding in report.findings:
        tables = (_title(table) for table in report.tables if _is_in(finding, table))
        cases.setdefault(next(tables, f"{finding.sheet}, outside of the tables"), []).append(finding)
    return cases


def _title(table: TableSummary) -> str:
    return f"{table.sheet}, {describe_table(table)}"


def _is_in(finding: Finding, table: TableSummary) -> bool:
    row = _ROW.search(finding.first_cell)
    return finding.sheet == table.sheet and row is not None and table.header_row <= int(row[0]) <= table.last_row


def _case(suite: ET.Element, report: FileReport, title: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=clean(report.file), name=clean(title))


def _failure(case: ET.Element, finding: Finding) -> None:
    message = f"{finding.range} {finding.quantity}: {finding.message}"
    failure = ET.SubElement(case, "failure", message=clean(message), type=str(finding.kind))
    where = f"{clean(finding.sheet)}!{clean(finding.range)}, {finding.count:,} of {clean(finding.quantity)}"
    failure.text = "\n".join(filter(None, [where, *side_lines(finding, width=9), affected(finding)]))
