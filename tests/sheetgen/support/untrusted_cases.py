"""Files that were made to break a reader, or broke on the way.

Each has a name, what makes it, and what the report's error must say (a pattern); None where it can be judged.
"""

import zipfile
from pathlib import Path

from tests.sheetgen.support.hostile_workbooks import (
    BOMB,
    EXTERNAL,
    FIRST_SHEET,
    OLE,
    OUTSIDE,
    PARAMETER,
    TABLE,
    Make,
    bomb,
    claiming,
    elsewhere,
    encoded,
    entities,
    excel_table,
    fifo,
    flipped,
    folder,
    link_to,
    link_to_fifo,
    locked,
    many_entries,
    one_part_twice,
    one_row,
    open_document,
    packed_with,
    rows,
    shared,
    truncated,
    unix_socket,
    unreadable,
    with_bytes,
    with_macros,
    with_part,
    with_table,
)
from tests.sheetgen.support.raw_workbooks import cell, worksheet, write_parts

Cases = dict[str, tuple[Make, str | None]]

NO_TABLE = "no table of the exercise was found"
WORKBOOK, RELS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
READ = ("_rels/.rels", WORKBOOK, RELS, TABLE, "xl/sharedStrings.xml", "xl/worksheets/_rels/sheet3.xml.rels")
MB = 1_000_000

NO_WORKBOOK: Cases = {
    "an empty file": (with_bytes(b""), "an empty file"),
    "a .csv": (with_bytes(b"i1,i2,w1\n1,2,3\n"), "not an .xlsx workbook"),
    "null bytes": (with_bytes(b"\0" * 100_000), "not an .xlsx workbook"),
    "the first bytes of a zip": (with_bytes(b"PK"), "damaged or truncated"),
    "an empty zip": (with_bytes(b"PK\5\6" + b"\0" * 18), "zip archive, but not a workbook"),
    "a zip of something else": (lambda path: write_parts(path, {"a.txt": "a"}), "zip archive, but not a workbook"),
    "an old .xls": (with_bytes(OLE + b"\0" * 4096 + "Workbook".encode("utf-16-le")), "an old .xls workbook"),
    "an encrypted one": (with_bytes(OLE + b"\0" * 4096 + "EncryptedPackage".encode("utf-16-le")), "with a password"),
    "an .xlsb": (lambda path: write_parts(path, {"xl/workbook.bin": b"\0"}), "a binary .xlsb"),
    "an .ods": (open_document, "an OpenDocument file"),
    "an .xlsm": (with_macros, None),
    "a folder": (folder, "a folder"),
    "a FIFO": (fifo, "not a regular file"),
    "a link to a FIFO": (link_to_fifo, "not a regular file"),
    "a socket": (unix_socket, "not a regular file"),
    "a device": (lambda _: Path("/dev/zero"), "not a regular file"),
    "a broken link": (link_to("nothing.xlsx"), "no such file"),
    "a link to itself": (link_to("file.xlsx"), "no such file|cannot be looked at"),
    "no file": (lambda path: path, "no such file"),
    "a name that is too long": (lambda path: path.with_name("x" * 5000), "cannot be looked at"),
    "a name with a null character": (lambda path: path.with_name("x\0"), "no such file|cannot be looked at"),
    "an unreadable file": (unreadable, "check its permissions"),
}

CONTAINER: Cases = {
    **{f"truncated at {part:.1%}": (truncated(part), "damaged or trunc") for part in (0.01, 0.3, 0.7, 0.95, 0.999)},
    **{f"bytes changed at {part:.0%}": (flipped(part), "|") for part in (0.0, 0.02, 0.1, 0.2, 0.4, 0.9, 0.99)},
    "one part twice": (one_part_twice, "two parts of one name"),
    "parts that are locked": (locked, "cannot be unpacked"),
    "parts packed with LZMA": (packed_with(zipfile.ZIP_LZMA), "packed in a way"),
    "parts packed with bzip2": (packed_with(zipfile.ZIP_BZIP2), "packed in a way"),
    "a size that is a lie, too small": (claiming(1000), "cannot be unpacked"),
    "a size that is a lie, too large": (claiming(1000 * MB), f"{NO_TABLE}|cannot be unpacked"),
    "a size of 4 GB that is a lie": (claiming(0xFFFF_FFFE), "MB unpacked, the limit is"),
    "300,000 parts": (many_entries(300_000), "more than 20,000 parts"),
    "19,000 parts": (many_entries(19_000), "zip archive, but not a workbook"),
    "no sheet": (with_part(TABLE, None), "sheet3.xml is missing"),
    "no list of sheets": (with_part(WORKBOOK, None), "workbook.xml is missing"),
    "no relationships": (with_part(RELS, None), "it has no worksheets"),
    "no first relationships": (with_part("_rels/.rels", None), "zip archive, but not a workbook"),
    "no shared strings": (with_part("xl/sharedStrings.xml", None), "refers to a text that is not there"),
    "an empty sheet part": (with_part(TABLE, ""), "not well-formed XML"),
    "a sheet that is no XML": (with_part(TABLE, b"\x89PNG\r\n"), "not well-formed XML"),
    "a sheet outside of the file": (elsewhere("../../../../etc/passwd"), "its part etc/passwd is missing"),
    "a sheet at an absolute place": (elsewhere("/etc/passwd"), "its part etc/passwd is missing"),
    "a sheet at an address": (elsewhere("file:///etc/passwd"), "is missing"),
    "a sheet that is the list of sheets": (elsewhere("workbook.xml"), NO_TABLE),
    "a sheet without a name for its place": (elsewhere(""), "is missing"),
}

BOMBS: Cases = {
    "a sheet of 2.1 GB": (bomb(FIRST_SHEET, b"<x>", b" ", b"</x>", 2100 * MB), "2,1.. MB unpacked, the limit is 2,000"),
    "spaces of 100 MB": (bomb(FIRST_SHEET, b"<x>", b" ", b"</x>", 100 * MB), NO_TABLE),
    "a text of 100 MB": (
        bomb(FIRST_SHEET, b'<x><c r="A1"><v>', b"1", b"</v></c></x>", 100 * MB),
        "a text of more than",
    ),
    "a formula of 100 MB": (bomb(FIRST_SHEET, b'<x><c r="A1"><f>', b"1", b"</f></c></x>", 100 * MB), "a text of more"),
    "an address of 100 MB": (bomb(FIRST_SHEET, b'<x><c r="', b"A", b'"/></x>', 100 * MB), "a tag of more than"),
    "a comment of 100 MB": (bomb(FIRST_SHEET, b"<x><!--", b"a", b"--></x>", 100 * MB), "a tag of more than"),
    "a name of 100 MB": (bomb(FIRST_SHEET, b"<x><", b"a", b"/></x>", 100 * MB), "a tag of more than"),
    "attributes of 100 MB": (bomb(FIRST_SHEET, b"<x ", b'a="" ', b"/>", 100 * MB), "a tag of more than|well-formed"),
    "marked data of 100 MB": (
        bomb(FIRST_SHEET, b'<x><c r="A1"><v><![CDATA[', b"<row", b"]]></v></c></x>", 100 * MB),
        "a text of more than",
    ),
    "elements nested 30 million deep": (bomb(FIRST_SHEET, b"", b"<a>", b"", 90 * MB), "nested more than 200 deep"),
    "rows nested 18 million deep": (bomb(FIRST_SHEET, b"", b"<row>", b"", 90 * MB), "nested more than 200 deep"),
    "a row of five million cells": (bomb(FIRST_SHEET, b"<x><row>", b"<c/>", b"</row></x>", 20 * MB), "has a cell ''"),
    "five million rows": (bomb(FIRST_SHEET, b"<x>", b"<row></row>", b"</x>", 55 * MB), "more than 1,048,576 rows"),
    "a cell a million times": (
        bomb(FIRST_SHEET, b"<x>", b'<c r="A1"><v>1</v></c>', b"</x>", 30 * MB),
        "more cells than the limit allows; raise it with --max-cells",
    ),
    "shared strings of 100 MB in one": (
        bomb("xl/sharedStrings.xml", b"<sst><si><t>", b"x", b"</t></si></sst>", 100 * MB),
        "a text of more than",
    ),
    "18 million shared strings": (
        bomb("xl/sharedStrings.xml", b"<sst>", b"<si/>", b"</sst>", 90 * MB),
        "more texts than the limit",
    ),
    "a list of sheets of 100 MB": (bomb(WORKBOOK, b"<x>", b" ", b"</x>", 100 * MB), "is larger than 50 MB"),
    "12 million elements": (bomb(WORKBOOK, b"<x>", b"<a/>", b"</x>", 48 * MB), "more than 300,000 elements"),
    "2 million relationships": (bomb(RELS, b"<x>", b"<Relationship/>", b"</x>", 30 * MB), "more than 300,000 elem"),
    **{
        f"{name} in {part}": (entities(part, doctype), "declares XML entities")
        for part in READ
        for name, doctype in (("a billion laughs", BOMB), ("an external entity", EXTERNAL))
    },
    "an outside document type": (entities(TABLE, OUTSIDE), "declares XML entities"),
    "an outside parameter": (entities(TABLE, PARAMETER), "declares XML entities"),
    "a table's entities": (with_table(BOMB + "<table/>"), "declares XML entities"),
    "an entity that is not declared": (one_row(cell("A1", None, "&x;")), "not well-formed XML"),
}

XML: Cases = {
    "Latin-1": (encoded("iso-8859-1"), NO_TABLE),
    "a Windows code page": (encoded("cp1252", "windows-1252"), NO_TABLE),
    "UTF-16": (encoded("utf-16"), NO_TABLE),
    "UTF-8 with a byte order mark": (encoded("utf-8-sig", "utf-8"), NO_TABLE),
    "UTF-16 that is none": (encoded("utf-8", "utf-16"), "not well-formed XML"),
    "UTF-8 that is none": (encoded("iso-8859-1", "utf-8"), "not well-formed XML"),
    "UTF-32": (encoded("utf-32"), "not well-formed XML"),
    "UTF-7": (encoded("utf-7"), "cannot be read|not well-formed"),
    "Shift JIS": (encoded("utf-8", "shift_jis"), "cannot be read|not well-formed"),
    "an encoding that is none": (encoded("utf-8", "nonsense"), "cannot be read|not well-formed"),
    "a packing for an encoding": (encoded("utf-8", "zlib"), "cannot be read|not well-formed"),
    "null characters": (one_row(cell("A1", None, "a\0b", "str")), "not well-formed XML"),
    "control characters": (one_row(cell("A1", None, "\x1b[31m", "str")), "not well-formed XML"),
    "control characters by number": (one_row(cell("A1", None, "&#27;[31m", "str")), "not well-formed XML"),
    "half of a pair": (one_row(cell("A1", None, "&#xD800;", "str")), "not well-formed XML"),
    "a tag that stays open": (rows('<row r="1">'), "not well-formed XML"),
    "two roots": (rows("", sheet=worksheet("") * 2), "not well-formed XML"),
    "marked data": (one_row('<c r="A1" t="str"><v><![CDATA[<c>]]></v></c>'), NO_TABLE),
}

CELLS: Cases = {
    "a dimension of 17 billion cells": (
        rows("", sheet=worksheet(f'<row r="1">{cell("A1", None, 1)}</row>', '<dimension ref="A1:XFD1048576"/>')),
        NO_TABLE,
    ),
    "a cell in the last corner": (one_row(cell("XFD1048576", None, 1)), NO_TABLE),
    **{
        f"a cell {address!r}": (one_row(cell(address, None, 1)), f"has a cell '{address[:20]}")
        for address in (
            "XFE1",
            "A0",
            "A1048577",
            "B0",
            "",
            "1",
            "A",
            "AAAA1",
            "A-1",
            "A1B",
            "A१",
            "Ä1",
            "A" + "9" * 999,
        )
    },
    "rows of odd numbers": (rows('<row r="1e9"><c/></row><row r="-1"/><row r="x"><c/></row>'), "has a cell ''"),
    **{
        f"a value {value!r}": (one_row(cell("B3", None, value)), "cell B3 of sheet Sheet1 holds '.*' where a number")
        for value in ("abc", "nan", "NaN", "inf", "-Infinity", "1_0", "1_0e9", "1,5", "0x10", "١")
    },
    **{f"a value {value!r}": (one_row(cell("B3", None, value)), NO_TABLE) for value in ("1e999", "9" * 400)},
    **{
        f"a shared string {number!r}": (one_row(cell("A1", None, number, "s")), "refers to a text that is not there")
        for number in ("0", "99", "-1", "x", "1.0", "9" * 5000)
    },
    "a type that is none": (one_row(cell("A1", None, 1, "nonsense")), NO_TABLE),
    "a shared formula of the whole sheet": (shared(("A1", "A1+1"), ("XFD1048576", ""), ("C7", "")), NO_TABLE),
    "a shared formula without its first cell": (shared(("A1", "")), "shares a formula that is not there"),
    "a shared formula that is none": (shared(("A1", "&quot;'[("), ("B1", ""), ("A2", "")), NO_TABLE),
    "a shared formula far from its range": (shared(("XFD1048576", "XFC1+XFD1048575"), ("A1", "")), NO_TABLE),
    "long shared formulas in many columns": (
        rows(
            "<row>"
            + "".join(
                f'<c><f t="shared" si="0">{"A1+" * 2700 + "1" if number == 0 else ""}</f></c>'
                for number in range(16_000)
            )
            + "</row>"
        ),
        "shares longer formulas than the limit allows; raise it with --max-cells",
    ),
    "a long array formula of many cells": (
        rows(
            "".join(
                f'<row r="{row}"><c r="B{row}">'
                + (f'<f t="array" ref="B1:B9999">{"A1+" * 33_000}1</f>' if row == 1 else "")
                + "<v>1</v></c></row>"
                for row in range(1, 10_000)
            )
        ),
        "shares longer formulas than the limit allows; raise it with --max-cells",
    ),
    "array formulas on top of each other": (
        rows(
            "".join(
                "<row>" + f'<c><f t="array" ref="A1:XFD1048576">{number}</f><v>1</v></c>' * 9 + "</row>"
                for number in range(3_000)
            )
        ),
        "array formulas on top of each other|more different formulas than",
    ),
    "an array formula of no range": (rows('<row><c><f t="array" ref="x">1</f><v>1</v></c></row>'), NO_TABLE),
    "a data table": (rows('<row><c><f t="dataTable" ref="A1:B9" r1="A1"/><v>1</v></c></row>'), NO_TABLE),
    "duplicate cells": (one_row(*(cell("A1", None, number) for number in range(9))), NO_TABLE),
    "merged labels": (
        rows(
            "",
            sheet=worksheet(
                f'<row r="1">{cell("A1", None, "w1", "str")}</row>',
                after='<mergeCells><mergeCell ref="A1:Z9"/></mergeCells>',
            ),
        ),
        NO_TABLE,
    ),
    **{
        f"an Excel table over {reference!r}": (excel_table(reference), "is none")
        for reference in ("", "x", "A1:", "1", "A1:B2:C3", "ZZZZ1:A2", "Sheet1!A1:B2", "$", "A" * 99_999)
    },
    "an Excel table of the whole sheet": (excel_table("A1:XFD1048576"), NO_TABLE),
    "an Excel table that is none": (with_table("<x/>"), "is none"),
}
