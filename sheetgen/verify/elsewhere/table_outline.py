"""What is known of a table when it has been judged, for the formulas outside of it."""

from dataclasses import dataclass

import numpy as np

from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.verify.values.consistency import ValueVerdicts


@dataclass(frozen=True)
class Outline:
    """A table.

    Attributes:
        sheet: the sheet's name.
        first_row: the row of the first iteration.
        last_row: the row of the last one.
        columns: the column of each quantity that is judged.
        repaired: by row and column, what belongs in the cells of right formulas whose cached value is wrong or missing.
    """

    sheet: str
    first_row: int
    last_row: int
    columns: dict[str, int]
    repaired: dict[tuple[int, int], float]


def outline_of(values: ValueVerdicts) -> Outline:
    """Outline a table that was judged."""
    reading = values.numbers.reading
    table = reading.table
    columns = {name: table.columns[name] for name in reading.judged}
    return Outline(table.sheet.name, table.first_row, table.last_row, columns, _repaired(values))


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
