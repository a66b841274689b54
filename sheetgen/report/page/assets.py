"""Styles and scripts that a page holds itself, and the policy that admits nothing else."""

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import NamedTuple

_PACKAGE = "sheetgen.report.page"
_STYLES = ("page.css", "file.css")
_SCRIPTS = ("elements.js", "overview.js", "charts.js", "explanation.js", "sheet.js", "file.js")


class Assets(NamedTuple):
    """A page's style and script."""

    style: str
    script: str

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of a page that holds them."""
        return (
            f"default-src 'none'; script-src '{_hash(self.script)}'; style-src '{_hash(self.style)}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )


@cache
def report_assets() -> Assets:
    """Return the style and the script of a report."""
    return Assets(joined(_PACKAGE, _STYLES), '"use strict";\n' + joined(_PACKAGE, _SCRIPTS))


def joined(package: str, names: Sequence[str]) -> str:
    """Join files of a package."""
    folder = resources.files(package)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8").rstrip() for name in names)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
