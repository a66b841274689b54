"""The Gradient check sheet: every gradient of the chosen row beside a central difference, and the common mistake."""

from collections.abc import Callable, Sequence

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sheetgen.lesson.mistake import wrong_gradients
from sheetgen.network.cached_values import Value
from sheetgen.network.names import gradient
from sheetgen.network.notation import Group
from sheetgen.workbook.formula_cell import Live, Scope
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.learning_rates import write_back_link
from sheetgen.workbook.sheets.mistaken_training import Mistaken
from sheetgen.workbook.theme import set_columns, set_up_printing
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_WIDTHS = (2, 13, 12, 16, 16, 16, 16, 13, 11, 12)
_HEADERS = ("", "value", "E with + ε", "E with − ε", "measured slope", "gradient", "relative error", "")
_NAME, _VALUE, _UP, _DOWN, _MEASURED, _FORMULA, _ERROR, _VERDICT = range(1, 9)
_EPSILON_CELL, _SWITCH_CELL, _RESULT_ROW = (4, 3), (5, 3), 7
_FIRST_ROW = 10
_EPSILON = 1e-4
# Rounding adds an error of about 1e-16·E/ε to the measured slope, the curvature one of about ε².
_TOLERANCE, _SMALLEST = "1E-6", "1E-10"
_MOST_CELLS = 8_000
_RIGHT, _WRONG = "✓ agrees", "✗ wrong"
_TEXT = (
    "Move one weight by a small ε up and down, run the whole network both times, and see how E_total changes: that is",
    "the slope, measured without any calculus. A gradient’s formula is right when it gives the same number.",
)


def write_gradient_check(pen: Pen, sheet: Worksheet) -> None:
    """Write the comparison, the shifted networks behind it, and what the common mistake does."""
    theme, chosen = pen.theme, pen.plan.chosen
    set_columns(sheet, _WIDTHS)
    sheet.set_column(len(_WIDTHS), len(_WIDTHS) + 200, 12)
    sheet.write_string(0, 1, "Are the gradients right?", theme.title)
    write_back_link(pen, sheet, 1, 1)
    chosen.announced(" (choose another on the sheet Network).").write(sheet, 2, 1, theme.make(bold=True))
    check = _Check(pen, sheet)
    check.write()
    _set_up(sheet, check)


def _set_up(sheet: Worksheet, check: "_Check") -> None:
    set_up_printing(sheet)
    sheet.print_area(0, 0, check.shifted_row - 3, 16)
    sheet.set_selection(*_SWITCH_CELL, *_SWITCH_CELL)


class _Check:
    """The comparison of one sheet, and where its parts stand."""

    def __init__(self, pen: Pen, sheet: Worksheet) -> None:
        self._pen, self._sheet, self._chosen = pen, sheet, pen.plan.chosen.scope
        self._wrong = wrong_gradients(pen.plan.experiment, pen.plan.notation)
        quantities = pen.plan.notation.quantities
        self._computed = [q for q in quantities if q.group in (Group.FORWARD, Group.ERROR) and q.name != "E_mean"]
        trained = [q.name for q in quantities if q.group is Group.WEIGHTS and len(q.formulas) > 1]
        self._parameters = trained[: max(1, _MOST_CELLS // (2 * len(self._computed)))]
        self._left_out = len(trained) - len(self._parameters)
        self.mistaken = Mistaken(pen, sheet, (self.shifted_row + 2 * len(self._parameters) + 4, _NAME))

    @property
    def shifted_row(self) -> int:
        """The first row of the shifted networks: below the comparison and the chart beside it."""
        return _FIRST_ROW + max(len(self._parameters) + 14, 26)

    def write(self) -> None:
        """Write everything."""
        theme, sheet = self._pen.theme, self._sheet
        sheet.write_string(_EPSILON_CELL[0], _NAME, "ε, the small step", theme.make(bold=True))
        sheet.write_number(*_EPSILON_CELL, _EPSILON, theme.editable)
        sheet.write_string(_EPSILON_CELL[0], _EPSILON_CELL[1] + 1, "  ← try 0.1, or 1E-12", theme.muted)
        self._write_switch()
        for column, text in enumerate(_HEADERS, start=_NAME):
            sheet.write_string(_FIRST_ROW - 1, column, text, theme.table_header)
        verdicts = [self._write_row(name, number) for number, name in enumerate(self._parameters)]
        self._write_result(verdicts)
        row = _FIRST_ROW + len(self._parameters) + 1
        lines = list(_TEXT)
        if self._left_out:
            lines.append(f"Shown are the first {len(self._parameters)} parameters; {self._left_out:,} more are not.")
        for number, line in enumerate(lines):
            sheet.write_string(row + number, _NAME, line, theme.text)
        if self._wrong:
            self.mistaken.write((row + len(lines) + 1, _NAME), (2, len(_WIDTHS) - 1))

    def _write_switch(self) -> None:
        theme, sheet, (row, column) = self._pen.theme, self._sheet, _SWITCH_CELL
        if not self._wrong:
            return
        concerned = ", ".join(self._wrong)
        sheet.write_string(row, _NAME, "Make the common mistake", theme.make(bold=True))
        sheet.write_string(row, column, "no", theme.editable)
        hint = f"  ← yes: {concerned} with the first hidden neuron’s activation in place of the second’s"
        sheet.write_string(row, column + 1, hint, theme.muted)
        sheet.data_validation(row, column, row, column, {"validate": "list", "source": ["no", "yes"]})

    def _write_result(self, verdicts: Sequence[str]) -> None:
        """One line that says whether all gradients are right."""
        first, last = _FIRST_ROW + 1, _FIRST_ROW + len(self._parameters)
        cells = f"{xl_col_to_name(_VERDICT)}{first}:{xl_col_to_name(_VERDICT)}{last}"
        wrong = f'COUNTIF({cells},"{_WRONG}")'
        count = len(self._parameters)
        good = f"✓ All {count} gradients agree with the measured slopes."
        formula = f'IF(COUNTIF({cells},"{_RIGHT}")={count},"{good}",'
        formula += f'"✗ "&{wrong}&" of {count} gradients do not agree with the measured slopes.")'
        told = f"✗ {verdicts.count(_WRONG)} of {count} gradients do not agree with the measured slopes."
        style = self._pen.theme.make(bold=True, font_size=13)
        live = Live(formula, good if verdicts.count(_RIGHT) == count else told)
        live.write(self._sheet, _RESULT_ROW, _NAME, style)
        self._sheet.conditional_format(
            *(_FIRST_ROW, _NAME, last - 1, _VERDICT),
            {
                "type": "formula",
                "criteria": f'=${xl_col_to_name(_VERDICT)}{first}="{_WRONG}"',
                "format": self._pen.book.add_format({"bg_color": "#FADBC8", "bold": True}),
            },
        )

    def _write_row(self, name: str, number: int) -> str:
        """Write one parameter's comparison and its two shifted networks; return the verdict as shipped."""
        theme, sheet, row = self._pen.theme, self._sheet, _FIRST_ROW + number
        up, e_up = self._write_shifted(name, 2 * number, 1)
        down, e_down = self._write_shifted(name, 2 * number + 1, -1)
        cell = {column: xl_rowcol_to_cell(row, column) for column in range(_NAME, _VERDICT + 1)}
        sheet.write_string(row, _NAME, name, theme.table_text)
        self._chosen.live(f"{{{name}}}").write(sheet, row, _VALUE, theme.table_number("0.000000"))
        Live(up, e_up).write(sheet, row, _UP, theme.table_number("0.000000000000"))
        Live(down, e_down).write(sheet, row, _DOWN, theme.table_number("0.000000000000"))
        measured = _value(lambda a, b: (a - b) / (2 * _EPSILON), e_up, e_down)
        epsilon = xl_rowcol_to_cell(*_EPSILON_CELL, row_abs=True, col_abs=True)
        style = theme.table_number("0.000000000000")
        Live(f"({cell[_UP]}-{cell[_DOWN]})/(2*{epsilon})", measured).write(sheet, row, _MEASURED, style)
        analytic = self._analytic(gradient(name))
        analytic.write(sheet, row, _FORMULA, style)
        m, f = cell[_MEASURED], cell[_FORMULA]
        relative = _value(_relative_error, measured, analytic.value)
        Live(f"IF({m}={f},0,ROUND(ABS({m}-{f})/(ABS({m})+ABS({f})),8))", relative).write(
            sheet, row, _ERROR, theme.table_number("0.0E+00")
        )
        agrees = f"ABS({m}-{f})<={_TOLERANCE}*(ABS({m})+ABS({f}))+{_SMALLEST}"
        verdict = _verdict(measured, analytic.value)
        formula = f'IF(ISNUMBER({m}),IF({agrees},"{_RIGHT}","{_WRONG}"),"")'
        Live(formula, verdict).write(sheet, row, _VERDICT, theme.table_text)
        return verdict

    def _analytic(self, name: str) -> Live:
        right = self._chosen.live(f"{{{name}}}")
        if name not in self._wrong:
            return right
        switch = xl_rowcol_to_cell(*_SWITCH_CELL, row_abs=True, col_abs=True)
        wrong = self._chosen.live(self._wrong[name])
        return Live(f'IF({switch}="yes",{wrong.formula},{right.formula})', right.value)

    def _write_shifted(self, name: str, position: int, sign: int) -> tuple[str, Value]:
        """Write the network with one parameter shifted; return the cell of its total error, and that error."""
        theme, sheet, row = self._pen.theme, self._sheet, self.shifted_row + position
        if position == 0:
            self._write_shifted_headers()
        sheet.write_string(row, _NAME, f"{name} {'+' if sign > 0 else '−'} ε", theme.text)
        epsilon = xl_rowcol_to_cell(*_EPSILON_CELL, row_abs=True, col_abs=True)
        value = _value(lambda w, _: w + sign * _EPSILON, self._chosen.values[name], 0.0)
        Live(f"{self._chosen.addresses[name]}{'+' if sign > 0 else '-'}{epsilon}", value).write(
            sheet, row, _VALUE, theme.make(num_format="0.000000")
        )
        addresses, values = dict(self._chosen.addresses), dict(self._chosen.values)
        addresses[name], values[name] = xl_rowcol_to_cell(row, _VALUE), value
        scope = Scope(addresses, values, {})
        for column, quantity in enumerate(self._computed, start=_VALUE + 1):
            live = scope.live(quantity.formulas[-1])
            live.write(sheet, row, column, theme.make(num_format="0.000000000"))
            addresses[quantity.name], values[quantity.name] = xl_rowcol_to_cell(row, column), live.value
        return addresses["E_total"], values["E_total"]

    def _write_shifted_headers(self) -> None:
        """Head the columns; a prime distinguishes them from the columns of a training table."""
        theme, sheet, row = self._pen.theme, self._sheet, self.shifted_row - 1
        sheet.write_string(row - 1, _NAME, "The shifted networks, one per row", theme.heading)
        texts = ["shifted", "its value", *(f"{quantity.name}′" for quantity in self._computed)]
        for column, text in enumerate(texts, start=_NAME):
            sheet.write_string(row, column, text, theme.table_header)


def _value(function: Callable[..., float], *values: Value) -> Value:
    error = next((value for value in values if isinstance(value, str)), None)
    return error if error is not None else function(*values)


def _relative_error(measured: float, analytic: float) -> float:
    """Beyond eight places there is nothing but rounding error of the two runs of the network."""
    if measured == analytic:
        return 0.0
    return round(abs(measured - analytic) / (abs(measured) + abs(analytic)), 8)


def _verdict(measured: Value, analytic: Value) -> str:
    if isinstance(measured, str) or isinstance(analytic, str):
        return ""
    allowed = float(_TOLERANCE) * (abs(measured) + abs(analytic)) + float(_SMALLEST)
    return _RIGHT if abs(measured - analytic) <= allowed else _WRONG
