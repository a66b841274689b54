"""Do the cells outside of the tables hold what their formulas give? Each is evaluated on what is cached around it."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from openpyxl.utils.cell import get_column_letter

from sheetgen.recalculate.caches import Value
from sheetgen.spreadsheet.compare_cells import Outcome, Tolerance, compare_cells
from sheetgen.spreadsheet.formula import Area, areas
from sheetgen.spreadsheet.formula_engine import UNABLE, Fetch, Formula, TooManyCellsError, evaluate
from sheetgen.spreadsheet.tolerance import ALL_DIGITS, rounding_errors
from sheetgen.spreadsheet.workbook import Cell, Kind
from sheetgen.verify.elsewhere.cell_contents import Ledger
from sheetgen.verify.elsewhere.formulas import OutsideCell, Taken
from sheetgen.verify.elsewhere.index_shortcut import picked
from sheetgen.verify.findings import Finding, FindingKind

Array = NDArray[np.float64]
NameOf = Callable[[str, int, int], str]
"""From a cell's sheet, row and column to the quantity that its label names."""

# What an engine leaves over of a difference is judged by what rounding makes of it, not by a floor.
_TOLERANCE = Tolerance(absolute=0.0)
_BLIND = {"INDIRECT(", "OFFSET("}
_BLINDLY = "INDIRECT and OFFSET cannot be followed"
_UNABLE = "the formula engine cannot compute the formula"
_SHAKES, _SAFETY = 3, 8.0
# Engines take 1.2e-30 for 0 when they look something up; what only picks among numbers can be scaled.
_LOOKUPS = {"MATCH(", "XMATCH(", "LOOKUP(", "VLOOKUP(", "HLOOKUP(", "XLOOKUP("}
_SCALE = 2.0**120
_MOST_TEXT = 40


@dataclass(frozen=True)
class Recomputed:
    """What was found outside of the tables.

    Attributes:
        cells: how many cells were judged.
        findings: what is wrong.
        complaints: what could not be judged.
    """

    cells: int = 0
    findings: tuple[Finding, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Wrong:
    """A cell that is wrong: how, and what its formula gives."""

    each: OutsideCell
    kind: FindingKind
    given: Value


def recompute(
    outside: Sequence[OutsideCell], ledger: Ledger, taken: Taken, spoilt: Sequence[Area], name_of: NameOf
) -> Recomputed:
    """Compare cells outside of the tables with what their formulas give.

    Args:
        outside: the cells.
        ledger: what they refer to.
        taken: their formulas.
        spoilt: cells that hold nothing usable; what refers to them is not judged.
        name_of: tells what a label beside a cell says.
    """
    formulas = {each: formula for each in outside if (formula := taken.formula(each))}
    cached = [each for each in formulas if each.cell.kind is not Kind.EMPTY]
    given = dict(zip(cached, evaluated([formulas[each] for each in cached], ledger.cached), strict=True))
    outcomes = {each: _outcome(each, given[each]) for each in cached}
    blind = {each for each in cached if any(piece.text.upper() in _BLIND for piece in formulas[each].pieces)}
    doubtful = [each for each in cached if outcomes[each] is not Outcome.SAME]
    doubtful = [each for each in doubtful if each not in blind and not _refers_to(formulas[each], spoilt)]
    explained = _explained(doubtful, given, formulas, ledger)
    left = [each for each in doubtful if each not in explained]
    wrong = [_Wrong(each, FindingKind.NO_VALUE, None) for each in formulas if each.cell.kind is Kind.EMPTY]
    wrong += [_Wrong(each, _kind(each), given[each]) for each in left if outcomes[each] is Outcome.DIFFERENT]
    unable = [(each, why) for each in outside if isinstance(why := taken.apart(each), str)]
    unable = [(each, why) for each, why in unable if each.cell.kind is not Kind.ERROR]
    unable += [(each, _BLINDLY) for each in cached if each in blind and outcomes[each] is not Outcome.SAME]
    unable += [(each, _UNABLE) for each in left if outcomes[each] is Outcome.UNABLE]
    return Recomputed(len(formulas), tuple(_findings(wrong, name_of)), tuple(_complaints(unable)))


def _refers_to(formula: Formula, spoilt: Sequence[Area]) -> bool:
    return any(area.meets(other) for area in areas(list(formula.pieces)) for other in spoilt)


def evaluated(formulas: list[Formula], fetch: Fetch) -> list[Value]:
    """Evaluate formulas each on its own; `UNABLE` for all where they refer to more cells than can be loaded."""
    try:
        return evaluate(picked(formulas, fetch), fetch)
    except TooManyCellsError:
        return [UNABLE] * len(formulas)


def _cell(each: OutsideCell, value: Value) -> Cell:
    kinds = {type(None): Kind.EMPTY, bool: Kind.BOOLEAN, float: Kind.NUMBER}
    kind = kinds.get(type(value), Kind.TEXT)
    if isinstance(value, str) and value.startswith("#") and each.cell.value != value:
        kind = Kind.ERROR
    return Cell(each.cell.row, each.cell.column, None, kind, value)


def _outcome(each: OutsideCell, given: Value) -> Outcome:
    if each.cell.kind is Kind.ERROR and isinstance(given, str) and given.startswith("#"):
        return Outcome.SAME
    return compare_cells(each.cell, _cell(each, given), _TOLERANCE, each.digits)


def _explained(
    doubtful: list[OutsideCell], given: dict[OutsideCell, Value], formulas: dict[OutsideCell, Formula], ledger: Ledger
) -> set[OutsideCell]:
    """Return the cells that are right although their formula gives something else on what is cached around them."""
    explained: set[OutsideCell] = set()
    for explain in (_right_when_live, _right_but_for_rounding, _right_when_scaled):
        left = [each for each in doubtful if each not in explained]
        if left:
            explained |= explain(left, given, formulas, ledger)
    return explained


def _right_when_live(
    left: list[OutsideCell], _: dict[OutsideCell, Value], formulas: dict[OutsideCell, Formula], ledger: Ledger
) -> set[OutsideCell]:
    """Cells that hold what they should, while something that they refer to does not."""
    values = evaluated([formulas[each] for each in left], ledger.live)
    return {each for each, value in zip(left, values, strict=True) if _outcome(each, value) is Outcome.SAME}


def _right_but_for_rounding(
    left: list[OutsideCell], given: dict[OutsideCell, Value], formulas: dict[OutsideCell, Formula], ledger: Ledger
) -> set[OutsideCell]:
    """Cells that are off no further than the last digits of what they refer to can make them."""
    numeric = [each for each in left if each.cell.kind is Kind.NUMBER and isinstance(given[each], float)]
    digits = min((each.digits for each in numeric), default=ALL_DIGITS)
    spread = dict.fromkeys(numeric, 0.0)
    for seed in range(_SHAKES if numeric else 0):
        fetch = ledger.changed(partial(_shaken, digits=digits, seed=seed))
        for each, value in zip(numeric, evaluated([formulas[each] for each in numeric], fetch), strict=True):
            off = abs(value - _number(given[each])) if isinstance(value, float) else math.nan
            spread[each] = max(spread[each], off)
    return {each for each in numeric if abs(_number(each.cell.value) - _number(given[each])) <= _SAFETY * spread[each]}


def _right_when_scaled(
    left: list[OutsideCell], _: dict[OutsideCell, Value], formulas: dict[OutsideCell, Formula], ledger: Ledger
) -> set[OutsideCell]:
    """Cells that pick among numbers too small for the engine to tell apart."""
    picking = [each for each in left if any(piece.text.upper() in _LOOKUPS for piece in formulas[each].pieces)]
    values = evaluated([formulas[each] for each in picking], ledger.changed(lambda numbers: numbers * _SCALE))
    numbers = [(each, value) for each, value in zip(picking, values, strict=True) if isinstance(value, float)]
    return {each for each, value in numbers if Outcome.SAME in (_outcome(each, value), _outcome(each, value / _SCALE))}


def _shaken(numbers: Array, digits: int, seed: int) -> Array:
    """Move numbers by a part of their rounding errors, equal ones alike; whole numbers are exact."""
    # The last step of SplitMix64: numbers that lie close together, and seeds, move independently of each other.
    bits = numbers.view(np.uint64) + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    parts = (bits ^ (bits >> np.uint64(31))) / 2.0**63 - 1
    return np.where(numbers == np.rint(numbers), numbers, numbers + parts * rounding_errors(numbers, digits))


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _kind(each: OutsideCell) -> FindingKind:
    return FindingKind.ERROR_VALUE if each.cell.kind is Kind.ERROR else FindingKind.STALE_VALUE


def _findings(wrong: list[_Wrong], name_of: NameOf) -> Iterator[Finding]:
    """Make neighbours in a column that are wrong in the same way one finding."""
    ordered = sorted(wrong, key=lambda each: (each.each.sheet, each.each.cell.column, each.each.cell.row))
    numbered = ((each, each.each.cell.row - position) for position, each in enumerate(ordered))
    keyed = (
        (each, (each.each.sheet, each.each.cell.column, start, each.kind, name_of(*each.each.place)))
        for each, start in numbered
    )
    for key, group in groupby(keyed, key=lambda pair: pair[1]):
        cells = [each for each, _ in group]
        yield _finding(cells[0], cells[-1].each.cell.row, key[-1])


def _finding(first: _Wrong, last_row: int, quantity: str) -> Finding:
    cell = first.each.cell
    letter = get_column_letter(cell.column)
    said = {
        FindingKind.NO_VALUE: "the formula has no cached value; a reader that does not recalculate shows nothing here",
        FindingKind.ERROR_VALUE: "the cached value is an error, but the formula gives none; recalculate the workbook",
    }
    stale = "the cached value is not what the formula gives; recalculate the workbook"
    if isinstance(first.given, str):
        stale = (
            f"the formula gives “{first.given[:_MOST_TEXT]}”, which is not the cached value; recalculate the workbook"
        )
    return Finding(
        sheet=first.each.sheet,
        range=cell.address if last_row == cell.row else f"{cell.address}:{letter}{last_row}",
        count=last_row - cell.row + 1,
        quantity=quantity,
        kind=first.kind,
        message=said.get(first.kind, stale),
        found_formula=cell.formula,
        found_value=float(cell.value) if isinstance(cell.value, bool) else cell.value,
        expected_value=float(first.given) if isinstance(first.given, int | float) else None,
    )


def _complaints(unable: Iterable[tuple[OutsideCell, str]]) -> Iterator[str]:
    """Say of each sheet, and for each reason once, what could not be judged."""
    firsts: dict[tuple[str, str], list[OutsideCell]] = {}
    for each, why in unable:
        firsts.setdefault((each.sheet, why), []).append(each)
    for (sheet, why), cells in firsts.items():
        more = f" and {len(cells) - 1:,} more" if len(cells) > 1 else ""
        yield f"sheet {sheet}, {cells[0].cell.address}{more}: {why}"
