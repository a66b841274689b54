"""Circular references among the formulas outside the tables."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache

from sheetgen.spreadsheet.circular_references import find_circle, say_circle
from sheetgen.spreadsheet.formula import Area, areas, precedents
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.types import Place
from sheetgen.verify.elsewhere.outside_cells import OutsideCell
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_MOST_LINKS = 1_000_000
_MOST_CIRCLES = 50


def find_outside_circles(outside: Sequence[OutsideCell], book: LabelledSheets) -> dict[OutsideCell, tuple[Place, ...]]:
    """Find the circles among formulas outside the tables.

    Args:
        outside: the formulas.
        book: the workbook.

    Returns:
        By the first cell of each circle, in the order given, the way from it to itself. At most 50 circles are looked
        for, and none where the formulas refer to each other more than a million times.
    """
    circles: dict[OutsideCell, tuple[Place, ...]] = {}
    seen: set[Place] = set()
    for each in _on_circles(outside):
        if each.place not in seen and len(circles) < _MOST_CIRCLES:
            circle = find_circle(each.place, book)
            if circle and not seen & set(circle):
                circles[each] = circle
            seen |= set(circle)
    return circles


def circle_finding(each: OutsideCell, circle: tuple[Place, ...], quantity: str) -> Finding:
    """Write the finding on a circle, at its first cell."""
    value = each.cell.value
    return Finding(
        sheet=each.sheet,
        range=each.cell.address,
        count=1,
        quantity=quantity,
        kind=FindingKind.WRONG_FORMULA,
        message=say_circle(circle),
        found_formula=each.cell.formula,
        found_value=float(value) if isinstance(value, bool) else value,
    )


def _on_circles(outside: Sequence[OutsideCell]) -> list[OutsideCell]:
    """Return the formulas on circles, and those that need one of these."""
    links = _links(outside, lambda each: areas(each.pieces))
    # Most often no circle is left, and no formula needs the closer look that tells what it needs of all it refers to.
    near = outside if links is None else _unfinished(outside, links)
    links = _links(near, lambda each: precedents(in_place(each.pieces, each.cell.row, each.cell.column)))
    return [] if links is None else _unfinished(near, links)


def _unfinished(outside: Sequence[OutsideCell], uses: dict[int, set[int]]) -> list[OutsideCell]:
    """Leave out the formulas that can be computed one after another."""
    users: dict[int, list[int]] = {}
    for at, others in uses.items():
        for other in others:
            users.setdefault(other, []).append(at)
    missing = {at: len(others) for at, others in uses.items()}
    waiting = [at for at in users if at not in missing]
    while waiting:  # what needs only formulas that are done is done as well
        for user in users.get(waiting.pop(), ()):
            missing[user] -= 1
            if not missing[user]:
                del missing[user]
                waiting.append(user)
    return [outside[at] for at in sorted(missing)]


def _links(
    outside: Sequence[OutsideCell], areas_of: Callable[[OutsideCell], Iterable[Area]]
) -> dict[int, set[int]] | None:
    """Return, by position, the formulas outside the tables that each refers to directly; None if these are too many."""
    positions = {each.place: at for at, each in enumerate(outside)}
    columns: dict[str, dict[int, list[tuple[int, int]]]] = {}
    for (sheet, row, column), at in positions.items():
        columns.setdefault(sheet, {}).setdefault(column, []).append((row, at))
    for cells in (cells for sheet in columns.values() for cells in sheet.values()):
        cells.sort()

    @cache
    def inside(area: Area) -> Collection[int]:
        if area.is_cell:
            return [positions[area.corner]] if area.corner in positions else []
        return frozenset(_within(area, columns.get(area.sheet, {})))

    uses: dict[int, set[int]] = {}
    left = _MOST_LINKS
    for at, each in enumerate(outside):
        for area in areas_of(each):
            found = inside(area)
            left -= len(found)
            if left < 0:
                return None
            if found:
                uses.setdefault(at, set()).update(found)
    return uses


def _within(area: Area, columns: dict[int, list[tuple[int, int]]]) -> Iterator[int]:
    for column, cells in columns.items():
        if area.first_column <= column <= area.last_column:
            first, last = bisect_left(cells, (area.first_row, 0)), bisect_left(cells, (area.last_row + 1, 0))
            yield from (at for _, at in cells[first:last])
