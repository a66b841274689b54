"""The words for differences, which all reports share; always safe to print."""

from collections.abc import Sequence

from sheetgen.diff.changes import FEW_CELLS, Change, ChangeKind, ErrorValue, LineChange, LineKind, Side, WorkbookDiff
from sheetgen.diff.cut_texts import cut_apart, cut_middle
from sheetgen.diff.statements import Statement
from sheetgen.types import Value
from sheetgen.visible_text import counted, visible

_TOTALS = {
    "sheets-added": ("sheet", "added"),
    "sheets-removed": ("sheet", "removed"),
    "sheets-renamed": ("sheet", "renamed"),
    "rows-added": ("row", "inserted"),
    "rows-removed": ("row", "removed"),
    "rows-moved": ("row", "moved"),
    "rows-reordered": ("row", "in another order"),
    "columns-added": ("column", "inserted"),
    "columns-removed": ("column", "removed"),
    "columns-moved": ("column", "moved"),
    "columns-reordered": ("column", "in another order"),
    "cells-moved": ("cell", "moved"),
    "cells-added": ("cell", "added"),
    "cells-removed": ("cell", "removed"),
    "cells-formula": ("formula", "changed"),
    "cells-value": ("value", "changed"),
    "names": ("defined name", "changed"),
    "cells-broken": ("formula", "broken (#REF!)"),
    "names-broken": ("defined name", "broken (#REF!)"),
}
_SIGNS = {"added": "+", "removed": "-"}
_NOT_FOLLOWED = ", references to them not"
_MOST_RANGES, _MOST_VALUES = 3, 3


def sign_of(kind: str) -> str:
    """Return `+`, `-`, or `~` for what was neither added nor removed."""
    return _SIGNS.get(kind.rpartition("-")[2], "~")


def where(statement: Statement) -> str:
    """Name a statement's cells: `C4:C8, C10:C15`."""
    ranges = [rectangle.text for rectangle in statement.rectangles]
    total = f", {counted(statement.count, 'cell')}:" if len(ranges) > _MOST_RANGES else ""
    return _listed(ranges) + total


def statement_sides(statement: Statement, *, whole: bool = False) -> tuple[str, str]:
    """Write the old and the new content of a statement's cells; nothing on the side where they do not exist.

    An old formula is written as inserted, removed and moved cells have shifted it.

    Args:
        statement: the statement.
        whole: do not cut long formulas and texts.
    """
    first = statement.changes[0]
    olds, news = ([side for side in sides if side] for sides in zip(*map(_sides, statement.changes), strict=True))
    old, new = _shown(olds, statement, first.shifted_formula), _shown(news, statement, None)
    if statement.kind is ChangeKind.VALUE and first.new and first.new.formula is not None:
        new = f"{new}  ({visible(first.new.formula)})"
    if whole:
        return old, new
    return cut_apart(old, new) if old and new else (cut_middle(old), cut_middle(new))


def _sides(change: Change) -> tuple[Side | None, Side | None]:
    return change.old, change.new


def _shown(sides: list[Side], statement: Statement, shifted: str | None) -> str:
    if not sides:
        return ""
    formula = shifted or sides[0].formula
    if statement.alike and formula is not None:
        return visible(formula)
    return cells_shown(sides, values_only=statement.kind is ChangeKind.VALUE)


def cells_shown(sides: Sequence[Side], *, values_only: bool = False) -> str:
    """Write the contents of cells, formulas unless only their values are wanted; of many only the first and last."""
    first, last = _content(sides[0], values_only=values_only), _content(sides[-1], last=True, values_only=values_only)
    many = sum(side.count for side in sides) > _MOST_VALUES
    if many:
        return first if first == last and len(sides) == 1 else f"{first} … {last}"
    shown = [_content(side, last=at > 0, values_only=values_only) for side in sides for at in range(min(side.count, 2))]
    return first if len(set(shown)) == 1 else ", ".join(shown)


def _content(side: Side, *, last: bool = False, values_only: bool) -> str:
    if side.formula is not None and not values_only:
        return visible(side.formula)
    return shown_value(side.last_value if last else side.first_value)


def shown_value(value: Value) -> str:
    """Write a value: numbers with all their digits, texts in quotation marks, errors and booleans as in Excel."""
    if value is None:
        return "(no value)"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, ErrorValue):
        return visible(value)
    return visible('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')


def lines_text(lines: Sequence[LineChange]) -> str:
    """Say what happened to rows or columns, or a block: `row 11, 38 cells`, `columns C:D moved to F:G`.

    Args:
        lines: changes of one kind.
    """
    line = lines[0]
    noun = line.kind.partition("-")[0]
    if line.kind is LineKind.CELLS_MOVED:
        return f"{line.range} moved to {line.to}" + _NOT_FOLLOWED * line.copied
    if line.to is None:
        return _alone(lines, noun)
    if line.kind in (LineKind.ROWS_MOVED, LineKind.COLUMNS_MOVED):
        moves = [f"{_short(each.range)} to {_short(each.to or '')}" for each in lines]
        moves[0] = f"{_named(noun, line.range)} moved to {_short(line.to)}"
        return ", ".join(moves) + _NOT_FOLLOWED * line.copied
    if line.how == "swapped":
        return f"{noun} {line.range.replace(':', ' and ')} swapped"
    return f"{_named(noun, line.range)} {line.how or 'in another order'}"


def _alone(lines: Sequence[LineChange], noun: str) -> str:
    """Say which lines are in one of the workbooks only, and how many cells they have; few cells also themselves."""
    place = (
        _named(noun, lines[0].range) if len(lines) == 1 else f"{noun} {_listed([_short(each.range) for each in lines])}"
    )
    cells = sum(line.cells for line in lines)
    if not cells:
        return f"{place}, empty"
    contents = [side for line in lines for side in line.contents]
    shown = f": {cut_middle(cells_shown(contents))}" if contents and cells <= FEW_CELLS else ""
    return f"{place}, {counted(cells, 'cell')}{shown}"


def _listed(ranges: list[str]) -> str:
    """List ranges, only the first ones of many."""
    more = len(ranges) - _MOST_RANGES
    shown = ", ".join(ranges[:_MOST_RANGES])
    return f"{shown} and {counted(more, 'more range')}" if more > 0 else shown


def _short(span: str) -> str:
    """Write `3:3` as `3`."""
    first, _, last = span.partition(":")
    return first if first == last else span


def _named(noun: str, span: str) -> str:
    short = _short(span)
    return f"{noun[:-1] if short != span else noun} {short}"


def summary(diff: WorkbookDiff) -> str:
    """Summarise in one line how much changed."""
    totals = diff.totals()
    parts = [f"{counted(totals[key], noun)} {verb}" for key, (noun, verb) in _TOTALS.items() if totals[key]]
    if follow := totals["cells-following"]:
        parts.append(f"{counted(follow, 'value')} {'follows' if follow == 1 else 'follow'}")
    return ", ".join(parts) or "no differences"
