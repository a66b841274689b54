"""The Network sheet: a diagram of the network with the numbers of the chosen row."""

from sheetgen.lesson.diagram import Edge, Entry, Node
from sheetgen.network import names
from sheetgen.network.notation import Group, Writer
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.network_edges import draw_edges
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import LOOKS, pixels, set_up_printing

_SCREEN = 1280  # pixels of a sheet that a laptop shows side by side

_LEGEND = "Edges: blue and solid for a positive weight, orange and dashed for a negative one; the thicker, the larger."
_FLOW = (
    "A gradient says how E_total changes with the number. Each ∂E/∂w is the gradient of the neuron that the weight "
    "enters, times what the weight carries."
)


def write_network(pen: Pen, sheet: Sheet) -> None:
    """Write the cells to choose a row with, the diagram, and the list of the chosen row's numbers."""
    theme, plan = pen.theme, pen.plan
    pen.begin(sheet, "The network at work", plan.diagram.widths)
    _write_choice(pen, sheet)
    if plan.diagram.fits:
        _write_headings(pen, sheet)
        for node in plan.diagram.nodes:
            _write_node(pen, sheet, node)
        for edge in plan.diagram.edges:
            _write_edge(pen, sheet, edge)
        draw_edges(pen, sheet)
        sheet.write_lines(plan.diagram.end_row, 1, (_LEGEND, _FLOW), theme.muted)
    else:
        words = f"A picture of {len(plan.experiment.weights):,} weights would fit no screen: the numbers stand below."
        sheet.write_string(plan.diagram.first_row, 1, words, theme.text)
    plan.chosen.write(sheet, theme)
    set_up_printing(sheet)
    sheet.print_area(0, 0, plan.diagram.end_row + 1, len(plan.diagram.widths) - 1)
    sheet.set_zoom(max(60, min(100, _SCREEN * 100 // sum(map(pixels, plan.diagram.widths)))))
    sheet.set_selection(*plan.chosen.iteration_cell, *plan.chosen.iteration_cell)


def _write_choice(pen: Pen, sheet: Sheet) -> None:
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
    listed = {"validate": "list", "source": f"={chosen.names_of_sheets}"}
    listed |= {"error_title": "No such sheet", "error_message": "Choose one of the sheets in the list."}
    whole = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": last}
    whole |= {"error_title": "No such iteration", "error_message": f"Type a whole number from 0 to {last}."}
    sheet.data_validation(*chosen.sheet_cell, *chosen.sheet_cell, listed)
    sheet.data_validation(*chosen.iteration_cell, *chosen.iteration_cell, whole)
    sheet.data_validation(*chosen.switch_cell, *chosen.switch_cell, {"validate": "list", "source": ["yes", "no"]})
    pen.book.define_name("chosen_sheet", f"={chosen.sheet_choice}")
    pen.book.define_name("chosen_iteration", f"={chosen.iteration_choice}")


def _write_headings(pen: Pen, sheet: Sheet) -> None:
    diagram, layers = pen.plan.diagram, pen.plan.experiment.layers
    last = len(layers) - 1
    for layer in range(len(layers) + 1):
        hidden = "Hidden layer" if last == 2 else f"Hidden layer {layer}"
        heading = {0: "Inputs", last: "Outputs", last + 1: "Error"}.get(layer, hidden)
        column = diagram.column(layer)
        style = pen.theme.make(bold=True, font_color=pen.theme.muted.font_color, bottom=2, border_color="#9AA5B1")
        texts = (heading, "", "", "weight", "∂E/∂w") if layer < last else (heading, "")
        sheet.write_texts(diagram.first_row - 1, column, texts, style)


def _write_node(pen: Pen, sheet: Sheet, node: Node) -> None:
    """Write a neuron's block: the names, their values, and a border around the whole."""
    for row, entry in enumerate(node.entries, start=node.row):
        look = LOOKS[entry.group]
        border: dict[str, object] = {"border_color": "#7B8794"}
        if row == node.row:
            border["top"] = 2
        if row == node.row + len(node.entries) - 1:
            border["bottom"] = 2
        border |= {"bg_color": look.header, "num_format": look.number_format}
        sheet.write_string(row, node.column, entry.name, pen.theme.make(**border, left=2, bold=True, align="left"))
        style = pen.theme.make(**border, right=2, align="right")
        _entry(pen, node, entry).write(sheet, row, node.column + 1, style)


def _entry(pen: Pen, node: Node, entry: Entry) -> Live:
    """A number of the chosen row, which has no columns for the gradients of the neurons' weighted sums."""
    if entry.name in pen.plan.table.columns:
        return _number(pen, entry.name)
    sum_gradient = Writer(pen.plan.experiment).sum_gradient(node.layer, node.number)
    return _if_wanted(pen, pen.plan.chosen.scope.live(sum_gradient))


def _number(pen: Pen, name: str) -> Live:
    """A number of the chosen row; a gradient only if the reader wants to see gradients."""
    live = pen.plan.chosen.scope.live(f"{{{name}}}")
    return _if_wanted(pen, live) if pen.plan.notation.by_name[name].group is Group.GRADIENTS else live


def _if_wanted(pen: Pen, live: Live) -> Live:
    return Live(f'IF({pen.plan.chosen.shows_gradients},{live.formula},"")', live.value)


def _write_edge(pen: Pen, sheet: Sheet, edge: Edge) -> None:
    make, name, blue, pink = pen.theme.make, edge.weight.name, LOOKS[Group.WEIGHTS].band, LOOKS[Group.GRADIENTS].band
    sheet.write_string(edge.row, edge.column, name, make(align="right", font_color=blue))
    style = make(num_format="0.0000", align="right", font_color=blue)
    _number(pen, name).write(sheet, edge.row, edge.column + 1, style)
    style = make(num_format="0.000000", align="right", font_color=pink, italic=True)
    _number(pen, names.gradient(name)).write(sheet, edge.row, edge.column + 2, style)
