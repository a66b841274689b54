"""The charts of a workbook: where each stands, its title, and the cells that its series show.

Cached values in a chart are not read: they are what was drawn when the file was saved, and the cells say more.
"""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple
from xml.etree.ElementTree import Element

from openpyxl.utils.cell import get_column_letter

from sheetgen.spreadsheet.index import Relationship, qualified, relationships
from sheetgen.spreadsheet.opened_workbook import Workbook
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW

# Most of a chart's XML: none of it says what is shown.
_SKIPPED = (b"numCache", b"strCache", b"spPr", b"txPr")
_VALUES = (("xVal", "cat"), ("yVal", "val"))


class Words(NamedTuple):
    """A title or a series' name: a text, or the reference to the cell that holds it; both empty if there is none."""

    text: str = ""
    reference: str = ""


class Series(NamedTuple):
    """One series of a chart.

    Attributes:
        number: its position in the chart, counted from 1.
        name: what the legend calls it.
        x: the reference to its x-values or categories, without `=`; empty if there is none.
        y: the reference to its values.
        axes: the numbers of its axes; series on the same axes are drawn alike.
    """

    number: int
    name: Words
    x: str
    y: str
    axes: tuple[str, ...]


class Chart(NamedTuple):
    """One chart.

    Attributes:
        sheet: the sheet it stands on.
        anchor: the cell under its top left corner; None if it is a sheet of its own.
        title: what stands above it.
        series: what it shows.
    """

    sheet: str
    anchor: str | None
    title: Words
    series: tuple[Series, ...]


def read_charts(workbook: Workbook) -> Iterator[Chart]:
    """Yield the charts of a workbook, sheet by sheet, the sheets that are a chart last.

    Raises:
        SheetgenError: the XML of a chart or drawing is damaged.
    """
    for sheets, on_worksheet in ((workbook.parts, True), (workbook.chart_sheets, False)):
        for sheet, part in sheets.items():
            for anchor, target in _drawn(workbook.package, part):
                yield _read_chart(workbook.package, target, sheet, anchor if on_worksheet else None)


def _drawn(package: Package, part: str) -> Iterator[tuple[str, str]]:
    """Yield the anchor and the part of each chart of a sheet, given the sheet's part."""
    for drawing in _targets(relationships(package, part), "drawing").values():
        charts = _targets(relationships(package, drawing), "chart")
        if not charts or drawing not in package.parts:
            continue
        column = row = ""
        for element in package.elements(drawing):
            if element.tag == "from":
                column, row = ((element.findtext(name) or "") for name in ("col", "row"))
            target = charts.get(qualified(element.attrib, "id")) if element.tag == "chart" else None
            if target in package.parts:
                yield _address(row, column), str(target)


def _targets(related: dict[str, Relationship], kind: str) -> dict[str, str]:
    return {number: each.target for number, each in related.items() if each.kind == kind}


def _address(row: str, column: str) -> str:
    """Return the address of a cell whose row and column are counted from 0, the first cell if they are none."""
    numbers = [int(text) if text.isdecimal() and len(text) <= len(str(MAX_ROW)) else 0 for text in (row, column)]
    return f"{get_column_letter(min(numbers[1], MAX_COLUMN - 1) + 1)}{min(numbers[0], MAX_ROW - 1) + 1}"


def _read_chart(package: Package, part: str, sheet: str, anchor: str | None) -> Chart:
    chart = package.elements(part, _SKIPPED)[0].find("chart")
    title, plot = (None, None) if chart is None else (chart.find("title/tx"), chart.find("plotArea"))
    numbers = count(1)
    series = [_read_series(each, group, numbers) for group in plot or () for each in group.findall("ser")]
    return Chart(sheet, anchor, _words(title), tuple(series))


def _read_series(series: Element, group: Element, numbers: Iterator[int]) -> Series:
    x, y = (next(filter(None, (_reference(series.find(name)) for name in names)), "") for names in _VALUES)
    axes = tuple(axis.get("val", "") for axis in group.findall("axId"))
    return Series(next(numbers), _words(series.find("tx")), x, y, (group.tag, *axes))


def _reference(element: Element | None) -> str:
    found = None if element is None else element.find("*/f")
    return "" if found is None else (found.text or "").strip()


def _words(element: Element | None) -> Words:
    if element is None:
        return Words()
    text = "".join(each.text or "" for each in element.iter("t")) or element.findtext("v") or ""
    return Words(" ".join(text.split()), _reference(element))
