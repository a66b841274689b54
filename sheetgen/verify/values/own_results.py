"""Values that look stale although their own formulas give them: what stands there is the formula's doing.

A right formula may, in one row, do something that no random numbers show: a condition on the row, a rounding far behind
the point. Then its value does not follow from its label, but recalculating would change nothing.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sheetgen.spreadsheet.formula import OF_PLACES
from sheetgen.spreadsheet.formula_engine import Content, TooManyCellsError, evaluate, one_by_one
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Mask, Rows
from sheetgen.verify.formulas.branches import RANDOM, ROUNDING, calls
from sheetgen.verify.formulas.equivalence import Probe
from sheetgen.verify.formulas.trials import Subject, subject_of
from sheetgen.verify.formulas.verdicts import FormulaVerdicts, Verdict
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.values.consistency import ValueVerdicts

_EXPLAINED, _GROSS = 0.01, 1e-6
_SAMPLE, _MOST_CELLS = 50, 5_000


def judge_own_results(
    formulas: FormulaVerdicts, values: ValueVerdicts, book: LabelledSheets
) -> tuple[FormulaVerdicts, ValueVerdicts]:
    """Take values that their own formulas give off the stale ones; where the formula is to blame, it is wrong.

    Args:
        formulas: the verdicts on the formulas.
        values: the verdicts on the values.
        book: the workbook.
    """
    if not any(mask.any() for mask in values.stale.values()):
        return formulas, values
    probe, first = Probe(formulas.reading, book), formulas.reading.table.first_row
    stale, verdicts = {name: mask.copy() for name, mask in values.stale.items()}, list[Verdict]()
    for verdict in formulas.verdicts:
        rows = _explained(verdict, values, probe, book) if verdict.right else verdict.group.rows[:0]
        if len(rows):
            stale[verdict.group.name][rows - first] = False
        verdicts += _split(values, verdict, rows, formulas.commonest[verdict.group.name], probe)
    return replace(formulas, verdicts=tuple(verdicts)), replace(values, stale=stale)


def _explained(verdict: Verdict, values: ValueVerdicts, probe: Probe, book: LabelledSheets) -> Rows:
    """Return the rows whose stale value is what the formula gives with the cached values of its precedents."""
    group, first = verdict.group, values.numbers.reading.table.first_row
    mask = values.stale.get(group.name)
    rows = group.rows[:0] if mask is None else group.rows[mask[group.rows - first]][:_MOST_CELLS]
    sample = rows[np.unique(np.linspace(0, len(rows) - 1, _SAMPLE).astype(np.int64))] if len(rows) else rows
    found = sample[_gives_cached(verdict, sample, values, probe, book)]
    return rows[_gives_cached(verdict, rows, values, probe, book)] if 0 < len(found) < len(rows) else found


def _gives_cached(verdict: Verdict, rows: Rows, values: ValueVerdicts, probe: Probe, book: LabelledSheets) -> Mask:
    """Tell where a formula gives its cached value, much more closely than the value that its label implies."""
    name, first = verdict.group.name, values.numbers.reading.table.first_row

    def content(sheet: str, row: int, column: int) -> Content:
        cell = book.cell(sheet, row, column)
        return None if cell is None or cell.kind is Kind.ERROR else cell.value

    formulas = [probe.formula(verdict.group._replace(row=int(row))) for row in rows]
    try:
        given = evaluate(formulas, one_by_one(content, book.extent)) if formulas else []
    except TooManyCellsError:
        given = [None] * len(formulas)
    own = np.array([result if isinstance(result, float) else np.nan for result in given])
    cached, implied = values.numbers.cached[name][rows - first], values.expected(name)[rows - first]
    return np.asarray(np.abs(own - cached) <= _EXPLAINED * np.abs(implied - cached))


def _split(values: ValueVerdicts, verdict: Verdict, rows: Rows, usual: Verdict, probe: Probe) -> Iterator[Verdict]:
    """Yield a verdict, apart from the rows in which the formula does something of its own."""
    subject = subject_of(verdict, probe) if len(rows) else None
    if subject is None and "relu" not in values.numbers.reading.network.activations:
        rows = rows[:0]  # one analytic expression that was right on random numbers is right here
    elif subject is None or not _is_special(subject, usual):
        rows = rows[_is_gross(values, verdict, rows)]
    left = np.setdiff1d(verdict.group.rows, rows)
    if len(left):
        yield replace(verdict, group=verdict.group._replace(row=int(left[0]), rows=left)) if len(rows) else verdict
    if len(rows):
        why = "with the numbers of this row it does not give what its label says, though it does with others"
        yield replace(verdict, group=verdict.group._replace(row=int(rows[0]), rows=rows), right=False, problem=why)


def _is_gross(values: ValueVerdicts, verdict: Verdict, rows: Rows) -> Mask:
    """Tell where a value is off by more than rounding could explain."""
    places = rows - values.numbers.reading.table.first_row
    cached, implied = values.numbers.cached[verdict.group.name][places], values.expected(verdict.group.name)[places]
    return np.asarray(np.abs(cached - implied) > _GROSS * (np.abs(cached) + np.abs(implied)))


def _is_special(subject: Subject, usual: Verdict) -> bool:
    """Tell whether a formula has something that others of its column lack, and that can single out a row."""
    if subject.calls(ROUNDING) and calls(usual.pieces, ROUNDING):
        return False
    signs = all(condition.about_sign or condition.is_guide for condition in subject.conditions)
    return subject.calls(ROUNDING | OF_PLACES | RANDOM) or not signs
