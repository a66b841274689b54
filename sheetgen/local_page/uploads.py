"""The workbooks of one drop: received into a folder, within limits, and what has become of them."""

import re
from collections.abc import AsyncIterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from sheetgen.errors import SheetgenError, reason_of
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.folders import JUDGED, LEFT_OUT
from sheetgen.visible_text import clean, shorten

MOST_FILES = 1_000
REPORT, ARCHIVE = "report.html", "marked.zip"
_LONGEST_NAME, _LONGEST_PART = 240, 80  # of which no sign takes more than three bytes in a file system
_MEGABYTE = 1_000_000
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")  # what Windows opens in place of such a file


class Stage(StrEnum):
    """What is being done with the workbooks of a drop."""

    RECEIVING = "receiving"
    WAITING = "waiting"
    JUDGING = "judging"
    MARKING = "marking"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class Progress:
    """How far the workbooks of a drop are.

    Attributes:
        stage: what is being done.
        done: with how many files.
        total: of how many.
        why: what went wrong; empty if nothing has.
        marked: where the marked copies are, by the number of the file; complete when all is ready.
    """

    stage: Stage
    done: int = 0
    total: int = 0
    why: str = ""
    marked: tuple[tuple[int, Path], ...] = ()


@dataclass(frozen=True)
class Upload:
    """A file that was received.

    Attributes:
        path: where it is; nothing of this comes from its name but one of the known endings.
        name: what its owner calls it, perhaps with folders; only shown.
    """

    path: Path
    name: str


class Batch:
    """The workbooks that were dropped together.

    Args:
        folder: an empty folder, only for them.
        limits: how large a file may be; all together may be as large as one.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder: Path = folder
        self.progress: Progress = Progress(Stage.RECEIVING)
        self.uploads: list[Upload] = []
        self._most = limits.unpacked
        self._size = 0
        self._begun = 0

    async def receive(self, name: str, size: int, content: AsyncIterable[bytes]) -> None:
        """Receive a file.

        Args:
            name: what its owner calls it.
            size: its size in bytes, as far as it was said; 0 if it was not.
            content: its bytes, of which no more than is allowed are read.

        Raises:
            SheetgenError: it is too large, one too many, no workbook by its ending, or cannot be stored.
        """
        shown = shorten(clean(name).strip(), _LONGEST_NAME) or "a file without a name"
        ending = self._ending(name, shown)
        self._refuse_excess(shown, size)
        self._begun += 1
        path = self.folder / f"{self._begun}{ending}"
        try:
            await self._store(path, shown, content)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self.uploads.append(Upload(path, self._distinct(shown)))

    def _ending(self, name: str, shown: str) -> str:
        if self.progress.stage is not Stage.RECEIVING:
            raise SheetgenError(shown, "the others are being judged already", "drop it again, on its own")
        last = re.split(r"[/\\]", name)[-1].lower()
        ending = next((ending for ending in JUDGED if last.endswith(ending)), None)
        if ending is None or last.startswith(LEFT_OUT):
            raise SheetgenError(shown, "not a workbook by its name", f"give one that ends in {', '.join(JUDGED[:3])} …")
        return ending

    def _refuse_excess(self, shown: str, further: int) -> None:
        if self._begun >= MOST_FILES:
            raise SheetgenError(shown, f"more than {MOST_FILES:,} files at once", "drop fewer at a time")
        if self._size + further > self._most:
            most = f"{self._most // _MEGABYTE:,} MB"
            raise SheetgenError(shown, f"more than {most} at once", "drop fewer at a time, or raise --max-size")

    async def _store(self, path: Path, shown: str, content: AsyncIterable[bytes]) -> None:
        stored = 0
        try:
            with path.open("xb") as stream:
                async for piece in content:
                    self._size += len(piece)
                    stored += len(piece)
                    if self._size > self._most:
                        self._refuse_excess(shown, 0)
                    stream.write(piece)
        except BaseException as error:
            self._size -= stored
            if isinstance(error, OSError):
                raise SheetgenError(shown, f"cannot be stored ({reason_of(error)})", "make room") from error
            raise

    def _distinct(self, shown: str) -> str:
        """Number a name that another file has already: in a report each file has a name of its own."""
        taken = {upload.name for upload in self.uploads}
        number, name = 1, shown
        while name in taken:
            number += 1
            path = PurePosixPath(shown)
            name = f"{shown.removesuffix(path.suffix)} ({number}){path.suffix}"
        return name


def marked_name(upload: Upload, ending: str) -> str:
    """Return what a marked copy is called where it goes: below a folder, whatever its owner has written."""
    parts = [_NOT_IN_NAMES.sub("_", part)[:_LONGEST_PART].strip(". ") for part in re.split(r"[/\\]", upload.name)]
    parts = [f"_{part}" if _DEVICES.match(part) else part for part in parts if part]
    name = "/".join(parts) or "workbook"
    given = PurePosixPath(name).suffix
    return f"{name.removesuffix(given)}-marked{ending}"
