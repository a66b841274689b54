"""The Checks sheet: NumPy's numbers for the workbook as shipped, beside the live cells.

The numbers come from `sheetgen.network.numpy_reference`, which shares nothing with the formulas. They are valid only
until someone changes a number, so the sheet also records what was shipped, and says when it no longer applies.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.network.cached_values import start_values
from sheetgen.workbook.formula_cell import Live, quoted
from sheetgen.workbook.layout import CHECKS, START, column_cells, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import set_up_printing

_WIDTHS = (2, 12, 10, 13, 24, 24, 12, 3, 2, 12, 10, 12, 12, 9)
_SHEET, _ITERATION, _NAME, _NUMPY, _LIVE, _DIFFERENCE, _BAD = range(1, 8)
_SHIPPED_PLACE, _SHIPPED, _NOW, _CHANGED = 9, 11, 12, 13
_VERDICT_ROW, _SUMMARY_ROW = 3, 6
_TOLERANCE = "1E-9"
_MOST_NAMES = 120
RIGHT, CHANGED = "✓ all right", "values changed by you: not applicable"
_TEXT = "NumPy’s numbers were worked out apart from the formulas, in matrix form, when this workbook was made."


@dataclass(frozen=True)
class Comparison:
    """A number from NumPy, and the cell of a table that must hold it."""

    sheet: str
    iteration: int
    name: str
    expected: float
    cell: str
    value: float

    @property
    def difference(self) -> float:
        """The relative difference; each EXP rounds in its own way, so what is below the tenth place means nothing."""
        return round(abs(self.value - self.expected) / max(abs(self.expected), 1e-15), 10)

    @property
    def right(self) -> bool:
        """Whether the difference is within the tolerance."""
        return self.difference <= float(_TOLERANCE)


def write_checks(pen: Pen, sheet: Sheet) -> Live:
    """Write both lists, and return the verdict's cell, for the Start sheet."""
    theme, plan = pen.theme, pen.plan
    pen.begin(sheet, "Are the numbers right?", _WIDTHS)
    sheet.write_string(2, 1, _TEXT, theme.muted)
    first = _SUMMARY_ROW + len(plan.tables) + 4
    changed = _write_shipped(pen, sheet)
    comparisons = list(_comparisons(pen))
    _write_comparisons(pen, sheet, comparisons, first)
    _write_summary(pen, sheet, comparisons, first)
    verdict = _verdict(comparisons, first, changed)
    verdict.write(sheet, _VERDICT_ROW, 1, theme.make(bold=True, font_size=13))
    sheet.freeze_panes(_VERDICT_ROW + 1, 0)
    set_up_printing(sheet)
    sheet.set_selection(_VERDICT_ROW, 1, _VERDICT_ROW, 1)
    return Live(reference(CHECKS, _VERDICT_ROW, 1), verdict.value)


def _comparisons(pen: Pen) -> Iterator[Comparison]:
    """Yield what is compared of every table; a number that is not finite has no cell to compare it with."""
    plan = pen.plan
    picked = plan.notation.names[1:][:_MOST_NAMES]
    for table in plan.tables:
        numbers = plan.numpy_numbers(table)
        for iteration in plan.curves.compared:
            for name in picked:
                expected = numbers[name, iteration]
                value = table.picked[iteration][plan.table.columns[name]]
                if math.isfinite(expected) and not isinstance(value, str):
                    cell = reference(table.sheet, plan.table.first_row + iteration, plan.table.columns[name])
                    yield Comparison(table.sheet, iteration, name, expected, cell, value)


def _write_comparisons(pen: Pen, sheet: Sheet, comparisons: list[Comparison], first: int) -> None:
    theme = pen.theme
    headers = ("sheet", "iteration", "quantity", "NumPy", "live cell", "difference", "")
    sheet.write_texts(first - 1, _SHEET, headers, theme.table_header)
    style, hidden = theme.table_number("0.0000000000000000"), theme.make(font_color="#FFFFFF", num_format=";;;")
    for row, comparison in enumerate(comparisons, start=first):
        sheet.write_string(row, _SHEET, comparison.sheet, theme.table_text)
        sheet.write_number(row, _ITERATION, comparison.iteration, theme.table_number("0"))
        sheet.write_string(row, _NAME, comparison.name, theme.table_text)
        sheet.write_number(row, _NUMPY, comparison.expected, style)
        Live(comparison.cell, comparison.value).write(sheet, row, _LIVE, style)
        numpy, live, apart = (xl_rowcol_to_cell(row, column) for column in (_NUMPY, _LIVE, _DIFFERENCE))
        difference = f"IF(ISNUMBER({live}),ROUND(ABS({live}-{numpy})/MAX(ABS({numpy}),1E-15),10),1)"
        Live(difference, comparison.difference).write(sheet, row, _DIFFERENCE, theme.table_number("0.0E+00"))
        Live(f"IF({apart}>{_TOLERANCE},1,0)", float(not comparison.right)).write(sheet, row, _BAD, hidden)


def _write_summary(pen: Pen, sheet: Sheet, comparisons: list[Comparison], first: int) -> None:
    """One line per table: how many numbers were compared, and the largest difference."""
    theme = pen.theme
    headers = ("sheet", "compared", "", "largest difference", "")
    sheet.write_texts(_SUMMARY_ROW - 1, _SHEET, headers, theme.table_header)
    for row, table in enumerate(pen.plan.tables, start=_SUMMARY_ROW):
        own = [number for number, c in enumerate(comparisons) if c.sheet == table.sheet]
        sheet.write_url(row, _SHEET, f"internal:'{table.sheet}'!A1", theme.link, table.sheet)
        sheet.write_number(row, _ITERATION, len(own), theme.table_number("0"))
        if own:
            _write_largest(pen, sheet, row, (first + own[0], first + own[-1]), [comparisons[n] for n in own])


def _write_largest(pen: Pen, sheet: Sheet, row: int, rows: tuple[int, int], comparisons: list[Comparison]) -> None:
    largest = max(comparison.difference for comparison in comparisons)
    live = Live(f"MAX({column_cells(_DIFFERENCE, *rows)})", largest)
    live.write(sheet, row, _NUMPY, pen.theme.table_number("0.0E+00"))
    words = f'IF({xl_rowcol_to_cell(row, _NUMPY)}<={_TOLERANCE},"{RIGHT}","✗ differs")'
    shown = RIGHT if all(comparison.right for comparison in comparisons) else "✗ differs"
    Live(words, shown).write(sheet, row, _LIVE, pen.theme.table_text)


def _verdict(comparisons: list[Comparison], first: int, changed: str) -> Live:
    """One line: that values were changed, or that all is right, or where the first difference is."""

    def column(number: int) -> str:
        return column_cells(number, first, first + len(comparisons) - 1)

    at = f"MATCH(1,{column(_BAD)},0)"
    place = f'INDEX({column(_SHEET)},{at})&", iteration "&INDEX({column(_ITERATION)},{at})'
    place += f'&", "&INDEX({column(_NAME)},{at})'
    right = f'IF(SUM({column(_BAD)})=0,"{RIGHT}","✗ differs at "&{place})'
    wrong = next((each for each in comparisons if not each.right), None)
    shown = f"✗ differs at {wrong.sheet}, iteration {wrong.iteration}, {wrong.name}" if wrong else RIGHT
    return Live(f"IF({changed}>0,{quoted(CHANGED)},{right})", shown)


def _write_shipped(pen: Pen, sheet: Sheet) -> str:
    """List every number that the reader may change, as shipped and now; return the formula that counts the changes."""
    theme, row = pen.theme, _SUMMARY_ROW
    sheet.write_string(row - 2, _SHIPPED_PLACE, "As shipped, and now", theme.heading)
    headers = ("sheet", "name", "shipped", "now", "changed")
    sheet.write_texts(row - 1, _SHIPPED_PLACE, headers, theme.table_header)
    for place, name, value, cell in _changeable(pen):
        sheet.write_texts(row, _SHIPPED_PLACE, (place, name), theme.table_text)
        sheet.write_number(row, _SHIPPED, value, theme.table_number("General"))
        Live(cell, value).write(sheet, row, _NOW, theme.table_number("General"))
        shipped, now = xl_rowcol_to_cell(row, _SHIPPED), xl_rowcol_to_cell(row, _NOW)
        Live(f"IF({shipped}={now},0,1)", 0.0).write(sheet, row, _CHANGED, theme.table_number('"yes";;"–"'))
        row += 1
    return f"SUM({column_cells(_CHANGED, _SUMMARY_ROW, row - 1)})"


def _changeable(pen: Pen) -> Iterator[tuple[str, str, float, str]]:
    plan = pen.plan
    values = start_values(plan.experiment)
    for (name, sample), row in plan.start.rows.items():
        yield START, name, values[sample][name], reference(START, row, plan.start.value_column)
    for table in plan.tables:
        eta = reference(table.sheet, plan.table.eta_row, plan.table.eta_column)
        yield table.sheet, "η", table.learning_rate, eta
