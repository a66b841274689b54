"""Formulas of lesson sheets tried on other choices, and on numbers of our own."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sheetgen.spreadsheet.desk import UNABLE, Desk, Run
from sheetgen.spreadsheet.engine import Content, Formula, TooManyCellsError
from sheetgen.spreadsheet.volatile import Value
from sheetgen.verify.elsewhere.cell_contents import Ledger
from sheetgen.verify.elsewhere.course import can_be_trained, random_course
from sheetgen.verify.elsewhere.formulas import Place
from sheetgen.verify.elsewhere.shown import Shown
from sheetgen.verify.elsewhere.table_outline import Outline
from sheetgen.verify.formulas.equivalence import agrees

_ROWS = 8
_UNABLE = {UNABLE, "#NAME?", "#CIRC!", "#SPILL!"}


class Choice(NamedTuple):
    """A table and an iteration that the lesson sheets may show."""

    sheet: str
    iteration: int


class Tried(NamedTuple):
    """What a formula gave for a choice, and what it should have given."""

    choice: Choice
    result: Value
    expected: float

    @property
    def right(self) -> bool:
        """Whether they agree."""
        return isinstance(self.result, float) and agrees(self.result, self.expected)


class Trial:
    """Tables with random runs in them, for the lesson sheets to show.

    Args:
        ledger: the workbook's cells.
        outlines: its tables.
        chosen: the cells that say which table and which of its rows the lesson sheets show.
    """

    def __init__(self, ledger: Ledger, outlines: Sequence[Outline], chosen: tuple[Place, Place]) -> None:
        self._ledger = ledger
        self._chosen = chosen
        self.tables: dict[str, Outline] = {}
        for outline in outlines:
            if can_be_trained(outline.network):
                self.tables.setdefault(outline.sheet, outline)
        self._courses = {
            name: random_course(outline, min(_ROWS, outline.rows), number)
            for number, (name, outline) in enumerate(self.tables.items())
        }
        self._given = self._given_cells()

    def run(self, shown: Sequence[Shown], repaired: Sequence[Shown] = ()) -> list[list[Tried]]:
        """Try formulas on every table and several iterations.

        Args:
            shown: the cells with the formulas.
            repaired: cells that hold what they should, whatever stands in them.

        Returns:
            For each formula what it gave; nothing where the engine cannot evaluate it.
        """
        formulas = [self._ledger.formula(each.place) for each in shown]
        try:
            desk = Desk([formula or _NOTHING for formula in formulas], self._fetch)
        except TooManyCellsError:
            return [[] for _ in shown]
        found: list[list[Tried]] = [[] for _ in shown]
        for choice in self._choices():
            desk.put(self._chosen[0], choice.sheet)
            desk.put(self._chosen[1], float(choice.iteration))
            for each in repaired:
                desk.put(each.place, self.value(each.quantity, choice) or 0.0)
            for tries, each, result in zip(found, shown, desk.results(), strict=True):
                expected = self.value(each.quantity, choice)
                if expected is not None:
                    tries.append(Tried(choice, result, expected))
        return [tries if any(each.result not in _UNABLE for each in tries) else [] for tries in found]

    def value(self, quantity: str, choice: Choice) -> float | None:
        """Return a quantity of a random run, None where it has none, or no such row."""
        course = self._courses[choice.sheet]
        return course.value(quantity, choice.iteration) if 0 <= choice.iteration < course.rows else None

    def _choices(self) -> Iterator[Choice]:
        """Choose every table, the first iteration and a later one."""
        for number, (name, course) in enumerate(self._courses.items()):
            for iteration in sorted({min(number % 3, course.rows - 1), (3 + number % 4) % course.rows}):
                yield Choice(name, iteration)

    def _given_cells(self) -> dict[Place, Content]:
        """Return what the cells hold that the tables start from, and those of the choice."""
        given: dict[Place, Content] = {}
        for name, outline in self.tables.items():
            course = self._courses[name]
            given |= {place: course.fed(feed.name, feed.sample) for place, feed in outline.feeds.items()}
            if outline.eta is not None:
                given[outline.eta] = course.beginning.rate
        first = next(self._choices())
        return {**given, self._chosen[0]: first.sheet, self._chosen[1]: float(first.iteration)}

    def _fetch(self, sheet: str, column: int, first: int, last: int) -> Iterator[Run]:
        """Return what cells hold during a trial: a random run in the tables, everything else live."""
        outline = self.tables.get(sheet)
        quantity = next((name for name, at in outline.columns.items() if at == column), None) if outline else None
        if outline is None or quantity is None:
            yield from self._beside(sheet, column, first, last)
            return
        yield from self._beside(sheet, column, first, min(last, outline.first_row - 1))
        course = self._courses[sheet]
        rows = range(max(first, outline.first_row), min(last, outline.first_row + course.rows - 1) + 1)
        if rows:
            yield Run(rows[0], [course.value(quantity, row - outline.first_row) for row in rows])
        yield from self._beside(sheet, column, max(first, outline.last_row + 1), last)

    def _beside(self, sheet: str, column: int, first: int, last: int) -> Iterator[Run]:
        if first > last:
            return
        for run in self._ledger.live(sheet, column, first, last):
            for at in range(len(run.contents)):
                place = (sheet, run.row + at, column)
                if place in self._given:
                    run.contents[at] = self._given[place]
            yield run


_NOTHING = Formula((), 1, 1)
