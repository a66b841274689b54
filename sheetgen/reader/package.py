"""The file as a container: opened with care, because anyone may have made it."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple
from xml.parsers import expat

from sheetgen.errors import SheetgenError

_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "open it in a spreadsheet application and save it as .xlsx"
_MOST_PARTS = 20_000
_MOST_TEXT = 400_000


@dataclass(frozen=True)
class Limits:
    """What a file may cost before it is refused.

    Attributes:
        unpacked: bytes of the file's parts together, unpacked.
        cells: cells of one worksheet that hold something.
    """

    unpacked: int = 2_000_000_000
    cells: int = 10_000_000


class Element(NamedTuple):
    """One element of a small XML part: its name without prefix, its attributes and its own text."""

    name: str
    attributes: dict[str, str]
    text: str


class Package:
    """An open workbook file; its parts are read by name."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self.parts = frozenset(archive.namelist())

    @contextmanager
    def open(self, part: str) -> Iterator[IO[bytes]]:
        """Open a part for reading.

        Raises:
            SheetgenError: the part is missing or damaged.
        """
        if part not in self.parts:
            raise self.damaged(f"its part {part} is missing")
        try:
            with self._archive.open(part) as stream:
                yield stream
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise self.damaged(f"its part {part} cannot be unpacked") from error

    def elements(self, part: str) -> list[Element]:
        """Read a small XML part: its elements in the order of their ends."""
        open_elements: list[tuple[str, dict[str, str], list[str]]] = []
        found: list[Element] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            open_elements.append((name.rpartition(":")[2], attributes, []))

        def end(_: str) -> None:
            name, attributes, text = open_elements.pop()
            found.append(Element(name, attributes, "".join(text)))

        def data(text: str) -> None:
            open_elements[-1][2].append(text)

        self.parse(part, start, end, data)
        return found

    def parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None],
        data: Callable[[str], None],
    ) -> None:
        """Run an XML part through three handlers, as expat calls them.

        Raises:
            SheetgenError: the part is not well-formed, or it declares entities, which no spreadsheet program does.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = data
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        with self.open(part) as stream:
            try:
                parser.ParseFile(stream)
            except expat.ExpatError as error:
                raise self.damaged(f"its part {part} is not well-formed XML (line {error.lineno})") from error
            except ValueError as error:  # a number that is none, an encoding that is unknown
                raise self.damaged(f"its part {part} cannot be read ({error})") from error

    def size(self, part: str) -> int:
        """Return how many bytes a part has, unpacked."""
        return self._archive.getinfo(part).file_size if part in self.parts else 0

    def damaged(self, what: str) -> SheetgenError:
        """Complain about this file."""
        return SheetgenError(str(self.path), f"not a workbook that can be read: {what}", _SAVE_AS)

    def _refuse_doctype(self, *_: object) -> None:
        raise self.damaged("it declares XML entities, which no spreadsheet program writes")


@contextmanager
def open_package(path: str | Path, limits: Limits) -> Iterator[Package]:
    """Open a workbook file.

    Raises:
        SheetgenError: it is not there, not a file, not an .xlsx or .xlsm file, or larger than the limits allow.
    """
    file = Path(path)
    _refuse_what_is_no_file(file)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SheetgenError(str(file), *_why_no_archive(file)) from error
    with archive:
        _refuse_other_kinds(file, archive)
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > limits.unpacked or len(archive.infolist()) > _MOST_PARTS:
            what = f"{unpacked / 1e6:,.0f} MB unpacked, the limit is {limits.unpacked / 1e6:,.0f} MB"
            raise SheetgenError(str(file), what, "raise it with --max-size if you trust the file")
        yield Package(file, archive)


def check_text(package: Package, text: str) -> None:
    """Refuse a text that no cell can hold, before it fills the memory."""
    if len(text) > _MOST_TEXT:
        raise package.damaged(f"a cell holds a text of more than {_MOST_TEXT:,} characters")


def _refuse_what_is_no_file(file: Path) -> None:
    try:
        if file.is_dir():
            raise SheetgenError(str(file), "a folder", "give a workbook")
        if not file.exists():
            raise SheetgenError(str(file), "no such file", "check the name and the folder")
        if not file.is_file():
            raise SheetgenError(str(file), "not a regular file", "give a workbook")
    except (OSError, ValueError) as error:
        raise SheetgenError(str(file), "cannot be looked at", "check the name and its permissions") from error


def _why_no_archive(file: Path) -> tuple[str, str]:
    try:
        with file.open("rb") as stream:
            head = stream.read(1_000_000)
    except OSError:
        return "cannot be read", "check its permissions"
    if not head:
        return "an empty file", "give an .xlsx workbook"
    if head.startswith(_COMPOUND_FILE):
        if _ENCRYPTED in head:
            return "encrypted with a password", "save it without a password"
        return "an old .xls workbook", _SAVE_AS
    if head.startswith(b"PK"):
        return "a damaged or truncated workbook", "save or download it again"
    return "not an .xlsx workbook", _SAVE_AS


def _refuse_other_kinds(file: Path, archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise SheetgenError(str(file), "a binary .xlsb workbook", _SAVE_AS)
    if "mimetype" in names:
        raise SheetgenError(str(file), "an OpenDocument file", _SAVE_AS)
    if "[Content_Types].xml" not in names or "_rels/.rels" not in names:
        raise SheetgenError(str(file), "a zip archive, but not a workbook", "give an .xlsx workbook")
