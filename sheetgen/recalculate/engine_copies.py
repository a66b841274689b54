"""Copies of a workbook for an engine: with every cached value destroyed, or with chosen formulas standing alone."""

from array import array
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname, range_boundaries
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.formula import Area, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.package_copy import copy_package
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN
from sheetgen.spreadsheet.sheet_editor import CellContent, SheetEditor, XmlCell, escaped
from sheetgen.spreadsheet.volatile import WRONG, is_volatile
from sheetgen.spreadsheet.xstring import without_equals
from sheetgen.types import Rows, Value

Wanted = dict[str, dict[int, Rows]]
"""Cells of a workbook: their ascending rows, by sheet and column."""

# An array formula with a range larger than any exercise needs is not computed.
_MOST_ARRAY_CELLS = 1_000_000


def destroy_caches(sheets: CachedSheets, target: Path) -> Wanted:
    """Write a copy in which every formula's cached value is a wrong number.

    A volatile formula (`is_volatile`) is replaced by its cached value instead: that is as good as any other, its
    dependents must agree with it, and nothing outside the workbook is ever requested.

    Args:
        sheets: the workbook.
        target: where the copy goes.

    Returns:
        The cells that have a formula in the copy.

    Raises:
        SheetgenError: the workbook is damaged.
        OSError: the copy cannot be written.
    """
    return _copy(sheets, target, {name: _CacheDestroyer(sheets, name) for name in sheets.workbook.sheet_names})


@dataclass
class Isolation:
    """Which formulas of a sheet are to stand alone, and what else is needed to write them.

    Attributes:
        first_free: the first column to the right of everything.
        missing: values for formulas without a cached one, by row and column.
        alone: the formulas, without `=`, by row and column.
    """

    first_free: int = 1
    missing: dict[tuple[int, int], Value] = field(default_factory=dict)
    alone: dict[tuple[int, int], str] = field(default_factory=dict)

    @cached_property
    def columns(self) -> dict[int, int]:
        """For each column of chosen formulas, the column in which they stand alone, as far as there is room."""
        own = sorted({column for _, column in self.alone})
        return dict(zip(own, range(self.first_free, MAX_COLUMN + 1), strict=False))


def isolate(sheets: CachedSheets, target: Path, isolations: Mapping[str, Isolation]) -> Wanted:
    """Write a copy in which cached values replace all formulas, and chosen formulas are repeated at their row's end.

    There they are evaluated on cached values only, which tells what is wrong in itself from what depends on it.

    Args:
        sheets: the workbook.
        target: where the copy goes.
        isolations: the chosen formulas, by sheet.

    Returns:
        The cells in which the chosen formulas stand alone.

    Raises:
        SheetgenError: the workbook is damaged.
        OSError: the copy cannot be written.
    """
    names = sheets.workbook.sheet_names
    return _copy(sheets, target, {name: _Isolator(sheets, name, isolations.get(name, Isolation())) for name in names})


def _copy(sheets: CachedSheets, target: Path, editors: Mapping[str, "_EngineCopy"]) -> Wanted:
    """Copy a workbook, each sheet through its editor, and return the cells that have a formula in the copy."""
    parts = sheets.workbook.parts
    writers = {parts[name]: editor.run for name, editor in editors.items()}
    copy_package(sheets.workbook.package, target, writers, passing=True)
    return {
        name: {column: np.unique(np.array(rows, np.int64)) for column, rows in editor.rows.items()}
        for name, editor in editors.items()
        if editor.rows
    }


def _plain(area: Area) -> str:
    """Write an area so that its rows move with the formula unless they are fixed."""
    fixed = "$" if area.anchored else ""
    first = f"${get_column_letter(area.first_column)}{fixed}{area.first_row}"
    last = f"${get_column_letter(area.last_column)}{fixed}{area.last_row}"
    return f"{quote_sheetname(area.sheet)}!{first}" + ("" if area.is_cell else f":{last}")


class _EngineCopy(SheetEditor):
    """Removes the size that a sheet claims to have: it may be wrong, and is optional.

    Attributes:
        rows: the rows of the formulas in the copy, by column.
    """

    def __init__(self, sheets: CachedSheets, name: str) -> None:
        super().__init__(sheets.workbook.package, sheets.workbook.parts[name])
        self.rows: dict[int, array[int]] = defaultdict(lambda: array("i"))
        self._sheets, self._name = sheets, name

    def start_other(self, name: str, _: dict[str, str]) -> None:
        """Handle the start of an element outside the rows."""
        if name == f"{self.prefix}dimension":
            self.held = self.position

    def end_other(self, name: str) -> None:
        """Handle the end of an element outside the rows."""
        if name == f"{self.prefix}dimension":
            self.remove(self.held or 0, self.position)
            self.held = None

    def plain(self, formula: str, row: int) -> str:
        """Replace `Table1[[#This Row],[w1]]` with `$E17`, because not every engine knows Excel tables.

        A formula comes without its `=`, or with one that does not belong in a file; one that cannot be read is left
        unchanged.
        """
        formula = without_equals(formula)
        if "[" not in formula or not self._sheets.surroundings.tables:
            return formula
        try:
            pieces = take_apart(f"={formula}", self._name, row, self._sheets.surroundings)
        except UnreadableFormulaError:
            return formula
        texts = (_plain(piece.area) if piece.area and "[" in piece.text else piece.text for piece in pieces)
        return "".join(texts).removeprefix("=")


class _CacheDestroyer(_EngineCopy):
    """Replaces cached values with a wrong number."""

    def __init__(self, sheets: CachedSheets, name: str) -> None:
        super().__init__(sheets, name)
        self._frozen: set[str] = set()
        self._arrays: list[tuple[int, int, int, int]] = []

    def end_cell(self, cell: XmlCell) -> None:
        """Give a formula's cell a wrong value, and clear the other cells of an array formula for its result."""
        formula = cell.formula
        if formula is None:
            if self._arrays and self._in_array(cell):
                self.rows[cell.column].append(cell.row)
                self.remove(cell.start, self.position)
        elif self._stays(formula):
            self.remove(formula.start, formula.end_tag)
        else:
            self.rows[cell.column].append(cell.row)
            self.change_value(cell, WRONG)
            text = self.plain(formula.text, cell.row)
            if text != formula.text:
                self.change_formula(formula, text)

    def end_row(self) -> None:
        """Forget the array formulas that end here."""
        if self._arrays:
            self._arrays = [bounds for bounds in self._arrays if bounds[-1] > self.row]

    def _stays(self, formula: CellContent) -> bool:
        """Tell whether a formula's cached value is taken as given."""
        kind = formula.attributes.get("t")
        if kind == "shared":  # formulas that share the text of a volatile one are volatile too
            group = formula.attributes.get("si", "")
            if is_volatile(formula.text):
                self._frozen.add(group)
            return group in self._frozen
        if kind == "dataTable":  # computed by a dialog, not by a formula
            return True
        return is_volatile(formula.text) or (kind == "array" and not self._note_array(formula))

    def _note_array(self, formula: CellContent) -> bool:
        """Note the range of an array formula; tell whether it is small enough to be computed."""
        try:
            left, top, right, bottom = range_boundaries(formula.attributes.get("ref", ""))
        except ValueError:
            return True
        if (right - left + 1) * (bottom - top + 1) > _MOST_ARRAY_CELLS:
            return False
        if (left, top) != (right, bottom):
            self._arrays.append((left, top, right, bottom))
        return True

    def _in_array(self, cell: XmlCell) -> bool:
        bounds = self._arrays
        return any(left <= cell.column <= right and top <= cell.row <= bottom for left, top, right, bottom in bounds)


class _Isolator(_EngineCopy):
    """Replaces formulas with their values, and puts chosen formulas at the end of their row."""

    def __init__(self, sheets: CachedSheets, name: str, isolation: Isolation) -> None:
        super().__init__(sheets, name)
        self._isolation = isolation
        self._alone: dict[int, list[tuple[int, str]]] = {}
        for (row, own), formula in sorted(isolation.alone.items()):
            if own in isolation.columns:
                self._alone.setdefault(row, []).append((own, formula))
        self._single: set[int] = set()

    def end_cell(self, cell: XmlCell) -> None:
        """Make a formula's cell a plain value."""
        formula = cell.formula
        if cell.column >= self._isolation.first_free:  # only formatted, and in the way
            self.remove(cell.start, self.position)
        elif formula is not None:
            if formula.attributes.get("t") != "array":
                self._single.add(cell.column)
            self.remove(formula.start, formula.end_tag)
            value = self._isolation.missing.get((cell.row, cell.column))
            if value is not None and not (cell.value and cell.value.text) and cell.attributes.get("t") != "str":
                self.change_value(cell, *_written(value))

    def end_row(self) -> None:
        """Add the chosen formulas of a row."""
        cells = "".join(self._added(own, text) for own, text in self._alone.pop(self.row, ()))
        if cells:
            self.change(self.position, self.position, cells.encode())
        self._single.clear()

    def _added(self, own: int, text: str) -> str:
        p, column = self.prefix, self._isolation.columns[own]
        self.rows[column].append(self.row)
        address = f"{get_column_letter(column)}{self.row}"
        # A cell without a formula all its own belongs to an array formula.
        array_attributes = "" if own in self._single else f' t="array" ref="{address}"'
        formula = escaped(self.plain(text, self.row))
        return f'<{p}c r="{address}"><{p}f{array_attributes}>{formula}</{p}f><{p}v>{WRONG}</{p}v></{p}c>'


def _written(value: Value) -> tuple[str, str | None]:
    """Write a value as a cell holds it: its text and its type."""
    if isinstance(value, bool):
        return str(int(value)), "b"
    if isinstance(value, str):
        return value, "e" if value.startswith("#") else "str"
    return repr(value), None
