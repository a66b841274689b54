"""A learning rate's sheet: η, the formulas in symbols, the chart, and the table with one row per iteration."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sheetgen.layout import YOURS
from sheetgen.notation import Group, Quantity
from sheetgen.workbook.curves import add_chart
from sheetgen.workbook.plan import Pen, Table
from sheetgen.workbook.start import write_back_link
from sheetgen.workbook.stream import StreamedTable, TableSheet
from sheetgen.workbook.theme import TINTS, WIDTHS

# The block above the table: first column of the chart, and of each list of formulas.
_CHART_COLUMN = 1
_BLOCK_COLUMNS = {"Forward pass": (6, 0), "Error": (10, 0), "Update": (10, 5), "Backward pass": (14, 0)}
_BLOCK_TINTS = {
    "Forward pass": Group.FORWARD,
    "Error": Group.ERROR,
    "Update": Group.WEIGHTS,
    "Backward pass": Group.GRADIENTS,
}


def write_table(pen: Pen, sheet: TableSheet, table: Table) -> None:
    """Write the sheet of one learning rate."""
    layout, quantities = pen.plan.table, pen.plan.notation.quantities
    sheet.hide_gridlines(2)
    for column, quantity in enumerate(quantities):
        sheet.set_column(column, column, WIDTHS[quantity.group])
    _write_head(pen, sheet, table)
    _write_blocks(pen, sheet)
    add_chart(pen, sheet, (layout.blocks_row, _CHART_COLUMN), (375, 216), f"{pen.plan.notation.curve}", only=table.sheet)
    _write_headers(pen, sheet)
    sheet.streamed = _streamed(pen, table)
    sheet.freeze_panes(layout.first_row, 1)
    _set_up_printing(pen, sheet, quantities)


def _write_head(pen: Pen, sheet: Any, table: Table) -> None:
    theme, layout = pen.theme, pen.plan.table
    yours = table.sheet == YOURS
    title = "Your own learning rate" if yours else f"Learning rate {table.learning_rate!r}"
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, title, theme.title)
    sheet.write_string(layout.eta_row, 0, "η =", theme.make(bold=True, align="right"))
    sheet.write_number(layout.eta_row, layout.eta_column, table.learning_rate, theme.editable)
    hint = "the learning rate: how far each update steps against the gradient"
    if yours:
        hint = "← type any learning rate here: the table, the chart and the comparison follow"
    sheet.write_string(layout.eta_row, layout.eta_column + 1, hint, theme.muted)
    write_back_link(pen, sheet, layout.eta_row, 10)


def _write_blocks(pen: Pen, sheet: Any) -> None:
    """Write the formulas of the class in symbols, under their headings."""
    theme, layout = pen.theme, pen.plan.table
    for heading, lines in pen.plan.notation.blocks.items():
        column, offset = _BLOCK_COLUMNS[heading]
        row = layout.blocks_row + offset
        bold = theme.make(bold=True, font_color=TINTS[_BLOCK_TINTS[heading]].band)
        sheet.write_string(row, column, heading, bold)
        for number, line in enumerate(lines, start=1):
            sheet.write_string(row + number, column, line, theme.make(font_size=10))


def _write_headers(pen: Pen, sheet: Any) -> None:
    theme, layout, quantities = pen.theme, pen.plan.table, pen.plan.notation.quantities
    column = 0
    for group, members in groupby(quantities, key=lambda quantity: quantity.group):
        for position, quantity in enumerate(members):
            heading = group.value if position == 0 and group is not Group.ITERATION else ""
            sheet.write_string(layout.band_row, column, heading, theme.band(group))
            sheet.write_string(layout.header_row, column, quantity.name, theme.header(group))
            sheet.write_comment(layout.header_row, column, _note(quantity), _note_options(quantity))
            column += 1


def _note(quantity: Quantity) -> str:
    return f"{quantity.name}\n{quantity.meaning}\n\n{quantity.line}"


def _note_options(quantity: Quantity) -> dict[str, object]:
    lines = 3 + len(quantity.meaning) // 48 + len(quantity.line) // 44
    return {"width": 330, "height": 22 + 18 * lines, "font_size": 9, "author": "", "color": "#FFFFF0"}


def _streamed(pen: Pen, table: Table) -> StreamedTable:
    plan, theme = pen.plan, pen.theme
    layout, quantities = plan.table, plan.notation.quantities
    samples = len(plan.experiment.pairs)

    def formulas(row: int, row_names: Sequence[str]) -> list[str]:
        return [layout.formula(quantity.formula(row), row, row_names) for quantity in quantities]

    styles = [theme.cell(q.group, strong=q.name in ("iteration", "E_total"))._get_xf_index() for q in quantities]
    # Rows repeat with the samples, after the first ones that have formulas of their own.
    distinct = (plan.notation.first_rows, samples)
    return StreamedTable(
        first_row=layout.first_row,
        row_count=plan.experiment.iterations + 1,
        styles=styles,
        formulas=formulas,
        distinct_rows=distinct,
        lags=max(1, plan.notation.first_rows),
        values=lambda: plan.rows(table),
        on_rows=pen.on_rows,
    )


def _set_up_printing(pen: Pen, sheet: Any, quantities: Sequence[Quantity]) -> None:
    layout = pen.plan.table
    width = sum(WIDTHS[quantity.group] for quantity in quantities)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(max(1, round(width / 170)), 0)
    sheet.repeat_rows(layout.band_row, layout.header_row)
    sheet.repeat_columns(0)
    sheet.set_footer("&L&A&RPage &P of &N")
    # Values that outgrow their column are shown in powers of ten, not as ####.
    scientific = pen.book.add_format({"num_format": "0.00E+00"})
    rule = {"type": "cell", "criteria": "not between", "minimum": -99_999, "maximum": 99_999, "format": scientific}
    sheet.conditional_format(layout.first_row, 1, layout.last_row, len(quantities) - 1, rule)
