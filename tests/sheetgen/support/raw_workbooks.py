"""Workbooks put together by hand, part by part, so that a test can have in them what no program would write."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."

# A row of labels that a table is found by, and the formulas of a row below it.
LABELS = (
    *("i1", "i2", "t1", "t2", "w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"),
    *("h1", "h2", "a_h1", "a_h2", "o1", "o2", "a_o1", "a_o2", "E1", "E2", "E_total"),
    *(f"∂E/∂w{number}" for number in range(1, 9)),
)


def worksheet(rows: str, before: str = "", after: str = "") -> str:
    """Return the XML of a worksheet with these rows."""
    return f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def cell(address: str, formula: str | None = None, value: object = None, kind: str = "") -> str:
    """Return the XML of a cell."""
    inside = "" if formula is None else f"<f>{formula}</f>"
    inside += "" if value is None else f"<v>{value}</v>"
    return f'<c r="{address}"{f" t={quoteattr(kind)}" if kind else ""}>{inside}</c>'


def package_parts(sheets: Mapping[str, str], strings: str = "", names: str = "") -> dict[str, str | bytes]:
    """Return the parts of a workbook: its sheets' XML by name, the shared strings' items, and the defined names."""
    numbered = list(enumerate(sheets.items(), start=1))
    listed = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in numbered)
    related = "".join(_relation(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered)
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(len(numbered)),
        "_rels/.rels": relationships(_relation("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets>'
        f"{f'<definedNames>{names}</definedNames>' if names else ''}</workbook>",
        "xl/_rels/workbook.xml.rels": relationships(related + _relation("rIdS", "sharedStrings", "sharedStrings.xml")),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    return parts | {f"xl/worksheets/sheet{n}.xml": xml for n, (_, xml) in numbered}


def write_parts(path: Path, parts: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write parts to a file and return its path."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def write_book(
    path: Path, sheets: Mapping[str, str] | str, strings: str = "", names: str = "", **changed: str | bytes
) -> Path:
    """Write a workbook of these sheets; one given as a text is the rows of the only sheet, Sheet1.

    Parts can be changed or added: `workbook=…` is `xl/workbook.xml`, `rels=…` its relationships, `sheet=…` the first
    sheet, `strings_part=…` the shared strings.
    """
    named = {"Sheet1": worksheet(sheets)} if isinstance(sheets, str) else sheets
    parts = package_parts(named, strings, names)
    places = {
        "workbook": "xl/workbook.xml",
        "rels": "xl/_rels/workbook.xml.rels",
        "sheet": "xl/worksheets/sheet1.xml",
        "strings_part": "xl/sharedStrings.xml",
        "root_rels": "_rels/.rels",
    }
    return write_parts(path, parts | {places[name]: content for name, content in changed.items()})


def relationships(inside: str) -> str:
    """Return the XML of a part's relationships."""
    return f'<Relationships xmlns="{_RELS}">{inside}</Relationships>'


def _relation(identity: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identity}" Type="{OFFICE}/{kind}" Target="{target}"/>'


def _content_types(sheets: int) -> str:
    listed = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_KIND}worksheet+xml"/>'
        for number in range(1, sheets + 1)
    )
    return (
        f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        f'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}sharedStrings+xml"/>{listed}</Types>'
    )
