"""Every labelled number of the lesson sheets follows what is typed and chosen, and is what NumPy makes of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from sheetgen import Experiment, build_workbook, template_names
from tests.sheetgen.conftest import shortened
from tests.sheetgen.lessons.random_runs import FEWEST_ITERATIONS, RandomRun, Shown
from tests.sheetgen.support.patched_workbooks import Book, read_cells


def build(template: str, folder: Path) -> tuple[Experiment, Path]:
    """Build a short workbook of a template."""
    experiment = shortened(template, FEWEST_ITERATIONS)
    path = folder / f"{template}.xlsx"
    build_workbook(experiment, path)
    return experiment, path


@pytest.mark.alike(6)
@pytest.mark.parametrize("template", template_names())
def test_every_labelled_number_is_what_numpy_gives(template: str, tmp_path: Path):
    experiment, path = build(template, tmp_path)
    results = RandomRun(experiment, path).results()
    assert [shown for shown, right in results.items() if not right] == []
    sheets = ("Network", "Steps", "Gradient check", "Workings")
    by_sheet = [sum(shown.sheet == sheet for shown in results) for sheet in sheets]
    quantities = {shown.quantity for shown in results}
    enough = (24, 36, 8, 20) if len(experiment.weights) > 2 else (16, 10, 2, 12)
    assert all(count >= least for count, least in zip(by_sheet, enough, strict=True)), by_sheet
    assert {"η", "i1", "w1", "E_total", "new w1"} <= quantities


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Book]:
    """The class's workbook, to put faults into."""
    experiment, path = build("class", tmp_path_factory.mktemp("lessons"))
    return experiment, read_cells(path)


def changed(formula: str, old: str, new: str) -> str:
    assert old in formula
    return formula.replace(old, new)


WRONG = {
    "another column": ("w1", lambda formula: changed(formula, "!$F$", "!$G$").replace(":$F$", ":$G$")),
    "the row above": ("w1", lambda formula: changed(formula, "Workings!$C$5)", "MAX(1,Workings!$C$5-1))")),
    "the row below": ("w8", lambda formula: changed(formula, "Workings!$C$5)", "Workings!$C$5+1)")),
    "a constant formula": ("h1", lambda _: "0.0275"),
    "a typed number": ("h1", lambda _: None),
    "a fixed cell": ("h1", lambda _: "'LR 0.5'!J16"),
    "one table for another": ("E_total", lambda formula: changed(formula, "'LR 2.0'", "'LR 0.5'")),
    "alike in the class's data": ("t1", lambda formula: changed(formula, "$B$", "$C$")),
    "a wrong sum": ("E_total", lambda formula: f"{formula}*2"),
}


@pytest.mark.alike(3)
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_formula_is_found(name: str, short: tuple[Experiment, Book], tmp_path: Path):
    experiment, book = short
    quantity, change = WRONG[name]
    path = tmp_path / "wrong.xlsx"
    row = next(row for row in range(28, 99) if book.cells["Network"][f"B{row}"].value == quantity)
    cell = book.cells["Network"][f"C{row}"]
    book.write(path, {("Network", f"C{row}"): replace(cell, formula=change(cell.formula))})
    assert RandomRun(experiment, path).results()[Shown("Network", f"C{row}", quantity)] is False


def test_a_wrong_label_is_found(short: tuple[Experiment, Book], tmp_path: Path):
    experiment, book = short
    path = tmp_path / "wrong.xlsx"
    (label,) = (cell for cell, content in book.cells["Steps"].items() if content.value == "new w1")
    book.write(path, {("Steps", label): replace(book.cells["Steps"][label], value="new w2")})
    wrong = [shown for shown, right in RandomRun(experiment, path).results().items() if not right]
    assert [(shown.sheet, shown.quantity) for shown in wrong] == [("Steps", "new w2")]
