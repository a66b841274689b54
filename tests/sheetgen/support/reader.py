"""A person at a workbook, who types into cells and sees what the others become, in a real engine."""

from pathlib import Path

import ironcalc
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

from sheetgen.types import Value


class Reader:
    """An open workbook.

    Args:
        path: the file, which stays as it is.
    """

    def __init__(self, path: Path) -> None:
        self._sheets = load_workbook(path, read_only=True).sheetnames
        self._model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")

    def type(self, sheet: str, cell: str, content: object) -> None:
        """Type something into a cell."""
        self._model.set_user_input(self._sheets.index(sheet), *coordinate_to_tuple(cell), str(content))

    def see(self, sheet: str, *cells: str) -> list[Value]:
        """Recalculate, and return what cells show."""
        self._model.evaluate()
        return [self.held(sheet, cell) for cell in cells]

    def held(self, sheet: str, cell: str) -> Value:
        """Return what a cell showed when `see` was last called."""
        return self._model.get_cell_value(self._sheets.index(sheet), *coordinate_to_tuple(cell))

    def find(self, sheet: str, column: str, text: str, last: int = 400) -> int:
        """Return the first row of a column in which a text stands."""
        return next(row for row in range(1, last) if self.held(sheet, f"{column}{row}") == text)
