"""Columns in a table, or beside it, whose formulas are recomputed although nobody can say what they should mean."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.formula import Area
from sheetgen.types import Place
from sheetgen.verify.read.feeding_cells import references
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_MOST_NAMED = 8
_MOST_LETTERS = 40


class UnjudgedColumn(NamedTuple):
    """A column of formulas without a known meaning: its label, and its cells in the table's rows."""

    label: str
    area: Area

    def places(self) -> Iterator[Place]:
        """Yield its cells."""
        return ((self.area.sheet, row, self.area.first_column) for row in range(self.area[1], self.area.last_row + 1))


def find_unjudged(reading: Reading, book: LabelledSheets) -> tuple[UnjudgedColumn, ...]:
    """Find the labelled columns with formulas that no judged formula depends on."""
    candidates = list(_candidates(reading))
    used = _used(reading, book) if candidates else set()
    return tuple(_unjudged(reading, column) for column in candidates if column not in used)


def say_unjudged(sheet: str, columns: Sequence[UnjudgedColumn]) -> Iterator[str]:
    """Name the columns in one line, if there are any."""
    if columns:
        named = [f"“{each.label[:_MOST_LETTERS]}” ({each.area.text})" for each in columns[:_MOST_NAMED]]
        more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
        yield f"sheet {sheet}: {', '.join(named)}{more}: recomputed, meaning not judged"


def _candidates(reading: Reading) -> Iterator[int]:
    """Yield the columns with a label and formulas, as far as the labels go on beside the table with small gaps."""
    table, judged = reading.table, {reading.table.columns[name] for name in reading.judged}
    first, last = min(table.columns.values()), max(table.columns.values())
    labelled = {column for row, column in table.sheet.texts if row == table.header_row}
    for step, end in ((-1, first), (1, last)):
        column = end
        while {column + step, column + 2 * step} & labelled:
            column += step
        first, last = min(first, column), max(last, column)
    for column in sorted(labelled):
        if first <= column <= last and column not in judged and (table.at(column).formulas >= 0).any():
            yield column


def _unjudged(reading: Reading, column: int) -> UnjudgedColumn:
    table = reading.table
    label = " ".join(table.sheet.texts[table.header_row, column].split())
    return UnjudgedColumn(label, Area(table.sheet.name, table.first_row, column, table.last_row, column))


def _used(reading: Reading, book: LabelledSheets) -> set[int]:
    """Return the columns that judged formulas refer to, directly or by way of others."""
    table = reading.table
    used, waiting = set[int](), [table.columns[name] for name in reading.judged]
    while waiting:
        found = set(_precedents(reading, waiting.pop(), book)) - used
        used |= found
        waiting += found
    return used


def _precedents(reading: Reading, column: int, book: LabelledSheets) -> Iterable[int]:
    """Yield the columns of the table's rows that a column's formulas refer to."""
    table = reading.table
    formulas = table.at(column).formulas
    for template in np.unique(formulas[formulas >= 0]):
        row = table.first_row + int(np.flatnonzero(formulas == template)[0])
        for area in references(table, int(template), row, book):
            if area.sheet == table.sheet.name and table.first_row - 1 <= area.last_row:
                yield from range(area.first_column, min(area.last_column, _last(reading)) + 1)


def _last(reading: Reading) -> int:
    return max(reading.table.sheet.columns, default=1)
