"""The Steps sheet: the chosen iteration worked through line by line, as on a blackboard."""

from collections.abc import Mapping
from math import ceil

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.derivation import Block, Line, write_steps
from sheetgen.network.cached_values import Value
from sheetgen.network.notation import Group, pretty
from sheetgen.workbook.formula_cell import Live, Scope, words_formula
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.learning_rates import write_back_link
from sheetgen.workbook.theme import LOOKS, MUTED, RULE, set_columns, set_up_printing
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_WIDTHS = (2, 13, 50, 50, 15, 15, 4, 52)
_NAME, _SYMBOLS, _NUMBERS, _RESULT, _TABLE, _SAME, _FORMULA = range(1, 8)
_HEADERS = ("", "in symbols", "with this iteration’s numbers", "result", "in the table", "", "the table’s formula")
_LETTERS_PER_LINE = 54
_FIRST_ROW = 5
# If a sum is computed in another order, the last digits may differ.
_SAME_TO = "1E-12"
_TEN = "0.0000000000"


def write_steps_sheet(pen: Pen, sheet: Worksheet) -> None:
    """Write the blocks of the derivation, one below the other."""
    theme, chosen = pen.theme, pen.plan.chosen
    set_columns(sheet, _WIDTHS)
    sheet.write_string(0, 1, "One iteration, step by step", theme.title)
    write_back_link(pen, sheet, 1, 1)
    chosen.announced(".").write(sheet, 2, 1, theme.make(bold=True))
    row, column = chosen.iteration_cell
    link = f"internal:'Network'!{xl_rowcol_to_cell(row, column)}"
    sheet.write_url(3, 1, link, theme.link, "Choose another one on the sheet Network →")
    board = _Board(pen, sheet)
    row = _FIRST_ROW
    for block in write_steps(pen.plan.experiment, pen.plan.notation):
        row = board.write(block, row) + 1
    sheet.freeze_panes(4, 0)
    set_up_printing(sheet)
    sheet.print_area(0, 0, row - 1, _FORMULA)
    sheet.set_selection(_FIRST_ROW + 2, _RESULT, _FIRST_ROW + 2, _RESULT)


class _Board:
    """Writes the blocks, and keeps the cells of intermediate steps: later lines build on them."""

    def __init__(self, pen: Pen, sheet: Worksheet) -> None:
        self._pen, self._sheet = pen, sheet
        chosen = pen.plan.chosen.scope
        self._addresses: dict[str, str] = dict(chosen.addresses)
        self._values: dict[str, Value] = dict(chosen.values)
        self._words: dict[str, str] = dict(chosen.words)

    def write(self, block: Block, row: int) -> int:
        """Write a block from a row on, and return the first row below it."""
        theme, sheet = self._pen.theme, self._sheet
        sheet.write_string(row, _NAME, block.heading, theme.heading)
        sheet.write_string(row, _NUMBERS, block.remark, theme.muted)
        for column, text in enumerate(_HEADERS, start=_NAME):
            sheet.write_string(row + 1, column, text, theme.table_header)
        for number, line in enumerate(block.lines, start=row + 2):
            self._write_line(line, number)
        return row + 2 + len(block.lines)

    def _write_line(self, line: Line, row: int) -> None:
        theme, sheet = self._pen.theme, self._sheet
        scope = self._scope()
        symbols, numbers = pretty(line.formula), scope.with_numbers(line.formula)
        wrapped = theme.make(bottom=1, border_color=RULE, text_wrap=True)
        sheet.write_string(row, _NAME, line.name, theme.make(bottom=1, border_color=RULE, bold=True))
        sheet.write_string(row, _SYMBOLS, symbols, wrapped)
        numbers.write(sheet, row, _NUMBERS, wrapped)
        result = scope.live(line.formula)
        result.write(sheet, row, _RESULT, theme.make(**_boxed()))
        self._write_table(line, row, result.value)
        longest = max(len(symbols), len(str(numbers.value)))
        sheet.set_row(row, 18 * ceil(longest / _LETTERS_PER_LINE))
        self._remember(line.name, row, result.value)

    def _scope(self) -> Scope:
        return Scope(self._addresses, self._values, self._words)

    def _remember(self, name: str, row: int, value: Value) -> None:
        """Keep the cell of an intermediate step for later lines; quantities of the table are taken from there."""
        if name in self._addresses:
            return
        cell = xl_rowcol_to_cell(row, _RESULT, row_abs=True, col_abs=True)
        self._addresses[name] = cell
        self._values[name] = value
        self._words[name] = words_formula(cell)

    def _write_table(self, line: Line, row: int, value: Value) -> None:
        """Compare the line with the table, if the table has that quantity."""
        pen, chosen = self._pen, self._pen.plan.chosen
        updated = line.name.removeprefix("new ")
        if line.quantity is not None:
            there = chosen.scope.live(f"{{{line.quantity}}}")
        elif updated in pen.plan.table.columns:
            there = chosen.next_value(updated)
        else:
            return
        number = pen.theme.make(bottom=1, border_color=RULE, num_format=_TEN, align="right")
        there.write(self._sheet, row, _TABLE, number)
        result, table = xl_rowcol_to_cell(row, _RESULT), xl_rowcol_to_cell(row, _TABLE)
        same = f"ABS({result}-{table})<={_SAME_TO}*(1+ABS({table}))"
        mark = Live(f'IF(ISNUMBER({result}),IF(ISNUMBER({table}),IF({same},"✓","✗"),""),"")', _mark(value, there.value))
        mark.write(self._sheet, row, _SAME, pen.theme.make(bold=True, align="center"))
        quantity = {q.name: q for q in pen.plan.notation.quantities}[line.quantity or updated]
        updates = line.quantity is None
        if not updates and line.formula != quantity.formulas[-1]:
            return  # another way to the same number
        formula = chosen.table_formula(quantity.formulas[-1], below=updates)
        style = pen.theme.make(font_name="Consolas", font_size=9, text_wrap=True, font_color=MUTED)
        formula.write(self._sheet, row, _FORMULA, style)


def _mark(value: Value, table: Value) -> str:
    if isinstance(value, str) or isinstance(table, str):
        return ""
    return "✓" if abs(value - table) <= float(_SAME_TO) * (1 + abs(table)) else "✗"


def _boxed() -> Mapping[str, object]:
    border = {"bottom": 1, "border_color": RULE}
    return border | {"bold": True, "bg_color": LOOKS[Group.FORWARD].header, "num_format": _TEN, "align": "right"}
