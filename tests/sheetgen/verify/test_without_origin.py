"""Our own workbooks whose properties another program has dropped are judged by what they hold, and never accused."""

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from sheetgen import build_workbook
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport, FindingKind
from sheetgen.verify.uncalculated import UNCALCULATED
from tests.sheetgen.support.trained_tables import SOFTMAX, experiment
from tests.sheetgen.verify.test_trained_tables import KINDS

_SMALL = {"learning_rates": (0.1,)}
_OTHERS = ("weight decay", "batches", "softmax", "softmax, AdamW, one-cycle")
_TAUGHT: dict[str, dict[str, object]] = {
    "momentum": {"optimizer": "momentum"},
    "softmax": SOFTMAX | {"samples": 3},
}


def built(path: Path, training: dict[str, object], *, lessons: bool) -> Path:
    build_workbook(experiment(**(_SMALL | training)), path, lessons=lessons)
    return path


def uncalculated(path: Path, sheet: int) -> Path:
    """Write a copy without the cached values of one sheet."""
    copy = path.with_stem("uncalculated")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name == f"xl/worksheets/sheet{sheet}.xml":
                text = re.sub(rb"(<f>[^<]*</f>)<v>[^<]*</v>", rb"\1", text)
            target.writestr(name, text)
    return copy


def judged(path: Path) -> FileReport:
    """Judge a copy without the properties that say what was built."""
    bare = path.with_stem("bare")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            if name != "docProps/custom.xml":
                target.writestr(name, source.read(name))
    return verify_file(bare)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", ["momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", *_OTHERS])
def test_tables_of_several_rates_that_share_their_first_weights_are_right(kind, tmp_path):
    report = judged(built(tmp_path / "own.xlsx", KINDS[kind], lessons=False))
    assert report.findings == ()
    assert report.exit_code in (0, 2)


@pytest.mark.parametrize("kind", _TAUGHT)
def test_sheets_that_check_and_compare_several_steps_do_not_join_them(kind, tmp_path):
    report = judged(built(tmp_path / "own.xlsx", _TAUGHT[kind], lessons=True))
    assert report.findings == ()
    assert report.exit_code == 0


@pytest.mark.parametrize(("kind", "rate"), [("softmax, Adam, all", 1e9), ("GELU", 1e120)])
def test_errors_in_the_cells_above_are_no_labels_and_follow_from_a_rate_that_is_too_large(kind, rate, tmp_path):
    training = KINDS[kind] | {"learning_rates": (rate,), "iterations": 9}
    report = judged(built(tmp_path / "own.xlsx", training, lessons=False))
    assert report.findings == ()


@pytest.mark.parametrize("row", [17, 19])
@pytest.mark.parametrize("sheet", ["LR 0.1", "Your η"])
def test_a_fault_in_one_of_several_trainings_is_found_at_its_cell(sheet, row, tmp_path):
    path = built(tmp_path / "own.xlsx", {"optimizer": "momentum"}, lessons=False)
    book = openpyxl.load_workbook(path)
    labels = {cell.value: cell.column for cell in book[sheet][15]}
    cell = book[sheet].cell(row, labels["w2"])
    cell.value = cell.value.replace("-", "+", 1)
    book.save(path)
    report = verify_file(path)
    assert {(finding.sheet, finding.first_cell) for finding in report.findings} == {(sheet, cell.coordinate)}


def test_of_a_workbook_that_was_never_calculated_that_alone_is_said(tmp_path):
    path = built(tmp_path / "own.xlsx", {"optimizer": "adam"}, lessons=False)
    openpyxl.load_workbook(path).save(path)
    report = verify_file(path)
    assert report.findings == ()
    assert report.error == UNCALCULATED


def test_rules_that_follow_from_what_was_not_calculated_are_left_open_and_not_accused(tmp_path):
    path = built(tmp_path / "own.xlsx", {"optimizer": "adam"}, lessons=False)
    report = verify_file(uncalculated(path, sheet=3))
    assert {finding.kind for finding in report.findings} == {FindingKind.NO_VALUE}
    assert "its update follows from a formula without a cached value" in str(report.error)


@pytest.mark.parametrize("optimizer", ["momentum", "adagrad"])
def test_the_same_mistake_in_all_updates_of_a_training_is_found_in_it_alone(optimizer, tmp_path):
    path = built(tmp_path / "own.xlsx", {"optimizer": optimizer}, lessons=False)
    book = openpyxl.load_workbook(path)
    sheet = book["LR 0.1"]
    columns = [cell.column for cell in sheet[15] if str(cell.value).startswith("w")]
    for row in range(17, 21):
        for column in columns:
            sheet.cell(row, column).value = sheet.cell(row, column).value.replace("-", "+", 1)
    book.save(path)
    assert {finding.sheet for finding in verify_file(path).findings} == {"LR 0.1"}


def test_a_softmax_that_is_too_large_to_follow_is_not_accused(tmp_path, monkeypatch):
    monkeypatch.setattr("sheetgen.verify.own_loss.graph._MOST_FORMULAS", 50)
    report = judged(built(tmp_path / "own.xlsx", _TAUGHT["softmax"], lessons=False))
    assert report.findings == ()
    assert "all outputs follow from the same sums" in str(report.error)


def test_the_same_mistake_in_all_outputs_of_a_large_workbook_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("sheetgen.verify.own_loss.graph._MOST_FORMULAS", 50)
    path = built(tmp_path / "own.xlsx", {}, lessons=False)
    book = openpyxl.load_workbook(path)
    sheet = book["LR 0.1"]
    columns = [cell.column for cell in sheet[15] if str(cell.value).startswith("a_o")]
    for row in range(16, 22):
        for column in columns:
            sheet.cell(row, column).value = sheet.cell(row, column).value.replace("-", "")
    book.save(path)
    assert {finding.quantity for finding in verify_file(path).findings} >= {"a_o1", "a_o2"}
