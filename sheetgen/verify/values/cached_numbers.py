"""The numbers that a table's cells hold, and those of the cells that feed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Array, Mask
from sheetgen.verify.read.interpretation import Reading

_HALF = 0.5


@dataclass(frozen=True)
class CachedNumbers:
    """The numbers of a table as the file holds them.

    Attributes:
        reading: the table.
    """

    reading: Reading

    @cached_property
    def cached(self) -> dict[str, Array]:
        """By quantity, each row's number as arithmetic sees it: 0 for an empty cell, what a text spells, or nan.

        A quantity without a column may be held by a cell outside the table.
        """
        numbers = {name: self._numbers(name) for name in self.reading.table.columns}
        for name in self.reading.given:
            numbers.setdefault(name, np.full(self.reading.table.rows, self._outside(name)))
        return numbers

    @cached_property
    def eta(self) -> Array:
        """The learning rate of each row, shape (rows,); nan where there is none."""
        rate = self.reading.rate
        return np.full(self.reading.table.rows, np.nan if rate is None else rate)

    @cached_property
    def first_count(self) -> float:
        """The number of the first row's iteration; 0 if the table does not say."""
        counts = self.cached.get("iteration")
        return float(counts[0]) if counts is not None and np.isfinite(counts[0]) else 0.0

    def first(self, name: str) -> float:
        """Return the number that a quantity starts from, nan if there is none."""
        table = self.reading.table
        missing = name in table.columns and table.column(name).kinds[0] == Kind.EMPTY
        return np.nan if missing else float(self.cached[name][0])

    def held(self, name: str) -> Array:
        """Return a quantity's numbers, nan where a cell is empty, shape (rows,)."""
        if name not in self.reading.table.columns:
            return self.cached[name]
        return np.where(self.reading.table.column(name).kinds == Kind.EMPTY, np.nan, self.cached[name])

    def fed(self, name: str) -> Array:
        """Return what cells outside the table feed in, or else what the column holds: for data the commonest value.

        Shape (samples,) for inputs and targets, (1,) for weights and biases.
        """
        count = self.reading.samples if self.reading.network.repeats_with_samples(name) else 1
        numbers = np.full(count, np.nan)
        for sample, number in () if self._mostly_typed(name) else self._feeds.get(name, ()):
            numbers[sample % count] = np.nan if number is None else number
        if name not in self.reading.network.trained:
            for missing in np.flatnonzero(np.isnan(numbers)).tolist():
                numbers[missing] = commonest(self.held(name)[missing::count])
        else:
            numbers = np.where(np.isnan(numbers), self.held(name)[:1], numbers)
        return numbers

    def data(self, names: Iterable[str]) -> Array:
        """Return the inputs or targets of every row, shape (rows, names)."""
        columns = []
        for name in names:
            held = self.held(name)
            columns.append(np.where(np.isfinite(held), held, np.resize(self.fed(name), len(held))))
        return np.stack(columns, axis=1)

    def empty(self, name: str) -> Mask:
        """Return the rows in which a column is empty."""
        column = self.reading.table.column(name)
        return np.asarray((column.kinds == Kind.EMPTY) & (column.formulas < 0))

    def _mostly_typed(self, name: str) -> bool:
        """Tell whether most rows of a column of data are typed, so that one row's reference decides nothing."""
        table = self.reading.table
        if name not in self.reading.network.data or name not in table.columns:
            return False
        return bool((table.column(name).formulas >= 0).mean() <= _HALF)

    @cached_property
    def _feeds(self) -> dict[str, list[tuple[int, float | None]]]:
        """The samples and numbers of the cells outside the table that feed each quantity."""
        feeds: dict[str, list[tuple[int, float | None]]] = {}
        for feed in self.reading.feeds.values():
            feeds.setdefault(feed.name, []).append((feed.sample, feed.number))
        return feeds

    def _outside(self, name: str) -> float:
        """Return the number of the cell outside the table that feeds a quantity."""
        number = self._feeds[name][0][1] if name in self._feeds else None
        return np.nan if number is None else number

    def _numbers(self, name: str) -> Array:
        table = self.reading.table
        column = table.column(name)
        numbers = np.where((column.kinds == Kind.NUMBER) | (column.kinds == Kind.BOOLEAN), column.values, np.nan)
        numbers[self.empty(name)] = 0.0
        for place in np.flatnonzero(column.kinds == Kind.TEXT):
            key = (int(place) + table.first_row, table.columns[name])
            numbers[place] = as_number(table.sheet.texts.get(key, ""))
        return numbers


def as_number(text: str) -> float:
    """Return the number that a text spells, or nan."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def commonest(values: Array) -> float:
    """Return the most common value, nan if there is none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan
    found, counts = np.unique(known, return_counts=True)
    return float(found[counts.argmax()])
