"""Where each quantity stands: the only module that knows addresses.

Rows and columns count from 0, as in XlsxWriter; a cell reference in a formula is text, `$B$2`.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, ClassVar

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sheetgen.errors import SheetgenError
from sheetgen.network import names
from sheetgen.network.cached_values import Value, start_values
from sheetgen.network.experiment import Experiment
from sheetgen.network.quantities import REFERENCE, Notation

if TYPE_CHECKING:
    from sheetgen.workbook.training_summary import Table

MAX_ROWS, MAX_COLUMNS, MAX_FORMULA = 1_048_576, 16_384, 8_192

START, NETWORK, STEPS, GRADIENT_CHECK = "Start", "Network", "Steps", "Gradient check"
CURVES, YOURS, OPTIMISERS = "Learning rates", "Your η", "Optimisers"
EXERCISES, SOLUTIONS, CHECKS, WORKINGS = "Exercises", "Solutions", "Checks", "Workings"

MISSING_CELL = (3, 9)
"""Row and column on Checks of the sentence that names an input that is not a number; empty where there is none."""
ROW_PIXELS = 20  # the height of a row
Cells = tuple[int, int, int, int]
"""First row, first column, last row and last column of a block of cells."""


def rate_sheet(learning_rate: float) -> str:
    """Name the sheet of a learning rate: `LR 0.5`."""
    return f"LR {learning_rate!r}"


@lru_cache(maxsize=4096)
def fixed(row: int, column: int) -> str:
    """Write an absolute reference to a cell of the same sheet."""
    return str(xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True))


def reference(sheet: str, row: int, column: int) -> str:
    """Write an absolute reference to a cell of another sheet."""
    quoted = sheet if sheet.isidentifier() and sheet.isascii() else f"'{sheet}'"
    return f"{quoted}!{fixed(row, column)}"


def column_cells(column: int, first: int, last: int) -> str:
    """Write a relative reference to the cells of a column, from the first row to the last."""
    name = xl_col_to_name(column)
    return f"{name}{first + 1}:{name}{last + 1}"


@lru_cache(maxsize=4096)
def fixed_column_cells(column: int, first: int, last: int) -> str:
    """Write an absolute reference to the cells of a column, from the first row to the last."""
    return f"{fixed(first, column)}:{fixed(last, column)}"


@dataclass(frozen=True)
class StartLayout:
    """The Start sheet: one editable number per row, samples first, then weights and biases, then constants.

    Constants of the optimiser and the schedule stand under a heading of their own, below an empty row.

    To the right of a number that is none stands a mark, and above them all a hint names the first of these.
    """

    experiment: Experiment
    hint_row: int = 14
    first_row: int = 18
    name_column: int = 1
    value_column: int = 3
    mark_column: int = 4
    summary_column: int = 5

    @property
    def hint(self) -> str:
        """The reference to the hint, which begins with ✗ where a number is missing."""
        return reference(START, self.hint_row, self.name_column)

    @cached_property
    def data(self) -> Collection[str]:
        """The names of what each sample has its own of: the inputs and targets, in order."""
        return dict.fromkeys((*names.inputs(self.experiment.layers), *names.targets(self.experiment.layers)))

    @cached_property
    def rows(self) -> dict[tuple[str, int], int]:
        """The row of each number, by its name and its sample (0 for weights and biases)."""
        samples = start_values(self.experiment)
        data = [(name, number) for number in range(len(samples)) for name in self.data]
        constants = self.experiment.settings
        parameters = [(name, 0) for name in samples[0] if name not in self.data and name not in constants]
        rows = {key: self.first_row + position for position, key in enumerate(data + parameters)}
        below = self.first_row + len(rows) + 2
        return rows | {(name, 0): below + position for position, name in enumerate(constants)}

    @property
    def constants_row(self) -> int:
        """The row of the heading of the constants, where there are any: the one above the first of them."""
        return self.last_row - len(self.experiment.settings)

    @property
    def last_row(self) -> int:
        """The row of the last number."""
        return max(self.rows.values())

    def cell(self, name: str, table_row: int) -> str:
        """Refer to the number that a row of a table, counted from 0, takes from here."""
        sample = table_row % len(self.experiment.pairs) if name in self.data else 0
        return reference(START, self.rows[name, sample], self.value_column)


@dataclass(frozen=True)
class TableLayout:
    """A training table: the formulas in symbols above, then one row per iteration.

    Raises:
        SheetgenError: the table would not fit into a worksheet (by `check`).
    """

    experiment: Experiment
    notation: Notation
    eta_row: int = 1
    eta_column: int = 2
    blocks_row: int = 3
    band_row: int = 13
    header_row: int = 14
    first_row: int = 15
    first_column: int = 0

    @cached_property
    def start(self) -> StartLayout:
        """Where the initial weights and the samples stand."""
        return StartLayout(self.experiment)

    @cached_property
    def columns(self) -> dict[str, int]:
        """The column of each quantity."""
        return {name: column for column, name in enumerate(self.notation.names, start=self.first_column)}

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letters of each quantity's column."""
        return {name: xl_col_to_name(column) for name, column in self.columns.items()}

    @property
    def last_row(self) -> int:
        """The row of the last iteration."""
        return self.first_row + self.experiment.last_row

    @property
    def eta(self) -> str:
        """The reference to the sheet's own learning rate."""
        return fixed(self.eta_row, self.eta_column)

    def column_range(self, sheet: str, name: str) -> str:
        """Refer to all rows of a quantity on a sheet."""
        return f"'{sheet}'!{fixed_column_cells(self.columns[name], self.first_row, self.last_row)}"

    def formula(self, text: str, table_row: int, row_names: Sequence[str] = ()) -> str:
        """Put cell addresses into a formula of the notation, for a row of the table counted from 0.

        Args:
            text: the formula.
            table_row: the row, 0 for the initial weights.
            row_names: what to write instead of the row's number, and instead of that of the row 1, 2, … above.
        """

        def place(name: str, source: str | None) -> str:
            if name == "eta":
                return self.eta
            if source == "start":
                return self.start.cell(name, table_row)
            above = int(source or 0)
            row = row_names[above] if row_names else str(self.first_row + table_row - above + 1)
            return f"{self.letters[name]}{row}"

        return REFERENCE.sub(lambda match: place(match[1], match[2]), text)

    def check(self) -> None:
        """Reject what a worksheet cannot hold.

        Raises:
            SheetgenError: too many rows or columns, or a formula that is too long.
        """
        if self.last_row >= MAX_ROWS:
            most = (MAX_ROWS - self.first_row) // self.experiment.batch_size - 1
            what = f"{self.experiment.iterations:,} do not fit into a worksheet's {MAX_ROWS:,} rows"
            raise SheetgenError("iterations", what, f"give at most {most:,}")
        if len(self.columns) > MAX_COLUMNS:
            what = f"the table would have {len(self.columns):,} columns, a worksheet has {MAX_COLUMNS:,}"
            raise SheetgenError("layers", what, "make the network smaller")
        for quantity in self.notation.quantities:
            length = len(self.formula(quantity.formulas[-1], self.experiment.last_row)) + 1
            if length > MAX_FORMULA:
                what = f"the formula of {quantity.name} would have {length:,} characters, Excel allows {MAX_FORMULA:,}"
                raise SheetgenError("layers", what, "make the network, or the number of samples, smaller")


class CurvesLayout:
    """The sheet that compares the learning rates: a summary on top, charts, and the curves that they draw.

    Attributes:
        sheets: the sheets of the tables that are compared, the reader's own last.
        courses: whether the step sizes and the paths of two weights follow the error curves.
        milestones: the iterations whose error the summary shows: the first and the last of the curve among them. A mean
            over the samples begins where it has one of each.
        halving_column: how many iterations halve the error; to the left stand the errors at the milestones.
        place_column: the learning rate's rank, 1 for the smallest error at the end.
        rise_column: the iteration at which the error first rises.
        best_row: names the best learning rate.
        text_row: the heading of the explanation.
        charts_row, courses_charts_row: where the charts begin.
        courses_row: the heading of the step sizes and the paths.
        header_row: the header of the curves.
        picks: the iterations that the curves show: all, or in a long run evenly spaced ones.
        compared: the rows that Checks compares: the first one, that after the first update, and the last, or in a long
            run an earlier one.
    """

    summary_row: ClassVar[int] = 4
    first_milestone_column: ClassVar[int] = 2
    # A chart draws at most about this many points of a curve: more would not show, and make the file slow to open.
    _MOST_POINTS = 500
    # NumPy's numbers for Checks are computed while the workbook is written, which would take long for long runs.
    _LAST_COMPARED = 1_000
    _CHART_ROWS = 19

    def __init__(self, experiment: Experiment, *, courses: bool = True) -> None:
        last, batch = experiment.iterations, experiment.batch_size
        self.sheets: tuple[str, ...] = (*map(rate_sheet, experiment.learning_rates), YOURS)
        self.courses: bool = courses
        self._batch = batch
        first = min(math.ceil(len(experiment.pairs) / batch) - 1, last)
        marks = (1, 10, 50, 100, 1_000, 10_000, 100_000)
        between = (mark for mark in marks if first < mark < last)
        self.milestones: tuple[int, ...] = tuple(dict.fromkeys((first, *between, last)))
        self.halving_column: int = self.first_milestone_column + len(self.milestones)
        self.place_column: int = self.halving_column + 1
        self.rise_column: int = self.halving_column + 2
        self.best_row: int = self.summary_row + len(self.sheets) + 2
        self.text_row: int = self.best_row + 2
        self.charts_row: int = self.text_row + 7
        self.courses_row: int = self.charts_row + self._CHART_ROWS + 1
        self.courses_charts_row: int = self.courses_row + 8
        above = self.courses_charts_row if courses else self.charts_row
        self.header_row: int = above + self._CHART_ROWS + 2
        self.picks: list[int] = sorted({*range(0, last + 1, math.ceil(last / self._MOST_POINTS)), last})
        self.compared: tuple[int, ...] = tuple(sorted({0, batch, min(experiment.last_row, self._LAST_COMPARED)}))

    def course(self, table: "Table") -> Sequence[Value]:
        """Return the learning curve of a table as shipped, one value per iteration."""
        return table.curve[self._batch - 1 :: self._batch]

    def curve(self, position: int, block: int = 0) -> tuple[int, int, int]:
        """Return first row, last row and column of a curve.

        Args:
            position: 0 for the first learning rate.
            block: 0 for the error, 1 for the step sizes, 2 and 3 for the two weights of the path.
        """
        column = 1 + position + block * len(self.sheets)
        return self.header_row + 1, self.header_row + len(self.picks), column
