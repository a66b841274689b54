"""Why a cell may be right although it does not hold what the formula engine gives on its precedents' cached values."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from sheetgen.spreadsheet.compare_cells import Outcome
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.spreadsheet.tolerance import ALL_DIGITS, SAVING, shaken, shaken_apart
from sheetgen.types import Array, Value
from sheetgen.verify.elsewhere.cell_contents import CellContents
from sheetgen.verify.elsewhere.evaluated_cells import Given, evaluated, outcome
from sheetgen.verify.elsewhere.extended_precision import ExtendedPrecision, is_available
from sheetgen.verify.elsewhere.outside_cells import OutsideCell
from sheetgen.verify.formulas.branches import calls

# As many shakes as make it unlikely that none of them moves a difference of a few units in the last place.
_SHAKES, _SAFETY = 8, 8.0
# Engines take 1.2e-30 for 0 in a lookup; where a formula only picks among numbers, these can be scaled.
_LOOKUPS = frozenset({"MATCH(", "XMATCH(", "LOOKUP(", "VLOOKUP(", "HLOOKUP(", "XLOOKUP("})
_SCALE = 2.0**120
_OUT_OF_RANGE = {"#NUM!", "#DIV/0!"}
_ROUNDING = frozenset({"ROUND(", "ROUNDUP(", "ROUNDDOWN("})
_NUDGE = 1e-14


def without_excused(doubtful: list[OutsideCell], given: Given, contents: CellContents) -> list[OutsideCell]:
    """Leave out the cells that are right all the same.

    Args:
        doubtful: cells that do not hold what the formula engine gives.
        given: what it gives.
        contents: what the cells hold that they refer to.
    """
    for right_all_the_same in _EXCUSES:
        right = right_all_the_same(doubtful, given, contents)
        doubtful = [each for each in doubtful if each not in right]
    return doubtful


def _right_when_live(left: list[OutsideCell], _: Given, contents: CellContents) -> set[OutsideCell]:
    """Return the cells that hold what they should although one of their precedents does not."""
    values = evaluated(left, contents.live, contents)
    return {each for each, value in values.items() if outcome(each, value) is Outcome.SAME}


def _right_but_for_rounding(left: list[OutsideCell], given: Given, contents: CellContents) -> set[OutsideCell]:
    """Return the cells that are off by no more than the rounding of their precedents explains."""
    numeric = [each for each in left if each.cell.kind is Kind.NUMBER and isinstance(given[each], float)]
    digits = min((each.digits for each in numeric), default=ALL_DIGITS)
    changes = [partial(shaken, saved=digits, seed=seed) for seed in range(_SHAKES)]
    return _within_spread(numeric, given, contents, changes)


def _right_but_for_cancelling(left: list[OutsideCell], given: Given, contents: CellContents) -> set[OutsideCell]:
    """Return the cells that hold the last bits of a difference, such as 1 − a², which the saved numbers make 0."""
    nothing = [each for each in left if given[each] == 0 and each.cell.kind is Kind.NUMBER]
    found = {each for each in nothing if abs(_number(each.cell.value)) <= SAVING}
    changes = [partial(shaken_apart, random=np.random.default_rng(seed)) for seed in range(_SHAKES)]
    return found | _within_spread([each for each in nothing if each not in found], given, contents, changes)


def _within_spread(
    cells: list[OutsideCell], given: Given, contents: CellContents, changes: Sequence[Callable[[Array], Array]]
) -> set[OutsideCell]:
    """Return the cells that are off by no more than some small changes of all numbers move their results."""
    spread = dict.fromkeys(cells, 0.0)
    for change in changes if cells else ():
        for each, value in evaluated(cells, contents.changed(change), contents).items():
            off = abs(value - _number(given[each])) if isinstance(value, float) else math.nan
            spread[each] = max(spread[each], off)
    return {each for each in cells if abs(_number(each.cell.value) - _number(given[each])) <= _SAFETY * spread[each]}


def _right_at_a_half(left: list[OutsideCell], _: Given, contents: CellContents) -> set[OutsideCell]:
    """Return the cells that round a number so near to a half that programs differ in which way."""
    rounding = [each for each in left if calls(each.pieces, _ROUNDING)]
    if not rounding:
        return set()
    found = set()
    for nudge in (1 - _NUDGE, 1 + _NUDGE):
        values = evaluated(rounding, contents.changed(partial(np.multiply, nudge)), contents)
        found |= {each for each, value in values.items() if outcome(each, value) is Outcome.SAME}
    return found


def _right_when_scaled(left: list[OutsideCell], _: Given, contents: CellContents) -> set[OutsideCell]:
    """Return the cells that are right, but pick among numbers too small for the engine to distinguish."""
    picking = [each for each in left if calls(each.pieces, _LOOKUPS)]
    values = evaluated(picking, contents.changed(lambda numbers: numbers * _SCALE), contents)
    numbers = [(each, value) for each, value in values.items() if isinstance(value, float)]
    return {each for each, value in numbers if Outcome.SAME in (outcome(each, value), outcome(each, value / _SCALE))}


def _right_in_extended_precision(left: list[OutsideCell], given: Given, contents: CellContents) -> set[OutsideCell]:
    """Return the cells that hold what a program with wider numbers than doubles makes of their formulas."""
    numeric = [each for each in left if each.cell.kind is Kind.NUMBER]
    if not is_available():  # then those beyond the range of doubles cannot be told
        return {each for each in numeric if given[each] in _OUT_OF_RANGE}
    wider = ExtendedPrecision(contents)
    results = ((each, wider.result(each.formula)) for each in numeric if each.formula)
    return {each for each, value in results if value is not None and outcome(each, value) is Outcome.SAME}


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


_EXCUSES = (
    _right_when_live,
    _right_but_for_rounding,
    _right_but_for_cancelling,
    _right_at_a_half,
    _right_when_scaled,
    _right_in_extended_precision,
)
