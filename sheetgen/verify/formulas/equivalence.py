"""Does a formula mean what its label says? Each distinct one is evaluated on random values and compared."""

from functools import partial

import numpy as np

from sheetgen.spreadsheet.formula import Piece, UnreadableFormulaError, areas, take_apart
from sheetgen.spreadsheet.formula_engine import UNABLE, Content, Formula, TooManyCellsError, evaluate, one_by_one
from sheetgen.spreadsheet.opened_workbook import Cell, Kind
from sheetgen.spreadsheet.scalar_places import lacks_array_entry
from sheetgen.types import Value
from sheetgen.verify.formulas.groups import Group
from sheetgen.verify.formulas.random_rows import Assignment
from sheetgen.verify.formulas.verdicts import Verdict
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets

# What a formula gave on each assignment, and what it should have given.
Tried = tuple[tuple[Value, ...], tuple[float, ...]]

SEEDS = (1, 2, 3)
# Functions of the position of their argument, not of its value.
_PLACES = {"ROW(", "ROWS(", "COLUMN(", "COLUMNS("}
_NOT_ENTERED = "it takes a range for one value, which gives #VALUE! unless it is entered as an array formula"
_TURNS = "it refers to itself by way of other cells"
_RELATIVE, _ABSOLUTE = 1e-9, 1e-12


class Probe:
    """Evaluates formulas of a table on random assignments.

    Args:
        reading: the table.
        book: the workbook.
    """

    def __init__(self, reading: Reading, book: LabelledSheets) -> None:
        self._reading = reading
        self._book = book
        self._rightmost = max(reading.table.names)

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
        circular = self._circular([groups[at] for at in fine], [taken[at][0] for at in fine])
        verdicts = []
        for at, (group, (formula, problem)) in enumerate(zip(groups, taken, strict=True)):
            turns = right[at] and group.name in circular and bool(self._beside(formula) & circular)
            said = _TURNS if turns else problem
            verdicts.append(Verdict(group, right[at] and not turns, *tried[at], formula.pieces, said))
        return verdicts

    def _beside(self, formula: Formula) -> set[str]:
        """Return the quantities in a formula's own row that it refers to."""
        table = self._reading.table
        evaluated = [
            piece for at, piece in enumerate(formula.pieces) if formula.pieces[at - 1].text.upper() not in _PLACES
        ]
        found = set[str]()
        for area in areas(evaluated):
            if area.sheet == table.sheet.name and area.first_row <= formula.row <= area.last_row:
                last = min(area.last_column, self._rightmost)
                columns = range(area.first_column, last + 1)
                found.update(table.names[column] for column in columns if column in table.names)
        return found

    def _circular(self, groups: list[Group], formulas: list[Formula]) -> set[str]:
        """Return the quantities with circular references, and those between them."""
        uses: dict[str, set[str]] = {}
        for group, formula in zip(groups, formulas, strict=True):
            uses.setdefault(group.name, set()).update(self._beside(formula))
        while True:  # a quantity left without precedents or dependents is in no circular reference
            used = set().union(*uses.values())
            open_ = {name for name, others in uses.items() if others & uses.keys() and name in used}
            if open_ == uses.keys():
                return open_
            uses = {name: uses[name] & open_ for name in open_}

    def _is_right(self, group: Group, formula: Formula, tried: Tried, *, led: bool) -> bool:
        if group.name in self._beside(formula):
            return False
        results, expected = tried
        if all(map(agrees, results, expected)):
            return True
        # An input may be written as a formula of constants, such as 5/100; only the author knows what it should be.
        constant = isinstance(results[0], float) and len(set(results)) == 1 and not areas(formula.pieces)
        return constant and not led and self._reading.is_given(group.name, group.row)

    def formula(self, group: Group) -> Formula:
        """Return a group's formula, ready to be evaluated; an unreadable one becomes an error value."""
        return self._take_apart(group)[0]

    def run(
        self, formulas: list[Formula], wanted: list[tuple[str, int]], seeds: tuple[int, ...] = SEEDS
    ) -> list[Tried]:
        """Evaluate formulas on every assignment; return their results and the expected values by (quantity, row)."""
        found, expected = self._try(formulas, wanted, seeds)
        return [
            (tuple(results), tuple(numbers))
            for results, numbers in zip(zip(*found, strict=True), zip(*expected, strict=True), strict=True)
        ]

    def which(self, formula: Formula, wanted: list[tuple[str, int]]) -> tuple[str, int] | None:
        """Return the first (quantity, row) whose value a formula gives on every assignment, or None."""
        found, expected = self._try([formula], wanted, SEEDS)
        for number, each in enumerate(wanted):
            if all(agrees(results[0], numbers[number]) for results, numbers in zip(found, expected, strict=True)):
                return each
        return None

    def _try(
        self, formulas: list[Formula], wanted: list[tuple[str, int]], seeds: tuple[int, ...]
    ) -> tuple[list[list[Value]], list[list[float]]]:
        """Evaluate formulas; return for each assignment all results, and the expected values of all that is wanted."""
        rows = self._rows(formulas, wanted)
        found: list[list[Value]] = []
        expected: list[list[float]] = []
        for seed in seeds:
            assignment = Assignment(self._reading, rows, seed)
            results = self._evaluate(formulas, assignment)
            if assignment.missing:  # cells beside the table refer to more of its rows
                rows = sorted({*rows, *assignment.missing})
                assignment = Assignment(self._reading, rows, seed)
                results = self._evaluate(formulas, assignment)
            found.append(results)
            expected.append([assignment.expected(*each) for each in wanted])
        return found, expected

    def _evaluate(self, formulas: list[Formula], assignment: Assignment) -> list[Value]:
        """Evaluate formulas on an assignment; a truth value counts as 1 or 0."""
        try:
            found = evaluate(formulas, one_by_one(partial(self._content, assignment), self._book.extent))
        except TooManyCellsError:
            return [UNABLE] * len(formulas)
        return [float(value) if isinstance(value, bool) else value for value in found]

    def _take_apart(self, group: Group) -> tuple[Formula, str | None]:
        sheet, column = self._reading.table.sheet, self._reading.table.columns[group.name]
        text = "=" + sheet.templates[group.template].at(group.row)
        try:
            pieces = take_apart(text, sheet.name, group.row, self._book.surroundings)
        except UnreadableFormulaError as error:
            return Formula((Piece("#N/A"),), group.row, column), str(error)
        formula = Formula(tuple(pieces), group.row, column)
        if group.name in self._beside(formula):
            return formula, "it refers to itself"
        return formula, _NOT_ENTERED if lacks_array_entry(formula.pieces, group.row, column) else None

    def _rows(self, formulas: list[Formula], wanted: list[tuple[str, int]]) -> list[int]:
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


def agrees(result: Value, expected: float) -> bool:
    """Tell whether a result is the expected number, apart from rounding."""
    if not isinstance(result, float) or not np.isfinite(result):
        return False
    return abs(result - expected) <= _RELATIVE * abs(expected) + _ABSOLUTE
