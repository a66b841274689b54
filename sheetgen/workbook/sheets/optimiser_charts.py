"""The charts on the sheet Optimisers: the paths over contour lines, and the error per iteration."""

from collections.abc import Mapping

from sheetgen.network.names import Optimizer
from sheetgen.workbook.charts import GRID, add_chart, add_line, insert_chart
from sheetgen.workbook.layout import OPTIMISERS, ROW_PIXELS
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.side_by_side import SideBySide
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import INK, LINES

_PATHS_WIDTH, _ERRORS_SIZE = 728, (560, 360)
_CONTOUR = {"line": {"color": "#9AA5B1", "width": 0.75}, "marker": {"type": "none"}}
_FRAME = {"line": {"color": "#52606D", "width": 1}, "marker": {"type": "none"}}
_START = {
    "line": {"none": True},
    "marker": {"type": "square", "size": 10, "fill": {"color": INK}, "border": {"color": INK}},
}
# Colours of Okabe and Ito; optimisers that are variants of each other differ in dash and marker.
_LOOKS: Mapping[Optimizer, tuple[str, str, str]] = {
    "sgd": (INK, "solid", "circle"),
    "momentum": (LINES[5][0], "solid", "square"),
    "nesterov": (LINES[1][0], "dash", "diamond"),
    "adagrad": (LINES[3][0], "solid", "triangle"),
    "rmsprop": (LINES[2][0], "solid", "x"),
    "adam": (LINES[0][0], "solid", "circle"),
    "adamw": (LINES[4][0], "dash", "diamond"),
}


def draw_paths(pen: Pen, sheet: Sheet, side: SideBySide) -> None:
    """Draw the way of both weights of every optimiser over the contour lines, and where they start."""
    across, upward = side.surface.moved
    plain = {"num_format": "0.0", "crossing": "min", "major_gridlines": {"visible": False}}
    axes = [plain | {"name": name} for name in (across, upward)]
    size = _PATHS_WIDTH, side.GRID_PIXELS * (side.SIDE + 1) + 2 * ROW_PIXELS
    title = f"The paths of {across} and {upward} over contour lines of {side.error_name}"
    chart = add_chart(pen.book, title, size, axes[0], axes[1], markers=True, legend="bottom")
    rows = side.first_row, side.first_row + 2 * side.SIDE + 2
    for number in range(side.LEVELS):
        x = side.contour_column + 3 * number + 2
        add_line(chart, OPTIMISERS, (side.header_row - 1, side.contour_column), rows, (x, x + 1), _CONTOUR)
    (frame, start), corners = side.corner_names, (side.first_row, side.first_row + 4)
    add_line(chart, OPTIMISERS, frame, corners, (side.frame_column, side.frame_column + 1), _FRAME)
    columns = side.curve_column(0, 1), side.curve_column(0, 2)
    add_line(chart, OPTIMISERS, start, (side.first_row, side.first_row), columns, _START)
    last = side.first_row + side.iterations
    for position, run in enumerate(side.runs):
        columns = side.curve_column(position, 1), side.curve_column(position, 2)
        look = {"line": _line(run.optimizer) | {"width": 1.25}, "marker": _marker(run.optimizer)}
        name = side.header_row, side.curve_column(position, 0)
        add_line(chart, OPTIMISERS, name, (side.first_row, last), columns, look)
    entries = list(range(1, side.LEVELS + 1))
    chart.set_legend({"position": "bottom", "font": {"size": 9, "color": INK}, "delete_series": entries})
    words = f"Lines in the plane of {across} and {upward}: the way of each optimiser over lines of equal error."
    insert_chart(sheet, (side.picture_row, 0), chart, words)


def draw_errors(pen: Pen, sheet: Sheet, side: SideBySide) -> None:
    """Draw the error per iteration twice: with a linear and with a logarithmic axis."""
    last = side.first_row + side.iterations
    for place, title, scale in (
        (0, f"{side.error_name} per iteration", {"min": 0}),
        (
            side.axis_column - 1,
            f"{side.error_name} per iteration, logarithmic axis",
            {"log_base": 10, "num_format": "0.E+00", "crossing": "min"},
        ),
    ):
        across = {"name": "iteration", "min": 0, "max": side.iterations, "label_position": "low"}
        chart = add_chart(pen.book, title, _ERRORS_SIZE, across, GRID | {"name": side.error_name} | scale)
        for position, run in enumerate(side.runs):
            column = side.curve_column(position, 0)
            look = {"line": _line(run.optimizer) | {"width": 2}}
            name = side.header_row, column
            add_line(chart, OPTIMISERS, name, (side.first_row, last), (side.curves_column, column), look)
        which = f"Line chart of {side.error_name} against the iteration, one line for each optimiser."
        insert_chart(sheet, (side.curves_row, place), chart, which)


def _line(optimizer: Optimizer) -> dict[str, object]:
    colour, dash, _ = _LOOKS[optimizer]
    return {"color": colour, "dash_type": dash}


def _marker(optimizer: Optimizer) -> dict[str, object]:
    colour, _, shape = _LOOKS[optimizer]
    fill = {"none": True} if shape == "x" else {"color": colour}
    return {"type": shape, "size": 4, "fill": fill, "border": {"color": colour}}
