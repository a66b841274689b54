"""Cells of a table whose formulas have the same meaning, to be judged together."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.formula import Area
from sheetgen.types import Rows
from sheetgen.verify.read.feeding_cells import references
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_MOST_HELPERS = 40


class Group(NamedTuple):
    """Cells of one column whose formulas have the same meaning.

    Attributes:
        name: the quantity of the column.
        template: the number of their formula in the sheet's templates.
        row: the first of them, which stands for all.
        rows: the rows of all of them, ascending.
    """

    name: str
    template: int
    row: int
    rows: Rows


def group_cells(reading: Reading, book: LabelledSheets) -> Iterator[Group]:
    """Group the formulas of a table by their meaning."""
    for name in reading.table.columns:
        if name in reading.network.quantities:
            for template, steps in reading.table.column(name).by_template():
                yield from _split(reading, book, name, template, steps)


def _split(reading: Reading, book: LabelledSheets, name: str, template: int, steps: Rows) -> Iterator[Group]:
    """Split the copies of a formula if their position in the table makes a difference, the topmost first."""
    table = reading.table
    marks = [np.minimum(steps, max(reading.samples, 1) if name == "E_mean" else 1), steps % reading.samples]
    first = table.first_row + int(steps[0])
    found = references(table, template, first, book)
    sliding = bool(table.sheet.templates[template].offsets) or "[" in table.sheet.templates[template].at(first)
    for area in found:
        marks += _marks(reading, book, area, first, steps, sliding=sliding)
    stacked = np.stack(marks)
    differing = stacked[(stacked != stacked[:, :1]).any(axis=1)]
    if len(differing) < 2:  # the usual case, and much faster than sorting columns
        differing = differing[0] if len(differing) else stacked[0]
    _, starts, owner = np.unique(differing, axis=-1, return_index=True, return_inverse=True)
    rows = steps + table.first_row
    for number in np.argsort(starts):
        yield Group(name, template, int(rows[starts[number]]), rows[owner.reshape(-1) == number])


def _marks(
    reading: Reading, book: LabelledSheets, area: Area, row: int, steps: Rows, *, sliding: bool
) -> Iterator[Rows]:
    """Yield marks by which rows differ if one of their references points somewhere special."""
    table = reading.table
    local = area.sheet == table.sheet.name
    for corner, column in {(area.first_row, area.first_column), (area.last_row, area.last_column)}:
        if area.anchored or not sliding:
            if local and table.holds(corner, column):
                distance = steps + table.first_row - corner
                reach = max(2, reading.samples) + 1
                yield np.clip(distance, -reach, reach)
            continue
        target = steps + (corner - row) + table.first_row
        inside = local & (target >= table.first_row) & (target <= table.last_row)
        known = bool(table.names.get(column))
        if known:
            yield np.where(inside, -1, steps)
        else:
            yield _helper_marks(reading, book, column, target, steps) if local else steps


def _helper_marks(reading: Reading, book: LabelledSheets, column: int, target: Rows, steps: Rows) -> Rows:
    """Distinguish rows that refer to an unlabelled column beside the table by the formulas in that column."""
    table = reading.table
    places = target - table.first_row
    inside = (places >= 0) & (places < table.rows)
    written = _written(reading, book, column)[np.clip(places, 0, table.rows - 1)]
    return np.where(inside & (written >= 0), -2 - written, steps)


def _written(reading: Reading, book: LabelledSheets, column: int) -> Rows:
    """Number, for each row, what an unlabelled column holds: its formula, and those of others that it needs.

    Returns:
        Shape (rows,); -1 where there is no formula.
    """
    table = reading.table
    own = table.at(column).formulas.astype(np.int64)
    marks, seen, waiting = [own], {(column, 0)}, [(column, 0)]
    while waiting and len(seen) <= _MOST_HELPERS:
        for place in _beside(reading, book, *waiting.pop()):
            if place not in seen:
                seen.add(place)
                waiting.append(place)
                marks.append(np.roll(table.at(place[0]).formulas.astype(np.int64), -place[1]))
    if len(marks) == 1:
        return own
    numbered = np.unique(np.stack(marks), axis=1, return_inverse=True)[1].reshape(-1)
    return np.where(own >= 0, numbered, -1)


def _beside(reading: Reading, book: LabelledSheets, column: int, away: int) -> Iterator[tuple[int, int]]:
    """Yield the unlabelled columns that formulas of another one refer to, and how many rows below the first they do."""
    table = reading.table
    formulas = table.at(column).formulas
    for template in np.unique(formulas[formulas >= 0]):
        row = table.first_row + int(np.flatnonzero(formulas == template)[0])
        for area in references(table, int(template), row, book):
            sliding = area.sheet == table.sheet.name and area.is_cell and not area.anchored
            if sliding and area.first_column not in table.names and abs(area.first_row - row) < table.rows:
                yield area.first_column, away + area.first_row - row
