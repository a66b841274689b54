"""Which stale cell is the cause of another."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sheetgen.spreadsheet.formula import Area, Surroundings, UnreadableFormulaError, areas, take_apart
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.types import Place


class _Moving(NamedTuple):
    """An area that a formula refers to, as if from row 0, and how far its ends move with each row."""

    area: Area
    first: int
    last: int


class _Precedents:
    """Finds the stale precedents of stale cells.

    Args:
        stale: the stale cells and their formulas.
        around: what names and tables mean.
    """

    def __init__(self, stale: Mapping[Place, Template], around: Surroundings) -> None:
        self._stale, self._around = stale, around
        self._moving: dict[tuple[str, Template], list[_Moving]] = {}
        self._columns: dict[str, dict[int, list[int]]] = {}
        for sheet, row, column in sorted(stale):
            self._columns.setdefault(sheet, {}).setdefault(column, []).append(row)

    def are_known(self, place: Place) -> bool:
        """Whether the formula of a stale cell can be read."""
        sheet, row, _ = place
        try:
            take_apart("=" + self._stale[place].at(row), sheet, row, self._around)
        except UnreadableFormulaError:
            return False
        return True

    def of(self, place: Place) -> Iterator[Place]:
        """Yield the stale precedents of a cell; only the first one in each column of a range."""
        sheet, row, _ = place
        key = (sheet, self._stale[place])
        if key not in self._moving:
            self._moving[key] = self._take_apart(*key, row)
        for area, first, last in self._moving[key]:
            top, bottom = area.first_row + first * row, area.last_row + last * row
            for column, rows in self._columns.get(area.sheet, {}).items():
                if area.first_column <= column <= area.last_column:
                    position = bisect_left(rows, top)
                    if position < len(rows) and rows[position] <= bottom:
                        yield area.sheet, rows[position], column

    def _take_apart(self, sheet: str, template: Template, row: int) -> list[_Moving]:
        """Take a formula apart for all rows; two rows show how its references move."""
        try:
            here, below = (
                areas(take_apart("=" + template.at(each), sheet, each, self._around)) for each in (row, row + 1)
            )
        except UnreadableFormulaError:
            return []
        moving = []
        for area, moved in zip(here, below, strict=True) if len(here) == len(below) else ():
            first, last = moved.first_row - area.first_row, moved.last_row - area.last_row
            origin = area._replace(first_row=area.first_row - first * row, last_row=area.last_row - last * row)
            moving.append(_Moving(origin, first, last))
        return moving


def find_causes(stale: Mapping[Place, Template], wrong: set[Place], around: Surroundings) -> dict[Place, Place]:
    """Trace every cell that differs back to one that is wrong in itself.

    Args:
        stale: all cells whose value is not what it should be, and their formulas.
        wrong: those of them that are wrong in themselves.
        around: what names and tables mean.

    Returns:
        The cause of every stale cell: itself, if it is wrong in itself, depends on itself, or cannot be traced back.
        Left out is a cell that follows from precedents none of which is stale: it is not stale either, but magnifies
        differences that each of them may have, as a difference of nearly equal numbers does.
    """
    precedents = _Precedents(stale, around)
    causes = {place: place for place in stale if place in wrong or not precedents.are_known(place)}
    harmless: set[Place] = set()
    for place in stale:
        trail = [] if place in harmless else [place]
        while trail and trail[-1] not in causes:
            here = trail[-1]
            found = [each for each in precedents.of(here) if each not in harmless]
            onward = [each for each in found if each in causes] or [each for each in found if each not in trail]
            if onward:
                trail.append(onward[0])
            elif found:
                causes[here] = here
            else:
                harmless.add(trail.pop())
        causes |= dict.fromkeys(trail, causes[trail[-1]]) if trail else {}
    return causes
