"""Which stale cell another one follows from."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sheetgen.spreadsheet.formula import Area, Surroundings, UnreadableFormulaError, areas, take_apart
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.types import Place


class _Moving(NamedTuple):
    """An area that a formula refers to, in one row, and how it moves when the formula moves down a row."""

    area: Area
    first: int
    last: int


class Precedents:
    """Finds the cells, among some, that formulas refer to.

    Args:
        among: the cells in question and their formulas.
        around: what names and tables mean.
    """

    def __init__(self, among: Mapping[Place, Template], around: Surroundings) -> None:
        self._among = among
        self._around = around
        self._areas: dict[tuple[str, Template], tuple[int, list[_Moving]]] = {}
        self._columns: dict[str, dict[int, list[int]]] = {}
        for sheet, row, column in sorted(among):
            self._columns.setdefault(sheet, {}).setdefault(column, []).append(row)

    def of(self, place: Place) -> Iterator[Place]:
        """Go through the cells in question that a cell refers to; of a column in a range, the first one only."""
        sheet, row, _ = place
        base, moving = self._shape(sheet, self._among[place], row)
        for area, first, last in moving:
            top, bottom = area.first_row + first * (row - base), area.last_row + last * (row - base)
            for column, rows in self._columns.get(area.sheet, {}).items():
                if area.first_column <= column <= area.last_column:
                    position = bisect_left(rows, top)
                    if position < len(rows) and rows[position] <= bottom:
                        yield area.sheet, rows[position], column

    def _shape(self, sheet: str, template: Template, row: int) -> tuple[int, list[_Moving]]:
        """Take a formula apart once for all rows: two rows tell how its references move."""
        known = self._areas.get((sheet, template))
        if known is None:
            here, below = self._areas_in(sheet, template, row), self._areas_in(sheet, template, row + 1)
            pairs = zip(here, below, strict=True) if len(here) == len(below) else ()
            moving = [_Moving(a, b.first_row - a.first_row, b.last_row - a.last_row) for a, b in pairs]
            known = self._areas[sheet, template] = (row, moving)
        return known

    def _areas_in(self, sheet: str, template: Template, row: int) -> list[Area]:
        try:
            return areas(take_apart("=" + template.at(row), sheet, row, self._around))
        except UnreadableFormulaError:
            return []


def find_causes(stale: Mapping[Place, Template], wrong: set[Place], around: Surroundings) -> dict[Place, Place]:
    """Lead every stale cell back to one that is wrong in itself.

    Args:
        stale: all cells whose value is not what it should be, and their formulas.
        wrong: those of them that are so in themselves.
        around: what names and tables mean.

    Returns:
        For every stale cell its cause; one that is wrong in itself, or that cannot be led back, is its own.
    """
    precedents = Precedents(stale, around)
    causes = {place: place for place in wrong}
    for place in stale:
        trail: list[Place] = []
        here: Place | None = place
        seen: set[Place] = set()
        while here is not None and here not in causes and here not in seen:
            trail.append(here)
            seen.add(here)
            found = list(precedents.of(here))
            here = next((other for other in found if other in causes), next(iter(found), None))
        cause = causes.get(here) if here is not None else None
        causes |= {each: cause or each for each in trail}
    return causes
