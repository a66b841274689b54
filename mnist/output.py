"""Files are written whole or not at all, in folders that are made where there are none."""

from collections.abc import Callable
from pathlib import Path

from mnist.errors import MnistError
from sheetgen.errors import reason_of
from sheetgen.files import replacing


def write_whole(path: Path, write: Callable[[Path], object], failures: tuple[type[Exception], ...] = ()) -> None:
    """Have a file written beside its place, and move it there when it is complete.

    Args:
        path: the file; an existing one is replaced.
        write: writes the file whose path it is given.
        failures: what it raises besides `OSError` where the disk is full or may not be written to.

    Raises:
        MnistError: the file cannot be written; an existing file stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MnistError(str(path), f"cannot be written ({reason_of(error)})", "choose another place") from error
    with replacing(path, failures=failures, complaint=MnistError) as draft:
        write(draft)


def write_text(path: Path, text: str) -> None:
    """Write text to a file, whole or not at all.

    Raises:
        MnistError: the file cannot be written.
    """
    write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8"))
