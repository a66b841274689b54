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
    """Trace every stale cell back to one that is wrong in itself.

    Args:
        stale: all cells whose value is not what it should be, and their formulas.
        wrong: those of them that are wrong in themselves.
        around: what names and tables mean.

    Returns:
        The cause of every stale cell; a cell that is wrong in itself, or cannot be traced back, is its own cause.
    """
    precedents = _Precedents(stale, around)
    causes = {place: place for place in wrong}
    for place in stale:
        trail: dict[Place, None] = {}
        here: Place | None = place
        while here is not None and here not in causes and here not in trail:
            trail[here] = None
            found = list(precedents.of(here))
            here = next((other for other in found if other in causes), next(iter(found), None))
        cause = causes.get(here) if here is not None else None
        causes |= {each: cause or each for each in trail}
    return causes
