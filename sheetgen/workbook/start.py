"""The Start sheet: what this is, the numbers to change, and what came of them."""

from xlsxwriter.worksheet import Worksheet

from sheetgen import names
from sheetgen.evaluate import start_values
from sheetgen.experiment import Experiment
from sheetgen.layout import CURVES, reference
from sheetgen.workbook.curves import add_chart, summary_values
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.theme import ERROR_FORMAT


def write_start(pen: Pen, sheet: Worksheet) -> None:
    """Write the Start sheet."""
    theme, plan = pen.theme, pen.plan
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, 11)
    sheet.set_column(2, 2, 30)
    sheet.set_column(3, 3, 12)
    sheet.set_column(4, 4, 4)
    sheet.set_column(5, 10, 14)
    sheet.set_row(0, 30)
    sheet.write_string(0, 1, plan.experiment.title, theme.title)
    sheet.write_string(1, 1, _subtitle(plan.experiment), theme.muted)
    sheet.write_string(3, 1, "How to use it", theme.heading)
    for row, line in enumerate(_instructions(), start=4):
        sheet.write_string(row, 1, line, theme.text)
    _write_numbers(pen, sheet)
    _write_summary(pen, sheet)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
    sheet.set_selection(plan.start.first_row, plan.start.value_column, plan.start.first_row, plan.start.value_column)


def _subtitle(experiment: Experiment) -> str:
    kinds = list(dict.fromkeys(experiment.activations))
    loss = "E = ½(t − a)²" if experiment.loss == "half squared error" else "E = −(t·ln a + (1 − t)·ln(1 − a))"
    return (
        f"A network of {experiment.shape} neurons ({', '.join(kinds)}; {loss}), trained by backpropagation: "
        "every number on the following sheets is a live formula."
    )


def _instructions() -> tuple[str, ...]:
    return (
        "1.  Change any yellow number below: an input, a target, a first weight. Every sheet follows at once.",
        "2.  Open a learning rate's sheet (links on the right). One row is one iteration; read it from left to right:",
        "     inputs → weights → forward pass → error → gradients. The next row starts with the updated weights.",
        "3.  Click any cell to see its formula. Rest the pointer on a column's header to read what the column means.",
        "4.  On the sheet “Your η” type a learning rate of your own; on “Learning rates” compare all of them.",
    )


def _write_numbers(pen: Pen, sheet: Worksheet) -> None:
    theme, layout, experiment = pen.theme, pen.plan.start, pen.plan.experiment
    header = layout.first_row - 1
    sheet.write_string(header - 1, layout.name_column, "The network’s numbers (change them)", theme.heading)
    for column, text in enumerate(("name", "what it is", "value"), start=layout.name_column):
        sheet.write_string(header, column, text, theme.table_header)
    values, meanings = start_values(experiment), _meanings(experiment)
    for (name, sample), row in layout.rows.items():
        meaning = meanings[name]
        if len(values) > 1 and name[0] in "it":
            meaning += f", sample {sample + 1}"
        sheet.write_string(row, layout.name_column, name, theme.table_text)
        sheet.write_string(row, layout.name_column + 1, meaning, theme.table_text)
        sheet.write_number(row, layout.value_column, values[sample][name], theme.editable)


def _meanings(experiment: Experiment) -> dict[str, str]:
    layers = experiment.layers
    meanings = {f"i{number}": f"input {number}" for number in names.neurons(layers, 0)}
    meanings |= {f"t{number}": f"target of output {number}" for number in names.neurons(layers, len(layers) - 1)}
    for weight in names.weights(layers):
        source = names.neuron(layers, weight.layer - 1, weight.source)
        meanings[weight.name] = f"first weight {source} → {names.neuron(layers, weight.layer, weight.target)}"
    kind = "first bias" if experiment.train_biases else "bias (not trained)"
    for layer, number in names.biases(layers):
        meanings[names.bias(layers, layer, number)] = f"{kind} of {names.neuron(layers, layer, number)}"
    return meanings


def _write_summary(pen: Pen, sheet: Worksheet) -> None:
    theme, plan = pen.theme, pen.plan
    curves, left, header = plan.curves, plan.start.summary_column, plan.start.first_row - 1
    milestones = (0, curves.experiment.iterations)
    sheet.write_string(header - 1, left, "What training makes of them", theme.heading)
    texts = ("sheet", "η", *(f"{plan.notation.curve} after {mark:,}" for mark in milestones), "iterations to halve it")
    for column, text in enumerate(texts, start=left):
        sheet.write_string(header, column, text, theme.table_header)
    sheet.set_row(header, 32)
    columns = [1, *(curves.first_milestone_column + curves.milestones.index(mark) for mark in milestones)]
    columns.append(curves.halving_column)
    formats = ["General", ERROR_FORMAT, ERROR_FORMAT, "0"]
    for position, table in enumerate(plan.tables):
        row = plan.start.first_row + position
        sheet.write_url(row, left, f"internal:'{table.sheet}'!A1", theme.link, table.sheet)
        values = summary_values(curves, table)
        for offset, (column, number_format) in enumerate(zip(columns, formats, strict=True), start=1):
            formula = "=" + reference(CURVES, curves.summary_row + position, column)
            sheet.write_formula(row, left + offset, formula, theme.table_number(number_format), values[column])
    row = plan.start.first_row + len(plan.tables) + 1
    sheet.write_url(row, left, f"internal:'{CURVES}'!A1", theme.link, f"Compare them on the sheet “{CURVES}”")
    add_chart(pen, sheet, (row + 2, left), (640, 340), "Change a number and watch the curves")
