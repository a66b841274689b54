"""The report as JSON, for programs; `schema.json` beside this file describes it."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sheetgen.report.class_summary import ClassSummary
from sheetgen.verify.findings import FileReport

_VERSION = 3


def to_json(reports: Sequence[FileReport]) -> str:
    """Return the reports as a JSON document.

    Texts are exactly those of the files; invisible characters are written as JSON escapes.
    """
    shared = ClassSummary(reports)
    document = {
        "version": _VERSION,
        "files": [_document(report) for report in reports],
        "mistakes": [asdict(mistake) for mistake in shared.mistakes],
        "copies": [asdict(copies) for copies in shared.copies],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    return "".join(f"{_visible(line)}\n" for line in text.split("\n"))


def load_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    from importlib import resources  # slow to import

    text = resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _document(report: FileReport) -> Any:  # noqa: ANN401
    fields = asdict(replace(report, details=None))
    del fields["details"]
    return _finite({"file": report.file, "ok": report.ok, **fields})


def _finite(value: Any) -> Any:  # noqa: ANN401
    """Replace infinities and nan, which JSON cannot express, by null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _visible(line: str) -> str:
    """Escape invisible characters, and what a continuous-integration service would take as a command."""
    if not line.isprintable():
        line = "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in line)
    return line.replace("##[", r"##\u005b")
