"""Views of the findings: text, JSON, CSV, JUnit, Markdown, HTML and GitHub annotations."""

from collections.abc import Callable, Sequence

from sheetgen.errors import SheetgenError, did_you_mean
from sheetgen.report.as_csv import to_csv
from sheetgen.report.as_github import append_step_summary, to_github
from sheetgen.report.as_json import load_schema, to_json
from sheetgen.report.as_junit import to_junit
from sheetgen.report.as_markdown import to_markdown
from sheetgen.report.as_text import print_text, to_text
from sheetgen.verify.file_details import Wanted
from sheetgen.verify.findings import FileReport


def render_page(reports: Sequence[FileReport]) -> str:
    """Write reports as one self-contained HTML page; see `sheetgen.report.page`."""
    from sheetgen.report.page import render_page  # Jinja is slow to import

    return render_page(reports)


_WRITERS: dict[str, Callable[[Sequence[FileReport]], str]] = {
    "text": to_text,
    "json": to_json,
    "csv": to_csv,
    "html": render_page,
    "junit": to_junit,
    "markdown": to_markdown,
    "github": to_github,
}
FORMATS = tuple(_WRITERS)

_CELLS_OF_A_FILE, _CELLS_OF_A_PAGE = 60_000, 200_000

__all__ = ["FORMATS", "append_step_summary", "load_schema", "print_text", "render", "render_page", "wanted"]


def wanted(format: str, files: int) -> Wanted | None:  # noqa: A002
    """Say what details the reports on so many files need for a format; None if they need none."""
    if format == "html":
        return Wanted(cells=min(_CELLS_OF_A_FILE, _CELLS_OF_A_PAGE // max(files, 1)))
    return Wanted() if format == "csv" or files > 1 else None


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
