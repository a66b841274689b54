"""What is known of a table when it has been judged, small enough to be sent from one process to another."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sheetgen.spreadsheet.workbook import Kind
from sheetgen.verify.read.interpretation import Feed, Model, Place, learning_rate
from sheetgen.verify.read.network_shape import Network
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.values.consistency import Judged, Values


@dataclass(frozen=True)
class Outline:
    """A table.

    Attributes:
        sheet: the sheet's name.
        first_row: the row of the first iteration.
        last_row: the row of the last one.
        columns: the column of each quantity that is judged.
        network: its network.
        samples: after how many rows the data repeats.
        eta: the cell of the learning rate, or None.
        rate: the learning rate, or None.
        feeds: cells outside of the table that feed it.
        first_count: what the first row's iteration is called.
        begins: inputs, targets, first weights and biases by name and sample; nan where one is missing.
        repaired: what belongs in the cells of right formulas whose cached value is wrong or missing.
    """

    sheet: str
    first_row: int
    last_row: int
    columns: dict[str, int]
    network: Network
    samples: int
    eta: Place | None
    rate: float | None
    feeds: dict[Place, Feed]
    first_count: float
    begins: dict[tuple[str, int], float]
    repaired: dict[tuple[int, int], float]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.last_row - self.first_row + 1


def outline_of(model: Model, source: Source, names: list[str], values: Values, judged: Judged) -> Outline:
    """Outline a table, given the quantities whose columns were judged, and what their values imply."""
    table = model.table
    counts = table.column("iteration").values[:1] if "iteration" in table.columns else np.zeros(1)
    return Outline(
        sheet=table.sheet.name,
        first_row=table.first_row,
        last_row=table.last_row,
        columns={name: table.columns[name] for name in names},
        network=model.network,
        samples=model.samples,
        eta=model.eta,
        rate=learning_rate(model, source),
        feeds=model.feeds,
        first_count=float(counts[0]) if np.isfinite(counts[0]) else 0.0,
        begins=dict(_begins(model, values)),
        repaired=_repaired(model, names, values, judged),
    )


def _begins(model: Model, values: Values) -> Iterator[tuple[tuple[str, int], float]]:
    network = model.network
    for letter, count in (("i", network.layers[0]), ("t", network.layers[-1])):
        for sample, numbers in enumerate(values.data(letter, count)[: model.samples]):
            for number, value in enumerate(numbers, start=1):
                yield (f"{letter}{number}", sample), float(value)
    for name in dict.fromkeys((*network.weights, *network.bias_names.values())):
        yield (name, 0), values.first(name)


def _repaired(model: Model, names: list[str], values: Values, judged: Judged) -> dict[tuple[int, int], float]:
    table = model.table
    repaired = {}
    for name in names:
        column = table.column(name)
        wrong = (column.formulas >= 0) & ((column.kinds == Kind.EMPTY) | (column.kinds == Kind.ERROR))
        wrong |= judged.stale.get(name, np.zeros(table.rows, dtype=np.bool_))
        if not wrong.any():
            continue
        numbers = judged.implied.get(name, np.full(table.rows, np.nan))
        if values.trajectory is not None and name in values.trajectory:
            numbers = np.where(np.isfinite(numbers), numbers, values.trajectory[name])
        for step in np.flatnonzero(wrong & np.isfinite(numbers)).tolist():
            repaired[step + table.first_row, table.columns[name]] = float(numbers[step])
    return repaired
