"""The trainings on the sheet Optimisers: their tables side by side, and the curves and paths taken from them."""

from functools import partial

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.network.constants import OPTIMIZER_NAMES
from sheetgen.network.quantities import REFERENCE, Group
from sheetgen.workbook.formula_cell import Live, computed
from sheetgen.workbook.layout import fixed
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.row_formulas import RowFormulas
from sheetgen.workbook.side_by_side import Run, SideBySide
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT, LOOKS

_TABLE_WIDTH, _FIRST_WIDTH = 13, 24


def write_tables(pen: Pen, sheet: Sheet, side: SideBySide) -> None:
    """Write the tables, each folded behind its first column."""
    for position, run in enumerate(side.runs):
        first, last = run.table.first_column, run.table.first_column + len(run.table.columns) - 1
        sheet.set_column(first, first, _FIRST_WIDTH)
        sheet.set_column(first + 1, last, _TABLE_WIDTH, None, {"level": 1, "hidden": True})
        sheet.set_column(last + 1, last + 1, 3, None, {"collapsed": True})
        sheet.write_string(side.data_row, first, OPTIMIZER_NAMES[run.optimizer], pen.theme.heading)
        remark = "unfold with the + above"
        sheet.write_string(side.data_row + 1, first, remark, pen.theme.muted)
        _write_table(pen, sheet, side, run, position)


def _write_table(pen: Pen, sheet: Sheet, side: SideBySide, run: Run, position: int) -> None:
    quantities = run.notation.quantities
    styles = [pen.theme.make(num_format=LOOKS[quantity.group].number_format) for quantity in quantities]
    for column, quantity in enumerate(quantities, start=run.table.first_column):
        sheet.write_string(side.header_row, column, quantity.name, pen.theme.header(quantity.group))
    formulas = RowFormulas(run.table, partial(_with_constants, pen, side, run, side.summary_row + position))
    for number, values in enumerate(run.rows):
        cells = zip(formulas.of(number), values, styles, strict=True)
        for column, (formula, value, style) in enumerate(cells, start=run.table.first_column):
            if formula == "0":
                sheet.write_number(run.table.first_row + number, column, 0, style)
            else:
                Live(formula, value).write(sheet, run.table.first_row + number, column, style)


def _with_constants(pen: Pen, side: SideBySide, run: Run, row: int, formula: str) -> str:
    """Put in the cells of η and of the constants: those of the optimiser stand here, a schedule's on Start."""

    def place(name: str, text: str) -> str:
        if name == "eta":
            return fixed(row, 1)
        if name in side.CONSTANTS:
            return fixed(row, 2 + side.CONSTANTS.index(name))
        return pen.plan.start.cell(name, 0) if name in run.experiment.settings else text

    return REFERENCE.sub(lambda match: place(match[1], match[0]), formula)


def write_curves_and_paths(pen: Pen, sheet: Sheet, side: SideBySide) -> None:
    """Write the numbers that the charts draw: the error, and both weights, per iteration and optimiser."""
    theme, curve = pen.theme, side.runs[0].notation.curve
    left, first = side.curves_column, side.first_row
    sheet.write_string(side.data_row, left, "The curves, and the paths inside the picture", theme.heading)
    sheet.set_row(side.header_row, 46)
    sheet.write_string(side.header_row, left, "iteration", theme.table_header)
    for iteration in range(side.iterations + 1):
        sheet.write_number(first + iteration, left, iteration, theme.table_number("0"))
    for block, name in enumerate((curve, *side.surface.moved)):
        sheet.write_string(side.header_row - 1, side.curve_column(0, block), name, theme.heading)
        style = theme.table_number(LOOKS[Group.WEIGHTS].number_format if block else ERROR_FORMAT)
        for position, run in enumerate(side.runs):
            column = side.curve_column(position, block)
            sheet.write_string(side.header_row, column, OPTIMIZER_NAMES[run.optimizer], theme.table_header)
            above = Live("", "")
            for iteration, value in enumerate(run.course(name)):
                row = run.table.first_row + run.experiment.row_of(iteration)
                live = Live(xl_rowcol_to_cell(row, run.table.columns[name]), value)
                if block:
                    live = _inside(live, side, block, above)
                live.write(sheet, first + iteration, column, style)
                above = Live(xl_rowcol_to_cell(first + iteration, column), live.value)


def _inside(live: Live, side: SideBySide, block: int, above: Live) -> Live:
    """A weight, or the edge of the picture that it is beyond; where training overflows, it stays where it was."""
    row = side.range_row + block - 1
    low, high = side.ranges[side.surface.moved[block - 1]]
    formula = f"MIN(MAX({live.formula},{fixed(row, 1)}),{fixed(row, 2)})"
    value = computed(lambda weight: min(max(weight, low), high), live.value)
    if not above.formula:
        return Live(formula, value)
    shown = above.value if isinstance(value, str) else value
    return Live(f"IF(ISNUMBER({live.formula}),{formula},{above.formula})", shown)
