"""What a workbook holds beside its cells: charts, defined names, and how it is calculated."""

from collections.abc import Sequence
from dataclasses import dataclass

from sheetgen.errors import SheetgenError
from sheetgen.verify.elsewhere.calculation_settings import read_settings
from sheetgen.verify.elsewhere.cell_lines import CellLines
from sheetgen.verify.elsewhere.defined_names import misplaced_names
from sheetgen.verify.elsewhere.judge_charts import judge_charts
from sheetgen.verify.findings import Finding, TableSummary
from sheetgen.verify.read.labelled_sheets import LabelledSheets


@dataclass(frozen=True)
class BeyondCells:
    """What was found beside the cells.

    Attributes:
        findings: what is wrong.
        notes: what is worth knowing and no fault.
        complaints: what could not be judged.
    """

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    complaints: tuple[str, ...] = ()


def judge_beyond_cells(book: LabelledSheets, tables: Sequence[TableSummary]) -> BeyondCells:
    """Judge the charts, the defined names and the settings of a workbook.

    Args:
        book: the workbook.
        tables: its training tables, whose learning rates titles and names may state.
    """
    lines, settings = CellLines(book), tuple(read_settings(book.workbook.calculation))
    names = tuple(misplaced_names(lines))
    try:
        findings, notes = judge_charts(lines, tables)
    except SheetgenError as error:
        return BeyondCells(names, settings, (f"its charts: {error.what}",))
    return BeyondCells((*names, *findings), (*settings, *notes))
