"""The file as a container, opened with care because it may come from anyone."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from sheetgen.errors import SheetgenError

_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "open it in a spreadsheet application and save it as .xlsx"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_UNREADABLE = (*_DAMAGED, struct.error, ValueError, OverflowError)
_CHUNK = 262_144
_MOST_PARTS = 20_000
_PART = b"PK\x01\x02"  # the signature of each entry in the archive's directory
_MOST_TEXT = 400_000
_LONGEST_TAG = 2_000_000
_DEEPEST = 200
_LARGEST_INDEX = 50_000_000
_MOST_ELEMENTS = 300_000
_MOST_SAID = 300

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Data = Callable[[str], None]
Cut = Callable[[IO[bytes]], bytes]
"""Takes an opened part and returns the XML in it that is wanted."""


@dataclass(frozen=True)
class Limits:
    """What a file may hold before it is refused.

    Attributes:
        unpacked: the total unpacked size of the file's parts, in bytes.
        cells: non-empty cells in one worksheet.
    """

    unpacked: int = 2_000_000_000
    cells: int = 10_000_000

    @property
    def distinct(self) -> int:
        """Texts, or distinct formulas, in one worksheet; each takes as much memory as several numbers."""
        return self.cells // 4


class Feed:
    """Takes an XML part piece by piece.

    Attributes:
        fed: how many bytes it has taken.
    """

    def __init__(self, package: "Package", part: str, parser: expat.XMLParserType) -> None:
        self.fed: int = 0
        self._package = package
        self._part = part
        self._parser = parser

    @property
    def position(self) -> int:
        """Where in the part the tag being handled begins."""
        return self._parser.CurrentByteIndex

    def take(self, piece: bytes) -> None:
        """Take the next piece; an endless tag is refused before it fills the memory."""
        self._parser.Parse(piece, False)
        self.fed += len(piece)
        if self.fed - self._parser.CurrentByteIndex > _LONGEST_TAG:
            raise self._package.damaged(f"its part {self._part} has a tag of more than {_LONGEST_TAG:,} characters")


class Package:
    """An open workbook file; its parts are read by name."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self.parts: frozenset[str] = frozenset(archive.namelist())

    @contextmanager
    def open(self, part: str) -> Iterator[IO[bytes]]:
        """Open a part for reading.

        Raises:
            SheetgenError: the part is missing or damaged.
        """
        if part not in self.parts:
            raise self.damaged(f"its part {part} is missing")
        if self._archive.getinfo(part).compress_type not in _METHODS:
            raise self.damaged(f"its part {part} is packed in a way that no spreadsheet program uses")
        try:
            stream = self._archive.open(part)
        except _UNREADABLE as error:
            raise self.damaged(f"its part {part} cannot be unpacked") from error
        with stream:
            try:
                yield stream
            except _DAMAGED as error:
                raise self.damaged(f"its part {part} cannot be unpacked") from error

    def elements(self, part: str, cut: Cut | None = None) -> list[Element]:
        """Read a small XML part: its elements, named without prefix, in document order.

        Args:
            part: its name.
            cut: takes the opened part and returns the XML in it that is wanted, at most as much as memory is to hold;
                the whole part if not given.
        """
        if cut is None and self.size(part) > _LARGEST_INDEX:
            raise self.damaged(f"its part {part} is larger than {_LARGEST_INDEX / 1e6:.0f} MB")
        builder = TreeBuilder()
        found: list[Element] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            found.append(builder.start(name.rpartition(":")[2], attributes))
            if len(found) > _MOST_ELEMENTS:
                raise self.damaged(f"its part {part} has more than {_MOST_ELEMENTS:,} elements")

        def end(name: str) -> None:
            builder.end(name.rpartition(":")[2])

        self.parse(part, start, end, builder.data, cut)
        return found

    def parse(self, part: str, start: Start, end: End, data: Data, cut: Cut | None = None) -> None:
        """Run an XML part, or what is cut out of it, through three expat handlers.

        Raises:
            SheetgenError: as `open` and `feeding`.
        """
        with self.open(part) as stream, self.feeding(part, start, end, data) as feed:
            wanted = stream if cut is None else BytesIO(cut(stream))
            for chunk in iter(partial(wanted.read, _CHUNK), b""):
                feed.take(chunk)

    @contextmanager
    def feeding(self, part: str, start: Start, end: End, data: Data) -> Iterator[Feed]:
        """Make a feed that runs its input through three expat handlers.

        Raises:
            SheetgenError: the XML is not well-formed or nested too deeply, or it declares entities, which no
                spreadsheet program does.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler, parser.EndElementHandler = self._counting_depth(part, start, end)
        parser.CharacterDataHandler = data
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        feed = Feed(self, part, parser)
        try:
            yield feed
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self.damaged(f"its part {part} is not well-formed XML ({expat.ErrorString(error.code)})") from error
        except (ValueError, LookupError) as error:  # an unknown encoding, an invalid character
            raise self.damaged(f"its part {part} cannot be read ({error})") from error
        except MemoryError as error:
            raise self.damaged(f"its part {part} takes more memory than there is") from error

    def size(self, part: str) -> int:
        """Return the unpacked size of a part in bytes."""
        return self._archive.getinfo(part).file_size if part in self.parts else 0

    def damaged(self, what: str) -> SheetgenError:
        """Return a complaint about this file that is safe to print whatever names it holds."""
        said = "".join(letter if letter.isprintable() else " " for letter in what[:_MOST_SAID])
        return SheetgenError(str(self.path), f"not a workbook that can be read: {' '.join(said.split())}", _SAVE_AS)

    def too_large(self, what: str) -> SheetgenError:
        """Return a complaint that this file holds more than the limits allow."""
        return SheetgenError(str(self.path), what, "raise it with --max-cells if you trust the file")

    def _counting_depth(self, part: str, start: Start, end: End) -> tuple[Start, End]:
        """Refuse elements nested deeply enough to fill the memory."""
        depth = 0

        def started(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise self.damaged(f"its part {part} is nested more than {_DEEPEST} deep")
            start(name, attributes)

        def ended(name: str) -> None:
            nonlocal depth
            depth -= 1
            end(name)

        return started, ended

    def _refuse_doctype(self, *_: object) -> None:
        raise self.damaged("it declares XML entities, which no spreadsheet program writes")


@contextmanager
def open_package(path: str | Path, limits: Limits) -> Iterator[Package]:
    """Open a workbook file.

    Raises:
        SheetgenError: it does not exist, is not an .xlsx or .xlsm file, or is larger than the limits allow.
    """
    file = Path(path)
    _refuse_what_is_no_file(file)
    try:
        _refuse_many_parts(file)
        archive = zipfile.ZipFile(file)
    except _UNREADABLE as error:
        raise SheetgenError(str(file), *_why_no_archive(file)) from error
    with archive:
        _refuse_other_kinds(file, archive)
        unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > limits.unpacked:
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


def _refuse_many_parts(file: Path) -> None:
    """Refuse an archive with too many parts, before its directory is read into memory."""
    with file.open("rb") as stream:
        count = sum(chunk.count(_PART) for chunk in iter(partial(stream.read, _CHUNK), b""))
    if count > _MOST_PARTS:
        raise SheetgenError(str(file), f"an archive of more than {_MOST_PARTS:,} parts", "give an .xlsx workbook")


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
    names = frozenset(archive.namelist())
    if len(names) < len(archive.namelist()):  # programs differ in which duplicate they read
        raise SheetgenError(str(file), "a workbook with two parts of one name", _SAVE_AS)
    if "xl/workbook.bin" in names:
        raise SheetgenError(str(file), "a binary .xlsb workbook", _SAVE_AS)
    if "mimetype" in names:
        raise SheetgenError(str(file), "an OpenDocument file", _SAVE_AS)
    if "[Content_Types].xml" not in names or "_rels/.rels" not in names:
        raise SheetgenError(str(file), "a zip archive, but not a workbook", "give an .xlsx workbook")
