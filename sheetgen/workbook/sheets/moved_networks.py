"""The live part of the sheet Checks: networks with moved weights, by which the gradients of every table are measured.

NumPy's numbers hold for the workbook as shipped, a measured slope for any numbers. To need few networks, all weights of
a layer are moved at once, each by a part of ε of its own: up in one network, down in another.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.network import names
from sheetgen.network.cached_values import Value, start_values
from sheetgen.network.names import gradient
from sheetgen.network.notation import Writer
from sheetgen.network.quantities import Group
from sheetgen.workbook.formula_cell import Live, Scope, computed
from sheetgen.workbook.layout import START, fixed, fixed_column_cells, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.training_summary import Table

_MOST_CELLS = 40_000
_EPSILON, _ROUNDING = 1e-5, 1e-14
_TEXT = "The networks with moved weights, two for each line on the left: a weight moves by ε times the part above it."


@dataclass(frozen=True)
class Measurement:
    """A table's row with some of its weights moved, and the cells that tell how E_total changes.

    Attributes:
        table: the table.
        iteration: the row.
        moved: the weights, in words.
        epsilon: the largest step.
        up, down: E_total after steps up and down.
        expected: the slope that the table's gradients give.
        size: at least the sum of its terms, all taken as positive.
        rounding: how far the slope may be off because outputs and E_total are rounded.
        kink: how far the slope may be off because it changes at once, as that of a ReLU does: a term with its sign, or
            nothing.
    """

    table: Table
    iteration: int
    moved: str
    epsilon: Live
    up: Live
    down: Live
    expected: Live
    size: Live
    rounding: Live
    kink: Live


class MovedNetworks:
    """Writes the networks, two rows for each measurement.

    Args:
        pen: the open workbook.
        sheet: where to.
        place: row and column of the heading.
    """

    def __init__(self, pen: Pen, sheet: Sheet, place: tuple[int, int]) -> None:
        self._pen, self._sheet = pen, sheet
        self._heading_row, self._left = place
        notation = pen.plan.notation
        self._copied = [quantity.name for quantity in notation.of(Group.DATA, Group.WEIGHTS)]
        self._computed = [q for q in notation.of(Group.FORWARD, Group.ERROR) if q.name != "E_mean"]
        trained = sorted(notation.trained, key=self._copied.index)
        shown = (*self._copied, *(q.name for q in self._computed), *map(gradient, trained))
        self._columns = {name: column for column, name in enumerate(shown, start=self._left + 2)}

    def write(self) -> Iterator[Measurement]:
        """Write all networks."""
        theme, sheet, row = self._pen.theme, self._sheet, self._heading_row
        sheet.write_string(row, self._left, _TEXT, theme.muted)
        sheet.write_texts(
            row + 2, self._left, ("moved", "ε", *(f"{name}′" for name in self._columns)), theme.table_header
        )
        for parameters in self._groups.values():
            for number, name in enumerate(parameters, start=1):
                for column in (self._columns[name], self._columns[gradient(name)]):
                    sheet.write_number(row + 1, column, number / len(parameters), theme.muted)
        row += 3
        for table in self._pen.plan.tables:
            for iteration in self._pen.plan.curves.compared[1:]:
                for moved in self._groups:
                    yield self._write_measurement(row, table, iteration, moved)
                    row += 2

    @cached_property
    def _groups(self) -> dict[str, Sequence[str]]:
        """The weights and biases to move at once: those of a layer, or all where that would take too many cells."""
        layers: dict[str, list[str]] = {}
        for parameter in Writer(self._pen.plan.experiment).trained:
            layers.setdefault(f"layer {parameter.layer}", []).append(parameter.name)
        rows = 2 * len(self._pen.plan.tables) * len(self._pen.plan.curves.compared[1:])
        if rows * len(layers) * len(self._columns) > _MOST_CELLS:
            layers = {"all": [name for group in layers.values() for name in group]}
        return {moved: sorted(group, key=self._copied.index) for moved, group in layers.items()}

    def _write_measurement(self, row: int, table: Table, iteration: int, moved: str) -> Measurement:
        source, sheet, make = self._source(table, iteration), self._sheet, self._pen.theme.make
        epsilon = self._epsilon(row, source)
        back = Live(f"-{xl_rowcol_to_cell(row, self._left + 1)}", computed(lambda step: -step, epsilon.value))
        ends = []
        for number, (step, way) in enumerate(((epsilon, "up"), (back, "down")), start=row):
            words = f"{table.sheet}, {self._pen.plan.notation.counter} {iteration}, {moved}, {way}"
            sheet.write_string(number, self._left, words, self._pen.theme.text)
            step.write(sheet, number, self._left + 1, make(num_format="0.0E+00"))
            ends.append(self._write_network(number, step.value, source, self._groups[moved]))
        slope, size = self._write_gradients(row, source, self._groups[moved])
        step, (up, down) = Live(xl_rowcol_to_cell(row, self._left + 1), epsilon.value), ends
        kink = self._kink(step, up, down, source.live("{E_total}"))
        return Measurement(table, iteration, moved, step, up, down, slope, size, self._rounding(step, up), kink)

    def _rounding(self, step: Live, up: Live) -> Live:
        """A bound of the rounding error of a slope: E_total changes by ∂E/∂a, at most √(2E), with an output's rounding.

        With cross-entropy the logarithm of 1 − a has an error of that size however small E is.
        """
        if self._pen.plan.experiment.crossed:
            size, value = f"(1+ABS({up.formula}))", computed(lambda error: 1 + abs(error), up.value)
        else:
            size = f"(ABS({up.formula})+SQRT(ABS({up.formula})))"
            value = computed(lambda error: abs(error) + math.sqrt(abs(error)), up.value)
        rounding = computed(lambda error, by: _ROUNDING * error / by, value, step.value)
        return Live(f"{_ROUNDING:.0E}*{size}/{step.formula}", rounding)

    def _kink(self, step: Live, up: Live, down: Live, here: Live) -> Live:
        """Half the change of the slope from one side to the other; nothing where every activation is smooth."""
        if not {"relu", "leaky relu"}.intersection(self._pen.plan.experiment.activations):
            return Live("", 0.0)
        formula = f"+ABS({up.formula}-2*{here.formula}+{down.formula})/{step.formula}"
        lives = (live.value for live in (up, down, here, step))
        return Live(formula, computed(lambda u, d, middle, e: abs(u - 2 * middle + d) / e, *lives))

    def _source(self, table: Table, iteration: int) -> Scope:
        """The quantities of a table's row."""
        layout = self._pen.plan.table
        row = layout.first_row + iteration
        cells = {name: reference(table.sheet, row, column) for name, column in layout.columns.items()}
        return Scope(cells, dict(zip(layout.columns, table.picked[iteration], strict=True)))

    def _epsilon(self, row: int, source: Scope) -> Live:
        """A small step: the smaller, the larger the inputs and the first weights are, which multiply it."""
        start, inputs = self._pen.plan.start, list(names.inputs(self._pen.plan.experiment.layers))
        own = {*start.data, *self._pen.plan.experiment.settings}
        rows = [place for (name, _), place in start.rows.items() if name not in own]
        ends = [xl_rowcol_to_cell(row, self._columns[name]) for name in (inputs[0], inputs[-1])]
        cells = (":".join(ends), f"{START}!{fixed_column_cells(start.value_column, rows[0], rows[-1])}")
        largest = ",".join(f"MAX({each}),-MIN({each})" for each in cells)
        first = start_values(self._pen.plan.experiment)[0]
        values = [source.values[name] for name in inputs] + [first[n] for n in first if n not in own]
        step = computed(lambda *numbers: _EPSILON / max(1.0, max(numbers), -min(numbers)), *values)
        return Live(f"0.00001/MAX(1,{largest})", step)

    def _write_network(self, row: int, step: Value, source: Scope, moved: Sequence[str]) -> Live:
        """Write a network with moved weights into a row, and return its total error."""
        style, scope = self._pen.theme.make(num_format="0.000000000"), Scope({}, {})
        for name in self._copied:
            column, live = self._columns[name], Live(source.addresses[name], source.values[name])
            if name in moved:
                part, ratio = fixed(self._heading_row + 1, column), (moved.index(name) + 1) / len(moved)
                formula = f"{live.formula}+{xl_rowcol_to_cell(row, self._left + 1, col_abs=True)}*{part}"
                live = Live(formula, computed(lambda weight, by, r=ratio: weight + by * r, live.value, step))
            live.write(self._sheet, row, column, style)
            scope.add(name, xl_rowcol_to_cell(row, column), live.value)
        for quantity in self._computed:
            column, live = self._columns[quantity.name], scope.live(quantity.formulas[-1])
            live.write(self._sheet, row, column, style)
            scope.add(quantity.name, xl_rowcol_to_cell(row, column), live.value)
        return scope.live("{E_total}")

    def _write_gradients(self, row: int, source: Scope, moved: Sequence[str]) -> tuple[Live, Live]:
        """Write the table's gradients beside a network; return the slope that they give, and a bound of its terms."""
        style, columns = self._pen.theme.make(num_format="0.000000000"), [self._columns[gradient(n)] for n in moved]
        values = [source.values[gradient(name)] for name in moved]
        for name, column, value in zip(moved, columns, values, strict=True):
            Live(source.addresses[gradient(name)], value).write(self._sheet, row, column, style)
        own = f"{xl_rowcol_to_cell(row, columns[0])}:{xl_rowcol_to_cell(row, columns[-1])}"
        above = self._heading_row + 1
        parts = f"{fixed(above, columns[0])}:{fixed(above, columns[-1])}"
        slope = Live(f"SUMPRODUCT({own},{parts})", computed(_sum_of_parts, *values))
        return slope, Live(f"SQRT({len(moved)}*SUMSQ({own}))", computed(_bound, *values))


def _sum_of_parts(*gradients: float) -> Value:
    total = 0.0
    for number, each in enumerate(gradients, start=1):
        total += each * (number / len(gradients))
    return total


def _bound(*gradients: float) -> Value:
    squares = 0.0
    for each in gradients:
        squares += each * each
    return math.sqrt(len(gradients) * squares) if math.isfinite(squares) else "#NUM!"
