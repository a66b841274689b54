"""The Start sheet: what this workbook is, the numbers to change, and their results."""

from collections.abc import Iterator

from sheetgen.network import names
from sheetgen.network.cached_values import start_values
from sheetgen.network.experiment import Experiment
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import (  # fmt: skip
    CHECKS,
    CURVES,
    EXERCISES,
    GRADIENT_CHECK,
    NETWORK,
    START,
    STEPS,
    YOURS,
    reference,
)
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.learning_rates import draw_curves, summary_values
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT, set_columns, set_up_printing

_MOST_NAMES = 200


def write_start(pen: Pen, sheet: Sheet, verdict: Live | None = None) -> None:
    """Write the Start sheet.

    Args:
        pen: the open workbook.
        sheet: where to.
        verdict: the cell that says whether the numbers are right, in a workbook that has one.
    """
    theme, plan = pen.theme, pen.plan
    set_columns(sheet, (2, 14, 30, 12, 4))
    sheet.set_column(5, 10, 14)
    sheet.write_string(0, 1, plan.experiment.title, theme.title)
    sheet.write_string(1, 1, _subtitle(plan.experiment), theme.muted)
    if verdict is not None:
        words = "The numbers against NumPy’s: "
        Live(f'"{words}"&{verdict.formula}', f"{words}{verdict.value}").write(sheet, 2, 1, theme.make(bold=True))
    _write_contents(pen, sheet)
    _write_numbers(pen, sheet)
    _write_summary(pen, sheet)
    _name_numbers(pen)
    set_up_printing(sheet)
    sheet.set_selection(plan.start.first_row, plan.start.value_column, plan.start.first_row, plan.start.value_column)


def _write_contents(pen: Pen, sheet: Sheet) -> None:
    """Say how to begin, and list the sheets with links to them."""
    theme = pen.theme
    how = "Change any yellow number: every sheet follows at once. Click any cell to see its formula."
    sheet.write_string(4, 1, "What is here", theme.heading)
    contents = list(_contents(pen))
    for row, (name, words) in enumerate(contents, start=5):
        sheet.write_url(row, 1, f"internal:'{name}'!A1", theme.link, name)
        sheet.write_string(row, 2, words, theme.text)
    sheet.write_string(6 + len(contents), 1, how, theme.make(bold=True))


def _contents(pen: Pen) -> Iterator[tuple[str, str]]:
    if pen.plan.lessons:
        yield NETWORK, "a picture of the network with its numbers: choose a learning rate and an iteration"
        yield STEPS, "that iteration worked through line by line, as on the board: forward, error, backward, update"
        yield GRADIENT_CHECK, "every gradient beside a measured slope, and what the common mistake does"
    yield CURVES, "how fast each learning rate learns, and why"
    first = pen.plan.tables[0].sheet
    yield first, "and its neighbours: one row per iteration, from left to right: weights → forward → error → gradients"
    yield YOURS, "the same for a learning rate of your own"
    if pen.plan.lessons:
        yield EXERCISES, "now you: one iteration to work out, answered at once (solutions on a hidden sheet)"
        yield CHECKS, "the numbers beside NumPy’s"


def _name_numbers(pen: Pen) -> None:
    """Give the cells names: `w_1` and the like, as Excel reads `w1` as a cell."""
    plan = pen.plan
    for (name, _), row in list(plan.start.rows.items())[:_MOST_NAMES]:
        if len(plan.experiment.pairs) == 1 or name not in plan.start.data:
            legal = name if "_" in name else f"{name[0]}_{name[1:]}"
            pen.book.define_name(legal, f"={reference(START, row, plan.start.value_column)}")


def _subtitle(experiment: Experiment) -> str:
    kinds = list(dict.fromkeys(experiment.activations))
    loss = "E = ½(t − a)²" if experiment.loss == "half squared error" else "E = −(t·ln a + (1 − t)·ln(1 − a))"
    return (
        f"A network of {experiment.shape} neurons ({', '.join(kinds)}; {loss}), trained by backpropagation: "
        "every number on the following sheets is a live formula."
    )


def _write_numbers(pen: Pen, sheet: Sheet) -> None:
    theme, layout, experiment = pen.theme, pen.plan.start, pen.plan.experiment
    header = layout.first_row - 1
    sheet.write_string(header - 1, layout.name_column, "The network’s numbers (change them)", theme.heading)
    sheet.write_texts(header, layout.name_column, ("name", "what it is", "value"), theme.table_header)
    values, meanings = start_values(experiment), _meanings(experiment)
    for (name, sample), row in layout.rows.items():
        meaning = meanings[name]
        if len(values) > 1 and name in layout.data:
            meaning += f", sample {sample + 1}"
        sheet.write_texts(row, layout.name_column, (name, meaning), theme.table_text)
        sheet.write_number(row, layout.value_column, values[sample][name], theme.editable)


def _meanings(experiment: Experiment) -> dict[str, str]:
    layers = experiment.layers
    meanings = {f"i{number}": f"input {number}" for number in names.neurons(layers, 0)}
    meanings |= {f"t{number}": f"target of output {number}" for number in names.neurons(layers, len(layers) - 1)}
    bias = "first bias" if experiment.train_biases else "bias (not trained)"
    for parameter in names.parameters(layers, with_biases=True):
        source = parameter.source.removeprefix("a_")
        target = names.neuron(layers, parameter.layer, parameter.target)
        meanings[parameter.name] = f"first weight {source} → {target}" if source else f"{bias} of {target}"
    return meanings


def _write_summary(pen: Pen, sheet: Sheet) -> None:
    theme, plan = pen.theme, pen.plan
    curves, left, header = plan.curves, plan.start.summary_column, plan.start.first_row - 1
    milestones = (0, plan.experiment.iterations)
    sheet.write_string(header - 1, left, "What training makes of them", theme.heading)
    texts = ("sheet", "η", *(f"{plan.notation.curve} after {mark:,}" for mark in milestones), "iterations to halve it")
    sheet.write_texts(header, left, texts, theme.table_header)
    sheet.set_row(header, 32)
    columns = [1, *(curves.first_milestone_column + curves.milestones.index(mark) for mark in milestones)]
    columns.append(curves.halving_column)
    formats = ["General", ERROR_FORMAT, ERROR_FORMAT, "0"]
    for position, table in enumerate(plan.tables):
        row = plan.start.first_row + position
        sheet.write_url(row, left, f"internal:'{table.sheet}'!A1", theme.link, table.sheet)
        values = summary_values(curves, table)
        for offset, (column, number_format) in enumerate(zip(columns, formats, strict=True), start=1):
            live = Live(reference(CURVES, curves.summary_row + position, column), values[column])
            live.write(sheet, row, left + offset, theme.table_number(number_format))
    row = plan.start.first_row + len(plan.tables) + 1
    sheet.write_url(row, left, f"internal:'{CURVES}'!A1", theme.link, f"Compare them on the sheet “{CURVES}”")
    draw_curves(pen, sheet, (row + 2, left), (640, 340), "Change a number and watch the curves")
