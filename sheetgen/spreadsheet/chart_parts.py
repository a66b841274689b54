"""The charts of a worksheet: where they stand, their titles, axes and series."""

import re
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element

from sheetgen.spreadsheet.index import relationships
from sheetgen.spreadsheet.package import Package

# What a chart draws is cached beside each reference, point by point.
_CACHE = re.compile(rb"<(?P<name>(?:\w+:)?(?:num|str|multiLvlStr)Cache)>.*?</(?P=name)>", re.DOTALL)
_ANCHORS = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor")
_LARGEST = 20_000_000  # bytes; of a larger one the end is missing, so that it counts as damaged


class Series(NamedTuple):
    """A line of a chart: its name, and its values across and upward; a reference with `=`, anything else as text."""

    name: str
    across: str
    upward: str


class Axis(NamedTuple):
    """An axis of a chart: its title, the ends and the base of its scale (empty if automatic), and its direction."""

    title: str
    minimum: str
    maximum: str
    log_base: str
    backwards: bool


class Chart(NamedTuple):
    """A chart: its title, its axes (`x` and `y`) and its series, in order."""

    title: str
    axes: dict[str, Axis]
    series: tuple[Series, ...]


class PlacedChart(NamedTuple):
    """A chart, and the cell in which its upper left corner lies, both counted from 1."""

    row: int
    column: int
    chart: Chart


def read_charts(package: Package, part: str) -> list[PlacedChart]:
    """Read the charts of a worksheet, given its part.

    Raises:
        SheetgenError: a part is damaged.
    """
    found = []
    for drawing in relationships(package, part).values():
        if drawing.kind == "drawing" and drawing.target in package.parts:
            related = relationships(package, drawing.target)
            for row, column, number in _places(package.elements(drawing.target)):
                if number in related and related[number].target in package.parts:
                    chart = chart_of(package.elements(related[number].target, _without_caches))
                    found.append(PlacedChart(row, column, chart))
    return found


def chart_of(elements: Iterable[Element]) -> Chart:
    """Read a chart from the elements of its part, in document order and without namespaces."""
    root = next(iter(elements))
    title = next((each for each in root.iter("chart")), root).find("title")
    axes = {_direction(axis): _axis(axis) for axis in root.iter() if axis.tag in ("valAx", "catAx", "dateAx")}
    return Chart(_text(title), axes, tuple(map(_series, root.iter("ser"))))


def _without_caches(stream: IO[bytes]) -> bytes:
    return _CACHE.sub(b"", stream.read(_LARGEST))


def _places(elements: list[Element]) -> Iterator[tuple[int, int, str]]:
    for anchor in elements:
        if anchor.tag in _ANCHORS:
            corner = anchor.find("from")
            row, column = (0, 0) if corner is None else (_whole(corner.find("row")), _whole(corner.find("col")))
            for frame in anchor.iter("chart"):
                yield row + 1, column + 1, next((v for key, v in frame.items() if key.endswith(":id")), "")


def _whole(element: Element | None) -> int:
    text = "" if element is None else (element.text or "").strip()
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _series(element: Element) -> Series:
    across = element.find("xVal") if element.find("xVal") is not None else element.find("cat")
    upward = element.find("yVal") if element.find("yVal") is not None else element.find("val")
    return Series(_text(element.find("tx")), _text(across), _text(upward))


def _axis(element: Element) -> Axis:
    scaling = element.find("scaling")

    def scale(name: str) -> str:
        found = None if scaling is None else scaling.find(name)
        return "" if found is None else found.get("val", "")

    return Axis(
        _text(element.find("title")), scale("min"), scale("max"), scale("logBase"), scale("orientation") == "maxMin"
    )


def _direction(axis: Element) -> str:
    position = axis.find("axPos")
    return "y" if position is not None and position.get("val") in ("l", "r") else "x"


def _text(element: Element | None) -> str:
    """Return the reference in an element, with `=`, or else its text."""
    if element is None:
        return ""
    for reference in element.iter("f"):
        return f"={reference.text or ''}"
    words = [each.text or "" for each in element.iter() if each.tag in ("t", "v")]
    return "".join(words)
