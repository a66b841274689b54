"""The report for GitHub Actions: annotations in the log, and a summary on the run's page."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sheetgen.report.as_markdown import summary, to_markdown
from sheetgen.report.words import affected, note_lines, sentence, side_lines, totals, why_not
from sheetgen.verify.findings import FileReport, FindingKind
from sheetgen.visible_text import clean, counted
from sheetgen.workflow_commands import annotation, append_summary, has_summary

# GitHub discards a summary of more than 1 MiB.
_MOST_BYTES = 900_000
_MOST_SHOWN = 10


class _Mark(NamedTuple):
    """What may become an annotation; the smallest rank is the most important."""

    rank: tuple[int, int]
    file: str
    title: str
    text: str


def to_github(reports: Sequence[FileReport]) -> str:
    """Return the worst findings and files as annotations, and the verdicts in words.

    GitHub shows ten annotations of a step and drops the others without a word. So there are no more than ten, the
    worst kinds first. The rest is in the run's summary, or follows as plain lines where there is none.
    """
    marks = sorted((mark for report in reports for mark in _marks(report)), key=lambda mark: mark.rank)
    lines = [annotation("error", mark.text, file=mark.file, title=mark.title) for mark in marks[:_MOST_SHOWN]]
    for report in reports:
        lines += [f"{clean(f'{report.file}:')} {sentence(report)}", *note_lines(report)]
    rest = marks[_MOST_SHOWN:]
    if rest and has_summary():
        lines.append(f"{counted(len(rest), 'more annotation')} left out; the summary of this run lists everything")
    else:
        lines += [clean(f"{mark.file}: {mark.title}: {mark.text}") for mark in rest]
    if len(reports) != 1:
        lines.append(totals(reports))
    return "\n".join(lines) + "\n"


def append_step_summary(reports: Sequence[FileReport]) -> None:
    """Append the report as Markdown, cut to what GitHub accepts, to the run's page; see `append_summary`."""
    heading = "## sheetgen verify\n\n"
    page = heading + to_markdown(reports)
    if len(page.encode()) > _MOST_BYTES:
        words = "The findings are too many for this page; see the log."
        page = f"{heading}{totals(reports)}\n\n{words}\n\n{summary(reports)}\n"
        page = page.encode()[:_MOST_BYTES].decode(errors="ignore").rpartition("\n")[0] + "\n"
    append_summary(page)


def _marks(report: FileReport) -> Iterator[_Mark]:
    for finding in report.findings:
        lines = [clean(f"{finding.quantity}: {finding.message}"), *side_lines(finding), affected(finding)]
        title = f"{finding.sheet}!{finding.range} {finding.kind}"
        rank = (list(FindingKind).index(finding.kind), -finding.count - finding.affected)
        yield _Mark(rank, report.file, title, "\n".join(filter(None, lines)))
    if report.error is not None:
        yield _Mark((len(FindingKind), 0), report.file, "could not be judged", why_not(report))
