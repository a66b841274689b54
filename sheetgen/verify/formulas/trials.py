"""One formula on one assignment of numbers: what came of it, and on which side of each of its conditions it was."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.types import Value
from sheetgen.verify.formulas.branches import Condition, calls, conditions, is_smooth
from sheetgen.verify.formulas.equivalence import Probe
from sheetgen.verify.formulas.random_rows import Assignment, Source
from sheetgen.verify.formulas.verdicts import Verdict
from sheetgen.verify.read.interpretation import Reading

# A difference below this share of a formula's terms is not told from rounding, or from a guard against overflow.
_SHARE = 1e-8
_MOST_SHOWN = 3


class Subject(NamedTuple):
    """A formula on trial, those of the cells outside the table that it depends on, and the conditions of all.

    Attributes:
        verdict: the verdict so far.
        formula: the formula.
        all: the formula and the others.
        conditions: those that refer to cells.
        truths: for each, a formula that gives whether it holds.
    """

    verdict: Verdict
    formula: Formula
    all: list[Formula]
    conditions: list[Condition]
    truths: list[Formula]

    @property
    def parts(self) -> list[Formula]:
        """What is evaluated: the formula, then whether each condition holds."""
        return [self.formula, *self.truths]

    def calls(self, functions: frozenset[str]) -> bool:
        """Tell whether any of the formulas calls one of some functions."""
        return any(calls(each.pieces, functions) for each in self.all)


class Trial(NamedTuple):
    """What came of a formula on one assignment.

    Attributes:
        source: the assignment's numbers.
        result: what the formula gave.
        expected: what it should have given; nan where that is not clear.
        magnitude: how large the terms are that it adds up.
        truths: for each condition whether it held; None where it gave no truth value.
        shown: the values of the quantities that it refers to, in words.
    """

    source: Source
    result: Value
    expected: float
    magnitude: float
    truths: tuple[bool | None, ...]
    shown: str

    @property
    def fits(self) -> bool:
        """Whether the result is right, or says nothing: an overflow, or a slope that is not clear."""
        return self.within(_SHARE)

    def within(self, share: float) -> bool:
        """Tell whether the result is off by no more than a share of its terms, or says nothing."""
        if not isinstance(self.result, float):
            return isinstance(self.result, str) and self.result.startswith("#")
        if not isfinite(self.result) or not isfinite(self.expected):
            return True
        return abs(self.result - self.expected) <= share * (self.magnitude + abs(self.expected))


def subject_of(verdict: Verdict, probe: Probe) -> Subject | None:
    """Return a formula with all that it depends on; None if it is one analytic expression."""
    formula = Formula(verdict.pieces, verdict.group.row, probe.column(verdict.group))
    found = probe.with_helpers(formula)
    if all(is_smooth(each.pieces) for each in found):
        return None
    pairs = [(each, condition) for each in found for condition in conditions(each.pieces) if condition.areas]
    truths = [each._replace(pieces=condition.truth) for each, condition in pairs]
    return Subject(verdict, formula, found, [condition for _, condition in pairs], truths)


def try_on(subjects: Sequence[Subject], source: Source, probe: Probe, reading: Reading) -> list[Trial]:
    """Evaluate formulas together on one assignment."""
    places = [(each.verdict.group.name, each.verdict.group.row) for each in subjects]
    results, assignment = probe.on([part for each in subjects for part in each.parts], places, source)
    trials, at = [], 0
    for subject in subjects:
        own = results[at : at + len(subject.parts)]
        at += len(own)
        trials.append(_trial(subject, own, source, assignment, reading))
    return trials


def _trial(subject: Subject, own: list[Value], source: Source, assignment: Assignment, reading: Reading) -> Trial:
    group = subject.verdict.group
    smooth = assignment.is_smooth(group.row)
    return Trial(
        source,
        own[0],
        assignment.expected(group.name, group.row) if smooth else np.nan,
        assignment.magnitude(group.name, group.row),
        tuple(bool(held) if isinstance(held, float) else None for held in own[1:]),
        _shown(subject, assignment, reading),
    )


def _shown(subject: Subject, assignment: Assignment, reading: Reading) -> str:
    """Say what the assignment has in some of the cells that a formula refers to."""
    areas = dict.fromkeys(piece.area for piece in subject.formula.pieces if piece.area and piece.area.is_cell)
    said = []
    for area in areas:
        name = _name(area, reading)
        if name is not None:
            value = assignment.eta if name == "η" else assignment.value(name, area.first_row)
            said.append(f"{name} = {value:.4g}")
    return ", ".join(said[:_MOST_SHOWN])


def _name(area: Area, reading: Reading) -> str | None:
    if area.corner == reading.eta:
        return "η"
    name = reading.table.holds(area.first_row, area.first_column) if area.sheet == reading.table.sheet.name else None
    return name if name in reading.network.quantities else None
