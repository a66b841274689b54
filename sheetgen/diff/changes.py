"""What changed: plain data. Every report is a view of it."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.types import Value

# One C library's `exp` may differ from another's in the last bit, and a table of iterations propagates that.
TOLERANCE = 1e-12
_LOST = "#REF!"
FEW_CELLS = 3


class ErrorValue(str):
    """An error in a cell, such as `#DIV/0!`; a text that merely reads the same is a plain `str`."""

    __slots__ = ()


class ChangeKind(StrEnum):
    """What happened to a cell."""

    ADDED = "added"
    REMOVED = "removed"
    FORMULA = "formula"
    VALUE = "value"


class LineKind(StrEnum):
    """What happened to whole rows or columns, or to a block of cells."""

    ROWS_ADDED = "rows-added"
    ROWS_REMOVED = "rows-removed"
    ROWS_MOVED = "rows-moved"
    ROWS_REORDERED = "rows-reordered"
    COLUMNS_ADDED = "columns-added"
    COLUMNS_REMOVED = "columns-removed"
    COLUMNS_MOVED = "columns-moved"
    COLUMNS_REORDERED = "columns-reordered"
    CELLS_MOVED = "cells-moved"


class SheetStatus(StrEnum):
    """What happened to a sheet."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """What counts as a difference.

    Attributes:
        tolerance: the largest relative difference between two numbers that still count as equal.
        ignore_formulas: a formula may change as long as its value does not.
        ignore_values: the value of a formula may change; a typed value may not.
        contents: whether to list the cells of inserted and removed rows and columns and of added sheets, which takes
            memory.
    """

    tolerance: float = TOLERANCE
    ignore_formulas: bool = False
    ignore_values: bool = False
    contents: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """The content of a change's cells in one of the two workbooks.

    Attributes:
        range: the cells, `J34` or `J34:J133`.
        formula: the first cell's formula with its `=`, or None; the others' are the same, filled down.
        first_value: the first cell's value; None for a formula without a cached value.
        last_value: the last cell's.
    """

    range: str
    formula: str | None
    first_value: Value
    last_value: Value

    @property
    def count(self) -> int:
        """How many cells there are."""
        left, top, right, bottom = range_boundaries(self.range)
        return (right - left + 1) * (bottom - top + 1)


@dataclass(frozen=True, slots=True)
class Change:
    """Neighbouring cells of one column that changed in the same way.

    Attributes:
        kind: what happened.
        count: how many cells there are.
        old: the old content; None for added cells.
        new: the new content; None for removed cells.
        shifted_formula: the first old formula as shifted by inserted and removed rows and columns, if that changes
            its text; None otherwise.
        follows: whether it merely follows from other changes: a value whose formula is the same and refers to
            something that changed; a formula that lost what it referred to and shows `#REF!`; or one with a range of
            which an end has moved elsewhere.
    """

    kind: ChangeKind
    count: int
    old: Side | None
    new: Side | None
    shifted_formula: str | None = None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class LineChange:
    """Neighbouring rows or columns that were inserted, removed, moved or put in another order, or a block of cells.

    Attributes:
        kind: what happened.
        range: the rows, `11:12`, columns, `C:D`, or cells, `A4:D9`; in the new workbook where they were added, else in
            the old one.
        count: how many rows, columns or cells there are.
        cells: how many of their cells are not empty.
        to: where they are now, in the new workbook; None where they were added or removed.
        order: of rows or columns in another order, their old numbers in the new order.
        how: that order in words, `sorted by column C`, if it has a name.
        copied: whether references treat what moved as a copy, as sorting does: those of its own formulas move along,
            those to it stay. Otherwise they follow it.
        contents: of added and removed rows and columns, the cells, if `DiffOptions.contents` asks for them or they are
            at most three.
    """

    kind: LineKind
    range: str
    count: int
    cells: int
    to: str | None = None
    order: tuple[int, ...] = ()
    how: str | None = None
    copied: bool = False
    contents: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetDiff:
    """One sheet that is not the same in both workbooks.

    Attributes:
        sheet: its name, the new one if it was renamed.
        status: what happened to it.
        cells: how many cells an added or removed sheet holds; 0 for a changed one.
        lines: rows and columns that were inserted, removed, moved or put in another order, and moved blocks of cells.
        changes: its other differences, from top to bottom, then from left to right.
        old_name: its old name if it was renamed; None otherwise.
        contents: of an added sheet, the cells, if `DiffOptions.contents` asks for them.
    """

    sheet: str
    status: SheetStatus
    cells: int = 0
    lines: tuple[LineChange, ...] = ()
    changes: tuple[Change, ...] = ()
    old_name: str | None = None
    contents: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class NameChange:
    """A defined name whose definition differs.

    Attributes:
        name: the name.
        old: the old definition, or None if there is none.
        new: the new one, or None.
        follows: whether it is the same but lost what it referred to.
    """

    name: str
    old: str | None
    new: str | None
    follows: bool = False


@dataclass(frozen=True, slots=True)
class WorkbookDiff:
    """All differences of two workbooks.

    Attributes:
        old: the old workbook's path as it was given.
        new: the new one's.
        options: what counted as a difference.
        sheets: the sheets that differ, in the new workbook's order, removed ones last.
        names: the defined names that differ.
    """

    old: str
    new: str
    options: DiffOptions = DiffOptions()
    sheets: tuple[SheetDiff, ...] = ()
    names: tuple[NameChange, ...] = ()

    @property
    def same(self) -> bool:
        """Whether there is no difference."""
        return not (self.sheets or self.names)

    def totals(self) -> Counter[str]:
        """Count sheets, rows, columns, names and single cells by what happened to them, leaving out zero counts."""
        totals: Counter[str] = Counter()
        for sheet in self.sheets:
            if sheet.status is not SheetStatus.CHANGED:
                totals[f"sheets-{sheet.status}"] += 1
            totals["sheets-renamed"] += sheet.old_name is not None
            for line in sheet.lines:
                totals[line.kind] += line.count
            for change in sheet.changes:
                totals[_counted_as(change)] += change.count
        totals["names"] = sum(not name.follows for name in self.names)
        totals["names-broken"] = len(self.names) - totals["names"]
        return +totals


def _counted_as(change: Change) -> str:
    if not change.follows:
        return f"cells-{change.kind}"
    lost = change.new is not None and _LOST in (change.new.formula or "")
    return "cells-broken" if change.kind is ChangeKind.FORMULA and lost else "cells-following"
