"""Gnumeric, through its converter `ssconvert`, and LibreOffice, headless, with our own settings."""

import os
import shutil
from pathlib import Path

from sheetgen.recalculate.job import Job, Results, last_words, run_program
from sheetgen.spreadsheet.opened_workbook import Sheet, open_workbook

_ELSEWHERE = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
)
# It recalculates on loading only when told to; it runs no macros and makes no network requests.
_SETTINGS = (
    ("org.openoffice.Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),
    ("org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    ("org.openoffice.Inet/Settings", "ooInetProxyType", "2"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def recalculate_with_gnumeric(job: Job) -> Results:
    """Recalculate with Gnumeric."""
    result = job.folder / "recalculated.xlsx"
    return _converted(job, result, "ssconvert", shutil.which("ssconvert"), "--recalc", job.book, result)


def recalculate_with_libreoffice(job: Job) -> Results:
    """Recalculate with LibreOffice."""
    program = shutil.which("soffice") or next((path for path in _ELSEWHERE if os.access(path, os.X_OK)), None)
    profile, out = job.folder / "profile", job.folder / "recalculated"
    write_settings(profile)
    place = f"-env:UserInstallation={profile.as_uri()}"
    arguments = (place, "--headless", "--convert-to", "xlsx", "--outdir", out, job.book)
    return _converted(job, out / f"{job.book.stem}.xlsx", "soffice", program, *arguments)


def _converted(job: Job, result: Path, name: str, program: str | None, *arguments: str | Path) -> Results:
    """Run a program that writes a recalculated workbook, and return a function that reads it."""
    if program is None:
        raise job.not_installed(f"install it, so that the program {name} can be found, or take another engine")
    home = str(job.folder)  # where the program finds no user settings
    settings = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "GSETTINGS_BACKEND": "memory"}
    run_program(job, settings, program, *arguments)
    if not result.exists():
        raise job.failed(last_words(job) or "it wrote nothing")

    def read(name: str) -> Sheet:
        with open_workbook(result, job.limits) as workbook:
            return workbook.read(name) if name in workbook.sheet_names else Sheet(name)

    return read


def write_settings(profile: Path) -> None:
    """Make a profile in which LibreOffice recalculates every file that it opens."""
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>',
        encoding="utf-8",
    )
