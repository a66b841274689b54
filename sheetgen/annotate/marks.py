"""How wrong cells look: which are marked, in what colour, and with what border."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import reduce
from itertools import islice, pairwise
from operator import or_
from typing import NamedTuple

from openpyxl.worksheet.cell_range import CellRange

from sheetgen.verify.findings import Finding, FindingKind

INK = "FF1F2933"
_WORST_FIRST = list(FindingKind)


class Look(Enum):
    """The looks of four groups of finding kinds: fill, line colour and line style.

    The line styles differ too, so that nothing depends on colour alone.
    """

    FORMULA = ("FFFFC7B0", "FFC43C00", "medium")
    CONSTANT = ("FFB9DDF5", "FF005A94", "mediumDashed")
    VALUE = ("FFE8C9F0", "FF7A2E8C", "mediumDashDot")
    MISSING = ("FFFFE680", "FF8A6100", "double")

    def __init__(self, fill: str, line: str, style: str) -> None:
        """Take the ARGB colours of the fill and the lines, and the workbook's name of the line style."""
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
    FindingKind.WRONG_CHART: Look.MISSING,
    FindingKind.ALTERED: Look.FORMULA,
    FindingKind.WRONG_NAME: Look.MISSING,
}


def looks_worst_first() -> list[Look]:
    """List the looks, the one of the worst kinds first."""
    return list(dict.fromkeys(LOOKS[kind] for kind in FindingKind))


class Mark(NamedTuple):
    """The mark of one cell; a finding has one border around all its cells, so only the first and last close it."""

    look: Look
    top: bool
    bottom: bool


class _Band(NamedTuple):
    """Neighbouring rows with the same marks."""

    first: int
    last: int
    marks: dict[int, Mark]


class Marks:
    """The marks of a sheet's cells, by row; where two findings overlap, the worse kind is shown.

    Attributes:
        bounds: the smallest range that holds all marked cells.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        worst_last = sorted(findings, key=lambda finding: -_WORST_FIRST.index(finding.kind))
        areas = [(CellRange(finding.range), LOOKS[finding.kind]) for finding in worst_last]
        self.bounds: CellRange = reduce(or_, (area for area, _ in areas))
        self._bands = list(_bands(areas))

    def at(self, row: int) -> dict[int, Mark]:
        """Return the marks of a row, by column."""
        return next((marks for _, marks in self.between(row - 1, row + 1)), {})

    def between(self, after: int, before: int) -> Iterator[tuple[int, dict[int, Mark]]]:
        """Yield the marked rows strictly between two rows."""
        start = bisect_left(self._bands, after + 1, key=lambda band: band.last)
        for band in islice(self._bands, start, None):
            if band.first >= before:
                return
            for row in range(max(band.first, after + 1), min(band.last + 1, before)):
                yield row, band.marks


def _bands(areas: Sequence[tuple[CellRange, Look]]) -> Iterator[_Band]:
    """Cut the sheet where an area's first or last row begins or ends; where areas overlap, the later one is shown."""
    starts: dict[int, list[int]] = {}
    cuts: set[int] = set()
    for number, (area, _) in enumerate(areas):
        starts.setdefault(area.min_row, []).append(number)
        cuts.update((area.min_row, area.min_row + 1, area.max_row, area.max_row + 1))
    active: set[int] = set()
    for first, following in pairwise(sorted(cuts)):
        active = {number for number in active if areas[number][0].max_row >= first} | set(starts.get(first, ()))
        marks = {
            column: Mark(look, first == area.min_row, first == area.max_row)
            for area, look in (areas[number] for number in sorted(active))
            for column in range(area.min_col, area.max_col + 1)
        }
        if marks:
            yield _Band(first, following - 1, marks)
