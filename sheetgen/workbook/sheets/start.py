"""The Start sheet: what this workbook is, the numbers to change, and their results."""

import math
from collections.abc import Iterator

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.mistake import wrong_gradients
from sheetgen.network import names
from sheetgen.network.cached_values import start_values
from sheetgen.network.constants import OF_SCHEDULES, OPTIMIZER_NAMES, Constant
from sheetgen.network.experiment import Experiment
from sheetgen.network.names import Loss
from sheetgen.network.quantities import Group, shown_name
from sheetgen.workbook.formula_cell import Live, quoted
from sheetgen.workbook.layout import (  # fmt: skip
    CHECKS,
    CURVES,
    EXERCISES,
    GRADIENT_CHECK,
    NETWORK,
    OPTIMISERS,
    START,
    STEPS,
    YOURS,
    column_cells,
    reference,
)
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.learning_rates import draw_curves, summary_values
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT, set_columns, set_up_printing
from sheetgen.workbook.xlsxwriter_classes import Format

_MOST_NAMES = 200
_MARK, _RED = "✗", "#B42318"
_HOW = "Change any yellow number: every sheet follows at once. Click any cell to see its formula."
_TYPE = "Type a number, with the decimal separator of your computer."
_LARGEST = 1_000_000_000
_LEAST_DISTANCE = 1e-6  # from a bound that is not allowed itself; other programs keep fifteen digits of a number
_LOSSES: dict[Loss, str] = {
    "half squared error": "E = ½(t − a)²",
    "binary cross-entropy": "E = −(t·ln a + (1 − t)·ln(1 − a))",
    "cross-entropy": "E = −t·ln a",
}


def write_start(pen: Pen, sheet: Sheet, verdict: Live | None = None) -> None:
    """Write the Start sheet.

    Args:
        pen: the open workbook.
        sheet: where to.
        verdict: whether the numbers are right, in words, in a workbook that has one.
    """
    theme, plan = pen.theme, pen.plan
    set_columns(sheet, (2, 14, 42 if plan.experiment.settings else 30, 12, 4))
    sheet.set_column(5, 10, 14)
    sheet.write_string(0, 1, plan.experiment.title, theme.title)
    sheet.write_string(1, 1, _subtitle(plan.experiment), theme.muted)
    if verdict is not None:
        verdict.write(sheet, 2, 1, theme.make(bold=True))
    _write_contents(pen, sheet)
    _write_numbers(pen, sheet)
    _write_summary(pen, sheet)
    _name_numbers(pen)
    set_up_printing(sheet)
    sheet.set_selection(plan.start.first_row, plan.start.value_column, plan.start.first_row, plan.start.value_column)


def _write_contents(pen: Pen, sheet: Sheet) -> None:
    """List the sheets with links to them."""
    theme = pen.theme
    sheet.write_string(4, 1, "What is here", theme.heading)
    for row, (name, words) in enumerate(_contents(pen), start=5):
        sheet.write_url(row, 1, f"internal:'{name}'!A1", theme.link, name)
        sheet.write_string(row, 2, words, theme.text)


def _contents(pen: Pen) -> Iterator[tuple[str, str]]:
    if pen.plan.lessons:
        of = "an iteration" if pen.plan.experiment.batch_size == 1 else "a row"
        yield NETWORK, f"a picture of the network with its numbers: choose a learning rate and {of}"
        yield STEPS, "that iteration worked through line by line, as on the board: forward, error, backward, update"
        mistake = wrong_gradients(pen.plan.experiment, pen.plan.notation)
        what = "every gradient beside a measured slope"
        yield GRADIENT_CHECK, f"{what}, and what the common mistake does" if mistake else what
    yield CURVES, "how fast each learning rate learns, and why"
    if pen.plan.side_by_side:
        yield OPTIMISERS, "the same network trained by several optimisers, and their ways over the error’s landscape"
    first = pen.plan.tables[0].sheet
    each = "iteration" if pen.plan.experiment.batch_size == 1 else "sample"
    what = f"one row per {each}, from left to right: weights → forward → error → gradients"
    what += " → optimiser" if pen.plan.notation.of(Group.OPTIMIZER) else ""
    yield first, f"and its neighbours: {what}" if len(pen.plan.tables) > 2 else what  # the last is Your η
    yield YOURS, "the same for a learning rate of your own"
    if pen.plan.lessons:
        yield EXERCISES, "now you: one iteration to work out, answered at once (solutions on a hidden sheet)"
        yield CHECKS, "the numbers beside NumPy’s, and the gradients beside measured slopes"


def _name_numbers(pen: Pen) -> None:
    """Give the cells names: `w_1` and the like, as Excel reads `w1` as a cell."""
    plan = pen.plan
    for (name, _), row in list(plan.start.rows.items())[:_MOST_NAMES]:
        if len(plan.experiment.pairs) == 1 or name not in plan.start.data:
            legal = name if "_" in name or name in plan.experiment.settings else f"{name[0]}_{name[1:]}"
            pen.book.define_name(legal, f"={reference(START, row, plan.start.value_column)}")


def _subtitle(experiment: Experiment) -> str:
    kinds = list(dict.fromkeys(experiment.activations))
    return (
        f"A network of {experiment.shape} neurons ({', '.join(kinds)}; {_LOSSES[experiment.loss]}), trained by "
        f"backpropagation{_training(experiment)}: every number on the following sheets is a live formula."
    )


def _training(experiment: Experiment) -> str:
    """What is special about the training, in words."""
    words = [f" with {OPTIMIZER_NAMES[experiment.optimizer]}"] if experiment.optimizer != "sgd" else []
    if experiment.batch_size > 1:
        words.append(f" in batches of {experiment.batch_size} samples")
    if experiment.schedule != "constant":
        words.append(f" with a {experiment.schedule} schedule of η")
    return ",".join(words)


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
        sheet.write_texts(row, layout.name_column, (shown_name(name), meaning), theme.table_text)
        sheet.write_number(row, layout.value_column, values[sample][name], theme.editable)
        cell = xl_rowcol_to_cell(row, layout.value_column)
        if name in experiment.settings:
            _limit(pen, sheet, row, experiment.kinds_of_constants[name])
        Live(f'IF(ISNUMBER({cell}),"","{_MARK}")', "").write(sheet, row, layout.mark_column, _warning(pen))
    if experiment.settings:
        heading = "The constants of " + _of_what(experiment)
        sheet.write_string(layout.constants_row, layout.name_column, heading, theme.make(bold=True))
    _write_hint(pen, sheet)


def _of_what(experiment: Experiment) -> str:
    """What the constants belong to: the optimiser, the schedule, or both."""
    of_schedule = OF_SCHEDULES[experiment.schedule]
    owners = [OPTIMIZER_NAMES[experiment.optimizer]] if experiment.settings.keys() - of_schedule.keys() else []
    return " and ".join([*owners, f"the {experiment.schedule} schedule"] if of_schedule else owners)


def _limit(pen: Pen, sheet: Sheet, row: int, kind: Constant) -> None:
    """Let nothing be typed for a constant that would make no sense of it."""
    bounded = math.isfinite(kind.below)
    most = f", and less than {kind.below:g}" if bounded else ""
    rule = {"validate": "decimal", "criteria": "between", "minimum": kind.least}
    rule |= {"maximum": kind.below - _LEAST_DISTANCE if bounded else _LARGEST, "error_title": "Not usable"}
    rule |= {"error_message": f"Type a number of at least {kind.least:g}{most}."}
    sheet.data_validation(*(row, pen.plan.start.value_column) * 2, rule)


def _write_hint(pen: Pen, sheet: Sheet) -> None:
    """Say how to begin; or, where something else than a number was typed, which one is missing."""
    layout = pen.plan.start
    last = layout.last_row
    names_, meanings, numbers, marks = (
        column_cells(column, layout.first_row, last)
        for column in (layout.name_column, layout.name_column + 1, layout.value_column, layout.mark_column)
    )
    at = f'MATCH("{_MARK}",{marks},0)'
    missing = f'"{_MARK} "&INDEX({names_},{at})&" ("&INDEX({meanings},{at})&") is not a number. {_TYPE}"'
    hint = Live(f"IF(COUNT({numbers})={len(layout.rows)},{quoted(_HOW)},{missing})", _HOW)
    hint.write(sheet, layout.hint_row, layout.name_column, pen.theme.make(bold=True))
    place = (layout.hint_row, layout.name_column)
    look = pen.book.add_format({"font_color": _RED})
    sheet.conditional_format(
        *place, *place, {"type": "text", "criteria": "begins with", "value": _MARK, "format": look}
    )
    rule = {"validate": "decimal", "criteria": "between", "minimum": -_LARGEST, "maximum": _LARGEST}
    rule |= {"error_title": "Not a number", "error_message": _TYPE}
    # Those below have limits of their own.
    last -= len(pen.plan.experiment.settings) + 2 if pen.plan.experiment.settings else 0
    sheet.data_validation(layout.first_row, layout.value_column, last, layout.value_column, rule)


def _warning(pen: Pen) -> Format:
    return pen.theme.make(bold=True, font_color=_RED)


def _meanings(experiment: Experiment) -> dict[str, str]:
    layers = experiment.layers
    meanings = {f"i{number}": f"input {number}" for number in names.neurons(layers, 0)}
    meanings |= {f"t{number}": f"target of output {number}" for number in names.neurons(layers, len(layers) - 1)}
    bias = "first bias" if experiment.train_biases else "bias (not trained)"
    for parameter in names.parameters(layers, with_biases=True):
        source = parameter.source.removeprefix("a_")
        target = names.neuron(layers, parameter.layer, parameter.target)
        meanings[parameter.name] = f"first weight {source} → {target}" if source else f"{bias} of {target}"
    return meanings | {name: kind.meaning for name, kind in experiment.kinds_of_constants.items()}


def _write_summary(pen: Pen, sheet: Sheet) -> None:
    theme, plan = pen.theme, pen.plan
    curves, left, header = plan.curves, plan.start.summary_column, plan.start.first_row - 1
    milestones = (curves.milestones[0], plan.experiment.iterations)
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
