"""Does a formula mean what its label says? Each distinct one is evaluated on random values and compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.engine import Content, Formula, Result, TooManyCellsError, evaluate
from sheetgen.spreadsheet.formula import Area, Piece, UnreadableFormulaError, areas, take_apart
from sheetgen.spreadsheet.workbook import Cell, Kind
from sheetgen.verify.formulas.random_rows import Assignment
from sheetgen.verify.read.interpretation import Model
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.read.tables import DenseColumn

Rows = NDArray[np.int64]

# What a formula gave on each assignment, and what another quantity is there.
Tried = tuple[tuple[Result, ...], tuple[float, ...]]

_SEEDS = (1, 2, 3)
# Functions that look at where their argument stands, not at what it holds.
_PLACES = {"ROW(", "ROWS(", "COLUMN(", "COLUMNS("}
_TURNS = "it refers to itself by way of other cells"
_BLIND = {"INDIRECT(", "OFFSET("}
_RELATIVE, _ABSOLUTE = 1e-9, 1e-12


class Group(NamedTuple):
    """Cells of one column whose formulas have the same meaning.

    Attributes:
        name: the quantity of the column.
        template: the number of their formula in the sheet's templates.
        row: the first of them, which stands for all.
        rows: the rows of all, ascending.
    """

    name: str
    template: int
    row: int
    rows: Rows


@dataclass(frozen=True)
class Verdict:
    """What the probe says of a group.

    Attributes:
        group: the cells.
        right: whether the formula gives what the reference gives, on every assignment.
        results: what it gave on each assignment.
        expected: what it must give.
        pieces: the formula in its first row, taken apart.
        problem: why it could not be read, or None.
    """

    group: Group
    right: bool
    results: tuple[Result, ...]
    expected: tuple[float, ...]
    pieces: tuple[Piece, ...]
    problem: str | None = None

    @property
    def unjudged(self) -> str | None:
        """Why the formula cannot be judged, or None: it works its references out itself, or has an unknown function."""
        if any(piece.text.upper() in _BLIND for piece in self.pieces):
            return "INDIRECT and OFFSET cannot be followed"
        if self.problem is None and set(self.results) == {"#NAME?"}:
            return "the formula engine does not know a function in it"
        return None


class Probe:
    """Evaluates formulas of a table on random assignments.

    Args:
        model: the table.
        source: the workbook.
    """

    def __init__(self, model: Model, source: Source) -> None:
        self._model = model
        self._source = source
        self._rightmost = max(model.table.names)

    def judge(self, groups: list[Group]) -> list[Verdict]:
        """Compare each group's formula with the reference."""
        taken = [self._take_apart(group) for group in groups]
        tried = self.run([formula for formula, _ in taken], [(group.name, group.row) for group in groups])
        # In an input's column that refers to other cells, a constant is out of place, also where it is a formula.
        data = self._model.network.data
        led = {
            group.name
            for group, (formula, _) in zip(groups, taken, strict=True)
            if group.name in data and areas(list(formula.pieces))
        }
        right = [
            self._is_right(group, formula, each, led=group.name in led)
            for group, (formula, _), each in zip(groups, taken, tried, strict=True)
        ]
        # A wrong formula may close a circle; those that are right apart from it are then not to blame.
        fine = [at for at, is_right in enumerate(right) if is_right]
        circular = self._circular([groups[at] for at in fine], [taken[at][0] for at in fine])
        verdicts = []
        for at, (group, (formula, problem)) in enumerate(zip(groups, taken, strict=True)):
            turns = right[at] and group.name in circular and bool(self._beside(formula) & circular)
            said = _TURNS if turns else problem
            verdicts.append(Verdict(group, right[at] and not turns, *tried[at], formula.pieces, said))
        return verdicts

    def _beside(self, formula: Formula) -> set[str]:
        """Return the quantities of its own row that a formula refers to."""
        table = self._model.table
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
        """Return the quantities that are worked out from each other in a circle."""
        uses: dict[str, set[str]] = {}
        for group, formula in zip(groups, formulas, strict=True):
            uses.setdefault(group.name, set()).update(self._beside(formula))
        while True:  # what uses nothing that is left is no part of a circle, nor is what nothing uses
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
        # An input may be written as a formula of constants, 5/100; what it should be, nobody but the author knows.
        constant = isinstance(results[0], float) and len(set(results)) == 1 and not areas(list(formula.pieces))
        return constant and not led and self._model.is_given(group.name, group.row)

    def formula(self, group: Group) -> Formula:
        """Return a group's formula, ready to be evaluated; one that cannot be read is an error value."""
        return self._take_apart(group)[0]

    def run(
        self, formulas: list[Formula], wanted: list[tuple[str, int]], seeds: tuple[int, ...] = _SEEDS
    ) -> list[Tried]:
        """Evaluate formulas on every assignment; return their results and what is expected of (quantity, row)."""
        rows = self._rows(formulas, wanted)
        found: list[list[Result]] = []
        expected: list[list[float]] = []
        for seed in seeds:
            assignment = Assignment(self._model, rows, seed)
            try:
                content = partial(self._content, assignment)
                found.append(evaluate(formulas, content, self._source.extent))
            except TooManyCellsError:
                found.append([None] * len(formulas))
            expected.append([assignment.expected(*each) for each in wanted])
        return [
            (tuple(results), tuple(numbers))
            for results, numbers in zip(zip(*found, strict=True), zip(*expected, strict=True), strict=True)
        ]

    def _take_apart(self, group: Group) -> tuple[Formula, str | None]:
        sheet, column = self._model.table.sheet, self._model.table.columns[group.name]
        text = "=" + sheet.templates[group.template].at(group.row)
        try:
            pieces = take_apart(text, sheet.name, group.row, self._source.surroundings)
        except UnreadableFormulaError as error:
            return Formula((Piece("#N/A"),), group.row, column), str(error)
        formula = Formula(tuple(pieces), group.row, column)
        return formula, "it refers to itself" if group.name in self._beside(formula) else None

    def _rows(self, formulas: list[Formula], wanted: list[tuple[str, int]]) -> list[int]:
        """List the rows of the table that values will be asked of."""
        table, samples = self._model.table, self._model.samples
        rows = set(range(table.first_row, table.first_row + samples))
        for _, row in wanted:
            rows.update(range(row - max(samples, 2) + 1, row + 1))
        for area in {area for formula in formulas for area in areas(list(formula.pieces))}:
            if area.sheet == table.sheet.name:
                last = min(area.last_row, table.last_row)
                rows.update(range(max(area.first_row, table.first_row) - samples, last + 1))
        return sorted(row for row in rows if table.first_row <= row <= table.last_row)

    def _content(self, assignment: Assignment, sheet: str, row: int, column: int) -> Content | Formula:
        """Return what a cell holds while an assignment is tried out."""
        model, place = self._model, (sheet, row, column)
        if place == model.eta:
            return assignment.eta
        name = model.table.holds(row, column) if sheet == model.table.sheet.name else None
        if name and assignment.knows(name):
            return assignment.value(name, row)
        feed = model.feeds.get(place)
        if feed is not None:
            return assignment.fed(feed.name, feed.sample)
        return self._held(self._source.cell(*place), sheet)

    def _held(self, cell: Cell | None, sheet: str) -> Content | Formula:
        """Return what a cell outside of the table really holds; a formula is followed."""
        if cell is None:
            return None
        if cell.formula is not None:
            try:
                pieces = take_apart(cell.formula, sheet, cell.row, self._source.surroundings)
                return Formula(tuple(pieces), cell.row, cell.column)
            except UnreadableFormulaError:
                return None
        return cell.value if cell.kind is not Kind.ERROR else None


def agrees(result: Result, expected: float) -> bool:
    """Tell whether a result is the expected number, but for rounding."""
    if not isinstance(result, float) or not np.isfinite(result):
        return False
    return abs(result - expected) <= _RELATIVE * abs(expected) + _ABSOLUTE


def group_cells(model: Model, source: Source) -> Iterator[Group]:
    """Sort the formulas of a table into groups of one meaning."""
    for name in model.table.columns:
        column = model.table.column(name)
        if name in model.network.quantities:
            for template in np.unique(column.formulas[column.formulas >= 0]):
                yield from _split(model, source, name, int(template), column)


def _split(model: Model, source: Source, name: str, template: int, column: DenseColumn) -> Iterator[Group]:
    """Split the copies of a formula where their place in the table makes a difference."""
    table = model.table
    steps = np.flatnonzero(column.formulas == template)
    marks = [np.minimum(steps, max(model.samples, 1) if name == "E_mean" else 1), steps % model.samples]
    first = table.first_row + int(steps[0])
    formula = "=" + table.sheet.templates[template].at(first)
    try:
        found = areas(take_apart(formula, table.sheet.name, first, source.surroundings))
    except UnreadableFormulaError:
        found = []
    sliding = bool(table.sheet.templates[template].offsets) or "[" in formula
    for area in found:
        marks += _marks(model, area, first, steps, sliding=sliding)
    _, starts, owner = np.unique(np.stack(marks), axis=1, return_index=True, return_inverse=True)
    rows = steps + table.first_row
    for number, start in enumerate(starts):
        yield Group(name, template, int(rows[start]), rows[owner.reshape(-1) == number])


def _marks(model: Model, area: Area, row: int, steps: Rows, *, sliding: bool) -> Iterator[Rows]:
    """Say, for each row, what is particular about where one of its references points."""
    table = model.table
    local = area.sheet == table.sheet.name
    for corner, column in {(area.first_row, area.first_column), (area.last_row, area.last_column)}:
        if area.anchored or not sliding:
            if local and table.holds(corner, column):
                distance = steps + table.first_row - corner
                reach = max(2, model.samples) + 1
                yield np.clip(distance, -reach, reach)
            continue
        target = steps + (corner - row) + table.first_row
        inside = local & (target >= table.first_row) & (target <= table.last_row)
        known = bool(table.names.get(column))
        yield np.where(inside & known, -1, steps) if known else _helper_marks(model, column, target, steps, local=local)


def _helper_marks(model: Model, column: int, target: Rows, steps: Rows, *, local: bool) -> Rows:
    """Tell apart rows that refer to an unlabelled column beside the table by the formula that stands there."""
    table = model.table
    places = target - table.first_row
    inside = local & (places >= 0) & (places < table.rows)
    formulas = table.at(column).formulas[np.clip(places, 0, table.rows - 1)]
    return np.where(inside & (formulas >= 0), -2 - formulas, steps)
