"""The workbook as the judges see it: its sheets, what names mean in it, and what its labels say."""

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.opened_workbook import Kind, Workbook
from sheetgen.verify.read.labels import quantity_of

_STEPS_TO_LABEL = 3


class LabelledSheets(CachedSheets):
    """Sheets of an open workbook, and the explanations of formulas that were found so far."""

    def __init__(self, workbook: Workbook) -> None:
        super().__init__(workbook)
        self.explanations: dict[object, object] = {}  # of wrong formulas, shared by sheets that are alike

    def number(self, sheet: str, row: int, column: int) -> float | None:
        """Return a cell's number, or None where it holds none."""
        cell = self.cell(sheet, row, column)
        return float(cell.value) if cell and cell.kind is Kind.NUMBER and isinstance(cell.value, float) else None

    def label_of(self, sheet: str, row: int, column: int) -> str | None:
        """Return the quantity that the label beside or above a cell names, or None."""
        left = ((row, column - step) for step in range(1, _STEPS_TO_LABEL + 1))
        for place in (*left, (row - 1, column)):
            text = self.sheet(sheet).texts.get(place)
            name = quantity_of(text) if text else None
            if name is not None:
                return name
        return None
