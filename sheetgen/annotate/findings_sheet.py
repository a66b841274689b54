"""The first sheet of a marked copy: its findings with links to their cells, and what the colours mean."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr

from sheetgen.annotate.marks import LOOKS, Look, Mark, looks_worst_first
from sheetgen.annotate.styles import Styles
from sheetgen.report.words import sides
from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname
from sheetgen.spreadsheet.sheet_editor import escaped
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.visible_text import clean, counted, shorten

_MOST_FINDINGS = 2_000
_MOST_TEXT = 800
_COLUMNS = {
    "sheet": 18,
    "cells": 16,
    "how many": 10,
    "quantity": 14,
    "what is wrong": 46,
    "what stands there": 46,
    "what belongs there": 46,
    "other cells that are off because of it": 20,
}
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{namespace}">'
    '<sheetPr><tabColor rgb="{tab}"/><pageSetUpPr fitToPage="1"/></sheetPr>'
    '<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>'
    "<cols>{columns}</cols><sheetData>{rows}</sheetData>{links}"
    '<pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
)

_Row = list[tuple[str, int]]
"""The texts of a row, each with the number of its format."""


def findings_sheet(findings: Sequence[Finding], styles: Styles, namespace: str) -> bytes:
    """Write the sheet.

    Args:
        findings: what is wrong in the workbook.
        styles: the workbook's formats, to which those of the sheet are added.
        namespace: of spreadsheet elements.
    """
    above, listed = list(_introduction(findings, styles)), findings[:_MOST_FINDINGS]
    link, plain = styles.text(link=True), styles.text(wrap=True)
    rows = [*above, *(_finding(finding, link, plain) for finding in listed)]
    if len(findings) > len(listed):
        rows.append([(f"… and {len(findings) - len(listed):,} more", styles.text())])
    widths = enumerate(_COLUMNS.values(), start=1)
    columns = (f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>' for number, width in widths)
    links = "".join(_link(row, finding) for row, finding in enumerate(listed, start=len(above) + 1))
    return _SHEET.format(
        namespace=namespace,
        tab=Look.FORMULA.line,
        columns="".join(columns),
        rows="".join(_row(number, cells) for number, cells in enumerate(rows, start=1)),
        links=f"<hyperlinks>{links}</hyperlinks>" if links else "",
    ).encode()


def _introduction(findings: Sequence[Finding], styles: Styles) -> Iterator[_Row]:
    """Yield the rows above the findings: how many they are, what the colours mean, and the headings."""
    cells = sum(finding.count for finding in findings)
    found = f"{counted(len(findings), 'finding')} in {counted(cells, 'cell')}."
    heading = styles.text(bold=True)
    yield [("What sheetgen verify found", styles.text(size=16, bold=True))]
    yield [(f"{found} The addresses are links; the first cell of each finding carries a note.", styles.text())]
    yield []
    yield [("What the colours mean", heading)]
    for look in looks_worst_first():
        meanings = "; or ".join(kind.meaning for kind in FindingKind if LOOKS[kind] is look)
        yield [("", styles.marked(0, Mark(look, True, True))), (meanings, styles.text())]
    yield []
    yield [(name, heading) for name in _COLUMNS]


def _finding(finding: Finding, link: int, plain: int) -> _Row:
    found, expected = sides(finding)
    rest = (finding.quantity, finding.message, found.text, expected.text)
    return [
        (finding.sheet, plain),
        (finding.range, link),
        (f"{finding.count:,}", plain),
        *((shorten(text, _MOST_TEXT), plain) for text in rest),
        (f"{finding.affected:,}" if finding.affected else "", plain),
    ]


def _row(number: int, cells: _Row) -> str:
    written = (_cell(f"{get_column_letter(column)}{number}", *each) for column, each in enumerate(cells, start=1))
    return f'<row r="{number}">{"".join(written)}</row>'


def _cell(address: str, text: str, style: int) -> str:
    if not text:
        return f'<c r="{address}" s="{style}"/>'
    return f'<c r="{address}" s="{style}" t="str"><v>{escaped(clean(text))}</v></c>'


def _link(row: int, finding: Finding) -> str:
    location = f"{quote_sheetname(finding.sheet)}!{finding.range}"
    return f'<hyperlink ref="B{row}" location={quoteattr(location)} display={quoteattr(finding.range)}/>'
