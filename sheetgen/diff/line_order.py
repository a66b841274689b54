"""Whether lines were moved one by one or put in another order, and what that order is called."""

from collections.abc import Iterator, Sequence

import numpy as np

from sheetgen.diff.grid import Cells, Integers
from sheetgen.diff.line_map import LineMap, Order
from sheetgen.spreadsheet.opened_workbook import Kind

_FEWEST_SORTED = 3
# Up to so many moves are said one by one; more are another order.
_MOST_MOVES = 2


def find_orders(lines: LineMap, keys: Sequence[tuple[str, Cells]] = ()) -> tuple[Order, ...]:
    """Find the spans of lines that were put in another order, rather than a line or two moved.

    Args:
        lines: where they have moved to.
        keys: what rows may have been sorted by: columns of the old sheet, each with its name in the new one. The new
            values may have been computed in the new order, and a running sum always ascends.
    """
    if not lines.moved.any():
        return ()
    spans = list(_spans(lines.ranks))
    whole = slice(spans[0].start, spans[-1].stop)
    several = len(spans) > 1 or _count_moves(lines, whole) > 1
    if several and (how := _name(lines, whole, keys)):
        return (Order(whole, how),)
    return tuple(Order(span, _name(lines, span, keys)) for span in spans if _count_moves(lines, span) > _MOST_MOVES)


def _spans(ranks: Integers) -> Iterator[slice]:
    """Find the shortest spans of recognised lines, by position, within which lines have left their order."""
    ends = np.flatnonzero(np.maximum.accumulate(ranks) == np.arange(len(ranks))) + 1
    for first, last in zip(np.concatenate(([0], ends[:-1])).tolist(), ends.tolist(), strict=True):
        if last - first > 1:
            yield slice(first, last)


def _count_moves(lines: LineMap, span: slice) -> int:
    runs = lines.runs[lines.old_lines[span]]
    return len(np.unique(runs[runs > 0]))


def _name(lines: LineMap, span: slice, keys: Sequence[tuple[str, Cells]]) -> str | None:
    """Return what the new order of some recognised lines is called; None if it has no name."""
    ranks = lines.ranks[span]
    if len(ranks) > 2 and (np.diff(ranks) == -1).all():
        return "reversed"
    if len(ranks) >= _FEWEST_SORTED:
        for name, cells in keys:
            direction = _direction(cells, lines.old_lines[span], lines.backward[lines.new_lines[span]])
            if direction is not None:
                return f"sorted by column {name}{direction}"
    inner = ranks[1:-1]
    if len(ranks) > 2 and ranks[0] > ranks[-1] and (np.diff(inner) == 1).all() and ranks[0] == inner[-1] + 1:
        return "swapped"
    return None


def _direction(cells: Cells, before: Integers, after: Integers) -> str | None:
    """Tell in which direction a column ascends in the new order of rows but not in the old; None if in neither."""
    keys = _keys(cells, before)
    if keys is None:
        return None
    old_steps, steps = np.diff(keys), np.diff(keys[np.searchsorted(before, after)])
    for sign, direction in ((1, ""), (-1, ", descending")):
        if (steps * sign >= 0).all() and (old_steps * sign < 0).any():
            return direction
    return None


def _keys(cells: Cells, rows: Integers) -> Integers | None:
    """Return the positions of rows' values in ascending order; None if they are not all numbers or all texts."""
    at = np.searchsorted(cells.rows, rows)
    if at[-1] >= len(cells.rows) or (cells.rows[at] != rows).any():
        return None
    some = cells.take(at)
    if (some.kinds == Kind.NUMBER).all():
        return np.unique(some.values, return_inverse=True)[1]
    if (some.kinds == Kind.TEXT).all():
        texts = [some.grid.texts[number].casefold() for number in some.texts.tolist()]
        return np.unique(np.array(texts), return_inverse=True)[1]
    return None
