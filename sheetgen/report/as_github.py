"""The report for GitHub Actions: annotations in the log, and a summary on the run's page."""

from collections.abc import Iterator, Sequence

from sheetgen.report.as_markdown import summary, to_markdown
from sheetgen.report.words import affected, note_lines, sentence, side_lines, totals, why_not
from sheetgen.verify.findings import FileReport
from sheetgen.visible_text import clean
from sheetgen.workflow_commands import annotation, append_summary

# GitHub discards a summary of more than 1 MiB.
_MOST_BYTES = 900_000


def to_github(reports: Sequence[FileReport]) -> str:
    """Return an `::error` line for each finding and each file that could not be judged, and the verdicts in words."""
    lines = [line for report in reports for line in _lines(report)]
    if len(reports) != 1:
        lines.append(totals(reports))
    return "\n".join(filter(None, lines)) + "\n"


def append_step_summary(reports: Sequence[FileReport]) -> None:
    """Append the report as Markdown, cut to what GitHub accepts, to the run's page; see `append_summary`."""
    heading = "## sheetgen verify\n\n"
    page = heading + to_markdown(reports)
    if len(page.encode()) > _MOST_BYTES:
        words = "The findings are too many for this page; see the log."
        page = f"{heading}{totals(reports)}\n\n{words}\n\n{summary(reports)}\n"
        page = page.encode()[:_MOST_BYTES].decode(errors="ignore").rpartition("\n")[0] + "\n"
    append_summary(page)


def _lines(report: FileReport) -> Iterator[str]:
    if report.error is not None:
        yield annotation("error", why_not(report), file=report.file, title="could not be judged")
    for finding in report.findings:
        lines = [clean(f"{finding.quantity}: {finding.message}"), *side_lines(finding), affected(finding)]
        title = f"{finding.sheet}!{finding.range} {finding.kind}"
        yield annotation("error", "\n".join(filter(None, lines)), file=report.file, title=title)
    yield f"{clean(f'{report.file}:')} {sentence(report)}"
    yield from note_lines(report)
