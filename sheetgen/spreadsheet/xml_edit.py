"""Editing XML in place: whatever is not changed stays the same, byte for byte."""

import codecs
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import IO, NamedTuple
from xml.sax.saxutils import quoteattr

from sheetgen.spreadsheet.package import Package

_HEAD = 400
_TAG = re.compile(rb"""<[^"'>]*(?:"[^"]*"[^"'>]*|'[^']*'[^"'>]*)*>""")
_ATTRIBUTE = re.compile(rb"""\s([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_NAME = re.compile(rb"<[^\s/>]+")
_DECLARED = re.compile(r"""(<\?xml[^>]*?)\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_AS_IT_IS = ("utf-8", "ascii")


class Edit(NamedTuple):
    """A text to replace what is between two positions; equal positions insert it."""

    start: int
    end: int
    text: bytes


@contextmanager
def open_utf8(package: Package, part: str) -> Iterator[IO[bytes]]:
    """Open an XML part for reading as UTF-8, which nearly all of them are.

    Raises:
        SheetgenError: it is missing, cannot be unpacked, or is not in the encoding that it declares.
    """
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


def spliced(data: bytes, edits: Sequence[Edit], base: int = 0) -> bytes:
    """Return bytes with non-overlapping changes applied; insertions at the same place keep their order.

    Args:
        data: the bytes.
        edits: the changes.
        base: the position of the first byte.
    """
    pieces: list[bytes] = []
    done = base
    for start, end, text in sorted(edits, key=attrgetter("start", "end")):
        pieces += (data[done - base : start - base], text)
        done = end
    return b"".join([*pieces, data[done - base :]])


def tag_at(data: bytes | bytearray, position: int = 0) -> bytes:
    """Return the tag that begins at a position.

    Raises:
        ValueError: none can be read there.
    """
    match = _TAG.match(data, position)
    if match is None:
        raise ValueError("it has a tag without an end")
    return bytes(match[0])


def with_attributes(tag: bytes, **values: str | None) -> bytes:
    """Return a tag with attributes set, whether it has them already or not; those that are None are removed."""
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
