"""How a GitHub workflow is told something: annotations in its log, and the summary on its run's page."""

from collections.abc import Mapping
from pathlib import Path

from sheetgen.errors import SheetgenError
from sheetgen.visible_text import clean

SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def annotation(level: str, message: str, **properties: str) -> str:
    """Write one annotation, `::error file=…,title=…::message`; its parts may be any text.

    Args:
        level: `error`, `warning` or `notice`.
        message: what is shown; its lines stay lines.
        properties: `file` and `title`.
    """
    listed = ",".join(f"{name}={_escape_property(clean(value))}" for name, value in properties.items())
    lines = "\n".join(clean(line) for line in message.split("\n"))
    return f"::{level} {listed}::{_escape_data(lines)}"


def append_summary(text: str, environment: Mapping[str, str]) -> bool:
    """Append Markdown to the file that GitHub shows on the run's page.

    Args:
        text: what to append.
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
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SheetgenError(
            name, f"cannot be written ({reason})", f"see what {SUMMARY_VARIABLE} is set to, or unset it"
        ) from error
    return True


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
