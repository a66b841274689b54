"""Explains wrong formulas: what is wrong, in the words of `candidate_repairs`, and the formula that belongs there."""

from dataclasses import replace

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.circular_references import CIRCULAR, find_circle, say_circle
from sheetgen.spreadsheet.formula import Piece, areas
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.verify.formulas.candidate_repairs import Edit, edits, first_guesses, text_of
from sheetgen.verify.formulas.equivalence import Probe, agrees
from sheetgen.verify.formulas.expected_formula import ExpectedFormulas
from sheetgen.verify.formulas.verdicts import Explanation, FormulaVerdicts, Verdict
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_MOST_TRIED = 4_000_000  # pieces of formulas, over all explanations of a table: about ten seconds
_UNTRIED = "; so many formulas are wrong, or so long, that not all likely slips were tried"


def explain(formulas: FormulaVerdicts, book: LabelledSheets) -> FormulaVerdicts:
    """Say what is wrong with each wrong formula.

    Copies of one formula share an explanation, even across sheets with the same layout.

    Args:
        formulas: the verdicts.
        book: the workbook.

    Returns:
        The verdicts, each wrong one with its explanation.
    """
    if not formulas.wrong:
        return formulas
    reading = formulas.reading
    table, explainer = reading.table, _Explainer(reading, book)
    layout = (table.header_row, tuple(sorted(table.columns.items())), reading.eta and reading.eta[1:])
    verdicts = []
    for verdict in formulas.verdicts:
        if verdict.problem == CIRCULAR:
            place = (table.sheet.name, verdict.group.row, table.columns[verdict.group.name])
            verdict = replace(verdict, explanation=Explanation(say_circle(find_circle(place, book))))
        elif not verdict.right and not verdict.unjudged:
            key = (layout, verdict.group.name, table.sheet.templates[verdict.group.template])
            if key not in book.explanations:
                book.explanations[key] = explainer.explain(verdict)
            explanation = book.explanations[key]
            assert isinstance(explanation, Explanation)
            verdict = replace(verdict, explanation=explanation)
        verdicts.append(verdict)
    return replace(formulas, verdicts=tuple(verdicts))


class _Explainer:
    """Explains the wrong formulas of a table."""

    def __init__(self, reading: Reading, book: LabelledSheets) -> None:
        self._reading = reading
        self._probe = Probe(reading, book)
        self._expected = ExpectedFormulas(reading)
        self._left = _MOST_TRIED

    def explain(self, verdict: Verdict) -> Explanation:
        """Say what is wrong with a formula."""
        if verdict.problem:
            return Explanation(verdict.problem)
        fix = self._one_edit(verdict.pieces, verdict, deep=True)
        if fix is None and self._left > 0:
            copied = self._copied(verdict)
            if copied:
                return Explanation(copied)
            fix = self._two_edits(verdict)
        if fix:
            return Explanation(fix.message, make_template(text_of(fix.pieces)[1:], verdict.group.row))
        return Explanation(self._in_general(verdict) + ("" if self._left > 0 else _UNTRIED))

    def _copied(self, verdict: Verdict) -> str | None:
        """Say whether the formula is an exact copy of another column's, or gives another quantity; else None."""
        group, table = verdict.group, self._reading.table
        for name, column in table.columns.items():
            other = table.column(name).formulas[group.row - table.first_row]
            if name != group.name and other == group.template:
                return f"the same formula as in column {get_column_letter(column)} ({name}) stands here"
        known = self._expected.quantities
        others = [name for name in known if name not in (group.name, "iteration") and name in table.columns]
        formula = Formula(verdict.pieces, group.row, table.columns[group.name])
        copied = self._probe.which(formula, [(name, group.row) for name in others])
        return f"this is the formula of {copied[0]}" if copied else None

    def _two_edits(self, verdict: Verdict) -> Edit | None:
        """Find two changes that make a formula right, the first of them an obvious one."""
        needed = self._missing(verdict) or self._needed(verdict)
        for start in first_guesses(verdict.pieces, self._reading, verdict.group.row, self._extra(verdict), needed):
            found = self._one_edit(start.pieces, verdict, deep=False)
            if found:
                return Edit(found.pieces, f"{start.message}, and {found.message}")
        return None

    def _one_edit(self, pieces: tuple[Piece, ...], verdict: Verdict, *, deep: bool) -> Edit | None:
        """Find a change that makes a formula right, unless too many have been tried."""
        group, columns = verdict.group, self._reading.table.columns
        column, likely = columns[group.name], self._needed(verdict)
        for stage in edits(pieces, self._reading, group.name, group.row, likely, deep=deep):
            choices = list(stage)
            for draws in (self._probe.draws[:1], self._probe.draws):
                self._left -= len(columns) + sum(len(choice.pieces) for choice in choices)
                if self._left < 0:
                    return None
                formulas = [Formula(choice.pieces, group.row, column) for choice in choices]
                tried = self._probe.run(formulas, [(group.name, group.row)] * len(formulas), draws)
                choices = [
                    choice
                    for choice, (results, expected) in zip(choices, tried, strict=True)
                    if all(map(agrees, results, expected))
                ]
                if not choices:
                    break
            if choices:
                return choices[0]
        return None

    def _in_general(self, verdict: Verdict) -> str:
        """Say which quantities a formula lacks, or refers to without need."""
        name = verdict.group.name
        missing, extra = self._missing(verdict), self._extra(verdict)
        if name not in self._expected.quantities:
            return f"this is not the formula of {name}"
        lists = ((missing, "missing"), (extra, "too much"))
        said = " and ".join(
            f"{', '.join(map(_said, sorted(quantities)))} {what}" for quantities, what in lists if quantities
        )
        return f"this is not the formula of {name}" + (f": {said}" if said else "; it is put together wrongly")

    def _missing(self, verdict: Verdict) -> set[str]:
        return self._needed(verdict) - self._used(verdict)

    def _extra(self, verdict: Verdict) -> set[str]:
        return self._used(verdict) - self._needed(verdict)

    def _needed(self, verdict: Verdict) -> set[str]:
        """Return the quantities that the class's formula refers to."""
        return self._expected.precedents(verdict.group.name, verdict.group.row)

    def _used(self, verdict: Verdict) -> set[str]:
        found = areas(verdict.pieces)
        return {self._role(*area.corner) for area in found}

    def _role(self, sheet: str, row: int, column: int) -> str:
        if (sheet, row, column) == self._reading.eta:
            return "eta"
        name = self._reading.table.holds(row, column) if sheet == self._reading.table.sheet.name else None
        feed = self._reading.feeds.get((sheet, row, column))
        return name or (feed.name if feed else f"{get_column_letter(column)}{row}")


def _said(name: str) -> str:
    return "the learning rate" if name == "eta" else name
