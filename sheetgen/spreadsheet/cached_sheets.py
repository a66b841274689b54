"""The sheets of an open workbook, read when one is needed, and what names mean in it."""

from functools import cached_property

from sheetgen.spreadsheet.formula import Surroundings
from sheetgen.spreadsheet.opened_workbook import Cell, Sheet, Workbook

_SMALL = 4_000_000


class CachedSheets:
    """Sheets of an open workbook. Small ones are kept; of the large ones only the one that was read last.

    Attributes:
        workbook: the workbook.
    """

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self._read: dict[str, Sheet] = {}

    def sheet(self, name: str) -> Sheet:
        """Return a sheet, reading it where it is not at hand."""
        if name not in self._read:
            if not self.keeps(name):
                self._read = {other: sheet for other, sheet in self._read.items() if self.keeps(other)}
            self._read[name] = self.workbook.read(name)
        return self._read[name]

    def keeps(self, name: str) -> bool:
        """Tell whether a sheet stays at hand once it is read."""
        return self.workbook.size(name) <= _SMALL

    def cell(self, sheet: str, row: int, column: int) -> Cell | None:
        """Return a cell, or None where it is empty."""
        return self.sheet(sheet).cell(row, column)

    def extent(self, name: str) -> tuple[int, int]:
        """Return the last row and column of a sheet that hold something."""
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
