"""Does a formula mean what its label says? Each distinct one is evaluated on random values and compared."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from sheetgen.spreadsheet.circular_references import CIRCULAR
from sheetgen.spreadsheet.formula import Piece, UnreadableFormulaError, areas, take_apart
from sheetgen.spreadsheet.formula_engine import UNABLE, Content, Evaluator, Formula, TooManyCellsError, one_by_one
from sheetgen.spreadsheet.opened_workbook import Cell, Kind
from sheetgen.spreadsheet.scalar_places import NOT_ENTERED, lacks_array_entry
from sheetgen.types import Place, Value
from sheetgen.verify.formulas.circles import Circles
from sheetgen.verify.formulas.groups import Group
from sheetgen.verify.formulas.random_rows import Assignment, Draw, Source
from sheetgen.verify.formulas.verdicts import Verdict
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets

# What a formula gave on each assignment, and what it should have given.
Tried = tuple[tuple[Value, ...], tuple[float, ...]]

DRAWS = (Draw(1), Draw(2), Draw(3))
"""The numbers that every formula is tried on."""
# A rectifier that hides a sum shows it here, where the sums of the first layer have the other sign.
_MIRRORED = tuple(draw._replace(is_mirrored=True) for draw in DRAWS)
_RELATIVE, _ABSOLUTE = 1e-9, 1e-12
_MOST_HELPERS = 200


class Probe:
    """Evaluates formulas of a table on random assignments.

    Args:
        reading: the table.
        book: the workbook.

    Attributes:
        draws: the numbers on which a formula has to be right.
    """

    def __init__(self, reading: Reading, book: LabelledSheets) -> None:
        self._reading = reading
        self._book = book
        self._circles = Circles(reading, book)
        self.draws: tuple[Draw, ...] = (*DRAWS, *(_MIRRORED if "relu" in reading.network.activations else ()))

    def judge(self, groups: list[Group]) -> list[Verdict]:
        """Compare each group's formula with the reference."""
        taken = [self._take_apart(group) for group in groups]
        tried = self.run([formula for formula, _ in taken], [(group.name, group.row) for group in groups])
        # In an input's column that refers to other cells, a constant is out of place, even one written as a formula.
        data = self._reading.network.data
        led = {
            group.name
            for group, (formula, _) in zip(groups, taken, strict=True)
            if group.name in data and areas(formula.pieces)
        }
        right = [
            self._is_right(group, formula, each, led=group.name in led)
            for group, (formula, _), each in zip(groups, taken, tried, strict=True)
        ]
        # Formulas already known to be wrong are left out: a circular reference through one is no fault of the others.
        fine = [at for at, is_right in enumerate(right) if is_right]
        closing = self._circles.closing([groups[at] for at in fine], [taken[at][0] for at in fine])
        turning = {fine[at] for at in closing}
        verdicts = []
        for at, (group, (formula, problem)) in enumerate(zip(groups, taken, strict=True)):
            said = CIRCULAR if at in turning else problem
            verdicts.append(Verdict(group, right[at] and at not in turning, *tried[at], formula.pieces, said))
        return verdicts

    def _is_right(self, group: Group, formula: Formula, tried: Tried, *, led: bool) -> bool:
        if self._circles.refers_to_itself(group, formula):
            return False
        results, expected = tried
        if all(map(agrees, results, expected)):
            return True
        # An input may be written as a formula of constants, such as 5/100; only the author knows what it should be.
        constant = isinstance(results[0], float) and len(set(results)) == 1 and not areas(formula.pieces)
        return constant and not led and self._reading.is_given(group.name, group.row)

    def column(self, group: Group) -> int:
        """Return the column that a group stands in."""
        return self._reading.table.columns[group.name]

    def formula(self, group: Group) -> Formula:
        """Return a group's formula, ready to be evaluated; an unreadable one becomes an error value."""
        return self._take_apart(group)[0]

    def run(
        self, formulas: list[Formula], wanted: list[tuple[str, int]], sources: Sequence[Source] | None = None
    ) -> list[Tried]:
        """Evaluate formulas on every assignment; return their results and the expected values by (quantity, row)."""
        evaluator = Evaluator(formulas)
        tried = [self._on(evaluator, wanted, source) for source in sources or self.draws]
        found = zip(*(results for results, _ in tried), strict=True)
        expected = zip(*([assignment.expected(*each) for each in wanted] for _, assignment in tried), strict=True)
        return [(tuple(results), tuple(numbers)) for results, numbers in zip(found, expected, strict=True)]

    def which(self, formula: Formula, wanted: list[tuple[str, int]]) -> tuple[str, int] | None:
        """Return the first (quantity, row) whose value a formula gives on every assignment, or None."""
        evaluator = Evaluator([formula])
        tried = [self._on(evaluator, wanted, source) for source in self.draws]
        for each in wanted:
            if all(agrees(results[0], assignment.expected(*each)) for results, assignment in tried):
                return each
        return None

    def on(
        self, formulas: list[Formula], wanted: Iterable[tuple[str, int]], source: Source
    ) -> tuple[list[Value], Assignment]:
        """Evaluate formulas on one assignment that has values for all that is wanted, by (quantity, row)."""
        return self._on(Evaluator(formulas), wanted, source)

    def _on(
        self, evaluator: Evaluator, wanted: Iterable[tuple[str, int]], source: Source
    ) -> tuple[list[Value], Assignment]:
        rows = self._rows(evaluator.formulas, wanted)
        assignment = Assignment(self._reading, rows, source)
        results = self._evaluate(evaluator, assignment)
        if assignment.missing:  # cells beside the table refer to more of its rows
            assignment = Assignment(self._reading, sorted({*rows, *assignment.missing}), source)
            results = self._evaluate(evaluator, assignment)
        return results, assignment

    def with_helpers(self, formula: Formula) -> list[Formula]:
        """Return a formula, and those of the cells outside the table that it depends on."""
        found, seen = [formula], set[Place]()
        for each in found:
            for place in _cells(each):
                if place in seen or self._is_assigned(*place) or len(seen) > _MOST_HELPERS:
                    continue
                seen.add(place)
                held = self._held(self._book.cell(*place), place[0])
                if isinstance(held, Formula):
                    found.append(held)
        return found

    def _is_assigned(self, sheet: str, row: int, column: int) -> bool:
        """Tell whether an assignment says what a cell holds."""
        reading, place = self._reading, (sheet, row, column)
        name = reading.table.holds(row, column) if sheet == reading.table.sheet.name else None
        return place == reading.eta or place in reading.feeds or name in reading.network.quantities or name == "eta"

    def _evaluate(self, evaluator: Evaluator, assignment: Assignment) -> list[Value]:
        """Evaluate formulas on an assignment; a truth value counts as 1 or 0."""
        try:
            found = evaluator.on(one_by_one(partial(self._content, assignment), self._book.extent))
        except TooManyCellsError:
            return [UNABLE] * len(evaluator.formulas)
        return [float(value) if isinstance(value, bool) else value for value in found]

    def _take_apart(self, group: Group) -> tuple[Formula, str | None]:
        sheet, column = self._reading.table.sheet, self._reading.table.columns[group.name]
        text = "=" + sheet.templates[group.template].at(group.row)
        try:
            pieces = take_apart(text, sheet.name, group.row, self._book.surroundings)
        except UnreadableFormulaError as error:
            return Formula((Piece("#N/A"),), group.row, column), str(error)
        formula = Formula(tuple(pieces), group.row, column)
        if self._circles.refers_to_itself(group, formula):
            return formula, CIRCULAR
        return formula, NOT_ENTERED if lacks_array_entry(formula.pieces, group.row, column) else None

    def _rows(self, formulas: list[Formula], wanted: Iterable[tuple[str, int]]) -> list[int]:
        """List the rows of the table whose values will be needed."""
        table, samples = self._reading.table, self._reading.samples
        rows = set(range(table.first_row, table.first_row + samples))
        for _, row in wanted:
            rows.update(range(row - max(samples, 2) + 1, row + 1))
        for area in {area for formula in formulas for area in areas(formula.pieces)}:
            if area.sheet == table.sheet.name:
                last = min(area.last_row, table.last_row)
                rows.update(range(max(area.first_row, table.first_row) - samples, last + 1))
        return sorted(row for row in rows if table.first_row <= row <= table.last_row)

    def _content(self, assignment: Assignment, sheet: str, row: int, column: int) -> Content | Formula:
        """Return what a cell holds under an assignment."""
        reading, place = self._reading, (sheet, row, column)
        if place == reading.eta:
            return assignment.eta
        name = reading.table.holds(row, column) if sheet == reading.table.sheet.name else None
        if name and assignment.knows(name):
            return assignment.value(name, row)
        feed = reading.feeds.get(place)
        if feed is not None:
            return assignment.fed(feed.name, feed.sample)
        return self._held(self._book.cell(*place), sheet)

    def _held(self, cell: Cell | None, sheet: str) -> Content | Formula:
        """Return what a cell outside the table really holds; a formula is evaluated in its turn."""
        if cell is None:
            return None
        if cell.formula is not None:
            try:
                pieces = take_apart(cell.formula, sheet, cell.row, self._book.surroundings)
                return Formula(tuple(pieces), cell.row, cell.column)
            except UnreadableFormulaError:
                return None
        return cell.value if cell.kind is not Kind.ERROR else None


def _cells(formula: Formula) -> Iterator[Place]:
    """Yield the cells that a formula refers to, apart from long ranges."""
    for area in areas(formula.pieces):
        rows, columns = range(area.first_row, area.last_row + 1), range(area.first_column, area.last_column + 1)
        if len(rows) * len(columns) <= _MOST_HELPERS:
            yield from ((area.sheet, row, column) for row in rows for column in columns)


def agrees(result: Value, expected: float) -> bool:
    """Tell whether a result is the expected number, apart from rounding."""
    if not isinstance(result, float) or not np.isfinite(result):
        return False
    return abs(result - expected) <= _RELATIVE * abs(expected) + _ABSOLUTE
