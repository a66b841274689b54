"""Views of the findings: text, JSON, JUnit, Markdown and GitHub annotations."""

from collections.abc import Callable, Sequence

from sheetgen.errors import SheetgenError, did_you_mean
from sheetgen.report.as_github import append_step_summary, to_github
from sheetgen.report.as_json import load_schema, to_json
from sheetgen.report.as_junit import to_junit
from sheetgen.report.as_markdown import to_markdown
from sheetgen.report.as_text import print_text, to_text
from sheetgen.verify.findings import FileReport

_WRITERS: dict[str, Callable[[Sequence[FileReport]], str]] = {
    "text": to_text,
    "json": to_json,
    "junit": to_junit,
    "markdown": to_markdown,
    "github": to_github,
}
FORMATS = tuple(_WRITERS)

__all__ = ["FORMATS", "append_step_summary", "load_schema", "print_text", "render"]


def render(reports: Sequence[FileReport], format: str) -> str:  # noqa: A002
    """Write reports in one of the formats.

    Args:
        reports: one for each file, in the order in which they are to appear.
        format: one of `FORMATS`.

    Returns:
        The whole document, which ends with a line break.

    Raises:
        SheetgenError: there is no such format.
    """
    if format not in _WRITERS:
        raise SheetgenError(
            "format", f"{format[:40]!r} is none", f"{did_you_mean(format, FORMATS)}use one of {', '.join(FORMATS)}"
        )
    return _WRITERS[format](reports)
