"""The charts of a workbook: where each stands, its title, its axes, and the cells that its series show.

Cached values in a chart are not read: they are what was drawn when the file was saved, and the cells say more.
"""

from collections.abc import Iterator
from itertools import count
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.index import Relationship, qualified, relationships
from sheetgen.spreadsheet.opened_workbook import Workbook
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW

# Most of a chart's XML: none of it says what is shown. None of these elements can hold another of its own name.
_UNREAD = (b"numCache", b"strCache", b"multiLvlStrCache", b"spPr", b"txPr")
_LARGEST = 50_000_000  # bytes; of a larger part the end is missing, so that it counts as damaged
_VALUES = (("xVal", "cat"), ("yVal", "val"))
_ANCHORS = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor")
_AXES = ("valAx", "catAx", "dateAx")


class Words(NamedTuple):
    """A title or a series' name: a text, or the reference to the cell that holds it; both empty if there is none."""

    text: str = ""
    reference: str = ""


class Axis(NamedTuple):
    """An axis: its title, the ends and the base of its scale (empty if automatic), and whether it runs backwards."""

    title: Words
    minimum: str
    maximum: str
    log_base: str
    backwards: bool


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
        axes: its axes, by direction: `x` and `y`; of several in one direction the last.
        series: what it shows.
    """

    sheet: str
    anchor: str | None
    title: Words
    axes: dict[str, Axis]
    series: tuple[Series, ...]


def read_charts(workbook: Workbook) -> Iterator[Chart]:
    """Yield the charts of a workbook, sheet by sheet, the sheets that are a chart last.

    Raises:
        SheetgenError: the XML of a chart or drawing is damaged.
    """
    package = workbook.package
    for sheets, on_worksheet in ((workbook.parts, True), (workbook.chart_sheets, False)):
        for sheet, part in sheets.items():
            for anchor, target in _drawn(package, part):
                yield chart_of(package.elements(target, _read)[0], sheet, anchor if on_worksheet else None)


def chart_of(root: Element, sheet: str, anchor: str | None) -> Chart:
    """Read a chart from the root of its part, whose elements are named without namespaces."""
    chart = root.find("chart")
    title, plot = (None, None) if chart is None else (chart.find("title"), chart.find("plotArea"))
    groups = () if plot is None else tuple(plot)
    axes = {_direction(each): _read_axis(each) for each in groups if each.tag in _AXES}
    numbers = count(1)
    series = [_read_series(each, group, numbers) for group in groups for each in group.findall("ser")]
    return Chart(sheet, anchor, _title(title), axes, tuple(series))


def _drawn(package: Package, part: str) -> Iterator[tuple[str, str]]:
    """Yield the anchor and the part of each chart of a sheet, given the sheet's part."""
    for drawing in _targets(relationships(package, part), "drawing").values():
        charts = _targets(relationships(package, drawing), "chart")
        if not charts or drawing not in package.parts:
            continue
        for anchor in (each for each in package.elements(drawing) if each.tag in _ANCHORS):
            corner = [anchor.findtext(f"from/{name}") or "" for name in ("row", "col")]
            for frame in anchor.iter("chart"):
                target = charts.get(qualified(frame.attrib, "id"))
                if target in package.parts:
                    yield _address(*corner), str(target)


def _targets(related: dict[str, Relationship], kind: str) -> dict[str, str]:
    return {number: each.target for number, each in related.items() if each.kind == kind}


def _address(row: str, column: str) -> str:
    """Return the address of a cell whose row and column are counted from 0, the first cell if they are none."""
    numbers = [int(text) if text.isdecimal() and len(text) <= len(str(MAX_ROW)) else 0 for text in (row, column)]
    return f"{get_column_letter(min(numbers[1], MAX_COLUMN - 1) + 1)}{min(numbers[0], MAX_ROW - 1) + 1}"


def _read_series(series: Element, group: Element, numbers: Iterator[int]) -> Series:
    x, y = (next(filter(None, (_reference(series.find(name)) for name in names)), "") for names in _VALUES)
    axes = tuple(axis.get("val", "") for axis in group.findall("axId"))
    return Series(next(numbers), _words(series.find("tx")), x, y, (group.tag, *axes))


def _read_axis(axis: Element) -> Axis:
    scale = {each.tag: each.get("val", "") for each in axis.iterfind("scaling/*")}
    minimum, maximum, log_base = (scale.get(name, "") for name in ("min", "max", "logBase"))
    return Axis(_title(axis.find("title")), minimum, maximum, log_base, scale.get("orientation") == "maxMin")


def _direction(axis: Element) -> str:
    position = axis.find("axPos")
    return "y" if position is not None and position.get("val") in ("l", "r") else "x"


def _reference(element: Element | None) -> str:
    found = None if element is None else element.find("*/f")
    return "" if found is None else (found.text or "").strip()


def _title(element: Element | None) -> Words:
    return _words(None if element is None else element.find("tx"))


def _words(element: Element | None) -> Words:
    if element is None:
        return Words()
    reference = _reference(element)
    if reference.startswith('"'):  # some programs write a text as a formula
        return Words(" ".join(reference[1:-1].replace('""', '"').split()))
    text = "".join(each.text or "" for each in element.iter("t")) or element.findtext("v") or ""
    return Words(" ".join(text.split()), reference)


def _read(stream: IO[bytes]) -> bytes:
    """Return a chart's XML without what is not read, which costs a fraction of parsing it."""
    data = stream.read(_LARGEST)
    for name in _UNREAD:
        data = _emptied(data, name + b">")
    return data


def _emptied(data: bytes, name: bytes) -> bytes:
    """Empty all elements of a name (with the `>` after it); XML in which they do not come in pairs stays as it is."""
    pieces = data.split(name)
    inside = pieces[1::2]
    if len(pieces) % 2 == 0 or any(piece[piece.rfind(b"<") + 1 :][:1] != b"/" for piece in inside):
        return data
    pieces[1::2] = [piece[piece.rfind(b"<") :] for piece in inside]
    return name.join(pieces)
