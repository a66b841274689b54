"""Finding the training tables of a sheet by their labels: any row, any order of columns, any spelling."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.opened_workbook import Cell, Column, Kind, Sheet
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.types import Array, Rows
from sheetgen.verify.read.labels import quantity_of

_FEWEST_LABELS = 5
_MOST_BLANK_ROWS = 2
_COMPUTED = ("h", "o", "a_", "E", "∂")


@dataclass(frozen=True)
class DenseColumn:
    """One column of a table, with an entry for every row, even if the cell is empty.

    Attributes:
        values: (rows,), nan where there is no number.
        kinds: (rows,), a `Kind` each.
        formulas: (rows,), the number of the template, -1 where there is no formula.
    """

    values: Array
    kinds: NDArray[np.int8]
    formulas: NDArray[np.int32]

    def by_template(self) -> Iterator[tuple[int, Rows]]:
        """Yield each distinct formula's template, with the positions of its copies, ascending."""
        order = np.argsort(self.formulas, kind="stable")
        ordered = self.formulas[order]
        for steps in np.split(order, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1):
            if len(steps) and self.formulas[steps[0]] >= 0:
                yield int(self.formulas[steps[0]]), steps


@dataclass
class Table:
    """A training table in a sheet. Rows and columns count from 1.

    Attributes:
        sheet: the sheet it stands on.
        header_row: the row of the labels.
        first_row: the row of the first iteration.
        last_row: the row of the last one.
        columns: the column of each quantity.
        repeated: columns whose label occurs a second time, and the label.
        unfinished: first and last of the incomplete rows below the table, or None.
    """

    sheet: Sheet
    header_row: int
    first_row: int
    last_row: int
    columns: dict[str, int]
    repeated: dict[int, str] = field(default_factory=dict)
    unfinished: tuple[int, int] | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.last_row - self.first_row + 1

    @cached_property
    def names(self) -> dict[int, str]:
        """The quantity of each column."""
        return {column: name for name, column in self.columns.items()}

    @cached_property
    def _dense(self) -> dict[int, DenseColumn]:
        return {}

    def column(self, name: str) -> DenseColumn:
        """Return a quantity's column."""
        return self.at(self.columns[name])

    def at(self, number: int) -> DenseColumn:
        """Return any column of the sheet, over the table's rows."""
        if number not in self._dense:
            self._dense[number] = _dense(self.sheet.columns.get(number, Column()), self.first_row, self.rows)
        return self._dense[number]

    def holds(self, row: int, column: int) -> str | None:
        """Return the quantity that a cell of the table holds, or None outside the table."""
        return self.names.get(column) if self.first_row <= row <= self.last_row else None

    def cell(self, name: str, row: int) -> Cell | None:
        """Return a cell of the sheet by its quantity and row."""
        return self.sheet.cell(row, self.columns[name])

    def address(self, name: str, row: int) -> str:
        """Return a cell's address."""
        return f"{get_column_letter(self.columns[name])}{row}"

    def relabelled(self, columns: dict[str, int]) -> "Table":
        """Return the same table read with other labels."""
        other = Table(self.sheet, self.header_row, self.first_row, self.last_row, columns, {}, self.unfinished)
        other._dense.update(self._dense)
        return other


def find_tables(sheet: Sheet) -> list[Table]:
    """Find the training tables of a sheet, from top to bottom, left to right."""
    headers = list(_headers(sheet))
    spans = [(row, min(columns.values()), max(columns.values())) for row, columns, _ in headers]
    tables = (_with_rows(sheet, row, columns, repeated, spans) for row, columns, repeated in headers)
    return [table for table in tables if table is not None]


def looks_like_the_exercise(sheet: Sheet, tables: list[Table]) -> bool:
    """Tell whether a sheet without tables has labels of computed quantities that each name a whole run of numbers.

    A label with a single number belongs to a worked example, or shows one row of a table elsewhere.
    """
    if tables:
        return False
    computed = ((place, quantity_of(text)) for place, text in sheet.texts.items())
    runs = {name for place, name in computed if name and name.startswith(_COMPUTED) and _names_run(sheet, *place)}
    return len(runs) >= _FEWEST_LABELS


def _names_run(sheet: Sheet, row: int, column: int) -> bool:
    """Tell whether the first two numbers to the right of a label, or below it, are typed or copies of one formula."""
    for down, right in ((0, 1), (1, 0)):
        near = (sheet.cell(row + step * down, column + step * right) for step in range(1, _MOST_BLANK_ROWS + 3))
        held = [cell for cell in near if cell is not None and _holds_number(cell)]
        if len(held) >= 2 and _is_copy(*held[:2]):
            return True
    return False


def _is_copy(one: Cell, other: Cell) -> bool:
    if one.formula is None or other.formula is None:
        return one.formula is other.formula
    moved = make_template(one.formula, one.row, other.column - one.column)
    return moved == make_template(other.formula, other.row)


def _holds_number(cell: Cell | None) -> bool:
    """Tell whether a cell holds a number, or a formula that may give one when it is calculated."""
    return cell is not None and (
        cell.kind in (Kind.NUMBER, Kind.ERROR) or (cell.kind is Kind.EMPTY and cell.formula is not None)
    )


def _heads_column(sheet: Sheet, row: int, column: int) -> bool:
    """Tell whether the numbers of a label are below it, not to its right as in a list, or absent as in a legend."""
    below = sheet.cell(row + 1, column)
    if below is not None and below.kind is Kind.TEXT and quantity_of(str(below.value)) is not None:
        return False
    return _holds_number(below) or not _holds_number(sheet.cell(row, column + 1))


def _headers(sheet: Sheet) -> Iterator[tuple[int, dict[str, int], dict[int, str]]]:
    """Yield the rows of labels: the row, the column of each quantity, and the columns with a repeated label."""
    labels: dict[int, dict[int, str]] = {}
    for (row, column), text in sheet.texts.items():
        name = quantity_of(text)
        if name is not None and _heads_column(sheet, row, column):
            labels.setdefault(row, {})[column] = name
    for row in sorted(labels):
        letters = {column: name for column, name in labels[row].items() if is_letter(sheet, row, column)}
        clear = {name for column, name in labels[row].items() if column not in letters}
        own = {column: name for column, name in labels[row].items() if column not in letters or name not in clear}
        for columns, repeated in _segments(own):
            computed = any(name.startswith(_COMPUTED) for name in columns)
            if len(columns) >= _FEWEST_LABELS and computed and any(name[0] == "w" for name in columns):
                yield row, columns, repeated


def is_letter(sheet: Sheet, row: int, column: int) -> bool:
    """Tell whether a label is a single letter, such as `C`: a helper may be called so as well as the loss."""
    return len(sheet.texts.get((row, column), "").strip()) == 1


def _segments(labels: dict[int, str]) -> Iterator[tuple[dict[str, int], dict[int, str]]]:
    """Split a row of labels wherever another table begins beside the previous one."""
    columns: dict[str, int] = {}
    repeated: dict[int, str] = {}
    order = sorted(labels)
    for position, column in enumerate(order):
        name = labels[column]
        if name in columns:
            rest = [labels[later] for later in order[position:]]
            again = len(set(rest) & set(columns))
            if again >= _FEWEST_LABELS and again >= len(set(rest)) // 2:
                yield columns, repeated
                columns, repeated = {}, {}
            else:
                repeated[column] = name
                continue
        columns[name] = column
    yield columns, repeated


def _with_rows(
    sheet: Sheet,
    header_row: int,
    columns: dict[str, int],
    repeated: dict[int, str],
    headers: list[tuple[int, int, int]],
) -> Table | None:
    """Find the rows that belong to a header, down to the last one that is at least half filled.

    A row at the end in which nothing continues the row above is a total or an average. The incomplete rows are those
    that follow without a gap, as in Excel's current region, and continue the last row.
    """
    filled = _occupancy(sheet, header_row, columns)
    left, right = min(columns.values()), max(columns.values())
    others = [
        row - header_row - 1 for row, first, last in headers if row > header_row and first <= right and left <= last
    ]
    filled = filled[: min(others, default=len(filled))]
    begin = next((row for row in range(min(_MOST_BLANK_ROWS + 1, len(filled))) if filled[row]), None)
    if begin is None:
        return None
    full = np.flatnonzero(2 * filled >= len(columns))
    while len(full) > 1 and not _continues(sheet, columns, *(header_row + 1 + full[-2:])):
        full = full[:-1]
    end = int(full[-1]) + 1 if len(full) else begin
    region = end + next((step for step, count in enumerate(filled[end:]) if not count), len(filled) - end)
    if not len(full):
        end = region
    last_row = header_row + end
    started = [row for row in range(last_row + 1, header_row + 1 + region) if _starts(sheet, columns, last_row, row)]
    unfinished = (started[0], started[-1]) if started else None
    return Table(sheet, header_row, header_row + 1 + begin, last_row, columns, repeated, unfinished)


def _starts(sheet: Sheet, columns: dict[str, int], last_row: int, row: int) -> bool:
    """Tell whether an incomplete row is an iteration that stops half way, not a total or the next table's rate."""
    texts = any((row, column) in sheet.texts for column in columns.values())
    return not texts and _continues(sheet, columns, last_row, row)


def _continues(sheet: Sheet, columns: dict[str, int], above: int, row: int) -> bool:
    """Tell whether any cell of a row is a copy of the formula in a row above, or a typed number below another."""
    used = (sheet.columns[column] for column in columns.values() if column in sheet.columns)
    kinds = ((_written(cells, above), _written(cells, row)) for cells in used)
    return any(one is not None and one == other for one, other in kinds)


def _written(cells: Column, row: int) -> int | None:
    """Return the number of a cell's template, -1 for a typed number, or None if it holds neither."""
    at = bisect_left(cells.rows, row)
    if at == len(cells.rows) or cells.rows[at] != row:
        return None
    template = int(cells.formulas[at])
    return template if template >= 0 or cells.kinds[at] == Kind.NUMBER else None


def _occupancy(sheet: Sheet, header_row: int, columns: dict[str, int]) -> NDArray[np.int32]:
    """Count, for every row below a header, the columns with anything in it."""
    used = [sheet.columns[column] for column in columns.values() if column in sheet.columns]
    bottom = max((cells.rows[-1] for cells in used if len(cells.rows)), default=header_row)
    filled = np.zeros(max(0, bottom - header_row), dtype=np.int32)
    for cells in used:
        rows = np.asarray(cells.rows, dtype=np.int64)
        filled[rows[rows > header_row] - header_row - 1] += 1
    return filled


def _dense(cells: Column, first_row: int, count: int) -> DenseColumn:
    values = np.full(count, np.nan)
    kinds = np.zeros(count, dtype=np.int8)
    formulas = np.full(count, -1, dtype=np.int32)
    places = np.asarray(cells.rows, dtype=np.int64) - first_row
    inside = (places >= 0) & (places < count)
    values[places[inside]] = np.asarray(cells.values)[inside]
    kinds[places[inside]] = np.asarray(cells.kinds)[inside]
    formulas[places[inside]] = np.asarray(cells.formulas)[inside]
    return DenseColumn(values, kinds, formulas)
