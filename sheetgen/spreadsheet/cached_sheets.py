"""The sheets of an open workbook, each read when first needed, and what names mean in it."""

from functools import cached_property

from sheetgen.spreadsheet.formula import Area, Surroundings, UnreadableFormulaError, precedents, take_apart
from sheetgen.spreadsheet.opened_workbook import Cell, Sheet, Workbook
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.types import Place

_MOST_KEPT = 40_000_000  # cells, or the equivalent in memory
_TEXT = 10  # times as much memory as a number


class CachedSheets:
    """Sheets of an open workbook; when memory runs short the oldest are dropped, and read again if needed.

    Attributes:
        workbook: the workbook.
    """

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self._kept: dict[str, Sheet] = {}
        self._weight = 0
        self._precedents: dict[Place, tuple[Area, ...]] = {}

    def sheet(self, name: str) -> Sheet:
        """Return a sheet, reading it if it is not in memory."""
        if name not in self._kept:
            self._kept[name] = self.workbook.read(name)
            self._weight += _weight(self._kept[name])
            while self._weight > _MOST_KEPT and len(self._kept) > 1:
                self._weight -= _weight(self._kept.pop(next(iter(self._kept))))
        return self._kept[name]

    def cell(self, sheet: str, row: int, column: int) -> Cell | None:
        """Return a cell, or None if it is empty."""
        return self.sheet(sheet).cell(row, column)

    def precedents(self, place: Place) -> tuple[Area, ...]:
        """Return the areas whose values a cell's formula needs; none without a formula that can be read."""
        if place not in self._precedents:
            cell = self.cell(*place)
            self._precedents[place] = () if cell is None or cell.formula is None else self._needed(cell.formula, place)
        return self._precedents[place]

    def _needed(self, formula: str, place: Place) -> tuple[Area, ...]:
        try:
            pieces = take_apart(formula, place[0], place[1], self.surroundings)
        except UnreadableFormulaError:
            return ()
        return tuple(precedents(in_place(pieces, place[1], place[2])))

    def extent(self, name: str) -> tuple[int, int]:
        """Return the last used row and column of a sheet."""
        columns = self.sheet(name).columns
        return max((cells.rows[-1] for cells in columns.values()), default=1), max(columns, default=1)

    @cached_property
    def surroundings(self) -> Surroundings:
        """What names, sheets and Excel tables mean in this workbook."""
        names = {name.casefold(): meaning for name, meaning in self.workbook.names.items()}
        tables = {
            table.name.casefold(): (name, table)
            for name in self.workbook.sheet_names
            for table in self.workbook.tables(name)
        }
        return Surroundings(self.workbook.sheet_names, names, tables, self.extent)


def _weight(sheet: Sheet) -> int:
    return sum(len(column.rows) for column in sheet.columns.values()) + _TEXT * len(sheet.texts)
