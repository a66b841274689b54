"""The cause is named, not its echo: what only follows from a wrong cell is no finding of its own."""

import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from sheetgen import build_workbook, load_experiment
from sheetgen.recalculate.office_programs import write_settings
from sheetgen.verify.file import verify_file
from tests.conftest import require_program
from tests.sheetgen.support.patched_workbooks import Book, Cell, read_cells, split
from tests.sheetgen.support.recalculation import destroy_caches

RATES, ITERATIONS = (0.1, 0.5, 2.0), 12
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
PER_SLIP = 3


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
    write_settings(profile)
    command = (require_program("soffice"), f"-env:UserInstallation={profile.as_uri()}")
    convert = ("--headless", "--convert-to", "xlsx", "--outdir", str(out), *map(str, destroyed.values()))
    subprocess.run([*command, *convert], check=True, capture_output=True)
    return {path: out / copy.name for path, copy in destroyed.items()}


def said(path: Path) -> list[tuple[str, str]]:
    """Return the places of all findings."""
    report = verify_file(path)
    assert report.error is None
    return [(each.sheet, each.range) for each in report.findings]


@pytest.mark.alike(6)
@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("name", TEMPLATES)
def test_one_wrong_cell_makes_no_other_sheet_stale(name: str, slip: str, books: dict[str, Book], tmp_path: Path):
    for each in slips(books[name], name, slip, PER_SLIP, tmp_path):
        assert said(each.path) == [(each.sheet, each.address)]


@pytest.mark.slow
def test_one_wrong_cell_is_all_that_is_found_after_a_recalculation(books: dict[str, Book], tmp_path: Path):
    changed = [each for slip in SLIPS for each in slips(books["class"], "class", slip, 1, tmp_path)]
    files = recalculated([each.path for each in changed], tmp_path)
    assert [said(files[each.path]) for each in changed] == [[(each.sheet, each.address)] for each in changed]


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
