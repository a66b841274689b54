"""Which files of a folder are judged, and which are skipped."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.files import WORKBOOKS
from sheetgen.visible_text import clean

# What may hold a workbook, but is none that can be read, is not judged, and the report says why.
_MAY_HOLD_ONE = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".numbers", ".fods", ".gsheet")
_LEFT_OUT = ("~$", ".")  # Excel's, while a workbook is open; hidden files, such as macOS's beside every copied file
_MOST_NAMED = 10


class Searched(NamedTuple):
    """What paths stand for: the files to judge, and the files of folders that are no workbooks."""

    files: list[Path]
    skipped: list[Path]


def search(paths: Iterable[str | Path]) -> Searched:
    """List the workbooks that paths stand for.

    Args:
        paths: files and folders.

    Returns:
        Files as they were given, and of each folder the workbooks and archives in and below it, sorted; each once.

    Raises:
        SheetgenError: a folder holds none, or cannot be read.
    """
    files: dict[Path, None] = {}
    skipped: dict[Path, None] = {}
    for path in map(Path, paths):
        found = _in_folder(path) if path.is_dir() else Searched([path], [])
        files.update(dict.fromkeys(found.files))
        skipped.update(dict.fromkeys(found.skipped))
    return Searched(list(files), [path for path in skipped if path not in files])


def say_skipped(skipped: list[Path]) -> str:
    """Say in one line which files were skipped and why; empty if there are none."""
    if not skipped:
        return ""
    named = ", ".join(clean(str(path)) for path in skipped[:_MOST_NAMED])
    more = f" and {len(skipped) - _MOST_NAMED:,} more" if len(skipped) > _MOST_NAMED else ""
    return f"skipped, not workbooks by their endings: {named}{more}"


def _in_folder(folder: Path) -> Searched:
    found = Searched([], [])
    for place, _, names in os.walk(folder, onerror=_complain):
        for name in names:
            if not name.startswith(_LEFT_OUT):
                wanted = name.lower().endswith((*WORKBOOKS, *_MAY_HOLD_ONE))
                (found.files if wanted else found.skipped).append(Path(place) / name)
    if not found.files:
        endings = ", ".join(WORKBOOKS[:-1])
        raise SheetgenError(
            str(folder), "no workbook in this folder", f"give one with {endings} or {WORKBOOKS[-1]} files"
        )
    return Searched(sorted(found.files), sorted(found.skipped))


def _complain(error: OSError) -> None:
    raise SheetgenError(str(error.filename), "this folder cannot be read", "check its permissions") from error
