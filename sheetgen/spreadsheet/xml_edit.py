"""Editing XML in place: whatever is not changed stays the same bytes.

A parser says where elements stand, and the changes are put in between the bytes that it read.
"""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import IO, NamedTuple
from xml.sax.saxutils import quoteattr

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.package import Feed, Package

_CHUNK = 1 << 19
_HEAD = 400
_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_ATTRIBUTE = re.compile(rb"""\s([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_NAME = re.compile(rb"<[^\s/>]+")
_DECLARED = re.compile(r"""(<\?xml[^>]*?)\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_AS_IT_IS = ("utf-8", "ascii")


class Edit(NamedTuple):
    """A text to be put in the place of what stands between two positions; two equal ones are a place to put it."""

    start: int
    end: int
    text: bytes


class Span(NamedTuple):
    """Where an element begins, where its start tag ends, where its end tag begins, and where it ends.

    The last three are the same where it has only one tag.
    """

    start: int
    inner: int
    inner_end: int
    end: int


class XmlEditor:
    """Copies XML, with changes at the places that the parser reports.

    Whoever extends it overrides `start`, `end` and `text`.

    Attributes:
        depth: how many elements are open.
        held: the first position that may still be changed, besides those to come; None where there is none.
    """

    def __init__(self, package: Package, part: str) -> None:
        self._package, self._part = package, part
        self._feed: Feed
        self._buffer = bytearray()
        self._base = 0
        self._edits: list[Edit] = []
        self._starts: list[int] = []
        self.held: int | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take a piece of text."""

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._starts)

    @property
    def position(self) -> int:
        """Where the tag begins that the parser reports now."""
        return self._feed.position

    def tag(self, position: int | None = None) -> bytes:
        """Return the tag that begins at a position, or that the parser reports now."""
        match = _TAG.match(self._buffer, (self.position if position is None else position) - self._base)
        if match is None:
            raise self._package.damaged(f"its part {self._part} has a tag that cannot be read")
        return bytes(match[0])

    def span(self) -> Span:
        """Return where the element stands whose end the parser reports now."""
        start, inner_end = self._starts[-1], self.position
        tag = self.tag(start)
        inner = start + len(tag)
        if tag.endswith(b"/>"):
            return Span(start, inner, inner, inner)
        return Span(start, inner, inner_end, self._base + self._buffer.index(b">", inner_end - self._base) + 1)

    def change(self, start: int, end: int, text: bytes) -> None:
        """Put a text in the place of what stands between two positions; two equal ones are a place to put it."""
        self._edits.append(Edit(start, end, text))

    def run(self, source: IO[bytes], target: IO[bytes]) -> None:
        """Copy the part.

        Args:
            source: its XML in UTF-8, see `open_utf8`.
            target: where the copy goes.

        Raises:
            SheetgenError: it is not well-formed, or declares entities, or the copy cannot be written.
        """
        with self._package.feeding(self._part, self._started, self._ended, self.text) as feed:
            self._feed = feed
            for chunk in iter(partial(source.read, _CHUNK), b""):
                self._buffer += chunk
                feed.take(chunk)
                self._write(target, feed.position if self.held is None else min(feed.position, self.held))
        self._write(target, self._base + len(self._buffer), last=True)

    def _started(self, name: str, attributes: dict[str, str]) -> None:
        self._starts.append(self._feed.position)
        self.start(name, attributes)

    def _ended(self, name: str) -> None:
        self.end(name)
        self._starts.pop()

    def _write(self, target: IO[bytes], until: int, *, last: bool = False) -> None:
        """Write what stands before a position, as it was or as it is to be."""
        ready = [edit for edit in self._edits if last or edit.start < until]
        self._edits = [edit for edit in self._edits if not last and edit.start >= until]
        until = max([self._base, until, *(edit.end for edit in ready)])
        piece = bytes(memoryview(self._buffer)[: until - self._base])
        text = spliced(piece, [Edit(e.start - self._base, e.end - self._base, e.text) for e in ready])
        try:
            target.write(text)
        except OSError as error:  # not to be taken for one of reading
            what = f"its copy cannot be written ({error.strerror or error})"
            raise SheetgenError(str(self._package.path), what, "see to the disk, or choose another place") from error
        del self._buffer[: len(piece)]
        self._base = until


@contextmanager
def open_utf8(package: Package, part: str) -> Iterator[IO[bytes]]:
    """Open an XML part for reading in UTF-8, in which nearly all are written."""
    with package.open(part) as stream:
        head = stream.read(_HEAD)
        encoding = _UTF_16.get(head[:2]) or _declared(head)
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


def first_tag(data: bytes) -> bytes:
    """Return the tag that some XML begins with."""
    match = _TAG.match(data)
    return match[0] if match else b""


def with_attributes(tag: bytes, **values: str | None) -> bytes:
    """Return a tag with attributes set, whether it has them already or not; those that are None are taken out."""
    for name, value in values.items():
        text = b"" if value is None else f" {name}={quoteattr(value)}".encode()
        present = next((match for match in _ATTRIBUTE.finditer(tag) if match[1] == name.encode()), None)
        place = present or _NAME.match(tag)
        start, end = present.span() if present else (place.end(),) * 2 if place else (0, 0)
        tag = tag[:start] + text + tag[end:]
    return tag


def opened(tag: bytes) -> bytes:
    """Return the tag of an empty element as a start tag."""
    return tag[:-2].rstrip() + b">" if tag.endswith(b"/>") else tag


def prefix_of(name: str) -> str:
    """Return a name's prefix with its colon, or nothing."""
    return name[: name.rfind(":") + 1]
