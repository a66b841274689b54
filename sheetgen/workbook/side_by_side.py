"""What the sheet Optimisers shows: how each optimiser trains the same network, and where on the sheet it stands."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import ClassVar

from sheetgen.errors import SheetgenError
from sheetgen.lesson.error_surface import ErrorSurface, error_surface
from sheetgen.network.cached_values import Evaluator, Row, Value
from sheetgen.network.constants import OF_OPTIMIZERS, OF_SCHEDULES
from sheetgen.network.experiment import Experiment
from sheetgen.network.names import Optimizer
from sheetgen.network.notation import write_notation
from sheetgen.network.quantities import Notation
from sheetgen.workbook.layout import MAX_COLUMNS, TableLayout

_MOST_ITERATIONS, _MOST_CELLS = 200, 60_000


@dataclass(frozen=True)
class Run:
    """One optimiser's training.

    Attributes:
        optimizer: its name in a template.
        learning_rate: its η as shipped.
        table: where its training stands.
        rows: the values of the table, as shipped.
    """

    optimizer: Optimizer
    learning_rate: float
    table: TableLayout
    rows: list[Row]

    @property
    def experiment(self) -> Experiment:
        """The network, trained by this optimiser."""
        return self.table.experiment

    @property
    def notation(self) -> Notation:
        """The quantities of its table."""
        return self.table.notation

    def course(self, name: str) -> list[Value]:
        """Return the values of a quantity at the end of each iteration."""
        place = self.notation.names.index(name)
        return [row[place] for row in self.rows[self.experiment.batch_size - 1 :: self.experiment.batch_size]]


class SideBySide:
    """The trainings, and the places of the sheet's parts: a summary, a picture of the error, curves; then the data.

    Args:
        experiment: the network, with the optimisers to compare.

    Attributes:
        iterations: how many of the iterations are shown.
        surface: the error over two weights.
        runs: the trainings.
        picture_row: the heading of the coloured grid; the grid begins in the next row.
        curves_row: where the charts of the error begin.
        data_row: the heading of what the charts draw, and of the tables.
        header_row: the headers of these; above them is room for numbers of a list as a whole.

    Raises:
        SheetgenError: the tables do not fit beside each other.
    """

    SIDE: ClassVar[int] = 41
    LEVELS: ClassVar[int] = 9
    CONSTANTS: ClassVar[tuple[str, ...]] = ("momentum", "beta_1", "beta_2", "rho", "epsilon", "weight_decay")
    GRID_PIXELS: ClassVar[int] = 12
    summary_row: ClassVar[int] = 4
    results_column: ClassVar[int] = 2 + len(CONSTANTS)
    axis_column: ClassVar[int] = results_column + 4
    grid_column: ClassVar[int] = axis_column + 1
    data_column: ClassVar[int] = grid_column + SIDE + 2

    def __init__(self, experiment: Experiment) -> None:
        self.experiment: Experiment = experiment
        self.range_row: int = self.summary_row + len(experiment.optimizers) + 1
        self.picture_row: int = self.range_row + 3
        self.curves_row: int = self.picture_row + self.SIDE + 4
        self.data_row: int = self.curves_row + 19
        self.header_row: int = self.data_row + 12
        variants = {name: _trained_by(experiment, name) for name in experiment.optimizers}
        notations = {name: write_notation(variant) for name, variant in variants.items()}
        self.surface: ErrorSurface = error_surface(experiment, write_notation(experiment))
        width = sum(len(notation.quantities) for notation in notations.values())
        most = _MOST_CELLS // (width * experiment.batch_size) - 1
        self.iterations: int = min(experiment.iterations, _MOST_ITERATIONS, max(1, most))
        self.runs: list[Run] = []
        column = self.tables_column
        for name, rate in experiment.optimizers.items():
            table = TableLayout(variants[name], notations[name], first_row=self.header_row + 1, first_column=column)
            self.runs.append(Run(name, rate, table, self._rows(table, rate)))
            column += len(notations[name].quantities) + 1
        if column > MAX_COLUMNS:
            what = f"the tables would have {column:,} columns side by side, a worksheet has {MAX_COLUMNS:,}"
            raise SheetgenError("optimizers", what, "compare fewer, or make the network smaller")

    def _rows(self, table: TableLayout, rate: float) -> list[Row]:
        count = table.experiment.row_of(self.iterations) + 1
        return list(islice(Evaluator(table.experiment, table.notation).rows(rate, table.experiment.last_row), count))

    @property
    def grid_row(self) -> int:
        """The first row of the grid."""
        return self.picture_row + 1

    @property
    def axis_row(self) -> int:
        """The row below the grid, with the weight that each of its columns shows."""
        return self.grid_row + self.SIDE

    def axis(self, direction: int) -> list[float]:
        """Return the values of the weight drawn across (0) or upward (1) in the grid, from left or from the top."""
        low, high = self.ranges[self.surface.moved[direction]]
        begin, width = (high, low - high) if direction else (low, high - low)
        return [begin + width * place / (self.SIDE - 1) for place in range(self.SIDE)]

    @property
    def error_name(self) -> str:
        """What is drawn: the error of the sample, or the mean over all."""
        return self.runs[0].notation.curve

    @property
    def first_row(self) -> int:
        """The first row of every list."""
        return self.header_row + 1

    @property
    def first_iteration(self) -> int:
        """The iteration that the comparison begins with: with a mean, the first that has seen all samples."""
        return min(-(-len(self.experiment.pairs) // self.experiment.batch_size) - 1, self.iterations)

    @property
    def lowest_column(self) -> int:
        """The list of the lowest places of the grid's columns, after that of what the samples keep."""
        return self.data_column + len(self.surface.fixed) + 2

    @property
    def contour_column(self) -> int:
        """The lists of the contour lines."""
        return self.lowest_column + 10

    @property
    def frame_column(self) -> int:
        """The corners of the picture."""
        return self.contour_column + 3 * self.LEVELS + 2

    @property
    def corner_names(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Where the names of the frame and of the start stand, for the legend."""
        return (self.header_row - 2, self.frame_column), (self.header_row - 1, self.frame_column)

    @property
    def curves_column(self) -> int:
        """The lists of the curves: the iteration, then the error, and both weights, of every optimiser."""
        return self.frame_column + 3

    @property
    def tables_column(self) -> int:
        """The first of the trainings."""
        return self.curves_column + 3 * len(self.experiment.optimizers) + 2

    def curve_column(self, position: int, block: int) -> int:
        """The column of an optimiser's error (block 0), or of its weight across (1) or upward (2)."""
        return self.curves_column + 1 + position + block * len(self.experiment.optimizers)

    @cached_property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """From where to where the picture shows each of the two weights: around the paths that lead downward."""
        curve = self.runs[0].notation.curve
        inside = [run for run in self.runs if _leads_downward(run.course(curve))]
        shown = {}
        for name in self.surface.moved:
            values = [value for run in inside for value in run.course(name) if not isinstance(value, str)]
            first = self.runs[0].course(name)[0]
            shown[name] = _around(values or [0.0 if isinstance(first, str) else first])
        return shown


def _trained_by(experiment: Experiment, optimizer: Optimizer) -> Experiment:
    known = OF_OPTIMIZERS[optimizer] | OF_SCHEDULES[experiment.schedule]
    constants = {name: value for name, value in experiment.constants.items() if name in known}
    return experiment.model_copy(update={"optimizer": optimizer, "constants": constants, "optimizers": {}})


def _leads_downward(errors: list[Value]) -> bool:
    first, last = errors[0], errors[-1]
    return not isinstance(first, str) and not isinstance(last, str) and last <= first


def _around(values: list[float]) -> tuple[float, float]:
    """Return from where to where a picture of these should go, in round numbers.

    Excel ends an axis at the first round number that is at least a twentieth of the span beyond what is drawn. The
    picture ends so that this number is near.
    """
    low, high = min(values), max(values)
    span = high - low or 1.0
    power = 10.0 ** math.floor(math.log10(span))
    step = power * (1.0 if span / power >= 4 else 0.5 if span / power >= 2 else 0.2)
    fine = step / 10
    first, last = step * math.floor((low - 0.05 * span) / step), step * math.ceil((high + 0.05 * span) / step)
    inward = fine * math.ceil(0.05 * (last - first) / fine - 1e-9)
    start = min(first + inward, fine * math.floor((low - 0.02 * span) / fine))
    end = max(last - inward, fine * math.ceil((high + 0.02 * span) / fine))
    return round(start, 12), round(end, 12)
