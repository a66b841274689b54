"""The report as one self-contained HTML page, which needs no network and no other file.

The overview is plain HTML. Each file's cells and findings are JSON, from which `file.js` makes its view when it is
opened: a class of 500 would take too long to lay out at once. No text of a file is ever markup: Jinja escapes it, the
script sets it as text, and a Content-Security-Policy admits only the page's own style and script.
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sheetgen.report.class_summary import ClassSummary
from sheetgen.report.page.overview import overview
from sheetgen.report.page.views import views
from sheetgen.verify.findings import FileReport

_STYLES = ("page.css", "file.css")
_SCRIPTS = ("elements.js", "overview.js", "charts.js", "explanation.js", "sheet.js", "file.js")

__all__ = ["render_page"]


def render_page(reports: Sequence[FileReport]) -> str:
    """Write reports as a page.

    Args:
        reports: one for each file; what is shown of a file's sheets and curves is in its `details`.

    Returns:
        The whole document; the same reports always give the same one.
    """
    summary = ClassSummary(reports)
    style, script = _joined(_STYLES), '"use strict";\n' + _joined(_SCRIPTS)
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            overview=overview(summary),
            style=Markup(style),
            style_hash=_hash(style),
            script=Markup(script),
            script_hash=_hash(script),
            data=Markup(_as_data(views(summary))),
        )
        .strip()
        + "\n"
    )


@cache
def _environment() -> Environment:
    """Return Jinja's environment: everything is escaped, and a name that is not there is an error."""
    loader = PackageLoader("sheetgen.report.page", "")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _joined(names: Sequence[str]) -> str:
    folder = resources.files(__package__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8").rstrip() for name in names)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _as_data(value: Any) -> str:  # noqa: ANN401
    """Write JSON that a page may hold: nothing in it ends the element, or begins another one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
