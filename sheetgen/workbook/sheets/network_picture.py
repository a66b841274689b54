"""The picture on the sheet Network: one chart, drawn from numbers on the hidden sheet Workings.

Drawn shapes could not follow the numbers; a chart can. A text in it is the name of a series with a single point, taken
from a cell: of all live labels that charts offer, this is the one that every application shows. An edge is a line in
one of six series, one per sign and thickness; in the others both of its ends coincide, so it is invisible there.
"""

from collections.abc import Sequence

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.diagram import Edge, Label, Line, Node, Point
from sheetgen.network import names
from sheetgen.network.cached_values import Value
from sheetgen.network.notation import Writer
from sheetgen.network.quantities import Group
from sheetgen.workbook.charts import Look, add_labelled_chart, add_line
from sheetgen.workbook.formula_cell import Live, quoted
from sheetgen.workbook.layout import WORKINGS, fixed, fixed_column_cells
from sheetgen.workbook.number_words import in_rounded_words, rounded_words
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import INK, LINES, LOOKS

_WIDTHS = (1.0, 2.0, 3.5)
# About thirds of the largest weight, but not exactly: rounding would decide about weights on the boundary.
_PARTS = (0.3337, 0.6673)
_GAP = 3  # rows of numbers per line: its start, its end, and an empty row that breaks it
_KINDS = tuple((sign, width) for sign in ("positive", "negative") for width in _WIDTHS)
_FIRST_ROW = 7
_TEXT, _X, _Y = 4, 5, 6
_EDGE, _WEIGHT, _KIND, _ENDS = 8, 9, 10, 11
_BACK = _ENDS + 2 * len(_KINDS)
_PLACES = {Group.DATA: 4, Group.WEIGHTS: 4, Group.FORWARD: 4, Group.ERROR: 6, Group.GRADIENTS: 6}
_HARD = "\u00a0"  # a space at which a label does not break
_ARROW = f"◂{_HARD}"
# What stands for a text that is not shown, outside of the picture: for an empty one an application may write its own.
_ABSENT, _OUTSIDE = " ", -1_000
_BESIDE, _BELOW = (quoted(_HARD), _HARD), ("CHAR(10)", "\n")  # how a name and its value are joined
_PAPER: Look = {"fill": {"color": "#FFFFFF"}}  # so that no line runs through a label
_POINTS = 0.75  # of a pixel
_DESCRIPTION = (
    "The network: a circle for each neuron, from the inputs on the left to the total error on the right, and a line "
    "for each weight. The list below holds the same numbers."
)


def draw_network(pen: Pen, sheet: Sheet, workings: Sheet) -> None:
    """Write what the picture is drawn from, and lay the chart over the sheet Network."""
    _Picture(pen, workings).draw(sheet)


class _Picture:
    """The chart, and the next free row of the texts."""

    def __init__(self, pen: Pen, workings: Sheet) -> None:
        self._pen, self._workings, self._row = pen, workings, _FIRST_ROW
        self._style = pen.theme.make(num_format="General")
        self._wanted: str = pen.plan.chosen.shows_gradients
        self._chart = add_labelled_chart(pen.book)

    def draw(self, sheet: Sheet) -> None:
        diagram, theme = self._pen.plan.diagram, self._pen.theme
        self._workings.write_string(_FIRST_ROW - 2, _TEXT, "The texts of the picture, and where", theme.heading)
        self._workings.write_texts(_FIRST_ROW - 1, _TEXT, ("text", "x", "y"), theme.table_header)
        self._draw_edges()
        for edge in diagram.edges:
            self._write_labels(edge)
        for node in diagram.nodes:
            self._draw_node(node)
        hidden = {"visible": False, "major_gridlines": {"visible": False}, "min": 0}
        self._chart.set_x_axis(hidden | {"max": diagram.width})
        self._chart.set_y_axis(hidden | {"max": diagram.height, "reverse": True})
        self._chart.set_legend({"none": True})
        self._chart.set_title({"none": True})
        self._chart.set_chartarea({"border": {"none": True}})
        self._chart.set_plotarea({"layout": {"x": 0.0, "y": 0.0, "width": 1.0, "height": 1.0}})
        self._chart.show_hidden_data()
        self._chart.set_size({"width": diagram.width, "height": diagram.height})
        where = (self._pen.plan.chosen.picture_row, 1)
        sheet.insert_chart(*where, self._chart, {"description": _DESCRIPTION, "object_position": 2})

    def _draw_edges(self) -> None:
        """Write the ends of all lines, once for each kind, and the lines on which gradients flow back."""
        theme, edges = self._pen.theme, self._pen.plan.diagram.edges
        axes = (f"{axis} {kind}" for kind in range(1, len(_KINDS) + 1) for axis in "xy")
        self._workings.write_string(_FIRST_ROW - 3, _EDGE, "The lines of the picture", theme.heading)
        words = "kind: 1–3 positive, thin to thick; 4–6 negative; the error’s lines have none"
        self._workings.write_string(_FIRST_ROW - 2, _EDGE, words, theme.muted)
        headers = ("line", "its weight", "kind", *axes, "x back", "y back", "x error", "y error")
        self._workings.write_texts(_FIRST_ROW - 1, _EDGE, headers, theme.table_header)
        last = _FIRST_ROW + _GAP * len(edges) - 1
        weights = fixed_column_cells(_WEIGHT, _FIRST_ROW, last)
        for number, edge in enumerate(edges):
            self._write_edge(edge, _FIRST_ROW + _GAP * number, weights)
        for number, (sign, width) in enumerate(_KINDS):
            colour, dash = LINES[0] if sign == "positive" else (LINES[5][0], "dash")
            look = {"line": {"color": colour, "width": width, "dash_type": dash}}
            self._add_lines(f"{sign} weights, {width} pt", last, _ENDS + 2 * number, look)
        self._add_lines("gradients", last, _BACK, {"line": {"color": LINES[3][0], "width": 0.75}})
        self._add_lines("errors", last, _BACK + 2, {"line": {"color": LOOKS[Group.ERROR].band, "width": 1}})

    def _add_lines(self, name: str, last: int, column: int, look: Look) -> None:
        add_line(self._chart, WORKINGS, name, (_FIRST_ROW, last), (column, column + 1), look)

    def _write_edge(self, edge: Edge, row: int, weights: str) -> None:
        if edge.weight is None:
            self._workings.write_string(row, _EDGE, "to the error", self._pen.theme.text)
            self._write_line(edge.line, row, _BACK + 2, "TRUE", shown=True)
        else:
            self._write_weighted(edge.weight.name, edge.line, row, weights)
        self._write_line(edge.back, row, _BACK, self._wanted, shown=True)

    def _write_weighted(self, name: str, line: Line, row: int, weights: str) -> None:
        weight = self._pen.plan.chosen.scope.live(f"{{{name}}}")
        kind = self._kind(xl_rowcol_to_cell(row, _WEIGHT), weights, weight.value)
        self._workings.write_string(row, _EDGE, f"line of {name}", self._pen.theme.text)
        weight.write(self._workings, row, _WEIGHT, self._style)
        kind.write(self._workings, row, _KIND, self._style)
        is_kind = xl_rowcol_to_cell(row, _KIND, col_abs=True)
        for number in range(1, len(_KINDS) + 1):
            column = _ENDS + 2 * (number - 1)
            self._write_line(line, row, column, f"{is_kind}={number}", shown=kind.value == number)

    def _write_line(self, line: Line, row: int, column: int, condition: str, *, shown: bool) -> None:
        """Write a line's start and its end, which is the start again where the line is not shown."""
        for place, (start, end) in enumerate(zip(line.begin, line.end, strict=True), start=column):
            begin, other = round(start, 1), round(end, 1)
            self._workings.write_number(row, place, begin, self._style)
            if condition == "TRUE" or begin == other:
                self._workings.write_number(row + 1, place, other, self._style)
            else:
                live = Live(f"IF({condition},{other!r},{begin!r})", other if shown else begin)
                live.write(self._workings, row + 1, place, self._style)

    def _kind(self, weight: str, weights: str, value: Value) -> Live:
        """Which of the six kinds an edge is: by its weight's sign, and its size relative to the largest weight."""
        largest = f"MAX(MAX({weights}),-MIN({weights}))"
        medium, thick = _PARTS
        size = f"IF(ABS({weight})>{thick}*{largest},3,IF(ABS({weight})>{medium}*{largest},2,1))"
        formula = f"IF(ISNUMBER({weight}),IF({weight}<0,3,0)+{size},0)"
        values = (self._pen.plan.chosen.scope.values[each.name] for each in self._weights)
        sizes = [abs(each) for each in values if not isinstance(each, str)]
        if isinstance(value, str):
            return Live(formula, 0.0)
        thickness = 1 + sum(abs(value) > part * max(sizes) for part in _PARTS)
        return Live(formula, float(thickness + (3 if value < 0 else 0)))

    @property
    def _weights(self) -> Sequence[names.Weight]:
        return [edge.weight for edge in self._pen.plan.diagram.edges if edge.weight is not None]

    def _write_labels(self, edge: Edge) -> None:
        if edge.weight_label is not None:
            self._add_label(edge.weight_label, _PAPER, bold=True)
        if edge.gradient_label is not None:
            self._add_label(edge.gradient_label, _PAPER)

    def _draw_node(self, node: Node) -> None:
        """Draw a circle with its texts: above and beside it what goes forward, below it what flows back."""
        last = len(self._pen.plan.experiment.layers) - 1
        group = Group.DATA if node.layer == 0 else Group.ERROR if node.layer > last else Group.FORWARD
        size = round(2 * self._pen.plan.diagram.radius * _POINTS)
        circle = {"type": "circle", "size": size, "fill": {"color": LOOKS[group].header}}
        circle["border"] = {"color": LOOKS[group].band, "width": 1.25}
        words = self._words(node.inside, group, _BELOW, f"{{{node.inside}}}")
        self._add_text(words, node.place, {"size": 10, "bold": True, "color": INK}, {"marker": circle})
        for label in node.labels:
            self._add_label(label, _PAPER)
        if node.gradient is not None:
            sum_gradient = Writer(self._pen.plan.experiment).sum_gradient(node.layer, node.number)
            self._add_label(node.gradient, _PAPER, formula=sum_gradient)

    def _add_label(self, label: Label, look: Look | None = None, *, bold: bool = False, formula: str = "") -> None:
        """Write a quantity in one line; a gradient with an arrow back, and only if the reader wants to see it."""
        group = self._group(label.quantity)
        live = self._words(label.quantity if label.named else "", group, _BESIDE, formula or f"{{{label.quantity}}}")
        if group is Group.GRADIENTS:
            shown = f"{quoted(_ARROW)}&{live.formula}"
            live = Live(f"IF({self._wanted},{shown},{quoted(_ABSENT)})", f"{_ARROW}{live.value}")
        font = {"size": 9, "color": LOOKS[group].band, "bold": bold}
        self._add_text(live, label.place, font, look or {})

    def _group(self, quantity: str) -> Group:
        named = self._pen.plan.notation.by_name.get(quantity)
        return Group.GRADIENTS if named is None else named.group

    def _words(self, name: str, group: Group, joint: tuple[str, str], formula: str) -> Live:
        """A quantity's name and its value, joined by a formula, whose text is given too."""
        live, places = self._pen.plan.chosen.scope.live(formula), _PLACES[group]
        before = f"{quoted(name)}&{joint[0]}&" if name else ""
        written = f"{name}{joint[1]}" if name else ""
        words = f"{written}{in_rounded_words(live.value, places)}"
        return Live(f"{before}{rounded_words(live.formula, places)}", words)

    def _add_text(self, text: Live, place: Point, font: Look, look: Look) -> None:
        """Write a text and where it stands, and add it to the chart as a series of one point."""
        row, self._row = self._row, self._row + 1
        text.write(self._workings, row, _TEXT, self._style)
        x, y = (round(number, 1) for number in place)
        self._workings.write_number(row, _X, x, self._style)
        if _ARROW in str(text.value):
            shown = Live(f"IF({fixed(row, _TEXT)}={quoted(_ABSENT)},{_OUTSIDE},{y!r})", y)
            shown.write(self._workings, row, _Y, self._style)
        else:
            self._workings.write_number(row, _Y, y, self._style)
        label = {"series_name": True, "value": False, "position": "center", "font": font}
        label |= {key: value for key, value in look.items() if key == "fill"}
        series = {"line": {"none": True}, "marker": look.get("marker", {"type": "none"}), "data_labels": label}
        self._chart.add_series(
            {
                "name": [WORKINGS, row, _TEXT],
                "categories": [WORKINGS, row, _X, row, _X],
                "values": [WORKINGS, row, _Y, row, _Y],
                **series,
            }
        )
