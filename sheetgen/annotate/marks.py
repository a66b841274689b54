"""How wrong cells look: which are marked, in what colour, and with what lines around them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from openpyxl.utils.cell import get_column_letter, range_boundaries

from sheetgen.verify.findings import Finding, FindingKind

INK = "FF1F2933"
_WORST_FIRST = list(FindingKind)


class Look(Enum):
    """The looks of four groups of kinds: fill, line colour and line style.

    The lines differ in style as well, so that nothing depends on colour alone.
    """

    FORMULA = ("FFFFC7B0", "FFC43C00", "medium")
    CONSTANT = ("FFB9DDF5", "FF005A94", "mediumDashed")
    VALUE = ("FFE8C9F0", "FF7A2E8C", "mediumDashDot")
    MISSING = ("FFFFE680", "FF8A6100", "double")

    def __init__(self, fill: str, line: str, style: str) -> None:
        """Take the colours of the cell and of its lines, as ARGB, and the lines' style, as a workbook calls it."""
        self.fill: str = fill
        self.line: str = line
        self.style: str = style


LOOKS = {
    FindingKind.WRONG_FORMULA: Look.FORMULA,
    FindingKind.HARD_CODED: Look.CONSTANT,
    FindingKind.STALE_VALUE: Look.VALUE,
    FindingKind.NO_VALUE: Look.VALUE,
    FindingKind.ERROR_VALUE: Look.VALUE,
    FindingKind.EMPTY: Look.MISSING,
    FindingKind.BAD_INPUT: Look.MISSING,
}


class Mark(NamedTuple):
    """The mark of one cell; lines run around all cells of a finding, so only the first and the last are closed."""

    look: Look
    top: bool
    bottom: bool


class Area(NamedTuple):
    """The cells of a finding: its columns and rows, counted from 1, the last ones included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def reference(self) -> str:
        """The cells as a workbook writes them, `J33:J100`."""
        return f"{get_column_letter(self.left)}{self.top}:{get_column_letter(self.right)}{self.bottom}"


class _Band(NamedTuple):
    """Rows that are marked alike."""

    first: int
    last: int
    marks: dict[int, Mark]


def area_of(finding: Finding) -> Area:
    """Return a finding's cells.

    Raises:
        ValueError: its range is none.
    """
    left, top, right, bottom = range_boundaries(finding.range)
    if left is None or top is None or right is None or bottom is None:
        raise ValueError(finding.range)
    return Area(left, top, right, bottom)


class Marks:
    """The marks of a sheet's cells, by row; where two findings meet, the worse kind is shown."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._bands = list(_bands(sorted(findings, key=lambda finding: -_WORST_FIRST.index(finding.kind))))
        self._firsts = [band.first for band in self._bands]
        areas = [area_of(finding) for finding in findings]
        self.bounds: Area = Area(
            min((area.left for area in areas), default=1),
            min((area.top for area in areas), default=1),
            max((area.right for area in areas), default=1),
            max((area.bottom for area in areas), default=1),
        )

    def at(self, row: int) -> dict[int, Mark]:
        """Return the marks of a row, by column."""
        position = bisect_right(self._firsts, row) - 1
        if position < 0 or self._bands[position].last < row:
            return {}
        return self._bands[position].marks

    def between(self, after: int, before: int) -> Iterator[tuple[int, dict[int, Mark]]]:
        """Go through the marked rows between two rows."""
        for band in self._bands[max(bisect_right(self._firsts, after) - 1, 0) :]:
            if band.first >= before:
                return
            for row in range(max(band.first, after + 1), min(band.last + 1, before)):
                yield row, band.marks


def _bands(findings: Sequence[Finding]) -> Iterator[_Band]:
    """Cut the sheet where a finding's first or last row begins or ends; the worst finding comes last."""
    areas = [(area_of(finding), LOOKS[finding.kind]) for finding in findings]
    starts: dict[int, list[int]] = {}
    cuts: set[int] = set()
    for number, (area, _) in enumerate(areas):
        starts.setdefault(area.top, []).append(number)
        cuts.update((area.top, area.top + 1, area.bottom, area.bottom + 1))
    active: set[int] = set()
    ordered = sorted(cuts)
    for first, following in pairwise(ordered):
        active = {number for number in active if areas[number][0].bottom >= first} | set(starts.get(first, ()))
        marks = {
            column: Mark(look, first == area.top, first == area.bottom)
            for area, look in (areas[number] for number in sorted(active))
            for column in range(area.left, area.right + 1)
        }
        if marks:
            yield _Band(first, following - 1, marks)
