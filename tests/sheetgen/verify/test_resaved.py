"""Our own workbooks, saved again by other programs, with and without an edit: the verdict stays."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen import build_workbook, template_names, verify_file
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.network.notation import write_notation
from sheetgen.verify.findings import FileReport
from sheetgen.workbook.layout import START, YOURS, StartLayout, TableLayout
from tests.sheetgen.conftest import FEWER, Built, shortened

_MOST_ITERATIONS = 8

Save = Callable[[Path, Path], Path]


def with_libreoffice(path: Path, folder: Path) -> Path:
    profile = folder.parent / "profile"  # shared by the tests of a worker: setting it up takes as long as saving
    place = f"-env:UserInstallation={profile.as_uri()}"
    return run(path, folder, "soffice", place, "--headless", "--convert-to", "xlsx", "--outdir", folder / "saved", path)


def with_gnumeric(path: Path, folder: Path) -> Path:
    return run(path, folder, "ssconvert", path, folder / "saved" / path.name)


def run(path: Path, folder: Path, *command: str | Path) -> Path:
    """Let a program save a workbook into the folder `saved`."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    (folder / "saved").mkdir(exist_ok=True)
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return folder / "saved" / path.name


PROGRAMS = [with_libreoffice, with_gnumeric]


@pytest.mark.slow
@pytest.mark.sampled(10)
@pytest.mark.parametrize("save", PROGRAMS)
def test_a_workbook_that_was_only_saved_is_still_right_and_the_same(
    save: Save, built: Built, report: FileReport, tmp_path: Path
) -> None:
    saved = save(built.path, tmp_path)
    after = verify_file(saved)
    assert (after.error, after.findings) == (None, ())
    assert after.cells_checked == report.cells_checked
    found = compare_workbooks(built.path, saved)
    assert (found.sheets, found.names) == ((), ())


@pytest.fixture(scope="module", params=template_names())
def short(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Each template's workbook with few rows: many of them are edited, saved and judged here."""
    experiment = shortened(request.param, min(FEWER[request.param], _MOST_ITERATIONS))
    path = tmp_path_factory.mktemp("short") / f"{request.param}.xlsx"
    build_workbook(experiment, path)
    return Built(experiment, path)


def edited(built: Built, path: Path, **values: float) -> Path:
    """A copy by openpyxl, without cached values, in which other numbers are typed: `rate`, or a quantity of Start."""
    book = openpyxl.load_workbook(built.path)
    start = StartLayout(built.experiment)
    for name, value in values.items():
        if name == "rate":
            book[YOURS][TableLayout(built.experiment, write_notation(built.experiment)).eta.replace("$", "")] = value
        else:
            book[START][xl_rowcol_to_cell(start.rows[name, 0], start.value_column)] = value
    book.save(path)
    return path


@pytest.mark.slow
@pytest.mark.sampled(26)
@pytest.mark.parametrize("save", PROGRAMS)
@pytest.mark.parametrize("values", [{"rate": 5.0}, {"rate": 100.0}, {"i1": 0.37, "w2": -0.81}], ids=str)
def test_an_edited_workbook_is_still_right(save: Save, values: dict[str, float], short: Built, tmp_path: Path) -> None:
    report = verify_file(save(edited(short, tmp_path / "edited.xlsx", **values), tmp_path))
    assert (report.error, report.findings) == (None, ())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("template", "rate", "save"),
    [
        ("softmax", 100.0, with_gnumeric),  # the logarithm of a number that is saved as 0
        ("xor", 30.0, with_gnumeric),  # 1−a with more digits than doubles have
        ("xor", 1e4, with_gnumeric),
        ("optimizers", 30.0, with_gnumeric),  # differences of large losses that are saved alike
        ("optimizers", 1e200, with_libreoffice),
    ],
)
def test_a_training_beyond_the_range_of_doubles_is_still_right(
    template: str, rate: float, save: Save, tmp_path: Path
) -> None:
    experiment = shortened(template, min(FEWER[template], _MOST_ITERATIONS))
    build_workbook(experiment, tmp_path / "built.xlsx")
    book = edited(Built(experiment, tmp_path / "built.xlsx"), tmp_path / "edited.xlsx", rate=rate)
    report = verify_file(save(book, tmp_path))
    assert (report.error, report.findings) == (None, ())


@pytest.mark.slow
@pytest.mark.sampled(8)
def test_a_program_that_does_not_calculate_leaves_only_the_values_unjudged(short: Built, tmp_path: Path) -> None:
    path = edited(short, tmp_path / "uncalculated.xlsx")
    report = verify_file(path)
    assert report.findings == ()
    assert (report.error or "").startswith("no formula has a cached value")
    assert compare_workbooks(short.path, path).totals().keys() <= {"cells-value", "cells-following"}


@pytest.mark.slow
def test_a_wrong_formula_without_a_value_is_found_all_the_same(table_book: Built, tmp_path: Path) -> None:
    path = edited(table_book, tmp_path / "wrong.xlsx")
    book = openpyxl.load_workbook(path)
    book["LR 0.5"]["K20"] = "=1/(1+EXP(-L20))"
    book.save(path)
    assert [(each.sheet, each.range, str(each.kind)) for each in verify_file(path).findings] == [
        ("LR 0.5", "K20", "wrong-formula")
    ]
