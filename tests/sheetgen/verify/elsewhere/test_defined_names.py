"""Defined names in any workbook, and the settings of its calculation."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from sheetgen.verify.elsewhere.calculation_settings import read_settings
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import Finding
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.charted_workbooks import FIRST, LAST, RATES, cells, sheet_of, write
from tests.sheetgen.verify.elsewhere.test_charts import judge

LISTED = {"w_1": "B2", "w_2": "B3", "i_1": "B4", "t_1": "B5", "eta": "B6"}


def cell(address: str, rate: float = 0.5) -> str:
    return f"='{sheet_of(rate)}'!${address[0]}${address[1:]}"


RIGHT = {
    **{name: cell(address) for name, address in LISTED.items()},
    **{f"'{sheet_of(rate)}'!learning_rate": cell("B6", rate) for rate in RATES},
    "error_total": cells("E_total"),
    "weight_1": cells("w1"),
    "weight_2": cells("w2"),
    "h_1": cells("a_h1"),
    "Loss": cell(f"H{LAST}"),
    "first_w_1": cell(f"D{FIRST}"),
    "half": "=0.5",
    "twice": "='LR 0.5'!$B$2*2",
    "w_3": cell("B8"),
    "w_4": cell("B9"),
    "nowhere": "=Summary!$A$2",
    "cost": "=#REF!",
}


def found(folder: Path, names: dict[str, str]) -> tuple[Finding, ...]:
    return judge(write(folder / "named.xlsx", [], names)).findings


def test_right_names_are_left_alone(tmp_path: Path):
    assert found(tmp_path, RIGHT) == ()


@pytest.mark.parametrize(
    ("name", "points_to", "place", "says", "belongs"),
    [
        ("w_1", cell("B3"), ("LR 0.5", "B3"), "points to a cell labelled “w2”; 'LR 0.5'!B2 has", cell("B2")),
        ("w_2", cell("B2"), ("LR 0.5", "B2"), "points to a cell labelled “w1”", cell("B3")),
        ("eta", cell("B5"), ("LR 0.5", "B5"), "points to a cell labelled “t1”", cell("B6")),
        ("i_1", cell("B2"), ("LR 0.5", "B2"), "points to a cell labelled “w1”", cell("B4")),
        ("eta", cell("B8"), ("LR 0.5", "B8"), "points to an empty cell", cell("B6")),
        ("w_1", cell("B2", 2.0), ("LR 2.0", "B2"), "points to sheet LR 2.0", cell("B2")),
        ("'LR 0.1'!learning_rate", cell("B6", 1.0), ("LR 1.0", "B6"), "points to sheet LR 1.0", cell("B6", 0.1)),
        ("weight_1", cells("h1"), ("LR 0.5", "F11"), "points to column F, labelled “h1”", cells("w1")),
        ("error_total", cells("i1"), ("LR 0.5", "B11"), "points to column B, labelled “i1”", cells("E_total")),
        ("weight_2", cells("w2", last=30), ("LR 0.5", "E11"), "points to rows 11 to 30, the other", cells("w2")),
        ("weight_2", cells("w2", last=LAST - 1), ("LR 0.5", "E11"), "points to rows 11 to 49", cells("w2")),
    ],
)
def test_a_wrong_name_is_found_where_it_points(
    name: str, points_to: str, place: tuple[str, str], says: str, belongs: str, tmp_path: Path
):
    (finding,) = found(tmp_path, {**RIGHT, name: points_to})
    assert (finding.sheet, finding.range, str(finding.kind)) == (*place, "wrong-name")
    assert says in finding.message
    assert (finding.found_formula, finding.expected_formula) == (points_to, belongs)


def test_a_name_of_a_deleted_cell_is_found_at_the_cell_that_belongs_there(tmp_path: Path):
    with xlsxwriter.Workbook(tmp_path / "one.xlsx") as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["w1", 0.3])
        sheet.write_row(1, 0, ["w2", 0.4])
        book.define_name("w_2", "=Data!#REF!")
    (finding,) = judge(tmp_path / "one.xlsx").findings
    assert (finding.sheet, finding.range, finding.expected_formula) == ("Data", "B2", "='Data'!$B$2")
    assert finding.message == "the name w_2 points to a cell that was deleted; 'Data'!B2 has that label"


# Settings


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"fullPrecision": "0"}, "“precision as displayed” is set"),
        ({"fullPrecision": "false"}, "“precision as displayed” is set"),
        ({"iterate": "1", "iterateCount": "100"}, "iterative calculation is on"),
        ({"iterate": "true"}, "iterative calculation is on"),
        ({"calcMode": "manual"}, "calculation is manual"),
    ],
)
def test_an_unusual_setting_is_a_note(attributes: dict[str, str], words: str):
    (note,) = read_settings(attributes)
    assert note.startswith(words)


@pytest.mark.parametrize(
    "attributes",
    [{}, {"calcId": "191029", "fullCalcOnLoad": "1"}, {"iterate": "false", "iterateCount": "100", "calcMode": "auto"}],
)
def test_ordinary_settings_are_not_mentioned(attributes: dict[str, str]):
    assert list(read_settings(attributes)) == []


def test_a_setting_does_not_change_the_verdict(class_book: Built, tmp_path: Path):
    members = zipfile.ZipFile(class_book.path)
    with zipfile.ZipFile(tmp_path / "manual.xlsx", "w") as changed:
        for name in members.namelist():
            data = members.read(name)
            changed.writestr(
                name, data.replace(b"<calcPr ", b'<calcPr calcMode="manual" fullPrecision="0" iterate="1" ')
            )
    report = verify_file(tmp_path / "manual.xlsx")
    assert (report.ok, report.exit_code, len(report.notes)) == (True, 0, 3)
