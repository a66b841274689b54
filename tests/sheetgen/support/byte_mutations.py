"""Damages workbooks at random, to see that the reader and the table finder refuse them in one line or read them.

    python -m tests.sheetgen.support.byte_mutations --seconds 60 [--seed N] [--verify]

Each seed makes the same damage again. With `--verify` the whole verdict is made, which takes longer for each file.
"""

import argparse
import io
import random
import re
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook
from openpyxl.worksheet.table import Table

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.file import verify_file
from sheetgen.verify.read.tables import find_tables, looks_like_the_exercise
from tests.sheetgen.support.hostile_workbooks import small_book
from tests.sheetgen.support.raw_workbooks import LABELS, cell, package_parts, worksheet

Parts = dict[str, bytes]

LIMITS = Limits(unpacked=20_000_000, cells=200_000)
_LONGEST = 10.0
_WORDS = (
    *(
        b"",
        b"<",
        b">",
        b"/",
        b'"',
        b"'",
        b"&",
        b";",
        b"=",
        b"\0",
        b"\xff",
        b"\n",
        b" ",
        b"]]>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
    ),
    *(
        b"&amp;",
        b"&#0;",
        b"&#x1f600;",
        b"&#xd800;",
        b"&lol;",
        b"<!DOCTYPE x>",
        b"<?xml?>",
        b"</row>",
        b"</c>",
        b"<v>",
        b"<f>",
    ),
    *(
        b"</sheetData>",
        b"<row>",
        b'<row r="1048576">',
        b'<c r="A1">',
        b'<c r="XFD1048576"/>',
        b'<c r="XFE1"/>',
        b"<c/>",
    ),
    *(
        b' t="s"',
        b' t="str"',
        b' t="b"',
        b' t="e"',
        b' t="inlineStr"',
        b' t="shared"',
        b' t="array"',
        b' t="dataTable"',
    ),
    *(b' si="0"', b' ref="A1:XFD1048576"', b' r="A0"', b' r="1"', b"<f t='shared' si='0'/>", b"<is><t>x</t></is>"),
    *(
        b"0",
        b"-1",
        b"1e999",
        b"nan",
        b"99999999999999999999",
        b"0.1",
        b"1048577",
        b"#REF!",
        b"$",
        b"A1",
        b"[",
        b"]",
        b"(",
        b"!",
    ),
    *(
        b"R1C1",
        b"A1:B2",
        b"3:4",
        b"C:D",
        b"{1,2}",
        b"T[[#This Row],[w1]]",
        b"../",
        b"http://x/",
        b"\xef\xbb\xbf",
        b"\xfe\xff",
    ),
)
_TEXTS = re.compile(rb'="([^"<>]*)"|>([^<>]+)<')


def seeds() -> list[Parts]:
    """The workbooks that are damaged: one of ours, one with an Excel table, one with shared and array formulas."""
    return [small_book(), _with_excel_table(), _with_shared_formulas()]


def damage(parts: Parts, choose: random.Random) -> bytes:
    """Return a workbook with one to eight damages in the text of a part, or in the file itself."""
    if choose.random() < 1 / 5:
        return _mutate(_pack(parts), choose)
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    changed = dict(parts)
    for _ in range(choose.randint(1, 2)):
        name = choose.choice([*names, *(each for each in names if "sheet" in each)])
        changed[name] = choose.choice((_mutate, _reword, _reword))(changed[name], choose)
    return _pack(changed)


def read_all(path: Path) -> None:
    """Read a workbook and look for tables."""
    with open_workbook(path, LIMITS) as book:
        for name in book.sheet_names:
            sheet = book.read(name)
            for _ in sheet.cells():
                pass
            looks_like_the_exercise(sheet, find_tables(sheet))


def judge_all(path: Path) -> None:
    """Judge a workbook."""
    error = verify_file(path, LIMITS).error
    if error is not None:
        raise SheetgenError(str(path), error, "")


def fuzz(seconds: float, seed: int, attempt: Callable[[Path], None] = read_all) -> tuple[int, int]:
    """Try damaged workbooks for so long; return how many there were, and how many of them were refused."""
    tried = refused = 0
    valid = seeds()
    end = time.monotonic() + seconds
    with TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.xlsx"
        while time.monotonic() < end:
            number = seed + tried
            choose = random.Random(number)
            path.write_bytes(damage(choose.choice(valid), choose))
            refused += _attempt(attempt, path, number)
            tried += 1
    return tried, refused


def _attempt(attempt: Callable[[Path], None], path: Path, number: int) -> bool:
    began = time.process_time()
    try:
        attempt(path)
    except SheetgenError as error:
        complaint = str(error)
    except Exception as error:
        raise AssertionError(f"seed {number}: {error!r}") from error
    else:
        complaint = ""
    assert complaint.isprintable(), f"seed {number}: {complaint!r}"
    assert time.process_time() - began < _LONGEST, f"seed {number} took too long"
    return bool(complaint)


def _mutate(content: bytes, choose: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(choose.randint(1, 4)):
        at, length = choose.randrange(len(changed) + 1), choose.choice((0, 0, 1, 1, 2, 3, 8, 40, 400))
        piece = bytes(changed[at : at + length])
        changed[at : at + length] = choose.choice(
            (
                choose.choice(_WORDS),
                choose.choice(_WORDS),
                piece * 2,
                piece[::-1],
                b"",
                bytes(byte ^ 1 << choose.randrange(8) for byte in piece),
                choose.choice(_WORDS) * choose.choice((1, 3, 300)),
            )
        )
    return bytes(changed)


def _reword(content: bytes, choose: random.Random) -> bytes:
    """Put something else in the place of some texts and attributes, and leave the markup as it is."""
    spans = [match.span(match.lastindex or 0) for match in _TEXTS.finditer(content)]
    for start, end in sorted(choose.sample(spans, min(len(spans), choose.randint(1, 4))), reverse=True):
        word = choose.choice((*_WORDS, content[slice(*choose.choice(spans))])).translate(None, b'<>&"\0\xff')
        content = content[:start] + choose.choice((word, word, word * 50, content[start:end] + word)) + content[end:]
    return content


def _pack(parts: Mapping[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _unpack(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _with_excel_table() -> Parts:
    book = Workbook()
    sheet = book.active
    sheet.append(LABELS)
    for row in range(2, 12):
        sheet.append(
            [row / 10 for _ in range(12)] + [f"=T[[#This Row],[w{n}]]*A{row}" for n in range(1, 9)] + [1, 2, 3]
        )
    sheet.add_table(Table(displayName="T", ref="A1:AE11"))
    stream = io.BytesIO()
    book.save(stream)
    return _unpack(stream.getvalue())


def _with_shared_formulas() -> Parts:
    labels = "".join(f'<c t="inlineStr"><is><t>{label}</t></is></c>' for label in LABELS)
    rows = "".join(
        f'<row r="{row}">{cell(f"A{row}", None, row)}'
        f'<c r="B{row}"><f t="shared" si="0">{"A2+$A$2" if row == 2 else ""}</f><v>{row}</v></c>'
        f'<c r="C{row}"><f t="shared" si="0"/></c><c r="D{row}"><f t="array" ref="D{row}:E{row}">A1</f></c>'
        f"{cell(f'E{row}', None, 0)}{cell(f'F{row}', None, 0, 's')}{cell(f'G{row}', f'A{row}', row / 8)}</row>"
        for row in range(2, 20)
    )
    parts = package_parts({"One": worksheet(f'<row r="1">{labels}</row>{rows}')}, "<si><t>text</t></si>")
    return _unpack(_pack(parts))


def main() -> None:
    """Fuzz for a while and print how many files were tried."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    tried, refused = fuzz(options.seconds, options.seed, judge_all if options.verify else read_all)
    print(f"{tried:,} damaged workbooks: {refused:,} refused in one line, {tried - refused:,} read")  # noqa: T201


if __name__ == "__main__":
    main()
