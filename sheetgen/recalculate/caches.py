"""Copies of a workbook for an engine: with every cached value destroyed, or with chosen formulas standing alone."""

import re
from array import array
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from openpyxl.utils.cell import get_column_letter, range_boundaries

from sheetgen.recalculate.plain import Plain
from sheetgen.spreadsheet.rewrite import Edit, XmlCell, copy_workbook, written
from sheetgen.spreadsheet.workbook import MAX_COLUMN, Workbook

WRONG = "7.77e+77"
WRONG_NUMBER = float(WRONG)
Value = float | str | bool | None
Places = dict[int, "array[int]"]
"""Cells of a sheet: rows, ascending, by column."""
Wanted = dict[str, Places]
"""Cells of a workbook by sheet."""

_STRING = re.compile(r'"(?:[^"]|"")*"')
_OWN_WILL = re.compile(
    r"""
      \b(?:NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|CELL|INFO|WEBSERVICE|RTD|STOCKHISTORY|CUBE[A-Z]+)\s*\(
    | \[[^\[\]]+\][\w.]*!                          # a cell of another workbook, [1]Sheet1!A1
    | '[^'\[\]]*\[[^\[\]]+\](?:[^']|'')*'!         # the same, '[1]Sheet 1'!A1
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HINTS = ("NOW", "TODAY", "RAND", "CELL", "INFO", "WEBSERVICE", "RTD", "STOCKHISTORY", "CUBE")
# An array formula whose range is larger than any exercise's is not computed.
_MOST_ARRAY_CELLS = 1_000_000


def has_own_will(formula: str) -> bool:
    """Tell whether a formula gives another value each time (`RAND()`), or takes it from outside the workbook."""
    if "(" not in formula and "[" not in formula:  # quickly past most of them
        return False
    if "[" not in formula and not any(map(formula.upper().__contains__, _HINTS)):
        return False
    return bool(_OWN_WILL.search(_STRING.sub('""', formula)))


def destroy_caches(workbook: Workbook, target: Path, plain: Plain | None = None) -> Wanted:
    """Write a copy in which every formula's cached value is a wrong number.

    A formula that has a will of its own (`has_own_will`) becomes its cached value instead: the value is as good as any,
    what is computed from it must fit it, and nothing outside the workbook is ever asked for.

    Args:
        workbook: the workbook, open.
        target: where the copy goes.
        plain: puts plain references into formulas.

    Returns:
        The cells that have a formula in the copy.

    Raises:
        SheetgenError: the workbook is damaged.
    """
    wanted: Wanted = {}

    def edit(sheet: str) -> _Destroyer:
        return _Destroyer(sheet, wanted.setdefault(sheet, {}), plain)

    copy_workbook(workbook, target, edit)
    return {sheet: {column: _ascending(rows) for column, rows in places.items()} for sheet, places in wanted.items()}


class Alone(NamedTuple):
    """A formula to be evaluated on the values that are cached around it.

    Attributes:
        row: of its cell, counted from 1.
        column: of its cell, counted from 1.
        formula: its text without `=`.
    """

    row: int
    column: int
    formula: str


def isolate(
    workbook: Workbook,
    target: Path,
    alone: Mapping[str, list[Alone]],
    first_free: Mapping[str, int],
    missing: Mapping[str, Mapping[tuple[int, int], Value]],
    plain: Plain | None = None,
) -> dict[str, dict[tuple[int, int], int]]:
    """Write a copy in which every formula is its cached value, and chosen formulas stand once more at their row's end.

    There they are evaluated on cached values only: what is wrong in itself shows apart from what depends on it.

    Args:
        workbook: the workbook, open.
        target: where the copy goes.
        alone: the chosen formulas by sheet.
        first_free: by sheet, the first column to the right of everything.
        missing: values for formulas without a cached one, by sheet and (row, column).
        plain: puts plain references into formulas.

    Returns:
        By sheet and (row, column) of each chosen formula, the column it stands in now, unless there was no room.

    Raises:
        SheetgenError: the workbook is damaged.
    """
    columns: dict[str, dict[tuple[int, int], int]] = {}

    def edit(sheet: str) -> _Isolator:
        formulas = alone.get(sheet, [])
        if plain:
            formulas = [each._replace(formula=plain(each.formula, sheet, each.row)) for each in formulas]
        editor = _Isolator(formulas, first_free.get(sheet, 1), missing.get(sheet, {}))
        columns[sheet] = editor.columns
        return editor

    copy_workbook(workbook, target, edit)
    return columns


class _Destroyer:
    """Puts a wrong number in the place of cached values."""

    def __init__(self, sheet: str, wanted: Places, plain: Plain | None) -> None:
        self._sheet = sheet
        self._wanted = wanted
        self._plain = plain
        self._frozen: set[str] = set()
        self._arrays: list[tuple[int, int, int, int]] = []

    def cell(self, cell: XmlCell) -> list[Edit]:
        """Give a formula's cell a wrong value."""
        if cell.formula is None:
            return self._member(cell) if self._arrays else []
        kind = cell.formula_attributes.get("t") if cell.formula_attributes else None
        # What a data table holds is computed by a dialog, not by a formula.
        if kind == "dataTable" or self._is_frozen(cell, kind) or (kind == "array" and not self._note_array(cell)):
            return cell.without_formula()
        self._want(cell)
        edits = cell.with_value(WRONG)
        if "[" in cell.formula and self._plain:
            edits += cell.with_formula(self._plain(cell.formula, self._sheet, cell.row))
            edits.sort()
        return edits

    def end_of_row(self, row: int, prefix: str) -> str:  # noqa: ARG002
        """Add nothing; forget the array formulas that end here."""
        if self._arrays:
            self._arrays = [bounds for bounds in self._arrays if bounds[-1] > row]
        return ""

    def _is_frozen(self, cell: XmlCell, kind: str | None) -> bool:
        """Tell whether a formula has a will of its own; those that share its text have it too."""
        group = cell.formula_attributes.get("si", "") if kind == "shared" else None
        if cell.formula and has_own_will(cell.formula):
            if group is not None:
                self._frozen.add(group)
            return True
        return group in self._frozen

    def _note_array(self, cell: XmlCell) -> bool:
        """Note the range of an array formula; tell whether it is one that can be computed."""
        try:
            bounds = range_boundaries(cell.formula_attributes.get("ref", ""))
            left, top, right, bottom = (bound or 1 for bound in bounds)
        except ValueError:
            return True
        if (right - left + 1) * (bottom - top + 1) > _MOST_ARRAY_CELLS:
            return False
        if (left, top) != (right, bottom):
            self._arrays.append((left, top, right, bottom))
        return True

    def _member(self, cell: XmlCell) -> list[Edit]:
        """Empty a further cell of an array formula, so that there is room for the result."""
        for left, top, right, bottom in self._arrays:
            if left <= cell.column <= right and top <= cell.row <= bottom:
                self._want(cell)
                return cell.removed()
        return []

    def _want(self, cell: XmlCell) -> None:
        self._wanted.setdefault(cell.column, array("i")).append(cell.row)


class _Isolator:
    """Puts values in the place of formulas, and chosen formulas at the end of their row."""

    def __init__(self, alone: list[Alone], first_free: int, missing: Mapping[tuple[int, int], Value]) -> None:
        self.columns: dict[tuple[int, int], int] = {}
        self._rows: dict[int, list[Alone]] = {}
        for each in alone:
            self._rows.setdefault(each.row, []).append(each)
        self._first_free = first_free
        self._missing = missing
        self._arrays = {(each.row, each.column) for each in alone}
        self._last = 0

    def cell(self, cell: XmlCell) -> list[Edit]:
        """Make a formula's cell a plain value."""
        self._last = max(self._last, cell.column)
        if cell.formula is None:
            return []
        if cell.formula_attributes.get("t") != "array":
            self._arrays.discard((cell.row, cell.column))
        edits = cell.without_formula()
        if cell.value or cell.attributes.get("t") == "str":
            return edits
        return edits + _constant(cell, self._missing.get((cell.row, cell.column)))

    def end_of_row(self, row: int, prefix: str) -> str:
        """Add the chosen formulas of a row."""
        return "".join(self._added(row, prefix))

    def _added(self, row: int, prefix: str) -> Iterator[str]:
        first = max(self._first_free, self._last + 1)  # empty cells too may stand in the row
        self._last = 0
        for column, each in enumerate(self._rows.pop(row, []), start=first):
            if column > MAX_COLUMN:
                return
            self.columns[row, each.column] = column
            address = f"{get_column_letter(column)}{row}"
            # Whatever has no plain formula of its own belongs to an array formula.
            is_array = (row, each.column) in self._arrays
            attributes = written({"t": "array", "ref": address} if is_array else {})
            formula = f"<{prefix}f{attributes}>{escape(each.formula)}</{prefix}f>"
            yield f'<{prefix}c r="{address}">{formula}<{prefix}v>{WRONG}</{prefix}v></{prefix}c>'


def _constant(cell: XmlCell, value: Value) -> list[Edit]:
    """Give a cell without a value one."""
    if value is None:
        return []
    if isinstance(value, bool):
        return cell.with_value(str(int(value)), "b")
    if isinstance(value, str):
        return cell.with_value(value, "e" if value.startswith("#") else "str")
    return cell.with_value(repr(float(value)))


def _ascending(rows: "array[int]") -> "array[int]":
    """Put rows in order, each once; nearly every producer writes them so."""
    in_order = all(before < after for before, after in pairwise(rows))
    return rows if in_order else array("i", sorted(set(rows)))
