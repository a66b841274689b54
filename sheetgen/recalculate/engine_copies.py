"""Copies of a workbook for an engine: with every cached value destroyed, or with chosen formulas standing alone."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import IO

from openpyxl.utils.cell import get_column_letter, quote_sheetname, range_boundaries

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.formula import Area, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.opened_workbook import Workbook
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.package_copy import copy_package
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN
from sheetgen.spreadsheet.sheet_editor import CellContent, SheetEditor, XmlCell, escaped
from sheetgen.spreadsheet.volatile import WRONG, Places, is_volatile
from sheetgen.types import Value

Wanted = dict[str, Places]
"""Cells of a workbook by sheet."""

Plain = Callable[[str, int], str]
"""From a formula without `=` and its row to the same formula in plain references."""

# An array formula whose range is larger than any exercise's is not computed.
_MOST_ARRAY_CELLS = 1_000_000


def destroy_caches(sheets: CachedSheets, target: Path) -> Wanted:
    """Write a copy in which every formula's cached value is a wrong number.

    A volatile formula (`is_volatile`) becomes its cached value instead: that is as good as any other, what is computed
    from it must fit it, and nothing outside the workbook is ever asked for.

    Args:
        sheets: the workbook.
        target: where the copy goes.

    Returns:
        The cells that have a formula in the copy.

    Raises:
        SheetgenError: the workbook is damaged.
        OSError: the copy cannot be written.
    """
    wanted: Wanted = {}

    def editor(name: str, part: str) -> SheetEditor:
        plain = partial(plain_references, sheets, name)
        return _CacheDestroyer(sheets.workbook.package, part, plain, wanted.setdefault(name, {}))

    _copy(sheets.workbook, target, editor)
    return {name: {column: _ascending(rows) for column, rows in places.items()} for name, places in wanted.items()}


@dataclass
class Isolation:
    """Which formulas of a sheet are to stand alone, and what else there is to know of it.

    Attributes:
        first_free: the first column to the right of everything.
        missing: values for formulas without a cached one, by row and column.
        alone: the formulas, without `=`, by row and column.
    """

    first_free: int = 1
    missing: dict[tuple[int, int], Value] = field(default_factory=dict)
    alone: dict[tuple[int, int], str] = field(default_factory=dict)


def isolate(
    sheets: CachedSheets, target: Path, isolations: dict[str, Isolation]
) -> dict[str, dict[tuple[int, int], int]]:
    """Write a copy in which every formula is its cached value, and chosen formulas stand once more at their row's end.

    There they are evaluated on cached values only: what is wrong in itself shows apart from what depends on it.

    Args:
        sheets: the workbook.
        target: where the copy goes.
        isolations: the chosen formulas by sheet.

    Returns:
        By sheet, and row and column of each chosen formula, the column it stands in now, unless there was no room.

    Raises:
        SheetgenError: the workbook is damaged.
        OSError: the copy cannot be written.
    """
    columns: dict[str, dict[tuple[int, int], int]] = {}

    def editor(name: str, part: str) -> SheetEditor:
        plain = partial(plain_references, sheets, name)
        isolation = isolations.get(name, Isolation())
        return _Isolator(sheets.workbook.package, part, plain, isolation, columns.setdefault(name, {}))

    _copy(sheets.workbook, target, editor)
    return columns


def plain_references(sheets: CachedSheets, sheet: str, formula: str, row: int) -> str:
    """Put plain cell references in the place of those to Excel tables, which not every engine knows.

    Args:
        sheets: the workbook.
        sheet: the sheet that the formula stands on.
        formula: without `=`.
        row: the row that it stands in.

    Returns:
        The formula with `$E17` for `Table1[[#This Row],[w1]]`; as it is where it cannot be read.
    """
    if "[" not in formula or not sheets.surroundings.tables:
        return formula
    try:
        pieces = take_apart(f"={formula}", sheet, row, sheets.surroundings)
    except UnreadableFormulaError:
        return formula
    texts = (_plain(piece.area) if piece.area and "[" in piece.text else piece.text for piece in pieces)
    return "".join(texts).removeprefix("=")


def _plain(area: Area) -> str:
    """Write an area so that it moves with its formula down the rows, where it is in the formula's own row."""
    fixed = "$" if area.anchored else ""
    first = f"${get_column_letter(area.first_column)}{fixed}{area.first_row}"
    last = f"${get_column_letter(area.last_column)}{fixed}{area.last_row}"
    return f"{quote_sheetname(area.sheet)}!{first}" + ("" if area.is_cell else f":{last}")


def _copy(workbook: Workbook, target: Path, editor: Callable[[str, str], SheetEditor]) -> None:
    """Copy a workbook; `editor` is called with each sheet's name and part."""

    def write(name: str, part: str, stream: IO[bytes]) -> None:
        editor(name, part).run(stream)

    writers = {part: partial(write, name, part) for name, part in workbook.parts.items()}
    copy_package(workbook.package, target, writers, passing=True)


class _SizeDropper(SheetEditor):
    """Takes out the size that a sheet claims to have: it may be any, and need not be there."""

    def start_other(self, name: str, _: dict[str, str]) -> None:
        """Take the start of an element outside of the rows."""
        if name == f"{self.prefix}dimension":
            self.held = self.position

    def end_other(self, name: str) -> None:
        """Take the end of an element outside of the rows."""
        if name == f"{self.prefix}dimension":
            self.remove(self.held or 0, self.position)
            self.held = None


class _CacheDestroyer(_SizeDropper):
    """Puts a wrong number in the place of cached values."""

    def __init__(self, package: Package, part: str, plain: Plain, wanted: Places) -> None:
        super().__init__(package, part)
        self._plain, self._wanted = plain, wanted
        self._frozen: set[str] = set()
        self._arrays: list[tuple[int, int, int, int]] = []

    def end_cell(self, cell: XmlCell) -> None:
        """Give a formula's cell a wrong value."""
        formula = cell.formula
        if formula is None:
            self._make_room(cell)
        elif self._stays(formula):
            self.remove(formula.start, formula.end_tag)
        else:
            self._want(cell)
            self.change_value(cell, WRONG)
            text = self._plain(formula.text, cell.row)
            if text != formula.text:
                self.change_formula(formula, text)

    def end_row(self) -> None:
        """Forget the array formulas that end here."""
        if self._arrays:
            self._arrays = [bounds for bounds in self._arrays if bounds[-1] > self.row]

    def _stays(self, formula: CellContent) -> bool:
        """Tell whether a formula's cached value is taken as given."""
        kind = formula.attributes.get("t")
        if kind == "dataTable":  # it is computed by a dialog, not by a formula
            return True
        return self._is_frozen(formula, kind) or (kind == "array" and not self._note_array(formula))

    def _is_frozen(self, formula: CellContent, kind: str | None) -> bool:
        """Tell whether a formula is volatile; those that share its text are so too."""
        group = formula.attributes.get("si", "") if kind == "shared" else None
        if is_volatile(formula.text):
            if group is not None:
                self._frozen.add(group)
            return True
        return group in self._frozen

    def _note_array(self, formula: CellContent) -> bool:
        """Note the range of an array formula; tell whether it is one that can be computed."""
        try:
            bounds = range_boundaries(formula.attributes.get("ref", ""))
            left, top, right, bottom = (bound or 1 for bound in bounds)
        except ValueError:
            return True
        if (right - left + 1) * (bottom - top + 1) > _MOST_ARRAY_CELLS:
            return False
        if (left, top) != (right, bottom):
            self._arrays.append((left, top, right, bottom))
        return True

    def _make_room(self, cell: XmlCell) -> None:
        """Empty a further cell of an array formula, so that there is room for the result."""
        for left, top, right, bottom in self._arrays:
            if left <= cell.column <= right and top <= cell.row <= bottom:
                self._want(cell)
                self.remove(cell.start, self.position)
                return

    def _want(self, cell: XmlCell) -> None:
        self._wanted.setdefault(cell.column, array("i")).append(cell.row)


class _Isolator(_SizeDropper):
    """Puts values in the place of formulas, and chosen formulas at the end of their row."""

    def __init__(
        self, package: Package, part: str, plain: Plain, isolation: Isolation, columns: dict[tuple[int, int], int]
    ) -> None:
        super().__init__(package, part)
        self._plain, self._columns = plain, columns
        self._rows: dict[int, list[tuple[int, str]]] = {}
        for (row, own), formula in isolation.alone.items():
            self._rows.setdefault(row, []).append((own, formula))
        self._first_free, self._missing = isolation.first_free, isolation.missing
        self._arrays = set(isolation.alone)
        self._last = 0

    def end_cell(self, cell: XmlCell) -> None:
        """Make a formula's cell a plain value."""
        self._last = max(self._last, cell.column)
        if cell.formula is None:
            return
        if cell.formula.attributes.get("t") != "array":
            self._arrays.discard((cell.row, cell.column))
        self.remove(cell.formula.start, cell.formula.end_tag)
        value = self._missing.get((cell.row, cell.column))
        if value is not None and not (cell.value and cell.value.text) and cell.attributes.get("t") != "str":
            self.change_value(cell, *_written(value))

    def end_row(self) -> None:
        """Add the chosen formulas of a row."""
        added = "".join(self._added())
        if added:
            self.change(self.position, self.position, added.encode())

    def _added(self) -> Iterator[str]:
        p, row = self.prefix, self.row
        first = max(self._first_free, self._last + 1)  # empty cells too may stand in the row
        self._last = 0
        for column, (own, text) in enumerate(self._rows.pop(row, []), start=first):
            if column > MAX_COLUMN:
                return
            self._columns[row, own] = column
            address = f"{get_column_letter(column)}{row}"
            # Whatever has no plain formula of its own belongs to an array formula.
            array_attributes = f' t="array" ref="{address}"' if (row, own) in self._arrays else ""
            formula = f"<{p}f{array_attributes}>{escaped(self._plain(text, row))}</{p}f>"
            yield f'<{p}c r="{address}">{formula}<{p}v>{WRONG}</{p}v></{p}c>'


def _written(value: Value) -> tuple[str, str | None]:
    """Write a value as a cell holds it: its text and its type."""
    if isinstance(value, bool):
        return str(int(value)), "b"
    if isinstance(value, str):
        return value, "e" if value.startswith("#") else "str"
    return repr(value), None


def _ascending(rows: "array[int]") -> "array[int]":
    """Put rows in order, each once; nearly every producer writes them so."""
    in_order = all(before < after for before, after in pairwise(rows))
    return rows if in_order else array("i", sorted(set(rows)))
