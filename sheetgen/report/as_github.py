"""The report for GitHub Actions: annotations in the log, and a summary on the run's page."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sheetgen.errors import SheetgenError
from sheetgen.report.as_markdown import summary, to_markdown
from sheetgen.report.sanitise import clean
from sheetgen.report.words import affected, sentence, sides, totals, why_not
from sheetgen.verify.findings import FileReport, Finding

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
# GitHub drops a summary of more than 1 MiB whole.
_MOST_BYTES = 900_000


def to_github(reports: Sequence[FileReport]) -> str:
    """Return an `::error` line for each finding and each file that could not be judged, and the verdicts in words."""
    lines = [line for report in reports for line in _lines(report)]
    if len(reports) != 1:
        lines.append(totals(reports))
    return "\n".join(lines) + "\n"


def append_step_summary(reports: Sequence[FileReport], environment: Mapping[str, str]) -> bool:
    """Append the report as Markdown to the file that GitHub Actions shows on the run's page.

    Args:
        reports: what to say.
        environment: the environment's variables, of which GITHUB_STEP_SUMMARY names the file.

    Returns:
        Whether there is such a file.

    Raises:
        SheetgenError: it cannot be written.
    """
    name = environment.get(SUMMARY_VARIABLE)
    if not name:
        return False
    try:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(step_summary(reports))
    except OSError as error:
        remedy = f"see what {SUMMARY_VARIABLE} names, or unset it"
        raise SheetgenError(name, f"cannot be written ({error.strerror})", remedy) from error
    return True


def step_summary(reports: Sequence[FileReport]) -> str:
    """Return the report as Markdown, cut down to what GitHub takes."""
    whole = f"## sheetgen verify\n\n{to_markdown(reports)}"
    if len(whole.encode()) <= _MOST_BYTES:
        return whole
    head = f"## sheetgen verify\n\n{totals(reports)}\n\nThe findings are too many for this page; see the log.\n\n"
    table = summary(reports)
    room = _MOST_BYTES - len(head.encode())
    if len(table.encode()) > room:
        table = table.encode()[:room].decode(errors="ignore").rpartition("\n")[0]
    return f"{head}{table}\n"


def annotation(message: str, **properties: str) -> str:
    """Write one `::error` command; its parts may be any text.

    Args:
        message: what is shown; its lines stay lines.
        properties: `file` and `title`.
    """
    listed = ",".join(f"{name}={_escape_property(clean(value))}" for name, value in properties.items())
    lines = "\n".join(clean(line) for line in message.split("\n"))
    return f"::error {listed}::{_escape_data(lines)}"


def _lines(report: FileReport) -> Iterator[str]:
    if report.error is not None:
        yield annotation(why_not(report), file=report.file, title="could not be judged")
    for finding in report.findings:
        title = f"{finding.sheet}!{finding.range} {finding.kind}"
        yield annotation(_message(finding), file=report.file, title=title)
    yield f"{clean(f'{report.file}:')} {sentence(report)}"


def _message(finding: Finding) -> str:
    shown = sides(finding)
    lines = [
        clean(f"{finding.quantity}: {finding.message}"),
        shown.found and f"found: {shown.found}",
        shown.expected and f"expected: {shown.expected}",
        affected(finding),
    ]
    return "\n".join(line for line in lines if line)


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
