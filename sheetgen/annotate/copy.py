"""Writing the copy: beside its place first, and moved there when it is complete."""

import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from sheetgen.annotate.book import BookMarker
from sheetgen.files import replacing
from sheetgen.spreadsheet.package import Limits, Package, open_package
from sheetgen.verify.findings import Finding

_ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xltm")
_CREATED = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


def mark_workbook(source: Path, target: Path, findings: Sequence[Finding], limits: Limits | None = None) -> None:
    """Write a copy of a workbook in which wrong cells are coloured and framed, and explained in notes.

    All cells of a finding are coloured, and its first cell carries the note. A sheet gets at most 300 notes, the last
    of which says how many findings have none.

    Args:
        source: the workbook.
        target: where the copy goes; an existing file is replaced.
        findings: what is wrong in the workbook.
        limits: what it may cost to read it.

    Raises:
        SheetgenError: the workbook cannot be read, a finding is about cells that it cannot have, or the copy cannot be
            written. Nothing is left behind then, and an existing file stays as it was.
    """
    ending = source.suffix.lower() if source.suffix.lower() in _ENDINGS else ".xlsx"
    with replacing(target, [source], ending=ending) as draft, open_package(source, limits or Limits()) as package:
        marker = BookMarker(package, draft.parent)
        marker.mark(findings)
        _write(draft, package, marker)


def _write(draft: Path, package: Package, marker: BookMarker) -> None:
    """Write the parts in their order, the changed ones in their places and the new ones at the end."""
    with zipfile.ZipFile(package.path) as old, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as new:
        entries = {entry.filename: entry for entry in old.infolist()}
        for name, entry in entries.items():
            copied = _entry(name, entry.compress_type, entry.date_time)
            copied.external_attr = entry.external_attr
            if name in marker.parts.changed:
                new.writestr(copied, marker.parts.changed[name])
            elif name in marker.sheets:
                copied.file_size = marker.sheets[name].stat().st_size
                with marker.sheets[name].open("rb") as stream:
                    _pour(stream, new, copied)
            else:
                copied.file_size = entry.file_size
                _copy(package, old, new, copied)
        for name in (name for name in marker.parts.changed if name not in entries):
            new.writestr(_entry(name, zipfile.ZIP_DEFLATED, _CREATED), marker.parts.changed[name])


def _copy(package: Package, old: zipfile.ZipFile, new: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Copy a part as it is; an error of the disk is left to whoever called."""
    try:
        with old.open(entry.filename) as stream:
            _pour(stream, new, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise package.damaged(f"its part {entry.filename} cannot be unpacked") from error


def _pour(stream: IO[bytes], archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry, "w") as target:
        shutil.copyfileobj(stream, target, _CHUNK)


def _entry(name: str, compression: int, date: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date)
    entry.compress_type = compression
    return entry
