"""What the other sheets show of a training table, with its values as shipped."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sheetgen.network.cached_values import Row, Value


@dataclass(frozen=True)
class Table:
    """One training table: its sheet, its learning rate, and its values over time.

    Attributes:
        sheet: the name of the sheet.
        learning_rate: η as shipped.
        curve: the learning curve, one value per iteration: E_total, or its mean over the samples.
        picked: the rows that other sheets show, complete, by iteration.
    """

    sheet: str
    learning_rate: float
    curve: Sequence[Value]
    picked: dict[int, Row]


def summarise(sheet: str, learning_rate: float, rows: Iterable[Row], curve: int, picks: Collection[int]) -> Table:
    """Go through a table's rows once and keep its curve, which stands in column `curve`, and the rows to pick."""
    course: list[Value] = []
    picked: dict[int, Row] = {}
    for number, row in enumerate(rows):
        course.append(row[curve])
        if number in picks:
            picked[number] = row
    return Table(sheet, learning_rate, course, picked)
