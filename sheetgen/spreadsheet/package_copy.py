"""Copies of a workbook file in which some parts are replaced."""

import shutil
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from sheetgen.spreadsheet.package import Package

Writer = Callable[[IO[bytes]], object]
"""Writes a part to the stream that it is given."""

_CHUNK = 1 << 20
_FAST = 1
_ZIP64 = 1_000_000_000


def copy_package(package: Package, target: Path, writers: Mapping[str, Writer], *, passing: bool = False) -> None:
    """Write a copy of a workbook file; new parts are added at the end.

    Args:
        package: the workbook file.
        target: where the copy goes.
        writers: by name, what writes the parts that are not copied unchanged.
        passing: whether the copy is read once and thrown away, so that speed matters more than size.

    Raises:
        SheetgenError: a part is damaged.
        OSError: the copy cannot be written.
    """
    with (
        zipfile.ZipFile(package.path) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST if passing else None) as new,
    ):
        for entry in old.infolist():
            name = entry.filename
            with new.open(name if passing else _alike(entry), "w", force_zip64=entry.file_size > _ZIP64) as stream:
                if name in writers:
                    writers[name](stream)
                else:
                    _copy(package, old, name, stream)
        for name in (name for name in writers if name not in package.parts):
            with new.open(name, "w") as stream:
                writers[name](stream)


def _copy(package: Package, old: zipfile.ZipFile, name: str, target: IO[bytes]) -> None:
    """Copy a part unchanged; disk errors are left to the caller."""
    try:
        with old.open(name) as source:
            shutil.copyfileobj(source, target, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise package.damaged(f"its part {name} cannot be unpacked") from error


def _alike(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return an entry with the same name, compression, date and attributes."""
    copied = zipfile.ZipInfo(entry.filename, entry.date_time)
    copied.compress_type, copied.external_attr = entry.compress_type, entry.external_attr
    return copied
