"""The Network sheet: a diagram of the network with the numbers of the chosen row."""

from itertools import groupby

from sheetgen.lesson.diagram import Edge, Node
from sheetgen.network import names
from sheetgen.network.notation import Group, Writer
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.learning_rates import write_back_link
from sheetgen.workbook.sheets.network_edges import draw_edges
from sheetgen.workbook.theme import LOOKS, pixels, set_columns, set_up_printing
from sheetgen.workbook.xlsxwriter_classes import Format, Worksheet

_SCREEN = 1280  # pixels of a sheet that a laptop shows side by side

_LEGEND = "Edges: blue and solid for a positive weight, orange and dashed for a negative one; the thicker, the larger."
_FLOW = (
    "A gradient says how E_total changes with the number. Each ∂E/∂w is the gradient of the neuron that the weight "
    "enters, times what the weight carries."
)


def write_network(pen: Pen, sheet: Worksheet) -> None:
    """Write the cells to choose a row with, the diagram, and the list of the chosen row's numbers."""
    theme, plan = pen.theme, pen.plan
    set_columns(sheet, plan.diagram.widths)
    sheet.write_string(0, 1, "The network at work", theme.title)
    write_back_link(pen, sheet, 1, 1)
    _write_choice(pen, sheet)
    if plan.diagram.fits:
        _write_headings(pen, sheet)
        for node in plan.diagram.nodes:
            _write_node(pen, sheet, node)
        for edge in plan.diagram.edges:
            _write_edge(pen, sheet, edge)
        draw_edges(pen, sheet)
        sheet.write_string(plan.diagram.end_row, 1, _LEGEND, theme.muted)
        sheet.write_string(plan.diagram.end_row + 1, 1, _FLOW, theme.muted)
    else:
        words = f"A picture of {len(plan.experiment.weights):,} weights would fit no screen: the numbers stand below."
        sheet.write_string(plan.diagram.first_row, 1, words, theme.text)
    plan.chosen.write(sheet, theme)
    set_up_printing(sheet)
    sheet.print_area(0, 0, plan.diagram.end_row + 1, len(plan.diagram.widths) - 1)
    sheet.set_zoom(max(60, min(100, _SCREEN * 100 // sum(map(pixels, plan.diagram.widths)))))
    sheet.set_selection(*plan.chosen.iteration_cell, *plan.chosen.iteration_cell)


def _write_choice(pen: Pen, sheet: Worksheet) -> None:
    theme, chosen, last = pen.theme, pen.plan.chosen, pen.plan.experiment.iterations
    rows = (
        (chosen.sheet_cell, "Learning rate’s sheet", chosen.table.sheet, "choose from the list"),
        (chosen.iteration_cell, "Iteration", 0, f"type 0 to {last:,}: the picture, Steps and Gradient check follow"),
        (chosen.switch_cell, "Show the gradients", "yes", "yes or no: what flows back from the error"),
    )
    for (row, column), text, value, hint in rows:
        sheet.write_string(row, 1, text, theme.make(bold=True))
        sheet.write(row, column, value, theme.editable)
        sheet.write_string(row, column + 1, f"  ← {hint}", theme.muted)
    sheet.data_validation(
        *chosen.sheet_cell,
        *chosen.sheet_cell,
        {
            "validate": "list",
            "source": f"={chosen.names_of_sheets}",
            "error_title": "No such sheet",
            "error_message": "Choose one of the sheets in the list.",
        },
    )
    sheet.data_validation(
        *chosen.iteration_cell,
        *chosen.iteration_cell,
        {
            "validate": "integer",
            "criteria": "between",
            "minimum": 0,
            "maximum": last,
            "error_title": "No such iteration",
            "error_message": f"Type a whole number from 0 to {last}.",
        },
    )
    sheet.data_validation(*chosen.switch_cell, *chosen.switch_cell, {"validate": "list", "source": ["yes", "no"]})
    places = (("chosen_sheet", chosen.sheet_choice), ("chosen_iteration", chosen.iteration_choice))
    for name, cell in places:
        pen.book.define_name(name, f"={cell}")


def _write_headings(pen: Pen, sheet: Worksheet) -> None:
    diagram, layers = pen.plan.diagram, pen.plan.experiment.layers
    last = len(layers) - 1
    for layer in range(len(layers) + 1):
        hidden = "Hidden layer" if last == 2 else f"Hidden layer {layer}"
        heading = {0: "Inputs", last: "Outputs", last + 1: "Error"}.get(layer, hidden)
        column = diagram.column(layer)
        style = pen.theme.make(bold=True, font_color=pen.theme.muted.font_color, bottom=2, border_color="#9AA5B1")
        for offset in range(2):
            sheet.write_string(diagram.first_row - 1, column + offset, "" if offset else heading, style)
        if layer < last:
            for offset, text in enumerate(("", "weight", "∂E/∂w"), start=2):
                sheet.write_string(diagram.first_row - 1, column + offset, text, style)


def _write_node(pen: Pen, sheet: Worksheet, node: Node) -> None:
    row = node.row
    for group, entries in groupby(node.entries, key=lambda entry: entry.group):
        for entry in entries:
            place = "top" if row == node.row else ""
            place = place or ("bottom" if row == node.row + len(node.entries) - 1 else "middle")
            single = len(node.entries) == 1
            sheet.write_string(row, node.column, entry.name, _block(pen, group, "left", place, single))
            style = _block(pen, group, "right", place, single)
            _entry(pen, entry.name, group).write(sheet, row, node.column + 1, style)
            row += 1


def _block(pen: Pen, group: Group, side: str, place: str, single: bool) -> Format:
    """The format of a cell in a neuron's block; the block as a whole has a border."""
    border: dict[str, object] = {side: 2, "border_color": "#7B8794"}
    if place == "top":
        border["top"] = 2
    if place == "bottom" or single:
        border["bottom"] = 2
    text: dict[str, object] = {"bold": True, "align": "left"} if side == "left" else {"align": "right"}
    return pen.theme.make(bg_color=LOOKS[group].header, num_format=LOOKS[group].number_format, **border, **text)


def _entry(pen: Pen, name: str, group: Group) -> Live:
    """A number of the chosen row; a gradient only if the reader wants to see gradients."""
    scope = pen.plan.chosen.scope
    if group is not Group.GRADIENTS:
        return scope.live(f"{{{name}}}")
    return _if_wanted(pen, scope.live(_gradient(pen, name)))


def _gradient(pen: Pen, name: str) -> str:
    """The notation's formula of a gradient: the table's column, or the derivative for a neuron's weighted sum."""
    if name in pen.plan.table.columns:
        return f"{{{name}}}"
    writer, layers = Writer(pen.plan.experiment), pen.plan.experiment.layers
    sums = {names.gradient(names.neuron(layers, *place)): place for place in names.biases(layers)}
    return writer.sum_gradient(*sums[name])


def _if_wanted(pen: Pen, live: Live) -> Live:
    return Live(f'IF({pen.plan.chosen.shows_gradients},{live.formula},"")', live.value)


def _write_edge(pen: Pen, sheet: Worksheet, edge: Edge) -> None:
    theme, scope, name = pen.theme, pen.plan.chosen.scope, edge.weight.name
    blue, pink = LOOKS[Group.WEIGHTS].band, LOOKS[Group.GRADIENTS].band
    sheet.write_string(edge.row, edge.column, name, theme.make(align="right", font_color=blue))
    scope.live(f"{{{name}}}").write(
        sheet, edge.row, edge.column + 1, theme.make(num_format="0.0000", align="right", font_color=blue)
    )
    gradient = _if_wanted(pen, scope.live(f"{{{names.gradient(name)}}}"))
    style = theme.make(num_format="0.000000", align="right", font_color=pink, italic=True)
    gradient.write(sheet, edge.row, edge.column + 2, style)
