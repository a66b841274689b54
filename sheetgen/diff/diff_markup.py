"""The differences as Markdown, and as GitHub workflow annotations; no text from a file can be taken for either."""

from collections.abc import Iterator
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import NamedTuple

from sheetgen.diff.changes import SheetStatus, WorkbookDiff
from sheetgen.diff.diff_wording import lines_text, statement_sides, summary, where
from sheetgen.diff.statements import state
from sheetgen.visible_text import code_element, counted, shorten, visible
from sheetgen.workflow_commands import annotation

# GitHub limits a step's summary to 1 MiB and shows ten annotations per step; more would only be cut off there.
_MOST_ROWS, _MOST_ANNOTATIONS, _LONGEST = 300, 50, 200

_CHANGES = {"added": "added", "removed": "removed", "formula": "formula changed", "value": "value changed"}
_LINES = {"added": "inserted ", "removed": "removed "}


class _Entry(NamedTuple):
    """A difference in words: its sheet, what happened, and for cells and names which, and the old and new content."""

    sheet: str
    what: str
    which: str = ""
    old: str = ""
    new: str = ""


def markdown_lines(diff: WorkbookDiff, *, everything: bool = False) -> Iterator[str]:
    """Write the differences as Markdown: a heading, a summary line, and a table for each sheet.

    Args:
        diff: the differences.
        everything: list also what merely follows from other changes.
    """
    yield f"### {_code(diff.old)} → {_code(diff.new)}"
    yield ""
    yield f"{summary(diff)}."
    for sheet, entries in groupby(islice(_entries(diff, everything=everything), _MOST_ROWS), key=attrgetter("sheet")):
        yield from ("", f"#### {_code(sheet) or 'Defined names'}", "", "| | where | old | new |", "|---|---|---|---|")
        yield from map(_row, entries)
    hidden = sum(1 for _ in islice(_entries(diff, everything=everything), _MOST_ROWS, None))
    if hidden:
        yield from ("", f"… and {hidden:,} more.")


def github_lines(diff: WorkbookDiff, *, everything: bool = False) -> Iterator[str]:
    """Write the differences as annotations of the new workbook, which GitHub shows with the workflow run."""
    whole = (entry for entry in _entries(diff, everything=everything) if not entry.which)
    parts = (entry for entry in _entries(diff, everything=everything) if entry.which)
    for entry in islice(chain(whole, parts), _MOST_ANNOTATIONS):
        yield _annotation(diff, "!".join(filter(None, (entry.sheet, entry.which))), _in_words(entry))
    yield _annotation(diff, "sheetgen diff", summary(diff))


def _entries(diff: WorkbookDiff, *, everything: bool) -> Iterator[_Entry]:
    for sheet in diff.sheets:
        if sheet.status is not SheetStatus.CHANGED:
            yield _Entry(sheet.sheet, f"sheet {sheet.status}, {counted(sheet.cells, 'cell')}")
        if sheet.old_name is not None:
            yield _Entry(sheet.sheet, f"sheet renamed from {code_element(visible(sheet.old_name))}")
        for line in sheet.lines:
            yield _Entry(sheet.sheet, _LINES.get(line.kind.rpartition("-")[2], "") + lines_text([line]))
        for statement in state(change for change in sheet.changes if everything or not change.follows):
            yield _Entry(sheet.sheet, _CHANGES[statement.kind], where(statement), *statement_sides(statement))
    for name in diff.names:
        if everything or not name.follows:
            yield _Entry("", "changed", name.name, name.old or "", name.new or "")


def _row(entry: _Entry) -> str:
    cells = [f" {_code(text)} " if entry.which else " " for text in (entry.which, entry.old, entry.new)]
    return f"| {entry.what} |{'|'.join(cells)}|"


def _in_words(entry: _Entry) -> str:
    if not entry.sheet:
        return f"{entry.old or 'none'} → {entry.new or 'none'}"
    parts = " → ".join(shorten(text, _LONGEST) for text in (entry.old, entry.new) if text)
    return f"{entry.what}: {parts}" if parts else entry.what


def _code(text: str) -> str:
    return code_element(shorten(visible(text), _LONGEST))


def _annotation(diff: WorkbookDiff, title: str, message: str) -> str:
    return annotation("notice", visible(message), file=diff.new, title=shorten(visible(title), _LONGEST))
