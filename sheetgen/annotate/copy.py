"""Writing the copy: beside its place first, and moved there when it is complete."""

import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from sheetgen.annotate.book import BookMarker
from sheetgen.errors import SheetgenError
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
    place = _writable(source, target)
    with open_package(source, limits or Limits()) as package:
        try:
            with tempfile.TemporaryDirectory(prefix=".sheetgen-", dir=place.parent) as folder:
                marker = BookMarker(package, Path(folder))
                marker.mark(findings)
                draft = Path(folder) / f"draft{place.suffix}"
                _write(draft, package, marker)
                draft.replace(place)
        except OSError as error:
            remedy = "the file is as it was; close it where it is open, or choose another place"
            raise SheetgenError(str(target), f"cannot be written ({error.strerror or error})", remedy) from error


def _writable(source: Path, target: Path) -> Path:
    """Follow links and refuse what cannot become the copy, before any work is done."""
    place = target.resolve()
    if place == source.resolve() or (place.exists() and source.exists() and place.samefile(source)):
        raise SheetgenError(str(target), "is the workbook itself", "give another name for the marked copy")
    if place.exists() and not place.is_file():
        raise SheetgenError(str(target), "is not a plain file", "give the name of a file to write")
    ending = source.suffix.lower() if source.suffix.lower() in _ENDINGS else ".xlsx"
    if place.suffix.lower() != ending:
        raise SheetgenError(str(target), f"does not end in {ending}", "Excel opens the copy only under that ending")
    if not place.parent.is_dir():
        raise SheetgenError(str(target), f"there is no folder {target.parent}", "create it first")
    if not os.access(place.parent, os.W_OK) or (place.exists() and not os.access(place, os.W_OK)):
        raise SheetgenError(str(target), "no permission to write there", "choose another place")
    return place


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
