"""Formulas outside of the tables: each is recomputed from what is cached around it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from sheetgen import build_workbook, load_experiment
from sheetgen.spreadsheet import cached_sheets
from sheetgen.spreadsheet.opened_workbook import Sheet, Workbook
from sheetgen.spreadsheet.text_function import UNKNOWN_FORMAT, fixed, text
from sheetgen.verify.elsewhere import extended_precision
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import Finding
from tests.sheetgen.support.dashboard_workbooks import dashboard_book
from tests.sheetgen.support.patched_workbooks import Book, Cell, read_cells

Edits = Mapping[tuple[str, str], Cell | None]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The class's network, with sheets that show one row of a table."""
    return dashboard_book(tmp_path_factory.mktemp("dashboard"))


def found(book: Book, folder: Path, edits: Edits, *, recalculate: bool = False) -> tuple[Finding, ...]:
    """Return what is found in a copy of a workbook with some cells replaced."""
    path = folder / "fault.xlsx"
    book.write(path, edits, recalculate=recalculate)
    report = verify_file(path)
    assert report.error is None
    return report.findings


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str, str, str]]:
    return [(each.sheet, each.range, each.quantity, str(each.kind)) for each in findings]


@pytest.mark.alike(4)
@pytest.mark.parametrize("template", ["class", "xor", "mazur", "deep"])
def test_right_values_are_right(template: str, tmp_path: Path):
    book = dashboard_book(tmp_path, template)
    assert found(book, tmp_path, {}) == ()


def test_every_formula_is_judged(book: Book, tmp_path: Path):
    book.write(tmp_path / "right.xlsx", {})
    cells = [cell for sheet in book.cells.values() for cell in sheet.values() if cell.formula is not None]
    assert verify_file(tmp_path / "right.xlsx").cells_checked >= len(cells)
    assert len(cells) > 1500


@pytest.mark.alike(3)
@pytest.mark.parametrize(
    ("sheet", "address", "value"),
    [
        ("Learning rates", "C6", 0.5),
        ("Learning rates", "D11", 0.25),
        ("Start", "H19", 0.5),
        ("Start", "G20", "text"),
        ("Network", "E14", 0.125),
        ("Network", "C14", "is 0.1234"),
        ("Network", "D14", "something"),
        ("Steps", "G9", 0.1),
        ("Gradient check", "E5", 1.0),
        ("Gradient check", "F5", 0.0),
        ("Checks", "B2", "no"),
        ("Checks", "B2", 1.0),
    ],
)
def test_a_wrong_value_is_found_at_its_cell(sheet: str, address: str, value: float | str, book: Book, tmp_path: Path):
    cell = book.cells[sheet][address]
    kind = {"F5": "b"}.get(address, "str" if isinstance(value, str) else "n")
    held = "0" if kind == "b" else value
    findings = found(book, tmp_path, {(sheet, address): replace(cell, value=held, kind=kind)})
    assert [each[:2] + each[3:] for each in said(findings)] == [(sheet, address, "stale-value")]
    assert findings[0].found_formula == f"={cell.formula}"
    assert findings[0].expected_value == (
        None if isinstance(cell.value, str) and cell.kind == "str" else float(str(cell.value))
    )


def test_sheets_too_large_to_keep_together_are_read_again(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    read: list[str] = []

    def note(self: Workbook, name: str, once: Callable[[Workbook, str], Sheet] = Workbook.read) -> Sheet:
        read.append(name)
        return once(self, name)

    monkeypatch.setattr(Workbook, "read", note)
    cell = book.cells["Network"]["E14"]
    edits = {("Network", "E14"): replace(cell, value=0.125)}
    as_kept = found(book, tmp_path, edits)
    assert len(read) == len(set(read))
    monkeypatch.setattr(cached_sheets, "_MOST_KEPT", 1000)
    assert found(book, tmp_path, edits) == as_kept
    assert len(read) > 2 * len(set(read))


def test_small_differences_are_found_too(book: Book, tmp_path: Path):
    cell = book.cells["Learning rates"]["C6"]
    assert isinstance(cell.value, float)
    assert found(book, tmp_path, {("Learning rates", "C6"): replace(cell, value=cell.value * (1 + 1e-8))})
    assert not found(book, tmp_path, {("Learning rates", "C6"): replace(cell, value=cell.value * (1 + 1e-15))})


@pytest.mark.parametrize(("cached", "is_right"), [(2.2e-16, True), (1e-12, False)])
def test_the_last_bits_of_a_difference_that_saved_numbers_make_0_are_no_fault(
    cached: float, is_right: bool, book: Book, tmp_path: Path
):
    """Gnumeric saves a tanh of 1 − 1E-16 as 1, and beside it what it made of 1 − a² before."""
    edits = {("Learning rates", "C6"): Cell(None, 1.0), ("Learning rates", "D11"): Cell("1-C6^2", cached)}
    assert ("D11" in [finding.range for finding in found(book, tmp_path, edits)]) is not is_right


def test_a_missing_value_and_an_error_have_kinds_of_their_own(book: Book, tmp_path: Path):
    cells = book.cells["Network"]
    edits = {
        ("Network", "E14"): replace(cells["E14"], value=None),
        ("Network", "E20"): replace(cells["E20"], value="#DIV/0!", kind="e"),
    }
    assert said(found(book, tmp_path, edits)) == [
        ("Network", "E14", "h1", "no-value"),
        ("Network", "E20", "w7", "error-value"),
    ]


def test_cells_that_follow_from_a_wrong_one_are_no_findings(book: Book, tmp_path: Path):
    cell = book.cells["LR 0.5"]["M19"]  # of the chosen iteration
    findings = found(book, tmp_path, {("LR 0.5", "M19"): replace(cell, value=0.3)})
    assert [(each.sheet, each.range) for each in findings] == [("LR 0.5", "M19")]


@pytest.mark.parametrize(
    ("formulas", "way"),
    [
        ({"D5": "D6+1", "D6": "D5-1"}, "D5 → D6 → D5"),
        ({"D5": "D5+1"}, "D5 → D5"),
        ({"D5": "SUM(D8:D9)", "D8": "D5*2+Network!C3"}, "D5 → D8 → D5"),
        ({"D5": "D6", "D6": "D7", "D7": "D6", "G5": "D5+1"}, "D6 → D7 → D6"),
        ({"D5": "ROW(D5)+ROWS(D5:D9)+COLUMN(D6)", "D6": "D5"}, None),
    ],
)
@pytest.mark.parametrize("value", [0.0, "#VALUE!"])
def test_a_circular_reference_is_named_with_its_way(
    formulas: Mapping[str, str], way: str | None, value: float | str, book: Book, tmp_path: Path
):
    """Applications cache 0 or an error for it; either may be what the formula gives on those values."""
    edits = {("Steps", address): Cell(formula, 0.0) for address, formula in formulas.items()}
    for address in (way or "").split(" → "):
        if way:
            edits["Steps", address] = replace(
                edits["Steps", address], value=value, kind="e" if isinstance(value, str) else "n"
            )
    circles = [each for each in found(book, tmp_path, edits) if each.kind == "wrong-formula"]
    assert [(each.sheet, each.message) for each in circles] == (
        [("Steps", f"a circular reference: {way}")] if way else []
    )


def test_a_circle_through_a_table_is_found_where_it_is_closed(book: Book, tmp_path: Path):
    sheet = "LR 0.5"
    own = book.cells[sheet]["M19"]
    best = replace(book.cells["Learning rates"]["F6"], formula=f"MIN('{sheet}'!X16:X28)", value=0.125)
    edits = {
        (sheet, "M19"): replace(own, formula=f"{own.formula}+0*'Learning rates'!$F$6"),
        ("Learning rates", "F6"): best,
    }
    (finding,) = found(book, tmp_path, edits)
    assert finding.range == "M19"
    assert finding.message.startswith("a circular reference: M19 → Learning rates!F6 → X19 → ")
    assert finding.message.endswith(" → M19")


def test_a_later_row_that_follows_from_its_own_is_a_circle(book: Book, tmp_path: Path):
    sheet = "LR 0.5"
    own = book.cells[sheet]["M19"]
    (finding,) = found(book, tmp_path, {(sheet, "M19"): replace(own, formula=f"{own.formula}+0*X21")})
    assert finding.range == "M19"
    assert finding.message.startswith("a circular reference: M19 → X21 → ")


@pytest.fixture(scope="module")
def short_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("class") / "class.xlsx"
    build_workbook(load_experiment("class").with_run((0.5,), 10), path, lessons=False)
    return path


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("A#*2+$B$1", lambda row: row * 2.0 + 1.0),
        ("SUM(A$1:A#)", lambda row: row * (row + 1) / 2.0),
        ("SUM(A#:B#)-B#", float),
        ("IF(A#>6,EXP(1),ROUND(A#/3,2))", lambda row: math.e if row > 6 else round(row / 3, 2)),
        ("A#*ROW()", lambda row: row * float(row)),
        ("LN(A#-1)", lambda row: math.log(row - 1) if row > 1 else "#NUM!"),
        ("MATCH(A#,A$1:A$12,0)", float),
    ],
)
def test_a_wrong_value_among_copies_of_a_formula_is_found(
    formula: str, value: Callable[[int], float | str], short_class: Path, tmp_path: Path
):
    workbook = openpyxl.load_workbook(short_class)
    sheet = workbook.create_sheet("Copies")
    for row in range(1, 13):
        sheet.append([row, row * row, "=" + formula.replace("#", str(row))])
    workbook.save(tmp_path / "copies.xlsx")
    book = read_cells(tmp_path / "copies.xlsx")
    edits: dict[tuple[str, str], Cell | None] = {}
    for row in range(1, 13):
        cell, held = book.cells["Copies"][f"C{row}"], value(row)
        edits["Copies", f"C{row}"] = replace(cell, value=held, kind="e" if isinstance(held, str) else "n")

    def in_copies() -> list[tuple[str, str]]:
        book.write(tmp_path / "edited.xlsx", edits)
        findings = verify_file(tmp_path / "edited.xlsx").findings
        return [(each.range, str(each.kind)) for each in findings if each.sheet == "Copies"]

    assert in_copies() == []
    edits["Copies", "C7"] = replace(book.cells["Copies"]["C7"], value=0.75)
    assert in_copies() == [("C7", "stale-value")]


@pytest.mark.parametrize(
    ("formula", "right", "wrong"),
    [
        ("1/(1+EXP(800))", 0.0, 0.5),
        ("LN(EXP(-800))", -800.0, -801.0),
        ("LN(1-EXP(-38))*1E17", -3.1387652893455, -3.2),
        ("EXP(800)/EXP(799)", 2.718281828459, 2.0),
    ],
)
def test_what_a_program_with_wider_numbers_than_doubles_saves_is_right(
    formula: str, right: float, wrong: float, book: Book, tmp_path: Path
):
    if not extended_precision.is_available():
        pytest.skip("this processor has nothing beyond doubles")
    assert found(book, tmp_path, {("Steps", "G5"): Cell(formula, right)}) == ()
    (finding,) = found(book, tmp_path, {("Steps", "G5"): Cell(formula, wrong)})
    assert (finding.range, finding.kind) == ("G5", "stale-value")


def test_a_cell_saved_as_0_is_worked_out_with_wider_numbers(book: Book, tmp_path: Path):
    if not extended_precision.is_available():
        pytest.skip("this processor has nothing beyond doubles")
    edits = {("Steps", "G5"): Cell("EXP(-800)", 0.0), ("Steps", "G6"): Cell("-LN(G5)", 800.0)}
    assert found(book, tmp_path, edits) == ()
    edits["Steps", "G5"] = Cell(None, 0.0)
    (finding,) = found(book, tmp_path, edits)
    assert (finding.range, finding.kind) == ("G6", "stale-value")


def test_a_number_beyond_the_range_of_doubles_is_an_error_from_which_nothing_follows(book: Book, tmp_path: Path):
    edits = {
        ("Steps", "G5"): Cell("EXP(800)", "2.726374572112566567e+347"),
        ("Steps", "G10"): Cell("IF(ISERROR(G5),1,2)", 2.0),
        ("Steps", "C12"): Cell("G10+1", 3.0),
    }
    assert found(book, tmp_path, edits) == ()
    edits["Steps", "C12"] = Cell("G10+1", 4.0)
    assert [each.range for each in found(book, tmp_path, edits)] == ["C12"]


def test_numbers_too_small_to_look_up_are_looked_up(tmp_path: Path):
    path = tmp_path / "small.xlsx"
    build_workbook(load_experiment("class").with_run((0.5, 1.0, 2.0), 40), path, lessons=False)
    book = read_cells(path)
    ends = {("Learning rates", f"F{row}"): value for row, value in ((5, 1e-30), (6, 1.2e-30), (7, 3e-31), (8, 2e-31))}
    edits = {place: replace(book.cells[place[0]][place[1]], formula=None, value=value) for place, value in ends.items()}
    best = ("Learning rates", "D11")
    place = next(address for address, cell in book.cells["Learning rates"].items() if "MATCH" in (cell.formula or ""))
    assert place == best[1]
    rates = {value: book.cells["Learning rates"][f"B{place[1][1:]}"].value for place, value in ends.items()}
    right = replace(book.cells[best[0]][best[1]], value=rates[min(rates)])
    edits[best] = right
    assert not [each for each in found(book, tmp_path, edits) if each.range == best[1]]
    edits[best] = replace(right, value=rates[1.2e-30])
    assert [each.range for each in found(book, tmp_path, edits) if each.range == best[1]] == [best[1]]


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (0.125, "0.00", "0.13"),
        (-0.125, "0.00", "-0.13"),
        (1234.5, "#,##0.00", "1,234.50"),
        (1.2e-10, "0.00E+00", "1.20E-10"),
        (123456.0, "0.0E+0", "1.2E+5"),
        (0.0, "0.00E+00", "0.00E+00"),
        (0.256, "0.0%", "25.6%"),
        (0.5, "0.0##", "0.5"),
        (12.0, "0", "12"),
        (None, "0.0", "0.0"),
        ("text", "0.0", "text"),
        (True, "0.0", "TRUE"),
        (1.0, "dd.mm.yyyy", UNKNOWN_FORMAT),
    ],
)
def test_numbers_as_text(value: object, number_format: str, expected: str):
    assert text(value, number_format) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((-0.585 * 0.5275, 6, True), "-0.308588"),
        ((0.0545125, 6.0, True), "0.054513"),
        ((1234567.891,), "1,234,567.89"),
        ((1234.5, -2.0, False), "1,200"),
        ((-0.0000001, 6), "0.000000"),
        ((1e200, 0, True), "1" + "0" * 200),
        ((None, 1), "0.0"),
        ((True,), "1.00"),
        (({"type": "Error", "kind": "Div"}, 2), {"type": "Error", "kind": "Div"}),
        (([[1.0], [2.0]], 2), UNKNOWN_FORMAT),
        (("one", 2), UNKNOWN_FORMAT),
    ],
)
def test_numbers_with_a_fixed_count_of_places(arguments: tuple[object, ...], expected: object):
    assert fixed(*arguments) == expected
