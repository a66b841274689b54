"""Number formats for what is too small, or exactly zero, among numbers with a fixed count of decimals."""

from sheetgen.workbook.plan import Pen
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_SMALL = 0.0001
Cells = tuple[int, int, int, int]
"""First row, first column, last row and last column."""


def show_small_numbers(pen: Pen, sheet: Worksheet, cells: Cells) -> None:
    """Show numbers near zero in scientific notation, and zero as 0.

    A rule, as a number format has only two conditions: negative numbers would need a third, for their sign.
    """
    _rule(pen, sheet, cells, {"criteria": "=", "value": 0}, "0")
    _rule(pen, sheet, cells, {"criteria": "between", "minimum": -_SMALL, "maximum": _SMALL}, "0.00E+00")


def show_zeros(pen: Pen, sheet: Worksheet, cells: Cells) -> None:
    """Show zero as 0, where a small number would be shown in scientific notation."""
    _rule(pen, sheet, cells, {"criteria": "=", "value": 0}, "0")


def _rule(pen: Pen, sheet: Worksheet, cells: Cells, condition: dict[str, object], number_format: str) -> None:
    look = pen.book.add_format({"num_format": number_format})
    sheet.conditional_format(*cells, {"type": "cell", "format": look, "stop_if_true": True} | condition)
