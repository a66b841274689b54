"""What is known of a table when it has been judged, small enough to be sent from one process to another."""

from dataclasses import dataclass

import numpy as np

from sheetgen.spreadsheet.workbook import Kind
from sheetgen.verify.read.interpretation import Model
from sheetgen.verify.values.consistency import Judged, Values


@dataclass(frozen=True)
class Outline:
    """A table.

    Attributes:
        sheet: the sheet's name.
        first_row: the row of the first iteration.
        last_row: the row of the last one.
        columns: the column of each quantity that is judged.
        repaired: what belongs in the cells of right formulas whose cached value is wrong or missing.
    """

    sheet: str
    first_row: int
    last_row: int
    columns: dict[str, int]
    repaired: dict[tuple[int, int], float]


def outline_of(model: Model, names: list[str], values: Values, judged: Judged) -> Outline:
    """Outline a table, given the quantities whose columns were judged, and what their values imply."""
    table = model.table
    return Outline(
        sheet=table.sheet.name,
        first_row=table.first_row,
        last_row=table.last_row,
        columns={name: table.columns[name] for name in names},
        repaired=_repaired(model, names, values, judged),
    )


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
