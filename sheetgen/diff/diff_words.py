"""How the contents of cells, and what became of them, are put into words; all of it harmless text of one line."""

from sheetgen.diff.changes import Change, ChangeKind, ErrorValue, LineChange, Side, WorkbookDiff
from sheetgen.types import Value
from sheetgen.visible_text import counted, visible

_TOTALS = {
    "sheets-added": ("sheet", "added"),
    "sheets-removed": ("sheet", "removed"),
    "rows-added": ("row", "inserted"),
    "rows-removed": ("row", "removed"),
    "columns-added": ("column", "inserted"),
    "columns-removed": ("column", "removed"),
    "cells-added": ("cell", "added"),
    "cells-removed": ("cell", "removed"),
    "cells-formula": ("formula", "changed"),
    "cells-value": ("value", "changed"),
    "names": ("defined name", "changed"),
}


def shown_value(value: Value) -> str:
    """Write a value: numbers with all their digits, texts in quotation marks, errors and booleans as Excel does."""
    if value is None:
        return "(no value)"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, ErrorValue):
        return visible(value)
    return visible('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')


def shown_side(side: Side, kind: ChangeKind) -> str:
    """Write what stands in the cells of a change: their formula, or where only their values changed, these."""
    if side.formula is not None and kind is not ChangeKind.VALUE:
        return visible(side.formula)
    first, last = shown_value(side.first_value), shown_value(side.last_value)
    values = first if first == last else f"{first} … {last}"
    return values if side.formula is None else f"{values}  ({visible(side.formula)})"


def shown_old(change: Change) -> str:
    """Write what stood in the cells of a change."""
    if change.old is None:
        return ""
    moved = "" if change.shifted_formula is None else f"  (shifted: {visible(change.shifted_formula)})"
    return shown_side(change.old, change.kind) + moved


def shown_new(change: Change) -> str:
    """Write what stands in the cells of a change now."""
    return "" if change.new is None else shown_side(change.new, change.kind)


def line_text(line: LineChange) -> str:
    """Name rows or columns: `row 11, 38 cells`, `columns C:D, 2 cells`."""
    noun = line.kind.partition("-")[0]
    place = f"{noun} {line.range}" if line.count > 1 else f"{noun[:-1]} {line.range.partition(':')[0]}"
    return f"{place}, {counted(line.cells, 'cell')}"


def summary(diff: WorkbookDiff) -> str:
    """Say in one line how much of what changed."""
    totals = diff.totals()
    parts = [f"{counted(totals[key], noun)} {verb}" for key, (noun, verb) in _TOTALS.items() if totals[key]]
    return ", ".join(parts) or "no differences"
