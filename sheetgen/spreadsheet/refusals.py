"""Why a file is no workbook, said before anything in it is read."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from sheetgen.errors import SheetgenError

SAVE_AS = "open it in a spreadsheet application and save it as .xlsx"
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A stream that only a file under rights management has.
_PROTECTED = "DRMEncrypted".encode("utf-16-le")
_CHUNK = 262_144
_MOST_PARTS = 20_000
_PART = b"PK\x01\x02"  # the signature of each entry in the archive's directory


def refuse_what_is_no_file(file: Path) -> None:
    """Refuse a folder, a device, or nothing at all."""
    try:
        if file.is_dir():
            raise SheetgenError(str(file), "a folder", "give a workbook")
        if not file.exists():
            raise SheetgenError(str(file), "no such file", "check the name and the folder")
        if not file.is_file():
            raise SheetgenError(str(file), "not a regular file", "give a workbook")
    except (OSError, ValueError) as error:
        raise SheetgenError(str(file), "cannot be looked at", "check the name and its permissions") from error


def refuse_many_parts(file: Path) -> None:
    """Refuse an archive with too many parts, before its directory is read into memory."""
    with file.open("rb") as stream:
        count = sum(chunk.count(_PART) for chunk in iter(partial(stream.read, _CHUNK), b""))
    if count > _MOST_PARTS:
        raise SheetgenError(str(file), f"an archive of more than {_MOST_PARTS:,} parts", "give an .xlsx workbook")


def why_no_archive(file: Path) -> tuple[str, str]:
    """Say why a file is no archive, and what to do."""
    try:
        with file.open("rb") as stream:
            head = stream.read(1_000_000)
    except OSError:
        return "cannot be read", "check its permissions"
    if not head:
        return "an empty file", "give an .xlsx workbook"
    if head.startswith(_COMPOUND_FILE):
        if _PROTECTED in head:
            return "protected by rights management (IRM)", "ask its author for a copy without restrictions"
        if _ENCRYPTED in head:
            return "encrypted with a password", "save it without a password"
        return "an old .xls workbook", SAVE_AS
    if head.startswith(b"PK"):
        return "a damaged or truncated workbook", "save or download it again"
    return "not an .xlsx workbook", SAVE_AS


def refuse_other_kinds(file: Path, keys: Sequence[str]) -> None:
    """Refuse an archive that is no workbook, given its parts' names in lower case."""
    names = frozenset(keys)
    if len(names) < len(keys):  # programs differ in which duplicate they read
        raise SheetgenError(str(file), "a workbook with two parts of one name", SAVE_AS)
    if "xl/workbook.bin" in names:
        raise SheetgenError(str(file), "a binary .xlsb workbook", SAVE_AS)
    if "mimetype" in names:
        raise SheetgenError(str(file), "an OpenDocument file", SAVE_AS)
    if "[content_types].xml" not in names or "_rels/.rels" not in names:
        raise SheetgenError(str(file), "a zip archive, but not a workbook", "give an .xlsx workbook")
