"""What every sheet writer needs to know about the workbook that is being written."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.diagram import Diagram
from sheetgen.network.cached_values import Evaluator, Row
from sheetgen.network.experiment import Experiment
from sheetgen.network.notation import write_notation
from sheetgen.network.numpy_reference import trace
from sheetgen.workbook.layout import START, CurvesLayout, StartLayout, TableLayout
from sheetgen.workbook.selected_row import Chosen
from sheetgen.workbook.side_by_side import SideBySide
from sheetgen.workbook.theme import Theme, set_columns
from sheetgen.workbook.training_summary import Table, summarise
from sheetgen.workbook.xlsxwriter_classes import Workbook, Worksheet

if TYPE_CHECKING:
    from sheetgen.network.quantities import Notation


class Plan:
    """The experiment, its notation and layouts, and the tables' errors, computed before anything is written.

    Args:
        experiment: what to write.
        lessons: whether the sheets that teach are written beside the tables.
    """

    def __init__(self, experiment: Experiment, *, lessons: bool = True) -> None:
        experiment = experiment.model_copy()  # checked again, since pydantic has ways to make one without
        self.experiment: Experiment = experiment
        self.lessons: bool = lessons
        self.notation: Notation = write_notation(experiment)
        self.table: TableLayout = TableLayout(experiment, self.notation)
        self.start: StartLayout = self.table.start
        self.curves: CurvesLayout = CurvesLayout(experiment, courses=lessons)
        compares = lessons and bool(experiment.optimizers)
        self.side_by_side: SideBySide | None = SideBySide(experiment) if compares else None
        self.diagram: Diagram = Diagram(experiment)
        self.table.check()
        self._evaluator = Evaluator(experiment, self.notation)
        rates = (*experiment.learning_rates, your_rate(experiment))
        self.tables: list[Table] = list(map(self._table, self.curves.sheets, rates))
        self.chosen: Chosen = Chosen(self.table, self.curves, self.diagram, self.tables)

    def rows(self, table: Table) -> Iterable[Row]:
        """Compute the cached values of a table, row by row, in the order of its columns."""
        return self._evaluator.rows(table.learning_rate, self.experiment.last_row)

    def numpy_numbers(self, table: Table) -> dict[tuple[str, int], float]:
        """Compute NumPy's numbers for a table, by name and row, for those rows that Checks compares."""
        last = self.curves.compared[-1] // self.experiment.batch_size
        with np.errstate(all="ignore"):
            named = trace(self.experiment, table.learning_rate, last).named()
        return {(name, at): float(values[at]) for name, values in named.items() for at in self.curves.compared}

    def _table(self, sheet: str, learning_rate: float) -> Table:
        rows = self._evaluator.rows(learning_rate, self.experiment.last_row)
        picks = {*map(self.experiment.row_of, self.curves.picks), *self.curves.compared}
        picks |= set(range(self.experiment.batch_size + 1))  # the first batch, and what follows from it
        if not self.experiment.is_plain:  # the length of a step is the distance to the next row
            picks |= {row + 1 for row in picks if row < self.experiment.last_row}
        return summarise(sheet, learning_rate, rows, self.table.columns[self.notation.curve], picks)


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

    def begin(self, sheet: Worksheet, title: str, widths: Sequence[float], column: int = 1) -> None:
        """Set the widths of a sheet's first columns, and write its title and the link back to Start."""
        set_columns(sheet, widths)
        sheet.write_string(0, column, title, self.theme.title)
        self.link_back(sheet, 1, column)

    def link_back(self, sheet: Worksheet, row: int, column: int) -> None:
        """Write the link back to the numbers on the Start sheet."""
        cell = xl_rowcol_to_cell(self.plan.start.first_row, self.plan.start.value_column)
        sheet.write_url(row, column, f"internal:'{START}'!{cell}", self.theme.link, "← Start")
