"""Judging the charts of a workbook: does each series show what it is said to show?"""

from collections.abc import Iterator, Sequence

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.chart_parts import Chart, Series, read_charts
from sheetgen.types import Place
from sheetgen.verify.elsewhere.cell_lines import CellLines
from sheetgen.verify.elsewhere.drawn_series import Claim, Slip, draw, read_claim, short
from sheetgen.verify.elsewhere.named_series import misnamed
from sheetgen.verify.elsewhere.series_rows import part_of_column, wrong_rows
from sheetgen.verify.elsewhere.sibling_series import odd_ones_out
from sheetgen.verify.findings import Finding, FindingKind, TableSummary

_BROKEN = "#REF!"
_MOST_SERIES = 256


def judge_charts(lines: CellLines, tables: Sequence[TableSummary]) -> tuple[list[Finding], list[str]]:
    """Return what is wrong with the charts of a workbook, and what is worth a note.

    A finding is at the cell under the chart's top left corner; if the chart is a sheet of its own, at the first cell
    that the series shows.

    Args:
        lines: the workbook.
        tables: its training tables.

    Raises:
        SheetgenError: the XML of a chart is damaged.
    """
    findings: list[Finding] = []
    notes: list[str] = []
    for chart in read_charts(lines.book.workbook):
        title = read_claim(chart.title, "title", chart.sheet, lines)
        drawn = draw(chart, lines)[:_MOST_SERIES]
        slips = [*misnamed(drawn, title, lines, tables), *odd_ones_out(drawn, lines), *wrong_rows(drawn, title, lines)]
        firsts = {slip.drawn.series.number: slip for slip in reversed(slips)}
        findings += [_finding(chart, title, firsts[number]) for number in sorted(firsts)]
        findings += _broken(chart, title, lines)
        part = None if firsts or len(chart.series) > 1 else part_of_column(drawn, title, lines)
        if part is not None:
            where = f"{chart.sheet}!{chart.anchor}" if chart.anchor else f"the chart sheet {chart.sheet}"
            notes.append(f"{where}, {_called(title)}: {part}")
    return findings, notes


def _finding(chart: Chart, title: Claim, slip: Slip) -> Finding:
    drawn, belongs = slip.drawn, None
    found = drawn.series.x if slip.of_x else drawn.series.y
    if slip.belongs is not None:
        prefix, _, _ = found.rpartition("!")
        same = slip.belongs.sheet == (drawn.x if slip.of_x and drawn.x else drawn.y).sheet
        belongs = f"{prefix}!{slip.belongs.cells}" if same and prefix else slip.belongs.reference
    place = drawn.y.place(drawn.y.first)
    return _at(chart, place, title, drawn.series, drawn.name.text, slip.says, found, belongs)


def _broken(chart: Chart, title: Claim, lines: CellLines) -> Iterator[Finding]:
    """Find the series whose cells were deleted."""
    place = (chart.sheet if chart.anchor else lines.book.workbook.sheet_names[0], 1, 1)
    for series in chart.series:
        if series.y.endswith(_BROKEN):
            name, says = read_claim(series.name, "name", chart.sheet, lines), "the cells that it showed were deleted"
            yield _at(chart, place, title, series, name.text, says, series.y, None)


def _at(
    chart: Chart,
    place: Place,
    title: Claim,
    series: Series,
    name: str,
    says: str,
    found: str,
    belongs: str | None,
) -> Finding:
    """Write a finding at a chart's anchor, or, if the chart is a sheet of its own, at a given cell."""
    sheet, row, column = place
    whole = f"chart sheet {chart.sheet}, " if chart.anchor is None else ""
    which = f"series {series.number}" + (f" {short(name)}" if name else "")
    return Finding(
        sheet=chart.sheet if chart.anchor else sheet,
        range=chart.anchor or f"{get_column_letter(column)}{row}",
        count=1,
        quantity=name or title.text or "chart",
        kind=FindingKind.WRONG_CHART,
        message=f"{whole}{_called(title)}, {which}: {says}",
        found_formula=f"={found}",
        expected_formula=None if belongs is None else f"={belongs}",
    )


def _called(title: Claim) -> str:
    return f"chart {short(title.text)}" if title.text else "a chart without a title"
