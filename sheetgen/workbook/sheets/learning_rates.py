"""The sheet that compares the learning rates, and the charts of the error."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sheetgen.network.cached_values import Value
from sheetgen.workbook.charts import FONT, GRID, line_of, with_common_look
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import CURVES, START, CurvesLayout, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.step_sizes import write_courses
from sheetgen.workbook.theme import ERROR_FORMAT, set_up_printing
from sheetgen.workbook.training_summary import Table
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_DIVERGES = "diverges"
# Rounding moves an error near zero up and down; only rises of more than a billionth of the first error count.
_NOTICEABLE = "1E-9"


def write_curves(pen: Pen, sheet: Worksheet) -> None:
    """Write the comparison: a live summary, what changes and why, two charts, and the curves that they draw."""
    theme, layout = pen.theme, pen.plan.curves
    sheet.hide_gridlines(2)
    sheet.set_column(0, 4 * len(layout.sheets) + 2, 13)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, "Learning rates compared", theme.title)
    write_back_link(pen, sheet, 1, 0)
    _write_summary(pen, sheet)
    _write_best(pen, sheet)
    sheet.write_string(layout.text_row, 0, "What changes, and why", theme.heading)
    for row, line in enumerate(_explanation(), start=layout.text_row + 1):
        sheet.write_string(row, 0, line, theme.text)
    add_chart(pen, sheet, (layout.charts_row, 0), (566, 370), f"{pen.plan.notation.curve} per iteration")
    title = f"{pen.plan.notation.curve} per iteration, logarithmic axis"
    add_chart(pen, sheet, (layout.charts_row, 6), (566, 370), title, logarithmic=True)
    _write_curve_table(pen, sheet)
    if layout.courses:
        write_courses(pen, sheet)
    set_up_printing(sheet)
    # The data of the charts is not printed.
    sheet.print_area(0, 0, layout.header_row - 2, max(11, layout.rise_column))


def summary_values(layout: CurvesLayout, table: Table) -> dict[int, Value]:
    """Return the cached values of a summary row, by column."""
    values: dict[int, Value] = {1: table.learning_rate}
    for column, mark in enumerate(layout.milestones, start=layout.first_milestone_column):
        value = table.curve[mark]
        values[column] = _DIVERGES if isinstance(value, str) else value
    values[layout.halving_column] = _halved_after(table)
    return values


def add_chart(
    pen: Pen,
    sheet: Worksheet,
    place: tuple[int, int],
    size: tuple[int, int],
    title: str,
    *,
    only: str | None = None,
    logarithmic: bool = False,
) -> None:
    """Insert a chart of the error curves: of all sheets, or of one (`only`)."""
    layout, curve = pen.plan.curves, pen.plan.notation.curve
    chart = pen.book.add_chart({"type": "scatter", "subtype": "straight"})
    for position, name in enumerate(layout.sheets):
        if only in (None, name):
            chart.add_series(_series(layout, position))
    with_common_look(chart, title, size, "none" if only else "right")
    iterations = layout.experiment.iterations
    chart.set_x_axis(FONT | {"name": "iteration", "min": 0, "max": iterations, "label_position": "low"})
    scale = {"log_base": 10, "num_format": "0.E+00", "crossing": "min"} if logarithmic else {"min": 0}
    chart.set_y_axis(FONT | GRID | {"name": "" if only else curve} | scale)
    which = f"the sheet {only}" if only else "every learning rate, one line each"
    words = f"Line chart of {curve} against the iteration, 0 to {iterations:,}, for {which}."
    sheet.insert_chart(*place, chart, {"description": words, "object_position": 2, "x_offset": 4, "y_offset": 2})


def _series(layout: CurvesLayout, position: int) -> dict[str, object]:
    first, last, column = layout.curve(position)
    return {
        "name": [CURVES, layout.header_row, column],
        "categories": [CURVES, first, 0, last, 0],
        "values": [CURVES, first, column, last, column],
        "line": line_of(layout, position),
    }


def write_back_link(pen: Pen, sheet: Worksheet, row: int, column: int) -> None:
    """Write the link back to the numbers on the Start sheet."""
    cell = xl_rowcol_to_cell(pen.plan.start.first_row, pen.plan.start.value_column)
    sheet.write_url(row, column, f"internal:'{START}'!{cell}", pen.theme.link, "← Start")


def _write_summary(pen: Pen, sheet: Worksheet) -> None:
    theme, plan, layout = pen.theme, pen.plan, pen.plan.curves
    header = layout.summary_row - 1
    marks = [f"{plan.notation.curve} after {mark:,}" for mark in layout.milestones]
    texts = ("sheet", "η", *marks, "iterations to halve it", "place at the end", "first rises at iteration")
    for column, text in enumerate(texts):
        sheet.write_string(header, column, text, theme.table_header)
    sheet.set_row(header, 32)
    for position, table in enumerate(plan.tables):
        row = layout.summary_row + position
        values = summary_values(layout, table)
        sheet.write_url(row, 0, f"internal:'{table.sheet}'!A1", theme.link, table.sheet)
        eta = f"='{table.sheet}'!{plan.table.eta}"
        sheet.write_formula(row, 1, eta, theme.table_number("General"), values[1])
        for column, mark in enumerate(layout.milestones, start=layout.first_milestone_column):
            formula = f'=IFERROR({_curve_cell(pen, table.sheet, mark)},"{_DIVERGES}")'
            sheet.write_formula(row, column, formula, theme.table_number(ERROR_FORMAT), values[column])
        place = (row, layout.halving_column) * 2
        halved = values[layout.halving_column]
        sheet.write_array_formula(*place, _halving_formula(pen, table.sheet), theme.table_number("0"), halved)
        _place(pen, position).write(sheet, row, layout.place_column, theme.table_number("0"))
        place = (row, layout.rise_column) * 2
        rise = rises_at(table.curve, plan.notation.settling)
        sheet.write_array_formula(*place, _rise_formula(pen, table.sheet), theme.table_number("0"), rise)


def _ends(pen: Pen) -> str:
    """The cells that hold each learning rate's last error."""
    layout = pen.plan.curves
    column = xl_col_to_name(layout.halving_column - 1)
    return f"${column}${layout.summary_row + 1}:${column}${layout.summary_row + len(pen.plan.tables)}"


def _place(pen: Pen, position: int) -> Live:
    """The rank of a learning rate: 1 + how many end with a smaller error; runs that diverge have none."""
    layout, ends = pen.plan.curves, [table.curve[-1] for table in pen.plan.tables]
    cell = xl_rowcol_to_cell(layout.summary_row + position, layout.halving_column - 1)
    own = ends[position]
    smaller = sum(not isinstance(end, str) and not isinstance(own, str) and end < own for end in ends)
    formula = f'IF(ISNUMBER({cell}),SUMPRODUCT(--({_ends(pen)}<{cell}))+1,"–")'
    return Live(formula, "–" if isinstance(own, str) else float(smaller + 1))


def _write_best(pen: Pen, sheet: Worksheet) -> None:
    """Name the learning rate with the smallest error at the end; runs that diverge are passed over."""
    layout, tables = pen.plan.curves, pen.plan.tables
    first, last = layout.summary_row + 1, layout.summary_row + len(tables)
    column = xl_col_to_name(layout.place_column)
    places = f"${column}${first}:${column}${last}"
    formula = f'=IF(COUNT({places})=0,"none",INDEX($B${first}:$B${last},MATCH(1,{places},0)))'
    ended = {table.learning_rate: end for table in tables if not isinstance(end := table.curve[-1], str)}
    best: Value = min(ended, key=lambda rate: ended[rate]) if ended else "none"
    words = f"Smallest error after {layout.experiment.iterations:,} iterations: with η ="
    sheet.write_string(layout.best_row, 0, words, pen.theme.text)
    sheet.write_formula(layout.best_row, 3, formula, pen.theme.make(bold=True, align="left"), best)


def _explanation() -> tuple[str, ...]:
    return (
        "Every sheet starts from the same weights, so iteration 0 is the same everywhere. The gradient says which way",
        "is down and how steep; η says how far to step. A small η creeps along the slope: safe, and slow.",
        "A larger η takes the same road in fewer, longer steps. Where the slope flattens out, the gradients shrink and",
        "so do the steps: every curve levels off by itself. Too large an η steps over the valley and climbs the other",
        "side: the curve jumps up or swings. Try 10, then 100, on the sheet “Your η”.",
    )


def _write_curve_table(pen: Pen, sheet: Worksheet) -> None:
    theme, plan, layout = pen.theme, pen.plan, pen.plan.curves
    texts = ("iteration", *(table.sheet for table in plan.tables))
    for column, text in enumerate(texts):
        sheet.write_string(layout.header_row, column, text, theme.table_header)
    number, count = theme.table_number(ERROR_FORMAT), theme.table_number("0")
    for row, pick in enumerate(layout.picks, start=layout.header_row + 1):
        sheet.write_formula(row, 0, f"='{plan.tables[0].sheet}'!$A${plan.table.first_row + pick + 1}", count, pick)
        for column, table in enumerate(plan.tables, start=1):
            sheet.write_formula(row, column, "=" + _curve_cell(pen, table.sheet, pick), number, table.curve[pick])


def _curve_cell(pen: Pen, sheet: str, iteration: int) -> str:
    table = pen.plan.table
    return reference(sheet, table.first_row + iteration, table.columns[pen.plan.notation.curve])


def _halving_formula(pen: Pen, sheet: str) -> str:
    """The first iteration at which the error is at most half of that at iteration 0.

    An array formula: of all ways to find a first row, this is the one that every spreadsheet tried computes.
    """
    table = pen.plan.table
    curve, iterations = table.column_range(sheet, pen.plan.notation.curve), table.column_range(sheet, "iteration")
    half = f"{_curve_cell(pen, sheet, 0)}/2"
    first = f"MIN(IF({curve}<={half},{iterations}))"
    return f'{{=IF(COUNT({curve})<ROWS({curve}),"{_DIVERGES}",IF(MIN({curve})>{half},"not yet",{first}))}}'


def _rise_formula(pen: Pen, sheet: str) -> str:
    """The first iteration whose error is larger than that of the one before: the step was too long."""
    table = pen.plan.table
    first = table.first_row + pen.plan.notation.settling + 1
    if first > table.last_row:
        return '{="never"}'
    column = xl_col_to_name(table.columns[pen.plan.notation.curve], col_abs=True)
    before = f"'{sheet}'!{column}${first}:{column}${table.last_row}"
    after = f"'{sheet}'!{column}${first + 1}:{column}${table.last_row + 1}"
    iterations = f"'{sheet}'!$A${first + 1}:$A${table.last_row + 1}"
    rises = f"MIN(IF({after}-{before}>{_NOTICEABLE}*{_curve_cell(pen, sheet, 0)},{iterations}))"
    whole = table.column_range(sheet, pen.plan.notation.curve)
    cell = f'IF(COUNT({whole})<ROWS({whole}),"{_DIVERGES}",IF({rises}=0,"never",{rises}))'
    return f"{{={cell}}}"


def rises_at(curve: Sequence[Value], first: int) -> Value:
    """Return the first iteration whose error is noticeably larger than that before, ignoring the first `first` rows."""
    numbers = [value for value in curve if not isinstance(value, str)]
    if len(numbers) < len(curve):
        return _DIVERGES
    allowed = float(_NOTICEABLE) * numbers[0]
    rows = range(first + 1, len(numbers))
    return next((float(row) for row in rows if numbers[row] - numbers[row - 1] > allowed), "never")


def _halved_after(table: Table) -> Value:
    numbers = [value for value in table.curve if not isinstance(value, str)]
    if len(numbers) < len(table.curve):
        return _DIVERGES
    half = numbers[0] / 2
    return next((float(row) for row, value in enumerate(numbers) if value <= half), "not yet")
