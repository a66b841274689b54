"""Reports in files: written whole or not at all."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from sheetgen.errors import SheetgenError


def write_lines(path: Path, lines: Iterable[str], sources: Iterable[Path] = ()) -> None:
    """Write lines of text to a file, beside its place first, and move it there when it is complete.

    Args:
        path: the file; an existing one is replaced.
        lines: what to write, without line ends.
        sources: files that were read, and must not be replaced.

    Raises:
        SheetgenError: the file cannot be written, or is one of the sources; an existing file stays as it was.
    """
    target = path.resolve()
    if target in {source.resolve() for source in sources}:
        raise SheetgenError(str(path), "is one of the workbooks", "choose another place with -o")
    if target.is_dir():
        raise SheetgenError(str(path), "is a folder", "give the name of a file to write")
    if target.exists() and not target.is_file():
        raise SheetgenError(str(path), "is not a plain file", "give the name of a file to write")
    try:
        with tempfile.TemporaryDirectory(prefix=".sheetgen-", dir=target.parent) as folder:
            draft = Path(folder) / "draft"
            with draft.open("w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.writelines(f"{line}\n" for line in lines)
            draft.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SheetgenError(str(path), f"cannot be written ({reason})", "choose another place with -o") from error
