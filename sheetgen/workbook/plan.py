"""What every sheet writer needs to know about the workbook that is being written."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xlsxwriter.workbook import Workbook

from sheetgen.evaluate import Evaluator, Row, Value
from sheetgen.experiment import Experiment
from sheetgen.layout import YOURS, CurvesLayout, TableLayout, rate_sheet
from sheetgen.notation import Notation, write_notation
from sheetgen.workbook.theme import Theme


@dataclass(frozen=True)
class Table:
    """One training table: its sheet, its learning rate, and the course of the error, for the sheets that show it.

    Attributes:
        sheet: the name of the sheet.
        learning_rate: η as shipped.
        curve: the quantity whose fall shows the learning, per iteration (E_total, or its mean over the samples).
    """

    sheet: str
    learning_rate: float
    curve: Sequence[Value]


class Plan:
    """The experiment, its notation and layouts, and the tables' errors, worked out before anything is written."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.notation: Notation = write_notation(experiment)
        self.table = TableLayout(experiment, self.notation)
        self.start = self.table.start
        self.curves = CurvesLayout(experiment)
        self.table.check()
        self._evaluator = Evaluator(experiment, self.notation)
        rates = [(rate_sheet(rate), rate) for rate in experiment.learning_rates]
        self.tables = [self._table(sheet, rate) for sheet, rate in [*rates, (YOURS, your_rate(experiment))]]

    def rows(self, table: Table) -> Iterable[Row]:
        """Work out the cached values of a table, row by row, in the order of its columns."""
        return self._evaluator.rows(table.learning_rate, self.experiment.iterations)

    def _table(self, sheet: str, learning_rate: float) -> Table:
        column = self.table.columns[self.notation.curve]
        rows = self._evaluator.rows(learning_rate, self.experiment.iterations)
        return Table(sheet, learning_rate, [row[column] for row in rows])


def your_rate(experiment: Experiment) -> float:
    """Choose the learning rate that *Your η* shows at first: between the two largest, or twice the only one."""
    *others, largest = sorted(experiment.learning_rates)
    return (others[-1] + largest) / 2 if others else largest * 2


@dataclass(frozen=True)
class Pen:
    """The open workbook, its formats and its plan, handed from sheet to sheet."""

    book: Workbook
    theme: Theme
    plan: Plan
    on_rows: Callable[[int], None]
