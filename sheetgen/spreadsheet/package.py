"""The file as a container, opened with care because it may come from anyone."""

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.archive import DAMAGED, UNREADABLE, open_archive, part_key, part_name
from sheetgen.spreadsheet.refusals import (
    SAVE_AS,
    OtherFormatError,
    refuse_what_is_no_file,
)

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 262_144
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
    """An open workbook file; its parts are read by name, in which the case of letters makes no difference.

    Attributes:
        path: the file, as its owner knows it.
        readable: the archive that is read: the same file, or a temporary copy as .xlsx of one in another format.
        recalculated: whether the copy has lost the cached values of the file.
        parts: the names of its parts.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, readable: Path, *, recalculated: bool = False) -> None:
        self.path = path
        self.readable = readable
        self.recalculated = recalculated
        self._archive = archive
        self._entries = {part_key(entry.filename): entry for entry in archive.infolist()}
        self.parts: frozenset[str] = frozenset(part_name(entry.filename) for entry in archive.infolist())

    def has(self, part: str) -> bool:
        """Tell whether a part exists."""
        return part_key(part) in self._entries

    def checksums(self) -> dict[str, int]:
        """Return the CRC-32 of each part's content, as the file says."""
        return {entry.filename: entry.CRC for entry in self._entries.values()}

    def target(self, part: str, target: str) -> str:
        """Return the name of the part that another one refers to, spelt as in the file if it is there.

        Args:
            part: the part that refers to it.
            target: its address, absolute or seen from the folder of that part.
        """
        address = posixpath.join("/", posixpath.dirname(part), target.strip().replace("\\", "/"))
        name = posixpath.normpath(address).lstrip("/")
        entry = self._entries.get(part_key(name))
        return name if entry is None else part_name(entry.filename)

    @contextmanager
    def open(self, part: str) -> Iterator[IO[bytes]]:
        """Open a part for reading.

        Raises:
            SheetgenError: the part is missing or damaged.
        """
        entry = self._entries.get(part_key(part))
        if entry is None:
            raise self.damaged(f"its part {part} is missing")
        if entry.compress_type not in _METHODS:
            raise self.damaged(f"its part {part} is packed in a way that no spreadsheet program uses")
        try:
            stream = self._archive.open(entry)
        except UNREADABLE as error:
            raise self.damaged(f"its part {part} cannot be unpacked") from error
        with stream:
            try:
                yield stream
            except DAMAGED as error:
                raise self.damaged(f"its part {part} cannot be unpacked") from error

    def read(self, part: str) -> str:
        """Return a small XML part as text, in UTF-8 as nearly all are; what is not is replaced."""
        with self.open(part) as stream:
            return stream.read(_LARGEST_INDEX).decode("utf-8", "replace")

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
        entry = self._entries.get(part_key(part))
        return 0 if entry is None else entry.file_size

    def damaged(self, what: str) -> SheetgenError:
        """Return a complaint about this file that is safe to print whatever names it holds."""
        said = "".join(letter if letter.isprintable() else " " for letter in what[:_MOST_SAID])
        return SheetgenError(str(self.path), f"not a workbook that can be read: {' '.join(said.split())}", SAVE_AS)

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
    """Open a workbook file; one of another format than .xlsx is converted by LibreOffice first.

    Raises:
        SheetgenError: it does not exist, is no workbook, cannot be converted, or is larger than the limits allow.
    """
    file = Path(path)
    refuse_what_is_no_file(file)
    with ExitStack() as stack:
        try:
            readable, archive, recalculated = file, open_archive(file, limits.unpacked), False
        except OtherFormatError as complaint:
            from sheetgen.spreadsheet.other_formats import converted  # rarely needed

            readable = stack.enter_context(converted(file, complaint))
            archive, recalculated = open_archive(readable, limits.unpacked), complaint.format != "ods"
        yield Package(file, stack.enter_context(archive), readable, recalculated=recalculated)


def check_text(package: Package, text: str) -> None:
    """Refuse a text that no cell can hold, before it fills the memory."""
    if len(text) > _MOST_TEXT:
        raise package.damaged(f"a cell holds a text of more than {_MOST_TEXT:,} characters")
