"""Formulas worked out in extended precision, with more digits and a wider range than doubles have.

Gnumeric computes like that, and saves what comes of it: 0 for 1/(1+e^800), where Excel shows an error; −ln(1−a) to all
digits for a small a; 800 for the logarithm of e^−800, whose own cell it can only save as 0.
"""

from collections.abc import Sequence
from itertools import product
from typing import cast

import numpy as np

from sheetgen.spreadsheet.formula import Area, UnreadableFormulaError
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.spreadsheet.formula_tree import parse
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.types import Array, Place
from sheetgen.verify.elsewhere.cell_contents import CellContents
from sheetgen.verify.own_loss.duals import Dual, UnknownFunctionError
from sheetgen.verify.own_loss.evaluation import evaluate

_MOST_IN_A_CHAIN = 30
_MOST_WORKED_OUT = 2_000
_MOST_CELLS = 10_000  # of a range


class _UnknownError(Exception):
    """A cell whose number is not known."""


def is_available() -> bool:
    """Tell whether this machine computes in extended precision: some processors have nothing beyond doubles."""
    return bool(np.finfo(np.longdouble).maxexp > np.finfo(np.float64).maxexp)


class ExtendedPrecision:
    """Evaluates formulas in extended precision.

    Args:
        contents: what cells hold. Those that hold 0, or no number, by a formula are worked out as well.
    """

    def __init__(self, contents: CellContents) -> None:
        self._contents = contents
        self._known: dict[Place, np.longdouble] = {}
        self._chain = 0
        self._left = _MOST_WORKED_OUT

    def result(self, formula: Formula) -> float | None:
        """Return what a formula gives, as a double; None where that is an error all the same, or cannot be told."""
        try:
            number = float(self._evaluated(formula))
        except (_UnknownError, UnknownFunctionError, UnreadableFormulaError, ValueError, IndexError, TypeError):
            return None
        return number if np.isfinite(number) else None

    def _evaluated(self, formula: Formula) -> np.longdouble:
        tree = parse(in_place(formula.pieces, formula.row, formula.column))
        literals = {node: Dual(_extended([node.value])) for node in tree.root.walk() if node.kind == "number"}
        found = evaluate(tree, self._fetch, replaced=literals)
        if not isinstance(found, Dual) or found.value.size != 1:
            raise _UnknownError
        return np.longdouble(found.value.flat[0])

    def _fetch(self, area: Area) -> Dual:
        rows, columns = range(area.first_row, area.last_row + 1), range(area.first_column, area.last_column + 1)
        if len(rows) * len(columns) > _MOST_CELLS:
            raise _UnknownError
        numbers = [self._number((area.sheet, *place)) for place in product(rows, columns)]
        return Dual(_extended(numbers).reshape(len(rows), len(columns), 1))

    def _number(self, place: Place) -> np.longdouble:
        held, formula = self._contents.number(place), self._contents.formula(place)
        if held is not None and (held or formula is None):
            return np.longdouble(held)
        if formula is None:
            raise _UnknownError
        if place not in self._known:
            self._known[place] = self._worked_out(formula)
        return self._known[place]

    def _worked_out(self, formula: Formula) -> np.longdouble:
        self._left -= 1
        if self._chain == _MOST_IN_A_CHAIN or self._left < 0:
            raise _UnknownError
        self._chain += 1
        try:
            return self._evaluated(formula)
        finally:
            self._chain -= 1


def _extended(numbers: Sequence[object]) -> Array:
    """Return numbers in extended precision, (1, 1, n). The arithmetic of duals works on those too."""
    return cast("Array", np.array(numbers, np.longdouble)[None, None, :])
