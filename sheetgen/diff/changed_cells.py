"""Cells of a sheet, by which it is told whether an area has any of them."""

from collections import defaultdict

import numpy as np

from sheetgen.diff.grid import Integers
from sheetgen.types import Mask


class ChangedCells:
    """Some cells of one sheet."""

    def __init__(self) -> None:
        self._parts: dict[int, list[Integers]] = defaultdict(list)
        self._sorted: dict[int, Integers] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._parts)

    def add(self, column: int, rows: Integers) -> None:
        """Add cells of a column, by their rows."""
        if len(rows):
            self._parts[column].append(rows)
            self._sorted.pop(column, None)

    def meet(self, columns: tuple[int, int], first: Integers, last: Integers) -> Mask:
        """Tell for each of several areas in the same columns whether any of the cells is in it."""
        found = np.zeros(len(first), np.bool_)
        for column in self._parts:
            if columns[0] <= column <= columns[1]:
                rows = self._rows(column)
                found |= np.searchsorted(rows, first) < np.searchsorted(rows, last, side="right")
        return found

    def _rows(self, column: int) -> Integers:
        if column not in self._sorted:
            self._sorted[column] = np.unique(np.concatenate(self._parts[column]))
        return self._sorted[column]
