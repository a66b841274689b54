"""Do the lesson sheets show what they say? Each formula is tried on other choices, and on other numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sheetgen.spreadsheet.workbook import Cell, Kind
from sheetgen.verify.elsewhere.cell_contents import Ledger
from sheetgen.verify.elsewhere.chosen import LESSONS, chosen_cells, has_lessons
from sheetgen.verify.elsewhere.course import Beginning, Course
from sheetgen.verify.elsewhere.formulas import Place
from sheetgen.verify.elsewhere.recompute import evaluated
from sheetgen.verify.elsewhere.shown import NEW, Shown, find_shown
from sheetgen.verify.elsewhere.table_outline import Outline
from sheetgen.verify.elsewhere.trial import Choice, Trial, Tried
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.equivalence import agrees
from sheetgen.verify.read.sheet_cache import Source


@dataclass(frozen=True)
class LessonVerdict:
    """What was found on the lesson sheets.

    Attributes:
        findings: what is wrong.
        complaints: what could not be judged.
        typed: how many cells were judged that hold no formula.
    """

    findings: tuple[Finding, ...] = ()
    complaints: tuple[str, ...] = ()
    typed: int = 0


def judge_lesson(source: Source, ledger: Ledger, outlines: Sequence[Outline]) -> LessonVerdict:
    """Judge the cells of the lesson sheets that a label says to hold a quantity of the chosen iteration.

    There is nothing to judge where the workbook has no names for what is chosen.
    """
    chosen = chosen_cells(source) if has_lessons(source.workbook) else None
    trial = Trial(ledger, outlines, chosen) if chosen else None
    if chosen is None or trial is None or not trial.tables:
        return LessonVerdict()
    shown = list(_shown(source, ledger, trial))
    actual = _Actual(trial, _choice(*chosen, source, trial))
    tried = dict(zip(shown, trial.run(shown), strict=True))
    wrong = [each for each in shown if not _is_right(each, tried[each])]
    again = dict(zip(wrong, trial.run(wrong, repaired=wrong), strict=True)) if wrong else {}
    findings, complaints = [], []
    for each in wrong:
        if _is_right(each, again[each]):
            continue  # it is off only because of another
        if each.typed is not None:
            findings.append(_typed(each, actual))
        elif tried[each]:
            findings.append(_wrong(each, tried[each], trial, actual))
        elif actual.contradicts(each):
            findings.append(_finding(each, each.cell, FindingKind.WRONG_FORMULA, _NOT_IT.format(each.quantity), actual))
        else:
            complaints.append(f"sheet {each.sheet}, {each.cell.address}: the formula could not be tried")
    return LessonVerdict(tuple(findings), tuple(complaints), sum(each.cell.formula is None for each in shown))


def _is_right(each: Shown, tried: list[Tried]) -> bool:
    return each.cell.formula is not None and bool(tried) and all(one.right for one in tried)


_NOT_IT = "this is not {} of the chosen iteration"


class _Actual:
    """What the lesson sheets should show for the choice in the file: the table's own run, by the reference."""

    def __init__(self, trial: Trial, choice: Choice | None) -> None:
        self._outline = None if choice is None else trial.tables[choice.sheet]
        self.choice = choice

    @cached_property
    def _course(self) -> Course | None:
        if self._outline is None or self.choice is None or self._outline.rate is None:
            return None
        beginning = Beginning(self._outline.begins, self._outline.rate)
        known = np.isfinite([*beginning.data.values(), beginning.rate]).all()
        return Course(self._outline, beginning, self.choice.iteration + 1) if known else None

    def value(self, quantity: str) -> float | None:
        """Return a quantity, None where it cannot be said."""
        value = None
        if self._course is not None and self.choice is not None:
            value = self._course.value(quantity, self.choice.iteration)
        return value if value is not None and np.isfinite(value) else None

    def contradicts(self, each: Shown) -> bool:
        """Tell whether a cell shows something else."""
        value = self.value(each.quantity)
        held = each.cell.value
        return value is not None and isinstance(held, float) and not agrees(held, value)


def _shown(source: Source, ledger: Ledger, trial: Trial) -> Iterator[Shown]:
    quantities = frozenset(name for outline in trial.tables.values() for name in _quantities(outline))
    for sheet in (source.sheet(name) for name in source.workbook.sheet_names if name in LESSONS):

        def number(cell: Cell, sheet: str = sheet.name) -> bool:
            formula = ledger.formula((sheet, cell.row, cell.column))
            value = evaluated([formula], ledger.live)[0] if formula else None
            return isinstance(value, float) or (isinstance(value, str) and value.startswith("#"))

        yield from find_shown(sheet, quantities, number)


def _quantities(outline: Outline) -> Iterable[str]:
    network = outline.network
    return (network.quantities - {"iteration"}) | {f"{NEW}{name}" for name in network.trained}


def _choice(sheet: Place, iteration: Place, source: Source, trial: Trial) -> Choice | None:
    """Return what is chosen in the file, None where there is no such row."""
    held, number = source.cell(*sheet), source.number(*iteration)
    table = trial.tables.get(str(held.value)) if held else None
    if table is None or number is None or not number.is_integer() or not 0 <= number < table.rows:
        return None
    return Choice(table.sheet, int(number))


def _typed(each: Shown, actual: _Actual) -> Finding:
    message = "a typed number stands where a formula belongs, and does not follow what is chosen"
    return _finding(each, each.typed or each.cell, FindingKind.HARD_CODED, message, actual)


def _wrong(each: Shown, tried: list[Tried], trial: Trial, actual: _Actual) -> Finding:
    wrong = [one for one in tried if not one.right]
    what = _NOT_IT.format(each.quantity)
    if len({one.result for one in tried}) == 1:
        what = f"it gives the same whatever is chosen; {each.quantity} of the chosen iteration belongs here"
    what = _explanation(each.quantity, wrong, trial) or what
    sheets = list(dict.fromkeys(one.choice.sheet for one in wrong))
    if len(sheets) < len(trial.tables):
        what += f", where {', '.join(sheets)} is chosen"
    return _finding(each, each.cell, FindingKind.WRONG_FORMULA, what, actual)


def _explanation(quantity: str, wrong: Sequence[Tried], trial: Trial) -> str | None:
    """Say what a formula shows instead."""
    for offset, where in ((0, ""), (-1, " of the iteration before"), (1, " of the iteration after")):
        for other in sorted(
            _quantities(trial.tables[wrong[0].choice.sheet]), key=lambda name: (name != quantity, name)
        ):
            moved = [one.choice._replace(iteration=one.choice.iteration + offset) for one in wrong]
            if _gives(wrong, [trial.value(other, choice) for choice in moved]):
                return f"{other}{where} stands where {quantity} belongs"
    for sheet in trial.tables:
        if _gives(wrong, [trial.value(quantity, one.choice._replace(sheet=sheet)) for one in wrong]):
            return f"it shows {quantity} of {sheet}"
    return None


def _gives(tried: Sequence[Tried], values: Sequence[float | None]) -> bool:
    """Tell whether a formula gave these values; what is not known says nothing, but something must."""
    known = [(one.result, value) for one, value in zip(tried, values, strict=True) if value is not None]
    return bool(known) and all(isinstance(result, float) and agrees(result, value) for result, value in known)


def _finding(each: Shown, cell: Cell, kind: FindingKind, message: str, actual: _Actual) -> Finding:
    chosen = f" ({actual.choice.sheet}, iteration {actual.choice.iteration:,})" if actual.choice else ""
    held = cell.value if cell.kind is not Kind.EMPTY else None
    return Finding(
        sheet=each.sheet,
        range=cell.address,
        count=1,
        quantity=each.quantity,
        kind=kind,
        message=message + chosen,
        found_formula=cell.formula,
        found_value=float(held) if isinstance(held, bool) else held,
        expected_value=actual.value(each.quantity),
    )
