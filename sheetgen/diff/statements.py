"""Changes as a person would say them: what changed in the same way is one statement, as is a rectangle of values."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from sheetgen.diff.changes import Change, ChangeKind
from sheetgen.spreadsheet.addresses import get_column_letter, range_boundaries
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, make_template


@dataclass(frozen=True, order=True)
class Rectangle:
    """Cells, by their first and last column and row, in the new workbook, or the old one where they were removed."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def text(self) -> str:
        """The reference to it, `A4:D9` or `A4`."""
        first = f"{get_column_letter(self.left)}{self.top}"
        last = f"{get_column_letter(self.right)}{self.bottom}"
        return first if first == last else f"{first}:{last}"

    @property
    def count(self) -> int:
        """How many cells it has."""
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)


@dataclass(frozen=True)
class Statement:
    """Changes that are said in one line.

    Attributes:
        kind: what happened.
        rectangles: the cells, from top to bottom.
        changes: the changes of these cells, column by column.
        alike: whether all of them have the same formula on each side, filled down and to the right.
    """

    kind: ChangeKind
    rectangles: tuple[Rectangle, ...]
    changes: tuple[Change, ...]
    alike: bool

    @property
    def count(self) -> int:
        """How many cells changed."""
        return sum(each.count for each in self.changes)


class _Run(NamedTuple):
    """A rectangle with its changes."""

    cells: Rectangle
    changes: list[Change]


def state(changes: Iterable[Change]) -> list[Statement]:
    """Put changes into as few statements as possible, ordered by their first cells."""
    grouped: dict[Hashable, list[_Run]] = defaultdict(list)
    for change in changes:
        if side := change.new or change.old:
            grouped[_likeness(change)].append(_Run(Rectangle(*range_boundaries(side.range)), [change]))
    statements: list[Statement] = []
    for key, runs in grouped.items():
        merged = sorted(_in_rectangles(runs), key=lambda run: _place(run.cells))
        together = [merged] if isinstance(key, tuple) else [[run] for run in merged]
        for some in together:
            inside = tuple(change for run in some for change in run.changes)
            rectangles = tuple(run.cells for run in some)
            statements.append(Statement(inside[0].kind, rectangles, inside, isinstance(key, tuple)))
    return sorted(statements, key=lambda statement: _place(statement.rectangles[0]))


def _likeness(change: Change) -> Hashable:
    """Return what changes said together have in common: a pair of formulas, or only what happened to the cells."""
    old, new = change.old, change.new
    if change.kind is ChangeKind.REMOVED:
        return "removed"
    if change.kind is ChangeKind.VALUE:
        live = new is not None and new.formula is not None
        return f"value {live} {change.follows}"
    place = new or old
    left, right = old and (change.shifted_formula or old.formula), new and new.formula
    formulas = [_relative(formula, place.range) if formula and place else None for formula in (left, right)]
    return (change.kind, change.follows, *formulas) if any(formulas) else str(change.kind)


def _relative(formula: str, place: str) -> str:
    """Write a formula so that its copies in other rows and columns are written alike."""
    column, row, *_ = range_boundaries(place)
    template = make_template(formula, row, MAX_COLUMN // 2 - column)
    return f"{template.text} {template.offsets}"


def _in_rectangles(runs: list[_Run]) -> list[_Run]:
    """Join runs that are next to each other: first downwards, then columns of equal height."""
    columns: list[_Run] = []
    for run in sorted(runs, key=lambda run: run.cells):
        cells, last = run.cells, columns[-1].cells if columns else None
        if last and (cells.left, cells.top) == (last.left, last.bottom + 1):
            columns[-1].changes.extend(run.changes)
            columns[-1] = _Run(replace(last, bottom=cells.bottom), columns[-1].changes)
        else:
            columns.append(run)
    joined: list[_Run] = []
    for run in sorted(columns, key=lambda run: (run.cells.top, run.cells.bottom, run.cells.left)):
        cells, last = run.cells, joined[-1].cells if joined else None
        if last and (cells.top, cells.bottom, cells.left) == (last.top, last.bottom, last.right + 1):
            joined[-1].changes.extend(run.changes)
            joined[-1] = _Run(replace(last, right=cells.right), joined[-1].changes)
        else:
            joined.append(run)
    return joined


def _place(cells: Rectangle) -> tuple[int, int]:
    return cells.top, cells.left
