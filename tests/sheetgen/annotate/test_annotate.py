"""Marked copies: what is wrong is marked, and nothing else is touched."""

import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils.cell import range_boundaries
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import OpenXmlValidator

from sheetgen import SheetgenError, build_workbook, load_experiment
from sheetgen.annotate import mark_files, mark_workbook, marked_places
from sheetgen.annotate.comments import MOST_NOTES
from sheetgen.annotate.marks import LOOKS, Look
from sheetgen.spreadsheet import sheet_editor
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport, Finding, FindingKind
from tests.shared_files import PUBLIC_WORKBOOKS, shared_file
from tests.sheetgen.support.strategies import findings_in_a_grid, grids

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FRAMED = dict.fromkeys(("left", "right", "top", "bottom"))


def wrong(sheet: str, cells: str, kind: FindingKind = FindingKind.WRONG_FORMULA, **values: object) -> Finding:
    left, top, right, bottom = range_boundaries(cells)
    ordinary = {"quantity": "∂E/∂w3", "message": "a_h1 stands where a_h2 belongs"}
    return Finding(
        sheet=sheet, range=cells, count=(right - left + 1) * (bottom - top + 1), kind=kind, **{**ordinary, **values}
    )


PUBLIC = {
    "01-class-sheet": [
        wrong("Sheet1", "Z33:Z100", found_formula="=K33*(1-K33)", expected_formula="=M33*(1-M33)", affected=12),
        wrong("Sheet1", "AA33:AA100"),
        wrong("Sheet1", "AG98:AG103", FindingKind.EMPTY),
        wrong("Experiment", "Z19:AA100"),
    ],
    "02-clean-out-labels": [wrong("Sheet1", "Z14:Z20"), wrong("Copy of Sheet1", "B3:B8", FindingKind.EMPTY)],
    "03-clean-x-y-labels": [wrong("Sheet1", "Z25:Z200")],
    "04-frozen-reference": [wrong("Sheet1", "AC41:AC300"), wrong("Sheet1", "H42:H300")],
    "05-self-made-gradient": [wrong("Rohan", "Z33:Z103"), wrong("Self", "X33:X103")],
    "06-six-sheets": [wrong(f"LR_{rate}", "X32:X90") for rate in ("0.1", "0.2", "0.5", "0.8", "1", "2")],
    "07-pasted-values": [wrong("L.R. 0.2", "F30:AE90", FindingKind.HARD_CODED)],
    "08-unfinished": [wrong("Sheet1", "H34:AE100", FindingKind.EMPTY)],
    "09-excel-table": [wrong("Simulation", "X16:X100"), wrong("Simulation", "Z16:AA100")],
}


# Which findings to mark in workbooks that are rebuilt from public ones; they have the same sheets.
REBUILT = {
    "first_neurons_slope": "01-class-sheet",
    "sliding_rate": "06-six-sheets",
    "unfinished": "08-unfinished",
    "excel_table": "09-excel-table",
}


class Marked(NamedTuple):
    """A workbook, what it was before, its marked copy and what is marked there."""

    source: Path
    before: bytes
    target: Path
    found: list[Finding]


@pytest.fixture(scope="module", params=[*REBUILT, *(pytest.param(name, marks=pytest.mark.slow) for name in PUBLIC)])
def by_hand(
    request: pytest.FixtureRequest, mistaken_books: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Marked:
    """Workbooks made by hand, or laid out as if they were."""
    name = request.param
    path = mistaken_books[name] if name in REBUILT else shared_file(PUBLIC_WORKBOOKS / f"{name}.xlsx")
    found = PUBLIC[REBUILT.get(name, name)]
    marked = Marked(path, path.read_bytes(), tmp_path_factory.mktemp("marked") / "marked.xlsx", found)
    mark_workbook(marked.source, marked.target, marked.found)
    return marked


@pytest.fixture(scope="module")
def built_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of our own, which has notes on its headers."""
    path = tmp_path_factory.mktemp("built") / "x.xlsx"
    build_workbook(load_experiment().with_run((0.1, 2.0), 12), path, lessons=False)
    return path


@pytest.fixture(params=["rebuilt", pytest.param("public", marks=pytest.mark.slow)])
def class_sheet(request: pytest.FixtureRequest, mistaken_books: dict[str, Path]) -> Path:
    """The class's own sheet, or one laid out like it."""
    if request.param == "rebuilt":
        return mistaken_books["first_neurons_slope"]
    return shared_file(PUBLIC_WORKBOOKS / "01-class-sheet.xlsx")


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cells_of(finding: Finding, sheet: Worksheet) -> Iterator[Cell]:
    left, top, right, bottom = range_boundaries(finding.range)
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield sheet.cell(row, column)


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return what all cells hold, part by part, as the file says it."""
    found = {}
    for name, data in parts(path).items():
        if name.startswith("xl/worksheets/sheet"):
            cells = ET.fromstring(data).iter(f"{{{MAIN}}}c")
            found[name] = [
                (cell.get("r"), cell.get("t"), *((e.tag, e.attrib, e.text) for e in cell.iter() if e is not cell))
                for cell in cells
                if len(cell)
            ]
    return found


def seen_by_openpyxl(path: Path, *, values: bool) -> dict[tuple[str, str], object]:
    book = load_workbook(path, data_only=values)
    return {
        (sheet.title, cell.coordinate): getattr(cell.value, "__dict__", cell.value)
        for sheet in book
        if sheet.title != "Findings"
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def new_errors(before: Path, after: Path) -> list[str]:
    known, found = ([str(error) for error in OpenXmlValidator().validate(path).errors] for path in (before, after))
    return [error for error in found if error not in known]


def looks_of(cell: Cell) -> tuple[object, ...]:
    return tuple(map(repr, (cell.font, cell.fill, cell.border, cell.alignment, cell.number_format, cell.protection)))


def mark_of(cell: Cell) -> tuple[Look | None, bool, bool]:
    """Return how a cell is marked: its look, and whether it is closed above and below."""
    look = next(
        (look for look in Look if cell.fill.fgColor.rgb == look.fill and cell.fill.patternType == "solid"), None
    )
    if look is None:
        return None, False, False
    lines = [getattr(cell.border, side) for side in ("left", "right", "top", "bottom")]
    drawn = [line is not None and line.style == look.style and line.color.rgb == look.line for line in lines]
    assert drawn[:2] == [True, True], cell.coordinate
    return look, drawn[2], drawn[3]


# Nothing else is touched


def test_parts_that_are_not_marked_stay_byte_for_byte(by_hand: Marked):
    assert by_hand.source.read_bytes() == by_hand.before
    assert list(by_hand.target.parent.iterdir()) == [by_hand.target]
    old, new = parts(by_hand.source), parts(by_hand.target)
    assert [name for name in new if name in old] == list(old)
    touched = {name for name in old if new[name] != old[name]}
    sheets = {name for name in touched if name.startswith("xl/worksheets/sheet")}
    selected = {name for name in sheets if re.sub(rb' tabSelected="(?:1|true)"', b"", old[name], count=1) == new[name]}
    sheets, touched = sheets - selected, touched - selected
    assert len(selected) <= 1
    assert len(sheets) == len({finding.sheet for finding in by_hand.found})
    # the workbook and its relationships name the new first sheet, which lists the findings
    allowed = {"[Content_Types].xml", "xl/styles.xml", "xl/workbook.xml"} | sheets
    assert {name for name in touched if "_rels" not in name} == allowed
    assert {name for name in touched if "_rels" in name} <= {
        "xl/_rels/workbook.xml.rels",
        *(s.replace("sheets/", "sheets/_rels/") + ".rels" for s in sheets),
    }
    added = new.keys() - old.keys() - {"xl/worksheets/findings1.xml"}
    assert all("comments" in name or ".vml" in name or "_rels" in name for name in added)


def test_formulas_and_values_stay(by_hand: Marked):
    assert content(by_hand.target) == content(by_hand.source)


@pytest.mark.alike(3)
@pytest.mark.parametrize("by_hand", [*REBUILT, "01-class-sheet", "09-excel-table"], indirect=True)
def test_openpyxl_sees_the_same(by_hand: Marked):
    for values in (False, True):
        assert seen_by_openpyxl(by_hand.target, values=values) == seen_by_openpyxl(by_hand.source, values=values)


def test_no_findings_give_the_same_parts(built_book: Path, tmp_path: Path):
    mark_workbook(built_book, tmp_path / "same.xlsx", [])
    assert parts(tmp_path / "same.xlsx") == parts(built_book)


def test_the_same_findings_give_the_same_bytes(built_book: Path, tmp_path: Path):
    for name in ("a.xlsx", "b.xlsx"):
        mark_workbook(built_book, tmp_path / name, [wrong("LR 0.1", "Z20:Z30"), wrong("Start", "A3")])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("by_hand", [*REBUILT, "02-clean-out-labels", "08-unfinished"], indirect=True)
def test_a_validator_finds_nothing_new(by_hand: Marked):
    assert new_errors(by_hand.source, by_hand.target) == []


# What is wrong is marked


def test_wrong_cells_are_coloured_and_framed_and_others_are_not(class_sheet: Path, tmp_path: Path):
    found = PUBLIC["01-class-sheet"]
    mark_workbook(class_sheet, tmp_path / "marked.xlsx", found)
    old, new = load_workbook(class_sheet), load_workbook(tmp_path / "marked.xlsx")
    for name in old.sheetnames:
        own = [finding for finding in found if finding.sheet == name]
        wrong_cells = {cell.coordinate for finding in own for cell in cells_of(finding, new[name])}
        for finding in own:
            _, top, _, bottom = range_boundaries(finding.range)
            for cell in cells_of(finding, new[name]):
                assert mark_of(cell) == (LOOKS[finding.kind], cell.row == top, cell.row == bottom)
                assert cell.number_format == old[name][cell.coordinate].number_format
                assert repr(cell.alignment) == repr(old[name][cell.coordinate].alignment)
        for row in old[name].iter_rows():
            for cell in row:
                if cell.coordinate not in wrong_cells:
                    assert looks_of(cell) == looks_of(new[name][cell.coordinate])


def test_the_first_cell_of_each_finding_says_what_is_wrong(class_sheet: Path, tmp_path: Path):
    mark_workbook(class_sheet, tmp_path / "marked.xlsx", PUBLIC["01-class-sheet"])
    book = load_workbook(tmp_path / "marked.xlsx")
    notes = {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }
    assert list(notes) == ["Sheet1!Z33", "Sheet1!AA33", "Sheet1!AG98", "Experiment!Z19"]
    assert notes["Sheet1!Z33"] == (
        "∂E/∂w3: wrong-formula\na_h1 stands where a_h2 belongs\nfound: =K33*(1-K33)\nexpected: =M33*(1-M33)\n"
        "Z33:Z100, 68 cells\n12 other cells are off because of this"
    )


def test_notes_have_boxes_beside_their_cells(class_sheet: Path, tmp_path: Path):
    mark_workbook(class_sheet, tmp_path / "marked.xlsx", PUBLIC["01-class-sheet"])
    excel, shapes = "{urn:schemas-microsoft-com:office:excel}", []
    for name, data in parts(tmp_path / "marked.xlsx").items():
        if name.endswith(".vml"):
            shapes += list(ET.fromstring(data).iter("{urn:schemas-microsoft-com:vml}shape"))
    assert len({shape.get("id") for shape in shapes}) == len(shapes) == 4
    first = shapes[0].find(f"{excel}ClientData")
    assert (first.findtext(f"{excel}Row"), first.findtext(f"{excel}Column")) == ("32", "25")
    left, _, top, _, right, _, bottom, _ = map(int, first.findtext(f"{excel}Anchor").split(","))
    assert (left, top) == (26, 31)
    assert right > left + 3
    assert bottom > top + 4


def test_existing_notes_stay_and_say_both(built_book: Path, tmp_path: Path):
    target = tmp_path / "marked.xlsx"
    mark_workbook(built_book, target, [wrong("LR 0.1", "A15"), wrong("LR 0.1", "Z20:Z30")])
    old, new = load_workbook(built_book)["LR 0.1"], load_workbook(target)["LR 0.1"]
    before = {cell.coordinate: cell.comment.text for row in old.iter_rows() for cell in row if cell.comment}
    after = {cell.coordinate: cell.comment.text for row in new.iter_rows() for cell in row if cell.comment}
    assert len(before) > 20
    assert after.keys() - before.keys() == {"Z20"}
    assert after["A15"] == before["A15"] + "\n\n∂E/∂w3: wrong-formula\na_h1 stands where a_h2 belongs"
    assert {name: text for name, text in after.items() if name not in ("A15", "Z20")} == {
        name: text for name, text in before.items() if name != "A15"
    }
    assert new["B15"].comment.author == "sheetgen"
    assert new["Z20"].comment.author == "sheetgen verify"


def test_an_existing_box_grows_with_its_note(built_book: Path, tmp_path: Path):
    mark_workbook(built_book, tmp_path / "marked.xlsx", [wrong("LR 0.1", "A15", message="m " * 200)])
    old, new = (parts(path)["xl/drawings/vmlDrawing1.vml"] for path in (built_book, tmp_path / "marked.xlsx"))
    assert b"<x:Anchor>1, 15, 13, 10, 6, 26, 18, 4</x:Anchor>" in old
    assert b"<x:Anchor>1, 15, 13, 10, 6, 26, 26, 4</x:Anchor>" in new
    assert old.count(b"<v:shape ") == new.count(b"<v:shape ")


def test_shapes_of_new_notes_have_numbers_of_their_own(built_book: Path, tmp_path: Path):
    mark_workbook(
        built_book, tmp_path / "m.xlsx", [wrong("LR 0.1", "Z20"), wrong("Start", "A3"), wrong("LR 2.0", "B20")]
    )
    numbers: list[str] = []
    for name, data in parts(tmp_path / "m.xlsx").items():
        if name.endswith(".vml"):
            root = ET.fromstring(data)
            numbers += [shape.get("id") for shape in root.iter("{urn:schemas-microsoft-com:vml}shape")]
    assert len(numbers) > 90
    assert len(set(numbers)) == len(numbers)


def test_notes_have_a_cap_and_colours_have_none(built_book: Path, tmp_path: Path):
    found = [wrong("Start", f"{letter}{row}", FindingKind.EMPTY) for letter in "XY" for row in range(1, 301)]
    mark_workbook(built_book, tmp_path / "marked.xlsx", found)
    sheet = load_workbook(tmp_path / "marked.xlsx")["Start"]
    texts = [cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment]
    assert len(texts) == MOST_NOTES
    last = [text for text in texts if "without a note" in text]
    assert last == [sheet["X300"].comment.text]
    assert last[0].endswith("300 findings on this sheet without a note; the report of sheetgen verify lists all.")
    assert all(mark_of(cell)[0] is Look.MISSING for finding in found for cell in cells_of(finding, sheet))


def test_two_findings_of_one_cell_share_a_note(built_book: Path, tmp_path: Path):
    found = [wrong("Start", "Z3", FindingKind.STALE_VALUE, quantity="h1"), wrong("Start", "Z3:Z4", quantity="h2")]
    mark_workbook(built_book, tmp_path / "marked.xlsx", found)
    sheet = load_workbook(tmp_path / "marked.xlsx")["Start"]
    assert sheet["Z3"].comment.text.count("a_h1 stands") == 2
    assert mark_of(sheet["Z3"])[0] is Look.FORMULA


def test_harmful_text_stays_text(built_book: Path, tmp_path: Path):
    found = [wrong("Start", "Z3", quantity="</t><x>&", message="\x00\x1b[0m\ufffe\ud800]]>\u202e", found_value="<!--")]
    mark_workbook(built_book, tmp_path / "marked.xlsx", found)
    text = load_workbook(tmp_path / "marked.xlsx")["Start"]["Z3"].comment.text
    assert text == '</t><x>&: wrong-formula\n\\x00\\x1b[0m\\ufffe\\ud800]]>\\u202e\nfound: "<!--"'


# Workbooks of other makers


def test_what_reads_like_an_escaped_character_is_not_taken_for_one(built_book: Path, tmp_path: Path):
    marked = tmp_path / "marked.xlsx"
    mark_workbook(built_book, marked, [wrong("Start", "Z3", message="_x0041_ stands where B belongs")])
    notes = b"".join(data for name, data in parts(marked).items() if name.startswith("xl/comments"))
    assert b"_x005F_x0041_ stands" in notes


def make(path: Path, sheet: str, extra: Mapping[str, str | bytes] | None = None, rels: str = "") -> Path:
    """Write a workbook with one worksheet, and no part that it can do without."""
    relationship = f'<Relationship xmlns="{PACKAGE}/relationships" Id="rId1" Type="{OFFICE}/%s" Target="%s"/>'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + relationship % ("officeDocument", "xl/workbook.xml")
        + "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + relationship % ("worksheet", "worksheets/sheet1.xml")
        + rels
        + "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def sheet_of(data: str, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'


def marked_sheet(source: Path, found: Sequence[Finding]) -> str:
    target = source.with_name("marked.xlsx")
    mark_workbook(source, target, found)
    load_workbook(target)
    return parts(target)["xl/worksheets/sheet1.xml"].decode()


def test_missing_cells_and_rows_come_in_their_places(tmp_path: Path):
    rows = (
        '<row r="2" spans="2:3"><c r="B2"><v>1</v></c><c r="D2"/></row>'
        '<row r="4"/><row r="6" s="1" customFormat="1"></row>'
    )
    found = [wrong("S", f"{letter}1:{letter}7", FindingKind.EMPTY) for letter in "ACE"]
    source = make(tmp_path / "x.xlsx", sheet_of(rows, '<dimension ref="B2:D2"/>'))
    text = marked_sheet(source, found)
    root = ET.fromstring(text)
    assert [row.get("r") for row in root.iter(f"{{{MAIN}}}row")] == list("1234567")
    listed = [[cell.get("r") for cell in row] for row in root.iter(f"{{{MAIN}}}row")]
    assert listed[1] == ["A2", "B2", "C2", "D2", "E2"]
    assert [cells for number, cells in enumerate(listed, 1) if number != 2] == [
        [f"{letter}{row}" for letter in "ACE"] for row in (1, 3, 4, 5, 6, 7)
    ]
    assert root.find(f"{{{MAIN}}}dimension").get("ref") == "A1:E7"
    assert 'spans="1:5"' in text
    assert new_errors(source, tmp_path / "marked.xlsx") == []


def test_missing_cells_look_like_their_row_or_column(tmp_path: Path):
    formats = "".join(f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0"/>' for n in (0, 2, 10))
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs count="3">{formats}</cellXfs></styleSheet>'
    rels = f'<Relationship xmlns="{PACKAGE}/relationships" Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/>'
    rows = '<row r="1"/><row r="2" s="2" customFormat="1"/><row r="3" s="2"/>'
    sheet = sheet_of(rows, '<cols><col min="2" max="2" width="9" style="1"/></cols>')
    source = make(tmp_path / "x.xlsx", sheet, {"xl/styles.xml": styles}, rels)
    marked_sheet(source, [wrong("S", "A1:B4", FindingKind.EMPTY)])
    cells = load_workbook(tmp_path / "marked.xlsx")["S"]
    assert [cells[f"A{row}"].number_format for row in range(1, 5)] == ["General", "0.00%", "General", "General"]
    assert [cells[f"B{row}"].number_format for row in range(1, 5)] == ["0.00", "0.00%", "0.00", "0.00"]


def test_an_empty_sheet_can_be_marked(tmp_path: Path):
    source = make(tmp_path / "x.xlsx", f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>')
    assert '<row r="2"><c r="B2" s="' in marked_sheet(source, [wrong("S", "B2:B3", FindingKind.EMPTY)])


def test_cells_without_address_and_out_of_order_are_found(tmp_path: Path):
    source = make(tmp_path / "x.xlsx", sheet_of('<row><c/><c><v>1</v></c></row><row><c r="C2"/><c r="B2"/></row>'))
    text = marked_sheet(source, [wrong("S", "B1:B2")])
    assert '<row><c/><c s="1"><v>1</v></c></row><row><c r="C2"/><c s="2" r="B2"/></row>' in text


def test_prefixes_comments_and_odd_attributes_stay(tmp_path: Path):
    sheet = (
        f"<?xml version='1.0'?><!-- <c r='A1'> --><x:worksheet xmlns:x='{MAIN}'><x:sheetData>"
        "<x:row r = '1' ><x:c   s='0' r='A1'  t='str' >"
        '<x:f>">"&amp;1</x:f><x:v><![CDATA[<c>]]></x:v></x:c ></x:row></x:sheetData>'
        '<x:extLst><x:ext uri="a>b"/></x:extLst></x:worksheet>'
    )
    text = marked_sheet(make(tmp_path / "x.xlsx", sheet), [wrong("S", "A1")])
    drawing = f'<x:legacyDrawing xmlns:r="{OFFICE}" r:id="rId2"/>'
    assert text == sheet.replace("  s='0'", '  s="1"').replace("<x:extLst", f"{drawing}<x:extLst")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "utf-8"])
def test_any_encoding_can_be_marked(tmp_path: Path, encoding: str):
    sheet = f'<?xml version="1.0" encoding="{encoding}"?>' + sheet_of('<row r="1"><c r="A1" t="str"><v>é</v></c></row>')
    source = make(tmp_path / "x.xlsx", sheet.encode(encoding))
    mark_workbook(source, tmp_path / "marked.xlsx", [wrong("S", "A1")])
    book = load_workbook(tmp_path / "marked.xlsx")
    assert book["S"]["A1"].value == "é"
    assert mark_of(book["S"]["A1"]) == (Look.FORMULA, True, True)


def test_only_the_rows_of_the_sheets_data_are_rows(tmp_path: Path):
    anchor = "<controls><control><anchor><from><row>7</row></from></anchor></control></controls>"
    text = marked_sheet(make(tmp_path / "x.xlsx", sheet_of('<row r="1"/>', after=anchor)), [wrong("S", "A1:A2")])
    assert text.endswith(f"{anchor}</worksheet>")
    assert text.count("<c ") == 2


def test_the_drawing_stands_where_the_format_wants_it(tmp_path: Path):
    after = '<pageMargins left="1" right="1" top="1" bottom="1" header="0" footer="0"/><tableParts count="0"/>'
    text = marked_sheet(make(tmp_path / "x.xlsx", sheet_of("", after=after)), [wrong("S", "A1")])
    assert 'footer="0"/><legacyDrawing ' in text
    assert '"/><tableParts' in text


def test_a_conversation_keeps_its_cell(tmp_path: Path):
    comments = (
        f'<comments xmlns="{MAIN}"><authors><author>tc={{1}}</author><author>me</author></authors><commentList>'
        '<comment ref="A1" authorId="0"><text><t>[Threaded comment]</t></text></comment>'
        '<comment ref="B1" authorId="1"><text><t>mine</t></text></comment></commentList></comments>'
    )
    rels = (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId7" Type="{OFFICE}/comments"'
        ' Target="/xl/comments1.xml"/></Relationships>'
    )
    sheet = sheet_of('<row r="1"><c r="A1"/><c r="B1"/></row>')
    extra = {"xl/comments1.xml": comments, "xl/worksheets/_rels/sheet1.xml.rels": rels}
    mark_workbook(make(tmp_path / "x.xlsx", sheet, extra), tmp_path / "m.xlsx", [wrong("S", "A1:A3"), wrong("S", "B1")])
    book = load_workbook(tmp_path / "m.xlsx")["S"]
    assert book["A1"].comment.text == "[Threaded comment]"
    assert book["A2"].comment.text.startswith("∂E/∂w3: wrong-formula")
    assert book["B1"].comment.text.startswith("mine\n\n∂E/∂w3: wrong-formula")
    assert [mark_of(book[f"A{row}"]) for row in (1, 2, 3)] == [
        (Look.FORMULA, True, False),
        (Look.FORMULA, False, False),
        (Look.FORMULA, False, True),
    ]


def test_light_letters_become_dark(tmp_path: Path):
    book = Workbook()
    book.active["A1"], book.active["A2"] = 1, 2
    book.active["A1"].font = Font(color="FFFFFFFF", bold=True, name="Arial")
    book.active["A1"].fill = PatternFill("solid", fgColor="FF000000")
    book.active["A2"].font = Font(color="FF0000AA")
    book.save(tmp_path / "x.xlsx")
    mark_workbook(tmp_path / "x.xlsx", tmp_path / "m.xlsx", [wrong("Sheet", "A1:A2")])
    sheet = load_workbook(tmp_path / "m.xlsx")["Sheet"]
    assert sheet["A1"].font.color.rgb == "FF1F2933"
    assert (sheet["A1"].font.bold, sheet["A1"].font.name) == (True, "Arial")
    assert sheet["A2"].font.color.rgb == "FF0000AA"


def test_macros_stay(tmp_path: Path):
    source = make(tmp_path / "x.xlsm", sheet_of(""), {"xl/vbaProject.bin": b"\x00macro"})
    mark_workbook(source, tmp_path / "m.xlsm", [wrong("S", "A1")])
    assert parts(tmp_path / "m.xlsm")["xl/vbaProject.bin"] == b"\x00macro"


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_reading_in_pieces_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int):
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="C{row}"/></row>' for row in range(1, 40, 2))
    source = make(tmp_path / "x.xlsx", sheet_of(rows))
    found = [wrong("S", f"{letter}3:{letter}20", FindingKind.EMPTY) for letter in "ABD"]
    mark_workbook(source, tmp_path / "whole.xlsx", found)
    monkeypatch.setattr(sheet_editor, "_CHUNK", chunk)
    mark_workbook(source, tmp_path / "pieces.xlsx", found)
    assert parts(tmp_path / "pieces.xlsx") == parts(tmp_path / "whole.xlsx")


KINDS = list(FindingKind)


@given(st.lists(findings_in_a_grid, max_size=6), grids)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_findings_on_any_cells(
    tmp_path: Path, chosen: list[tuple[int, int, int, FindingKind]], grid: list[list[bool]]
):
    rows = []
    for row, present in enumerate(grid, start=1):
        cells = "".join(f'<c r="{"ABCDE"[n]}{row}"><v>{row}</v></c>' for n, there in enumerate(present) if there)
        rows.append(f'<row r="{row}">{cells}</row>' if any(present) else "")
    source = make(tmp_path / "x.xlsx", sheet_of("".join(rows)))
    found = [wrong("S", f"{'ABCDE'[c]}{r}:{'ABCDE'[c]}{r + more}", kind) for c, r, more, kind in chosen]
    mark_workbook(source, tmp_path / "m.xlsx", found)
    assert content(tmp_path / "m.xlsx") == content(source)
    sheet = load_workbook(tmp_path / "m.xlsx")["S"]
    for row in range(1, 15):
        for column in range(1, 6):
            here = [f for f in found if (column, row) in {(c.column, c.row) for c in cells_of(f, sheet)}]
            expected: set[object] = {(None, False, False)}
            if here:
                worst = min(KINDS.index(finding.kind) for finding in here)
                bounds = [range_boundaries(f.range) for f in here if KINDS.index(f.kind) == worst]
                expected = {(LOOKS[KINDS[worst]], row == top, row == bottom) for _, top, _, bottom in bounds}
            assert mark_of(sheet.cell(row, column)) in expected


# Mistakes


def test_the_workbook_itself_is_never_overwritten(tmp_path: Path):
    source = make(tmp_path / "x.xlsx", sheet_of(""))
    before = source.read_bytes()
    (tmp_path / "link.xlsx").symlink_to(source)
    os.link(source, tmp_path / "hard.xlsx")
    for name in ("x.xlsx", "link.xlsx", "hard.xlsx"):
        with pytest.raises(SheetgenError, match="is the workbook itself"):
            mark_workbook(source, tmp_path / name, [wrong("S", "A1")])
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("m.xls", "does not end in .xlsx"),
        ("m.xlsm", "does not end in .xlsx"),
        (".", "is a folder"),
        ("no/such/m.xlsx", "there is no folder"),
    ],
)
def test_places_that_cannot_be_written_to(tmp_path: Path, target: str, words: str):
    source = make(tmp_path / "x.xlsx", sheet_of(""))
    with pytest.raises(SheetgenError, match=words):
        mark_workbook(source, tmp_path / target, [wrong("S", "A1")])
    assert list(tmp_path.iterdir()) == [source]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("sheet", "extra", "found", "words"),
    [
        (sheet_of(""), {}, wrong("Other", "A1"), "no worksheet 'Other'"),
        (sheet_of("")[:-5], {}, wrong("S", "A1"), "not well-formed"),
        (BOMB + sheet_of(""), {}, wrong("S", "A1"), "declares XML entities"),
        (sheet_of('<row r="x"/>'), {}, wrong("S", "A1"), "cannot be read"),
        (sheet_of('<row r="1"><c r="?1"/></row>'), {}, wrong("S", "A1"), "cannot be read"),
        (sheet_of("", '<sheetFormatPr defaultColWidth="inf"/>'), {}, wrong("S", "A1"), None),
        (sheet_of("", '<cols><col min="1" max="99999999999" width="1e999"/></cols>'), {}, wrong("S", "A1"), None),
        (sheet_of("", after='<legacyDrawing id="rId9"/>'), {}, wrong("S", "A1"), "drawing"),
        (sheet_of(""), {"[Content_Types].xml": BOMB + "<Types/>"}, wrong("S", "A1"), "declares XML entities"),
        ('<?xml version="1.0" encoding="odd"?><x/>', {}, wrong("S", "A1"), "encoding"),
    ],
)
def test_damaged_workbooks(tmp_path: Path, sheet: str, extra: dict[str, str], found: Finding, words: str | None):
    source = make(tmp_path / "x.xlsx", sheet, extra)
    if words is None:
        mark_workbook(source, tmp_path / "m.xlsx", [found])
        return
    with pytest.raises(SheetgenError, match=words):
        mark_workbook(source, tmp_path / "m.xlsx", [found])
    assert list(tmp_path.iterdir()) == [source]


def test_a_full_disk_leaves_nothing_behind(built_book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "m.xlsx"
    target.write_bytes(b"as it was")
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(SheetgenError, match=r"m\.xlsx: cannot be written \(No space left on device\)"):
        mark_workbook(built_book, target, [wrong("Start", "A1")])
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_bytes() == b"as it was"


# The first sheet, conditional formats, and folders


def test_the_first_sheet_lists_the_findings_with_links_and_says_what_the_colours_mean(tmp_path: Path):
    book = Workbook()
    book.active.title = "It's mine"
    book.create_sheet("findings")
    book.active = 1
    book.defined_names["x"] = DefinedName("x", attr_text="findings!$A$1")
    book["It's mine"].print_area = "A1:B2"
    book.save(tmp_path / "x.xlsx")
    found = [
        wrong("It's mine", "B3:B6", found_formula='=A1&"<b>"', expected_formula="=B1", affected=7),
        wrong("findings", "C2", FindingKind.HARD_CODED, quantity="h1", message="=1+1"),
    ]
    mark_workbook(tmp_path / "x.xlsx", tmp_path / "m.xlsx", found)
    marked = load_workbook(tmp_path / "m.xlsx")
    assert marked.sheetnames == ["Findings 2", "It's mine", "findings"]
    assert marked.active.title == "Findings 2"
    assert [sheet.title for sheet in marked if sheet.sheet_view.tabSelected] == ["Findings 2"]
    assert marked["It's mine"].print_area == "'It''s mine'!$A$1:$B$2"
    sheet = marked["Findings 2"]
    listed = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=11)]
    assert listed == [
        ["It's mine", "B3:B6", "4", "∂E/∂w3", "a_h1 stands where a_h2 belongs", '=A1&"<b>"', "=B1", "7"],
        ["findings", "C2", "1", "h1", "=1+1", None, None, None],
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    linked = [sheet.cell(row, 2) for row in (11, 12)]
    assert {cell.coordinate: cell.hyperlink.location for cell in linked} == {
        "B11": "'It''s mine'!B3:B6",
        "B12": "'findings'!C2",
    }
    legend = {sheet.cell(row, 1).fill.fgColor.rgb: sheet.cell(row, 2).value for row in range(5, 9)}
    assert list(legend) == [look.fill for look in (Look.FORMULA, Look.VALUE, Look.CONSTANT, Look.MISSING)]
    assert legend[Look.CONSTANT.fill] == "a typed number where a formula belongs"
    assert new_errors(tmp_path / "x.xlsx", tmp_path / "m.xlsx") == []


def test_a_marked_copy_is_judged_as_the_workbook_was(class_sheet: Path, tmp_path: Path):
    before = verify_file(class_sheet)
    mark_workbook(class_sheet, tmp_path / "m.xlsx", before.findings)
    after = verify_file(tmp_path / "m.xlsx")
    assert (after.findings, after.error, after.notes) == (before.findings, before.error, before.notes)


def test_marks_come_before_a_sheets_own_conditional_formats(tmp_path: Path):
    rule = '<cfRule type="uniqueValues" priority="1" dxfId="0"/>'
    own = f'<conditionalFormatting sqref="A1:C9">{rule}</conditionalFormatting>'
    x14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
    extended = (
        f'<extLst><ext uri="x" xmlns:x14="{x14}"><x14:conditionalFormattings><x14:conditionalFormatting>'
        '<x14:cfRule type="dataBar" priority="2"/>'
        "</x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>"
    )
    merged = '<mergeCells count="1"><mergeCell ref="F1:F2"/></mergeCells>'
    after = merged + '{}<pageMargins left="1" right="1" top="1" bottom="1" header="0" footer="0"/>{}'
    for name, text in (("own", after.format(own, extended)), ("extended", after.format("", extended))):
        source = make(tmp_path / f"{name}.xlsx", sheet_of('<row r="1"><c r="A1"/></row>', after=text))
        written = marked_sheet(source, [wrong("S", "A1:A3"), wrong("S", "B2"), wrong("S", "C1", FindingKind.EMPTY)])
        rules = re.findall(
            r'<cfRule type="expression" dxfId="(\d)" priority="(\d)" stopIfTrue="1"><formula>TRUE', written
        )
        assert rules == [("0", "1"), ("1", "2")]
        assert 'sqref="A1:A3 B2"' in written
        assert written.index("</mergeCells>") < written.index("<conditionalFormatting") < written.index("<pageMargins")
        later = re.findall(r'type="(?:uniqueValues|dataBar)" priority="(\d)"', written)
        assert later == (["3", "4"] if name == "own" else ["4"])
        styles = load_workbook(tmp_path / "marked.xlsx")._differential_styles.styles
        assert [style.fill.bgColor.rgb for style in styles] == [Look.FORMULA.fill, Look.MISSING.fill]


def test_a_sheet_without_conditional_formats_gets_none(class_sheet: Path, tmp_path: Path):
    mark_workbook(class_sheet, tmp_path / "m.xlsx", PUBLIC["01-class-sheet"])
    assert not any(b"cfRule" in data for name, data in parts(tmp_path / "m.xlsx").items() if "worksheets" in name)


def test_a_folder_of_copies_has_those_with_something_to_say_where_they_were(tmp_path: Path):
    names = ("wrong.xlsx", "right.xlsx", "deep/er/wrong.xlsx", "gone.xlsx", "other.ods")
    sources = [tmp_path / "in" / name for name in names]
    sources[2].parent.mkdir(parents=True)
    for place in sources[:3]:
        make(place, sheet_of('<row r="1"><c r="A1"/></row>'))
    reports = [FileReport(str(path), findings=() if "right" in path.name else (wrong("S", "A1"),)) for path in sources]
    places = marked_places(sources, tmp_path / "out")
    assert [place.relative_to(tmp_path / "out").as_posix() for place in places] == [*names[:4], "other.ods.xlsx"]
    outcome = dict(mark_files(sources, places, reports, Limits()))
    assert {place.name for place, error in outcome.items() if error} == {"gone.xlsx", "other.ods.xlsx"}
    written = [path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.xlsx")]
    assert sorted(written) == ["deep/er/wrong.xlsx", "wrong.xlsx"]


def test_a_folder_of_copies_never_replaces_the_workbooks(tmp_path: Path):
    sources = [make(tmp_path / name, sheet_of("")) for name in ("a.xlsx", "b.xlsx")]
    (tmp_path / "link").symlink_to(tmp_path)
    for folder in (tmp_path, tmp_path / "link", tmp_path / "new" / ".."):
        with pytest.raises(SheetgenError, match="holds the workbooks themselves"):
            marked_places(sources, folder)
    for folder in (tmp_path / "a.xlsx", tmp_path / "new.xlsx"):
        with pytest.raises(SheetgenError, match="is no folder"):
            marked_places(sources, folder)
