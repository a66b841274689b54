"""Do the lesson sheets show what their labels say? Tried on random numbers, in which no two quantities are alike."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from openpyxl import load_workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen import Experiment, trace
from sheetgen.network.cached_values import start_values
from sheetgen.network.experiment import Sample
from sheetgen.network.notation import write_notation
from sheetgen.network.quantities import Group
from sheetgen.workbook.layout import (  # fmt: skip
    GRADIENT_CHECK,
    NETWORK,
    START,
    STEPS,
    WORKINGS,
    CurvesLayout,
    StartLayout,
    TableLayout,
)
from sheetgen.workbook.selected_row import Chosen
from tests.sheetgen.support.reader import Reader

FEWEST_ITERATIONS = 8
"""What a workbook needs, so that the iterations that are tried have one after them."""

_PLACES = {WORKINGS: 4}
_SHEETS = (NETWORK, STEPS, GRADIENT_CHECK)
_CHOICES = tuple(xl_rowcol_to_cell(*cell) for cell in (Chosen.sheet_cell, Chosen.iteration_cell))


class Label(NamedTuple):
    """A label on a lesson sheet, and the cells up to the next one; the first number among them is what it names."""

    sheet: str
    quantity: str
    right: tuple[str, ...]


class Shown(NamedTuple):
    """A cell that shows a quantity of the chosen row."""

    sheet: str
    cell: str
    quantity: str


class RandomRun:
    """A workbook with random numbers typed into it, for its lesson sheets to show.

    Args:
        experiment: what the workbook was built from.
        path: the workbook.
    """

    def __init__(self, experiment: Experiment, path: Path) -> None:
        self._experiment = with_random_numbers(experiment)
        self._reader = Reader(path)
        self._rates = {sheet: 0.4 + 0.17 * n for n, sheet in enumerate(CurvesLayout(experiment).sheets)}
        self._type_numbers()
        self._labels = list(_labels(path, self._quantities(next(iter(self._rates)))))
        self._texts = list(_texts(path))

    def results(self) -> dict[Shown, bool]:
        """Choose every table, with an early and a later iteration of it; tell which cells are right each time."""
        results: dict[Shown, bool] = {}
        for number, sheet in enumerate(self._rates):
            quantities = self._quantities(sheet)
            for iteration in (number % 3, 3 + number % 4):
                for cell, content in zip(_CHOICES, (sheet, iteration), strict=True):
                    self._reader.type(NETWORK, cell, content)
                for shown, value in self._values():
                    expected = float(quantities[shown.quantity][self._row_of(shown, iteration)])
                    rounded = 0.51 * 10.0 ** -_PLACES[shown.sheet] if shown.sheet in _PLACES else 1e-12
                    right = math.isclose(value, expected, rel_tol=1e-9, abs_tol=rounded)
                    results[shown] = right and results.get(shown, True)
        return results

    def _row_of(self, shown: Shown, row: int) -> int:
        """The row that a cell takes its quantity from: Steps shows what the optimiser makes of the whole batch."""
        kept = {quantity.name for quantity in write_notation(self._experiment).of(Group.OPTIMIZER)}
        updated = shown.quantity.startswith("new ") or (shown.sheet == STEPS and shown.quantity in kept)
        return self._experiment.row_of(row // self._experiment.batch_size) if updated else row

    def _type_numbers(self) -> None:
        start = StartLayout(self._experiment)
        samples = start_values(self._experiment)
        for (name, sample), row in start.rows.items():
            self._reader.type(START, xl_rowcol_to_cell(row, start.value_column), samples[sample][name])
        layout = TableLayout(self._experiment, write_notation(self._experiment))
        for sheet, rate in self._rates.items():
            self._reader.type(sheet, layout.eta.replace("$", ""), rate)

    def _quantities(self, sheet: str) -> dict[str, np.ndarray]:
        """Train with a table's learning rate; return every quantity row by row, `new w1` among them."""
        known = trace(self._experiment, self._rates[sheet], FEWEST_ITERATIONS).named()
        known["η"] = np.full(len(known["E_total"]), self._rates[sheet])
        return known | {f"new {name}": series[1:] for name, series in known.items()}

    def _values(self) -> Iterator[tuple[Shown, float]]:
        """Go through the labels, each with the first number to its right; errors count as numbers that are wrong."""
        self._reader.see(NETWORK)
        for label in self._labels:
            for cell in label.right:
                value = self._reader.held(label.sheet, cell)
                if isinstance(value, float) or str(value).startswith("#"):
                    yield Shown(label.sheet, cell, label.quantity), value if isinstance(value, float) else math.nan
                    break
        for cell in self._texts:
            name, value = str(self._reader.held(WORKINGS, cell)).replace("◂\u00a0", "").split(maxsplit=1)
            if name in self._quantities(next(iter(self._rates))):
                yield Shown(WORKINGS, cell, name), float(value)


def with_random_numbers(experiment: Experiment) -> Experiment:
    """Return the same network on random samples, from random first weights and biases."""
    random = np.random.default_rng(5)

    def numbers(count: int, low: float, high: float) -> tuple[float, ...]:
        return tuple(random.uniform(low, high, count).tolist())

    def targets() -> tuple[float, ...]:
        drawn = numbers(layers[-1], 0.1, 0.9)
        total = sum(drawn) if experiment.loss == "cross-entropy" else 1.0
        return tuple(target / total for target in drawn)

    layers = experiment.layers
    samples = [Sample(inputs=numbers(layers[0], 0.2, 1), targets=targets()) for _ in experiment.pairs]
    own = {"inputs": samples[0].inputs, "targets": samples[0].targets} if experiment.samples is None else {}
    own = own or {"samples": tuple(samples)}
    weights = numbers(len(experiment.weights), -1.3, 1.3)
    return experiment.model_copy(
        update={**own, "weights": weights, "biases": numbers(len(experiment.biases), -0.7, 0.7)}
    )


def _texts(path: Path) -> Iterator[str]:
    """Yield the cells with the picture's texts: a name and a number, side by side or one below the other."""
    for (cell,) in load_workbook(path, read_only=True, data_only=True)[WORKINGS].iter_rows(8, None, 5, 5):
        if cell.value is not None and len(str(cell.value).replace("◂\u00a0", "").split()) == 2:
            yield cell.coordinate


def _labels(path: Path, quantities: dict[str, np.ndarray]) -> Iterator[Label]:
    book = load_workbook(path, read_only=True, data_only=True)
    for name in _SHEETS:
        for row in book[name].iter_rows():
            cells = [cell for cell in row if cell.value is not None]
            labels = [at for at, cell in enumerate(cells) if cell.value in quantities]
            for at, following in zip(labels, [*labels[1:], len(cells)], strict=False):
                right = tuple(cell.coordinate for cell in cells[at + 1 : following])
                yield Label(name, cells[at].value, right)
