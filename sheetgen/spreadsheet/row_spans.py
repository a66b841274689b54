"""Which rows of which columns areas cover, as spans: the first and the last row of each."""

from collections.abc import Iterable

from sheetgen.spreadsheet.formula import Area

Span = tuple[int, int]


def spans_of(areas: Iterable[Area]) -> dict[tuple[str, int], list[Span]]:
    """Return, by sheet and column, the rows that areas cover: the first and last of each span, ascending."""
    bounds: dict[tuple[str, int], list[Span]] = {}
    for area in dict.fromkeys(areas):
        for column in range(area.first_column, area.last_column + 1):
            bounds.setdefault((area.sheet, column), []).append((area.first_row, area.last_row))
    return {place: _merged(sorted(spans)) for place, spans in bounds.items()}


def _merged(spans: list[Span]) -> list[Span]:
    merged = spans[:1]
    for first, last in spans[1:]:
        if first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def missing(wanted: list[Span], loaded: list[Span]) -> list[Span]:
    """Return the parts of the row spans that are not loaded yet."""
    parts = wanted
    for top, bottom in loaded:
        parts = [
            part
            for first, last in parts
            for part in ((first, min(last, top - 1)), (max(first, bottom + 1), last))
            if part[0] <= part[1]
        ]
    return parts
