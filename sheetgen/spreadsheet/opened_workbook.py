"""Reading workbooks: formula and cached value of each cell, sheet by sheet."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sheetgen.spreadsheet.index import read_index, read_strings, read_tables
from sheetgen.spreadsheet.package import Limits, Package, open_package
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.sheet import Cell, Column, ExcelTable, Kind, Sheet
from sheetgen.spreadsheet.worksheet import read_worksheet

__all__ = ["MAX_COLUMN", "MAX_ROW", "Cell", "Column", "ExcelTable", "Kind", "Sheet", "Workbook", "open_workbook"]


class Workbook:
    """An open workbook, whose sheets are read when they are asked for.

    Attributes:
        path: the file.
        sheet_names: its worksheets, in order.
        names: its defined names and what they stand for; a sheet's own names as `Sheet!name`.
        package: the file as a container of parts.
        parts: the part of each worksheet, by the sheet's name.
    """

    def __init__(self, package: Package, limits: Limits) -> None:
        self.path: Path = package.path
        self.package: Package = package
        self._limits = limits
        self._index = read_index(package)
        self.names: dict[str, str] = self._index.names
        self.parts: dict[str, str] = self._index.parts
        self.sheet_names: tuple[str, ...] = tuple(self.parts)
        self._strings: list[str] | None = None
        self._tables: dict[str, list[ExcelTable]] = {}

    def size(self, name: str) -> int:
        """Return how many bytes a worksheet has, unpacked; a measure of the work it is."""
        return self.package.size(self.parts[name])

    def read(self, name: str) -> Sheet:
        """Read a worksheet.

        Raises:
            SheetgenError: it is damaged or larger than the limits allow.
        """
        if self._strings is None:
            self._strings = read_strings(self.package, self._index.strings, self._limits)
        sheet = read_worksheet(self.package, self.parts[name], name, self._strings, self._limits)
        sheet.tables = self.tables(name)
        return sheet

    def tables(self, name: str) -> list[ExcelTable]:
        """Return the Excel tables of a worksheet."""
        if name not in self._tables:
            self._tables[name] = read_tables(self.package, self.parts[name])
        return self._tables[name]


@contextmanager
def open_workbook(path: str | Path, limits: Limits | None = None) -> Iterator[Workbook]:
    """Open a workbook for reading.

    Raises:
        SheetgenError: it cannot be read, or is larger than the limits allow.
    """
    chosen = limits or Limits()
    with open_package(path, chosen) as package:
        yield Workbook(package, chosen)
