"""The edges of the network's diagram: lines of a transparent chart that lies over the empty columns.

Drawn shapes could not follow the weights; a chart's lines can. For each band between two layers there are six series,
one per sign and thickness, and each has a line for every edge. Where an edge is not of that kind, both ends of its
line coincide, so it is invisible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.diagram import Edge
from sheetgen.network.cached_values import Value
from sheetgen.workbook.charts import add_line
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import NETWORK, fixed_column_cells
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import LINES, pixels

_WIDTHS = (1.0, 2.25, 4.0)
# About thirds of the largest weight, but not exactly: rounding would decide about weights on the boundary.
_PARTS = (0.3337, 0.6673)
_ROW_PIXELS = 20
_GAP = 3  # rows of numbers per edge: its start, its end, and an empty row that breaks the line
_KINDS = tuple((sign, width) for sign in ("positive", "negative") for width in _WIDTHS)
_NAME, _WEIGHT, _KIND, _FIRST = 1, 2, 3, 4


@dataclass(frozen=True)
class _Band:
    """The edges between two layers, and the rows in which their ends stand."""

    edges: Sequence[Edge]
    first_row: int

    @property
    def last_row(self) -> int:
        return self.first_row + _GAP * len(self.edges) - 2


def draw_edges(pen: Pen, sheet: Sheet) -> None:
    """Write the ends of all edges, and lay one chart over each band."""
    row = pen.plan.chosen.end_row + 2
    sheet.write_string(row, _NAME, "What the edges are drawn from", pen.theme.heading)
    sheet.write_string(row + 1, _NAME, "kind: 1–3 positive, thin to thick; 4–6 negative", pen.theme.muted)
    row += 3
    first, bands = row, []
    for _, edges in groupby(pen.plan.diagram.edges, key=lambda edge: edge.weight.layer):
        bands.append(_Band(tuple(edges), row))
        row = bands[-1].last_row + 2
    weights = fixed_column_cells(_WEIGHT, first, row - 1)
    axes = (f"{axis} {kind}" for kind in range(1, len(_KINDS) + 1) for axis in "xy")
    sheet.write_texts(first - 1, _NAME, ("edge", "weight", "kind", *axes), pen.theme.table_header)
    for band in bands:
        for number, edge in enumerate(band.edges):
            _write_ends(pen, sheet, edge, band.first_row + _GAP * number, weights)
        _draw(pen, sheet, band)


def _write_ends(pen: Pen, sheet: Sheet, edge: Edge, row: int, weights: str) -> None:
    """Write one edge: a row for its start and one for its end, which differs from the start only in its own kind."""
    style, scope = pen.theme.make(num_format="General"), pen.plan.chosen.scope
    sheet.write_string(row, _NAME, edge.weight.name, pen.theme.text)
    weight = scope.live(f"{{{edge.weight.name}}}")
    weight.write(sheet, row, _WEIGHT, style)
    kind = _kind(pen, xl_rowcol_to_cell(row, _WEIGHT), weights, weight.value)
    kind.write(sheet, row, _KIND, style)
    is_kind = xl_rowcol_to_cell(row, _KIND, col_abs=True)
    for number in range(len(_KINDS)):
        column, wanted = _FIRST + 2 * number, kind.value == number + 1
        sheet.write_number(row, column, 0, style)
        sheet.write_number(row, column + 1, edge.begin, style)
        Live(f"IF({is_kind}={number + 1},1,0)", float(wanted)).write(sheet, row + 1, column, style)
        end = Live(f"IF({is_kind}={number + 1},{edge.end!r},{edge.begin!r})", edge.end if wanted else edge.begin)
        end.write(sheet, row + 1, column + 1, style)


def _kind(pen: Pen, weight: str, weights: str, value: Value) -> Live:
    """Which of the six kinds an edge is: by the sign of its weight, and its size relative to the largest weight."""
    largest = f"MAX(MAX({weights}),-MIN({weights}))"
    medium, thick = _PARTS
    size = f"IF(ABS({weight})>{thick}*{largest},3,IF(ABS({weight})>{medium}*{largest},2,1))"
    formula = f"IF(ISNUMBER({weight}),IF({weight}<0,3,0)+{size},0)"
    values = pen.plan.chosen.scope.values
    sizes = [abs(w) for e in pen.plan.diagram.edges if not isinstance(w := values[e.weight.name], str)]
    if isinstance(value, str):
        return Live(formula, 0.0)
    thickness = 1 + sum(abs(value) > part * max(sizes) for part in _PARTS)
    return Live(formula, float(thickness + (3 if value < 0 else 0)))


def _draw(pen: Pen, sheet: Sheet, band: _Band) -> None:
    diagram = pen.plan.diagram
    top, bottom = diagram.first_row, diagram.end_row
    column = band.edges[0].column + 3
    chart = pen.book.add_chart({"type": "scatter", "subtype": "straight"})
    for number, (sign, width) in enumerate(_KINDS):
        x = _FIRST + 2 * number
        colour, dash = LINES[0] if sign == "positive" else (LINES[5][0], "dash")
        look = {"line": {"color": colour, "width": width, "dash_type": dash}}
        add_line(chart, NETWORK, f"{sign}, {width} pt", (band.first_row, band.last_row), (x, x + 1), look)
    hidden = {"visible": False, "major_gridlines": {"visible": False}}
    chart.set_x_axis(hidden | {"min": 0, "max": 1})
    chart.set_y_axis(hidden | {"min": top, "max": bottom, "reverse": True})
    chart.set_legend({"none": True})
    chart.set_title({"none": True})
    chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
    chart.set_plotarea({"fill": {"none": True}, "layout": {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}})
    width = pixels(diagram.widths[column])
    chart.set_size({"width": width, "height": (bottom - top) * _ROW_PIXELS})
    layer = band.edges[0].weight.layer
    words = f"The edges of layer {layer}: one line per weight, blue for positive, orange and dashed for negative."
    sheet.insert_chart(top, column, chart, {"description": words, "object_position": 1})
