"""The error over two weights on the sheet Optimisers: a grid of coloured cells, each worked out from the notation."""

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.errors import SheetgenError
from sheetgen.lesson.error_surface import of_sample
from sheetgen.network.cached_values import Value, start_values
from sheetgen.network.quantities import Group
from sheetgen.workbook.formula_cell import Live, Scope
from sheetgen.workbook.layout import MAX_FORMULA, fixed
from sheetgen.workbook.number_words import in_rounded_words, rounded_words
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.side_by_side import SideBySide
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import MUTED

_LABELLED = 10  # every so many cells an axis shows its number
_LOW, _MIDDLE, _HIGH = "#08306B", "#9ECAE1", "#FFF7EC"
_HIDDEN = ";;;"
_CELL_WIDTH = 1.0  # as wide as the rows are high

Grid = list[list[Value]]
"""Rows from the top, which shows the largest value of the weight drawn upward."""


def write_grid(pen: Pen, sheet: Sheet, side: SideBySide) -> Grid:
    """Write the grid with its axes, and what its formulas need of each sample; return its values.

    Raises:
        SheetgenError: the formula of a cell would be too long.
    """
    scope = _write_samples(pen, sheet, side)
    across, upward = side.surface.moved
    heading = f"{side.error_name} as colour, over {across} (across) and {upward} (upward)"
    sheet.write_string(side.picture_row, side.axis_column, heading, pen.theme.heading)
    sheet.set_column(side.grid_column, side.grid_column + side.SIDE - 1, _CELL_WIDTH)
    columns = _write_axis_across(pen, sheet, side)
    rows = _write_axis_upward(pen, sheet, side)
    grid: Grid = []
    style = pen.theme.make(num_format=_HIDDEN, font_size=6)
    for row, up in enumerate(rows, start=side.grid_row):
        sheet.set_row_pixels(row, side.GRID_PIXELS)
        grid.append([])
        for column, along in enumerate(columns, start=side.grid_column):
            for name, live in ((across, along), (upward, up)):
                scope.add(name, live.formula, live.value)
            cell = scope.live(side.surface.formula)
            if len(cell.formula) >= MAX_FORMULA:
                what = f"the error over two weights would take a formula of {len(cell.formula):,} characters"
                raise SheetgenError("optimizers", what, "make the network, or the number of samples, smaller")
            cell.write(sheet, row, column, style)
            grid[-1].append(cell.value)
    _colour(sheet, side)
    return grid


def _write_samples(pen: Pen, sheet: Sheet, side: SideBySide) -> Scope:
    """Write what the two weights do not change, a row for each sample, and return where it stands."""
    theme, start, everything = pen.theme, pen.plan.start, Scope({}, {})
    left, fixed_quantities = side.data_column, side.surface.fixed
    sheet.write_string(side.data_row, left, "What the grid needs of each sample", theme.heading)
    texts = ("sample", *(quantity.name for quantity in fixed_quantities))
    sheet.write_texts(side.header_row, left, texts, theme.table_header)
    style = theme.table_number("0.000000")
    for number, values in enumerate(start_values(pen.plan.experiment), start=1):
        row, own = side.header_row + number, Scope({}, {})
        sheet.write_number(row, left, number, theme.table_number("0"))
        for column, quantity in enumerate(fixed_quantities, start=left + 1):
            if quantity.group in (Group.DATA, Group.WEIGHTS):
                live = Live(start.cell(quantity.name, number - 1), values[quantity.name])
            else:
                live = own.live(quantity.formulas[0])
            live.write(sheet, row, column, style)
            own.add(quantity.name, xl_rowcol_to_cell(row, column), live.value)
            everything.add(of_sample(quantity.name, number), fixed(row, column), live.value)
    return everything


def _write_axis_across(pen: Pen, sheet: Sheet, side: SideBySide) -> list[Live]:
    """Write the weight of each column below the grid, and under every tenth its number."""
    row, start, end = side.axis_row, fixed(side.range_row, 1), fixed(side.range_row, 2)
    hidden = pen.theme.make(num_format=_HIDDEN, font_size=6)
    label = pen.theme.make(font_size=9, font_color=MUTED, align="center")
    sheet.set_row_pixels(row, side.GRID_PIXELS)
    lives = []
    for position, value in enumerate(side.axis(0)):
        column = side.grid_column + position
        formula = f"{start}+({end}-{start})*{position}/{side.SIDE - 1}"
        Live(formula, value).write(sheet, row, column, hidden)
        lives.append(Live(xl_rowcol_to_cell(row, column, row_abs=True), value))
        if position % _LABELLED == 0:
            text = Live(rounded_words(xl_rowcol_to_cell(row, column), 2), in_rounded_words(value, 2))
            text.write(sheet, row + 1, column, label)
    return lives


def _write_axis_upward(pen: Pen, sheet: Sheet, side: SideBySide) -> list[Live]:
    """Write the weight of each row to the left of the grid, the largest on top; every tenth can be read."""
    start, end = fixed(side.range_row + 1, 1), fixed(side.range_row + 1, 2)
    lives = []
    for position, value in enumerate(side.axis(1)):
        row, shown = side.grid_row + position, _HIDDEN if position % _LABELLED else "0.00"
        style = pen.theme.make(num_format=shown, font_size=8, font_color=MUTED, align="right")
        formula = f"{end}+({start}-{end})*{position}/{side.SIDE - 1}"
        Live(formula, value).write(sheet, row, side.axis_column, style)
        lives.append(Live(xl_rowcol_to_cell(row, side.axis_column, col_abs=True), value))
    return lives


def _colour(sheet: Sheet, side: SideBySide) -> None:
    scale: dict[str, object] = {"type": "3_color_scale", "min_color": _LOW, "mid_color": _MIDDLE, "max_color": _HIGH}
    scale |= {"mid_type": "percentile", "mid_value": 40}
    last = side.grid_row + side.SIDE - 1, side.grid_column + side.SIDE - 1
    sheet.conditional_format(side.grid_row, side.grid_column, *last, scale)
