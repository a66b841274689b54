"""What changed: plain data. Every report is a view of it."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from sheetgen.types import Value

# One C library's `exp` may differ from another's in the last bit, and a table of iterations propagates that.
TOLERANCE = 1e-12


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
    """What happened to whole rows or columns."""

    ROWS_ADDED = "rows-added"
    ROWS_REMOVED = "rows-removed"
    COLUMNS_ADDED = "columns-added"
    COLUMNS_REMOVED = "columns-removed"


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
    """

    tolerance: float = TOLERANCE
    ignore_formulas: bool = False
    ignore_values: bool = False


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
    """

    kind: ChangeKind
    count: int
    old: Side | None
    new: Side | None
    shifted_formula: str | None = None


@dataclass(frozen=True, slots=True)
class LineChange:
    """Neighbouring rows or columns that were inserted or removed.

    Attributes:
        kind: what happened.
        range: the rows, `11:12`, or columns, `C:D`; in the new workbook where they were added, else in the old one.
        count: how many rows or columns there are.
        cells: how many of their cells are not empty.
    """

    kind: LineKind
    range: str
    count: int
    cells: int


@dataclass(frozen=True, slots=True)
class SheetDiff:
    """One sheet that is not the same in both workbooks.

    Attributes:
        sheet: its name.
        status: what happened to it.
        cells: how many cells an added or removed sheet holds; 0 for a changed one.
        lines: rows and columns that were inserted or removed.
        changes: its other differences, from top to bottom, then from left to right.
    """

    sheet: str
    status: SheetStatus
    cells: int = 0
    lines: tuple[LineChange, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class NameChange:
    """A defined name whose definition differs: the old and the new definition, or None if there is none."""

    name: str
    old: str | None
    new: str | None


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
            for line in sheet.lines:
                totals[line.kind] += line.count
            for change in sheet.changes:
                totals[f"cells-{change.kind}"] += change.count
        totals["names"] = len(self.names)
        return +totals
