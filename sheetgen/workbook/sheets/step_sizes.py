"""The second half of the sheet Learning rates: how long the steps are, and the path of two weights."""

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sheetgen.network import names
from sheetgen.network.notation import Group
from sheetgen.workbook.charts import FONT, line_of, with_common_look
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import CURVES
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.theme import ERROR_FORMAT
from sheetgen.workbook.training_summary import Table, step_length
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_SIZE = (566, 370)
_STEPS, _ACROSS, _UPWARD = 1, 2, 3
_LIST_LIMIT = 255
_CHOICE_COLUMN, _NUMBER_COLUMN = 2, 3


def write_courses(pen: Pen, sheet: Worksheet) -> None:
    """Write the choice of two weights, two charts, and the numbers that they draw, beside the error curves."""
    layout, theme = pen.plan.curves, pen.theme
    sheet.write_string(layout.courses_row, 0, "How long the steps are, and where they lead", theme.heading)
    for row, line in enumerate(_explanation(), start=layout.courses_row + 1):
        sheet.write_string(row, 0, line, theme.text)
    across, upward = _default_weights(pen)
    for row, axis, name in zip(_choice_rows(pen), ("across", "upward"), (across, upward), strict=True):
        _write_choice(pen, sheet, row, axis, name)
    _write_headers(pen, sheet)
    for position, table in enumerate(pen.plan.tables):
        _write_course(pen, sheet, position, table, (across, upward))
    _draw_steps(pen, sheet)
    _draw_paths(pen, sheet, (across, upward))


def _explanation() -> tuple[str, ...]:
    return (
        "The length of a step is η times the length of the gradient, √(sum of all (∂E/∂w)²): it shrinks as the slope",
        "flattens, and it grows from row to row where training runs out of control. On the right, every line is the",
        "way of two weights, one point per iteration, all from the same start. Choose the two weights here:",
    )


def _choice_rows(pen: Pen) -> tuple[int, int]:
    first = pen.plan.curves.courses_row + len(_explanation()) + 1
    return first, first + 1


def _default_weights(pen: Pen) -> tuple[str, str]:
    layers = pen.plan.experiment.layers
    last = [weight.name for weight in names.weights(layers) if weight.layer == len(layers) - 1]
    every = [weight.name for weight in names.weights(layers)]
    return (last[0], last[-1]) if len(last) > 1 else (every[0], last[0])


def _write_choice(pen: Pen, sheet: Worksheet, row: int, axis: str, name: str) -> None:
    """Write the cell that names a weight, and beside it that weight's column in the tables."""
    theme, plan = pen.theme, pen.plan
    sheet.write_string(row, 0, f"the weight drawn {axis}", theme.make(bold=True))
    sheet.write_string(row, _CHOICE_COLUMN, name, theme.editable)
    every = [weight.name for weight in names.weights(plan.experiment.layers)]
    if len(",".join(every)) <= _LIST_LIMIT:
        sheet.data_validation(row, _CHOICE_COLUMN, row, _CHOICE_COLUMN, {"validate": "list", "source": every})
    last, header = xl_col_to_name(len(plan.table.columns) - 1), plan.table.header_row + 1
    headers = f"'{plan.tables[0].sheet}'!$A${header}:${last}${header}"
    chosen = xl_rowcol_to_cell(row, _CHOICE_COLUMN, row_abs=True, col_abs=True)
    column = Live(f"MATCH({chosen},{headers},0)", float(plan.table.columns[name] + 1))
    column.write(sheet, row, _NUMBER_COLUMN, theme.make(align="left", num_format='"column "0', font_color="#52606D"))


def _write_headers(pen: Pen, sheet: Worksheet) -> None:
    theme, layout, tables = pen.theme, pen.plan.curves, pen.plan.tables
    headings = (pen.plan.notation.curve, "length of the step", "the weight across", "the weight upward")
    for block, heading in enumerate(headings):
        column = layout.curve(0, block)[2]
        sheet.write_string(layout.header_row - 1, column, heading, theme.heading)
        for position, table in enumerate(tables):
            if block:
                sheet.write_string(layout.header_row, column + position, table.sheet, theme.table_header)


def _write_course(pen: Pen, sheet: Worksheet, position: int, table: Table, weights: tuple[str, str]) -> None:
    """Write one learning rate's steps and both weights, for the iterations that the charts show."""
    plan, layout = pen.plan, pen.plan.curves
    steps, numbers = pen.theme.table_number(ERROR_FORMAT), pen.theme.table_number("0.000000")
    last = xl_col_to_name(len(plan.table.columns) - 1)
    cells = [xl_rowcol_to_cell(row, _NUMBER_COLUMN, row_abs=True, col_abs=True) for row in _choice_rows(pen)]
    for offset, pick in enumerate(layout.picks):
        row, values = layout.curve(position)[0] + offset, table.picked[pick]
        _step(pen, table, pick).write(sheet, row, layout.curve(position, _STEPS)[2], steps)
        line = plan.table.first_row + pick + 1
        for block, cell, name in zip((_ACROSS, _UPWARD), cells, weights, strict=True):
            live = Live(f"INDEX('{table.sheet}'!$A${line}:${last}${line},1,{cell})", values[plan.table.columns[name]])
            live.write(sheet, row, layout.curve(position, block)[2], numbers)


def _step(pen: Pen, table: Table, pick: int) -> Live:
    plan = pen.plan
    trained = [q.name for q in plan.notation.quantities if q.group is Group.WEIGHTS and len(q.formulas) > 1]
    columns = [plan.table.columns[names.gradient(name)] for name in trained]
    row = plan.table.first_row + pick + 1
    first, last = xl_col_to_name(min(columns)), xl_col_to_name(max(columns))
    values = [table.picked[pick][column] for column in sorted(columns)]
    formula = f"'{table.sheet}'!{plan.table.eta}*SQRT(SUMSQ('{table.sheet}'!${first}${row}:${last}${row}))"
    return Live(formula, step_length(table.learning_rate, values))


def _draw_steps(pen: Pen, sheet: Worksheet) -> None:
    layout = pen.plan.curves
    chart = pen.book.add_chart({"type": "scatter", "subtype": "straight"})
    for position in range(len(layout.sheets)):
        first, last, column = layout.curve(position, _STEPS)
        chart.add_series(
            {
                "name": [CURVES, layout.header_row, column],
                "categories": [CURVES, first, 0, last, 0],
                "values": [CURVES, first, column, last, column],
                "line": line_of(layout, position),
            }
        )
    with_common_look(chart, "Length of each step", _SIZE)
    chart.set_x_axis(FONT | {"name": "iteration", "min": 0, "max": layout.experiment.iterations})
    words = "Line chart of the length of each update against the iteration, one line per learning rate."
    place = (layout.courses_charts_row, 0)
    sheet.insert_chart(*place, chart, {"description": words, "object_position": 2, "x_offset": 4, "y_offset": 2})


def _draw_paths(pen: Pen, sheet: Worksheet, weights: tuple[str, str]) -> None:
    """Draw the path of the two weights; the axes take their names from the cells that choose them."""
    layout = pen.plan.curves
    chart = pen.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    for position in range(len(layout.sheets)):
        first, last, x = layout.curve(position, _ACROSS)
        y = layout.curve(position, _UPWARD)[2]
        line = line_of(layout, position)
        chart.add_series(
            {
                "name": [CURVES, layout.header_row, x],
                "categories": [CURVES, first, x, last, x],
                "values": [CURVES, first, y, last, y],
                "line": line | {"width": 1},
                "marker": _dot(line),
            }
        )
    with_common_look(chart, "The path of two weights", _SIZE)
    names_at = [f"='{CURVES}'!{xl_rowcol_to_cell(row, _CHOICE_COLUMN, True, True)}" for row in _choice_rows(pen)]
    chart.set_x_axis(FONT | {"name": names_at[0], "num_format": "0.00", "label_position": "low"})
    chart.set_y_axis(FONT | {"name": names_at[1], "num_format": "0.00", "label_position": "low"})
    words = f"Lines in the plane of {weights[0]} and {weights[1]}: the way of both weights, one line per learning rate."
    place = (layout.courses_charts_row, 6)
    sheet.insert_chart(*place, chart, {"description": words, "object_position": 2, "x_offset": 4, "y_offset": 2})


def _dot(line: dict[str, object]) -> dict[str, object]:
    colour = {"color": line["color"]}
    return {"type": "circle", "size": 4, "fill": colour, "border": colour}
