"""The archive that a workbook is, and the names of the parts in it."""

import struct
import zipfile
import zlib
from pathlib import Path

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.refusals import refuse_large, refuse_many_parts, refuse_other_kinds, why_no_archive

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
UNREADABLE = (*DAMAGED, struct.error, ValueError, OverflowError)


def open_archive(file: Path, most: int) -> zipfile.ZipFile:
    """Open the archive that a workbook is.

    Args:
        file: the workbook.
        most: how large its parts may be, unpacked, all together, in bytes.

    Raises:
        OtherFormatError: it is a workbook in another format.
        SheetgenError: it is none, or larger than the limits allow.
    """
    try:
        refuse_many_parts(file)
        archive = zipfile.ZipFile(file)
    except UNREADABLE as error:
        raise why_no_archive(file) from error
    try:
        refuse_large(file, sum(entry.file_size for entry in archive.infolist()), most)
        refuse_other_kinds(file, [*map(part_key, archive.namelist())])
    except SheetgenError:
        archive.close()
        raise
    return archive


def part_name(entry: str) -> str:
    """Return the name of a part, given its name in the archive, in which some programs write backslashes."""
    return entry.replace("\\", "/").lstrip("/")


def part_key(name: str) -> str:
    """Return what tells a part from others, given its name: the case of letters makes no difference."""
    return part_name(name).lower()
