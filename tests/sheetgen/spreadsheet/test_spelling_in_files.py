"""Files that spell part names, cells and texts as their format allows, although Excel itself would not."""

import zipfile
from pathlib import Path

import pytest

from sheetgen import verify_file
from sheetgen.errors import SheetgenError
from sheetgen.recalculate.stale_findings import add_stale_findings
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.dates import serial_number
from sheetgen.spreadsheet.opened_workbook import Cell, Kind, open_workbook
from sheetgen.spreadsheet.xstring import decoded, encoded
from tests.sheetgen.support.hostile_workbooks import OLE, small_book
from tests.sheetgen.support.raw_workbooks import (
    MAIN,
    OFFICE,
    cell,
    package_parts,
    relationships,
    write_book,
    write_parts,
)


def read(path: Path, sheet: str = "Sheet1") -> dict[str, Cell]:
    with open_workbook(path) as book:
        return {each.address: each for each in book.read(sheet).cells()}


def with_entries_renamed(path: Path, before: str, after: str) -> Path:
    """A small workbook of ours in which the names of entries, but not the references to them, are spelt differently."""
    return write_parts(path, {name.replace(before, after): part for name, part in small_book().items()})


@pytest.mark.parametrize(
    ("before", "after"),
    [("worksheets/", "Worksheets/"), ("sharedStrings", "SharedStrings"), ("xl/", "XL/"), ("/", "\\"), ("[C", "[c")],
)
def test_parts_are_found_however_their_names_are_spelt(before: str, after: str, tmp_path: Path) -> None:
    path = with_entries_renamed(tmp_path / "spelt.xlsx", before, after)
    right = verify_file(write_parts(tmp_path / "right.xlsx", small_book()))
    found = verify_file(path)
    assert (found.ok, found.cells_checked) == (True, right.cells_checked)


@pytest.mark.parametrize(("before", "after"), [("worksheets/", "Worksheets/"), ("/", "\\")])
def test_engines_get_a_copy_that_they_can_read(before: str, after: str, tmp_path: Path) -> None:
    path = with_entries_renamed(tmp_path / "spelt.xlsx", before, after)
    assert add_stale_findings(verify_file(path), "formualizer").ok


def test_backslashes_in_references_are_slashes(tmp_path: Path) -> None:
    parts = package_parts({"Sheet1": f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'})
    rels = str(parts["xl/_rels/workbook.xml.rels"]).replace("worksheets/", ".\\worksheets\\")
    path = write_parts(tmp_path / "references.xlsx", {**parts, "xl/_rels/workbook.xml.rels": rels})
    assert read(path) == {}


def test_two_parts_whose_names_differ_only_in_case_are_refused(tmp_path: Path) -> None:
    parts = small_book()
    path = write_parts(tmp_path / "two.xlsx", {**parts, "xl/Workbook.xml": parts["xl/workbook.xml"]})
    with pytest.raises(SheetgenError, match="two parts of one name"), open_workbook(path):
        pass


def test_a_file_under_rights_management_is_not_called_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "protected.xlsx"
    streams = ("EncryptedPackage", "DRMEncryptedTransform")
    path.write_bytes(OLE + b"\0" * 4096 + b"\0".join(name.encode("utf-16-le") for name in streams))
    with pytest.raises(SheetgenError, match=r"rights management.*ask its author"), open_workbook(path):
        pass


def test_blanks_around_values_are_none(tmp_path: Path) -> None:
    cells = (
        cell("A1", None, "\n 0 ", "s"),
        cell("B1", None, " 2.5\n"),
        cell("C1", None, " 1 ", "b"),
        cell("D1", "1/0", " #DIV/0! ", "e"),
        cell("E1", "A1", " text ", "str"),
        cell("F1", "A1", "  "),
    )
    found = read(write_book(tmp_path / "blanks.xlsx", f'<row r="1">{"".join(cells)}</row>', "<si><t>label</t></si>"))
    assert [each.value for each in found.values()] == ["label", 2.5, True, "#DIV/0!", " text ", None]
    assert found["F1"].kind is Kind.EMPTY


def test_an_equals_sign_before_a_formula_is_not_part_of_it(tmp_path: Path) -> None:
    shared = '<c r="C1"><f t="shared" ref="C1:C2" si="0">=A1*2</f><v>2</v></c></row><row r="2">'
    rows = f'<row r="1">{cell("B1", " =A1+1", 2)}{shared}<c r="C2"><f t="shared" si="0"/><v>4</v></c></row>'
    found = read(write_book(tmp_path / "equals.xlsx", rows, names='<definedName name="n">=Sheet1!$A$1</definedName>'))
    assert {address: each.formula for address, each in found.items()} == {"B1": "=A1+1", "C1": "=A1*2", "C2": "=A2*2"}
    with open_workbook(tmp_path / "equals.xlsx") as book:
        assert book.names == {"n": "Sheet1!$A$1"}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a_x000D_\nb", "a\r\nb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_x0041__x0042_", "AB"),
        ("_xD83D__xDE00_", "😀"),
        ("_xD83D_", "\ufffd"),
        ("_x00D_ _x000g_ x000D_", "_x00D_ _x000g_ x000D_"),
    ],
)
def test_escaped_characters_are_read(written: str, text: str) -> None:
    assert decoded(written) == text


@pytest.mark.parametrize("text", ["plain", "_x000D_", "bell\a", "a\nb", "_x005F_x0041_"])
def test_what_is_written_is_read_back(text: str) -> None:
    assert decoded(encoded(text)) == text


def test_characters_are_escaped_in_every_place(tmp_path: Path) -> None:
    table = (
        f'<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="A1:B3"><tableColumns count="2">'
        '<tableColumn id="1" name="a_x000a_b"/><tableColumn id="2" name="c"/></tableColumns></table>'
    )
    rows = (
        f'<row r="1">{cell("A1", None, 0, "s")}{cell("B1", None, "c", "str")}</row>'
        f'<row r="2">{cell("A2", None, 2)}{cell("B2", "T[[#This Row],[a&#10;b]]*2", 4)}'
        f"{cell('C2', '&quot;_x0041_&quot;', '_x0041_', 'str')}"
        '<c r="D2" t="inlineStr"><is><t>in_x000D_line</t></is></c></row>'
    )
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    parts = package_parts({"a_x005F_x0041_": xml}, "<si><t>a_x000D_&#10;b</t></si>")
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/table" Target="../tables/table1.xml"/>'
    extra = {"xl/tables/table1.xml": table, "xl/worksheets/_rels/sheet1.xml.rels": relationships(relation)}
    path = write_parts(tmp_path / "escaped.xlsx", {**parts, **extra})
    found = read(path, "a_x0041_")
    assert (found["A1"].value, found["C2"].formula, found["C2"].value) == ("a\r\nb", '="A"', "A")
    assert found["D2"].value == "in\rline"
    with open_workbook(path) as book:
        assert book.tables("a_x0041_")[0].columns == ("a\nb", "c")
        assert list(CachedSheets(book).surroundings.tables) == ["t"]


@pytest.mark.parametrize(
    ("text", "date1904", "number"),
    [
        ("2023-03-15", False, 45000.0),
        ("2023-03-15T12:00:00Z", False, 45000.5),
        ("2023-03-15", True, 43538.0),
        ("1900-02-28", False, 59.0),
        ("1900-03-01", False, 61.0),
        ("06:00:00", False, 0.25),
        ("yesterday", False, None),
    ],
)
def test_dates_are_numbers_of_days(text: str, date1904: bool, number: float | None) -> None:
    assert serial_number(text, date1904=date1904) == number


def test_a_cell_may_hold_a_date_in_words(tmp_path: Path) -> None:
    rows = f'<row r="1">{cell("A1", None, "2023-03-15", "d")}</row>'
    assert read(write_book(tmp_path / "date.xlsx", rows))["A1"].value == 45000.0
    write_book(tmp_path / "no date.xlsx", rows.replace("2023-03-15", "soon"))
    with pytest.raises(SheetgenError, match="A1 of sheet Sheet1 holds 'soon' where a date belongs"):
        read(tmp_path / "no date.xlsx")


@pytest.mark.parametrize(("setting", "year"), [("", 2023), ('<workbookPr date1904="1"/>', 2027)])
def test_dates_beside_a_table_are_counted_from_the_workbooks_epoch(setting: str, year: int, tmp_path: Path) -> None:
    parts = dict(small_book())
    table = "xl/worksheets/sheet3.xml"
    row = f'<row r="90">{cell("A90", None, 45000)}{cell("B90", "YEAR(A90)", year)}{cell("C90", "A90+1", 45001)}</row>'
    parts[table] = parts[table].replace(b"</sheetData>", f"{row}</sheetData>".encode())
    head = parts["xl/workbook.xml"].decode()
    start = head.index("<workbookPr")
    old = head[start : head.index("/>", start) + 2]
    parts["xl/workbook.xml"] = head.replace(old, setting or old).encode()
    assert verify_file(write_parts(tmp_path / "dates.xlsx", parts)).findings == ()
    with zipfile.ZipFile(tmp_path / "dates.xlsx") as archive:
        wrong = archive.read(table).replace(f"<v>{year}</v>".encode(), b"<v>1999</v>")
    found = verify_file(write_parts(tmp_path / "wrong.xlsx", {**parts, table: wrong})).findings
    assert [each.range for each in found] == ["B90"]
