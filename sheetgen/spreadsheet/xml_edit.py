"""Changing XML in place: whatever is not changed stays the same bytes.

A parser says where elements stand, and the changes are put in between the bytes that it read.
"""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.package import Package

_CHUNK = 1 << 20
_HEAD = 400
_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_ATTRIBUTE = re.compile(rb"""\s([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_NAME = re.compile(rb"<[^\s/>]+")
_DECLARED = re.compile(r"""(<\?xml[^>]*?)\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_IT_IS = ("utf-8", "ascii")


class Edit(NamedTuple):
    """A text to be put in the place of what stands between two positions."""

    start: int
    end: int
    text: bytes


@dataclass
class Node:
    """An element of a small XML part.

    Attributes:
        name: with the prefix that the part gives it.
        attributes: as they stand in the part.
        start: where its start tag begins.
        inner: where its start tag ends.
        inner_end: where its end tag begins; the same as `end` where it has none.
        end: where it ends.
        children: the elements in it.
    """

    name: str
    attributes: dict[str, str]
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    children: "list[Node]" = field(default_factory=list)

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """The prefix with its colon, or nothing."""
        return prefix_of(self.name)

    def child(self, local: str) -> "Node | None":
        """Return the first child of this name, or None."""
        return next((child for child in self.children if child.local == local), None)


class Splicer:
    """Runs XML through a parser and copies it, with changes at the places that the parser reports.

    Attributes:
        held: the first position that may still be changed, besides those to come; None where there is none.
    """

    def __init__(self, package: Package, part: str, source: IO[bytes], target: IO[bytes]) -> None:
        self._package, self._part, self._source, self._target = package, part, source, target
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._buffer = bytearray()
        self._base = self._passed = 0
        self._edits: list[Edit] = []
        self.held: int | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    @property
    def position(self) -> int:
        """Where the tag begins that the parser reports now."""
        return self._parser.CurrentByteIndex

    def tag(self) -> bytes:
        """Return the tag that the parser reports now."""
        match = _TAG.match(self._buffer, self.position - self._base)
        if match is None:
            raise self._package.damaged(f"its part {self._part} has a tag that cannot be read")
        return bytes(match[0])

    def change(self, start: int, end: int, text: bytes) -> None:
        """Put a text in the place of what stands between two positions; a single position is a place to put it."""
        self._edits.append(Edit(start, end, text))

    def run(self) -> None:
        """Copy the part.

        Raises:
            SheetgenError: it is not well-formed, or declares entities.
        """
        try:
            while chunk := self._source.read(_CHUNK):
                self._buffer += chunk
                self._parser.Parse(chunk, False)
                self._passed = max(self._passed, self._parser.CurrentByteIndex)
                self._write(self._passed if self.held is None else min(self._passed, self.held))
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            what = f"its part {self._part} is not well-formed XML (line {error.lineno})"
            raise self._package.damaged(what) from error
        except ValueError as error:  # a number that is none
            raise self._package.damaged(f"its part {self._part} cannot be read ({error})") from error
        self._write(self._base + len(self._buffer), last=True)

    def _write(self, until: int, *, last: bool = False) -> None:
        """Write what stands before a position, as it was or as it is to be."""
        ready = [edit for edit in self._edits if last or edit.start < until]
        self._edits = [edit for edit in self._edits if not last and edit.start >= until]
        piece = bytes(self._buffer[: until - self._base])
        text = spliced(piece, [Edit(e.start - self._base, e.end - self._base, e.text) for e in ready])
        try:
            self._target.write(text)
        except OSError as error:  # not to be taken for one of reading
            what = f"its copy cannot be written ({error.strerror or error})"
            raise SheetgenError(str(self._package.path), what, "see to the disk, or choose another place") from error
        del self._buffer[: until - self._base]
        self._base = until

    def _refuse_doctype(self, *_: object) -> None:
        raise self._package.damaged("it declares XML entities, which no spreadsheet program writes")


class _NodeReader(Splicer):
    """Reads a part's elements and where they stand."""

    def __init__(self, package: Package, part: str, data: bytes) -> None:
        super().__init__(package, part, io.BytesIO(data), io.BytesIO())
        self.held = 0
        self.root: Node | None = None
        self._open: list[Node] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        node = Node(name, attributes, self.position, self.position + len(self.tag()))
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        del name
        node = self._open.pop()
        empty = self._buffer[node.inner - 2 : node.inner] == b"/>"
        node.inner_end = node.inner if empty else self.position
        node.end = node.inner if empty else self.position + len(self.tag())


def read_part(package: Package, part: str) -> bytes:
    """Return a whole XML part in UTF-8.

    Raises:
        SheetgenError: it is missing, or cannot be unpacked.
    """
    with open_utf8(package, part) as stream:
        return b"".join(iter(lambda: stream.read(_CHUNK), b""))


def read_nodes(package: Package, part: str, data: bytes) -> Node:
    """Read the elements of a small XML part.

    Args:
        package: the workbook, for complaints.
        part: the part's name, for complaints.
        data: its bytes, in UTF-8.

    Returns:
        Its root; all positions are those in `data`.

    Raises:
        SheetgenError: it is not well-formed, or declares entities.
    """
    reader = _NodeReader(package, part, data)
    reader.run()
    if reader.root is None:  # the parser has complained before
        raise package.damaged(f"its part {part} is empty")
    return reader.root


@contextmanager
def open_utf8(package: Package, part: str) -> Iterator[IO[bytes]]:
    """Open an XML part for reading in UTF-8, in which nearly all are written."""
    with package.open(part) as stream:
        head = stream.read(_HEAD)
        encoding = "utf-16" if head.startswith(_UTF_16) else _declared(head)
        stream.seek(0)
        if encoding in _AS_IT_IS:
            yield stream
            return
        try:
            text = stream.read().decode(encoding)
        except (LookupError, UnicodeError) as error:
            raise package.damaged(f"its part {part} is not in the encoding that it declares") from error
        yield io.BytesIO(_DECLARED.sub(r"\1", text, count=1).encode())


def _declared(head: bytes) -> str:
    match = _DECLARED.search(head.decode("latin-1"))
    if match is None:
        return "utf-8"
    try:
        return codecs.lookup(match[2]).name
    except LookupError:
        return match[2]


def spliced(data: bytes, edits: Sequence[Edit]) -> bytes:
    """Return bytes with changes that do not overlap; what is put to the same place comes in the given order."""
    pieces: list[bytes] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += (data[done : edit.start], edit.text)
        done = edit.end
    return b"".join([*pieces, data[done:]])


def appended(data: bytes, node: Node, text: bytes) -> Edit:
    """Return the change that puts a text at the end of an element's content, also where it has none yet."""
    if node.end > node.inner:
        return Edit(node.inner_end, node.inner_end, text)
    return Edit(node.start, node.end, opened(data[node.start : node.inner]) + text + f"</{node.name}>".encode())


def first_tag(data: bytes) -> bytes:
    """Return the tag that some XML begins with."""
    match = _TAG.match(data)
    return match[0] if match else b""


def with_attributes(tag: bytes, **values: str) -> bytes:
    """Return a tag with attributes set, whether it has them already or not."""
    for name, value in values.items():
        text = f" {name}={quoteattr(value)}".encode()
        present = next((match for match in _ATTRIBUTE.finditer(tag) if match[1] == name.encode()), None)
        if present is not None:
            tag = tag[: present.start()] + text + tag[present.end() :]
        else:
            name_end = _NAME.match(tag)
            place = name_end.end() if name_end else 0
            tag = tag[:place] + text + tag[place:]
    return tag


def opened(tag: bytes) -> bytes:
    """Return the tag of an empty element as a start tag."""
    return tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag


def prefix_of(name: str) -> str:
    """Return a name's prefix with its colon, or nothing."""
    return name[: name.rfind(":") + 1]
