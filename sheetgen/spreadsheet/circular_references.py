"""Circular references: cells whose formulas need, by way of others, their own value."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.formula import Area
from sheetgen.types import Place

CIRCULAR = "a circular reference"
_MOST_CELLS = 20_000
_MOST_SHOWN = 8


def find_circle(place: Place, sheets: CachedSheets) -> tuple[Place, ...]:
    """Find the shortest way from a cell to itself by way of its precedents.

    Args:
        place: the cell.
        sheets: the workbook.

    Returns:
        The cells on the way, the cell itself first and last; empty if there is none, or none was found among the
        nearest 20,000 formulas.
    """
    came_from: dict[Place, Place] = {}
    waiting = deque([place])
    while waiting and len(came_from) < _MOST_CELLS:
        here = waiting.popleft()
        for other in _formulas(sheets.precedents(here), sheets):
            if other == place:
                return _way(here, place, came_from)
            if other not in came_from:
                came_from[other] = here
                waiting.append(other)
    return ()


def say_circle(circle: tuple[Place, ...]) -> str:
    """Name a circle's cells in order, `a circular reference: A1 → B1 → A1`; the cells of other sheets with those."""
    own = circle[0][0] if circle else ""
    cells = [
        ("" if sheet == own else f"{sheet}!") + f"{get_column_letter(column)}{row}" for sheet, row, column in circle
    ]
    if len(cells) > _MOST_SHOWN:
        cells = [*cells[: _MOST_SHOWN - 2], "…", *cells[-2:]]
    return f"{CIRCULAR}: {' → '.join(cells)}" if cells else CIRCULAR


def _formulas(areas: tuple[Area, ...], sheets: CachedSheets) -> Iterator[Place]:
    """Yield the cells of areas that hold a formula."""
    for area in areas:
        sheet = sheets.sheet(area.sheet)
        for number in range(area.first_column, min(area.last_column, max(sheet.columns, default=0)) + 1):
            column = sheet.columns.get(number)
            if column is None:
                continue
            first, last = bisect_left(column.rows, area.first_row), bisect_left(column.rows, area.last_row + 1)
            yield from ((area.sheet, column.rows[at], number) for at in range(first, last) if column.formulas[at] >= 0)


def _way(last: Place, place: Place, came_from: dict[Place, Place]) -> tuple[Place, ...]:
    back = [place]
    while last != place:
        back.append(last)
        last = came_from[last]
    return (place, *reversed(back))
