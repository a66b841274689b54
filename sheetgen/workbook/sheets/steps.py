"""The Steps sheet: the chosen iteration worked through line by line, as on a blackboard."""

from collections.abc import Mapping
from math import ceil

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.derivation import Block, Line, write_steps
from sheetgen.network.cached_values import Value
from sheetgen.network.quantities import Group, pretty
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import fixed
from sheetgen.workbook.number_words import words_formula
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.small_numbers import show_small_numbers
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import LOOKS, MUTED, RULE, set_up_printing

_WIDTHS = (2, 13, 50, 50, 15, 15, 4, 52)
_NAME, _SYMBOLS, _NUMBERS, _RESULT, _TABLE, _SAME, _FORMULA = range(1, 8)
_HEADERS = ("", "in symbols", "with this iteration’s numbers", "result", "in the table", "", "the table’s formula")
_LETTERS_PER_LINE = 54
_FIRST_ROW = 5
# If a sum is computed in another order, the last digits may differ; what an optimiser keeps may be tiny.
_SAME_TO, _FLOOR, _FLOOR_OF_KEPT = "1E-12", "1", "1E-50"
_TEN = "0.0000000000"
_UNDER: Mapping[str, object] = {"bottom": 1, "border_color": RULE}


def write_steps_sheet(pen: Pen, sheet: Sheet) -> None:
    """Write the blocks of the derivation, one below the other."""
    theme, chosen = pen.theme, pen.plan.chosen
    pen.begin(sheet, "One iteration, step by step", _WIDTHS)
    chosen.announced(".").write(sheet, 2, 1, theme.make(bold=True))
    link = f"internal:'Network'!{xl_rowcol_to_cell(*chosen.iteration_cell)}"
    sheet.write_url(3, 1, link, theme.link, "Choose another one on the sheet Network →")
    board = _Board(pen, sheet)
    row = _FIRST_ROW
    for block in write_steps(pen.plan.experiment, pen.plan.notation):
        row = board.write(block, row) + 1
    if chosen.scope.small:
        show_small_numbers(pen, sheet, (_FIRST_ROW, _RESULT, row - 1, _TABLE))
    sheet.freeze_panes(4, 0)
    set_up_printing(sheet)
    sheet.print_area(0, 0, row - 1, _FORMULA)
    sheet.set_selection(_FIRST_ROW + 2, _RESULT, _FIRST_ROW + 2, _RESULT)


class _Board:
    """Writes the blocks, and keeps the cells of intermediate steps: later lines build on them."""

    def __init__(self, pen: Pen, sheet: Sheet) -> None:
        self._pen, self._sheet, self._scope = pen, sheet, pen.plan.chosen.scope.copy()

    def write(self, block: Block, row: int) -> int:
        """Write a block from a row on, and return the first row below it."""
        theme, sheet = self._pen.theme, self._sheet
        sheet.write_string(row, _NAME, block.heading, theme.heading)
        sheet.write_string(row, _NUMBERS, block.remark, theme.muted)
        sheet.write_texts(row + 1, _NAME, _HEADERS, theme.table_header)
        for number, line in enumerate(block.lines, start=row + 2):
            self._write_line(line, number)
        return row + 2 + len(block.lines)

    def _write_line(self, line: Line, row: int) -> None:
        sheet, make = self._sheet, self._pen.theme.make
        symbols, numbers = pretty(line.formula), self._scope.with_numbers(line.formula)
        wrapped = make(**_UNDER, text_wrap=True)
        sheet.write_string(row, _NAME, line.name, make(**_UNDER, bold=True))
        sheet.write_string(row, _SYMBOLS, symbols, wrapped)
        numbers.write(sheet, row, _NUMBERS, wrapped)
        result = self._scope.live(line.formula)
        fill = LOOKS[Group.FORWARD].header
        result.write(sheet, row, _RESULT, make(**_UNDER, bold=True, bg_color=fill, num_format=_TEN, align="right"))
        self._write_table(line, row, result.value)
        longest = max(len(symbols), len(str(numbers.value)))
        sheet.set_row(row, 18 * ceil(longest / _LETTERS_PER_LINE))
        if line.name not in self._scope.addresses:  # quantities of the table are taken from there
            cell = fixed(row, _RESULT)
            self._scope.add(line.name, cell, result.value, words_formula(cell, small=self._scope.small))

    def _write_table(self, line: Line, row: int, value: Value) -> None:
        """Compare the line with the table, if the table has that quantity."""
        plan, chosen, make = self._pen.plan, self._pen.plan.chosen, self._pen.theme.make
        name = line.name.removeprefix("new ")
        updates = name != line.name
        if name not in plan.table.columns:
            return
        there = chosen.next_value(name) if updates else chosen.scope.live(f"{{{name}}}")
        there.write(self._sheet, row, _TABLE, make(**_UNDER, num_format=_TEN, align="right"))
        result, table = xl_rowcol_to_cell(row, _RESULT), xl_rowcol_to_cell(row, _TABLE)
        quantity = plan.notation.by_name[name]
        floor = _FLOOR_OF_KEPT if quantity.group is Group.OPTIMIZER else _FLOOR
        same = f"ABS({result}-{table})<={_SAME_TO}*({floor}+ABS({table}))"
        shown = _mark(value, there.value, float(floor))
        mark = Live(f'IF(ISNUMBER({result}),IF(ISNUMBER({table}),IF({same},"✓","✗"),""),"")', shown)
        mark.write(self._sheet, row, _SAME, make(bold=True, align="center"))
        alone = plan.experiment.batch_size == 1 or quantity.repeats == 1
        if alone and (updates or line.formula == quantity.from_before):  # and not another way to the same number
            style = make(font_name="Consolas", font_size=9, text_wrap=True, font_color=MUTED)
            chosen.table_formula(quantity, below=updates).write(self._sheet, row, _FORMULA, style)


def _mark(value: Value, table: Value, floor: float) -> str:
    if isinstance(value, str) or isinstance(table, str):
        return ""
    return "✓" if abs(value - table) <= float(_SAME_TO) * (floor + abs(table)) else "✗"
