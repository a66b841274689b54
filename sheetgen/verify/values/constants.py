"""What is wrong with the cells of a table, looked at one by one: their formulas, and what they hold."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.workbook import Kind
from sheetgen.verify.causes import Cause, Mask, always, runs
from sheetgen.verify.findings import FindingKind
from sheetgen.verify.formulas.equivalence import Verdict
from sheetgen.verify.read.interpretation import Model, references
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.values.consistency import Values, as_number, commonest

_TYPED_SHARE = 0.5
_SAME = 1e-9


def judged_names(model: Model) -> list[str]:
    """List the quantities of a table's columns that are judged, in the order of the columns."""
    known = model.network.quantities
    return [name for name in sorted(model.table.columns, key=model.table.columns.__getitem__) if name in known]


def right_cells(model: Model, verdicts: Sequence[Verdict]) -> dict[str, Mask]:
    """Return, for each column, the rows whose formula is right."""
    right = {name: np.zeros(model.table.rows, dtype=np.bool_) for name in model.table.columns}
    for verdict in verdicts:
        if verdict.right:
            right[verdict.group.name][verdict.group.rows - model.table.first_row] = True
    return right


def find_unlive(model: Model, values: Values, implied: dict[str, NDArray[np.float64]]) -> Iterator[Cause]:
    """Find the cells that hold no formula where one belongs, and given ones that hold no usable number."""
    for name in judged_names(model):
        column = model.table.column(name)
        plain = column.formulas < 0
        given = _given(model, name, values.source)
        yield from _not_a_number(name, plain, given, column.kinds, model)
        numbers = plain & ((column.kinds == Kind.NUMBER) | (column.kinds == Kind.BOOLEAN))
        typed = numbers & ~given
        if typed.any():
            yield hard_coded(name, typed, values, implied)
        if name == "iteration" and given.all():
            yield from _miscounted(name, numbers, values)
        elif name in model.network.data:
            yield from _odd_one(name, numbers & given, values, model)


def find_unfinished(model: Model) -> Iterator[tuple[str, int, int]]:
    """Yield the columns of rows that stop half way, with the first and last row of what is missing."""
    if model.table.unfinished is None:
        return
    first, last = model.table.unfinished
    for name in judged_names(model):
        cells = model.table.sheet.columns.get(model.table.columns[name])
        held = set() if cells is None else set(cells.rows)
        missing = np.array([row not in held for row in range(first, last + 1)])
        for run in runs(missing):
            yield name, first + int(run[0]), first + int(run[-1])


def hard_coded(name: str, typed: Mask, values: Values, implied: dict[str, NDArray[np.float64]]) -> Cause:
    """Say of typed numbers whether they are right, and to how many digits."""
    found = values.cached[name]
    course = values.trajectory[name] if values.trajectory and name in values.trajectory else np.full(len(found), np.nan)
    best = np.fmax(right_digits(found, implied.get(name, course)), right_digits(found, course))

    def message(rows: NDArray[np.int64]) -> str:
        what = (
            "a typed number stands where a formula belongs"
            if len(rows) == 1
            else (f"typed numbers stand in {len(rows):,} cells where formulas belong")
        )
        return f"{what}; {_how_right(best[rows])}"

    return Cause(name, FindingKind.HARD_CODED, typed, message)


def right_digits(found: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count the leading digits in which numbers agree; 17 where they are the same, nan where it is not known."""
    with np.errstate(all="ignore"):
        off = np.abs(found - expected) / np.abs(expected)
        return np.where(found == expected, 17.0, np.clip(np.floor(-np.log10(off)), 0, 17))


def _given(model: Model, name: str, source: Source) -> Mask:
    """Return the rows in which a typed number is in place."""
    formulas = model.table.column(name).formulas
    given = np.zeros(model.table.rows, dtype=np.bool_)
    if name in model.network.trained:
        given[0] = True
    elif name in model.network.data or name == "iteration":
        # Where the column is live, a number that is pasted over a formula is not in place, but for the first ones, if
        # the formulas below lead back to them.
        if (formulas >= 0).mean() <= _TYPED_SHARE:
            given[:] = True
        elif name == "iteration" or _leads_back(model, name, source):
            given[: model.samples] = True
    return given


def _leads_back(model: Model, name: str, source: Source) -> bool:
    """Tell whether formulas of a column refer to the column itself."""
    table, formulas = model.table, model.table.column(name).formulas
    for template in np.unique(formulas[formulas >= 0]):
        row = table.first_row + int(np.flatnonzero(formulas == template)[0])
        if any(
            table.holds(area.first_row, area.first_column) == name for area in references(table, template, row, source)
        ):
            return True
    return False


def _not_a_number(name: str, plain: Mask, given: Mask, kinds: NDArray[np.int8], model: Model) -> Iterator[Cause]:
    """Find what is empty, a text or a typed error."""
    empty = plain & (kinds == Kind.EMPTY)
    if empty.any():
        yield Cause(name, FindingKind.EMPTY, empty & given, always("a number is missing here"))
        yield Cause(name, FindingKind.EMPTY, empty & ~given, always("nothing stands here; a formula is missing"))
    yield Cause(name, FindingKind.ERROR_VALUE, plain & (kinds == Kind.ERROR), always("an error is typed here"))
    for place in np.flatnonzero(plain & (kinds == Kind.TEXT)):
        mask = np.zeros(len(plain), dtype=np.bool_)
        mask[place] = True
        key = (int(place) + model.table.first_row, model.table.columns[name])
        spelt = np.isfinite(as_number(model.table.sheet.texts.get(key, "")))
        what = "the number is stored as text" if spelt else "a text stands where a number belongs"
        if not spelt and not given[place]:
            what = "a text stands where a formula belongs"
        yield Cause(name, FindingKind.BAD_INPUT, mask, always(what))


def _miscounted(name: str, typed: Mask, values: Values) -> Iterator[Cause]:
    """Find where typed iteration numbers do not go on by one."""
    counts = values.cached[name]
    usual = commonest(counts - np.arange(len(counts)))
    off = typed & (counts - np.arange(len(counts)) != usual) & np.isfinite(counts)
    if off.any() and off.mean() <= _TYPED_SHARE:
        yield Cause(
            name, FindingKind.BAD_INPUT, off, always("the count is broken here; it goes on by 1 from row to row")
        )


def _odd_one(name: str, typed: Mask, values: Values, model: Model) -> Iterator[Cause]:
    """Find a typed input or target that differs from all others of its column."""
    if model.samples >= model.table.rows:
        return
    numbers = values.cached[name]
    period = model.samples if model.network.repeats_with_samples(name) else 1
    usual = np.resize([commonest(numbers[sample::period]) for sample in range(period)], len(numbers))
    off = typed & (np.abs(numbers - usual) > _SAME * np.abs(usual)) & np.isfinite(numbers)
    for place in np.flatnonzero(off):
        mask = np.zeros(len(off), dtype=np.bool_)
        mask[place] = True
        what = f"{numbers[place]:.10g} stands here, {usual[place]:.10g} in the other rows"
        yield Cause(name, FindingKind.BAD_INPUT, mask, always(what))


def _how_right(digits: NDArray[np.float64]) -> str:
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
