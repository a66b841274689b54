"""The sheet that compares optimisers: the same network trained by each, and their ways over the error's landscape."""

from collections.abc import Iterator, Mapping

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.network.cached_values import Value
from sheetgen.network.constants import OPTIMIZER_NAMES
from sheetgen.network.names import Optimizer
from sheetgen.network.quantities import shown_name
from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.layout import OPTIMISERS, fixed_column_cells
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.contour_lines import ContourLists
from sheetgen.workbook.sheets.error_grid import write_grid
from sheetgen.workbook.sheets.learning_rates import DIVERGES, NOTICEABLE, halved_after, rises_at
from sheetgen.workbook.sheets.optimiser_charts import draw_errors, draw_paths
from sheetgen.workbook.sheets.trainings import write_curves_and_paths, write_tables
from sheetgen.workbook.side_by_side import Run, SideBySide
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT, set_up_printing

_WIDTHS = (19.5, 6.5, *(5.7,) * len(SideBySide.CONSTANTS), 10.5, 10.5, 8, 8, 5.5)
_DATA_WIDTH = 11
_LARGEST = 1_000_000_000
_HOW = "Change any yellow number: tables, curves and paths follow. A name leads to that optimiser’s table."
_SAME = "The same network, trained from the same start; only what becomes of the gradient differs."
_WORDS: Mapping[Optimizer, str] = {
    "sgd": "Plain gradient descent with a large η bounces across a ravine; with a small one it creeps.",
    "momentum": "Momentum keeps rolling: fast along the floor, past the lowest place, and swings back.",
    "nesterov": "Nesterov’s momentum looks one step ahead, and so swings less.",
    "adagrad": "Adagrad divides by all gradients of the weight so far: its steps only shrink.",
    "rmsprop": "RMSprop divides by a running mean of them: as fast along the floor as across.",
    "adam": "Adam does both, rolling and dividing: it too runs past the lowest place.",
    "adamw": "AdamW is Adam, and pulls every weight towards 0 besides.",
}


def write_optimisers(pen: Pen, sheet: Sheet, side: SideBySide) -> None:
    """Write the summary, the picture of the error with the paths, the curves, and all that they are drawn from."""
    pen.begin(sheet, "Optimisers compared", _WIDTHS, column=0)
    sheet.set_column(side.data_column, side.tables_column - 1, _DATA_WIDTH)
    _write_summary(pen, sheet, side)
    _write_ranges(pen, sheet, side)
    sheet.write_string(side.summary_row - 2, 0, _HOW, pen.theme.muted)
    lines = (_SAME, *map(_WORDS.__getitem__, side.experiment.optimizers), *_remarks(side))
    sheet.write_lines(side.summary_row - 1, side.grid_column, lines, pen.theme.text)
    ContourLists(pen, sheet, side, write_grid(pen, sheet, side)).write()
    write_curves_and_paths(pen, sheet, side)
    write_tables(pen, sheet, side)
    draw_paths(pen, sheet, side)
    draw_errors(pen, sheet, side)
    set_up_printing(sheet)
    sheet.print_area(0, 0, side.data_row - 2, side.grid_column + side.SIDE)
    sheet.set_selection(side.summary_row, 1, side.summary_row, 1)


def _remarks(side: SideBySide) -> Iterator[str]:
    """What holds for this network only."""
    experiment, (across, upward) = side.experiment, side.surface.moved
    if side.surface.exact:
        yield f"No other weight than {across} and {upward} is trained: every path lies on this landscape."
    else:
        yield f"Only {across} and {upward} move in the landscape: the paths lie near it, not on it."
    if experiment.batch_size < len(experiment.pairs):
        yield f"An update sees {experiment.batch_size} of {len(experiment.pairs)} samples: not every step leads down."
    if side.iterations < experiment.iterations:
        yield f"The sheet shows the first {side.iterations:,} of {experiment.iterations:,} iterations."


def _write_summary(pen: Pen, sheet: Sheet, side: SideBySide) -> None:
    theme = pen.theme
    errors = (f"{side.error_name} after {mark:,}" for mark in (side.first_iteration, side.iterations))
    texts = ("optimiser", "η", *map(shown_name, side.CONSTANTS), *errors, "halved after", "first rises at")
    sheet.write_texts(side.summary_row - 1, 0, texts, theme.table_header)
    sheet.set_row(side.summary_row - 1, 32)
    rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": _LARGEST}
    for position, run in enumerate(side.runs):
        row, settings = side.summary_row + position, run.experiment.settings
        link = f"internal:'{OPTIMISERS}'!{xl_rowcol_to_cell(side.header_row, run.table.first_column)}"
        sheet.write_url(row, 0, link, theme.link, OPTIMIZER_NAMES[run.optimizer])
        sheet.write_number(row, 1, run.learning_rate, theme.editable)
        for column, name in enumerate(side.CONSTANTS, start=2):
            if name in settings:
                sheet.write_number(row, column, settings[name], theme.editable)
        sheet.data_validation(row, 1, row, 1 + len(side.CONSTANTS), rule)
        _write_results(pen, sheet, side, run, position)


def _write_results(pen: Pen, sheet: Sheet, side: SideBySide, run: Run, position: int) -> None:
    row, column, course = side.summary_row + position, side.results_column, run.course(side.error_name)
    first, last = side.first_row + side.first_iteration, side.first_row + side.iterations
    cells = side.curve_column(position, 0)
    for offset, at in enumerate((side.first_iteration, side.iterations)):
        live = Live(f'IFERROR({xl_rowcol_to_cell(side.first_row + at, cells)},"{DIVERGES}")', _ended(course[at]))
        live.write(sheet, row, column + offset, pen.theme.table_number(ERROR_FORMAT))
    curve, counts = (fixed_column_cells(place, first, last) for place in (cells, side.curves_column))
    half = f"{xl_rowcol_to_cell(first, cells)}/2"
    halved = f'IF(MIN({curve})>{half},"not yet",MIN(IF({curve}<={half},{counts})))'
    after, before = fixed_column_cells(cells, first + 1, last), fixed_column_cells(cells, first, last - 1)
    higher = f"{after}-{before}>{NOTICEABLE}*{xl_rowcol_to_cell(first, cells)}"
    rises = f"MIN(IF({higher},{fixed_column_cells(side.curves_column, first + 1, last)}))"
    rising = f'IF({rises}=0,"never",{rises})' if first < last else '"never"'
    told = (halved, halved_after(course, side.first_iteration)), (rising, rises_at(course, side.first_iteration))
    for offset, (formula, value) in enumerate(told, start=2):
        whole = f'{{=IF(COUNT({curve})<ROWS({curve}),"{DIVERGES}",{formula})}}'
        place = (row, column + offset) * 2
        sheet.write_array_formula(*place, whole, pen.theme.table_number("0"), value)


def _ended(value: Value) -> Value:
    return DIVERGES if isinstance(value, str) else value


def _write_ranges(pen: Pen, sheet: Sheet, side: SideBySide) -> None:
    """Write from where to where the picture goes."""
    rule = {"validate": "decimal", "criteria": "between", "minimum": -_LARGEST, "maximum": _LARGEST}
    for row, name in enumerate(side.surface.moved, start=side.range_row):
        sheet.write_string(row, 0, f"{name} in the picture:", pen.theme.text)
        for column, value in enumerate(side.ranges[name], start=1):
            sheet.write_number(row, column, value, pen.theme.editable)
        sheet.data_validation(row, 1, row, 2, rule)
    words = "← from, to; a path that leaves the picture is drawn along its edge"
    sheet.write_string(side.range_row, 3, words, pen.theme.muted)
