"""IronCalc, a formula engine in a Python wheel. This file is read by `worker.py`, in a process of its own."""

from collections.abc import Callable, Sequence

import ironcalc


def load(path: str) -> Callable[[str, int, Sequence[int]], list[object]]:
    """Recalculate a workbook.

    Args:
        path: the workbook.

    Returns:
        A function from sheet, column and ascending rows to those cells' values; an error as a tuple of its text.
    """
    book = ironcalc.load_from_xlsx(path, "en", "UTC", "en")
    book.evaluate()
    numbers = {sheet["name"]: number for number, sheet in enumerate(book.get_worksheets_properties())}

    def value(sheet: int, row: int, column: int) -> object:
        found = book.get_cell_value(sheet, row, column)
        if isinstance(found, str) and book.get_cell_type(sheet, row, column) == ironcalc.CellType.ErrorValue:
            return (found,)
        return found

    def values(sheet: str, column: int, rows: Sequence[int]) -> list[object]:
        return [value(numbers[sheet], row, column) for row in rows]

    return values
