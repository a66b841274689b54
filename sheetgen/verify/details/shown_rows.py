"""The part of each sheet that a report shows: the tables, or what is around the findings."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.spreadsheet.opened_workbook import Cell, Sheet
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.types import Value
from sheetgen.verify.file_details import ShownRow, ShownSheet
from sheetgen.verify.findings import Finding, TableSummary

_FIRST_ROWS = 3
_ROWS_ABOVE = 4
_MOST_COLUMNS = 120
_MOST_ROWS = 2_000
_MOST_LETTERS = 60


def show_sheet(
    sheet: Sheet, tables: Sequence[TableSummary], findings: Sequence[Finding], cells: int
) -> ShownSheet | None:
    """Choose the rows and columns of a sheet that are shown.

    Args:
        sheet: the sheet.
        tables: its tables.
        findings: what is wrong with it.
        cells: how many cells may be shown.

    Returns:
        Headings, the first rows, the ends of each finding and, as far as there is room, all other rows, folded.
    """
    columns = _columns(sheet, findings)
    if not columns:
        return None
    used = np.unique(np.concatenate([np.asarray(sheet.columns[column].rows) for column in columns])).tolist()
    unfolded = set(_unfolded(tables, findings, used))
    if not findings:
        cells = min(cells, len(columns) * len(unfolded))  # what is right needs no more than its beginning
    room = min(max(cells // len(columns), len(unfolded & set(_vital(tables, findings, used)))), _MOST_ROWS)
    ranked = _by_rank(tables, findings, used, unfolded)
    kept = sorted(ranked[:room])
    numbered: dict[int, int] = {}
    rows = tuple(_row(sheet, row, columns, numbered, folded=row not in unfolded) for row in kept)
    templates = tuple(_plain(sheet.templates[each]) for each in numbered)
    return ShownSheet(sheet.name, columns, templates, rows, len(ranked) - len(kept))


def _columns(sheet: Sheet, findings: Sequence[Finding]) -> tuple[int, ...]:
    """Return the columns in use; if they are too many, those around the findings."""
    used = sorted(sheet.columns)
    if len(used) <= _MOST_COLUMNS:
        return tuple(used)
    blamed = [range_boundaries(finding.range)[0] for finding in findings]
    start = max(min((used.index(column) for column in blamed if column in used), default=0) - _MOST_COLUMNS // 2, 0)
    return tuple(used[start : start + _MOST_COLUMNS])


def _vital(tables: Iterable[TableSummary], findings: Iterable[Finding], used: Sequence[int]) -> Iterator[int]:
    """Yield the rows without which nothing can be understood: headings, and the first row of each finding."""
    for table in tables:
        yield from (table.header_row, table.first_row)
    for finding in findings:
        yield range_boundaries(finding.range)[1]
    yield from used[:1]


def _unfolded(tables: Sequence[TableSummary], findings: Sequence[Finding], used: Sequence[int]) -> Iterator[int]:
    """Yield the rows that are shown at once: what is vital, the rows around it, and both ends of each finding."""
    yield from _vital(tables, findings, used)
    for table in tables:
        yield from (row for row in used if table.header_row - _ROWS_ABOVE <= row < table.first_row + _FIRST_ROWS)
        yield table.last_row
    for finding in findings:
        _, top, _, bottom = range_boundaries(finding.range)
        yield from (top - 1, *range(top, min(top + _FIRST_ROWS, bottom + 1)), bottom)
    if not tables:
        yield from used[: 2 * _FIRST_ROWS]


def _by_rank(
    tables: Sequence[TableSummary], findings: Sequence[Finding], used: Sequence[int], unfolded: set[int]
) -> list[int]:
    """List all rows, those first that are worth most."""
    there = set(used) | {row for finding in findings for row in _vital((), [finding], ())}
    ranked = dict.fromkeys([*_vital(tables, findings, used), *sorted(unfolded), *used])
    return [row for row in ranked if row in there]


def _row(sheet: Sheet, row: int, columns: Sequence[int], numbered: dict[int, int], *, folded: bool) -> ShownRow:
    cells = [sheet.cell(row, column) for column in columns]
    formulas = [_template(sheet, row, column, numbered) for column in columns]
    return ShownRow(row, folded, tuple(formulas), tuple(map(_value, cells)))


def _template(sheet: Sheet, row: int, column: int, numbered: dict[int, int]) -> int:
    """Return the position of a cell's template among those that are shown."""
    position = sheet.columns[column].find(row)
    template = -1 if position is None else sheet.columns[column].formulas[position]
    return -1 if template < 0 else numbered.setdefault(template, len(numbered))


def _plain(template: Template) -> Template:
    """Return what the formula bar shows, as a template."""
    return Template(template.bar or "=" + template.text, template.offsets)


def _value(cell: Cell | None) -> Value:
    value = None if cell is None else cell.value
    return value[:_MOST_LETTERS] if isinstance(value, str) else value
