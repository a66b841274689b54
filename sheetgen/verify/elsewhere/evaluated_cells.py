"""Cells outside the tables evaluated by the formula engine, and compared with what they hold."""

from collections.abc import Sequence

from sheetgen.spreadsheet.compare_cells import Outcome, Tolerance, compare_cells
from sheetgen.spreadsheet.formula_engine import UNABLE, Fetch, TooManyCellsError, evaluate
from sheetgen.spreadsheet.opened_workbook import Cell, Kind
from sheetgen.types import Value
from sheetgen.verify.elsewhere.cell_contents import CellContents
from sheetgen.verify.elsewhere.index_shortcut import picked
from sheetgen.verify.elsewhere.outside_cells import OutsideCell

Given = dict[OutsideCell, Value]
"""The results of cells' formulas."""

# The remainder of a difference that nearly cancels is judged by its rounding errors, not by an absolute tolerance.
TOLERANCE = Tolerance(absolute=0.0)
"""How far two numbers may be apart."""


def evaluated(cells: Sequence[OutsideCell], fetch: Fetch, contents: CellContents) -> Given:
    """Evaluate each cell on its own; `UNABLE` for all if they refer to more cells than can be loaded."""
    formulas = [each.formula for each in cells if each.formula]
    try:
        formulas = picked(formulas, fetch, date1904=contents.date1904)
        return dict(zip(cells, evaluate(formulas, fetch, date1904=contents.date1904), strict=True))
    except TooManyCellsError:
        return dict.fromkeys(cells, UNABLE)


def outcome(each: OutsideCell, given: Value) -> Outcome:
    """Compare what a cell holds with what its formula gives."""
    kinds = {type(None): Kind.EMPTY, bool: Kind.BOOLEAN, float: Kind.NUMBER}
    kind = kinds.get(type(given), Kind.TEXT)
    if isinstance(given, str) and given.startswith("#"):
        if each.cell.kind is Kind.ERROR:
            return Outcome.SAME
        kind = Kind.TEXT if each.cell.value == given else Kind.ERROR
    result = Cell(each.cell.row, each.cell.column, None, kind, given)
    return compare_cells(each.cell, result, TOLERANCE, each.digits)
