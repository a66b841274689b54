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
_ARCHIVES = (b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b")
_UNPACK = "if it holds a workbook, unpack it"
_NUMBERS = ".iwa"  # the ending of the parts of Apple's documents
_CHUNK = 262_144
_MOST_PARTS = 20_000
_PART = b"PK\x01\x02"  # the signature of each entry in the archive's directory


class OtherFormatError(SheetgenError):
    """A workbook in another format than .xlsx.

    Attributes:
        format: the usual ending of its name: `xls`, `xlsb` or `ods`.
    """

    def __init__(self, where: str, what: str, format: str) -> None:  # noqa: A002
        super().__init__(where, what, SAVE_AS)
        self.format = format


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


def refuse_large(file: Path, unpacked: int, most: int) -> None:
    """Refuse an archive whose parts would take too many bytes."""
    if unpacked > most:
        what = f"{unpacked / 1e6:,.0f} MB unpacked, the limit is {most / 1e6:,.0f} MB"
        raise SheetgenError(str(file), what, "raise it with --max-size if you trust the file")


def why_no_archive(file: Path) -> SheetgenError:
    """Return a complaint that says why a file is no archive, and what to do."""
    try:
        with file.open("rb") as stream:
            head = stream.read(1_000_000)
    except OSError:
        return SheetgenError(str(file), "cannot be read", "check its permissions")
    if not head:
        return SheetgenError(str(file), "an empty file", "give an .xlsx workbook")
    if head.startswith(_COMPOUND_FILE):
        if _PROTECTED in head:
            remedy = "ask its author for a copy without restrictions"
            return SheetgenError(str(file), "protected by rights management (IRM)", remedy)
        if _ENCRYPTED in head:
            return SheetgenError(str(file), "encrypted with a password", "save it without a password")
        return OtherFormatError(str(file), "an old .xls workbook", "xls")
    if head.startswith(b"PK"):
        return SheetgenError(str(file), "a damaged or truncated workbook", "save or download it again")
    if head.startswith(_ARCHIVES):
        return SheetgenError(str(file), "an archive", _UNPACK)
    return SheetgenError(str(file), "not an .xlsx workbook", SAVE_AS)


def refuse_other_kinds(file: Path, keys: Sequence[str]) -> None:
    """Refuse an archive that is no .xlsx workbook.

    Args:
        file: the archive.
        keys: its parts' names in lower case.

    Raises:
        OtherFormatError: it is a workbook in another format.
        SheetgenError: it is none.
    """
    names = frozenset(keys)
    if len(names) < len(keys):  # programs differ in which duplicate they read
        raise SheetgenError(str(file), "a workbook with two parts of one name", SAVE_AS)
    if "xl/workbook.bin" in names:
        raise OtherFormatError(str(file), "a binary .xlsb workbook", "xlsb")
    if "mimetype" in names:
        raise OtherFormatError(str(file), "an OpenDocument file", "ods")
    if any(name.endswith(_NUMBERS) for name in names):
        raise SheetgenError(str(file), "a Numbers document", "export it from Numbers as .xlsx")
    if "[content_types].xml" not in names or "_rels/.rels" not in names:
        raise SheetgenError(str(file), "a zip archive, but not a workbook", _UNPACK)
