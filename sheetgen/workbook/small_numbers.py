"""Number formats for what is too small, or exactly zero, among numbers with a fixed count of decimals."""

from collections.abc import Callable

from sheetgen.network.experiment import Experiment
from sheetgen.network.quantities import Group
from sheetgen.workbook.layout import Cells
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_SMALL = 0.0001


def groups_with_rules(experiment: Experiment) -> set[Group]:
    """Return the groups of a table of whose numbers some are shown in another way."""
    return {Group.OPTIMIZER, *((Group.ERROR,) if experiment.loss == "cross-entropy" else ())}


def show_small_and_zeros(pen: Pen, sheet: Worksheet, cells_of: Callable[[Group], Cells | None]) -> None:
    """Show tiny numbers of the optimiser, and as 0 the errors of those classes that a sample is not of.

    Args:
        pen: the open workbook.
        sheet: where to.
        cells_of: the cells of a group of quantities, from the first to the last.
    """
    kept, errors = cells_of(Group.OPTIMIZER), cells_of(Group.ERROR)
    if kept is not None:
        show_small_numbers(pen, sheet, kept)
    if errors is not None and Group.ERROR in groups_with_rules(pen.plan.experiment):
        _rule(pen, sheet, errors, {"criteria": "=", "value": 0}, "0")


def show_small_numbers(pen: Pen, sheet: Worksheet, cells: Cells) -> None:
    """Show numbers near zero in scientific notation, and zero as 0.

    A rule, as a number format has only two conditions: negative numbers would need a third, for their sign.
    """
    _rule(pen, sheet, cells, {"criteria": "=", "value": 0}, "0")
    _rule(pen, sheet, cells, {"criteria": "between", "minimum": -_SMALL, "maximum": _SMALL}, "0.00E+00")


def _rule(pen: Pen, sheet: Worksheet, cells: Cells, condition: dict[str, object], number_format: str) -> None:
    look = pen.book.add_format({"num_format": number_format})
    sheet.conditional_format(*cells, {"type": "cell", "format": look, "stop_if_true": True} | condition)
