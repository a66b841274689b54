"""A plan for what the workbook says, without its cached values: quick to make even for a million iterations."""

import math
from collections.abc import Iterator, Sequence
from typing import overload

from sheetgen.network.cached_values import Row, Value
from sheetgen.network.experiment import Experiment
from sheetgen.workbook.plan import Plan
from sheetgen.workbook.training_summary import Table


class Outline(Plan):
    """A plan whose tables are computed only as far as the sheet Checks compares them.

    All later rows count as equal to the last one computed, so the cached values of the sheets are not those of a
    workbook; formulas and texts are.

    Args:
        experiment: what would be written.
        lessons: whether the sheets that teach would be written.
        numpy: whether NumPy computes the numbers on Checks; otherwise they are those of the formulas, which may
            differ from NumPy's by rounding.
    """

    def __init__(self, experiment: Experiment, *, lessons: bool, numpy: bool) -> None:
        self._numpy = numpy
        super().__init__(experiment, lessons=lessons)

    def numpy_numbers(self, table: Table) -> dict[tuple[str, int], float]:
        """Return the numbers that Checks holds."""
        if self._numpy:
            return super().numpy_numbers(table)
        return {
            (name, at): math.nan if isinstance(value, str) else value
            for at in self.curves.compared
            for name, value in zip(self.notation.names, table.picked[at], strict=True)
        }

    def _table(self, sheet: str, learning_rate: float) -> Table:
        rows = list(self._evaluator.rows(learning_rate, self.curves.compared[-1]))
        curve = self.table.columns[self.notation.curve]
        return Table(sheet, learning_rate, _Curve([row[curve] for row in rows]), _Rows(enumerate(rows)))


class _Curve(Sequence[Value]):
    """A curve that goes on as it ended."""

    def __init__(self, values: list[Value]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Value]:
        return iter(self._values)

    @overload
    def __getitem__(self, iteration: int) -> Value: ...

    @overload
    def __getitem__(self, iteration: slice) -> list[Value]: ...

    def __getitem__(self, iteration: int | slice) -> Value | list[Value]:
        if isinstance(iteration, slice):
            return self._values[iteration]
        return self._values[min(iteration, len(self._values) - 1)]


class _Rows(dict[int, Row]):
    """Rows by iteration, which go on as they ended."""

    def __missing__(self, iteration: int) -> Row:
        return self[len(self) - 1]
