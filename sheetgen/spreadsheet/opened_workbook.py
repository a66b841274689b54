"""Reading workbooks: formula and cached value of each cell, sheet by sheet."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from sheetgen.spreadsheet.index import read_index, read_strings, read_tables
from sheetgen.spreadsheet.package import Limits, Package, open_package
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.sheet import Cell, Column, ExcelTable, Kind, Sheet
from sheetgen.spreadsheet.worksheet import Texts, read_worksheet

__all__ = ["MAX_COLUMN", "MAX_ROW", "Cell", "Column", "Kind", "Sheet", "Workbook", "open_workbook"]


class Workbook:
    """An open workbook, whose sheets are read on request.

    Attributes:
        package: the file as a container of parts.
        parts: the part of each worksheet, by the sheet's name, in order.
        names: its defined names and what they stand for; a sheet's own names as `Sheet!name`.
        sheet_names: its worksheets, in order.
        chart_sheets: the part of each sheet that is a single chart, by the sheet's name, in order.
        calculation: the settings of the recalculation, as the file writes them.
        date1904: whether its dates are counted from 1904.
    """

    def __init__(self, package: Package, limits: Limits) -> None:
        self.package = package
        self._limits = limits
        index = read_index(package)
        self.parts: dict[str, str] = index.parts
        self.names: dict[str, str] = index.names
        self.chart_sheets: dict[str, str] = index.chart_sheets
        self.calculation: dict[str, str] = index.calculation
        self.date1904: bool = index.date1904
        self._strings_part = index.strings
        self.sheet_names: tuple[str, ...] = tuple(self.parts)

    @property
    def path(self) -> Path:
        """The file."""
        return self.package.path

    def size(self, name: str) -> int:
        """Return the unpacked size of a worksheet in bytes, a measure of how long it takes to read."""
        return self.package.size(self.parts[name])

    def read(self, name: str) -> Sheet:
        """Read a worksheet.

        Raises:
            SheetgenError: it is damaged or larger than the limits allow.
        """
        return read_worksheet(self.package, self.parts[name], name, Texts(self._strings, self.date1904), self._limits)

    def tables(self, name: str) -> list[ExcelTable]:
        """Read the Excel tables of a worksheet."""
        return read_tables(self.package, self.parts[name])

    @cached_property
    def _strings(self) -> list[str]:
        return read_strings(self.package, self._strings_part, self._limits)


@contextmanager
def open_workbook(path: str | Path, limits: Limits | None = None) -> Iterator[Workbook]:
    """Open a workbook for reading.

    Raises:
        SheetgenError: it cannot be read, or is larger than the limits allow.
    """
    chosen = limits or Limits()
    with open_package(path, chosen) as package:
        yield Workbook(package, chosen)
