"""The Network sheet: a picture of the network with the numbers of the chosen row, and the list of these numbers."""

from sheetgen.network.quantities import Group
from sheetgen.workbook.layout import ROW_PIXELS
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.network_picture import draw_network
from sheetgen.workbook.small_numbers import show_small_and_zeros
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import LOOKS, pixels, set_up_printing

_WIDTHS = (2, 13, 14, 4, 12, 12)
_LEGEND = "Lines: blue and solid for a positive weight, orange and dashed for a negative one; the thicker, the larger."
_FLOW = (
    "◂ What flows back: how E_total changes with a weight (∂E/∂w), and with the sum that reaches a neuron (below it).",
    "A weight’s gradient is that of the neuron that it enters, times what the weight carries.",
)
_BIAS = " That of a bias is its neuron’s."
_SCREEN = 520  # the height that a sheet has on a laptop, in pixels
_USUAL_PIXELS = 64  # the width of the other columns


def write_network(pen: Pen, sheet: Sheet, workings: Sheet) -> None:
    """Write the cells to choose a row with, the picture, and the list of the chosen row's numbers.

    Args:
        pen: the open workbook.
        sheet: where to.
        workings: the hidden sheet for what the picture is drawn from.
    """
    theme, plan, chosen = pen.theme, pen.plan, pen.plan.chosen
    pen.begin(sheet, "The network at work", _WIDTHS)
    workings.hide()
    pen.begin(workings, "What the picture on the sheet Network is drawn from", (2, 17, 14, 4, 34, 9, 9, 4, 14, 12, 7))
    _write_choice(pen, sheet)
    if plan.diagram.fits:
        draw_network(pen, sheet, workings)
        sheet.write_string(chosen.below_row, 1, _LEGEND, theme.make(font_color=LOOKS[Group.WEIGHTS].band))
        first, second = _FLOW
        flow = (first, second + _BIAS if plan.experiment.train_biases else second)
        sheet.write_lines(chosen.below_row + 1, 1, flow, theme.make(font_color=LOOKS[Group.GRADIENTS].band))
    else:
        words = f"A picture of {len(plan.experiment.weights):,} weights would fit no screen: the numbers stand below."
        sheet.write_string(chosen.picture_row, 1, words, theme.text)
    chosen.write_list(sheet, theme)
    show_small_and_zeros(pen, sheet, chosen.listed)
    chosen.write_workings(workings, theme)
    set_up_printing(sheet)
    columns = len(_WIDTHS) + (plan.diagram.width - sum(map(pixels, _WIDTHS[1:]))) // _USUAL_PIXELS
    sheet.print_area(0, 0, chosen.below_row + 2, columns)
    sheet.set_zoom(max(60, min(100, _SCREEN * 100 // (chosen.below_row * ROW_PIXELS))))
    sheet.set_selection(*chosen.iteration_cell, *chosen.iteration_cell)


def _write_choice(pen: Pen, sheet: Sheet) -> None:
    theme, chosen, last = pen.theme, pen.plan.chosen, pen.plan.experiment.last_row
    counter, follow = pen.plan.notation.counter, "the picture, Steps and Gradient check follow"
    rows = (
        (chosen.sheet_cell, "Learning rate’s sheet", chosen.table.sheet, "choose from the list"),
        (chosen.iteration_cell, counter.capitalize(), 0, f"type 0 to {last:,}: {follow}"),
        (chosen.switch_cell, "Show the gradients", "yes", "yes or no: what flows back from the error"),
    )
    for (row, column), text, value, hint in rows:
        sheet.write_string(row, 1, text, theme.make(bold=True))
        sheet.write(row, column, value, theme.editable)
        sheet.write_string(row, column + 1, f"  ← {hint}", theme.muted)
    listed = {"validate": "list", "source": f"={chosen.names_of_sheets}"}
    listed |= {"error_title": "No such sheet", "error_message": "Choose one of the sheets in the list."}
    whole = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": last}
    whole |= {"error_title": f"No such {counter}", "error_message": f"Type a whole number from 0 to {last}."}
    sheet.data_validation(*chosen.sheet_cell, *chosen.sheet_cell, listed)
    sheet.data_validation(*chosen.iteration_cell, *chosen.iteration_cell, whole)
    sheet.data_validation(*chosen.switch_cell, *chosen.switch_cell, {"validate": "list", "source": ["yes", "no"]})
    pen.book.define_name("chosen_sheet", f"={chosen.sheet_choice}")
    pen.book.define_name("chosen_iteration", f"={chosen.iteration_choice}")
