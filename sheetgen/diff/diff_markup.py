"""The differences as Markdown, and as annotations of a GitHub workflow; nothing in a file's text can become either."""

from collections.abc import Iterator
from itertools import chain, groupby, islice
from operator import itemgetter

from sheetgen.diff.changes import Change, NameChange, SheetDiff, SheetStatus, WorkbookDiff
from sheetgen.diff.diff_words import line_text, shown_new, shown_old, summary
from sheetgen.visible_text import code_element, counted, shorten, visible
from sheetgen.workflow_commands import annotation

# A step's summary may have 1 MiB, and GitHub shows ten annotations of a step; more would only be cut off there.
_MOST_ROWS, _MOST_ANNOTATIONS, _LONGEST = 300, 50, 200

_CHANGES = {"added": "added", "removed": "removed", "formula": "formula changed", "value": "value changed"}
_LINES = {"added": "inserted", "removed": "removed"}


def markdown_lines(diff: WorkbookDiff) -> Iterator[str]:
    """Write the differences as Markdown: a heading, a line that sums up, and a table for each sheet."""
    yield f"### {_code(diff.old)} → {_code(diff.new)}"
    yield ""
    yield f"{summary(diff)}."
    for heading, rows in groupby(islice(_rows(diff), _MOST_ROWS), key=itemgetter(0)):
        yield from ("", f"#### {heading}", "", "| | where | old | new |", "|---|---|---|---|")
        yield from (row for _, row in rows)
    hidden = sum(1 for _ in islice(_rows(diff), _MOST_ROWS, None))
    if hidden:
        yield from ("", f"… and {hidden:,} more.")


def github_lines(diff: WorkbookDiff) -> Iterator[str]:
    """Write the differences as annotations of the new workbook, which a GitHub workflow shows where it ran."""
    found = chain(
        (_annotation(diff, sheet.sheet, text) for sheet in diff.sheets for text in _whole(sheet)),
        (
            _annotation(diff, f"{sheet.sheet}!{_range(change)}", _in_words(change))
            for sheet in diff.sheets
            for change in sheet.changes
        ),
        (_annotation(diff, name.name, f"{name.old or 'none'} → {name.new or 'none'}") for name in diff.names),
    )
    yield from islice(found, _MOST_ANNOTATIONS)
    yield _annotation(diff, "sheetgen diff", summary(diff))


def _rows(diff: WorkbookDiff) -> Iterator[tuple[str, str]]:
    """Give each row of the tables with the heading that it stands under."""
    for sheet in diff.sheets:
        heading = _code(sheet.sheet)
        yield from ((heading, f"| {text} | | | |") for text in _whole(sheet))
        yield from ((heading, _change_row(change)) for change in sheet.changes)
    yield from (("Defined names", _name_row(name)) for name in diff.names)


def _whole(sheet: SheetDiff) -> Iterator[str]:
    """Say what happened to the sheet and to its rows and columns."""
    if sheet.status is not SheetStatus.CHANGED:
        yield f"sheet {sheet.status}, {counted(sheet.cells, 'cell')}"
    for line in sheet.lines:
        yield f"{_LINES[line.kind.rpartition('-')[2]]} {line_text(line)}"


def _change_row(change: Change) -> str:
    cells = (_code(_range(change)), _code(shown_old(change)), _code(shown_new(change)))
    return f"| {_CHANGES[change.kind]} | {' | '.join(cells)} |"


def _name_row(name: NameChange) -> str:
    return f"| changed | {_code(name.name)} | {_code(name.old or '')} | {_code(name.new or '')} |"


def _range(change: Change) -> str:
    side = change.new or change.old
    return side.range if side else ""


def _in_words(change: Change) -> str:
    parts = [shorten(text, _LONGEST) for text in (shown_old(change), shown_new(change)) if text]
    return f"{_CHANGES[change.kind]}: {' → '.join(parts)}"


def _code(text: str) -> str:
    return code_element(shorten(visible(text), _LONGEST))


def _annotation(diff: WorkbookDiff, title: str, message: str) -> str:
    return annotation("notice", visible(message), file=diff.new, title=shorten(visible(title), _LONGEST))
