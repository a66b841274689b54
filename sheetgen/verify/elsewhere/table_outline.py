"""What is known of a table when it has been judged, small enough to be sent from one process to another."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sheetgen.spreadsheet.workbook import Kind
from sheetgen.verify.read.feeding_cells import Feed, Place
from sheetgen.verify.read.network_shape import Network
from sheetgen.verify.values.cached_numbers import CachedNumbers
from sheetgen.verify.values.consistency import ValueVerdicts


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


def outline_of(values: ValueVerdicts) -> Outline:
    """Outline a table that was judged."""
    reading, numbers = values.numbers.reading, values.numbers
    table = reading.table
    return Outline(
        sheet=table.sheet.name,
        first_row=table.first_row,
        last_row=table.last_row,
        columns={name: table.columns[name] for name in reading.judged},
        network=reading.network,
        samples=reading.samples,
        eta=reading.eta,
        rate=reading.rate,
        feeds=reading.feeds,
        first_count=numbers.first_count,
        begins=dict(_begins(numbers)),
        repaired=_repaired(values),
    )


def _begins(numbers: CachedNumbers) -> Iterator[tuple[tuple[str, int], float]]:
    network = numbers.reading.network
    for letter, count in (("i", network.layers[0]), ("t", network.layers[-1])):
        for sample, row in enumerate(numbers.data(letter, count)[: numbers.reading.samples]):
            for number, value in enumerate(row, start=1):
                yield (f"{letter}{number}", sample), float(value)
    for name in dict.fromkeys((*network.weights, *network.bias_names.values())):
        yield (name, 0), numbers.first(name)


def _repaired(values: ValueVerdicts) -> dict[tuple[int, int], float]:
    reading = values.numbers.reading
    table, repaired = reading.table, {}
    for name in reading.judged:
        column = table.column(name)
        wrong = (column.formulas >= 0) & ((column.kinds == Kind.EMPTY) | (column.kinds == Kind.ERROR))
        wrong |= values.stale.get(name, np.zeros(table.rows, dtype=np.bool_))
        if not wrong.any():
            continue
        numbers = values.expected(name)
        for step in np.flatnonzero(wrong & np.isfinite(numbers)).tolist():
            repaired[step + table.first_row, table.columns[name]] = float(numbers[step])
    return repaired
