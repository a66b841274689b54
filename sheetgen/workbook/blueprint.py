"""What a workbook says, taken from its sheets before they are written to a file: all but the cached values."""

import copy
import hashlib
import io
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.chart_parts import Chart as ReadChart
from sheetgen.spreadsheet.chart_parts import chart_of
from sheetgen.spreadsheet.sheet_rules import Rules, rules_of
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.streamed_sheet import Sheet, StreamedTable
from sheetgen.workbook.theme import Theme
from sheetgen.workbook.xlsxwriter_classes import Chart, Workbook, Worksheet

_DIGEST = 16  # hexadecimal digits


class Written(NamedTuple):
    """One cell that the reader is not invited to change.

    Attributes:
        row: counted from 1.
        column: counted from 1.
        content: a formula without its `=`, a text, or a number.
        live: whether it is a formula.
    """

    row: int
    column: int
    content: str | float
    live: bool


class Tab(NamedTuple):
    """One sheet.

    Attributes:
        cells: its ordinary cells, from top to bottom.
        table: the long table below them, if there is one.
        charts: its charts, in the order in which they were made.
        rules: its data validations and conditional formats.
    """

    cells: list[Written]
    table: StreamedTable | None
    charts: list[ReadChart]
    rules: Rules


class Blueprint:
    """What a workbook says.

    Args:
        pen: the workbook that is being written.
        sheets: its sheets, which are complete.
    """

    def __init__(self, pen: Pen, sheets: dict[str, Sheet]) -> None:
        self._book: Workbook = pen.book
        strings = list(pen.book.str_table.string_table)
        self.tabs: dict[str, Tab] = {}
        for name, sheet in sheets.items():
            cells = list(_cells(sheet, pen.theme, strings))
            self.tabs[name] = Tab(cells, sheet.streamed, _charts(name, sheet), _rules(sheet))

    @cached_property
    def names(self) -> dict[str, str]:
        """The defined names and what they stand for; a sheet's own names as `Sheet!name`."""
        tabs = list(self.tabs)
        return {
            name if index < 0 else f"{tabs[index]}!{name}": formula
            for name, index, formula, *_ in self._book.defined_names
        }

    @cached_property
    def digest(self) -> str:
        """A digest of formulas, texts, charts, rules and names: equal for what the same recipe writes."""
        told = hashlib.sha256(repr(self.names).encode())
        for name, tab in self.tabs.items():
            words = (f"{c.row} {c.column} {c.live} {c.content}" for c in tab.cells if isinstance(c.content, str))
            rest = (name, repr(tab.charts), repr(tab.rules), *_formulas(tab.table))
            told.update("\n".join(chain(words, rest)).encode("utf-8", "surrogatepass"))
        return told.hexdigest()[:_DIGEST]


def _cells(sheet: Sheet, theme: Theme, strings: list[str]) -> Iterator[Written]:
    """List the cells with content, but for those in the format that invites a reader to change them."""
    for row, cells in sorted(sheet.table.items()):
        for column, cell in cells.items():
            kind = type(cell).__name__
            if cell.format is theme.editable or kind == "Blank":
                continue
            if kind == "String" and strings[cell.string]:
                yield Written(row + 1, column + 1, strings[cell.string], live=False)
            elif kind == "Number":
                yield Written(row + 1, column + 1, float(cell.number), live=False)
            elif kind != "String":
                yield Written(row + 1, column + 1, cell.formula, live=True)


def _formulas(table: StreamedTable | None) -> Iterator[str]:
    if table is not None:
        unique, period = table.distinct_rows
        for row in range(min(unique + period, table.row_count)):
            yield from table.formulas(row, [f"[{above}]" for above in range(unique + 1)])


def _charts(name: str, sheet: Sheet) -> list[ReadChart]:
    return [
        chart_of(_chart_elements(chart)[0], name, f"{get_column_letter(column + 1)}{row + 1}")
        for row, column, chart, *_ in sheet.charts
    ]


def _chart_elements(chart: Chart) -> list[Element]:
    """Write a chart as for a file, but without the values that it draws, and leave the chart itself as it is."""
    twin = copy.copy(chart)
    twin.axis_ids, twin.axis2_ids, twin.formula_data = [], [], [[] for _ in chart.formula_data]
    return _elements(twin, twin._assemble_xml_file)


def _rules(sheet: Worksheet) -> Rules:
    twin = copy.copy(sheet)

    def write() -> None:
        twin._xml_start_tag("worksheet")
        twin._write_conditional_formats()
        twin._write_data_validations()
        twin._xml_end_tag("worksheet")

    return rules_of(_elements(twin, write))


def _elements(writer: Chart | Worksheet, write: Callable[[], None]) -> list[Element]:
    """Return the elements of what an XML writer writes, in document order and without namespaces."""
    stream = io.StringIO()
    writer._set_filehandle(stream)
    write()
    elements = list(fromstring(stream.getvalue()).iter())
    for element in elements:
        element.tag = element.tag.rpartition("}")[2]
    return elements
