"""How the workbook's charts look: one style for titles, axes, legends and lines."""

from sheetgen.workbook.layout import YOURS, CurvesLayout
from sheetgen.workbook.theme import INK, LINES, RULE, YOURS_LINE
from sheetgen.workbook.xlsxwriter_classes import Chart

_SMALL: dict[str, object] = {"color": INK, "size": 9}
FONT: dict[str, object] = {"num_font": _SMALL, "name_font": _SMALL}
GRID: dict[str, object] = {"major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}}}


def with_common_look(chart: Chart, title: str, size: tuple[int, int], legend: str = "right") -> None:
    """Give a chart its title, size (width and height in pixels), legend (`none`, or where it stands) and axes."""
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True, "color": INK}, "overlay": False})
    chart.set_size({"width": size[0], "height": size[1]})
    chart.set_legend({"none": True} if legend == "none" else {"position": legend, "font": _SMALL})
    chart.set_x_axis(FONT)
    chart.set_y_axis(FONT | GRID | {"min": 0})


def line_of(layout: CurvesLayout, position: int) -> dict[str, object]:
    """The colour, width and dashes of a learning rate's lines."""
    colour, dash = YOURS_LINE if layout.sheets[position] == YOURS else LINES[position % len(LINES)]
    return {"color": colour, "width": 2, "dash_type": dash}
