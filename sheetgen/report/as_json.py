"""The report as JSON, for programs; `schema.json` beside this file describes it."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib import resources
from typing import Any

from sheetgen.verify.findings import FileReport

VERSION = 1

_UNSEEN = re.compile(r"##\[|.", re.DOTALL)


def to_json(reports: Sequence[FileReport]) -> str:
    """Return the reports as a JSON document.

    Texts are exactly those of the files; characters that cannot be seen stand in it as JSON's own escapes.
    """
    files = [_file(report) for report in reports]
    text = json.dumps({"version": VERSION, "files": files}, ensure_ascii=False, allow_nan=False, indent=2)
    return "\n".join(_escape(line) for line in text.split("\n")) + "\n"


def load_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    text = resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _file(report: FileReport) -> dict[str, Any]:
    return {
        "file": report.file,
        "ok": report.ok,
        "error": report.error,
        "cells_checked": report.cells_checked,
        "tables": [_finite(asdict(table)) for table in report.tables],
        "findings": [_finite(asdict(finding)) for finding in report.findings],
    }


def _finite(value: Any) -> Any:  # noqa: ANN401
    """Replace what JSON has no number for by null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _escape(line: str) -> str:
    if line.isprintable() and "##[" not in line:
        return line
    return _UNSEEN.sub(_escape_match, line)


def _escape_match(match: re.Match[str]) -> str:
    found = match[0]
    if found == "##[":  # a continuous-integration service would take it as a command
        return r"##\u005b"
    return found if found.isprintable() else json.dumps(found)[1:-1]
