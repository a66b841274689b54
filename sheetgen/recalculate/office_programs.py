"""Gnumeric, through its converter `ssconvert`, and LibreOffice, without a window, with settings of our own."""

import os
import shutil
from pathlib import Path

from sheetgen.recalculate.job import Job, Results, private_settings, results_in, run_program

_ELSEWHERE = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
)
# It recalculates on loading only when told so; it runs no macro and asks nobody on the network.
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
    program = shutil.which("ssconvert")
    if program is None:
        raise job.not_installed("install it, so that the program ssconvert can be found, or take another engine")
    result = job.folder / "recalculated.xlsx"
    run_program(job, [program, "--recalc", job.book, result], private_settings(job))
    return results_in(job, result)


def recalculate_with_libreoffice(job: Job) -> Results:
    """Recalculate with LibreOffice."""
    program = shutil.which("soffice") or next((path for path in _ELSEWHERE if os.access(path, os.X_OK)), None)
    if program is None:
        raise job.not_installed("install it, so that the program soffice can be found, or take another engine")
    profile, out = job.folder / "profile", job.folder / "recalculated"
    _write_settings(profile)
    place = f"-env:UserInstallation={profile.as_uri()}"
    command: list[str | Path] = [program, place, "--headless", "--convert-to", "xlsx", "--outdir", out, job.book]
    run_program(job, command, private_settings(job))
    return results_in(job, out / f"{job.book.stem}.xlsx")


def _write_settings(profile: Path) -> None:
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
