"""Formulas that are right on a few numbers, tried on many more: large and small sums, both signs, every branch.

One analytic expression that is right on random numbers is right everywhere. A comparison, IF, MAX, ABS or rounding may
do something else beyond some number, or in one row; so such formulas are evaluated on wider numbers, in each of their
rows where they ask for it, and on numbers found by bisection beside each of their thresholds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sheetgen.spreadsheet.formula import OF_PLACES
from sheetgen.types import Value
from sheetgen.verify.formulas.branches import CATCHING, RANDOM, ROUNDING, Condition, calls
from sheetgen.verify.formulas.equivalence import DRAWS, Probe, agrees
from sheetgen.verify.formulas.random_rows import Between, Draw, Source
from sheetgen.verify.formulas.trials import Subject, Trial, subject_of, try_on
from sheetgen.verify.formulas.verdicts import FormulaVerdicts, Verdict
from sheetgen.verify.read.labelled_sheets import LabelledSheets

WRONG = "it is wrong"
"""How the message begins where a formula is right on some numbers and wrong on others."""
_WIDE = (
    Draw(11, 1.0, (-2.0, 2.0), (-5.0, 5.0), (1e-3, 1e-2)),
    Draw(12, 2.0, (-30.0, 30.0), (-40.0, 40.0), (2.0, 5.0)),
    Draw(13, 3.0, (0.2, 1.0), (-0.5, 1.5), (20.0, 60.0), with_zero=True),
    Draw(14, 5.0, (-1.0, -0.1), (0.0, 1.0), (0.3, 1.7), with_zero=True),
    Draw(15, 10.0, (-3.0, 3.0), (0.0, 1.0), (5.0, 9.0)),
    Draw(16, 10.0, (0.5, 8.0), (-5.0, 5.0), (1e-4, 1e-3)),
    Draw(17, 20.0, (-1.0, 1.0), (-2.0, 2.0), (0.05, 0.2)),
    Draw(18, 40.0, (-10.0, 10.0), (-9.0, 9.0), (1.0, 3.0)),
    Draw(19, 40.0, (0.1, 1.0), (0.1, 0.9), (0.01, 0.1)),
    Draw(20, 2.0, (20.0, 60.0), (-40.0, -20.0), (0.3, 1.7)),
    Draw(21, 2.0, (20.0, 60.0), (20.0, 40.0), (0.3, 1.7)),
)
_FAR = (
    Draw(31, 150.0, (-100.0, 100.0), (-100.0, 100.0), (1e-8, 1e-6)),
    Draw(32, 1500.0, (-1000.0, 1000.0), (-1000.0, 1000.0), (1e2, 1e3)),
    Draw(33, 1500.0, (1.0, 1000.0), (-1000.0, 1000.0), (1e3, 1e4)),
    Draw(34, 1500.0, (-1000.0, -1.0), (-1000.0, 1000.0), (1e3, 1e4)),
)
_EXACT = 1e-14
_MOST_TRIALS = 600  # evaluations in search of branches, over all formulas of a table
# A number that is halved from afar lacks the last digits, so the way is measured anew now and then.
_HALVED_AT_ONCE, _HALVINGS, _HALVINGS_TO_EQUAL = 18, 1, 4
_MOST_ROWS = 500
_MOST_TEXT = 50


def try_wider_numbers(formulas: FormulaVerdicts, book: LabelledSheets) -> FormulaVerdicts:
    """Try the formulas that are right so far on wider numbers, in more rows and in each of their branches.

    Args:
        formulas: the verdicts.
        book: the workbook.

    Returns:
        The verdicts, with formulas that turn out wrong, and notes on branches that no number reached.
    """
    probe = Probe(formulas.reading, book)
    subjects = [subject_of(verdict, probe) if verdict.right else None for verdict in formulas.verdicts]
    examiner = _Examiner(formulas, probe, [subject for subject in subjects if subject])
    verdicts = list[Verdict]()
    for verdict, subject in zip(formulas.verdicts, subjects, strict=True):
        verdicts += [verdict] if subject is None else examiner.judge(subject)
    return replace(formulas, verdicts=tuple(verdicts))


class _Examiner:
    """Tries the formulas of a table, as long as there are trials left.

    Args:
        formulas: the verdicts.
        probe: evaluates formulas.
        subjects: the formulas that need more trials.
    """

    def __init__(self, formulas: FormulaVerdicts, probe: Probe, subjects: Sequence[Subject]) -> None:
        self._formulas = formulas
        self._reading = formulas.reading
        self._probe = probe
        self._left = _MOST_TRIALS
        draws = (*DRAWS, *_WIDE) if subjects else ()
        tried = [try_on(subjects, draw, probe, formulas.reading) for draw in draws]
        self._tried = {id(each[0]): list(each[1:]) for each in zip(subjects, *tried, strict=True)}

    def judge(self, subject: Subject) -> Iterator[Verdict]:
        """Yield the verdict on a formula, or those on parts of its rows."""
        verdict, trials = subject.verdict, self._tried[id(subject)]
        if subject.calls(RANDOM):
            yield verdict if self._may_be_random(subject) else _wrong(verdict, "it changes at every recalculation")
        elif self._rounds_alone(subject, trials[: len(DRAWS)]):
            yield _wrong(verdict, "it rounds its result, which most formulas of its column do not")
        else:
            for part in self._by_rows(subject):
                yield self._on_wider_numbers(subject, part, trials) if part.right else part

    def _may_be_random(self, subject: Subject) -> bool:
        """Tell whether a formula gives a first weight by chance."""
        group, table = subject.verdict.group, self._reading.table
        areas = (piece.area for each in subject.all for piece in each.pieces if piece.area)
        used = any(area.sheet == table.sheet.name and table.holds(*area[1:3]) for area in areas)
        return not used and group.name in self._reading.network.trained and group.row == table.first_row

    def _rounds_alone(self, subject: Subject, trials: list[Trial]) -> bool:
        """Tell whether a formula cuts off digits, and most of its column does not."""
        if not subject.calls(ROUNDING) or all(trial.within(_EXACT) for trial in trials):
            return False
        usual = self._formulas.commonest[subject.verdict.group.name]
        return not calls(usual.pieces, ROUNDING)

    def _by_rows(self, subject: Subject) -> Iterator[Verdict]:
        """Yield the verdict on a formula that asks for its row or iteration separately for right and wrong rows."""
        verdict, group = subject.verdict, subject.verdict.group
        if len(group.rows) < 2 or not self._depends_on_row(subject):
            yield verdict
            return
        rows = group.rows[np.unique(np.linspace(0, len(group.rows) - 1, _MOST_ROWS).astype(np.int64))]
        places = [(group.name, int(row)) for row in rows]
        tried = self._probe.run([self._probe.formula(group._replace(row=row)) for _, row in places], places)
        wrong = np.array([not all(map(agrees, *each)) for each in tried])
        left = np.setdiff1d(group.rows, rows[wrong])
        if len(left):
            untried = len(group.rows) - len(rows)
            notes = (f"it asks for its row, and {untried:,} of its rows were not tried",) if untried else ()
            yield replace(verdict, group=group._replace(row=int(left[0]), rows=left), notes=notes)
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            given, expected = tried[at][0][0], tried[at][1][0]
            said = f"with random numbers it gives {_number(given)} in row {rows[at]}, not {_number(expected)}"
            yield _wrong(replace(verdict, group=group._replace(row=int(rows[at]), rows=rows[wrong])), said)

    def _depends_on_row(self, subject: Subject) -> bool:
        iteration = self._reading.table.columns.get("iteration")
        areas = (piece.area for each in subject.all for piece in each.pieces if piece.area)
        return subject.calls(OF_PLACES) or any(area.first_column == iteration for area in areas)

    def _on_wider_numbers(self, subject: Subject, verdict: Verdict, trials: list[Trial]) -> Verdict:
        """Judge a formula by wider numbers, then by others beside its thresholds; note what these did not reach."""
        for search in (self._go_far, self._approach):
            if all(trial.fits for trial in trials):
                trials = [*trials, *search(subject, trials)]
        off = [trial for trial in trials if not trial.fits]
        if off:
            return _wrong(verdict, _how_wrong(subject, off, [trial for trial in trials if trial.fits]))
        reached = [{trial.truths[at] for trial in trials} for at in range(len(subject.conditions))]
        notes = [
            f"where {condition.text[:_MOST_TEXT]} {'holds' if side else 'does not hold'}"
            for condition, sides in zip(subject.conditions, reached, strict=True)
            for side in (True, False)
            if side not in sides and self._can_be_reached(condition)
        ]
        return replace(verdict, notes=(*verdict.notes, *dict.fromkeys(notes)))

    def _can_be_reached(self, condition: Condition) -> bool:
        """Tell whether numbers can reach both sides of a condition: it is not about rows, texts, blanks or errors."""
        if condition.is_guide or '"' in condition.text or calls(condition.truth, OF_PLACES | CATCHING):
            return False
        return any(area.first_column != self._reading.table.columns.get("iteration") for area in condition.areas)

    def _go_far(self, subject: Subject, trials: list[Trial]) -> Iterator[Trial]:
        """Try very large and small numbers where a side of a condition has not been reached."""
        sides = ({trial.truths[at] for trial in trials} for at in range(len(subject.conditions)))
        if all({True, False} <= each for each in sides) or subject.calls(CATCHING):
            return
        for draw in _FAR:
            yield from self._try(subject, draw)

    def _approach(self, subject: Subject, trials: list[Trial]) -> Iterator[Trial]:
        """Approach each threshold by bisection, from both sides."""
        for at, condition in enumerate(subject.conditions):
            below, above = (next((each for each in trials if each.truths[at] is side), None) for side in (False, True))
            if below and above and (condition.is_guide or not condition.about_sign):
                yield from self._bisect(subject, at, below.source, above.source)

    def _bisect(self, subject: Subject, at: int, below: Source, above: Source) -> Iterator[Trial]:
        """Halve the way between numbers for which a condition does not hold and others for which it does."""
        for _ in range(_HALVINGS_TO_EQUAL if subject.conditions[at].is_guide else _HALVINGS):
            low, high = 0.0, 1.0
            for _ in range(_HALVED_AT_ONCE):
                share = (low + high) / 2
                for trial in self._try(subject, Between(below, above, share)):
                    low, high = (low, share) if trial.truths[at] else (share, high)
                    yield trial
            below, above = Between(below, above, low), Between(below, above, high)

    def _try(self, subject: Subject, source: Source) -> list[Trial]:
        self._left -= 1
        return try_on([subject], source, self._probe, self._reading) if self._left >= 0 else []


def _wrong(verdict: Verdict, why: str) -> Verdict:
    return replace(verdict, right=False, problem=why)


def _how_wrong(subject: Subject, off: list[Trial], fitting: list[Trial]) -> str:
    """Say on which numbers a formula is wrong, and which condition tells them from those on which it is right."""
    first = off[0]
    for at, condition in enumerate(subject.conditions):
        side = first.truths[at]
        apart = side is not None and all(each.truths[at] == side for each in off)
        if apart and not condition.is_guide and all(each.truths[at] == (not side) for each in fitting):
            where = f"where {condition.text[:_MOST_TEXT]}{'' if side else ' does not hold'}"
            break
    else:
        where = "on other numbers"
    given = f"with {first.shown} it gives {_number(first.result)}, not {_number(first.expected)}"
    return f"{WRONG} {where}: {given}"


def _number(value: Value) -> str:
    return f"{value:.6g}" if isinstance(value, float) else f"“{value}”"
