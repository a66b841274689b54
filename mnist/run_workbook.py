"""A small workbook of a run: the figures of every epoch, native charts of them, and the class's checklist."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from mnist.checklist import Check
from mnist.output import write_whole
from mnist.train import EpochResult
from sheetgen.workbook.theme import INK, LINES, RULE, Theme

_SHEET = "Training"
_CREATED = datetime(2000, 1, 1)  # the same run must give the same bytes
_COLUMNS = (
    ("epoch", "epoch", "0"),
    ("learning rate", "lr", "0.00E+00"),
    ("training loss", "train_loss", "0.0000"),
    ("{} loss", "test_loss", "0.0000"),
    ("accuracy, %", "accuracy", "0.00"),
    ("seconds", "seconds", "0.0"),
)
_HEADER = 3
_CHARTS_COLUMN = len(_COLUMNS) + 2


def write_workbook(
    path: Path, title: str, held_out: str, history: Sequence[EpochResult], checks: Sequence[Check]
) -> None:
    """Write the workbook of a run, completely or not at all.

    Args:
        path: where to.
        title: what was trained.
        held_out: which images were measured, "test" or "validation".
        history: the figures of its epochs.
        checks: the checklist.

    Raises:
        MnistError: it cannot be written.
    """
    write_whole(path, lambda draft: _write(draft, title, held_out, history, checks), (FileCreateError,))


def _write(path: Path, title: str, held_out: str, history: Sequence[EpochResult], checks: Sequence[Check]) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": title, "created": _CREATED})
        theme = Theme(book)
        sheet = book.add_worksheet(_SHEET)
        sheet.hide_gridlines(2)
        sheet.set_column(0, len(_COLUMNS) - 1, 13)
        sheet.set_row(0, 30)
        sheet.write_string(0, 0, title, theme.title)
        sheet.write_string(1, 0, f"Every epoch of one run; the {held_out} images are never trained on.", theme.muted)
        _write_table(sheet, theme, held_out, history)
        _write_checks(sheet, theme, checks, _HEADER + len(history) + 3)
        _add_chart(book, sheet, len(history), 0, "Loss per epoch", (3, 2))
        _add_chart(book, sheet, len(history), 1, "Accuracy per epoch, %", (4,), least=_floor(history))
        sheet.freeze_panes(_HEADER + 1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)


def _write_table(sheet: Worksheet, theme: Theme, held_out: str, history: Sequence[EpochResult]) -> None:
    for column, (heading, key, number_format) in enumerate(_COLUMNS):
        sheet.write_string(_HEADER, column, heading.format(held_out), theme.table_header)
        for row, result in enumerate(history, start=_HEADER + 1):
            sheet.write_number(row, column, getattr(result, key), theme.table_number(number_format))


def _write_checks(sheet: Worksheet, theme: Theme, checks: Sequence[Check], first: int) -> None:
    sheet.write_string(first, 0, "The class's rules", theme.heading)
    for row, check in enumerate(checks, start=first + 1):
        mark = theme.make(bold=True, align="center", font_color="#00614A" if check.kept else "#9A3D00")
        sheet.write_string(row, 0, "✓" if check.kept else "✗", mark)
        sheet.write_string(row, 1, check.rule, theme.text)
        sheet.write_string(row, 4, check.found, theme.text)


def _floor(history: Sequence[EpochResult]) -> float:
    """Return where the accuracy axis starts: below the lowest of all epochs but the first few."""
    low = sorted(result.accuracy for result in history)[len(history) // 5]
    return float(int(low))


def _add_chart(
    book: xlsxwriter.Workbook,
    sheet: Worksheet,
    epochs: int,
    place: int,
    title: str,
    columns: tuple[int, ...],
    least: float = 0,
) -> None:
    first, last = _HEADER + 1, _HEADER + epochs
    chart = book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
    for colour, column in zip(LINES, columns, strict=False):
        chart.add_series(
            {
                "name": [_SHEET, _HEADER, column],
                "categories": [_SHEET, first, 0, last, 0],
                "values": [_SHEET, first, column, last, column],
                "line": {"color": colour[0], "width": 2, "dash_type": colour[1]},
                "marker": {"type": "circle", "size": 4, "border": {"none": True}, "fill": {"color": colour[0]}},
            }
        )
    font = {"color": INK, "size": 9}
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True, "color": INK}, "overlay": False})
    common = {"num_font": font, "name_font": font}
    ticks = {"min": min(1, epochs - 1), "max": epochs, "major_unit": max(1, epochs // 10)}
    chart.set_x_axis(common | ticks | {"name": "epoch", "label_position": "low"})
    grid = {"visible": True, "line": {"color": RULE, "width": 0.5}}
    chart.set_y_axis(common | {"min": least, "major_gridlines": grid})
    chart.set_legend({"position": "bottom", "font": font} if len(columns) > 1 else {"none": True})
    chart.set_size({"width": 520, "height": 300})
    words = f"Line chart: {title.lower()}, {epochs} epochs."
    sheet.insert_chart(_HEADER + 16 * place, _CHARTS_COLUMN, chart, {"description": words, "object_position": 2})
