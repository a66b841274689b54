"""The second half of the sheet Learning rates: how long the steps are, and the path of two weights."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from sheetgen.lesson.error_surface import chosen_weights
from sheetgen.lesson.rates import about_steps
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
_LINES_OF_TEXT = 3


def write_courses(pen: Pen, sheet: Sheet) -> None:
    """Write the choice of two weights, two charts, and the numbers that they draw, beside the error curves."""
    layout, theme = pen.plan.curves, pen.theme
    sheet.write_string(layout.courses_row, 0, "How long the steps are, and where they lead", theme.heading)
    step = layout.picks[1] - layout.picks[0]
    each = "per iteration" if step == 1 else f"for every {step} iterations"
    sheet.write_lines(layout.courses_row + 1, 0, about_steps(pen.plan.experiment, each), theme.text)
    weights = chosen_weights(pen.plan.experiment)
    for row, axis, name in zip(_choice_rows(pen), ("across", "upward"), weights, strict=True):
        _write_choice(pen, sheet, row, axis, name)
    _write_headers(pen, sheet)
    for position, table in enumerate(pen.plan.tables):
        _write_course(pen, sheet, position, table, weights)
    _draw_steps(pen, sheet)
    _draw_paths(pen, sheet, weights)


def _choice_rows(pen: Pen) -> tuple[int, int]:
    first = pen.plan.curves.courses_row + _LINES_OF_TEXT + 1
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
    steps, numbers = pen.theme.table_number(ERROR_FORMAT), pen.theme.table_number("0.000000")
    for row, pick in enumerate(layout.picks, start=layout.header_row + 1):
        at = plan.experiment.row_of(pick)
        if (step := _step(pen, table, at)) is not None:
            step.write(sheet, row, layout.curve(position, _STEPS)[2], steps)
        line = _row_of(table, plan.table.first_row + at, 0, len(plan.table.columns) - 1)
        for block, cell, name in zip((_ACROSS, _UPWARD), cells, weights, strict=True):
            live = Live(f"INDEX({line},1,{cell})", table.picked[at][plan.table.columns[name]])
            live.write(sheet, row, layout.curve(position, block)[2], numbers)


def _step(pen: Pen, table: Table, at: int) -> Live | None:
    """The length of the step that is made of a row; none of the last row, after which there are no weights."""
    if not pen.plan.experiment.is_plain:
        return _measured(pen, table, at) if at < pen.plan.experiment.last_row else None
    layout, pick = pen.plan.table, at
    columns = sorted(layout.columns[names.gradient(name)] for name in pen.plan.notation.trained)
    gradients = _row_of(table, layout.first_row + pick, columns[0], columns[-1])
    length = computed(_length, table.learning_rate, *(table.picked[pick][column] for column in columns))
    return Live(f"'{table.sheet}'!{layout.eta}*SQRT(SUMSQ({gradients}))", length)


def _measured(pen: Pen, table: Table, at: int) -> Live:
    """The distance between the weights of a row and those of the next."""
    layout, blocks = pen.plan.table, list(_blocks([pen.plan.table.columns[name] for name in pen.plan.notation.trained]))
    squares = []
    for first, last in blocks:
        now, then = (_row_of(table, layout.first_row + row, first, last) for row in (at, at + 1))
        squares.append(f"SUMXMY2({then},{now})")
    columns = [column for first, last in blocks for column in range(first, last + 1)]
    values = [table.picked[row][column] for row in (at, at + 1) for column in columns]
    return Live(f"SQRT({'+'.join(squares)})", computed(_distance, *values))


def _blocks(columns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of neighbouring columns."""
    for _, run in groupby(enumerate(sorted(columns)), key=lambda each: each[1] - each[0]):
        members = [column for _, column in run]
        yield members[0], members[-1]


def _distance(*weights: float) -> Value:
    now, then = weights[: len(weights) // 2], weights[len(weights) // 2 :]
    length = math.sqrt(sum((new - old) * (new - old) for old, new in zip(now, then, strict=True)))
    return length if math.isfinite(length) else "#NUM!"


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
