"""Files are written whole or not at all."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mnist.errors import MnistError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place, and move it there when it is complete.

    Args:
        path: the file; an existing one is replaced.
        write: writes the file whose path it is given.

    Raises:
        MnistError: the file cannot be written; an existing file stays as it was.
    """
    draft = path.with_name(f".{path.stem}.draft{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(draft)
        draft.replace(path)
    except (OSError, RuntimeError) as error:  # torch.save reports a full disk as RuntimeError
        with suppress(OSError):
            draft.unlink()
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise MnistError(str(path), f"cannot be written ({reason})", "make room, or choose another place") from error


def write_text(path: Path, text: str) -> None:
    """Write text to a file, whole or not at all.

    Raises:
        MnistError: the file cannot be written.
    """
    write_whole(path, lambda draft: draft.write_text(text, encoding="utf-8"))
