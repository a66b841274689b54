"""LibreOffice, headless, in a profile of its own: it runs no macros and makes no network requests."""

import os
import shutil
from pathlib import Path

from sheetgen.programs import ProgramError, last_words, run_program, without_user_settings

_ELSEWHERE = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.com",
)
_LOAD = "org.openoffice.Office.Calc/Formula/Load"
_SCRIPTING = "org.openoffice.Office.Common/Security/Scripting"
_INTERNET = "org.openoffice.Inet/Settings"
_SETTINGS = (
    (_SCRIPTING, "MacroSecurityLevel", "3"),
    (_SCRIPTING, "DisableMacrosExecution", "true"),
    (_SCRIPTING, "BlockUntrustedRefererLinks", "true"),
    ("org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    (_INTERNET, "ooInetProxyType", "2"),
    (_INTERNET, "ooInetHTTPProxyName", "127.0.0.1"),
    (_INTERNET, "ooInetHTTPProxyPort", "9"),
    (_INTERNET, "ooInetHTTPSProxyName", "127.0.0.1"),
    (_INTERNET, "ooInetHTTPSProxyPort", "9"),
)
_ALWAYS, _NEVER = "0", "1"


def find_libreoffice() -> str | None:
    """Return the program; None if it is not installed."""
    return shutil.which("soffice") or next((path for path in _ELSEWHERE if os.access(path, os.X_OK)), None)


def convert_to_xlsx(
    program: str, book: Path, timeout: float, *, recalculated: bool, import_filter: str | None = None
) -> Path:
    """Have a workbook written again as .xlsx.

    Args:
        program: what `find_libreoffice` returned.
        book: the workbook, alone in a folder that may be written to.
        timeout: seconds it may take.
        recalculated: whether every formula is to be recalculated; if not, cached values stay as they are.
        import_filter: LibreOffice's name of the workbook's format; chosen by the content if not given.

    Returns:
        The new workbook, in a folder below that of the old one.

    Raises:
        ProgramError: LibreOffice fails or takes too long.
    """
    folder, profile = book.parent, book.parent / "profile"
    write_profile(profile, recalculated=recalculated)
    out = folder / "converted"
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    if import_filter is not None:
        command.append(f"--infilter={import_filter}")
    arguments = ("--convert-to", "xlsx", "--outdir", out, book)
    run_program(folder, timeout, without_user_settings(folder), *command, *arguments)
    result = out / f"{book.stem}.xlsx"
    if not result.exists():
        raise ProgramError(last_words(folder) or "it wrote nothing")
    return result


def write_profile(profile: Path, *, recalculated: bool) -> None:
    """Make a profile in which LibreOffice recalculates either every file that it opens, or none."""
    mode = _ALWAYS if recalculated else _NEVER
    settings = (*_SETTINGS, (_LOAD, "OOXMLRecalcMode", mode), (_LOAD, "ODFRecalcMode", mode))
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in settings
    )
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>',
        encoding="utf-8",
    )
