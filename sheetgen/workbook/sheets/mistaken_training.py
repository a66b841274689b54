"""What the common mistake does to training: the chosen run with the wrong gradients, beside the right one."""

import re

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sheetgen.lesson.mistake import with_mistake
from sheetgen.network.cached_values import Evaluator, Value
from sheetgen.network.notation import REFERENCE
from sheetgen.workbook.charts import FONT, GRID, with_common_look
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import GRADIENT_CHECK
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.theme import ERROR_FORMAT, LINES, LOOKS
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_MOST_CELLS, _MOST_ROWS = 8_000, 100
_SIZE = (600, 400)


class Mistaken:
    """The second training table; it always contains the mistake, whatever the switch says.

    Args:
        pen: the open workbook.
        sheet: the Gradient check.
        place: row and column of the table's heading.
    """

    def __init__(self, pen: Pen, sheet: Worksheet, place: tuple[int, int]) -> None:
        self._pen, self._sheet = pen, sheet
        self._heading_row, self._left = place
        self._first_row = self._heading_row + 2
        plan = pen.plan
        self._notation = with_mistake(plan.experiment, plan.notation)
        self._curve = plan.notation.curve
        columns = len(self._notation.quantities)
        self._last = min(plan.experiment.iterations, _MOST_ROWS, max(1, _MOST_CELLS // columns))
        self._columns = {name: self._left + 2 + n for n, name in enumerate(self._notation.names)}

    def write(self, text_place: tuple[int, int], chart_place: tuple[int, int]) -> None:
        """Write the table, how far apart the two curves are, and their chart."""
        theme, sheet = self._pen.theme, self._sheet
        heading = "The same training with the common mistake"
        sheet.write_string(self._heading_row, self._left, heading, theme.heading)
        headers = [f"{self._curve}, right", "distance", *(f"{name} ✗" for name in self._notation.names)]
        for column, text in enumerate(headers, start=self._left):
            sheet.write_string(self._first_row - 1, column, text, theme.table_header)
        distances = self._write_rows()
        self._write_text(text_place, distances)
        self._draw(chart_place)

    def _write_rows(self) -> list[Value]:
        plan, theme = self._pen.plan, self._pen.theme
        evaluator = Evaluator(plan.experiment, self._notation)
        right, distances = plan.chosen.table.curve, []
        styles = [theme.make(num_format=LOOKS[q.group].number_format) for q in self._notation.quantities]
        error = theme.make(num_format=ERROR_FORMAT)
        position = self._notation.names.index(self._curve)
        for number, values in enumerate(evaluator.rows(plan.chosen.table.learning_rate, self._last)):
            row = self._first_row + number
            plan.chosen.curve_at(self._curve, number).write(self._sheet, row, self._left, error)
            pair = [xl_rowcol_to_cell(row, c) for c in (self._left, self._columns[self._curve])]
            distances.append(_distance(right[number], values[position]))
            Live(f"ABS({pair[0]}-{pair[1]})", distances[-1]).write(self._sheet, row, self._left + 1, error)
            for column, (quantity, value, style) in enumerate(
                zip(self._notation.quantities, values, styles, strict=True), start=self._left + 2
            ):
                Live(self._placed(quantity.formula(number), number), value).write(self._sheet, row, column, style)
        return distances

    def _placed(self, formula: str, number: int) -> str:
        """Put addresses into a formula of this table: its own rows, the Start sheet, and the chosen η."""
        plan = self._pen.plan

        def place(match: re.Match[str]) -> str:
            name, source = match[1], match[2]
            if name == "eta":
                return plan.chosen.scope.addresses["eta"]
            if source == "start":
                return plan.start.cell(name, number)
            return str(xl_rowcol_to_cell(self._first_row + number - int(source or 0), self._columns[name]))

        return REFERENCE.sub(place, formula)

    def _write_text(self, place: tuple[int, int], distances: list[Value]) -> None:
        """Say how small the effect is, with live numbers."""
        first, last = self._first_row + 1, self._first_row + self._last + 1
        cells = f"{xl_col_to_name(self._left + 1)}{first}:{xl_col_to_name(self._left + 1)}{last}"
        start = f"{xl_col_to_name(self._left)}{first}"
        part = f"MAX({cells})/{start}"
        share = _share(distances, self._pen.plan.chosen.table.curve[0])
        row, column = place
        theme, sheet = self._pen.theme, self._sheet
        sheet.write_string(row, column, "Why nobody notices the common mistake", theme.heading)
        lines = (
            "In most public workbooks of this exercise the gradients of the second hidden neuron’s weights use the",
            "first neuron’s activation. The two are much alike, so each step goes almost the right way, and the error",
            "still falls: the rings on the right lie on the line. Only the check above tells the difference.",
        )
        for number, line in enumerate(lines, start=row + 1):
            sheet.write_string(number, column, line, theme.text)
        words = f"Largest distance of the curves in {self._last} iterations, as part of the first error:"
        sheet.write_string(row + 4, column, words, theme.text)
        Live(part, share).write(sheet, row + 4, column + 5, theme.make(bold=True, num_format="0.0E+00", align="left"))

    def _draw(self, place: tuple[int, int]) -> None:
        chart = self._pen.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
        first, last = self._first_row, self._first_row + self._last
        # Rings, as the two lines would cover each other.
        ring = {"type": "circle", "size": 6, "fill": {"none": True}, "border": {"color": LINES[5][0], "width": 1.25}}
        line = {"line": {"color": LINES[0][0], "width": 2}, "marker": {"type": "none"}}
        rings = {"line": {"none": True}, "marker": ring}
        for column, look in ((self._left, line), (self._columns[self._curve], rings)):
            iteration = self._columns["iteration"]
            chart.add_series(
                {
                    "name": [GRADIENT_CHECK, first - 1, column],
                    "categories": [GRADIENT_CHECK, first, iteration, last, iteration],
                    "values": [GRADIENT_CHECK, first, column, last, column],
                }
                | look
            )
        with_common_look(chart, "Right, and with the common mistake", _SIZE, "bottom")
        chart.set_x_axis(FONT | {"name": "iteration", "min": 0, "max": self._last, "label_position": "low"})
        chart.set_y_axis(FONT | GRID | {"name": self._curve, "min": 0})
        words = (
            f"Line chart of {self._curve} over {self._last} iterations: the chosen run, and the same with the mistake."
        )
        self._sheet.insert_chart(*place, chart, {"description": words, "object_position": 2, "y_offset": 150})


def _distance(right: Value, wrong: Value) -> Value:
    if isinstance(right, str):
        return right
    return wrong if isinstance(wrong, str) else abs(right - wrong)


def _share(distances: list[Value], first: Value) -> Value:
    """Return the largest distance as part of the first error, or the error that Excel shows."""
    numbers = [value for value in distances if not isinstance(value, str)]
    if len(numbers) < len(distances) or isinstance(first, str):
        return "#NUM!"
    return max(numbers) / first if first else "#DIV/0!"
