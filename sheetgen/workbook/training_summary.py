"""What the other sheets show of a training table, with its values as shipped."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sheetgen.network.cached_values import Row, Value


@dataclass(frozen=True)
class Table:
    """One training table: its sheet, its learning rate, and its values over time.

    Attributes:
        sheet: the name of the sheet.
        learning_rate: η as shipped.
        curve: the learning curve, one value per iteration: E_total, or its mean over the samples.
        first_rows: rows 0 and 1, complete.
        picked: the rows that other sheets show, complete, by iteration.
    """

    sheet: str
    learning_rate: float
    curve: Sequence[Value]
    first_rows: tuple[Row, Row]
    picked: dict[int, Row]


def summarise(sheet: str, learning_rate: float, rows: Iterable[Row], curve: int, picks: Iterable[int]) -> Table:
    """Go through a table's rows once and keep what the other sheets show.

    Args:
        sheet: the name of its sheet.
        learning_rate: η as shipped.
        rows: the cached values, row by row.
        curve: the column of the curve.
        picks: the iterations to keep complete.
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
    """Return the length of an update: η times the Euclidean norm of the gradient; errors are passed on."""
    squares = 0.0
    for gradient in gradients:
        if isinstance(gradient, str):
            return gradient
        squares += gradient * gradient
    length = learning_rate * math.sqrt(squares)
    return length if math.isfinite(length) else "#NUM!"
