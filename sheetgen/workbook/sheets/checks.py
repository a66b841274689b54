"""The Checks sheet: are the numbers right, as shipped and after the reader has changed some?

NumPy's numbers come from `sheetgen.network.numpy_reference`, which shares nothing with the formulas. They hold for the
workbook as shipped, so the sheet records what was shipped, and sets aside the numbers of every table whose inputs have
been changed. What holds for any numbers is checked beside them: the gradients are measured slopes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.network.cached_values import start_values
from sheetgen.network.quantities import Group, Notation, shown_name
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import CHECKS, MISSING_CELL, START, column_cells, fixed, fixed_column_cells, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.measured_slopes import AGREES, NOTHING, SlopeList, write_slopes
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import NOISY_FORMAT, set_up_printing

_WIDTHS = (2, 12, 10, 13, 24, 32, 13, 13, 2, 12, 10, 12, 12, 9, 4, 4, 34)
_SHEET, _ITERATION, _NAME, _NUMPY, _LIVE, _DIFFERENCE, _BAD = range(1, 8)
_SUMMARY_CHANGED, _SUMMARY_SLOPES = _NAME, _DIFFERENCE
_SHIPPED_PLACE, _SHIPPED, _NOW, _CHANGED = 9, 11, 12, 13
_NETWORKS = 16
_VERDICT_ROW, _SUMMARY_ROW = 3, 6
_TOLERANCE = "1E-9"
_MOST_NAMES = 120
RIGHT = "✓ all right"
_ASIDE = "set aside: you changed a number"
_AGAINST_NUMPY, _WITH_YOURS = "The numbers against NumPy’s: ", "With your numbers: "
_TEXT = (
    "Two checks: NumPy’s numbers, worked out apart from the formulas in matrix form when this workbook was made; and",
    "slopes, measured here with whatever numbers you type. NumPy’s numbers step aside in every table that you change.",
)


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


@dataclass(frozen=True)
class _Places:
    """Where the lists of the sheet stand: the first and the last row of each.

    Attributes:
        shipped: the numbers that the reader may change, the learning rates last.
        rates: the first row of the learning rates.
        comparisons: the comparison with NumPy.
    """

    shipped: tuple[int, int]
    rates: int
    comparisons: tuple[int, int]

    def count_changed(self, sheet: str = "") -> str:
        """A formula that counts the numbers that were changed, for another sheet if the name of this one is given."""
        return f'COUNTIF({sheet}{fixed_column_cells(_CHANGED, *self.shipped)},">0")'

    def count_changed_for(self, table: int) -> str:
        """A formula that counts those that a table starts from."""
        starts = fixed_column_cells(_CHANGED, self.shipped[0], self.rates - 1)
        return f'COUNTIF({starts},">0")+IF({fixed(self.rates + table, _CHANGED)}>0,1,0)'


def write_checks(pen: Pen, sheet: Sheet) -> Live:
    """Write all lists, and return the verdict for the Start sheet, which begins with what it is about."""
    theme, tables = pen.theme, len(pen.plan.tables)
    pen.begin(sheet, "Are the numbers right?", _WIDTHS)
    sheet.set_column(len(_WIDTHS), len(_WIDTHS) + 200, 12)
    below = sheet.write_lines(_SUMMARY_ROW + tables + 1, 1, _TEXT, theme.text)
    shipped = _write_shipped(pen, sheet)
    slopes = write_slopes(pen, sheet, below + 1, (_SUMMARY_ROW - 2, _NETWORKS))
    comparisons, first = list(_comparisons(pen)), slopes.last_row + 4
    places = _Places(shipped, shipped[1] - tables + 1, (first, first + len(comparisons) - 1))
    _write_comparisons(pen, sheet, comparisons, first)
    _write_summary(pen, sheet, comparisons, slopes, places)
    _write_missing(pen, sheet, places)
    verdict = _verdict(pen, comparisons, slopes, places)
    verdict.write(sheet, _VERDICT_ROW, 1, theme.make(bold=True, font_size=13))
    sheet.freeze_panes(_VERDICT_ROW + 1, 0)
    set_up_printing(sheet)
    sheet.print_area(0, 0, places.comparisons[1], _CHANGED)
    sheet.set_selection(_VERDICT_ROW, 1, _VERDICT_ROW, 1)
    about = f'IF({places.count_changed(f"{CHECKS}!")}=0,"{_AGAINST_NUMPY}","{_WITH_YOURS}")'
    return Live(f"{about}&{reference(CHECKS, _VERDICT_ROW, 1)}", f"{_AGAINST_NUMPY}{verdict.value}")


def _comparisons(pen: Pen) -> Iterator[Comparison]:
    """Yield what is compared of every table; a number that is not finite has no cell to compare it with."""
    plan = pen.plan
    picked = _compared_names(plan.notation)
    for table in plan.tables:
        numbers = plan.numpy_numbers(table)
        for iteration in plan.curves.compared:
            for name in picked:
                expected = numbers[name, iteration]
                value = table.picked[iteration][plan.table.columns[name]]
                if math.isfinite(expected) and not isinstance(value, str):
                    cell = reference(table.sheet, plan.table.first_row + iteration, plan.table.columns[name])
                    yield Comparison(table.sheet, iteration, name, expected, cell, value)


def _compared_names(notation: Notation) -> list[str]:
    """The quantities that are compared: of a large network not all, but always some of the optimiser's."""
    others: list[str] = []
    kept: list[str] = []
    for quantity in notation.quantities[1:]:
        (kept if quantity.group is Group.OPTIMIZER else others).append(quantity.name)
    room = max(_MOST_NAMES - len(others), _MOST_NAMES // 3)
    kept = kept[:room]
    return others[: _MOST_NAMES - len(kept)] + kept


def _write_comparisons(pen: Pen, sheet: Sheet, comparisons: list[Comparison], first: int) -> None:
    theme = pen.theme
    sheet.write_string(first - 2, _SHEET, "The tables against NumPy", theme.heading)
    headers = ("sheet", pen.plan.notation.counter, "quantity", "NumPy", "live cell", "difference", "")
    sheet.write_texts(first - 1, _SHEET, headers, theme.table_header)
    style, hidden = theme.table_number("0.0000000000000000"), theme.make(font_color="#FFFFFF", num_format=";;;")
    changed = {table.sheet: fixed(_SUMMARY_ROW + n, _SUMMARY_CHANGED) for n, table in enumerate(pen.plan.tables)}
    for row, comparison in enumerate(comparisons, start=first):
        sheet.write_string(row, _SHEET, comparison.sheet, theme.table_text)
        sheet.write_number(row, _ITERATION, comparison.iteration, theme.table_number("0"))
        sheet.write_string(row, _NAME, comparison.name, theme.table_remark)
        sheet.write_number(row, _NUMPY, comparison.expected, style)
        Live(comparison.cell, comparison.value).write(sheet, row, _LIVE, style)
        numpy, live, apart = (xl_rowcol_to_cell(row, column) for column in (_NUMPY, _LIVE, _DIFFERENCE))
        difference = f"IF(ISNUMBER({live}),ROUND(ABS({live}-{numpy})/MAX(ABS({numpy}),1E-15),10),1)"
        difference = f'IF({changed[comparison.sheet]}>0,"{NOTHING}",{difference})'
        Live(difference, comparison.difference).write(sheet, row, _DIFFERENCE, theme.table_number(NOISY_FORMAT))
        bad = f"IF(ISNUMBER({apart}),IF({apart}>{_TOLERANCE},1,0),0)"
        Live(bad, float(not comparison.right)).write(sheet, row, _BAD, hidden)


def _write_summary(pen: Pen, sheet: Sheet, comparisons: list[Comparison], slopes: SlopeList, places: _Places) -> None:
    """One line per table: what was changed, how many numbers were compared, and both verdicts."""
    theme, first = pen.theme, places.comparisons[0]
    headers = ("sheet", "compared", "changed", "largest difference", "against NumPy", "gradients")
    sheet.write_texts(_SUMMARY_ROW - 1, _SHEET, headers, theme.table_header)
    for number, table in enumerate(pen.plan.tables):
        row, own = _SUMMARY_ROW + number, [n for n, c in enumerate(comparisons) if c.sheet == table.sheet]
        sheet.write_url(row, _SHEET, f"internal:'{table.sheet}'!A1", theme.link, table.sheet)
        sheet.write_number(row, _ITERATION, len(own), theme.table_number("0"))
        changed = Live(places.count_changed_for(number), 0.0)
        changed.write(sheet, row, _SUMMARY_CHANGED, theme.table_number('0;;"–"'))
        slopes.summary(table).write(sheet, row, _SUMMARY_SLOPES, theme.table_remark)
        if own:
            cells = column_cells(_DIFFERENCE, first + own[0], first + own[-1])
            _write_largest(pen, sheet, row, cells, [comparisons[n] for n in own])


def _write_largest(pen: Pen, sheet: Sheet, row: int, cells: str, comparisons: list[Comparison]) -> None:
    changed, apart = (xl_rowcol_to_cell(row, column) for column in (_SUMMARY_CHANGED, _NUMPY))
    largest = Live(f'IF({changed}>0,"{NOTHING}",MAX({cells}))', max(each.difference for each in comparisons))
    largest.write(sheet, row, _NUMPY, pen.theme.table_number(NOISY_FORMAT))
    words = f'IF({changed}>0,"{_ASIDE}",IF({apart}<={_TOLERANCE},"{RIGHT}","✗ differs"))'
    shown = RIGHT if all(comparison.right for comparison in comparisons) else "✗ differs"
    Live(words, shown).write(sheet, row, _LIVE, pen.theme.table_remark)


def _verdict(pen: Pen, comparisons: list[Comparison], slopes: SlopeList, places: _Places) -> Live:
    """One line: what was typed that is no number, or which number is wrong, or that all is right."""
    tables, agree = (
        len(pen.plan.tables),
        column_cells(_SUMMARY_SLOPES, _SUMMARY_ROW, _SUMMARY_ROW + len(pen.plan.tables) - 1),
    )
    agreeing = f'COUNTIF({agree},"{AGREES}")'
    some = f'"✓ the gradients of "&{agreeing}&" of {tables} tables are the measured slopes; the others overflow"'
    every = f'"✓ the gradients of all {tables} tables are the measured slopes"'
    live = f'IF({agreeing}={tables},{every},IF({agreeing}=0,"– every table overflows: nothing to check",{some}))'
    right = slopes.fault(f'IF({places.count_changed()}=0,"{RIGHT}",{live})')
    bad = column_cells(_BAD, *places.comparisons)
    sheet, iteration, name = (
        f"INDEX({column_cells(column, *places.comparisons)},MATCH(1,{bad},0))" for column in (_SHEET, _ITERATION, _NAME)
    )
    right = f'IF(SUM({bad})>0,"✗ differs at "&{sheet}&", {pen.plan.notation.counter} "&{iteration}&", "&{name},{right})'
    missing = fixed(*MISSING_CELL)
    formula = f'IF({missing}="",{right},{missing})'
    wrong = next((each for each in comparisons if not each.right), None)
    shown = (
        f"✗ differs at {wrong.sheet}, {pen.plan.notation.counter} {wrong.iteration}, {wrong.name}" if wrong else RIGHT
    )
    return Live(formula, shown)


def _write_missing(pen: Pen, sheet: Sheet, places: _Places) -> None:
    """Name the first of the numbers to change in whose place stands something else."""
    changed = column_cells(_CHANGED, *places.shipped)
    where, name = (
        f"INDEX({column_cells(column, *places.shipped)},MATCH(2,{changed},0))"
        for column in (_SHIPPED_PLACE, _SHIPPED_PLACE + 1)
    )
    words = f'"✗ "&{name}&" on the sheet "&{where}&" is not a number"'
    Live(f'IF(COUNTIF({changed},2)>0,{words},"")', "").write(sheet, *MISSING_CELL, pen.theme.make(bold=True))


def _write_shipped(pen: Pen, sheet: Sheet) -> tuple[int, int]:
    """List every number that the reader may change, as shipped and now; return the first and the last row."""
    theme, row = pen.theme, _SUMMARY_ROW
    sheet.write_string(row - 2, _SHIPPED_PLACE, "As shipped, and now", theme.heading)
    headers = ("sheet", "name", "shipped", "now", "changed")
    sheet.write_texts(row - 1, _SHIPPED_PLACE, headers, theme.table_header)
    for place, name, value, cell in _changeable(pen):
        sheet.write_texts(row, _SHIPPED_PLACE, (place, shown_name(name)), theme.table_text)
        sheet.write_number(row, _SHIPPED, value, theme.table_number("General"))
        Live(cell, value).write(sheet, row, _NOW, theme.table_number("General"))
        shipped, now = xl_rowcol_to_cell(row, _SHIPPED), xl_rowcol_to_cell(row, _NOW)
        changed = Live(f"IF(ISNUMBER({cell}),IF({shipped}={now},0,1),2)", 0.0)
        changed.write(sheet, row, _CHANGED, theme.table_number('[=2]"✗";[=1]"yes";"–"'))
        row += 1
    return _SUMMARY_ROW, row - 1


def _changeable(pen: Pen) -> Iterator[tuple[str, str, float, str]]:
    plan = pen.plan
    values = start_values(plan.experiment)
    for (name, sample), row in plan.start.rows.items():
        yield START, name, values[sample][name], reference(START, row, plan.start.value_column)
    for table in plan.tables:
        eta = reference(table.sheet, plan.table.eta_row, plan.table.eta_column)
        yield table.sheet, "η", table.learning_rate, eta
