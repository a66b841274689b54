"""Formulas outside of the tables: each is recomputed, and the lesson sheets are tried on other choices."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sheetgen import build_workbook, load_experiment
from sheetgen.spreadsheet.text_function import UNKNOWN_FORMAT, fixed, text
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import Finding
from tests.sheetgen.support.fault_workbooks import Book, Cell, read_cells
from tests.sheetgen.support.lesson_workbooks import chosen, lesson_book, picked

Edits = Mapping[tuple[str, str], Cell | None]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The class's network with lesson sheets."""
    return lesson_book(tmp_path_factory.mktemp("lesson"))


def found(book: Book, folder: Path, edits: Edits, *, recalculate: bool = False) -> tuple[Finding, ...]:
    """Return what is found in a copy of a workbook with some cells replaced."""
    path = folder / "fault.xlsx"
    book.write(path, edits, recalculate=recalculate)
    report = verify_file(path)
    assert report.error is None
    return report.findings


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str, str, str]]:
    return [(each.sheet, each.range, each.quantity, str(each.kind)) for each in findings]


def with_formula(book: Book, place: tuple[str, str], formula: str | None) -> dict[tuple[str, str], Cell]:
    """Replace a formula, or put the number in its place that it gives."""
    return {place: replace(book.cells[place[0]][place[1]], formula=formula)}


def beside(book: Book, sheet: str, label: str) -> str:
    """Return the address of the cell that shows a quantity on the sheet Network."""
    (address,) = [address for address, cell in book.cells[sheet].items() if cell.value == label]
    return chr(ord(address[0]) + 3) + address[1:]


@pytest.mark.parametrize("template", ["class", "xor", "mazur", "deep"])
def test_right_lessons_are_right(template: str, tmp_path: Path):
    book = lesson_book(tmp_path, template)
    assert found(book, tmp_path, {}) == ()


def test_every_formula_is_judged(lesson: Book, tmp_path: Path):
    lesson.write(tmp_path / "right.xlsx", {})
    cells = [cell for sheet in lesson.cells.values() for cell in sheet.values() if cell.formula is not None]
    assert verify_file(tmp_path / "right.xlsx").cells_checked >= len(cells)
    assert len(cells) > 1500


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
def test_a_wrong_value_is_found_at_its_cell(sheet: str, address: str, value: float | str, lesson: Book, tmp_path: Path):
    cell = lesson.cells[sheet][address]
    kind = {"F5": "b"}.get(address, "str" if isinstance(value, str) else "n")
    held = "0" if kind == "b" else value
    findings = found(lesson, tmp_path, {(sheet, address): replace(cell, value=held, kind=kind)})
    assert [each[:2] + each[3:] for each in said(findings)] == [(sheet, address, "stale-value")]
    assert findings[0].found_formula == f"={cell.formula}"
    assert findings[0].expected_value == (
        None if isinstance(cell.value, str) and cell.kind == "str" else float(str(cell.value))
    )


def test_small_differences_are_found_too(lesson: Book, tmp_path: Path):
    cell = lesson.cells["Learning rates"]["C6"]
    assert isinstance(cell.value, float)
    assert found(lesson, tmp_path, {("Learning rates", "C6"): replace(cell, value=cell.value * (1 + 1e-8))})
    assert not found(lesson, tmp_path, {("Learning rates", "C6"): replace(cell, value=cell.value * (1 + 1e-15))})


def test_a_missing_value_and_an_error_have_kinds_of_their_own(lesson: Book, tmp_path: Path):
    cells = lesson.cells["Network"]
    edits = {
        ("Network", "E14"): replace(cells["E14"], value=None),
        ("Network", "E20"): replace(cells["E20"], value="#DIV/0!", kind="e"),
    }
    assert said(found(lesson, tmp_path, edits)) == [
        ("Network", "E14", "h1", "no-value"),
        ("Network", "E20", "w7", "error-value"),
    ]


def test_cells_that_follow_from_a_wrong_one_are_no_findings(lesson: Book, tmp_path: Path):
    cell = lesson.cells["LR 0.5"]["M19"]  # of the chosen iteration
    findings = found(lesson, tmp_path, {("LR 0.5", "M19"): replace(cell, value=0.3)})
    assert [(each.sheet, each.range) for each in findings] == [("LR 0.5", "M19")]


WRONG = {
    "another column": ("w1", picked("G"), "w2 stands where w1 belongs"),
    "the row above": ("w1", picked("F", -1), "w1 of the iteration before stands where w1 belongs"),
    "the row below": ("w8", picked("Q", 1), "new w8 stands where w8 belongs"),
    "a constant formula": (
        "h1",
        "0.0275",
        "it gives the same whatever is chosen; h1 of the chosen iteration belongs here",
    ),
    "a fixed cell": ("h1", "'LR 0.5'!J19", "it gives the same whatever is chosen"),
    "one table only": ("h1", "INDEX('LR 0.5'!J16:J28,chosen_iteration+1)", "where LR 0.1, LR 2.0, Your η is chosen"),
    "one table for another": (
        "E_total",
        chosen([f"INDEX('{name}'!X$16:X$28,chosen_iteration+1)" for name in ("LR 0.1", "LR 0.5", "LR 0.5", "Your η")]),
        "it shows E_total of LR 0.5, where LR 2.0 is chosen",
    ),
    "alike in the class's data": ("t1", picked("C"), "t2 stands where t1 belongs"),
    "right by accident": ("t2", "0.5", "it gives the same whatever is chosen"),
    "a wrong sum": ("E_total", picked("W") + "*2", "this is not E_total of the chosen iteration"),
}


@pytest.mark.parametrize("recalculate", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_formula_is_found_at_its_cell(name: str, recalculate: bool, lesson: Book, tmp_path: Path):
    label, formula, message = WRONG[name]
    address = beside(lesson, "Network", label)
    edits = with_formula(lesson, ("Network", address), formula)
    findings = [
        each for each in found(lesson, tmp_path, edits, recalculate=recalculate) if each.kind == "wrong-formula"
    ]
    assert said(findings) == [("Network", address, label, "wrong-formula")]
    assert message in findings[0].message
    assert findings[0].message.endswith("(LR 0.5, iteration 3)")
    right = lesson.cells["Network"][address].value
    assert isinstance(right, float)
    assert findings[0].expected_value == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("label", ["w1", "h1", "t1", "E_total"])
def test_a_number_in_place_of_a_formula_is_found_at_its_cell(label: str, lesson: Book, tmp_path: Path):
    address = beside(lesson, "Network", label)
    findings = found(lesson, tmp_path, with_formula(lesson, ("Network", address), None))
    assert said(findings) == [("Network", address, label, "hard-coded")]
    assert findings[0].found_value == lesson.cells["Network"][address].value


def test_a_wrong_label_is_found(lesson: Book, tmp_path: Path):
    label = next(address for address, cell in lesson.cells["Network"].items() if cell.value == "h1")
    edits = {("Network", label): replace(lesson.cells["Network"][label], value="h2")}
    (finding,) = found(lesson, tmp_path, edits)
    assert (finding.range, finding.quantity) == (beside(lesson, "Network", "h1"), "h2")
    assert "h1 stands where h2 belongs" in finding.message


@pytest.mark.parametrize(
    ("address", "formula", "quantity"),
    [
        ("G9", "Network!$E$10+C2*D9", "new w1"),
        ("G9", "Network!$E$10-0.5*D9", "new w1"),
        ("G8", "D8*Network!$E$17*(1-Network!$E$17)", "∂E/∂h1"),
        ("D8", "D7*Network!$E$18+G7*Network!$E$19", "∂E/∂a_h1"),
    ],
)
def test_a_wrong_step_is_found_alone(address: str, formula: str, quantity: str, lesson: Book, tmp_path: Path):
    edits = with_formula(lesson, ("Steps", address), formula)
    findings = found(lesson, tmp_path, edits, recalculate=True)
    assert said(findings) == [("Steps", address, quantity, "wrong-formula")]


def test_sheets_without_a_choice_are_not_read_as_lessons(lesson: Book, tmp_path: Path):
    path = tmp_path / "other.xlsx"
    members = {**lesson.members}
    members["xl/workbook.xml"] = members["xl/workbook.xml"].replace(b"chosen_iteration", b"chosen_row")
    for sheet in ("Network", "Steps", "Gradient check"):
        part = lesson.parts[sheet]
        members[part] = members[part].replace(b"chosen_iteration", b"chosen_row")
    address = beside(lesson, "Network", "h1")
    edits = with_formula(lesson, ("Network", address), None)
    replace(lesson, members=members).write(path, edits)
    assert not verify_file(path).findings


def test_numbers_too_small_to_look_up_are_looked_up(tmp_path: Path):
    path = tmp_path / "small.xlsx"
    build_workbook(load_experiment("class").with_run((0.5, 1.0, 2.0), 40), path, lessons=False)
    book = read_cells("class", path)
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
