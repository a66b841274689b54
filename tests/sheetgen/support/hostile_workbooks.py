"""Makers of files that no program would write, or that were cut off or changed on the way."""

import os
import re
import socket
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from sheetgen import build_workbook, load_experiment
from tests.sheetgen.support.raw_workbooks import (
    OFFICE,
    cell,
    package_parts,
    relationships,
    worksheet,
    write_book,
    write_parts,
)

Make = Callable[[Path], Path]

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
TABLE = "xl/worksheets/sheet3.xml"
FIRST_SHEET = "xl/worksheets/sheet1.xml"
_BLOCK = 1_000_000
_WORTH_A_CHECKSUM = 200_000_000

BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
PARAMETER = '<!DOCTYPE x [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]>'


@cache
def small_book() -> dict[str, bytes]:
    """The parts of a small workbook of ours; its training table is the part TABLE."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.xlsx"
        build_workbook(load_experiment().with_run((0.5,), 4), path, lessons=False)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def plain(path: Path) -> Path:
    """That workbook."""
    return write_parts(path, small_book())


def with_part(name: str, content: str | bytes | None) -> Make:
    """The small workbook with another part in the place of one, or without it."""
    return lambda path: write_parts(
        path,
        {part: old for part, old in small_book().items() if part != name}
        | ({} if content is None else {name: content}),
    )


def with_cells(**cells: str) -> Make:
    """The small workbook with other formulas in cells of its table, or in cells beside it."""

    def make(path: Path) -> Path:
        sheet = small_book()[TABLE].decode()
        for address, formula in cells.items():
            new = f'<c r="{address}"><f>{formula}</f><v>0.5</v></c>'
            sheet, count = re.subn(rf'<c r="{address}"[^>]*>.*?</c>', lambda _, new=new: new, sheet)
            if not count:
                row = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                sheet, count = re.subn(
                    rf'(<row r="{row}"[^>]*>.*?)(?=</row>)', lambda old, new=new: old[0] + new, sheet, count=1
                )
            assert count == 1
        return with_part(TABLE, sheet)(path)

    return make


def with_bytes(content: bytes) -> Make:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def rows(inside: str, **changed: str | bytes) -> Make:
    """A workbook of one sheet with these rows."""
    return lambda path: write_book(path, inside, **changed)


def one_row(*cells: str) -> Make:
    return rows(f'<row r="1">{"".join(cells)}</row>')


def truncated(part: float) -> Make:
    """The small workbook up to a part of its length."""

    def make(path: Path) -> Path:
        content = plain(path).read_bytes()
        path.write_bytes(content[: int(len(content) * part)])
        return path

    return make


def flipped(part: float) -> Make:
    """The small workbook with some other bytes, a part of its length from the start."""

    def make(path: Path) -> Path:
        content = bytearray(plain(path).read_bytes())
        at = int(len(content) * part)
        content[at : at + 40] = bytes(255 - byte for byte in content[at : at + 40])
        path.write_bytes(content)
        return path

    return make


def bomb(part: str, before: bytes, repeated: bytes, after: bytes, size: int) -> Make:
    """A workbook with a part of a given size that repeats itself, and so takes next to nothing."""

    def make(path: Path) -> Path:
        block = repeated * (_BLOCK // len(repeated))
        times = size // len(block)
        packed = _deflate(before, zlib.Z_FULL_FLUSH) + _deflate(block, zlib.Z_FULL_FLUSH) * times + _deflate(after)
        checksum = zlib.crc32(before)
        for _ in range(times if size < _WORTH_A_CHECKSUM else 0):
            checksum = zlib.crc32(block, checksum)
        parts = package_parts({"Sheet1": worksheet("")})
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (parts | {part: packed}).items():
                archive.writestr(name, content)
            entry = archive.getinfo(part)
            entry.compress_type, entry.CRC = zipfile.ZIP_DEFLATED, zlib.crc32(after, checksum)
            entry.file_size = len(before) + times * len(block) + len(after)
        return path

    return make


def _deflate(content: bytes, end: int = zlib.Z_FINISH) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush(end)


def claiming(size: int) -> Make:
    """A workbook whose directory lies about the size of a sheet of 40 MB."""

    def make(path: Path) -> Path:
        write_book(path, "", sheet=worksheet('<row r="1"><c r="A1"><v>1</v></c></row>', after=" " * 40_000_000))
        with zipfile.ZipFile(path, "a") as archive:
            archive.getinfo(FIRST_SHEET).file_size = size
            archive.comment = b"changed"
        return path

    return make


def many_entries(count: int) -> Make:
    """An archive that lists so many parts, all of them the same bytes."""

    def make(path: Path) -> Path:
        entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0)
        directory = b"".join(entry + b"%07d" % number for number in range(count))
        local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 7, 0) + b"0000000"
        few = count % 65536
        path.write_bytes(
            local + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, few, few, len(directory), len(local), 0)
        )
        return path

    return make


def one_part_twice(path: Path) -> Path:
    plain(path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path


def packed_with(method: int) -> Make:
    return lambda path: write_parts(path, package_parts({"Sheet1": worksheet("")}), method)


def locked(path: Path) -> Path:
    """Parts that are marked as encrypted."""
    raw = bytearray(write_book(path, "").read_bytes())
    for match in re.finditer(rb"PK\x01\x02", bytes(raw)):
        raw[match.start() + 8] |= 1
    path.write_bytes(raw)
    return path


def entities(part: str, doctype: str) -> Make:
    """The small workbook with a part that declares entities."""

    def make(path: Path) -> Path:
        return with_part(part, doctype + re.sub(r"^<\?xml.*?\?>", "", small_book()[part].decode()))(path)

    return make


def with_table(content: str) -> Make:
    """A workbook whose sheet has an Excel table."""
    rels = relationships(f'<Relationship Id="rId1" Type="{OFFICE}/table" Target="../tables/table1.xml"/>')

    def make(path: Path) -> Path:
        parts = package_parts({"Sheet1": worksheet("")})
        parts |= {"xl/worksheets/_rels/sheet1.xml.rels": rels, "xl/tables/table1.xml": content}
        return write_parts(path, parts)

    return make


def excel_table(reference: str) -> Make:
    return with_table(f'<table name="T" displayName="T" ref="{reference}"><tableColumns/></table>')


def shared(*cells: tuple[str, str]) -> Make:
    """Cells of one shared formula that claims the whole sheet: address and text, which may be empty."""
    return rows(
        "<row>"
        + "".join(
            f'<c r="{address}"><f t="shared" si="0" ref="A1:XFD1048576">{text}</f><v>1</v></c>'
            for address, text in cells
        )
        + "</row>"
    )


def sheets(count: int) -> Make:
    return lambda path: write_book(path, {f"s{number}": worksheet("") for number in range(count)})


def named(name: str) -> Make:
    """The small workbook with its table on a sheet of another name, as XML writes it."""
    workbook = small_book()["xl/workbook.xml"].decode()
    return with_part("xl/workbook.xml", workbook.replace('name="LR 0.5"', f'name="{name}"'))


def elsewhere(place: str) -> Make:
    """A workbook whose only sheet is said to be elsewhere."""
    return rows("", rels=relationships(f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="{place}"/>'))


def encoded(encoding: str, declared: str | None = None) -> Make:
    """A sheet in an encoding."""
    body = worksheet(f'<row r="1">{cell("A1", None, "wörter", "str")}</row>')
    return rows("", sheet=f'<?xml version="1.0" encoding="{declared or encoding}"?>{body}'.encode(encoding))


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def unix_socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.bind(str(path))
        except OSError:
            pytest.skip("the temporary folder's path is too long for a socket")
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def link_to(name: str) -> Make:
    def make(path: Path) -> Path:
        path.symlink_to(path.with_name(name))
        return path

    return make


def link_to_fifo(path: Path) -> Path:
    path.symlink_to(fifo(path.with_suffix(".fifo")))
    return path


def unreadable(path: Path) -> Path:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    plain(path).chmod(0)
    return path


def open_document(path: Path) -> Path:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return write_parts(path, {"mimetype": kind, "content.xml": "<x/>", "META-INF/manifest.xml": "<x/>"})


def with_macros(path: Path) -> Path:
    return with_part("xl/vbaProject.bin", OLE + b"\0" * 4096 + b"Auto_Open")(path.with_suffix(".xlsm"))
