"""Cells without a formula: typed numbers, empty cells, texts, and the cells outside a table that feed it."""

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.opened_workbook import Cell, Kind
from sheetgen.types import Array, Mask, Place, Rows
from sheetgen.verify.column_findings import ColumnFinding, always
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.verdicts import FormulaVerdicts
from sheetgen.verify.read.feeding_cells import references
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.labels import quantity_of
from sheetgen.verify.values.cached_numbers import as_number, commonest
from sheetgen.verify.values.consistency import ValueVerdicts

_TYPED_SHARE = 0.5
_SAME = 1e-9
_ETA = "η"
_MOST_SOURCES = 10
_MERE_REFERENCE = re.compile(r"=\+?(?:(?:'[^']+'|\w+)!)?\$?[A-Za-z]{1,3}\$?\d+")
NO_VALUE = "the formula has no cached value; a reader that does not recalculate shows nothing here"


def find_constants(formulas: FormulaVerdicts, values: ValueVerdicts, book: LabelledSheets) -> Iterator[ColumnFinding]:
    """Find cells without a formula where one belongs, and given ones without a usable number."""
    reading = formulas.reading
    for name in reading.judged:
        column = reading.table.column(name)
        plain = column.formulas < 0
        given = _given(reading, name, book)
        yield from _not_a_number(name, plain, given, column.kinds, reading)
        numbers = plain & ((column.kinds == Kind.NUMBER) | (column.kinds == Kind.BOOLEAN))
        typed = numbers & ~given
        if typed.any():
            yield _hard_coded(name, typed, values)
        if name == "iteration" and given.all():
            yield from _miscounted(name, numbers, values)
        elif name in reading.network.data:
            taken_over = formulas.right[name] & (column.kinds == Kind.NUMBER)  # by reference, among typed numbers
            yield from _odd_one(name, (numbers | taken_over) & given, values, reading)


def _hard_coded(name: str, typed: Mask, values: ValueVerdicts) -> ColumnFinding:
    """Say whether typed numbers are right, and to how many digits."""
    found = values.numbers.cached[name]
    course = values.trajectory.get(name, np.full(len(found), np.nan))
    best = np.fmax(_right_digits(found, values.implied.get(name, course)), _right_digits(found, course))

    def message(rows: Rows) -> str:
        what = (
            "a typed number stands where a formula belongs"
            if len(rows) == 1
            else (f"typed numbers stand in {len(rows):,} cells where formulas belong")
        )
        return f"{what}; {_how_right(best[rows])}"

    return ColumnFinding(name, FindingKind.HARD_CODED, typed, message)


def _right_digits(found: Array, expected: Array) -> Array:
    """Count the leading digits to which numbers agree; 17 where they are equal, nan where it is not known."""
    with np.errstate(all="ignore"):
        off = np.abs(found - expected) / np.abs(expected)
        return np.where(found == expected, 17.0, np.clip(np.floor(-np.log10(off)), 0, 17))


def _given(reading: Reading, name: str, book: LabelledSheets) -> Mask:
    """Return the rows in which a typed number is legitimate."""
    formulas = reading.table.column(name).formulas
    given = np.zeros(reading.table.rows, dtype=np.bool_)
    if name in reading.network.trained:
        given[0] = True
    elif name in reading.network.data or name == "iteration":
        # In a live column, a number pasted over a formula is out of place, except in the first rows if the formulas
        # below refer back to them.
        if (formulas >= 0).mean() <= _TYPED_SHARE:
            given[:] = True
        elif name == "iteration" or _leads_back(reading, name, book):
            given[: reading.samples] = True
    return given


def _leads_back(reading: Reading, name: str, book: LabelledSheets) -> bool:
    """Tell whether formulas of a column refer to the column itself."""
    table = reading.table
    for template, steps in table.column(name).by_template():
        row = table.first_row + int(steps[0])
        if any(
            table.holds(area.first_row, area.first_column) == name for area in references(table, template, row, book)
        ):
            return True
    return False


def _not_a_number(
    name: str, plain: Mask, given: Mask, kinds: NDArray[np.int8], reading: Reading
) -> Iterator[ColumnFinding]:
    """Find empty cells, texts and typed errors."""
    empty = plain & (kinds == Kind.EMPTY)
    if empty.any():
        yield ColumnFinding(name, FindingKind.EMPTY, empty & given, always("a number is missing here"))
        yield ColumnFinding(
            name, FindingKind.EMPTY, empty & ~given, always("nothing stands here; a formula is missing")
        )
    yield ColumnFinding(name, FindingKind.ERROR_VALUE, plain & (kinds == Kind.ERROR), always("an error is typed here"))
    for place in np.flatnonzero(plain & (kinds == Kind.TEXT)):
        mask = np.zeros(len(plain), dtype=np.bool_)
        mask[place] = True
        key = (int(place) + reading.table.first_row, reading.table.columns[name])
        spelt = np.isfinite(as_number(reading.table.sheet.texts.get(key, "")))
        what = "the number is stored as text" if spelt else "a text stands where a number belongs"
        if not spelt and not given[place]:
            what = "a text stands where a formula belongs"
        yield ColumnFinding(name, FindingKind.BAD_INPUT, mask, always(what))


def _miscounted(name: str, typed: Mask, values: ValueVerdicts) -> Iterator[ColumnFinding]:
    """Find where typed iteration numbers do not increase by one."""
    counts = values.numbers.cached[name]
    usual = commonest(counts - np.arange(len(counts)))
    off = typed & (counts - np.arange(len(counts)) != usual) & np.isfinite(counts)
    if off.any() and off.mean() <= _TYPED_SHARE:
        yield ColumnFinding(
            name, FindingKind.BAD_INPUT, off, always("the count is broken here; it goes on by 1 from row to row")
        )


def _odd_one(name: str, held: Mask, values: ValueVerdicts, reading: Reading) -> Iterator[ColumnFinding]:
    """Find data that differs from the usual value of its typed column, or of its sample there."""
    if reading.samples >= reading.table.rows:
        return
    numbers = values.numbers.cached[name]
    period = reading.samples if reading.network.repeats_with_samples(name) else 1
    usual = np.resize([commonest(numbers[sample::period]) for sample in range(period)], len(numbers))
    off = held & (np.abs(numbers - usual) > _SAME * np.abs(usual)) & np.isfinite(numbers)
    for place in np.flatnonzero(off):
        mask = np.zeros(len(off), dtype=np.bool_)
        mask[place] = True
        what = f"{numbers[place]:.10g} stands here, {usual[place]:.10g} in the other rows"
        yield ColumnFinding(name, FindingKind.BAD_INPUT, mask, always(what))


def _how_right(digits: Array) -> str:
    known = digits[np.isfinite(digits)]
    if not len(known):
        return "whether they are right cannot be said" if len(digits) > 1 else "whether it is right cannot be said"
    least, several = int(known.min()), len(digits) > 1
    if least >= 12:
        return "all are right" if several else "its value is right"
    if least >= 3:
        return f"right to {least} digits{' or more' if several else ''}"
    if not several:
        return "its value is wrong"
    wrong = int((known < 3).sum())
    return f"{wrong:,} of them are wrong"


def find_bad_feeds(reading: Reading, book: LabelledSheets) -> Iterator[Finding]:
    """Find the cells outside the table that should hold a number but do not."""
    if reading.eta is not None:
        yield from _bad(reading.eta, _ETA, book)
        yield from _mistaken_rate(reading.eta, book)
    elif reading.rate is None and _has_live_updates(reading):
        yield _no_rate(reading)
    for place, feed in reading.feeds.items():
        yield from _bad(place, feed.name, book)


def badly_fed(reading: Reading) -> set[str]:
    """Return the quantities, possibly `η`, that are fed by a cell outside the table which holds no number."""
    fed = {feed.name for feed in reading.feeds.values() if feed.number is None}
    return fed | ({_ETA} if reading.eta is not None and reading.rate is None else set())


def _sources(place: Place, book: LabelledSheets) -> list[Place]:
    """List a cell and those that it takes its value from, each by a mere reference to the next."""
    found = [place]
    while len(found) <= _MOST_SOURCES:
        cell, areas = book.cell(*found[-1]), book.precedents(found[-1])
        if cell is None or cell.formula is None or not _MERE_REFERENCE.fullmatch(cell.formula) or len(areas) != 1:
            break
        found.append((areas[0].sheet, areas[0].first_row, areas[0].first_column))
    return list(dict.fromkeys(found))


def _mistaken_rate(eta: Place, book: LabelledSheets) -> Iterator[Finding]:
    """Find where the learning rate is taken from a cell that is labelled as something else."""
    for place, (sheet, row, column) in pairwise(_sources(eta, book)):
        label = quantity_of(book.sheet(sheet).texts.get((row, column - 1), ""))
        if label is None or label == "eta":
            continue
        cell, address = book.cell(*place), f"{get_column_letter(column)}{row}"
        source = address if sheet == place[0] else f"{sheet}!{address}"
        message = f"the learning rate is taken from {source}, whose label says {label}"
        own = f"{get_column_letter(place[2])}{place[1]}"
        formula, number = (cell.formula if cell else None), book.number(*place)
        yield Finding(place[0], own, 1, _ETA, FindingKind.WRONG_FORMULA, message, formula, found_value=number)


def _bad(place: Place, name: str, book: LabelledSheets) -> Iterator[Finding]:
    place = next((source for source in reversed(_sources(place, book)) if _what(book.cell(*source))), place)
    cell = book.cell(*place)
    what = _what(cell)
    if what is not None:
        kind, message = what
        sheet, row, column = place
        value = cell.value if cell else None
        yield Finding(
            sheet=sheet,
            range=f"{get_column_letter(column)}{row}",
            count=1,
            quantity=name,
            kind=kind,
            message=message,
            found_formula=cell.shown_formula if cell else None,
            found_value=value if isinstance(value, str) or value is None else float(value),
        )


def _what(cell: Cell | None) -> tuple[FindingKind, str] | None:
    if cell is None:
        return FindingKind.EMPTY, "a number is missing here"
    if cell.kind is Kind.EMPTY:
        return FindingKind.NO_VALUE, NO_VALUE
    if cell.kind is Kind.ERROR:
        return FindingKind.ERROR_VALUE, "an error stands where a number belongs"
    if cell.kind is Kind.TEXT:
        return FindingKind.BAD_INPUT, "a text stands where a number belongs"
    return None


def _has_live_updates(reading: Reading) -> bool:
    columns = [reading.table.column(name) for name in reading.network.trained if name in reading.table.columns]
    return any((column.formulas[1:] >= 0).any() for column in columns)


def _no_rate(reading: Reading) -> Finding:
    name = next(name for name in reading.network.trained if name in reading.table.columns)
    row = min(reading.table.first_row + 1, reading.table.last_row)
    address = reading.table.address(name, row)
    message = "no learning rate was found: neither a cell that the updates refer to, nor a number in them"
    return Finding(reading.table.sheet.name, address, 1, name, FindingKind.BAD_INPUT, message)
