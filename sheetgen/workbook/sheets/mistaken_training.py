"""What the common mistake does to training: the chosen run with the wrong gradients, beside the right one."""

from dataclasses import replace

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.mistake import with_mistake
from sheetgen.network.cached_values import Evaluator, Value
from sheetgen.network.notation import Writer
from sheetgen.workbook.charts import GRID, add_chart, add_line
from sheetgen.workbook.formula_cell import Live, computed
from sheetgen.workbook.layout import GRADIENT_CHECK, column_cells
from sheetgen.workbook.number_words import in_rounded_words, rounded_words
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.row_formulas import RowFormulas
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT, LINES, LOOKS, NOISY_FORMAT

_MOST_CELLS, _MOST_ROWS = 8_000, 100
_SIZE = (600, 400)
_HARDLY, _LITTLE = 0.01, 0.1  # of the first error
_SHARE_WORDS = (
    "The rings in the chart lie on the line: only the check above tells the two apart.",
    "The rings in the chart keep close to the line: without the check above, few would notice.",
    "The rings in the chart leave the line: here the mistake changes what is learned.",
)
_OVERFLOW = "One of the two trainings overflows."


class Mistaken:
    """The second training table; it always contains the mistake, whatever the switch says.

    Args:
        pen: the open workbook.
        sheet: the Gradient check.
        place: row and column of the table's heading.
    """

    def __init__(self, pen: Pen, sheet: Sheet, place: tuple[int, int]) -> None:
        self._pen, self._sheet = pen, sheet
        self._heading_row, self._left = place
        plan = pen.plan
        self._notation = with_mistake(plan.experiment, plan.notation)
        self._curve = plan.notation.curve
        first_row, first_column = self._heading_row + 2, self._left + 2
        self._table = replace(plan.table, notation=self._notation, first_row=first_row, first_column=first_column)
        self._last = min(plan.experiment.last_row, _MOST_ROWS, max(1, _MOST_CELLS // len(self._table.columns)))
        self._rows = self._table.first_row, self._table.first_row + self._last

    def write(self, text_place: tuple[int, int], chart_place: tuple[int, int]) -> None:
        """Write the table, how far apart the two curves are, and their chart."""
        theme, sheet = self._pen.theme, self._sheet
        heading = "The same training with the common mistake"
        sheet.write_string(self._heading_row, self._left, heading, theme.heading)
        headers = (f"{self._curve}, right", "distance", *(f"{name} ✗" for name in self._notation.names))
        sheet.write_texts(self._heading_row + 1, self._left, headers, theme.table_header)
        distances = self._write_rows()
        self._write_text(text_place, distances)
        self._draw(chart_place)

    def _write_rows(self) -> list[Value]:
        plan, theme, table = self._pen.plan, self._pen.theme, self._table
        evaluator = Evaluator(plan.experiment, self._notation)
        eta = plan.chosen.scope.addresses["eta"]
        formulas = RowFormulas(table, lambda text: text.replace("{eta}", eta))
        styles = [theme.make(num_format=LOOKS[q.group].number_format) for q in self._notation.quantities]
        error = theme.make(num_format=ERROR_FORMAT)
        curve, distances = table.columns[self._curve], []
        for number, values in enumerate(evaluator.rows(plan.chosen.table.learning_rate, self._last)):
            row, right = table.first_row + number, plan.chosen.curve_at(number)
            right.write(self._sheet, row, self._left, error)
            distances.append(computed(_distance, right.value, values[curve - table.first_column]))
            formula = f"ABS({xl_rowcol_to_cell(row, self._left)}-{xl_rowcol_to_cell(row, curve)})"
            Live(formula, distances[-1]).write(self._sheet, row, self._left + 1, error)
            cells = zip(formulas.of(number), values, styles, strict=True)
            for column, (formula, value, style) in enumerate(cells, start=table.first_column):
                Live(formula, value).write(self._sheet, row, column, style)
        return distances

    def _write_text(self, place: tuple[int, int], distances: list[Value]) -> None:
        """Say how large the effect is, from the numbers."""
        theme, sheet, (row, column) = self._pen.theme, self._sheet, place
        sheet.write_string(row, column, "What the common mistake does to training", theme.heading)
        words = f"Largest distance of the curves in {self._last} {self._notation.counter}s, as part of the first error:"
        sheet.write_string(row + 1, column, words, theme.text)
        largest = f"MAX({column_cells(self._left + 1, *self._rows)})"
        value = _share(distances, self._pen.plan.chosen.table.curve[0])
        share = Live(f"{largest}/{xl_rowcol_to_cell(self._rows[0], self._left)}", value)
        share.write(sheet, row + 1, column + 5, theme.make(bold=True, num_format=NOISY_FORMAT, align="left"))
        _told(xl_rowcol_to_cell(row + 1, column + 5), value).write(sheet, row + 2, column, theme.text)
        self._alike().write(sheet, row + 3, column, theme.text)

    def _alike(self) -> Live:
        """Say how much alike the two slopes are of which the mistake takes one for the other."""
        writer, scope = Writer(self._pen.plan.experiment), self._pen.plan.chosen.scope
        right, wrong = (scope.live(writer.slope(1, number)) for number in (2, 1))
        words = "It takes the slope of the first hidden neuron for that of the second; in this iteration they are "
        formula = f'"{words}"&{rounded_words(wrong.formula, 6)}&" and "&{rounded_words(right.formula, 6)}&"."'
        shown = f"{words}{in_rounded_words(wrong.value, 6)} and {in_rounded_words(right.value, 6)}."
        return Live(formula, shown)

    def _draw(self, place: tuple[int, int]) -> None:
        across = {"name": self._notation.counter, "min": 0, "max": self._last, "label_position": "low"}
        upward = GRID | {"name": self._curve, "min": 0}
        title = "Right, and with the common mistake"
        chart = add_chart(self._pen.book, title, _SIZE, across, upward, markers=True, legend="bottom")
        # Rings, as the two lines would cover each other.
        ring = {"type": "circle", "size": 6, "fill": {"none": True}, "border": {"color": LINES[5][0], "width": 1.25}}
        line = {"line": {"color": LINES[0][0], "width": 2}, "marker": {"type": "none"}}
        rings = {"line": {"none": True}, "marker": ring}
        iteration, header = self._table.columns[self._notation.counter], self._heading_row + 1
        for column, look in ((self._left, line), (self._table.columns[self._curve], rings)):
            add_line(chart, GRADIENT_CHECK, (header, column), self._rows, (iteration, column), look)
        which = (
            f"{self._curve} over {self._last} {self._notation.counter}s: the chosen run, and the same with the mistake."
        )
        options = {"description": f"Line chart of {which}", "object_position": 2, "y_offset": 150}
        self._sheet.insert_chart(*place, chart, options)


def _distance(right: float, wrong: float) -> float:
    return abs(right - wrong)


def _told(cell: str, share: Value) -> Live:
    """Say in words how far the curves are apart."""
    hardly, little, much = _SHARE_WORDS
    words = f'IF({cell}<{_HARDLY},"{hardly}",IF({cell}<{_LITTLE},"{little}","{much}"))'
    shown = computed(lambda part: hardly if part < _HARDLY else little if part < _LITTLE else much, share)
    return Live(f'IF(ISNUMBER({cell}),{words},"{_OVERFLOW}")', _OVERFLOW if shown == share else shown)


def _share(distances: list[Value], first: Value) -> Value:
    """Return the largest distance as part of the first error, or the error that Excel shows."""
    numbers = [value for value in distances if not isinstance(value, str)]
    if len(numbers) < len(distances) or isinstance(first, str):
        return "#NUM!"
    return max(numbers) / first if first else "#DIV/0!"
