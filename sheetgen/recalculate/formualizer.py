"""formualizer, a formula engine in a Python wheel. This file is read by `worker.py`, in a process of its own."""

from collections.abc import Callable, Sequence

import formualizer

# The file's size was limited before it came here.
_LIMITS = dict.fromkeys(("max_input_bytes", "max_expanded_bytes", "max_part_bytes"), 1 << 36)


def load(path: str) -> Callable[[str, int, Sequence[int]], list[object]]:
    """Recalculate a workbook.

    Args:
        path: the workbook.

    Returns:
        A function from sheet, column and ascending rows to those cells' values; an error as a tuple of its kind.
    """
    book = formualizer.load_workbook(path, load_limits=_LIMITS)
    book.set_temporal_egress("serial")
    book.evaluate_all()

    def values(sheet: str, column: int, rows: Sequence[int]) -> list[object]:
        area = formualizer.RangeAddress(sheet, rows[0], column, rows[-1], column)
        found = book.sheet(sheet).get_values(area)
        return [_plain(found[row - rows[0]][0]) for row in rows]

    return values


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return (str(value.get("kind")),)
    return value
