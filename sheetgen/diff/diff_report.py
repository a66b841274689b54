"""The differences as text, one line for each, and as JSON, always safe to print."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from sheetgen.diff.changes import (
    FEW_CELLS,
    ErrorValue,
    LineChange,
    LineKind,
    NameChange,
    SheetDiff,
    SheetStatus,
    Side,
    WorkbookDiff,
)
from sheetgen.diff.diff_wording import cells_shown, lines_text, sign_of, statement_sides, summary, where
from sheetgen.diff.statements import state
from sheetgen.visible_text import counted, visible


def text_lines(diff: WorkbookDiff, *, everything: bool = False) -> Iterator[str]:
    """Write the differences sheet by sheet, one line for each: `+` added, `-` removed, `~` changed or moved.

    Args:
        diff: the differences.
        everything: list also what merely follows from other changes and the contents of what was added, and write long
            formulas and texts whole.
    """
    if diff.same:
        yield f"the same: {visible(diff.old)} and {visible(diff.new)}"
        return
    yield f"--- {visible(diff.old)}"
    yield f"+++ {visible(diff.new)}"
    for sheet in diff.sheets:
        lines = list(_sheet_lines(sheet, everything=everything))
        if lines:
            yield f"@@ {visible(sheet.sheet)} @@"
            yield from lines
    names = [_name_line(name) for name in diff.names if everything or not name.follows]
    if names:
        yield "@@ defined names @@"
        yield from names
    yield summary(diff) + ("" if everything or not _has_more(diff) else " (--all lists them)")


def _sheet_lines(sheet: SheetDiff, *, everything: bool) -> Iterator[str]:
    if sheet.status is not SheetStatus.CHANGED:
        yield f"{sign_of(sheet.status)}sheet, {counted(sheet.cells, 'cell')}"
    if sheet.old_name is not None:
        yield f"~sheet renamed from {visible(sheet.old_name)}"
    if everything:
        yield from _content_lines("+", sheet.contents)
    for _, group in groupby(sheet.lines, _said_together):
        lines = list(group)
        yield sign_of(lines[0].kind) + lines_text(lines)
        if everything and sum(line.cells for line in lines) > FEW_CELLS:
            for line in lines:
                yield from _content_lines(sign_of(line.kind), line.contents)
    for statement in state(change for change in sheet.changes if everything or not change.follows):
        old, new = statement_sides(statement, whole=everything)
        shown = " → ".join(text for text in (old, new) if text)
        yield f"{sign_of(statement.kind)}{where(statement)} {shown}"


def _said_together(line: LineChange) -> object:
    return line.kind if line.kind is not LineKind.CELLS_MOVED and not line.order else id(line)


def _content_lines(sign: str, contents: tuple[Side, ...]) -> Iterator[str]:
    yield from (f"{sign}{side.range} {cells_shown([side])}" for side in contents)


def _name_line(name: NameChange) -> str:
    sign = "+" if name.old is None else "-" if name.new is None else "~"
    return f"{sign}{visible(name.name)} {' → '.join(f'={visible(text)}' for text in (name.old, name.new) if text)}"


def _has_more(diff: WorkbookDiff) -> bool:
    """Tell whether something follows from the changes."""
    return any(change.follows for sheet in diff.sheets for change in sheet.changes) or any(
        name.follows for name in diff.names
    )


def json_text(diff: WorkbookDiff, *, everything: bool = False) -> str:
    """Write the differences as JSON.

    Its shape is `{"version": 2, "old", "new", "same", "tolerance", "ignored", "totals", "sheets", "names"}`:

    - `totals` counts by kind, without zeros: `sheets-added`, `sheets-removed`, `sheets-renamed`, the kinds of lines
      below, `cells-added`, `cells-removed`, `cells-formula`, `cells-value`, `cells-following`, `cells-broken`, `names`,
      `names-broken`.
    - `sheets` is a list of `{"sheet", "status", "cells", "lines", "changes", "old_name", "contents"}`; `status` is
      `changed`, `added` or `removed`; `cells` counts an added or removed sheet's cells, and is 0 otherwise; `old_name`
      is null unless the sheet was renamed.
    - `lines` is a list of `{"kind", "range", "count", "cells", "to", "order", "how", "copied", "contents"}`; `kind` is
      `rows-added`, `rows-removed`, `rows-moved`, `rows-reordered`, the same for columns, or `cells-moved`; `range` is
      `11:12`, `C:D` or `A4:D9`, in the new workbook for added lines, in the old one for the others; `to` is where
      what moved is now; `order` has the old numbers in the new order. See `LineChange` for the rest.
    - `changes` is a list of `{"kind", "count", "old", "new", "shifted_formula", "follows"}`; `kind` is `added`,
      `removed`, `formula` or `value`. `old` and `new` are null or `{"range", "formula", "first_value", "last_value"}`:
      one column's range, and its first cell's formula, which the others repeat, filled down. A value is a number, a
      text, a boolean, null if a formula has no cached value, `{"error": "#DIV/0!"}`, or `{"number": "inf"}` where JSON
      has no such number. Changes that merely follow from others are left out unless `everything` asks for them.
    - `names` is a list of `{"name", "old", "new", "follows"}`, with null for no definition.
    - `contents`, lists of what `new` is, are empty unless `DiffOptions.contents` asked for them.
    """
    written: dict[str, Any] = asdict(diff, dict_factory=lambda items: {key: _plain(value) for key, value in items})
    if not everything:
        for sheet in written["sheets"]:
            sheet["changes"] = [change for change in sheet["changes"] if not change["follows"]]
    document = {
        "version": 2,
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
