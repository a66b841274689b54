"""A learning rate's sheet: η, the formulas in symbols, the chart, and the table with one row per iteration."""

from collections.abc import Sequence
from itertools import accumulate, groupby

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from sheetgen.lesson.rates import hint_at_eta, offered_rates
from sheetgen.network.quantities import Group, Quantity
from sheetgen.workbook.formula_cell import Live, quoted
from sheetgen.workbook.layout import YOURS, Cells, TableLayout
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.learning_rates import draw_curves
from sheetgen.workbook.small_numbers import groups_with_rules, show_small_and_zeros
from sheetgen.workbook.streamed_sheet import Sheet, StreamedTable
from sheetgen.workbook.theme import LOOKS, MUTED, pixels, set_up_printing
from sheetgen.workbook.training_summary import Table

# The block above the table, in pixels from its left edge: the chart, then three lists of formulas.
_CHART_SIZE = (375, 194)
_PIXELS_PER_LETTER = 6.3
_GAP = 24
_BLOCK_TINTS = {
    "Forward pass": Group.FORWARD,
    "Error": Group.ERROR,
    "Update": Group.WEIGHTS,
    "Backward pass": Group.GRADIENTS,
    Group.OPTIMIZER.value: Group.OPTIMIZER,
}
_NO_NUMBER = "✗ η is not a number: type one, with the decimal separator of your computer"
_SHADED = (Group.WEIGHTS, Group.GRADIENTS)
_BELOW, _ABOVE = "#F6CDB0", "#A9D0EA"


def write_table(pen: Pen, sheet: Sheet, table: Table) -> None:
    """Write the sheet of one learning rate."""
    layout, quantities = pen.plan.table, pen.plan.notation.quantities
    sheet.hide_gridlines(2)
    for column, (quantity, level) in enumerate(zip(quantities, _outline_levels(quantities), strict=True)):
        sheet.set_column(column, column, LOOKS[quantity.group].width, None, {"level": level})
    _write_head(pen, sheet, table)
    _write_blocks(pen, sheet)
    draw_curves(pen, sheet, (layout.blocks_row, 1), _CHART_SIZE, pen.plan.notation.curve, only=table.sheet)
    _write_headers(pen, sheet)
    sheet.streamed = _streamed(pen, table)
    sheet.freeze_panes(layout.first_row, 1)
    _set_up_printing(pen, sheet)


def _write_head(pen: Pen, sheet: Sheet, table: Table) -> None:
    theme, layout = pen.theme, pen.plan.table
    yours = table.sheet == YOURS
    title = "Your own learning rate" if yours else f"Learning rate {table.learning_rate!r}"
    sheet.set_row(0, 28)
    sheet.write_string(0, 1, title, theme.title)
    sheet.write_string(layout.eta_row, layout.eta_column - 1, "η =", theme.make(bold=True, align="right"))
    sheet.write_number(layout.eta_row, layout.eta_column, table.learning_rate, theme.editable)
    hint = hint_at_eta(pen.plan.experiment)
    if yours:
        hint = "← type any learning rate, or take one from its list: the table, the chart and the comparison follow"
        _offer_rates(pen, sheet)
    number = f"ISNUMBER({xl_rowcol_to_cell(layout.eta_row, layout.eta_column)})"
    live = Live(f"IF({number},{quoted(hint)},{quoted(_NO_NUMBER)})", hint)
    live.write(sheet, layout.eta_row, layout.eta_column + 1, theme.make(font_color=MUTED, indent=1))
    pen.link_back(sheet, 0, 0)
    pen.book.define_name(f"'{table.sheet}'!eta", f"='{table.sheet}'!{layout.eta}")


def _offer_rates(pen: Pen, sheet: Sheet) -> None:
    """Give the cell of η a list of rates beyond the class's; any other number can be typed too."""
    theme, layout = pen.theme, pen.plan.table
    row, first = layout.eta_row + 1, layout.eta_column
    sheet.write_string(row, first - 1, "try:", theme.make(font_color=MUTED, align="right"))
    offered = offered_rates(pen.plan.experiment)
    for column, rate in enumerate(offered, start=first):
        sheet.write_number(row, column, rate, theme.make(font_color=MUTED, align="right"))
    cells = xl_range_abs(row, first, row, first + len(offered) - 1)
    # A list of cells, not of texts: where the decimal separator is a comma, the text 0.05 is not a number.
    offer = {"validate": "list", "source": f"={cells}", "show_error": False}
    sheet.data_validation(layout.eta_row, layout.eta_column, layout.eta_row, layout.eta_column, offer)


def _outline_levels(quantities: Sequence[Quantity]) -> list[int]:
    """The outline level of each column: the forward pass and the total error always stay visible.

    Neighbouring groups that can be collapsed need different levels: at the same level they would collapse as one.
    """
    levels: list[int] = []
    for position, quantity in enumerate(quantities):
        if quantity.group in (Group.ITERATION, Group.FORWARD) or quantity.name in ("E_total", "E_mean"):
            levels.append(0)
        else:
            begins = quantity.group is not quantities[position - 1].group
            levels.append(levels[-1] + int(begins))
    return levels


def _write_blocks(pen: Pen, sheet: Sheet) -> None:
    """Write the formulas of the class in symbols: three lists side by side, to the right of the chart."""
    blocks = pen.plan.notation.blocks
    widths = [pixels(LOOKS[quantity.group].width) for quantity in pen.plan.notation.quantities]
    left = widths[0] + _CHART_SIZE[0] + _GAP
    lists = [("Forward pass",), ("Error", "Update"), ("Backward pass",), (Group.OPTIMIZER.value,)]
    for headings in lists[: len(blocks) - 1]:
        column = next((c for c, edge in enumerate(accumulate(widths, initial=0)) if edge >= left), len(widths))
        row = pen.plan.table.blocks_row
        for heading in headings:
            row = _write_block(pen, sheet, row, column, heading)
        longest = max(len(line) for heading in headings for line in blocks[heading])
        left = sum(widths[:column]) + int(longest * _PIXELS_PER_LETTER) + _GAP


def _write_block(pen: Pen, sheet: Sheet, row: int, column: int, heading: str) -> int:
    """Write one list and return the row below it."""
    theme, lines = pen.theme, pen.plan.notation.blocks[heading]
    sheet.write_string(row, column, heading, theme.make(bold=True, font_color=LOOKS[_BLOCK_TINTS[heading]].band))
    return sheet.write_lines(row + 1, column, lines, theme.make(font_size=10))


def _write_headers(pen: Pen, sheet: Sheet) -> None:
    theme, layout = pen.theme, pen.plan.table
    above = Group.ITERATION  # whose heading is that of its one column
    for column, quantity in enumerate(pen.plan.notation.quantities):
        group = quantity.group
        # The heading overflows into the empty cells of its group.
        sheet.write(layout.band_row, column, "" if group is above else group.value, theme.band(group))
        above = group
        sheet.write_string(layout.header_row, column, quantity.name, theme.header(group))
        lines = 3 + len(quantity.meaning) // 48 + len(quantity.line) // 44
        look = {"width": 330, "height": 22 + 18 * lines, "font_size": 9, "author": "sheetgen", "color": "#FFFFF0"}
        note = f"{quantity.name}\n{quantity.meaning}\n\n{quantity.line}"
        sheet.write_comment(layout.header_row, column, note, look)


def _streamed(pen: Pen, table: Table) -> StreamedTable:
    plan, theme = pen.plan, pen.theme
    layout, quantities = plan.table, plan.notation.quantities

    def formulas(row: int, row_names: Sequence[str]) -> list[str]:
        return [layout.formula(quantity.formula(row), row, row_names) for quantity in quantities]

    strong = plan.notation.counter, "E_total"

    def styles(**extra: object) -> list[int]:
        return [theme.cell(q.group, strong=q.name in strong, **extra)._get_xf_index() for q in quantities]

    batch = plan.experiment.batch_size
    return StreamedTable(
        first_row=layout.first_row,
        row_count=plan.experiment.last_row + 1,
        styles=styles(),
        formulas=formulas,
        # Rows repeat with samples and batches, after the first ones, which have special formulas.
        distinct_rows=(plan.notation.first_rows, plan.experiment.period),
        values=plan.rows(table),
        on_rows=pen.on_rows,
        begins=(batch, styles(top=1, top_color=MUTED) if batch > 1 else ()),
    )


def _set_up_printing(pen: Pen, sheet: Sheet) -> None:
    layout, quantities = pen.plan.table, pen.plan.notation.quantities
    width = sum(LOOKS[quantity.group].width for quantity in quantities)
    set_up_printing(sheet, max(1, round(width / 170)))
    sheet.repeat_rows(layout.band_row, layout.header_row)
    sheet.repeat_columns(0)
    _show_large_numbers(pen, sheet)
    _shade(sheet, layout, quantities)
    show_small_and_zeros(pen, sheet, lambda group: _cells_of(pen, group))


def _show_large_numbers(pen: Pen, sheet: Sheet) -> None:
    """Show values too wide for their column in scientific notation, not as ####.

    Gnumeric keeps only one of two rules whose ranges overlap without being the same.
    """
    layout, column, own = pen.plan.table, 1, groups_with_rules(pen.plan.experiment)
    scientific = pen.book.add_format({"num_format": "0.00E+00"})
    rule = {"type": "cell", "criteria": "not between", "minimum": -99_999, "maximum": 99_999, "format": scientific}
    for _, members in groupby(pen.plan.notation.quantities[1:], key=lambda q: q.group if q.group in own else None):
        last = column + len(list(members)) - 1
        sheet.conditional_format(layout.first_row, column, layout.last_row, last, rule)
        column = last + 1


def _cells_of(pen: Pen, group: Group) -> Cells | None:
    """The cells of a group whose columns stand side by side."""
    layout = pen.plan.table
    columns = [layout.columns[quantity.name] for quantity in pen.plan.notation.of(group)]
    return (layout.first_row, columns[0], layout.last_row, columns[-1]) if columns else None


def _shade(sheet: Sheet, layout: TableLayout, quantities: Sequence[Quantity]) -> None:
    """Shade weights and gradients by sign and size, white at zero; the numbers say the same without the colour."""
    column = 0
    for group, members in groupby(quantities, key=lambda quantity: quantity.group):
        last = column + len(list(members)) - 1
        if group in _SHADED:
            place = (layout.first_row, column, layout.last_row, last)
            cells = xl_range_abs(*place)
            largest = f"MAX(MAX({cells}),-MIN({cells}))"
            scale: dict[str, object] = {"min_type": "formula", "min_value": f"=-{largest}", "min_color": _BELOW}
            scale |= {"mid_type": "num", "mid_value": 0, "mid_color": "#FFFFFF"}
            scale |= {"max_type": "formula", "max_value": f"={largest}", "max_color": _ABOVE}
            sheet.conditional_format(*place, {"type": "3_color_scale"} | scale)
        column = last + 1
