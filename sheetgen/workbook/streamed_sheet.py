"""Worksheets that write full-precision numbers, and long tables row by row.

XlsxWriter keeps every cell as an object until the file is closed. A training table is the same row again and again,
so a `Sheet` writes its rows from templates, fills in row numbers and cached values, and keeps none of them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import CellFormulaTuple

from sheetgen.network.cached_values import Row, Value
from sheetgen.workbook.xlsxwriter_classes import Format, Worksheet

_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class StreamedTable:
    """What a `Sheet` writes below its ordinary cells.

    Attributes:
        first_row: the worksheet row of the first table row, counted from 0.
        row_count: how many rows there are.
        styles: the format index of each column.
        formulas: the formulas of a table row, given its number and the names of the row and of those above it.
        distinct_rows: (n, m): the first n rows have special formulas, the others repeat with period m; no formula
            reaches more than n rows up.
        values: the cached values, row by row.
        on_rows: called with the number of rows written since the last call.
        begins: (n, styles): every n-th row, from the first on, begins a batch and has formats of its own.
    """

    first_row: int
    row_count: int
    styles: Sequence[int]
    formulas: Callable[[int, Sequence[str]], Sequence[str]]
    distinct_rows: tuple[int, int]
    values: Iterable[Row]
    on_rows: Callable[[int], None]
    begins: tuple[int, Sequence[int]] = (1, ())


class Sheet(Worksheet):
    """A worksheet whose plain numbers round-trip, whose formulas are written as they are, and with room for a table.

    XlsxWriter writes sixteen digits, but some doubles need seventeen; and it searches every formula for functions newer
    than Excel 2010, of which there are none here.

    Attributes:
        streamed: the table that is written below the ordinary cells, if there is one.
    """

    streamed: StreamedTable | None = None

    # XlsxWriter's own versions of these also take addresses and guess what a formula needs, at twice the time.

    def write_formula(self, row: int, column: int, formula: str, style: Format, value: Value) -> None:
        """Write a formula, with its `=`, and its cached value."""
        self._check_dimensions(row, column)
        self.table[row][column] = CellFormulaTuple(self._prepare_formula(formula), style, value)

    def write_string(self, row: int, column: int, text: str, style: Format) -> None:
        """Write a text."""
        self._write_string(row, column, text, style)

    def write_number(self, row: int, column: int, number: float, style: Format) -> None:
        """Write a number."""
        self._write_number(row, column, number, style)

    def write_texts(self, row: int, column: int, texts: Iterable[str], style: Format) -> None:
        """Write texts side by side."""
        for number, text in enumerate(texts, start=column):
            self.write_string(row, number, text, style)

    def write_lines(self, row: int, column: int, lines: Iterable[str], style: Format) -> int:
        """Write lines of text one below the other, and return the row after the last."""
        for line in lines:
            self.write_string(row, column, line, style)
            row += 1
        return row

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:  # noqa: ARG002
        return formula.strip("{}").removeprefix("=")

    def _xml_formula_element(self, formula: str, result: object, attributes: Sequence[tuple[str, object]] = ()) -> None:
        # An empty text is a value too; without its type it would read as no value at all.
        empty = [("t", "str")] if result == "" else []
        super()._xml_formula_element(formula, result, [*attributes, *empty])

    def _xml_number_element(self, number: float, attributes: Sequence[tuple[str, object]] = ()) -> None:
        written = "".join(f' {name}="{value}"' for name, value in attributes)
        self.fh.write(f"<c{written}><v>{_plain(number)}</v></c>")

    def _write_dimension(self) -> None:
        table = self.streamed
        if table is None:
            super()._write_dimension()
            return
        last = xl_rowcol_to_cell(table.first_row + table.row_count - 1, max(self.dim_colmax, len(table.styles) - 1))
        self._xml_empty_tag("dimension", [("ref", f"A1:{last}")])

    def _write_rows(self) -> None:
        super()._write_rows()
        if self.streamed is None:
            return
        texts = _row_texts(self.streamed)
        while waiting := list(islice(texts, _ROWS_AT_ONCE)):
            self.fh.write("".join(waiting))
            self.streamed.on_rows(len(waiting))


def _row_texts(table: StreamedTable) -> Iterator[str]:
    # Private-use characters stand for the number of the row and of the rows above it.
    unique, period = table.distinct_rows
    marks = [chr(0xE000 + lag) for lag in range(unique + 1)]
    templates: dict[int, tuple[str, list[str], list[tuple[int, str]]]] = {}
    for number, values in enumerate(table.values):
        kind = number if number < unique else unique + (number - unique) % period
        if kind not in templates:
            cells = _cell_templates(table, kind, marks)
            whole = f'<row r="{marks[0]}">{"".join(cells)}</row>'
            templates[kind] = whole, cells, [(lag, mark) for lag, mark in enumerate(marks) if mark in whole]
        whole, cells, used = templates[kind]
        has_errors = str in set(map(type, values))
        text = _row_with_errors(marks[0], cells, values) if has_errors else whole % tuple(values)
        row = table.first_row + number + 1
        for lag, mark in used:
            text = text.replace(mark, str(row - lag))
        yield text


def _cell_templates(table: StreamedTable, kind: int, marks: Sequence[str]) -> list[str]:
    formulas, (every, of_first) = table.formulas(kind, marks), table.begins
    styles = of_first if of_first and kind % every == 0 else table.styles
    cells = []
    for column, (style, formula) in enumerate(zip(styles, formulas, strict=True)):
        address = f'<c r="{xl_col_to_name(column)}{marks[0]}" s="{style}">'
        slot = "<v>%d</v></c>" if column == 0 else "<v>%r</v></c>"
        written = "" if formula.isdigit() else f"<f>{escape(formula, quote=False)}</f>"
        cells.append(f"{address}{written}{slot}")
    return cells


def _row_with_errors(mark: str, cells: Sequence[str], values: Row) -> str:
    def cell(template: str, value: float | str) -> str:
        if isinstance(value, str):
            return template.replace('">', '" t="e">', 1).replace("%r", value)
        return template % value

    return f'<row r="{mark}">{"".join(map(cell, cells, values))}</row>'


def _plain(number: float) -> str:
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))
