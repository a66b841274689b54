"""The differences as text in the style of a unified diff and as JSON, always safe to print."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict

from sheetgen.diff.changes import Change, ChangeKind, ErrorValue, LineChange, SheetDiff, SheetStatus, Side, WorkbookDiff
from sheetgen.types import Value
from sheetgen.visible_text import counted, visible

_SIGNS = {"added": "+", "removed": "-"}
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


def text_lines(diff: WorkbookDiff) -> Iterator[str]:
    """Write the differences in the style of `diff -u`: old content with `-`, new content with `+`, sheet by sheet."""
    if diff.same:
        yield f"the same: {visible(diff.old)} and {visible(diff.new)}"
        return
    yield f"--- {visible(diff.old)}"
    yield f"+++ {visible(diff.new)}"
    for sheet in diff.sheets:
        yield f"@@ {visible(sheet.sheet)} @@"
        yield from _sheet_lines(sheet)
    if diff.names:
        yield "@@ defined names @@"
    for name in diff.names:
        meanings = (("-", name.old), ("+", name.new))
        yield from (f"{sign}{visible(name.name)} ={visible(text)}" for sign, text in meanings if text is not None)
    yield summary(diff)


def _sheet_lines(sheet: SheetDiff) -> Iterator[str]:
    if sheet.status is not SheetStatus.CHANGED:
        yield f"{_SIGNS[sheet.status]}sheet, {counted(sheet.cells, 'cell')}"
    for line in sheet.lines:
        yield _SIGNS[line.kind.rpartition("-")[2]] + line_text(line)
    for change in sheet.changes:
        sides = zip("-+", (change.old, change.new), shown_sides(change), strict=True)
        yield from (f"{sign}{side.range} {shown}" for sign, side, shown in sides if side)


def json_text(diff: WorkbookDiff) -> str:
    """Write the differences as JSON.

    Its shape is `{"version": 1, "old", "new", "same", "tolerance", "ignored", "totals", "sheets", "names"}`:

    - `totals` counts by kind, without zeros: `sheets-added`, `sheets-removed`, `rows-added`, `rows-removed`,
      `columns-added`, `columns-removed`, `cells-added`, `cells-removed`, `cells-formula`, `cells-value`, `names`.
    - `sheets` is a list of `{"sheet", "status", "cells", "lines", "changes"}`; `status` is `changed`, `added` or
      `removed`; `cells` counts an added or removed sheet's cells, and is 0 otherwise.
    - `lines` is a list of `{"kind", "range", "count", "cells"}`; `kind` is one of the four of rows and columns above,
      `range` is `11:12` or `C:D`, in the new workbook for added lines, in the old one for removed lines.
    - `changes` is a list of `{"kind", "count", "old", "new", "shifted_formula"}`; `kind` is `added`, `removed`,
      `formula` or `value`. `old` and `new` are null or `{"range", "formula", "first_value", "last_value"}`: one
      column's range, and its first cell's formula, which the others repeat, filled down. A value is a number, a text,
      a boolean, null if a formula has no cached value, `{"error": "#DIV/0!"}`, or `{"number": "inf"}` where JSON has
      no such number.
    - `names` is a list of `{"name", "old", "new"}`, with null for no definition.
    """
    written = asdict(diff, dict_factory=lambda items: {key: _plain(value) for key, value in items})
    document = {
        "version": 1,
        "old": diff.old,
        "new": diff.new,
        "same": diff.same,
        "tolerance": diff.options.tolerance,
        "ignored": [name for name in ("formulas", "values") if getattr(diff.options, f"ignore_{name}")],
        "totals": diff.totals(),
        "sheets": written["sheets"],
        "names": written["names"],
    }
    # In a build log `##[` would be a command; to a JSON reader the escape means the same.
    return json.dumps(document, indent=2).replace("##", "#\\u0023")


def _plain(value: object) -> object:
    """Write a value in terms of JSON types."""
    if isinstance(value, ErrorValue):
        return {"error": str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    return value


def shown_sides(change: Change) -> tuple[str, str]:
    """Write the old and the new content of a change's cells; nothing on the side where they do not exist."""
    old, new = (_shown_side(side, change.kind) if side else "" for side in (change.old, change.new))
    moved = "" if change.shifted_formula is None else f"  (shifted: {visible(change.shifted_formula)})"
    return old + moved, new


def _shown_side(side: Side, kind: ChangeKind) -> str:
    """Write a cell's formula, or the first and last value if only values changed."""
    if side.formula is not None and kind is not ChangeKind.VALUE:
        return visible(side.formula)
    first, last = shown_value(side.first_value), shown_value(side.last_value)
    values = first if first == last else f"{first} … {last}"
    return values if side.formula is None else f"{values}  ({visible(side.formula)})"


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


def line_text(line: LineChange) -> str:
    """Name rows or columns: `row 11, 38 cells`, `columns C:D, 2 cells`."""
    noun = line.kind.partition("-")[0]
    place = f"{noun} {line.range}" if line.count > 1 else f"{noun[:-1]} {line.range.partition(':')[0]}"
    return f"{place}, {counted(line.cells, 'cell')}"


def summary(diff: WorkbookDiff) -> str:
    """Summarise in one line how much changed."""
    totals = diff.totals()
    parts = [f"{counted(totals[key], noun)} {verb}" for key, (noun, verb) in _TOTALS.items() if totals[key]]
    return ", ".join(parts) or "no differences"
