"""The cause is named, not its echo: what only follows from a wrong cell is no finding of its own."""

import random
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from sheetgen import build_workbook, load_experiment
from sheetgen.libreoffice import write_profile
from sheetgen.recipe import verify_file
from tests.conftest import require_program
from tests.sheetgen.support.equivalent_workbooks import Example, write_examples
from tests.sheetgen.support.patched_workbooks import Book, Cell, read_cells, split
from tests.sheetgen.support.recalculation import destroy_caches

RATES, ITERATIONS = (0.5, 2.0), 5
TEMPLATES = ("class", "xor", "mazur", "deep")
FIRST_ROW = 16
DIGITS = 4


def _number(cell: Cell) -> float:
    assert isinstance(cell.value, float)
    return cell.value


SLIPS: dict[str, Callable[[Cell], Cell]] = {
    "pasted": lambda cell: replace(cell, formula=None),
    "pasted, wrong": lambda cell: replace(cell, formula=None, value=round(_number(cell) * 1.1 + 0.013, 6)),
    "rounded": lambda cell: replace(cell, formula=None, value=float(f"{_number(cell):.{DIGITS}g}")),
    "a bit too much": lambda cell: replace(cell, formula=f"{cell.formula}+0.001", value=_number(cell) + 0.001),
    "rounded by formula": lambda cell: replace(
        cell, formula=f"ROUND({cell.formula},{DIGITS})", value=round(_number(cell), DIGITS)
    ),
    "a constant as a formula": lambda cell: replace(cell, formula="0.4", value=0.4),
}
PER_SLIP = {"class": 2, "xor": 2, "mazur": 2, "deep": 1}  # a slip in the deep network takes longest to judge


class Slip(NamedTuple):
    """A cell of a table that was changed, and the workbook without and with the change."""

    sheet: str
    address: str
    path: Path


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    """Workbooks as they are shipped, with the sheets that teach, but short."""
    folder = tmp_path_factory.mktemp("whole")
    for name in TEMPLATES:
        build_workbook(load_experiment(name).with_run(RATES, ITERATIONS), folder / f"{name}.xlsx")
    return {name: read_cells(folder / f"{name}.xlsx") for name in TEMPLATES}


def slips(book: Book, name: str, slip: str, count: int, folder: Path) -> Iterator[Slip]:
    """Change one formula cell of a table at a time, all cached values but its own as they were."""
    rng = random.Random(f"{name} {slip}")
    places = [(sheet, address) for sheet in book.cells if sheet.startswith("LR ") for address in book.cells[sheet]]
    while count:
        sheet, address = rng.choice(places)
        cell = book.cells[sheet][address]
        column, row = split(address)
        copied = row == FIRST_ROW and "!" in (cell.formula or "")  # from Start: may as well be typed
        if column == "A" or row < FIRST_ROW or copied or cell.formula is None or not isinstance(cell.value, float):
            continue
        path = folder / f"{name}-{list(SLIPS).index(slip)}-{count}.xlsx"
        book.write(path, {(sheet, address): SLIPS[slip](cell)})
        yield Slip(sheet, address, path)
        count -= 1


def recalculated(files: list[Path], folder: Path) -> dict[Path, Path]:
    """Let LibreOffice work all values out anew; return the new file of each."""
    destroyed = {path: destroy_caches(path, folder) for path in files}
    out, profile = folder / "recalculated", folder / "profile"
    write_profile(profile, recalculated=True)
    command = (require_program("soffice"), f"-env:UserInstallation={profile.as_uri()}")
    convert = ("--headless", "--convert-to", "xlsx", "--outdir", str(out), *map(str, destroyed.values()))
    subprocess.run([*command, *convert], check=True, capture_output=True)
    return {path: out / copy.name for path, copy in destroyed.items()}


def said(path: Path) -> list[tuple[str, str]]:
    """Return the places of all findings."""
    report = verify_file(path)
    assert report.error is None
    return [(each.sheet, each.range) for each in report.findings]


@pytest.mark.sampled(3)
@pytest.mark.alike(6)
@pytest.mark.parametrize(
    ("name", "slip"), [(name, slip) for n, name in enumerate(TEMPLATES) for slip in [*SLIPS][n:] + [*SLIPS][:n]]
)
def test_one_wrong_cell_makes_no_other_sheet_stale(name: str, slip: str, books: dict[str, Book], tmp_path: Path):
    for each in slips(books[name], name, slip, PER_SLIP[name], tmp_path):
        assert said(each.path) == [(each.sheet, each.address)]


@pytest.mark.slow
def test_one_wrong_cell_is_all_that_is_found_after_a_recalculation(
    books: dict[str, Book], tmp_path: Path, pytestconfig: pytest.Config
):
    kinds = list(SLIPS)[:: 1 if pytestconfig.getoption("--exhaustive") else 2]
    changed = [each for slip in kinds for each in slips(books["class"], "class", slip, 1, tmp_path)]
    files = recalculated([each.path for each in changed], tmp_path)
    assert [said(files[each.path]) for each in changed] == [[(each.sheet, each.address)] for each in changed]


LETTERS = {name: get_column_letter(at) for at, name in enumerate(Example().layout.columns, start=1)}
RIGHT = {
    "BA": "{a_h2}*(1-{a_h2})",  # helpers, by column
    "BB": "({a_o1}-{t1})*{a_o1}*(1-{a_o1})",
    "BC": "({a_o2}-{t2})*{a_o2}*(1-{a_o2})",
    "BD": "(BB#*{w6}+BC#*{w8})*BA#",
    "BE": "{w7}-$C$2*{∂E/∂w7}",
    "BF": "$C$2*{∂E/∂w8}",
}
IN_TABLE = {
    "∂E/∂w3": "BD#*{i1}",
    "∂E/∂w4": "BD#*{i2}",
    "∂E/∂w5": "BB#*{a_h1}",
    "∂E/∂w6": "BB#*{a_h2}",
    "∂E/∂w7": "BC#*{a_h1}",
    "w6": "{w6:-1}-$C$2*BB@*{a_h2:-1}",
    "w7": "BE@",
    "w8": "{w8:-1}-BF@",
    "w5": "{w5:-1}-BG@",
}


def with_helpers(path: Path, faults: Mapping[str, str], rows: range, label: str | None = None) -> Path:
    """Write a table with helper columns, recalculated; `faults` are other formulas of some columns in some rows."""
    book = load_workbook(write_examples(path, Example()))
    sheet = book.active
    assert sheet is not None
    formulas = {**RIGHT, "BG": "$C$2*{∂E/∂w5}", **{LETTERS[name]: text for name, text in IN_TABLE.items()}}
    for column, right in formulas.items():
        if label and column.startswith("B") and len(column) == 2:
            sheet[f"{column}15"] = f"{label} {column}"
        for row in range(FIRST_ROW, 24):
            typed = not isinstance(sheet[f"{column}{row}"].value, str) and column in LETTERS.values()
            text = faults.get(column, right) if row in rows else right
            if not typed:
                sheet[f"{column}{row}"] = "=" + filled(text, row)
    book.save(path)
    read_cells(path).write(path, {}, recalculate=True)
    return path


def filled(text: str, row: int) -> str:
    """Write `{w1}` as the cell of w1, `{w1:-1}` as the one above; `BA#` is a helper, `BA@` the one above."""
    text = re.sub(r"\{([^:}]+)(?::(-1))?\}", lambda found: f"{LETTERS[found[1]]}{row + int(found[2] or 0)}", text)
    return text.replace("#", str(row)).replace("@", str(row - 1))


@pytest.mark.parametrize("label", [None, "see note", "tmp"])
def test_helpers_that_are_right_are_right(label: str | None, tmp_path: Path):
    report = verify_file(with_helpers(tmp_path / "right.xlsx", {}, range(0), label))
    assert report.ok, report


@pytest.mark.parametrize(
    ("column", "fault", "message"),
    [
        ("BA", "{a_h1}*(1-{a_h1})", "a_h1 stands where a_h2 belongs; ∂E/∂w3, ∂E/∂w4 would be right with it"),
        ("BB", "({a_o1}+{t1})*{a_o1}*(1-{a_o1})", "plus stands where minus belongs"),
        ("BC", "({a_o2}-{t1})*{a_o2}*(1-{a_o2})", "t1 stands where t2 belongs"),
        ("BE", "{w7}+$C$2*{∂E/∂w7}", "plus stands where minus belongs; w7 would be right with it"),
        ("BF", "$C$2*{∂E/∂w7}", "∂E/∂w7 stands where ∂E/∂w8 belongs; w8 would be right with it"),
        ("BG", "{a_o1}*{∂E/∂w5}", "a_o1 stands where the learning rate belongs; w5 would be right with it"),
    ],
)
@pytest.mark.parametrize("rows", [range(16, 24), range(18, 20)])
@pytest.mark.parametrize("label", [None, "see note"])
def test_a_fault_in_a_helper_column_is_found_there(
    column: str, fault: str, message: str, rows: range, label: str | None, tmp_path: Path
):
    report = verify_file(with_helpers(tmp_path / "helper.xlsx", {column: fault}, rows, label))
    assert report.error is None
    assert [(each.range, each.message.startswith(message)) for each in report.findings] == [
        (f"{column}{rows[0]}:{column}{rows[-1]}", True)
    ]
    assert report.findings[0].expected_formula == "=" + filled({**RIGHT, "BG": "$C$2*{∂E/∂w5}"}[column], rows[0])
    assert report.findings[0].affected > 0


@pytest.mark.parametrize(("name", "fault"), [("∂E/∂w3", "BD#*{i2}"), ("∂E/∂w5", "BB#*{a_h2}"), ("w8", "{w8:-1}+BF@")])
def test_a_fault_beside_a_right_helper_is_found_where_it_is(name: str, fault: str, tmp_path: Path):
    rows = range(17, 24)
    report = verify_file(with_helpers(tmp_path / "user.xlsx", {LETTERS[name]: fault}, rows))
    assert [each.range for each in report.findings] == [f"{LETTERS[name]}17:{LETTERS[name]}23"]


def test_a_message_names_the_cells_of_the_first_row_that_it_is_said_of(tmp_path: Path):
    path = with_helpers(tmp_path / "user.xlsx", {LETTERS["∂E/∂w3"]: "BD#*BD#*{i1}"}, range(17, 24))
    book = load_workbook(path)
    assert book.active is not None
    book.active["BD23"] = "=" + filled("BA#*(BB#*{w6}+BC#*{w8})", 23)  # the same, written otherwise
    book.save(path)
    read_cells(path).write(path, {}, recalculate=True)
    (finding,) = verify_file(path).findings
    assert (finding.range, finding.message) == ("Z17:Z23", "the factor BD17 is too much")


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        ({}, []),
        ({"B3": "text"}, [("Rates", "B3", "bad-input")]),
        ({"B3": None}, [("Rates", "B3", "empty")]),
        ({"B1": "=B4"}, [("Rates", "B1", "wrong-formula")]),
    ],
)
def test_a_fault_in_a_rate_from_another_sheet_is_found_there(
    edits: Mapping[str, str | None], found: list[tuple[str, str, str]], tmp_path: Path
):
    path = write_examples(tmp_path / "rate.xlsx", Example())
    book = load_workbook(path)
    rates = book.create_sheet("Rates")
    rates["A1"], rates["A3"], rates["A4"] = "η used", "η", "t1"
    rates["B1"], rates["B3"], rates["B4"] = "=$B$3", book["Sheet1"]["C2"].value, 0.01
    book["Sheet1"]["C2"] = "=Rates!B1"
    for address, content in edits.items():
        rates[address] = content
    book.save(path)
    read_cells(path).write(path, {}, recalculate=True)
    assert [(each.sheet, each.range, str(each.kind)) for each in verify_file(path).findings] == found


def test_a_wrong_formula_whose_values_are_right_affects_no_cell(books: dict[str, Book], tmp_path: Path):
    """A target typed into E1 beside another fault, which does throw cells off."""
    cells = books["class"].cells["LR 0.5"]
    labels = {str(cell.value): split(address)[0] for address, cell in cells.items() if split(address)[1] == 15}
    target, error, gradient = (labels[name] for name in ("t1", "E1", "∂E/∂w5"))
    edits = {}
    for row in range(FIRST_ROW, FIRST_ROW + ITERATIONS + 1):
        own, fixed = cells[f"{error}{row}"], cells[f"{target}{FIRST_ROW}"].value
        typed = (own.formula or "").replace(f"{target}{row}", f"{fixed}")
        edits["LR 0.5", f"{error}{row}"] = replace(own, formula=typed)
        slope = cells[f"{gradient}{row}"]
        edits["LR 0.5", f"{gradient}{row}"] = replace(slope, formula=f"2*{slope.formula}")
    path = tmp_path / "typed.xlsx"
    books["class"].write(path, edits, recalculate=True)
    affected = {each.quantity: each.affected for each in verify_file(path).findings}
    assert affected["E1"] == 0
    assert affected["∂E/∂w5"] > 0
