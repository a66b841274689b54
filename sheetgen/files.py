"""The one way to write a file: to a draft beside it first, moved into place when complete."""

import os
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sheetgen.errors import SheetgenError, UserError, reason_of

WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods")


@contextmanager
def replacing(
    path: Path,
    sources: Iterable[Path] = (),
    *,
    ending: str | None = None,
    failures: tuple[type[Exception], ...] = (),
    complaint: type[UserError] = SheetgenError,
) -> Iterator[Path]:
    """Yield where to write a draft of a file, and move the draft into place if nothing went wrong.

    The draft has a folder to itself, beside the file and on the same disk, in which other temporary files may be put.
    Links are followed. Whatever goes wrong, an existing file stays as it was and nothing is left behind.

    Args:
        path: the file; an existing one is replaced.
        sources: files that are being read, and must not be replaced.
        ending: what the file's name must end in, or Excel would not open it.
        failures: what the writer raises besides `OSError` if the disk is full or not writable.
        complaint: the exception to raise.

    Raises:
        UserError: the file cannot be written, or must not be.
    """
    caught: tuple[type[Exception], ...] = (OSError, *failures)
    try:
        target = Path(os.path.realpath(path))  # unlike `Path.resolve`, it accepts circular links
        refusal = _refusal(path, target, list(sources), ending)
        if refusal is not None:
            raise complaint(str(path), *refusal)
        with tempfile.TemporaryDirectory(prefix=".sheetgen-", dir=target.parent) as folder:
            draft = Path(folder) / f"draft{target.suffix}"
            yield draft
            draft.replace(target)
    except caught as error:
        _let_go(error)
        cause = error if isinstance(error, OSError) else error.__context__ or error  # libraries wrap it
        raise complaint(str(path), f"cannot be written ({reason_of(cause)})", _remedy(cause)) from error


def write_lines(path: Path, lines: Iterable[str], sources: Iterable[Path] = ()) -> None:
    """Write lines of text, given without line ends, to a file: whole or not at all.

    Args:
        path: the file; an existing one is replaced.
        lines: what to write; characters that UTF-8 cannot encode are escaped.
        sources: files that were read, and must not be replaced.

    Raises:
        SheetgenError: as `replacing`, or a workbook stands there.
    """
    with replacing(path, sources) as draft, draft.open("w", encoding="utf-8", errors="backslashreplace") as stream:
        if path.suffix.lower() in WORKBOOKS and path.exists():
            raise SheetgenError(str(path), "is a workbook, which a report would replace", "choose another place")
        stream.writelines(f"{line}\n" for line in lines)


def _refusal(path: Path, target: Path, sources: list[Path], ending: str | None) -> tuple[str, str] | None:
    """Say why the file should not be written, and what to do instead; None if it may be."""
    if any(_same_file(target, source) for source in sources):
        what = "the workbook itself" if len(sources) == 1 else "one of the workbooks"
        return f"is {what}", "choose another place"
    if target.is_dir():
        return "is a folder", "give the name of a file to write"
    if target.exists() and not target.is_file():
        return "is not a plain file", "give the name of a file to write"
    if ending is not None and target.suffix.lower() != ending:
        return f"does not end in {ending}", "Excel opens the workbook only under that ending"
    if not target.parent.is_dir():
        return f"cannot be written (there is no folder {path.parent})", "create it first"
    if not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        return "cannot be written (no permission to write there)", "choose another place"
    return None


def _same_file(target: Path, source: Path) -> bool:
    return target == source.resolve() or (target.exists() and source.exists() and target.samefile(source))


def _let_go(error: Exception) -> None:
    """Close archives that the writer left open, ignoring that a full disk keeps them from being completed."""
    before, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        for each in filter(None, (error.__context__, error)):
            traceback.clear_frames(each.__traceback__)
    finally:
        sys.unraisablehook = before


def _remedy(error: BaseException) -> str:
    if isinstance(error, PermissionError):  # what Windows raises for a file that Excel has open
        return "close it where it is open, or choose another place"
    return "make room, or choose another place"
