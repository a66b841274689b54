"""Copies of a workbook file in which some parts are replaced."""

import posixpath
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import IO
from xml.sax.saxutils import quoteattr, unescape

from sheetgen.spreadsheet.archive import part_name
from sheetgen.spreadsheet.package import Package

Writer = Callable[[IO[bytes]], object]
"""Writes a part to the stream that it is given."""

_CHUNK = 1 << 20
_REFERENCE = re.compile(r"""(?<=\sTarget=)(?:"[^"]*"|'[^']*')|(?<=\sPartName=)(?:"[^"]*"|'[^']*')""")
_FAST = 1
_ZIP64 = 1_000_000_000


def copy_package(package: Package, target: Path, writers: Mapping[str, Writer], *, passing: bool = False) -> None:
    """Write a copy of a workbook file; new parts are added at the end.

    Args:
        package: the workbook file.
        target: where the copy goes.
        writers: by name, what writes the parts that are not copied unchanged.
        passing: whether the copy is read once by another program and thrown away, so that speed matters more than
            size, and references to parts are spelt as their names are, which not every program can do without.

    Raises:
        SheetgenError: a part is damaged.
        OSError: the copy cannot be written.
    """
    if passing:
        writers = _spelling_writers(package) | dict(writers)
    with (
        zipfile.ZipFile(package.readable) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST if passing else None) as new,
    ):
        for entry in old.infolist():
            name = part_name(entry.filename)
            with new.open(name if passing else _alike(entry), "w", force_zip64=entry.file_size > _ZIP64) as stream:
                if name in writers:
                    writers[name](stream)
                else:
                    _copy(package, old, entry, stream)
        for name in (name for name in writers if not package.has(name)):
            with new.open(name, "w") as stream:
                writers[name](stream)


def _spelling_writers(package: Package) -> dict[str, Writer]:
    """Return writers of the parts whose references to others differ in spelling from the names of those."""
    writers: dict[str, Writer] = {}
    for part in package.parts:
        if part.endswith(".rels") or part.casefold() == "[content_types].xml":
            written = package.read(part)
            spelt = _REFERENCE.sub(partial(_spelt, package, part), written)
            if spelt != written:
                writers[part] = methodcaller("write", spelt.encode())
    return writers


def _spelt(package: Package, part: str, reference: re.Match[str]) -> str:
    """Return a quoted reference as the part that it means is spelt."""
    target = unescape(reference[0][1:-1])
    owner = posixpath.dirname(posixpath.dirname(part)) + "/" if part.endswith(".rels") else ""
    name = package.target(owner, target)
    wanted = posixpath.normpath(posixpath.join("/", owner, target)).lstrip("/")
    return reference[0] if name == wanted or not package.has(name) else quoteattr(f"/{name}")


def _copy(package: Package, old: zipfile.ZipFile, entry: zipfile.ZipInfo, target: IO[bytes]) -> None:
    """Copy a part unchanged; disk errors are left to the caller."""
    try:
        with old.open(entry) as source:
            shutil.copyfileobj(source, target, _CHUNK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise package.damaged(f"its part {entry.filename} cannot be unpacked") from error


def _alike(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return an entry with the same name, compression, date and attributes."""
    copied = zipfile.ZipInfo(part_name(entry.filename), entry.date_time)
    copied.compress_type, copied.external_attr = entry.compress_type, entry.external_attr
    return copied
