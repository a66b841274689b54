"""The formulas of a training table that is written cell by cell, beside something else on its sheet."""

from collections.abc import Callable, Iterator

from sheetgen.workbook.layout import TableLayout


class RowFormulas:
    """Gives the formulas of a table's rows: those of the first row of each kind, with other row numbers.

    Args:
        table: the table.
        adapted: changes a formula of the notation, so that it takes η and constants from where the sheet has them.
    """

    def __init__(self, table: TableLayout, adapted: Callable[[str], str]) -> None:
        self._table, self._adapted = table, adapted
        self._unique: int = table.notation.first_rows
        # Private-use characters stand for the number of the row and of the rows above it.
        self._marks: list[str] = [chr(0xE000 + lag) for lag in range(self._unique + 1)]
        self._kinds: dict[int, list[str]] = {}

    def of(self, number: int) -> Iterator[str]:
        """Yield the formulas of a row, counted from 0."""
        beyond = number - self._unique
        kind = number if beyond < 0 else self._unique + beyond % self._table.experiment.period
        if kind not in self._kinds:
            texts = (self._adapted(quantity.formula(kind)) for quantity in self._table.notation.quantities)
            self._kinds[kind] = [self._table.formula(text, kind, self._marks) for text in texts]
        for formula in self._kinds[kind]:
            for lag, mark in enumerate(self._marks):
                formula = formula.replace(mark, str(self._table.first_row + number + 1 - lag))
            yield formula
