"""Cells in which an engine differs by no more than the rounding of their precedents explains.

A difference of nearly equal numbers magnifies their last digits: an engine that computes or reads with more of them
gives another result. How far it may be off is told by shaking the precedents within their rounding errors.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.formula import UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.formula_engine import Formula, TooManyCellsError, evaluate, one_by_one
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.spreadsheet.tolerance import ALL_DIGITS, shaken
from sheetgen.types import Array, Place, Value

_SHAKES, _SAFETY = 8, 8.0

Given = Mapping[Place, tuple[Template, Value]]
"""Cells with their formula, and what an engine gives for it on the cached values of the precedents."""


def explained_by_rounding(sheets: CachedSheets, given: Given) -> Iterator[Place]:
    """Yield the cells whose cached value differs from the given one by rounding alone."""
    saved = min((sheets.sheet(sheet).digits for sheet, _, _ in given), default=ALL_DIGITS)
    formulas = dict(_formulas(sheets, given))
    try:
        own = _evaluated(sheets, formulas, lambda numbers: numbers)
        moved = [_evaluated(sheets, formulas, partial(shaken, saved=saved, seed=seed)) for seed in range(_SHAKES)]
    except TooManyCellsError:
        return
    for place, value in own.items():
        cell = sheets.cell(*place)
        others = (None if cell is None else cell.value, given[place][1])
        spread = max(abs(_number(each[place]) - _number(value)) for each in moved)
        if all(abs(_number(other) - _number(value)) <= _SAFETY * spread for other in others):
            yield place


def _formulas(sheets: CachedSheets, given: Given) -> Iterator[tuple[Place, Formula]]:
    for (sheet, row, column), (template, _) in given.items():
        try:
            pieces = take_apart("=" + template.at(row), sheet, row, sheets.surroundings)
        except UnreadableFormulaError:
            continue
        yield (sheet, row, column), Formula(tuple(in_place(pieces, row, column)), row, column)


def _evaluated(
    sheets: CachedSheets, formulas: Mapping[Place, Formula], change: Callable[[Array], Array]
) -> dict[Place, Value]:
    def content(sheet: str, row: int, column: int) -> Value:
        cell = sheets.cell(sheet, row, column)
        value = None if cell is None else cell.value
        return float(change(np.array([value]))[0]) if isinstance(value, float) else value

    results = evaluate(list(formulas.values()), one_by_one(content, sheets.extent))
    return dict(zip(formulas, results, strict=True))


def _number(value: Value) -> float:
    return value if isinstance(value, float) else math.nan
