"""The differences as text in unified style, and as JSON."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict

from sheetgen.diff.changes import ErrorValue, NameChange, SheetDiff, SheetStatus, WorkbookDiff
from sheetgen.diff.diff_words import line_text, shown_new, shown_old, summary
from sheetgen.visible_text import counted, visible

_SIGNS = {"added": "+", "removed": "-"}


def text_lines(diff: WorkbookDiff) -> Iterator[str]:
    """Write the differences in the style of `diff -u`: what stood with `-`, what stands with `+`, sheet by sheet."""
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
        yield from _name_lines(name)
    yield summary(diff)


def _sheet_lines(sheet: SheetDiff) -> Iterator[str]:
    if sheet.status is not SheetStatus.CHANGED:
        yield f"{_SIGNS[sheet.status]}sheet, {counted(sheet.cells, 'cell')}"
    for line in sheet.lines:
        yield _SIGNS[line.kind.rpartition("-")[2]] + line_text(line)
    for change in sheet.changes:
        if change.old:
            yield f"-{change.old.range} {shown_old(change)}"
        if change.new:
            yield f"+{change.new.range} {shown_new(change)}"


def _name_lines(name: NameChange) -> Iterator[str]:
    if name.old is not None:
        yield f"-{visible(name.name)} ={visible(name.old)}"
    if name.new is not None:
        yield f"+{visible(name.name)} ={visible(name.new)}"


def json_text(diff: WorkbookDiff) -> str:
    """Write the differences as JSON.

    Its shape is `{"version": 1, "old", "new", "same", "tolerance", "ignored", "totals", "sheets", "names"}`:

    - `totals` counts by kind, what is 0 is left out: `sheets-added`, `sheets-removed`, `rows-added`, `rows-removed`,
      `columns-added`, `columns-removed`, `cells-added`, `cells-removed`, `cells-formula`, `cells-value`, `names`.
    - `sheets` is a list of `{"sheet", "status", "cells", "lines", "changes"}`; `status` is `changed`, `added` or
      `removed`; `cells` counts an added or removed sheet's cells, and is 0 otherwise.
    - `lines` is a list of `{"kind", "range", "count", "cells"}`; `kind` is one of the four of rows and columns above,
      `range` is `11:12` or `C:D`, in the new workbook for added lines, in the old one for removed lines.
    - `changes` is a list of `{"kind", "count", "old", "new", "shifted_formula"}`; `kind` is `added`, `removed`,
      `formula` or `value`. `old` and `new` are null or `{"range", "formula", "first_value", "last_value"}`: one
      column's range, and its first cell's formula, which holds filled down for the others. A value is a number, a
      text, a boolean, null where a formula has no cached value, `{"error": "#DIV/0!"}`, or `{"number": "inf"}` where
      JSON has no such number.
    - `names` is a list of `{"name", "old", "new"}`, null where there is none.
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
    # In a build log `##[` would be a command; the escape means the same to whoever reads JSON.
    return json.dumps(document, indent=2).replace("##", "#\\u0023")


def _plain(value: object) -> object:
    """Write a value with what JSON has."""
    if isinstance(value, ErrorValue):
        return {"error": str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    return value
