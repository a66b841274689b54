"""What the other sheets need to know of a training table, as it is shipped."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sheetgen.network.evaluate import Row, Value


@dataclass(frozen=True)
class Table:
    """One training table: its sheet, its learning rate, and its course, for the sheets that show it.

    Attributes:
        sheet: the name of the sheet.
        learning_rate: η as shipped.
        curve: the quantity whose fall shows the learning, per iteration (E_total, or its mean over the samples).
        first_rows: the whole of row 0 and row 1.
        picked: the whole of the rows that the charts show, by iteration.
    """

    sheet: str
    learning_rate: float
    curve: Sequence[Value]
    first_rows: tuple[Row, Row]
    picked: dict[int, Row]


def summarise(sheet: str, learning_rate: float, rows: Iterable[Row], curve: int, picks: Iterable[int]) -> Table:
    """Run through a table's rows once and keep what the other sheets show.

    Args:
        sheet: the name of its sheet.
        learning_rate: η as shipped.
        rows: the cached values, row by row.
        curve: the column of the curve.
        picks: the iterations to keep whole.
    """
    wanted = {0, 1, *picks}
    kept: dict[int, Row] = {}
    course: list[Value] = []
    for number, row in enumerate(rows):
        course.append(row[curve])
        if number in wanted:
            kept[number] = row
    return Table(sheet, learning_rate, course, (kept[0], kept[1]), kept)


def step_length(learning_rate: float, gradients: Iterable[Value]) -> Value:
    """How far an update moves all weights together: η times the length of the gradient; errors are handed on."""
    squares = 0.0
    for gradient in gradients:
        if isinstance(gradient, str):
            return gradient
        squares += gradient * gradient
    length = learning_rate * math.sqrt(squares)
    return length if math.isfinite(length) else "#NUM!"
