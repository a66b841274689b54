"""The report as Markdown, as GitHub renders it."""

import re
from collections.abc import Iterator, Sequence

from sheetgen.report.class_summary import ClassSummary
from sheetgen.report.excerpt import excerpts
from sheetgen.report.words import (
    Side,
    kinds_of,
    note_lines,
    say_copies,
    say_mistake,
    sentence,
    sheets_of,
    sides,
    summary_row,
    totals,
)
from sheetgen.verify.findings import FileReport, Finding
from sheetgen.visible_text import clean, code_element, counted, shorten

_MOST_ROWS = 200
_MOST_NAMES = 20
_WIDTH = 90
_COLUMNS = ("cells", "quantity", "kind", "count", "what is wrong", "found", "expected", "affected")
_RIGHT = {"count", "files", "affected", "tables", "cells checked", "findings"}
# Words and numbers, with brackets and punctuation around them, are the same in Markdown as in plain text.
_PLAIN = re.compile(r"\(*(?:[^\W_]+(?:[-'’][^\W_]+)*|[0-9]+(?:[.,][0-9]+)*|[=−–—…])\)*")
_ENDS = ".,;:!?"
_UNFIT_FOR_BACKTICKS = re.compile(r"[`|]")


def to_markdown(reports: Sequence[FileReport]) -> str:
    """Return the reports as Markdown: a table per sheet, after a summary where there are several files."""
    if len(reports) == 1:
        blocks = list(_file(reports[0]))
    else:
        blocks = [totals(reports), *_in_common(ClassSummary(reports)), summary(reports)]
        blocks += [block for report in reports if not report.ok or report.notes for block in _file(report)]
    blocks += [f"`{kind}`: {prose(kind.meaning)}." for kind in kinds_of(reports)]
    return "\n\n".join(blocks) + "\n"


def summary(reports: Sequence[FileReport]) -> str:
    """Return a table with one line per file."""
    shared = ClassSummary(reports)
    rows = [(code(report.file), *map(prose, summary_row(report, shared))) for report in reports]
    return _table(("file", "verdict", "tables", "cells checked", "findings", "commonest mistake"), rows)


def _in_common(shared: ClassSummary) -> Iterator[str]:
    """Yield a table of the mistakes that several files have, and a line for each group of files that are alike."""
    several = [mistake for mistake in shared.mistakes if len(mistake.files) > 1][:_MOST_ROWS]
    if several:
        rows = [(f"{len(each.files):,}", prose(say_mistake(each)), _names(each.files)) for each in several]
        yield _table(("files", "mistake", "who has it"), rows)
    for copies in shared.copies:
        yield f"{say_copies(copies)}: {_names(copies.files)}"


def _names(files: Sequence[str]) -> str:
    more = f" and {len(files) - _MOST_NAMES:,} more" if len(files) > _MOST_NAMES else ""
    return ", ".join(map(code, files[:_MOST_NAMES])) + more


def code(text: str) -> str:
    """Return a text as code, escaped so that Markdown shows it literally."""
    text = clean(text)
    if not text.strip():
        return ""
    if _UNFIT_FOR_BACKTICKS.search(text):
        return code_element(text)
    return f"`{text}`"


def prose(text: str) -> str:
    """Return a text escaped so that Markdown shows it literally; whatever is not a plain word becomes code.

    So no renderer can find mentions, issue references, links or formulas in it.
    """
    return " ".join(_word(word) for word in clean(text).split())


def _word(word: str) -> str:
    core = word.rstrip(_ENDS)
    return word if _PLAIN.fullmatch(core) else code(core) + word[len(core) :]


def _file(report: FileReport) -> Iterator[str]:
    yield f"### {code(report.file)}"
    yield prose(sentence(report))
    for sheet in sheets_of(report):
        if sheet.findings:
            yield f"#### {code(sheet.name)}" + (f": {prose(sheet.tables)}" if sheet.tables else "")
            yield _table(_COLUMNS, [_row(finding) for finding in sheet.findings[:_MOST_ROWS]])
            if len(sheet.findings) > _MOST_ROWS:
                yield f"… and {counted(len(sheet.findings) - _MOST_ROWS, 'finding')} more on this sheet"
    yield from map(prose, note_lines(report))


def _row(finding: Finding) -> tuple[str, ...]:
    about = (
        code(finding.range),
        prose(finding.quantity),
        str(finding.kind),
        f"{finding.count:,}",
        prose(finding.message),
    )
    return (*about, *_sides(finding), f"{finding.affected:,}" if finding.affected else "")


def _sides(finding: Finding) -> tuple[str, str]:
    found, expected = sides(finding)
    if found.formula and expected.formula:
        pair = excerpts(found.formula, expected.formula, _WIDTH)
        found, expected = Side(pair[0].text, found.value), Side(pair[1].text, expected.value)
    return _side(found), _side(expected)


def _side(side: Side) -> str:
    return ", which gives ".join(code(text) for text in (shorten(side.formula, _WIDTH), side.value) if text)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---:" if column in _RIGHT else "---" for column in columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, rule, *rows))
