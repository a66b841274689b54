"""How the workbook's charts look: one style for titles, axes, legends and lines."""

from collections.abc import Mapping

from sheetgen.workbook.layout import CURVES, YOURS, CurvesLayout
from sheetgen.workbook.theme import INK, LINES, RULE, YOURS_LINE
from sheetgen.workbook.xlsxwriter_classes import Chart, UnbrokenScatter, Workbook, Worksheet

Look = Mapping[str, object]
"""Options of XlsxWriter."""

_SMALL: Look = {"color": INK, "size": 9}
_FONT: Look = {"num_font": _SMALL, "name_font": _SMALL}
GRID: dict[str, object] = {"major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}}}


def add_chart(
    book: Workbook, title: str, size: tuple[int, int], x: Look, y: Look, *, markers: bool = False, legend: str = "right"
) -> Chart:
    """Make a line chart.

    Args:
        book: the open workbook.
        title: what stands above it.
        size: width and height in pixels.
        x: the horizontal axis, beside its fonts.
        y: the vertical axis, beside its fonts.
        markers: whether the points are drawn too.
        legend: where it stands, or `none`.
    """
    chart: Chart = book.add_chart({"type": "scatter", "subtype": "straight_with_markers" if markers else "straight"})
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True, "color": INK}, "overlay": False})
    chart.set_size({"width": size[0], "height": size[1]})
    chart.set_legend({"none": True} if legend == "none" else {"position": legend, "font": _SMALL})
    chart.set_x_axis({**_FONT, **x})
    chart.set_y_axis({**_FONT, **y})
    return chart


def add_labelled_chart(book: Workbook) -> Chart:
    """Make a chart of lines and labelled points, whose labels are never broken into lines."""
    chart: Chart = UnbrokenScatter({"subtype": "straight"})
    # What Workbook.add_chart does with a chart of its own.
    chart.embedded, chart.date_1904, chart.remove_timezone = True, book.date_1904, book.remove_timezone
    book.charts.append(chart)
    return chart


def add_line(
    chart: Chart, sheet: str, name: str | tuple[int, int], rows: tuple[int, int], columns: tuple[int, int], look: Look
) -> None:
    """Draw a line from the cells of two columns, across and upward; its name is a text or the place of a cell."""
    (first, last), (x, y) = rows, columns
    chart.add_series(
        {
            "name": name if isinstance(name, str) else [sheet, *name],
            "categories": [sheet, first, x, last, x],
            "values": [sheet, first, y, last, y],
            **look,
        }
    )


def add_curves(chart: Chart, layout: CurvesLayout, *, block: int = 0, only: str | None = None) -> None:
    """Draw a block of the curves against the iteration: a line for each learning rate, or that of one sheet."""
    for position, name in enumerate(layout.sheets):
        if only in (None, name):
            first, last, column = layout.curve(position, block)
            look = {"line": line_of(layout, position)}
            add_line(chart, CURVES, (layout.header_row, column), (first, last), (0, column), look)


def insert_chart(sheet: Worksheet, place: tuple[int, int], chart: Chart, words: str) -> None:
    """Put a chart on a sheet, with the words for those who cannot see it."""
    sheet.insert_chart(*place, chart, {"description": words, "object_position": 2, "x_offset": 4, "y_offset": 2})


def line_of(layout: CurvesLayout, position: int) -> dict[str, object]:
    """The colour, width and dashes of a learning rate's lines."""
    colour, dash = YOURS_LINE if layout.sheets[position] == YOURS else LINES[position % len(LINES)]
    return {"color": colour, "width": 2, "dash_type": dash}
