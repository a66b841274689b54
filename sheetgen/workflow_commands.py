"""How to report to a GitHub workflow: annotations in its log, and the summary on its run's page."""

import os
from pathlib import Path

from sheetgen.errors import SheetgenError, reason_of
from sheetgen.visible_text import clean

_SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def annotation(level: str, message: str, **properties: str) -> str:
    """Write one annotation, `::error file=…,title=…::message`; its parts may hold any text.

    Args:
        level: `error`, `warning` or `notice`.
        message: what is shown; its lines stay lines.
        properties: `file` and `title`.
    """
    escaped = {name: _escape(value).replace(":", "%3A").replace(",", "%2C") for name, value in properties.items()}
    listed = ",".join(f"{name}={value}" for name, value in escaped.items())
    lines = "%0A".join(map(_escape, message.split("\n")))
    return f"::{level} {listed}::{lines}"


def has_summary() -> bool:
    """Tell whether the environment names a file for the summary."""
    return bool(os.environ.get(_SUMMARY_VARIABLE))


def append_summary(text: str) -> None:
    """Append Markdown to the file that GitHub shows on the run's page, if the environment names one.

    Raises:
        SheetgenError: it cannot be written.
    """
    name = os.environ.get(_SUMMARY_VARIABLE)
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        what, remedy = f"cannot be written ({reason_of(error)})", f"see what {_SUMMARY_VARIABLE} is set to, or unset it"
        raise SheetgenError(name, what, remedy) from error


def _escape(line: str) -> str:
    return clean(line).replace("%", "%25")
