"""Recalculation: stale cells are named, each and only they, and led back to their cause."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.stale_findings import add_stale_findings, stale_findings
from sheetgen.spreadsheet.compare_cells import Outcome, Tolerance, compare_cells
from sheetgen.spreadsheet.opened_workbook import Cell, Kind
from sheetgen.spreadsheet.volatile import WRONG_NUMBER
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport, Finding, FindingKind
from tests.shared_files import PUBLIC_WORKBOOKS, shared_file
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.recalculation import (
    ENGINES,
    IN_WHEELS,
    TITLES,
    cells_of,
    compared,
    make,
    sheet_xml,
    with_sheet,
    written_as,
)


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
def test_a_difference_of_nearly_equal_numbers_may_magnify_what_engines_differ_in(engine: str, tmp_path: Path):
    third = 0.3333333333666667  # which an engine might give for 1/3
    magnified = float(f"{(third - 0.333333) * 1e6:.15g}")
    content = {"A1": ("=1/3", third), "A2": ("=(A1-0.333333)*1E6", magnified), "A3": ("=A2*2", 2 * magnified)}
    found = compared(make(tmp_path / "magnified.xlsx", content), engine)
    assert (found.differences, found.cells) == ((), 3)
    content["A3"] = ("=A2*2", 0.1)
    found = compared(make(tmp_path / "stale.xlsx", content), engine)
    assert [each.place for each in found.differences] == [("Data", 3, 1)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_difference_of_rounded_numbers_may_be_of_those_before_rounding(engine: str, tmp_path: Path):
    # As by a producer that computes with all digits, and saves ten.
    content: dict[str, object] = {f"B{row}": (f"=SQRT({row})/9", round(row**0.5 / 9, 10)) for row in (2, 3, 5, 6, 7)}
    content["B1"] = ("=1.1111111112345/9", 0.1234567901)
    content["C1"] = ("=(B1-0.12345679)*1E9", 0.1371666652)
    found = compared(make(tmp_path / "rounded.xlsx", content), engine)
    assert (found.differences, found.cells) == ((), 7)
    content["C1"] = ("=(B1-0.12345679)*1E9", 7.0)
    found = compared(make(tmp_path / "stale.xlsx", content), engine)
    assert [each.place for each in found.differences] == [("Data", 1, 3)]


@pytest.mark.alike(4)
@pytest.mark.parametrize("engine", ENGINES)
def test_exactly_the_stale_cell_is_named(engine: str, table_book: Built, tmp_path: Path):
    right = cells_of(table_book.path, "LR 0.5")["K20"]
    assert isinstance(right.value, float)
    path = stale_book(table_book.path, tmp_path, K20=right.value * (1 + 1e-8))
    found = compared(path, engine)
    assert found.problem is None
    assert found.cells > 4_000
    (finding,) = stale_findings(found)
    assert (finding.sheet, finding.range, finding.count, finding.affected) == ("LR 0.5", "K20", 1, 0)
    assert finding.kind is FindingKind.STALE_VALUE
    assert finding.found_formula == right.formula
    assert finding.found_value == right.value * (1 + 1e-8)
    assert finding.expected_value == pytest.approx(right.value, rel=1e-13)
    assert TITLES[engine] in finding.message


def test_neighbours_are_one_finding(table_book: Built, tmp_path: Path):
    path = stale_book(table_book.path, tmp_path, K20=0.1, K21=0.2, K23=0.3, L21=0.4)
    found = stale_findings(compared(path))
    assert [(each.range, each.count) for each in found] == [("K20:K21", 2), ("L21", 1), ("K23", 1)]


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


@pytest.mark.slow
def test_a_changed_input_is_led_back_to_the_cells_that_read_it(table_book: Built, tmp_path: Path):
    def change(part: bytes) -> bytes:
        part, count = re.subn(rb'(<c r="D19"[^>]*><v>)[^<]*', rb"\g<1>0.06", part)
        assert count == 1
        return part

    path = with_sheet(table_book.path, tmp_path / "input.xlsx", change)
    found = compared(path)
    rows = table_book.experiment.iterations + 1
    findings = stale_findings(found)
    assert {(each.count, each.found_formula) for each in findings} == {(rows, "=Start!$D$19")}
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
    assert problem.startswith(f"{TITLES[engine]} cannot compute Data!A1 and 1 more: it gives “#NAME?”")


def test_formulas_without_a_cached_value_are_left_to_others_but_count_for_what_follows(tmp_path: Path):
    content = {"A1": 1, "B1": ("=A1+1", 12345), "C1": ("=A1+6", 5), "D1": ("=B1+C1", 7), "E1": ("=B1+1", 3)}
    path = make(tmp_path / "none.xlsx", content)
    found = compared(with_sheet(path, tmp_path / "empty.xlsx", lambda part: part.replace(b"<v>12345</v>", b"")))
    assert found.cells == 3
    causes = {each.place[1:]: each.cause[1:] for each in found.differences}
    assert causes == {(1, 3): (1, 3), (1, 4): (1, 3)}


@pytest.mark.parametrize("engine", IN_WHEELS)
def test_a_control_character_that_a_formula_gives_spoils_nothing(engine: str, tmp_path: Path):
    path = make(tmp_path / "bell.xlsx", {"A1": ("=CHAR(7)", 12345), "B1": ("=1+1", 3)})
    found = compared(with_sheet(path, tmp_path / "x.xlsx", lambda part: part.replace(b"<v>12345</v>", b"")), engine)
    assert [each.place for each in found.differences] == [("Data", 1, 2)]


def test_the_verdict_gains_only_the_stale_cells_of_which_it_says_nothing_yet(tmp_path: Path):
    path = make(tmp_path / "a.xlsx", {"A1": ("=1+1", 3), "A2": ("=2+2", 5), "A3": ("=NOSUCH(1)", 1)})
    known = Finding("Data", "A1", 1, "h1", FindingKind.WRONG_FORMULA, "wrong")
    report = add_stale_findings(FileReport(str(path), "no table", 7, findings=(known,)), "formualizer")
    assert [(each.range, each.kind) for each in report.findings] == [
        ("A1", FindingKind.WRONG_FORMULA),
        ("A2", FindingKind.STALE_VALUE),
    ]
    assert report.cells_checked == 7
    assert (report.error or "").startswith("no table; formualizer cannot compute Data!A3: it gives")


def test_an_engine_that_fails_leaves_the_verdict_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = make(tmp_path / "a.xlsx", {"A1": ("=1+1", 2)})
    known = Finding("Data", "A1", 1, "h1", FindingKind.WRONG_FORMULA, "wrong")
    monkeypatch.setenv("PATH", str(tmp_path))
    report = add_stale_findings(FileReport(str(path), findings=(known,)), "gnumeric")
    assert report.findings == (known,)
    assert (report.error or "").startswith("Gnumeric: not installed; install it")
    assert report.exit_code == 1


def test_a_file_that_cannot_be_read_is_complained_about_once(tmp_path: Path):
    path = tmp_path / "no.xlsx"
    report = add_stale_findings(verify_file(path), "formualizer")
    assert report == FileReport(str(path), error="no such file; check the name and the folder")


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = make(tmp_path / "a.xlsx", {"A1": ("=1+1", 2)})
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(SheetgenError, match=r"its copy for the engine cannot be written \(No space left on device\)"):
        compared(path)


@pytest.mark.parametrize(
    ("relative", "digits", "expected"),
    [(1e-10, 0, True), (3e-9, 17, False), (3e-9, 10, False), (5e-10, 10, True), (5e-9, 9, True), (5e-2, 2, False)],
)
def test_the_tolerance_fits_the_digits_that_are_saved(relative: float, digits: int, expected: bool):
    assert Tolerance().agrees(0.3, 0.3 * (1 + relative), digits) is expected


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


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["formualizer", "ironcalc", "gnumeric"])
def test_engines_agree_with_every_public_workbook(engine: str):
    for book in sorted(shared_file(PUBLIC_WORKBOOKS).glob("*.xlsx")):
        found = compared(book, engine)
        assert (book.name, found.differences, found.unable) == (book.name, (), ())
        assert found.cells > 1000 or book.name.startswith("08")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["02-clean-out-labels.xlsx", "09-excel-table.xlsx"])
def test_libreoffice_agrees_with_public_workbooks(name: str):
    found = compared(shared_file(PUBLIC_WORKBOOKS / name), "libreoffice")
    assert (found.differences, found.unable) == ((), ())
