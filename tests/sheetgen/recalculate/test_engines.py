"""Spreadsheet engines: caches destroyed in whatever way a file is written, and every cell recalculated.

What the engines give is compared with the caches and with the NumPy reference.
"""

import http.server
import math
import os
import re
import sys
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from sheetgen import trace
from sheetgen.errors import SheetgenError
from sheetgen.network.notation import write_notation
from sheetgen.recalculate import engine_copies, wheel
from sheetgen.spreadsheet import sheet_editor
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.opened_workbook import Kind, open_workbook
from sheetgen.spreadsheet.volatile import WRONG_NUMBER, is_volatile
from sheetgen.workbook.layout import YOURS, TableLayout, rate_sheet
from sheetgen.workbook.plan import your_rate
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.recalculation import (
    BIT_EQUAL,
    ENGINES,
    HEAD,
    IN_WHEELS,
    TITLES,
    Values,
    cached,
    cells_of,
    destroy_caches,
    formulas,
    make,
    recalculate,
    recalculated_cells,
    require_engine,
    sheet_xml,
    written_as,
)


def close(left: object, right: object) -> bool:
    if isinstance(left, float | int) and isinstance(right, float | int):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-13)
    return left == right


MAGNIFIED = {  # by sheet and column: how far engines may be apart
    ("Gradient check", "F"): 1e-11,
    ("Gradient check", "H"): 1e-8,
    ("Checks", "E"): 1e-10,
    ("Checks", "G"): 1e-7,
}


def measured(cell: tuple[str, str], left: object, right: object) -> bool:
    """Tell whether a measured slope, or its relative error, is the same: the difference of two errors, by 2ε, magnifies
    their rounding."""
    sheet, address = cell
    numbers = isinstance(left, float) and isinstance(right, float)
    return numbers and abs(left - right) < MAGNIFIED.get((sheet, address.rstrip("0123456789")), 0.0)


@pytest.fixture(scope="session")
def seen(built: Built) -> tuple[dict[tuple[str, str], str], Values]:
    """The formulas and the cached values of a built workbook."""
    return formulas(built.path), cached(built.path)


@pytest.mark.slow
@pytest.mark.sampled(3)
def test_no_cached_value_is_left(built: Built, seen: tuple[dict[tuple[str, str], str], Values], tmp_path: Path):
    destroyed = destroy_caches(built.path, tmp_path)
    spoiled = cached(destroyed)
    assert formulas(destroyed) == seen[0]
    assert {spoiled[cell] for cell in seen[0]} == {WRONG_NUMBER}


@pytest.mark.sampled(3)
@pytest.mark.alike(24)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_cell_recalculates_to_its_cached_value_and_the_reference(
    built: Built, seen: tuple[dict[tuple[str, str], str], Values], engine: str
):
    live, written = seen
    recalculated = recalculate(built.path, engine)
    assert live
    same = (lambda left, right: left == right) if engine in BIT_EQUAL and built.path.stem != "deep" else close
    # In which order SUMXMY2 adds up is each engine's own; with an optimiser the lengths of the steps are made of it.
    steps = () if built.experiment.is_plain else ("Learning rates",)
    wrong = {
        cell: (recalculated.get(cell), written[cell])
        for cell in live
        if not (
            (close if cell[0] in steps else same)(recalculated.get(cell), written[cell])
            or measured(cell, recalculated.get(cell), written[cell])
        )
    }
    assert wrong == {}
    plain = {cell: written[cell] for cell in written.keys() - live.keys()}  # such as the iteration number of row 0
    assert differences_from_reference(built, plain | recalculated) == {}


def differences_from_reference(built: Built, values: Values) -> dict[tuple[str, str, int], object]:
    """Compare every table cell with the NumPy reference: quantities by name, rows by iteration."""
    experiment = built.experiment
    layout = TableLayout(experiment, write_notation(experiment))
    rates = {rate_sheet(rate): rate for rate in experiment.learning_rates} | {YOURS: your_rate(experiment)}
    wrong = {}
    for sheet, rate in rates.items():
        reference = trace(experiment, rate).named()
        for name in layout.columns:
            for row in range(experiment.last_row + 1):
                address = layout.formula(f"{{{name}}}", row)
                if not close(values.get((sheet, address)), float(reference[name][row])):
                    wrong[sheet, name, row] = values.get((sheet, address))
    return wrong


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
    monkeypatch.setattr(sheet_editor, "_CHUNK", chunk)
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
        engine_copies.destroy_caches(CachedSheets(workbook), tmp_path / "copy.xlsx")
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
def test_volatile_formulas_are_known(formula: str, expected: bool):
    assert is_volatile(formula) is expected


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
    found = recalculated_cells(path, require_engine(engine))["Data"]
    expected = [4, "#DIV/0!", "x2", True, 0, "", 45293, 45293.5, "#N/A", False]
    assert [found[row, 2] for row in range(1, 11)] == expected
    assert [type(found[row, 2]) for row in (4, 10)] == [bool, bool]


def test_engines_are_quiet_and_leave_nothing_behind(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    path = written_as(tmp_path, sheet_xml('<row r="1"><c r="A1" t="s"><f>1+1</f></c></row>'))
    for engine in IN_WHEELS:
        assert recalculated_cells(path, engine) == {"Data": {(1, 1): 2.0}}
    assert capfd.readouterr() == ("", "")
    assert list(place.iterdir()) == []


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
    assert recalculated_cells(path, require_engine("libreoffice")) == {"Data": {(3, 1): 2.0}}
    assert asked == []


def one_line(error: pytest.ExceptionInfo[SheetgenError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert "sheetgen-" not in text  # no temporary folder
    return text


def test_missing_engines_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = make(tmp_path / "a.xlsx", {"A1": ("=1+1", 2)})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sheetgen.libreoffice._ELSEWHERE", ())
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda _: None)
    for engine, title in TITLES.items():
        with pytest.raises(SheetgenError, match=f"{title}: not installed") as error:
            recalculated_cells(path, engine)
        wanted = f"pip install {engine}" if engine in IN_WHEELS else "take another engine"
        assert wanted in one_line(error)
    with pytest.raises(SheetgenError, match="abacus: no such engine; choose one of formualizer, ironcalc"):
        recalculated_cells(path, "abacus")


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
        recalculated_cells(path, "gnumeric", timeout=0.5)
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
        recalculated_cells(path, "gnumeric")
    one_line(error)
    assert capfd.readouterr() == ("", "")


def test_an_engine_that_crashes_does_not_take_us_along(tmp_path: Path):
    nested = "(" * 4000 + "1" + ")" * 4000
    path = make(tmp_path / "deep.xlsx", {"A1": (f"={nested}", 1)})
    try:
        outcome = str(recalculated_cells(path, "ironcalc"))
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
        isolation = engine_copies.Isolation(4, alone={(1, 2): "A1*3"})
        wanted = engine_copies.isolate(CachedSheets(workbook), copy, {"Data": isolation})
    sheet = load_workbook(copy)["Data"]
    assert (isolation.columns, wanted) == ({2: 4}, {"Data": {4: [1]}})
    assert [cell.coordinate for cell in sheet[1]] == ["A1", "B1", "C1", "D1"]
    assert (sheet["B1"].value, sheet["D1"].value) == (2, "=A1*3")
