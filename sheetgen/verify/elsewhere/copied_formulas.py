"""Formulas that differ only in the rows they refer to, evaluated together on the cached values of their precedents.

This is many times as fast as the formula engine, which takes each of them on its own. It is only trusted where it
agrees with the cached value; the engine decides about all other cells.
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.compare_cells import Tolerance
from sheetgen.spreadsheet.formula import OF_PLACES, Area, UnreadableFormulaError
from sheetgen.spreadsheet.formula_tree import parse
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.types import Array
from sheetgen.verify.elsewhere.cell_contents import CellContents
from sheetgen.verify.elsewhere.outside_cells import OutsideCell
from sheetgen.verify.formulas.branches import calls
from sheetgen.verify.own_loss.duals import Dual, UnknownFunctionError
from sheetgen.verify.own_loss.evaluation import evaluate

_FEWEST = 8
_MOST_CELLS = 100  # of a range
_Rows = NDArray[np.intp]


class _TooLargeError(Exception):
    """A range of too many cells."""


def find_right_copies(cells: Sequence[OutsideCell], contents: CellContents, tolerance: Tolerance) -> set[OutsideCell]:
    """Return the cells that hold what their formulas give, of formulas of which a column has at least eight alike.

    Args:
        cells: cells outside the tables.
        contents: what the cells hold that they refer to.
        tolerance: how far two numbers may be apart.
    """
    copies: dict[tuple[str, int, int], list[OutsideCell]] = {}
    for each in cells:
        copies.setdefault((each.sheet, each.cell.column, each.original), []).append(each)
    alike: dict[tuple[object, ...], list[OutsideCell]] = {}
    for group in copies.values():
        alike.setdefault(_shape(group[0]), []).extend(group)
    large = (group for group in alike.values() if len(group) >= _FEWEST)
    return {each for group in large for each in _right(group, contents, tolerance)}


def _shape(each: OutsideCell) -> tuple[object, ...]:
    """Return what a formula has in common with those of its column that differ only in the rows they refer to."""
    parts = (_extent(piece.area) if piece.area else piece.text for piece in each.pieces)
    return each.sheet, each.cell.column, *parts


def _extent(area: Area) -> tuple[str, int, int, int]:
    return area.sheet, area.first_column, area.last_column, area.last_row - area.first_row


def _right(copies: list[OutsideCell], contents: CellContents, tolerance: Tolerance) -> Iterator[OutsideCell]:
    given = _given(copies, contents)
    if given is not None:
        held = np.array([each.cell.value if each.cell.kind is Kind.NUMBER else np.nan for each in copies], np.float64)
        fits = np.isfinite(given) & tolerance.agree(held, given, copies[0].digits)
        yield from (copies[at] for at in np.flatnonzero(fits))


def _given(copies: list[OutsideCell], contents: CellContents) -> Array | None:
    """Return what formulas give, (copies,), nan where that is no number; None if they cannot be evaluated here."""
    pieces = copies[0].pieces
    rows = _rows_of(copies)
    if rows is None or calls(pieces, OF_PLACES):
        return None

    def fetch(area: Area) -> Dual:
        height, width = area.last_row - area.first_row + 1, area.last_column - area.first_column + 1
        if height * width > _MOST_CELLS:
            raise _TooLargeError
        places = product(range(height), range(area.first_column, area.last_column + 1))
        numbers = [contents.numbers(area.sheet, column, rows[area] + down) for down, column in places]
        return Dual(np.array(numbers).reshape(height, width, -1))

    try:
        found = evaluate(parse(pieces), fetch)
    except (_TooLargeError, UnknownFunctionError, UnreadableFormulaError, ValueError, IndexError, TypeError):
        return None
    if not isinstance(found, Dual) or found.value.shape[:2] != (1, 1):
        return None
    return np.broadcast_to(found.value[0, 0], len(copies))


def _rows_of(copies: list[OutsideCell]) -> dict[Area, _Rows] | None:
    """Return, by the areas that the first of some formulas refers to, the rows at which those of all begin.

    None if one area of the first stands for several, or if a range means another cell in each row.
    """
    first = copies[0]
    if tuple(in_place(first.pieces, first.cell.row, first.cell.column)) != first.pieces:
        return None
    found: dict[Area, _Rows] = {}
    for at, area in enumerate(piece.area for piece in first.pieces):
        if area is None:
            continue
        rows = np.array([each.pieces[at].area.first_row for each in copies])  # type: ignore[union-attr]  # alike
        rows = rows[:1] if (rows == rows[0]).all() else rows
        if not np.array_equal(found.setdefault(area, rows), rows):
            return None
    return found
