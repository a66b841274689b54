"""Formulas without references to Excel tables, which not every engine knows."""

from collections.abc import Callable
from functools import cached_property

from openpyxl.utils.cell import get_column_letter, quote_sheetname

from sheetgen.spreadsheet.formula import Area, Surroundings, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.workbook import Workbook
from sheetgen.verify.read.sheet_cache import Source

Plain = Callable[[str, str, int], str]
"""From a formula without `=`, its sheet and its row to the same formula in plain references."""


class PlainReferences:
    """Puts plain cell references in the place of those to Excel tables: `$E17` for `Table1[[#This Row],[w1]]`.

    Args:
        workbook: says where the tables are.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook

    def __call__(self, formula: str, sheet: str, row: int) -> str:
        """Return a formula (without `=`) that means the same; as it is where it cannot be read."""
        if "[" not in formula or not self._around.tables:
            return formula
        try:
            pieces = take_apart(f"={formula}", sheet, row, self._around)
        except (UnreadableFormulaError, ImportError):
            return formula
        texts = (_plain(piece.area) if piece.area and "[" in piece.text else piece.text for piece in pieces)
        return "".join(texts).removeprefix("=")

    @cached_property
    def _around(self) -> Surroundings:
        return Source(self._workbook).surroundings


def _plain(area: Area) -> str:
    """Write an area so that it moves with its formula down the rows, where it is in the formula's own row."""
    fixed = "$" if area.anchored else ""
    first = f"${get_column_letter(area.first_column)}{fixed}{area.first_row}"
    last = f"${get_column_letter(area.last_column)}{fixed}{area.last_row}"
    return f"{quote_sheetname(area.sheet)}!{first}" + ("" if area.is_cell else f":{last}")
