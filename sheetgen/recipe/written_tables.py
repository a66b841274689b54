"""The training tables of our own workbook whose labels do not say how they are trained, but whose template does.

Whether their formulas are as they were written is for `altered_tables` to say, and whether their values follow from the
formulas is judged as outside of tables. Here the template's mathematics is held against the NumPy reference once more.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np

from sheetgen.errors import SheetgenError
from sheetgen.network.experiment import Experiment
from sheetgen.network.notation import write_notation
from sheetgen.network.numpy_reference import trace
from sheetgen.network.reference_updates import scheduled_rate
from sheetgen.spreadsheet.sheet import Kind
from sheetgen.types import Array
from sheetgen.verify.elsewhere.outside_cells import Outline
from sheetgen.verify.file import Training
from sheetgen.verify.findings import TableSummary
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.table import TableVerdict
from sheetgen.workbook.layout import START, CurvesLayout, StartLayout, TableLayout

_ITERATIONS = 4  # of the reference: as far as rounding has not grown, and all formulas have been used
_RELATIVE, _OF_LARGEST = 1e-7, 1e-9


def by_its_labels(experiment: Experiment) -> bool:
    """Tell whether the labels of an experiment's tables say how they are trained: not of optimisers, or softmax."""
    return experiment.is_plain and not experiment.optimizers and "softmax" not in experiment.activations


def judge_training(book: LabelledSheets, experiment: Experiment, places: Mapping[str, str]) -> Training | None:
    """Judge the training tables of a workbook that was built from an experiment; None if one is missing.

    Args:
        book: the workbook.
        experiment: what it was built from.
        places: what its sheets are called now, where they have been renamed.

    Raises:
        SheetgenError: a part of the workbook is damaged.
    """
    layout = TableLayout(experiment, write_notation(experiment))
    names = [places.get(name, name) for name in CurvesLayout(experiment).sheets]
    if any(name not in book.workbook.sheet_names for name in names):
        return None
    summaries = [_summary(book, layout, name) for name in names]
    current = _current(book, experiment, places.get(START, START))
    complaints = [] if current is None else [each for one in summaries for each in _unlike(book, layout, one, current)]
    tables = [TableVerdict(each, (), 0, _outline(each)) for each in summaries]
    return Training(tables, [], complaints, found=True)


def _summary(book: LabelledSheets, layout: TableLayout, sheet: str) -> TableSummary:
    first = layout.first_row + 1
    named = [name for name in layout.columns if name[0] in "itwb" and name not in ("iteration",)]
    return TableSummary(
        sheet=sheet,
        header_row=layout.header_row + 1,
        first_row=first,
        last_row=layout.last_row + 1,
        learning_rate=book.number(sheet, layout.eta_row + 1, layout.eta_column + 1),
        layers=layout.experiment.layers,
        initial={name: book.number(sheet, first, layout.columns[name] + 1) for name in named},
    )


def _outline(summary: TableSummary) -> Outline:
    """Outline a table of which no column is judged by its label, so that all are recomputed."""
    return Outline(summary.sheet, summary.first_row, summary.last_row, (), {})


def _current(book: LabelledSheets, experiment: Experiment, sheet: str) -> Experiment | None:
    """Return the experiment with the numbers that stand on the sheet Start now; None if one is missing or unusable."""
    start = StartLayout(experiment)
    held = {key: book.number(sheet, row + 1, start.value_column + 1) for key, row in start.rows.items()}
    numbers = {key: number for key, number in held.items() if number is not None}
    if len(numbers) < len(held):
        return None
    trained = [number for (name, _), number in numbers.items() if name not in start.data]
    sizes = (len(experiment.weights), len(experiment.biases))
    weights, biases = (tuple(trained[first:last]) for first, last in pairwise(np.cumsum((0, *sizes)).tolist()))
    constants = {name: numbers[name, 0] for name in experiment.settings}
    decay = constants.pop("weight_decay", None)
    samples = [
        {kind: [numbers[name, number] for name in start.data if name[0] == kind[0]] for kind in ("inputs", "targets")}
        for number in range(len(experiment.pairs))
    ]
    given = {"inputs": None, "targets": None, "samples": samples, "constants": constants, "weight_decay": decay}
    try:
        return experiment.model_copy(update={**given, "weights": weights, "biases": biases})
    except SheetgenError:
        return None


def _unlike(book: LabelledSheets, layout: TableLayout, table: TableSummary, experiment: Experiment) -> Iterator[str]:
    """Say where the first rows of a table are not what the NumPy reference gives."""
    rate = table.learning_rate
    if rate is None:
        return
    run = trace(experiment, rate, min(_ITERATIONS, experiment.iterations)).named()
    count = min(experiment.row_of(_ITERATIONS), experiment.last_row) + 1
    run["η_t"] = np.array([scheduled_rate(experiment, rate, each) for each in range(experiment.iterations)])
    run["η_t"] = np.repeat(run["η_t"], experiment.batch_size)
    for name, column in layout.columns.items():
        if name in run:
            expected = run[name] if name == "η_t" else run[name][:count]
            off = _off(_held(book, table, column + 1, len(expected)), expected)
            if off is not None:
                yield f"sheet {table.sheet}, row {table.first_row + off}: the reference gives another {name}"


def _held(book: LabelledSheets, table: TableSummary, column: int, count: int) -> Array:
    """Return the first numbers of a column, (count,), nan where there is none."""
    found = np.full(count, np.nan)
    for row in range(count):
        cell = book.cell(table.sheet, table.first_row + row, column)
        if cell is not None and cell.kind is Kind.NUMBER and isinstance(cell.value, float):
            found[row] = cell.value
    return found


def _off(found: Array, expected: Array) -> int | None:
    """Return the first row in which two columns of numbers differ by more than rounding; None if there is none."""
    both = np.isfinite(found) & np.isfinite(expected)
    with np.errstate(all="ignore"):
        largest = np.abs(np.where(both, expected, 0.0)).max(initial=0.0)
        wrong = both & (np.abs(found - expected) > _RELATIVE * np.abs(expected) + _OF_LARGEST * largest)
    return int(np.argmax(wrong)) if wrong.any() else None
