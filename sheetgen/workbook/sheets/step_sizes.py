"""The second half of the sheet Learning rates: how long the steps are, and the path of two weights."""

import math
from collections.abc import Sequence

from sheetgen.lesson.error_surface import chosen_weights
from sheetgen.network import names
from sheetgen.network.cached_values import Value
from sheetgen.workbook.charts import GRID, add_chart, add_curves, add_line, insert_chart, line_of
from sheetgen.workbook.formula_cell import Live, computed
from sheetgen.workbook.layout import CURVES, fixed
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT, MUTED
from sheetgen.workbook.training_summary import Table

_SIZE = (566, 370)
_STEPS, _ACROSS, _UPWARD = 1, 2, 3
_LIST_LIMIT = 255
_CHOICE_COLUMN, _NUMBER_COLUMN = 2, 3
_TEXT = (
    "The length of a step is η times the length of the gradient, √(sum of all (∂E/∂w)²): it shrinks as the slope",
    "flattens, and it grows from row to row where training runs out of control. On the right, every line is the",
    "way of two weights, one point {each}, all from the same start. Choose the two weights here:",
)


def write_courses(pen: Pen, sheet: Sheet) -> None:
    """Write the choice of two weights, two charts, and the numbers that they draw, beside the error curves."""
    layout, theme = pen.plan.curves, pen.theme
    sheet.write_string(layout.courses_row, 0, "How long the steps are, and where they lead", theme.heading)
    step = layout.picks[1] - layout.picks[0]
    each = "per iteration" if step == 1 else f"for every {step} iterations"
    sheet.write_lines(layout.courses_row + 1, 0, (line.format(each=each) for line in _TEXT), theme.text)
    weights = chosen_weights(pen.plan.experiment)
    for row, axis, name in zip(_choice_rows(pen), ("across", "upward"), weights, strict=True):
        _write_choice(pen, sheet, row, axis, name)
    _write_headers(pen, sheet)
    for position, table in enumerate(pen.plan.tables):
        _write_course(pen, sheet, position, table, weights)
    _draw_steps(pen, sheet)
    _draw_paths(pen, sheet, weights)


def _choice_rows(pen: Pen) -> tuple[int, int]:
    first = pen.plan.curves.courses_row + len(_TEXT) + 1
    return first, first + 1


def _write_choice(pen: Pen, sheet: Sheet, row: int, axis: str, name: str) -> None:
    """Write the cell that names a weight, and beside it that weight's column in the tables."""
    theme, table = pen.theme, pen.plan.table
    sheet.write_string(row, 0, f"the weight drawn {axis}", theme.make(bold=True))
    sheet.write_string(row, _CHOICE_COLUMN, name, theme.editable)
    every = [weight.name for weight in names.weights(pen.plan.experiment.layers)]
    if len(",".join(every)) <= _LIST_LIMIT:
        sheet.data_validation(row, _CHOICE_COLUMN, row, _CHOICE_COLUMN, {"validate": "list", "source": every})
    headers = _row_of(pen.plan.tables[0], table.header_row, 0, len(table.columns) - 1)
    column = Live(f"MATCH({fixed(row, _CHOICE_COLUMN)},{headers},0)", float(table.columns[name] + 1))
    column.write(
        sheet, row, _NUMBER_COLUMN, theme.make(align="left", indent=1, num_format='"column "0', font_color=MUTED)
    )


def _row_of(table: Table, row: int, first: int, last: int) -> str:
    """The cells of a table in a row, from the first column to the last."""
    return f"'{table.sheet}'!{fixed(row, first)}:{fixed(row, last)}"


def _write_headers(pen: Pen, sheet: Sheet) -> None:
    theme, layout = pen.theme, pen.plan.curves
    headings = (pen.plan.notation.curve, "length of the step", "the weight across", "the weight upward")
    for block, heading in enumerate(headings):
        column = layout.curve(0, block)[2]
        sheet.write_string(layout.header_row - 1, column, heading, theme.heading)
        if block:
            sheet.write_texts(layout.header_row, column, layout.sheets, theme.table_header)


def _write_course(pen: Pen, sheet: Sheet, position: int, table: Table, weights: tuple[str, str]) -> None:
    """Write one learning rate's steps and both weights, for the iterations that the charts show."""
    plan, layout = pen.plan, pen.plan.curves
    cells = [fixed(row, _NUMBER_COLUMN) for row in _choice_rows(pen)]
    columns = sorted(plan.table.columns[names.gradient(name)] for name in plan.notation.trained)
    steps, numbers = pen.theme.table_number(ERROR_FORMAT), pen.theme.table_number("0.000000")
    for row, pick in enumerate(layout.picks, start=layout.header_row + 1):
        at = plan.experiment.row_of(pick)
        _step(pen, table, at, columns).write(sheet, row, layout.curve(position, _STEPS)[2], steps)
        line = _row_of(table, plan.table.first_row + at, 0, len(plan.table.columns) - 1)
        for block, cell, name in zip((_ACROSS, _UPWARD), cells, weights, strict=True):
            live = Live(f"INDEX({line},1,{cell})", table.picked[at][plan.table.columns[name]])
            live.write(sheet, row, layout.curve(position, block)[2], numbers)


def _step(pen: Pen, table: Table, pick: int, columns: Sequence[int]) -> Live:
    layout = pen.plan.table
    gradients = _row_of(table, layout.first_row + pick, columns[0], columns[-1])
    length = computed(_length, table.learning_rate, *(table.picked[pick][column] for column in columns))
    return Live(f"'{table.sheet}'!{layout.eta}*SQRT(SUMSQ({gradients}))", length)


def _length(learning_rate: float, *gradients: float) -> Value:
    squares = 0.0
    for gradient in gradients:
        squares += gradient * gradient
    length = learning_rate * math.sqrt(squares)
    return length if math.isfinite(length) else "#NUM!"


def _draw_steps(pen: Pen, sheet: Sheet) -> None:
    layout, last = pen.plan.curves, pen.plan.experiment.iterations
    across, upward = {"name": "iteration", "min": 0, "max": last}, GRID | {"min": 0}
    chart = add_chart(pen.book, "Length of each step", _SIZE, across, upward)
    add_curves(chart, layout, block=_STEPS)
    words = "Line chart of the length of each update against the iteration, one line per learning rate."
    insert_chart(sheet, (layout.courses_charts_row, 0), chart, words)


def _draw_paths(pen: Pen, sheet: Sheet, weights: tuple[str, str]) -> None:
    """Draw the path of the two weights; the axes take their names from the cells that choose them."""
    layout = pen.plan.curves
    names_at = [f"='{CURVES}'!{fixed(row, _CHOICE_COLUMN)}" for row in _choice_rows(pen)]
    across, upward = ({"name": name, "num_format": "0.00", "label_position": "low"} for name in names_at)
    chart = add_chart(pen.book, "The path of two weights", _SIZE, across, upward, markers=True)
    for position in range(len(layout.sheets)):
        first_row, last_row, x = layout.curve(position, _ACROSS)
        y = layout.curve(position, _UPWARD)[2]
        line = line_of(layout, position)
        colour = {"color": line["color"]}
        dot = {"type": "circle", "size": 4, "fill": colour, "border": colour}
        look = {"line": line | {"width": 1}, "marker": dot}
        add_line(chart, CURVES, (layout.header_row, x), (first_row, last_row), (x, y), look)
    words = f"Lines in the plane of {weights[0]} and {weights[1]}: the way of both weights, one line per learning rate."
    insert_chart(sheet, (layout.courses_charts_row, 6), chart, words)
