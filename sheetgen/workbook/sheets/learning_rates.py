"""The sheet that compares the learning rates, and the charts of the error."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.rates import what_changes
from sheetgen.network.cached_values import Value
from sheetgen.workbook.charts import GRID, add_chart, add_curves, insert_chart
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import START, CurvesLayout, fixed, fixed_column_cells, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.step_sizes import write_courses
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT, set_up_printing
from sheetgen.workbook.training_summary import Table

DIVERGES = "diverges"
# Rounding moves an error near zero up and down; only rises of more than a billionth of the first error count.
NOTICEABLE = "1E-9"
_CHART_SIZE = (566, 370)


def write_curves(pen: Pen, sheet: Sheet) -> None:
    """Write the comparison: a live summary, what changes and why, two charts, and the curves that they draw."""
    theme, layout, curve = pen.theme, pen.plan.curves, pen.plan.notation.curve
    pen.begin(sheet, "Learning rates compared", (13,) * (4 * len(layout.sheets) + 3), column=0)
    _write_summary(pen, sheet)
    _write_best(pen, sheet)
    sheet.write_string(layout.text_row, 0, "What changes, and why", theme.heading)
    row = sheet.write_lines(layout.text_row + 1, 0, what_changes(pen.plan.experiment), theme.text)
    _never_rising(pen).write(sheet, row, 0, theme.text)
    draw_curves(pen, sheet, (layout.charts_row, 0), _CHART_SIZE, f"{curve} per iteration")
    title = f"{curve} per iteration, logarithmic axis"
    draw_curves(pen, sheet, (layout.charts_row, 6), _CHART_SIZE, title, logarithmic=True)
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
        value = layout.course(table)[mark]
        values[column] = DIVERGES if isinstance(value, str) else value
    values[layout.halving_column] = halved_after(layout.course(table), layout.milestones[0])
    return values


def draw_curves(
    pen: Pen,
    sheet: Sheet,
    place: tuple[int, int],
    size: tuple[int, int],
    title: str,
    *,
    only: str | None = None,
    logarithmic: bool = False,
) -> None:
    """Insert a chart of the error curves: of all sheets, or of one (`only`)."""
    curve, last = pen.plan.notation.curve, pen.plan.experiment.iterations
    scale = {"log_base": 10, "num_format": "0.E+00", "crossing": "min"} if logarithmic else {"min": 0}
    across = {"name": "iteration", "min": 0, "max": last, "label_position": "low"}
    upward = GRID | {"name": "" if only else curve} | scale
    chart = add_chart(pen.book, title, size, across, upward, legend="none" if only else "right")
    add_curves(chart, pen.plan.curves, only=only)
    which = f"the sheet {only}" if only else "every learning rate, one line each"
    insert_chart(sheet, place, chart, f"Line chart of {curve} against the iteration, 0 to {last:,}, for {which}.")


def _write_summary(pen: Pen, sheet: Sheet) -> None:
    theme, plan, layout = pen.theme, pen.plan, pen.plan.curves
    marks = [f"{plan.notation.curve} after {mark:,}" for mark in layout.milestones]
    texts = ("sheet", "η", *marks, "iterations to halve it", "place at the end", "first rises at iteration")
    sheet.write_texts(layout.summary_row - 1, 0, texts, theme.table_header)
    sheet.set_row(layout.summary_row - 1, 32)
    count = theme.table_number("0")
    for row, table in enumerate(plan.tables, start=layout.summary_row):
        values = summary_values(layout, table)
        sheet.write_url(row, 0, f"internal:'{table.sheet}'!A1", theme.link, table.sheet)
        Live(f"'{table.sheet}'!{plan.table.eta}", values[1]).write(sheet, row, 1, theme.table_number("General"))
        for column, mark in enumerate(layout.milestones, start=layout.first_milestone_column):
            live = Live(f"IFERROR({_curve_cell(pen, table.sheet, mark)},{_no_end(pen, table.sheet)})", values[column])
            live.write(sheet, row, column, theme.table_number(ERROR_FORMAT))
        place, halved = (row, layout.halving_column) * 2, values[layout.halving_column]
        sheet.write_array_formula(*place, _halving_formula(pen, table.sheet), count, halved)
        _rank(pen, row, table).write(sheet, row, layout.place_column, count)
        place, rise = (row, layout.rise_column) * 2, rises_at(layout.course(table), layout.milestones[0])
        sheet.write_array_formula(*place, _rise_formula(pen, table.sheet), count, rise)


def _summary_cells(pen: Pen, column: int) -> str:
    first = pen.plan.curves.summary_row
    return fixed_column_cells(column, first, first + len(pen.plan.tables) - 1)


def _rank(pen: Pen, row: int, table: Table) -> Live:
    """The rank of a learning rate: 1 + how many end with a smaller error; runs that diverge have none."""
    last_error, own = pen.plan.curves.halving_column - 1, table.curve[-1]
    cell = xl_rowcol_to_cell(row, last_error)
    formula = f'IF(ISNUMBER({cell}),SUMPRODUCT(--({_summary_cells(pen, last_error)}<{cell}))+1,"–")'
    if isinstance(own, str):
        return Live(formula, "–")
    ends = [other.curve[-1] for other in pen.plan.tables]
    return Live(formula, 1.0 + sum(not isinstance(end, str) and end < own for end in ends))


def _write_best(pen: Pen, sheet: Sheet) -> None:
    """Name the learning rate with the smallest error at the end; runs that diverge are passed over."""
    layout = pen.plan.curves
    places = _summary_cells(pen, layout.place_column)
    formula = f'IF(COUNT({places})=0,"none",INDEX({_summary_cells(pen, 1)},MATCH(1,{places},0)))'
    ended = {table.learning_rate: end for table in pen.plan.tables if not isinstance(end := table.curve[-1], str)}
    best: Value = min(ended, key=lambda rate: ended[rate]) if ended else "none"
    words = f"Smallest error after {pen.plan.experiment.iterations:,} iterations: with η ="
    sheet.write_string(layout.best_row, 0, words, pen.theme.text)
    Live(formula, best).write(sheet, layout.best_row, 3, pen.theme.make(bold=True, align="left"))


def _write_curve_table(pen: Pen, sheet: Sheet) -> None:
    theme, plan, layout = pen.theme, pen.plan, pen.plan.curves
    sheet.write_texts(layout.header_row, 0, ("iteration", *layout.sheets), theme.table_header)
    number, count = theme.table_number(ERROR_FORMAT), theme.table_number("0")
    for row, pick in enumerate(layout.picks, start=layout.header_row + 1):
        cell = fixed(plan.table.first_row + plan.experiment.row_of(pick), plan.table.columns["iteration"])
        iteration = Live(f"'{plan.tables[0].sheet}'!{cell}", pick)
        iteration.write(sheet, row, 0, count)
        for column, table in enumerate(plan.tables, start=1):
            Live(_curve_cell(pen, table.sheet, pick), layout.course(table)[pick]).write(sheet, row, column, number)


def _curve_cell(pen: Pen, sheet: str, iteration: int) -> str:
    table, row = pen.plan.table, pen.plan.experiment.row_of(iteration)
    return reference(sheet, table.first_row + row, table.columns[pen.plan.notation.curve])


def _no_end(pen: Pen, sheet: str) -> str:
    """What is said of a table without an error at the end: that it diverges, if it starts from numbers."""
    start, table = pen.plan.start, pen.plan.table
    numbers = fixed_column_cells(start.value_column, start.first_row, start.last_row)
    eta = reference(sheet, table.eta_row, table.eta_column)
    return f'IF(COUNT({START}!{numbers},{eta})={len(start.rows) + 1},"{DIVERGES}","–")'


def _rows(pen: Pen, sheet: str, name: str, first: int, last: int) -> str:
    """A quantity of a table, from the end of one iteration to that of another."""
    table = pen.plan.table
    rows = (table.first_row + pen.plan.experiment.row_of(iteration) for iteration in (first, last))
    return f"'{sheet}'!{fixed_column_cells(table.columns[name], *rows)}"


def _at_ends(pen: Pen, sheet: str, condition: str, first: int, last: int) -> str:
    """A condition on rows of a table, restricted to those in which a batch is complete."""
    batch = pen.plan.experiment.batch_size
    if batch == 1:
        return condition
    counter, iteration = (_rows(pen, sheet, name, first, last) for name in (pen.plan.notation.counter, "iteration"))
    # Some engines have no MOD of a range.
    return f"({counter}+1=({iteration}+1)*{batch})*({condition})"


def _halving_formula(pen: Pen, sheet: str) -> str:
    """The first iteration at which the error is at most half of that at the first milestone.

    An array formula: of all ways to find a first row, this is the one that every spreadsheet tried computes.
    """
    span = pen.plan.curves.milestones[0], pen.plan.experiment.iterations
    curve, iterations = (_rows(pen, sheet, name, *span) for name in (pen.plan.notation.curve, "iteration"))
    half = f"{_curve_cell(pen, sheet, span[0])}/2"
    reached = _at_ends(pen, sheet, f"{curve}<={half}", *span)
    first = f"MIN(IF({reached},{iterations}))"
    none = _no_end(pen, sheet)
    never = f"MIN({curve})>{half}" if pen.plan.experiment.batch_size == 1 else f"{first}=0"
    return f'{{=IF(COUNT({curve})<ROWS({curve}),{none},IF({never},"not yet",{first}))}}'


def _rise_formula(pen: Pen, sheet: str) -> str:
    """The first iteration whose error is larger than that of the one before: the step was too long."""
    curve, first, last = pen.plan.notation.curve, pen.plan.curves.milestones[0], pen.plan.experiment.iterations
    if first == last:
        return '{="never"}'
    before, after = _rows(pen, sheet, curve, first, last - 1), _rows(pen, sheet, curve, first + 1, last)
    iterations = _rows(pen, sheet, "iteration", first + 1, last)
    higher = f"{after}-{before}>{NOTICEABLE}*{_curve_cell(pen, sheet, first)}"
    rises = f"MIN(IF({_at_ends(pen, sheet, higher, first + 1, last)},{iterations}))"
    whole = pen.plan.table.column_range(sheet, curve)
    none = _no_end(pen, sheet)
    return f'{{=IF(COUNT({whole})<ROWS({whole}),{none},IF({rises}=0,"never",{rises}))}}'


def _never_rising(pen: Pen) -> Live:
    """Say with how many learning rates the error never rises."""
    tables, first = len(pen.plan.tables), pen.plan.curves.milestones[0]
    count = f'COUNTIF({_summary_cells(pen, pen.plan.curves.rise_column)},"never")'
    every = f"With these numbers the error never rises, with any of the {tables} learning rates."
    words = ("With these numbers the error never rises with ", f" of the {tables} learning rates; see the last column.")
    never = sum(rises_at(pen.plan.curves.course(table), first) == "never" for table in pen.plan.tables)
    shown = every if never == tables else f"{words[0]}{never}{words[1]}"
    return Live(f'IF({count}={tables},"{every}","{words[0]}"&{count}&"{words[1]}")', shown)


def rises_at(curve: Sequence[Value], first: int) -> Value:
    """Return the first iteration, from a given one on, whose error is noticeably larger than that before."""
    numbers = [value for value in curve if not isinstance(value, str)]
    if len(numbers) < len(curve):
        return DIVERGES
    allowed = float(NOTICEABLE) * numbers[first]
    rows = range(first + 1, len(numbers))
    return next((float(row) for row in rows if numbers[row] - numbers[row - 1] > allowed), "never")


def halved_after(curve: Sequence[Value], first: int) -> Value:
    """Return the first iteration, from a given one on, whose error is at most half of that one's."""
    numbers = [value for value in curve[first:] if not isinstance(value, str)]
    if len(numbers) < len(curve) - first:
        return DIVERGES
    half = numbers[0] / 2
    return next((float(row) for row, value in enumerate(numbers, start=first) if value <= half), "not yet")
