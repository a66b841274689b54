"""Formulas evaluated with their derivatives, and by the spreadsheet engine, on the same cells."""

from collections.abc import Mapping, Sequence

import numpy as np

from sheetgen.spreadsheet.formula import Area, Surroundings, take_apart
from sheetgen.spreadsheet.formula_engine import Formula, evaluate, one_by_one
from sheetgen.spreadsheet.formula_tree import Tree, parse
from sheetgen.types import Array, Value
from sheetgen.verify.own_loss.duals import Dual, Given
from sheetgen.verify.own_loss.evaluation import evaluate as evaluate_duals

Cells = Mapping[tuple[int, int], Value]
"""What each cell holds, by row and column."""

AROUND = Surroundings(("S",), {"square": "LAMBDA(_xlpm.x,_xlpm.x^2)"}, {}, lambda _: (9, 9))
_ROW = 20  # of the formula itself


def tree_of(text: str) -> Tree:
    """Parse a formula of the sheet S."""
    return parse(take_apart(text, "S", _ROW, AROUND))


def engine_value(text: str, cells: Cells) -> Value:
    """What the spreadsheet engine gives for a formula."""
    fetch = one_by_one(lambda _, row, column: cells.get((row, column)), lambda _: (9, 9))
    return evaluate([Formula(tuple(take_apart(text, "S", _ROW, AROUND)), _ROW, 1)], fetch)[0]


def dual_value(text: str, draws: Sequence[Cells]) -> Given:
    """What a formula gives, with its derivatives by each cell that holds a number.

    Args:
        text: the formula.
        draws: what the cells hold, once for each draw; texts and empty cells are the same in all.
    """
    return evaluate_duals(tree_of(text), lambda area: _block(area, draws))


def directions_of(cells: Cells) -> list[tuple[int, int]]:
    """The cells along which derivatives are taken, in order."""
    return [place for place, value in cells.items() if isinstance(value, float)]


def flat_value(given: Given) -> Array:
    """The numbers of a single cell, one a draw; nan for a text."""
    return np.array([np.nan]) if isinstance(given, str) else given.value[0, 0]


def flat_slope(given: Given, draws: Sequence[Cells]) -> Array:
    """The derivatives of a single cell, (draws, directions)."""
    shape = len(draws), len(directions_of(draws[0]))
    if isinstance(given, str) or given.slope is None:
        return np.zeros(shape)
    return np.broadcast_to(given.slope[0, 0], shape)


def _block(area: Area, draws: Sequence[Cells]) -> Given:
    rows = range(area.first_row, area.last_row + 1)
    columns = range(area.first_column, area.last_column + 1)
    held = [[[cells.get((row, column)) for cells in draws] for column in columns] for row in rows]
    if area.is_cell and isinstance(held[0][0][0], str):
        return str(held[0][0][0])
    absent = np.array([[values[0] is None or isinstance(values[0], str) for values in row] for row in held])
    value = np.array([[[_number(each) for each in values] for values in row] for row in held])
    order = directions_of(draws[0])
    slope = np.array([[[(row, column) == each for each in order] for column in columns] for row in rows], float)
    spread = np.broadcast_to(slope[:, :, None, :], (*value.shape, len(order)))
    return Dual(value, spread if spread.any() else None, absent if absent.any() else None)


def _number(value: Value) -> float:
    if isinstance(value, str):
        return float("nan")
    return float(value or 0)
