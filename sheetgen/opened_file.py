"""Showing a file that was made, in the browser or in the program that the system has for it."""

import os
import shutil
import subprocess
import sys
import tempfile
import webbrowser
from pathlib import Path

import click

_PAGES = (".html", ".htm")
_OPENER = "open" if sys.platform == "darwin" else "xdg-open"


def temporary_page() -> Path:
    """Return a place for a page that is only to be shown; it stays there, for the browser reads it later."""
    return Path(tempfile.mkdtemp(prefix="sheetgen-")) / "report.html"


def show_file(path: Path) -> None:
    """Show a file; where that is not possible, say so on stderr."""
    shown = webbrowser.open(path.resolve().as_uri()) if path.suffix.lower() in _PAGES else _opened(path)
    if not shown:
        click.echo(f"there is no program here to show {path}; open it yourself", err=True)


def _opened(path: Path) -> bool:
    """Hand a file to the program that the system has for it; tell whether there is one."""
    if sys.platform == "win32":
        os.startfile(path)
        return True
    opener = shutil.which(_OPENER)
    if opener is None:
        return False
    quiet = subprocess.DEVNULL
    subprocess.Popen([opener, str(path.resolve())], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    return True
