"""Whether two formulas of a cell mean the same: both evaluated on random numbers in the cells that they refer to."""

import numpy as np

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.formula import Area, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.formula_tree import Tree, parse
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.types import Array, Place
from sheetgen.verify.own_loss.draws import seeded
from sheetgen.verify.own_loss.duals import Dual, Given, UnknownFunctionError
from sheetgen.verify.own_loss.evaluation import evaluate

_DRAWS, _MOST_CELLS, _MOST_STEPS = 32, 1_000, 10
_RELATIVE = 1e-9


def gives_the_same(book: CachedSheets, one: str, other: str, at: tuple[str, int]) -> bool:
    """Tell whether two formulas give the same, whatever stands in the cells that they refer to.

    Args:
        book: the workbook. A cell that only repeats another one has the number of that one.
        one: a formula, without its `=`.
        other: another one.
        at: the sheet and the row on which both stand.
    """
    try:
        first, second = (_results(book, formula, at) for formula in (one, other))
    except (UnreadableFormulaError, UnknownFunctionError, ValueError, IndexError, TypeError):
        return False
    known = np.isfinite(first)
    same_places = bool((known == np.isfinite(second)).all() and known.any())
    return same_places and bool(np.allclose(first[known], second[known], rtol=_RELATIVE, atol=1e-300))


def _results(book: CachedSheets, formula: str, at: tuple[str, int]) -> Array:
    """Evaluate a formula on random numbers, (draws,)."""
    found = evaluate(_tree(book, formula, at), lambda area: _numbers(book, area))
    if isinstance(found, str) or found.value.shape[:2] != (1, 1):
        raise TypeError(formula)
    return np.broadcast_to(found.value[0, 0], (_DRAWS,))


def _tree(book: CachedSheets, formula: str, at: tuple[str, int]) -> Tree:
    return parse(in_place(take_apart(f"={formula}", *at, book.surroundings), at[1], 1))


def _numbers(book: CachedSheets, area: Area) -> Given:
    rows, columns = area.last_row - area.first_row + 1, area.last_column - area.first_column + 1
    if rows * columns > _MOST_CELLS:
        raise UnknownFunctionError("a range too large to follow")
    places = [
        (area.sheet, row, column)
        for row in range(area.first_row, area.last_row + 1)
        for column in range(area.first_column, area.last_column + 1)
    ]
    return Dual(np.array([_drawn(_source(book, place)) for place in places]).reshape(rows, columns, _DRAWS))


def _drawn(place: Place) -> Array:
    """Draw the numbers of a cell: in half of the draws positive, as roots need them, elsewhere of both signs."""
    seed = seeded(place)
    signs = np.where(np.arange(_DRAWS) < _DRAWS // 2, 1.0, seed.choice([-1.0, 1.0], _DRAWS))
    return np.asarray(signs * seed.uniform(0.15, 0.95, _DRAWS))


def _source(book: CachedSheets, place: Place) -> Place:
    """Follow a cell that only repeats another one to that one."""
    for _ in range(_MOST_STEPS):
        cell = book.cell(*place)
        if cell is None or cell.formula is None:
            break
        tree = _tree(book, cell.formula.removeprefix("="), place[:2])
        if tree.root.kind != "reference" or not tree.area(tree.root).is_cell:
            break
        place = tree.area(tree.root).corner
    return place
