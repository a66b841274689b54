"""The Gradient check sheet: every gradient of the chosen row beside a central difference, and the common mistake."""

from collections.abc import Sequence

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.mistake import wrong_gradients
from sheetgen.network.cached_values import Value
from sheetgen.network.names import gradient
from sheetgen.network.quantities import Group
from sheetgen.workbook.formula_cell import Live, computed
from sheetgen.workbook.layout import CHECKS, MISSING_CELL, column_cells, fixed, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.mistaken_training import Mistaken
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import NOISY_FORMAT, set_up_printing

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
_TOO_LARGE = "– Some numbers of this row are too large to compare."
_TEXT = (
    "Move one weight by a small ε up and down, run the whole network both times, and see how E_total changes: that is",
    "the slope, measured without any calculus. A gradient’s formula is right when it gives the same number.",
)


def write_gradient_check(pen: Pen, sheet: Sheet) -> None:
    """Write the comparison, the shifted networks behind it, and what the common mistake does."""
    pen.begin(sheet, "Are the gradients right?", _WIDTHS)
    sheet.set_column(len(_WIDTHS), len(_WIDTHS) + 200, 12)
    announced = pen.plan.chosen.announced(" (choose another on the sheet Network).")
    announced.write(sheet, 2, 1, pen.theme.make(bold=True))
    check = _Check(pen, sheet)
    check.write()
    set_up_printing(sheet)
    sheet.print_area(0, 0, check.shifted_row - 3, 16)
    sheet.set_selection(*_SWITCH_CELL, *_SWITCH_CELL)


class _Check:
    """The comparison of one sheet, and where its parts stand."""

    def __init__(self, pen: Pen, sheet: Sheet) -> None:
        self._pen, self._sheet, self._chosen = pen, sheet, pen.plan.chosen.scope
        notation = pen.plan.notation
        self._wrong = wrong_gradients(pen.plan.experiment, notation)
        self._computed = [q for q in notation.of(Group.FORWARD, Group.ERROR) if q.name != "E_mean"]
        self._parameters = notation.trained[: max(1, _MOST_CELLS // (2 * len(self._computed)))]
        # The shifted networks stand below the comparison and the chart beside it.
        self.shifted_row = _FIRST_ROW + max(len(self._parameters) + 14, 26)

    def write(self) -> None:
        """Write everything."""
        theme, sheet = self._pen.theme, self._sheet
        sheet.write_string(_EPSILON_CELL[0], _NAME, "ε, the small step", theme.make(bold=True))
        sheet.write_number(*_EPSILON_CELL, _EPSILON, theme.editable)
        sheet.write_string(_EPSILON_CELL[0], _EPSILON_CELL[1] + 1, "  ← try 0.1, or 1E-12", theme.muted)
        if self._wrong:
            self._write_switch()
        sheet.write_texts(_FIRST_ROW - 1, _NAME, _HEADERS, theme.table_header)
        verdicts = [self._write_row(name, number) for number, name in enumerate(self._parameters)]
        self._write_result(verdicts)
        lines = list(_TEXT)
        left_out = len(self._pen.plan.notation.trained) - len(self._parameters)
        if left_out:
            lines.append(f"Shown are the first {len(self._parameters)} parameters; {left_out:,} more are not.")
        row = sheet.write_lines(_FIRST_ROW + len(self._parameters) + 1, _NAME, lines, theme.text)
        if self._wrong:
            place = self.shifted_row + 2 * len(self._parameters) + 4, _NAME
            Mistaken(self._pen, sheet, place).write((row + 1, _NAME), (2, len(_WIDTHS) - 1))

    def _write_switch(self) -> None:
        theme, sheet, (row, column) = self._pen.theme, self._sheet, _SWITCH_CELL
        sheet.write_string(row, _NAME, "Make the common mistake", theme.make(bold=True))
        sheet.write_string(row, column, "no", theme.editable)
        concerned = ", ".join(self._wrong)
        hint = f"  ← yes: {concerned} with the first hidden neuron’s activation in place of the second’s"
        sheet.write_string(row, column + 1, hint, theme.muted)
        sheet.data_validation(row, column, row, column, {"validate": "list", "source": ["no", "yes"]})

    def _write_result(self, verdicts: Sequence[str]) -> None:
        """One line that says whether all gradients are right."""
        count, last = len(verdicts), _FIRST_ROW + len(verdicts) - 1
        cells = column_cells(_VERDICT, _FIRST_ROW, last)
        good = f"✓ All {count} gradients agree with the measured slopes."
        bad = f" of {count} gradients do not agree with the measured slopes."
        wrong = f'"✗ "&COUNTIF({cells},"{_WRONG}")&"{bad}"'
        step, missing = fixed(*_EPSILON_CELL), reference(CHECKS, *MISSING_CELL)
        nothing = f'IF({missing}="","{_TOO_LARGE}",{missing})'
        nothing = f'IF(ISNUMBER({step}),IF({step}=0,"✗ ε must not be 0.",{nothing}),"✗ ε is not a number.")'
        some = f'IF(COUNTIF({cells},"{_WRONG}")>0,{wrong},{nothing})'
        formula = f'IF(COUNTIF({cells},"{_RIGHT}")={count},"{good}",{some})'
        told = good if verdicts.count(_RIGHT) == count else _TOO_LARGE
        if _WRONG in verdicts:
            told = f"✗ {verdicts.count(_WRONG)}{bad}"
        style = self._pen.theme.make(bold=True, font_size=13)
        Live(formula, told).write(self._sheet, _RESULT_ROW, _NAME, style)
        self._sheet.conditional_format(
            *(_FIRST_ROW, _NAME, last, _VERDICT),
            {
                "type": "formula",
                "criteria": f'={xl_rowcol_to_cell(_FIRST_ROW, _VERDICT, col_abs=True)}="{_WRONG}"',
                "format": self._pen.book.add_format({"bg_color": "#FADBC8", "bold": True}),
            },
        )

    def _write_row(self, name: str, number: int) -> str:
        """Write one parameter's comparison and its two shifted networks; return the verdict as shipped."""
        theme, row = self._pen.theme, _FIRST_ROW + number
        up = self._write_shifted(name, 2 * number, 1)
        down = self._write_shifted(name, 2 * number + 1, -1)
        u, d, m, f = (xl_rowcol_to_cell(row, column) for column in (_UP, _DOWN, _MEASURED, _FORMULA))
        measured = computed(lambda a, b: (a - b) / (2 * _EPSILON), up.value, down.value)
        analytic = self._analytic(gradient(name))
        relative = computed(_relative_error, measured, analytic.value)
        agrees = f"ABS({m}-{f})<={_TOLERANCE}*(ABS({m})+ABS({f}))+{_SMALLEST}"
        verdict = _verdict(measured, analytic.value)
        long, short = theme.table_number("0.000000000000"), theme.table_number(NOISY_FORMAT)
        self._sheet.write_string(row, _NAME, name, theme.table_text)
        for column, live, style in (
            (_VALUE, self._chosen.live(f"{{{name}}}"), theme.table_number("0.000000")),
            (_UP, up, long),
            (_DOWN, down, long),
            (_MEASURED, Live(f"({u}-{d})/(2*{fixed(*_EPSILON_CELL)})", measured), long),
            (_FORMULA, analytic, long),
            (_ERROR, Live(f"IF(ABS({m})+ABS({f})=0,0,ABS({m}-{f})/(ABS({m})+ABS({f})))", relative), short),
            (_VERDICT, Live(f'IF(ISNUMBER({m}),IF({agrees},"{_RIGHT}","{_WRONG}"),"")', verdict), theme.table_remark),
        ):
            live.write(self._sheet, row, column, style)
        return verdict

    def _analytic(self, name: str) -> Live:
        right = self._chosen.live(f"{{{name}}}")
        if name not in self._wrong:
            return right
        wrong = self._chosen.live(self._wrong[name])
        return Live(f'IF({fixed(*_SWITCH_CELL)}="yes",{wrong.formula},{right.formula})', right.value)

    def _write_shifted(self, name: str, position: int, sign: int) -> Live:
        """Write the network with one parameter shifted, and return its total error."""
        theme, sheet, row = self._pen.theme, self._sheet, self.shifted_row + position
        if position == 0:
            self._write_shifted_headers()
        sheet.write_string(row, _NAME, f"{name} {'+' if sign > 0 else '−'} ε", theme.text)
        value = computed(lambda w: w + sign * _EPSILON, self._chosen.values[name])
        formula = f"{self._chosen.addresses[name]}{'+' if sign > 0 else '-'}{fixed(*_EPSILON_CELL)}"
        Live(formula, value).write(sheet, row, _VALUE, theme.make(num_format="0.000000"))
        scope = self._chosen.copy()
        scope.add(name, xl_rowcol_to_cell(row, _VALUE), value)
        for column, quantity in enumerate(self._computed, start=_VALUE + 1):
            live = scope.live(quantity.formulas[-1])
            live.write(sheet, row, column, theme.make(num_format="0.000000000"))
            scope.add(quantity.name, xl_rowcol_to_cell(row, column), live.value)
        return scope.live("{E_total}")

    def _write_shifted_headers(self) -> None:
        """Head the columns; a prime distinguishes them from the columns of a training table."""
        theme, sheet, row = self._pen.theme, self._sheet, self.shifted_row - 1
        sheet.write_string(row - 1, _NAME, "The shifted networks, one per row", theme.heading)
        texts = ("shifted", "its value", *(f"{quantity.name}′" for quantity in self._computed))
        sheet.write_texts(row, _NAME, texts, theme.table_header)


def _relative_error(measured: float, analytic: float) -> float:
    size = abs(measured) + abs(analytic)
    return abs(measured - analytic) / size if size else 0.0


def _verdict(measured: Value, analytic: Value) -> str:
    if isinstance(measured, str) or isinstance(analytic, str):
        return ""
    allowed = float(_TOLERANCE) * (abs(measured) + abs(analytic)) + float(_SMALLEST)
    return _RIGHT if abs(measured - analytic) <= allowed else _WRONG
