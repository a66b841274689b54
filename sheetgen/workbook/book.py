"""Puts the sheets together and sees to it that a file is written whole or not at all."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from xlsxwriter.exceptions import XlsxWriterException

from sheetgen.files import replacing
from sheetgen.network.cached_values import Value
from sheetgen.network.experiment import Experiment
from sheetgen.spreadsheet.seal import SEAL
from sheetgen.workbook.blueprint import Blueprint
from sheetgen.workbook.layout import (
    CHECKS,
    CURVES,
    EXERCISES,
    GRADIENT_CHECK,
    NETWORK,
    OPTIMISERS,
    SOLUTIONS,
    START,
    STEPS,
    WORKINGS,
)
from sheetgen.workbook.origin import Origin
from sheetgen.workbook.plan import Pen, Plan
from sheetgen.workbook.sealing_packager import PLACEHOLDER, SealedWorkbook
from sheetgen.workbook.sheets.checks import write_checks
from sheetgen.workbook.sheets.exercises import write_exercises
from sheetgen.workbook.sheets.gradient_check import write_gradient_check
from sheetgen.workbook.sheets.learning_rates import write_curves
from sheetgen.workbook.sheets.network import write_network
from sheetgen.workbook.sheets.optimisers import write_optimisers
from sheetgen.workbook.sheets.start import write_start
from sheetgen.workbook.sheets.steps import write_steps_sheet
from sheetgen.workbook.sheets.training_table import write_table
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import Theme
from sheetgen.workbook.training_summary import Table

# Fixed, so that the same template always gives the same bytes.
_CREATED = datetime(2020, 1, 1)
SAFE_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class RateResult:
    """What one learning rate came to: the curve's first and last value (see `BuildReport.curve`) as cached.

    A mean over samples begins where it has one of each.
    """

    sheet: str
    learning_rate: float
    first: Value
    last: Value


@dataclass(frozen=True)
class BuildReport:
    """What `build_workbook` wrote.

    Attributes:
        path: the file.
        sheets: the names of its sheets, in order.
        cells: cells with content, text included.
        formulas: live formulas among them.
        size: bytes.
        seconds: from the experiment to the finished file.
        curve: what the charts show: `E_total`, or with several samples their mean, `E_mean`.
        rates: its first and last value per learning rate, *Your η* last.
    """

    path: Path
    sheets: tuple[str, ...]
    cells: int
    formulas: int
    size: int
    seconds: float
    curve: str
    rates: tuple[RateResult, ...]


def build_workbook(
    experiment: Experiment,
    path: str | Path = "BackPropagation.xlsx",
    on_progress: Callable[[int, int], None] | None = None,
    *,
    lessons: bool = True,
) -> BuildReport:
    """Write the workbook of an experiment; the same experiment always gives the same bytes.

    The file is written beside its place and moved there when it is complete.

    Args:
        experiment: what to write.
        path: where to; an existing file is replaced.
        on_progress: called with the number of table rows written so far, and of all.
        lessons: whether to write the sheets that teach beside the tables and their comparison.

    Raises:
        SheetgenError: the tables do not fit into a workbook, or the file cannot be written. Nothing is left behind,
            and an existing file stays as it was.
    """
    began = time.perf_counter()
    target = Path(path).resolve()
    with replacing(Path(path), ending=".xlsx", failures=(XlsxWriterException,)) as draft:
        plan = Plan(experiment, lessons=lessons)
        sheets, cells, formulas = _write(plan, draft, _row_counter(plan, on_progress))
    return BuildReport(
        path=target,
        sheets=sheets,
        cells=cells,
        formulas=formulas,
        size=target.stat().st_size,
        seconds=time.perf_counter() - began,
        curve=plan.notation.curve,
        rates=tuple(_result(plan, table) for table in plan.tables),
    )


def _result(plan: Plan, table: Table) -> RateResult:
    first = plan.curves.course(table)[plan.curves.milestones[0]]
    return RateResult(table.sheet, table.learning_rate, first, table.curve[-1])


def _row_counter(plan: Plan, on_progress: Callable[[int, int], None] | None) -> Callable[[int], None]:
    total, done = len(plan.tables) * (plan.experiment.last_row + 1), 0

    def count(rows: int) -> None:
        nonlocal done
        done += rows
        if on_progress is not None:
            on_progress(done, total)

    return count


def _write(plan: Plan, path: Path, on_rows: Callable[[int], None]) -> tuple[tuple[str, ...], int, int]:
    """Write the file and return its sheets, cells and formulas."""
    # No `with`: its end would write the whole file even if the user breaks off.
    book = SealedWorkbook(path, {"tmpdir": str(path.parent), **SAFE_TEXT})
    book.set_properties(
        {
            "title": plan.experiment.title,
            "subject": "Backpropagation in live spreadsheet formulas",
            "comments": f"A {plan.experiment.shape} network; change the yellow cells and watch it learn.",
            "created": _CREATED,
        }
    )
    book.set_size(24_000, 14_000)
    pen = Pen(book, Theme(book), plan, on_rows)
    sheets = write_sheets(pen)
    origin = Origin(plan.experiment, plan.lessons, Blueprint(pen, sheets).digest)
    for name, value in (*origin.properties().items(), (SEAL, PLACEHOLDER)):
        book.set_custom_property(name, value, "text")
    ordinary = [cell for sheet in sheets.values() for row in sheet.table.values() for cell in row.values()]
    tables = [sheet.streamed for sheet in sheets.values() if sheet.streamed]
    streamed = sum(table.row_count * len(table.styles) for table in tables)
    formulas = sum(type(cell).__name__ in ("Formula", "ArrayFormula") for cell in ordinary)
    book.close()
    # The iteration number of row 0 is the one streamed cell that is no formula.
    return tuple(sheets), len(ordinary) + streamed, formulas + streamed - len(tables)


def write_sheets(pen: Pen) -> dict[str, Sheet]:
    """Add all sheets in the order in which they are read, and write them."""
    lessons = (NETWORK, STEPS, GRADIENT_CHECK) if pen.plan.lessons else ()
    more = (EXERCISES, CHECKS, SOLUTIONS, WORKINGS) if pen.plan.lessons else ()
    compared = (OPTIMISERS,) if pen.plan.side_by_side else ()
    names = (START, *lessons, CURVES, *compared, *pen.plan.curves.sheets, *more)
    sheets = {name: pen.book.add_worksheet(name, worksheet_class=Sheet) for name in names}
    verdict = None
    if pen.plan.lessons:
        write_network(pen, sheets[NETWORK], sheets[WORKINGS])
        write_steps_sheet(pen, sheets[STEPS])
        write_gradient_check(pen, sheets[GRADIENT_CHECK])
        write_exercises(pen, sheets[EXERCISES], sheets[SOLUTIONS])
        verdict = write_checks(pen, sheets[CHECKS])
    write_start(pen, sheets[START], verdict)
    write_curves(pen, sheets[CURVES])
    if pen.plan.side_by_side:
        write_optimisers(pen, sheets[OPTIMISERS], pen.plan.side_by_side)
    for table in pen.plan.tables:
        write_table(pen, sheets[table.sheet], table)
    return sheets
