"""Workbooks with charts of trainings, as people draw them, and the same with one reference changed."""

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from openpyxl import Workbook
from openpyxl.chart import LineChart, Reference, ScatterChart, Series

LABELS = ("iteration", "i1", "t1", "w1", "w2", "h1", "a_h1", "E_total", "∂E/∂w1", "∂E/∂w2")
RATES = (0.1, 0.5, 1.0, 2.0)
HEADER, FIRST, LAST = 10, 11, 50  # rows, counted from 1
_SERIES = re.compile(r"<(?:c:)?ser>.*?</(?:c:)?ser>", re.DOTALL)
_REFERENCE = r"<(?:c:)?f>(.*?)</(?:c:)?f>"

Line = Mapping[str, Any]


class Drawing(NamedTuple):
    """One chart: the cell it stands at, its title or None, its kind for XlsxWriter, and its series."""

    cell: str
    title: str | None
    kind: Mapping[str, str]
    series: Sequence[Line]


def column(label: str) -> str:
    """The letter of a label's column."""
    return chr(ord("A") + LABELS.index(label))


def sheet_of(rate: float) -> str:
    return f"LR {rate}"


def cells(label: str, rate: float = 0.5, first: int = FIRST, last: int = LAST) -> str:
    """The reference to a label's column in the table of a rate."""
    return f"='{sheet_of(rate)}'!${column(label)}${first}:${column(label)}${last}"


def head(label: str, rate: float = 0.5) -> str:
    return f"='{sheet_of(rate)}'!${column(label)}${HEADER}"


def line(label: str, rate: float = 0.5, name: str | None = None, *, x: bool = True, **rows: int) -> dict[str, str]:
    """A series of a label's column, named by its header unless a name is given, against the iteration."""
    found = {"name": head(label, rate) if name is None else name, "values": cells(label, rate, **rows)}
    return found | ({"categories": cells("iteration", rate, **rows)} if x else {})


def write(path: Path, drawings: Sequence[tuple[str, Drawing]], names: Mapping[str, str] | None = None) -> Path:
    """Write a workbook with a table for each learning rate and a list of its start, and with charts.

    Args:
        path: the file.
        drawings: each chart and its sheet; a sheet that is not there becomes a sheet of its own for the chart.
        names: defined names.
    """
    with xlsxwriter.Workbook(path) as book:
        sheets = {sheet_of(rate): _write_table(book, rate) for rate in RATES}
        sheets["Summary"] = book.add_worksheet("Summary")
        sheets["Summary"].write("A1", "mine")
        for name, meaning in (names or {}).items():
            book.define_name(name, meaning)
        for sheet, drawing in drawings:
            chart = book.add_chart(dict(drawing.kind))
            for series in drawing.series:
                chart.add_series(dict(series))
            chart.set_title({"none": True} if drawing.title is None else {"name": drawing.title})
            if sheet in sheets:
                sheets[sheet].insert_chart(drawing.cell, chart)
            else:
                book.add_chartsheet(sheet).set_chart(chart)
    return path


def _write_table(book: xlsxwriter.Workbook, rate: float) -> xlsxwriter.worksheet.Worksheet:
    sheet = book.add_worksheet(sheet_of(rate))
    for row, label in enumerate(("w1", "w2", "i1", "t1", "η")):
        sheet.write_row(row + 1, 0, [label, [0.3, 0.2, 0.05, 0.01, rate][row]])
    sheet.write_row(HEADER - 1, 0, LABELS)
    for row in range(FIRST - 1, LAST):
        step = row - FIRST + 1
        numbers = [step, 0.05, 0.01, *(rate / (number + 1) * 0.9**step + number for number in range(7))]
        sheet.write_row(row, 0, numbers)
    return sheet


def write_by_openpyxl(path: Path) -> Path:
    """Write a workbook by openpyxl: other prefixes, a combined chart with a second axis, names from data."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Data"
    sheet.append(["epoch", "E_total", "w1", "w2", "∂E/∂w1"])
    for step in range(40):
        sheet.append([step, 0.5 * 0.9**step, 1 + step / 10, 2 - step / 20, 0.3 * 0.8**step])
    rows = {"min_row": 1, "max_row": 41}
    error, weights = LineChart(), LineChart()
    error.title = "Error and weights"
    error.add_data(Reference(sheet, min_col=2, **rows), titles_from_data=True)
    weights.add_data(Reference(sheet, min_col=3, max_col=4, **rows), titles_from_data=True)
    weights.y_axis.axId = 200
    error += weights
    error.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=41))
    sheet.add_chart(error, "H2")
    path_of_weights = ScatterChart()
    path_of_weights.title = "The path of the weights"
    across, up = (Reference(sheet, min_col=number, min_row=2, max_row=41) for number in (3, 4))
    path_of_weights.series.append(Series(up, across, title="path"))
    sheet.add_chart(path_of_weights, "H20")
    book.save(path)
    return path


def change(path: Path, target: Path, number: int, edit: Callable[[str], str], *, chart: int = 1) -> Path:
    """Copy a workbook with one series of one chart changed; series and charts count from 1."""
    part = f"xl/charts/chart{chart}.xml"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == part:
                text = data.decode()
                match = list(_SERIES.finditer(text))[number - 1]
                changed = edit(match[0])
                assert changed != match[0]
                data = (text[: match.start()] + changed + text[match.end() :]).encode()
            new.writestr(name, data)
    return target


def set_reference(of: str, reference: str) -> Callable[[str], str]:
    """Return an edit that makes a series' `tx`, `xVal`, `yVal`, `cat` or `val` refer to other cells."""

    def edit(series: str) -> str:
        match = re.search(rf"<(?:c:)?{of}>.*?{_REFERENCE}", series, re.DOTALL)
        assert match
        assert unescape(match[1]) != reference
        return series[: match.start(1)] + escape(reference.removeprefix("="), quote=False) + series[match.end(1) :]

    return edit
