"""Recalculation: caches destroyed in whatever way a file is written, and stale cells named, each and only they."""

import http.server
import os
import re
import sys
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from sheetgen.errors import SheetgenError
from sheetgen.reader.cells import Cell, Kind, open_workbook
from sheetgen.verify import engines
from sheetgen.verify.engines import caches, rewrite, wheel
from sheetgen.verify.engines.caches import WRONG_NUMBER, has_own_will
from sheetgen.verify.engines.compare import Outcome, Tolerance, compare_cells
from sheetgen.verify.findings import FindingKind
from sheetgen.verify.recalculate import Recalculation, differing, stale_findings
from tests.sheetgen.conftest import Built
from tests.sheetgen.engines import ENGINES, destroy_caches, require_engine

PUBLIC = Path(__file__).parents[3] / "shared" / "workbooks"
IN_WHEELS = ("formualizer", "ironcalc")
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def make(path: Path, cells: dict[str, object], *, strings: bool = True) -> Path:
    """Write a workbook; a cell is a value, or a formula with its cached value."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": strings})
    sheet = book.add_worksheet("Data")
    for address, content in cells.items():
        if isinstance(content, tuple):
            sheet.write_formula(address, content[0], None, content[1])
        else:
            sheet.write(address, content)
    book.close()
    return path


def with_sheet(
    path: Path, target: Path, change: Callable[[bytes], bytes], part: str = "xl/worksheets/sheet1.xml"
) -> Path:
    """Copy a workbook with another worksheet part."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            copy.writestr(name, change(source.read(name)) if name == part else source.read(name))
    return target


def written_as(folder: Path, xml: str, encoding: str = "utf-8") -> Path:
    """A workbook whose only worksheet is this XML."""
    base = make(folder / "base.xlsx", {"A1": 1})
    return with_sheet(base, folder / "odd.xlsx", lambda _: xml.encode(encoding))


def cells_of(path: Path, sheet: str = "Data") -> dict[str, Cell]:
    with open_workbook(path) as workbook:
        return {cell.address: cell for cell in workbook.read(sheet).cells()}


def compared(path: Path, engine: str = "formualizer") -> Recalculation:
    with open_workbook(path) as workbook:
        return differing(workbook, require_engine(engine))


def sheet_xml(rows: str, prefix: str = "") -> str:
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    p = prefix
    return f'{HEAD}<{p}worksheet {name}="{MAIN}"><{p}sheetData>{rows}</{p}sheetData></{p}worksheet>'


FORMS = {
    "attributes in any order": '<row r="1"><c s="0" t="str" r="A1"><f>1&amp;"x"</f><v>1x</v></c></row>',
    "single quotes": "<row r='1'><c r='A1' t='n'><f>1+1</f><v>2</v></c></row>",
    "white space in tags": '<row r="1" ><c  r="A1"\n ><f >1+1</f ><v\t>2</v ></c ></row >',
    "an empty value": '<row r="1"><c r="A1"><f>1+1</f><v/></c></row>',
    "an empty value, opened": '<row r="1"><c r="A1"><f>1+1</f><v></v></c></row>',
    "no value": '<row r="1"><c r="A1"><f>1+1</f></c></row>',
    "no value, but a type": '<row r="1"><c r="A1" t="str"><f>1+1</f></c></row>',
    "no addresses": "<row><c><f>1+1</f><v>2</v></c></row>",
    "an error": '<row r="1"><c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
    "a truth value": '<row r="1"><c r="A1" t="b"><f>1=1</f><v>1</v></c></row>',
    "the value first": '<row r="1"><c r="A1"><v>2</v><f>1+1</f></c></row>',
    "marked-up characters": '<row r="1"><c r="A1"><f><![CDATA[1<2]]></f><v>1</v></c></row>',
    "comments": '<!-- <c r="B1"><f>1</f></c> --><row r="1"><!-- > --><c r="A1"><f>1</f><!-- x --><v>2</v></c></row>',
    "a greater-than sign in an attribute": '<row r="1"><c r="A1" x="a>b"><f>1+1</f><v>2</v></c></row>',
    "an extension": '<row r="1"><c r="A1"><f>1+1</f><v>2</v><extLst><ext/></extLst></c></row>',
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("chunk", [1 << 18, 7])
def test_caches_are_destroyed_however_the_cell_is_written(
    form: str, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rewrite, "_CHUNK", chunk)
    constant = '<row r="9"><c r="C9"><v>5</v></c><c r="D9" t="inlineStr"><is><t>f</t></is></c><c r="E9"/></row>'
    path = written_as(tmp_path, sheet_xml(FORMS[form] + constant))
    before = cells_of(path)
    after = cells_of(destroy_caches(path, tmp_path))
    assert (after["A1"].kind, after["A1"].value) == (Kind.NUMBER, WRONG_NUMBER)
    assert after["A1"].formula == before["A1"].formula
    assert (after["C9"], after["D9"]) == (before["C9"], before["D9"])
    assert after.keys() == before.keys()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_caches_are_destroyed_in_other_encodings(encoding: str, tmp_path: Path):
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    xml = sheet_xml('<row r="1"><c r="A1" t="str"><f>"ä>"</f><v>ä></v></c></row>').replace("UTF-8", "UTF-16")
    path = written_as(tmp_path, mark + xml, encoding)
    after = cells_of(destroy_caches(path, tmp_path))
    assert (after["A1"].formula, after["A1"].value) == ('="ä>"', WRONG_NUMBER)


def test_caches_are_destroyed_under_a_namespace_prefix(tmp_path: Path):
    row = '<x:row r="1"><x:c r="A1"><x:f>1+1</x:f><x:v>2</x:v></x:c><x:c r="B1"><x:f>A1</x:f></x:c></x:row>'
    after = cells_of(destroy_caches(written_as(tmp_path, sheet_xml(row, "x:")), tmp_path))
    assert {cell.value for cell in after.values()} == {WRONG_NUMBER}


def test_nothing_else_is_touched(class_book: Built, tmp_path: Path):
    copy = destroy_caches(class_book.path, tmp_path)
    value = re.compile(
        rb"(</f>)<v>[^<]*</v>|<dimension [^>]*>|(?<=<c r=)(\"[A-Z]+\d+\"[^>]*?) t=\"(?:str|e)\"(?=><f[ >])"
    )
    with zipfile.ZipFile(class_book.path) as before, zipfile.ZipFile(copy) as after:
        assert sorted(before.namelist()) == sorted(after.namelist())
        for name in before.namelist():
            assert value.sub(rb"\1\2", before.read(name)) == value.sub(rb"\1\2", after.read(name))


def test_memory_does_not_grow_with_a_row(tmp_path: Path):
    cells = "".join(f'<c r="{get_column_letter(column)}1"><v>1.{"3" * 999}</v></c>' for column in range(1, 9_000))
    path = written_as(tmp_path, sheet_xml(f'<row r="1">{cells}</row>'))
    with open_workbook(path) as workbook:
        tracemalloc.start()
        caches.destroy_caches(workbook, tmp_path / "copy.xlsx")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < len(cells)


def test_a_size_that_is_claimed_is_dropped(tmp_path: Path):
    xml = sheet_xml('<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>')
    claims = xml.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    copy = destroy_caches(written_as(tmp_path, claims), tmp_path)
    with zipfile.ZipFile(copy) as archive:
        assert b"1048576" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("RAND()", True),
        ("1+today ()", True),
        ("[1]Sheet1!A1*2", True),
        ("'C:\\x\\[b.xlsx]It''s'!A1", True),
        ('_xlfn.WEBSERVICE("http://example.org")', True),
        ('"RAND()"&A1', False),
        ("Table1[[#This Row],[w1]]*Sheet2!A1", False),
        ("Table1[w1]*2", False),
        ("BRAND(1)", False),
        ("EXP(-A1)", False),
    ],
)
def test_formulas_with_a_will_of_their_own_are_known(formula: str, expected: bool):
    assert has_own_will(formula) is expected


@pytest.mark.parametrize("engine", ENGINES)
def test_random_and_outside_values_stay_and_what_follows_from_them_fits(engine: str, tmp_path: Path):
    content = {
        "A1": ("=RAND()", 0.25),
        "A2": ("=A1*4", 1.0),
        "A3": ("='[1]Sheet1'!A1", 7.0),
        "A4": ("=A3+A1", 7.25),
    }
    path = make(tmp_path / "random.xlsx", content)
    shared = b'<c r="B1"><f t="shared" ref="B1:B2" si="0">RAND()</f><v>0.5</v></c>'
    follows = b'<c r="B2"><f t="shared" si="0"/><v>0.75</v></c><c r="C2"><f>B1+B2</f><v>1.25</v></c>'

    def change(part: bytes) -> bytes:
        return part.replace(b'</c></row><row r="2"', b"</c>" + shared + b'</row><row r="2"').replace(
            b'</c></row><row r="3"', b"</c>" + follows + b'</row><row r="3"'
        )

    found = compared(with_sheet(path, tmp_path / "shared.xlsx", change), engine)
    assert (found.differences, found.unable, found.cells) == ((), (), 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_values_of_every_kind_come_back(engine: str, tmp_path: Path):
    content: dict[str, object] = {
        "A1": 2,
        "B1": ("=A1*2", 4),
        "B2": ("=1/0", "#DIV/0!"),
        "B3": ('="x"&A1', "x2"),
        "B4": ("=A1=2", True),
        "B5": ("=C99", 0),
        "B6": ('=""', ""),
        "B7": ("=DATE(2024,1,2)", 45293),
        "B8": ("=B7+0.5", 45293.5),
        "B9": ('="#N/A"', "#N/A"),
        "B10": ("=A1>3", False),
    }
    path = make(tmp_path / "kinds.xlsx", content, strings=False)
    found = engines.recalculate(path, require_engine(engine))["Data"]
    expected = [4, "#DIV/0!", "x2", True, 0, "", 45293, 45293.5, "#N/A", False]
    assert [found[row, 2] for row in range(1, 11)] == expected
    assert [type(found[row, 2]) for row in (4, 10)] == [bool, bool]


@pytest.mark.parametrize("engine", ENGINES)
def test_array_formulas_find_room(engine: str, tmp_path: Path):
    path = tmp_path / "array.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Data")
    sheet.write_column("A1", [1, 2, 3])
    sheet.write_array_formula("B1:B3", "{=A1:A3*2}", None, 2)
    sheet.write_column("B2", [4, 6])
    sheet.write_array_formula("C1", "{=SUM(A1:A3*A1:A3)}", None, 14)
    book.close()
    stale = with_sheet(path, tmp_path / "stale.xlsx", lambda part: part.replace(b"<v>6</v>", b"<v>5</v>"))
    found = compared(stale, engine)
    assert [each[:5] for each in found.differences] == [("Data", 3, 2, 5.0, 6.0)]
    assert (found.unable, found.cells) == ((), 4)


def test_an_absurd_array_formula_is_left_alone(tmp_path: Path):
    cell = '<c r="A1"><f t="array" ref="A1:XFD1048576">ROW()*2</f><v>2</v></c><c r="B1"><v>9</v></c>'
    found = compared(written_as(tmp_path, sheet_xml(f'<row r="1">{cell}</row>')))
    assert (found.cells, found.differences) == (0, ())


def test_a_data_table_is_left_alone(tmp_path: Path):
    cells = (
        '<c r="A1"><f t="dataTable" ref="A1:A2" dt2D="0" dtr="0" r1="C1"/><v>2</v></c><c r="B1"><f>A1*2</f><v>4</v></c>'
    )
    for engine in IN_WHEELS:
        found = compared(written_as(tmp_path, sheet_xml(f'<row r="1">{cells}</row>')), engine)
        assert (found.cells, found.differences, found.unable) == (1, (), ())


def stale_book(path: Path, folder: Path, **values: float) -> Path:
    """Copy the default workbook with other cached values in the sheet LR 0.5."""

    def change(part: bytes) -> bytes:
        for address, value in values.items():
            cell = re.compile(rb'(<c r="%b"[^>]*><f[^>]*>[^<]*</f><v>)[^<]*' % address.encode())
            part, count = cell.subn(rb"\g<1>%b" % repr(value).encode(), part)
            assert count == 1
        return part

    with zipfile.ZipFile(path) as archive:
        assert b"LR 0.5" in archive.read("xl/workbook.xml").split(b"<sheet ")[5]
    return with_sheet(path, folder / "stale.xlsx", change, "xl/worksheets/sheet5.xml")


@pytest.mark.parametrize("engine", ENGINES)
def test_exactly_the_stale_cell_is_named(engine: str, class_book: Built, tmp_path: Path):
    right = cells_of(class_book.path, "LR 0.5")["K20"]
    assert isinstance(right.value, float)
    path = stale_book(class_book.path, tmp_path, K20=right.value * (1 + 1e-8))
    found = compared(path, engine)
    assert found.problem is None
    assert found.cells > 20_000
    (finding,) = stale_findings(found, lambda sheet, row, column: f"{sheet} {row} {column}")
    assert (finding.sheet, finding.range, finding.count, finding.affected) == ("LR 0.5", "K20", 1, 0)
    assert (finding.kind, finding.quantity) == (FindingKind.STALE_VALUE, "LR 0.5 20 11")
    assert finding.found_formula == right.formula
    assert finding.found_value == right.value * (1 + 1e-8)
    assert finding.expected_value == pytest.approx(right.value, rel=1e-13)
    assert engines.TITLES[engine] in finding.message


def test_neighbours_are_one_finding_unless_their_names_differ(class_book: Built, tmp_path: Path):
    path = stale_book(class_book.path, tmp_path, K20=0.1, K21=0.2, K23=0.3, L21=0.4)
    found = compared(path)
    assert [(each.range, each.count) for each in stale_findings(found)] == [("K20:K21", 2), ("L21", 1), ("K23", 1)]
    by_row = stale_findings(found, lambda _, row, __: str(row))
    assert [each.range for each in by_row] == ["K20", "K21", "L21", "K23"]


@pytest.mark.parametrize("engine", IN_WHEELS)
def test_what_only_follows_from_a_stale_cell_is_counted_with_it(engine: str, tmp_path: Path):
    content: dict[str, object] = {"A1": 3}  # was 1 when the rest was computed
    content |= {"B1": ("=A1*2", 2), "C1": ("=B1+1", 3), "D1": ("=SUM(B1:C1)", 5)}
    content |= {"B5": ("=C5", 9), "C5": ("=B9*1", 9), "B9": 4, "D5": ("=B9", 4), "E5": ("=C1*0", 0)}
    found = compared(make(tmp_path / "chain.xlsx", content), engine)
    assert {each.place[1:]: each.cause[1:] for each in found.differences} == {
        (1, 2): (1, 2),
        (1, 3): (1, 2),
        (1, 4): (1, 2),
        (5, 2): (5, 3),
        (5, 3): (5, 3),
    }
    assert [(each.range, each.affected) for each in stale_findings(found)] == [("B1", 2), ("C5", 1)]


def test_every_row_is_led_back_to_its_own_cause(tmp_path: Path):
    content: dict[str, object] = {f"A{row}": 2 for row in range(1, 5)}  # each was 1
    content |= {f"B{row}": (f"=A{row}*1", 1) for row in range(1, 5)}
    content |= {f"C{row}": (f"=B{row}+1", 2) for row in range(1, 5)}
    found = compared(make(tmp_path / "rows.xlsx", content))
    causes = {each.place[1:]: each.cause[1:] for each in found.differences}
    assert causes == {(row, column): (row, 2) for row in range(1, 5) for column in (2, 3)}


def test_a_changed_input_is_led_back_to_the_cells_that_read_it(class_book: Built, tmp_path: Path):
    def change(part: bytes) -> bytes:
        part, count = re.subn(rb'(<c r="D13"[^>]*><v>)[^<]*', rb"\g<1>0.06", part)
        assert count == 1
        return part

    path = with_sheet(class_book.path, tmp_path / "input.xlsx", change)
    found = compared(path)
    rows = class_book.experiment.iterations + 1
    findings = stale_findings(found)
    assert {(each.count, each.found_formula) for each in findings} == {(rows, "=Start!$D$13")}
    assert sum(each.count + each.affected for each in findings) == len(found.differences)
    assert all(each.affected > rows for each in findings)


def test_references_to_tables_are_understood_by_every_engine(tmp_path: Path):
    path = tmp_path / "table.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Data")
    sheet.add_table("A1:C3", {"name": "T", "columns": [{"header": name} for name in ("x", "y", "it's [z]")]})
    for row, x in enumerate((2, 3), start=1):
        sheet.write(row, 0, x)
        sheet.write_formula(row, 1, "=T[[#This Row],[x]]^2", None, x * x)
        sheet.write_formula(row, 2, "=SUM(T[x])+T[[#This Row],[y]]", None, 5 + x * x)
    book.close()
    for engine in ("formualizer", "ironcalc", "gnumeric"):
        found = compared(path, engine)
        assert (found.differences, found.unable, found.cells) == ((), (), 4)
    stale = with_sheet(path, tmp_path / "stale.xlsx", lambda part: part.replace(b"<v>14</v>", b"<v>15</v>"))
    assert [each.place for each in compared(stale).differences] == [("Data", 3, 3)]

    def share(part: bytes) -> bytes:
        first, second = re.findall(rb"<f>(?=SUM)[^<]*</f>", part)
        assert first == second
        shared = first.replace(b"<f>", b'<f t="shared" ref="C2:C3" si="0">')
        return part.replace(first, shared, 1).replace(second, b'<f t="shared" si="0"/>')

    found = compared(with_sheet(path, tmp_path / "shared.xlsx", share))
    assert (found.differences, found.unable, found.cells) == ((), (), 4)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_an_engine_cannot_compute_is_said_and_no_stale_value(engine: str, tmp_path: Path):
    content = {"A1": ("=NOSUCHFUNCTION(1)", 5), "A2": ("=A1+1", 6), "A3": ("=1+1", 2), "A4": ("=NOSUCH(2)", "#NAME?")}
    found = compared(make(tmp_path / "unknown.xlsx", content), engine)
    assert found.differences == ()
    assert [each[:3] for each in found.unable] == [("Data", 1, 1), ("Data", 2, 1)]
    problem = found.problem or ""
    assert problem.startswith(f"{engines.TITLES[engine]} cannot compute Data!A1 and 1 more: it gives “#NAME?”")


def test_formulas_without_a_cached_value_are_left_to_others_but_count_for_what_follows(tmp_path: Path):
    content = {"A1": 1, "B1": ("=A1+1", 12345), "C1": ("=A1+6", 5), "D1": ("=B1+C1", 7), "E1": ("=B1+1", 3)}
    path = make(tmp_path / "none.xlsx", content)
    found = compared(with_sheet(path, tmp_path / "empty.xlsx", lambda part: part.replace(b"<v>12345</v>", b"")))
    assert found.cells == 3
    causes = {each.place[1:]: each.cause[1:] for each in found.differences}
    assert causes == {(1, 3): (1, 3), (1, 4): (1, 3)}


def test_engines_are_quiet_and_leave_nothing_behind(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    path = written_as(tmp_path, sheet_xml('<row r="1"><c r="A1" t="s"><f>1+1</f></c></row>'))
    for engine in IN_WHEELS:
        assert engines.recalculate(path, engine) == {"Data": {(1, 1): 2.0}}
    assert capfd.readouterr() == ("", "")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("relative", "digits", "expected"),
    [(1e-10, 0, True), (3e-9, 17, False), (3e-9, 10, False), (5e-10, 10, True), (5e-9, 9, True), (5e-2, 2, False)],
)
def test_the_tolerance_fits_the_digits_that_are_saved(relative: float, digits: int, expected: bool):
    assert Tolerance().for_digits(digits).agrees(0.3, 0.3 * (1 + relative)) is expected


def test_numbers_near_zero_have_a_floor_and_it_can_be_set():
    assert Tolerance().agrees(1e-30, 0.0)
    assert not Tolerance(absolute=0).agrees(1e-30, 0.0)
    assert not Tolerance(relative=0, absolute=0).agrees(1.0, 1.0000000000000002)
    assert Tolerance(relative=1e-3).agrees(1.0, 1.0009)


@pytest.mark.parametrize(
    ("cached", "found", "outcome"),
    [
        ("#DIV/0!", "#VALUE!", Outcome.SAME),
        ("#NAME?", 5.0, Outcome.DIFFERENT),
        (5.0, "#DIV/0!", Outcome.DIFFERENT),
        (5.0, "#NAME?", Outcome.UNABLE),
        (5.0, "#CIRC!", Outcome.UNABLE),
        (5.0, WRONG_NUMBER, Outcome.UNABLE),
        (5.0, None, Outcome.DIFFERENT),
        (0.0, None, Outcome.SAME),
        (1.0, True, Outcome.DIFFERENT),
        ("a", "b", Outcome.DIFFERENT),
    ],
)
def test_values_of_different_kinds(cached: object, found: object, outcome: Outcome):
    def cell(value: object) -> Cell:
        kinds = {bool: Kind.BOOLEAN, float: Kind.NUMBER, type(None): Kind.EMPTY}
        kind = Kind.ERROR if str(value).startswith("#") else kinds.get(type(value), Kind.TEXT)
        return Cell(1, 1, "=A1", kind, value)  # type: ignore[arg-type]

    assert compare_cells(cell(cached), cell(found), Tolerance()) is outcome


def public_books() -> list[Path]:
    return sorted(PUBLIC.glob("*.xlsx"))


@pytest.mark.parametrize("engine", ["formualizer", "ironcalc", "gnumeric"])
def test_engines_agree_with_every_public_workbook(engine: str):
    books = public_books()
    if not books:
        pytest.skip(f"the public workbooks are not in {PUBLIC.parent.name}/{PUBLIC.name}")
    for book in books:
        found = compared(book, engine)
        assert (book.name, found.differences, found.unable) == (book.name, (), ())
        assert found.cells > 1000 or book.name.startswith("08")


@pytest.mark.parametrize("name", ["02-clean-out-labels.xlsx", "09-excel-table.xlsx"])
def test_libreoffice_agrees_with_public_workbooks(name: str):
    if not (PUBLIC / name).exists():
        pytest.skip(f"the public workbooks are not in {PUBLIC.parent.name}/{PUBLIC.name}")
    found = compared(PUBLIC / name, "libreoffice")
    assert (found.differences, found.unable) == ((), ())


@pytest.fixture
def server() -> Iterator[tuple[int, list[str]]]:
    """A web server that notes who asks it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle(self) -> None:
            asked.append(str(self.client_address))

    served = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield served.server_port, asked
    served.shutdown()
    served.server_close()


def test_libreoffice_asks_nobody(server: tuple[int, list[str]], tmp_path: Path):
    port, asked = server
    content = {
        "A1": (f'=_xlfn.WEBSERVICE("http://127.0.0.1:{port}/a")', 1),
        "A2": (f"='http://127.0.0.1:{port}/[b.xlsx]Sheet1'!A1", 1),
        "A3": ("=1+1", 2),
    }
    path = make(tmp_path / "web.xlsx", content)
    assert engines.recalculate(path, require_engine("libreoffice")) == {"Data": {(3, 1): 2.0}}
    assert asked == []


def one_line(error: pytest.ExceptionInfo[SheetgenError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert "sheetgen-" not in text  # no temporary folder
    return text


def test_missing_engines_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = make(tmp_path / "a.xlsx", {"A1": ("=1+1", 2)})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sheetgen.verify.engines.libreoffice._ELSEWHERE", ())
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda _: None)
    for engine, title in engines.TITLES.items():
        with pytest.raises(SheetgenError, match=f"{title}: not installed") as error:
            engines.recalculate(path, engine)
        wanted = "backpropagation-sheets[engines]" if engine in IN_WHEELS else "take another engine"
        assert wanted in one_line(error)
    with pytest.raises(SheetgenError, match="abacus: no such engine; choose one of formualizer, ironcalc"):
        engines.recalculate(path, "abacus")


def fake_program(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = make(tmp_path / "a.xlsx", {"A1": ("=1+1", 2)})
    fake_program(tmp_path, "ssconvert", f"sleep 60 & echo $! > {tmp_path}/child\nwait")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    started = time.monotonic()
    with pytest.raises(SheetgenError, match="Gnumeric cannot recalculate it") as error:
        engines.recalculate(path, "gnumeric", timeout=0.5)
    assert "(it was not done after 0.5 seconds)" in one_line(error)
    assert time.monotonic() - started < 10
    time.sleep(0.2)
    state = Path("/proc", (tmp_path / "child").read_text().strip(), "stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo first; printf 'second \\033[31m in red\\n' >&2; exit 3", r"\(second \[31m in red\)"),
        ("exit 0", r"\(it wrote nothing\)"),
        ("kill -SEGV $$", r"\(it crashed\)"),
        ("exit 4", r"\(its exit code is 4\)"),
    ],
)
def test_a_program_that_fails_is_one_line(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    path = make(tmp_path / "a.xlsx", {"A1": ("=1+1", 2)})
    fake_program(tmp_path, "ssconvert", script)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(SheetgenError, match=said) as error:
        engines.recalculate(path, "gnumeric")
    one_line(error)
    assert capfd.readouterr() == ("", "")


def test_an_engine_that_crashes_does_not_take_us_along(tmp_path: Path):
    nested = "(" * 4000 + "1" + ")" * 4000
    path = make(tmp_path / "deep.xlsx", {"A1": (f"={nested}", 1)})
    try:
        outcome = str(engines.recalculate(path, "ironcalc"))
    except SheetgenError as error:
        outcome = error.what
    assert outcome in ("{'Data': {(1, 1): 1.0}}", "IronCalc cannot recalculate it (it crashed)")


def test_a_damaged_sheet_is_one_line(tmp_path: Path):
    path = written_as(tmp_path, sheet_xml('<row r="1"><c r="A1"><f>1</f></row>'))
    with pytest.raises(SheetgenError, match="not well-formed XML"):
        destroy_caches(path, tmp_path)
    entities = written_as(tmp_path, '<!DOCTYPE x [<!ENTITY a "b">]>' + sheet_xml("").removeprefix(HEAD))
    with pytest.raises(SheetgenError, match="declares XML entities"):
        destroy_caches(entities, tmp_path)
    nowhere = written_as(tmp_path, sheet_xml('<row r="1"><c r="XFE1"><f>1</f></c></row>'))
    with pytest.raises(SheetgenError, match="has a cell 'XFE1'"):
        destroy_caches(nowhere, tmp_path)


def test_isolated_formulas_stand_beyond_everything(tmp_path: Path):
    row = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1*3</f><v>2</v></c><c r="XFA1" s="0"/></row>'
    path = written_as(tmp_path, sheet_xml(row))
    copy = tmp_path / "alone.xlsx"
    with open_workbook(path) as workbook:
        alone = {"Data": [caches.Alone(1, 2, "A1*3")]}
        moved = caches.isolate(workbook, copy, alone, {"Data": 4}, {})
    sheet = load_workbook(copy)["Data"]
    assert moved == {"Data": {(1, 2): 16_382}}
    assert (sheet["B1"].value, sheet["XFB1"].value) == (2, "=A1*3")
