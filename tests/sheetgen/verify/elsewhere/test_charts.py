"""Charts in any workbook: right ones are left alone, and a series that shows something else is found at its chart."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sheetgen.spreadsheet.chart_parts import read_charts
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.verify.elsewhere.beyond_cells import BeyondCells, judge_beyond_cells
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport, Finding, TableSummary
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from tests.shared_files import PUBLIC_WORKBOOKS, shared_file
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.charted_workbooks import (
    FIRST,
    HEADER,
    LAST,
    RATES,
    Drawing,
    cells,
    change,
    head,
    line,
    set_reference,
    sheet_of,
    write,
    write_by_openpyxl,
)

LINE, SCATTER, COLUMNS = {"type": "line"}, {"type": "scatter", "subtype": "straight"}, {"type": "column"}
HALF = (FIRST + LAST) // 2
TABLES = [TableSummary(sheet_of(rate), HEADER, FIRST, LAST, rate, (1, 1), {}) for rate in RATES]

GOAL = {"name": "goal", "values": "='LR 0.1'!$B$3:$B$4", "categories": "='LR 0.1'!$C$3:$C$4"}
WEIGHTS = [line(label) for label in ("w1", "w2", "∂E/∂w1", "∂E/∂w2")]
ERRORS = [line("E_total", rate, sheet_of(rate)) for rate in RATES]
BY_RATE = [line("E_total", rate, f"η = {rate}", x=False) for rate in RATES]


def judge(path: Path) -> BeyondCells:
    with open_workbook(path) as workbook:
        return judge_beyond_cells(LabelledSheets(workbook), TABLES)


def drawn(folder: Path, title: str | None, kind: dict[str, str], series: list[dict[str, str]]) -> BeyondCells:
    return judge(write(folder / "charted.xlsx", [("Summary", Drawing("C3", title, kind, series))]))


def only(found: BeyondCells) -> Finding:
    (finding,) = found.findings
    assert (finding.sheet, finding.range, str(finding.kind)) == ("Summary", "C3", "wrong-chart")
    return finding


def with_one(series: list[dict[str, str]], number: int, **changes: str) -> list[dict[str, str]]:
    """The same series with parts of one, counted from 1, changed."""
    return [each | changes if at == number else each for at, each in enumerate(series, 1)]


RIGHT: dict[str, tuple[str | None, dict[str, str], list[dict[str, str]]]] = {
    "the weights of a table": ("Weights", LINE, WEIGHTS),
    "errors of all sheets": ("E_total per iteration", SCATTER, ERRORS),
    "errors of all rates": ("Comparison", LINE, BY_RATE),
    "all called E_total": ("Errors", LINE, [line("E_total", rate) for rate in RATES]),
    "the first rows of each": ("Start", LINE, [line("E_total", rate, last=HALF) for rate in RATES]),
    "one with the first rows": ("The first 20 iterations", LINE, [line("E_total", last=HALF)]),
    "header among the values": ("Loss", LINE, [line("E_total", first=HEADER, x=False, name="loss")]),
    "blank cells below": ("Loss", SCATTER, [line("E_total", last=LAST + 100)]),
    "numbers of iterations for more rows": (
        "Loss",
        SCATTER,
        [line("E_total") | {"categories": cells("iteration", last=LAST + 9)}],
    ),
    "path of two weights": (
        "w1 and w2",
        SCATTER,
        [{"name": head("w1"), "categories": cells("w1"), "values": cells("w2")}],
    ),
    "another sheet's iterations": ("Loss", SCATTER, [line("E_total") | {"categories": cells("iteration", 2.0)}]),
    "an activation called its sum": ("h1", LINE, [line("a_h1", name="h1")]),
    "a title of several words": ("Gradient of the error", LINE, [line("∂E/∂w1", name="gradient")]),
    "a title that means another quantity too": ("E_total for w1", LINE, [line("w1", name="weight")]),
    "names of runs": ("Error", LINE, [line("E_total", rate, f"Error {n}") for n, rate in enumerate(RATES, 1)]),
    "columns": ("E_total at the end", COLUMNS, [{"name": "end", "values": "='LR 0.5'!$D$50:$H$50"}]),
    "a single cell each": (None, COLUMNS, [{"name": f"{r}", "values": f"='LR {r}'!$H$50"} for r in RATES]),
    "no names": ("Gradients", LINE, [{"values": cells("∂E/∂w1")}, {"values": cells("∂E/∂w2")}]),
    "weights and an error": ("Weights", LINE, [*WEIGHTS[:2], line("E_total")]),
    "the same line twice": ("Loss", SCATTER, [line("E_total", name="line"), line("E_total", name="points")]),
    "a line across": ("E", SCATTER, [*ERRORS[:2], GOAL]),
    "a name from another sheet": (
        "Errors",
        LINE,
        [*(line("E_total", rate) for rate in RATES[:3]), line("E_total", 2.0, "=Summary!$A$1")],
    ),
    "a chart of one other sheet": ("LR 0.1", LINE, [line("E_total", 0.1, name="error")]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_chart_is_left_alone(name: str, tmp_path: Path):
    assert drawn(tmp_path, *RIGHT[name]) == BeyondCells((), ())


def other(label: str, rate: float = 0.5, **rows: int) -> dict[str, str]:
    return {"values": cells(label, rate, **rows)}


WRONG: dict[str, tuple[str | None, dict[str, str], list[dict[str, str]], int, str, str | None]] = {
    # title, kind, series, which is wrong, what the message says, what belongs there
    "another column": ("Weights", LINE, with_one(WEIGHTS, 2, **other("a_h1")), 2, "“w2”", cells("w2")),
    "the next column": ("Weights", SCATTER, with_one(WEIGHTS, 4, **other("E_total")), 4, "E_total", cells("∂E/∂w2")),
    "another's name": ("Weights", LINE, with_one(WEIGHTS, 1, name=head("w2")), 1, "“w2”", cells("w2")),
    "a typed name": ("Weights", LINE, [line("w1", name="E_total")], 1, "labelled “w1”", cells("E_total")),
    "typed in other words": ("Training", LINE, [line("w1", name="total loss")], 1, "“total loss”", cells("E_total")),
    "not the title's": ("E_total per iteration", LINE, [line("w2", name="")], 1, "its title", cells("E_total")),
    "the title's in one word": ("Loss", LINE, [line("∂E/∂w1", name="x")], 1, "its title is “Loss”", cells("E_total")),
    "only one not the title's": (
        "E_total",
        LINE,
        with_one(BY_RATE, 3, **other("w1", 1.0)),
        3,
        "w1",
        cells("E_total", 1.0),
    ),
    "another sheet than its name": (
        "Errors",
        SCATTER,
        with_one(ERRORS, 3, **other("E_total", 0.1)),
        3,
        "sheet LR 0.1",
        cells("E_total", 1.0),
    ),
    "another rate than its name": (
        "Errors",
        LINE,
        with_one(BY_RATE, 4, **other("E_total", 0.5)),
        4,
        "“η = 2.0”",
        cells("E_total", 2.0),
    ),
    "another sheet than the title": (
        "Loss, LR 0.1",
        LINE,
        [line("E_total", 2.0, "x")],
        1,
        "LR 2.0",
        cells("E_total", 0.1),
    ),
    "another rate than the title": ("η = 0.1", LINE, [line("E_total", 2.0, "x")], 1, "LR 2.0", cells("E_total", 0.1)),
    "another sheet than its siblings": (
        "Weights",
        LINE,
        with_one(WEIGHTS, 2, **other("w2", 2.0), name="w2"),
        2,
        "sheet LR 2.0",
        cells("w2"),
    ),
    "name and values of two sheets": (
        "Errors",
        LINE,
        with_one([line("E_total", rate) for rate in RATES], 2, **other("E_total", 0.1)),
        2,
        "its name comes from sheet LR 0.5",
        cells("E_total"),
    ),
    "another column than its siblings": (
        "Errors",
        LINE,
        with_one(ERRORS, 1, **other("a_h1", 0.1)),
        1,
        "“a_h1”",
        cells("E_total", 0.1),
    ),
    "half the rows": ("Weights", LINE, with_one(WEIGHTS, 3, **other("∂E/∂w1", last=HALF)), 3, "rows 11 to 30", None),
    "half the rows and x": (
        "Weights",
        SCATTER,
        with_one(WEIGHTS, 3, **line("∂E/∂w1", last=HALF)),
        3,
        "other series",
        None,
    ),
    "half the rows of a sheet": (
        "Errors",
        LINE,
        with_one(BY_RATE, 2, **other("E_total", last=HALF)),
        2,
        "11 to 30",
        None,
    ),
    "half, and two series": (
        "Weights",
        LINE,
        [line("w1", x=False), line("w2", x=False, last=HALF)],
        2,
        "the other series shows rows 11 to 50",
        cells("w2"),
    ),
    "half, and the title says all": (
        "Loss in 40 iterations",
        LINE,
        [line("E_total", last=HALF)],
        1,
        "the title says 40",
        cells("E_total"),
    ),
    "one row short": (
        "Weights",
        LINE,
        with_one(WEIGHTS, 1, **other("w1", last=LAST - 1)),
        1,
        "rows 11 to 49",
        cells("w1"),
    ),
    "one row long": (
        "Weights",
        LINE,
        with_one(WEIGHTS, 1, **other("w1", last=LAST + 1)),
        1,
        "rows 11 to 51",
        cells("w1"),
    ),
    "begins a row late": (
        "Weights",
        LINE,
        with_one(WEIGHTS, 1, **other("w1", first=FIRST + 1)),
        1,
        "rows 12 to 50",
        None,
    ),
    "x a row late": (
        "Loss",
        SCATTER,
        [line("E_total") | {"categories": cells("iteration", first=FIRST + 1, last=LAST + 1)}],
        1,
        "its x-values are rows 12 to 51 and its values rows 11 to 50",
        cells("iteration"),
    ),
    "fewer values than x": (
        "Loss",
        SCATTER,
        [line("E_total") | other("E_total", last=HALF)],
        1,
        "11 to 30",
        cells("E_total"),
    ),
    "fewer x than values": (
        "Loss",
        LINE,
        [line("E_total") | {"categories": cells("iteration", last=HALF)}],
        1,
        "its x-values are rows 11 to 30",
        cells("iteration"),
    ),
    "x of another column": (
        "Weights",
        SCATTER,
        with_one(WEIGHTS, 2, categories=cells("a_h1")),
        2,
        "“a_h1”",
        cells("iteration"),
    ),
    "twice the same cells": (
        "Runs",
        LINE,
        [{"name": f"run {n}", "values": cells("E_total", r)} for n, r in enumerate((0.1, 0.5, 0.1), 1)],
        3,
        "the same cells as series 1, “run 1”",
        None,
    ),
    "twice the same name": (
        "Runs",
        LINE,
        [{"name": f"run {n}", "values": cells("E_total", r)} for n, r in ((1, 0.1), (2, 0.5), (2, 1.0))],
        3,
        "the name of series 2",
        None,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_series_is_found_at_its_chart_and_nothing_else_is_accused(name: str, tmp_path: Path):
    title, kind, series, number, words, belongs = WRONG[name]
    finding = only(drawn(tmp_path, title, kind, series))
    assert f"“{title}”, series {number}" in finding.message
    assert words in finding.message
    assert belongs is None or finding.expected_formula == belongs
    assert finding.found_formula in (series[number - 1]["values"], series[number - 1].get("categories"))


def test_the_only_series_of_a_chart_that_shows_a_part_is_a_note(tmp_path: Path):
    found = drawn(tmp_path, "Loss", LINE, [line("E_total", last=HALF)])
    assert found.findings == ()
    assert found.notes == (
        "Summary!C3, chart “Loss”: it shows rows 11 to 30 of column H, which has numbers in rows 11 to 50",
    )


def test_a_chart_that_is_a_sheet_is_judged_and_found_at_its_first_cell(tmp_path: Path):
    wrong = with_one(WEIGHTS, 2, **other("a_h1"))
    path = write(tmp_path / "sheet.xlsx", [("Picture", Drawing("", "Weights", LINE, wrong))])
    (finding,) = judge(path).findings
    assert (finding.sheet, finding.range) == ("LR 0.5", "G11")
    assert finding.message.startswith("chart sheet Picture, chart “Weights”, series 2 “w2”: ")
    report = verify_file(path)
    assert finding in report.findings


def test_cached_values_of_a_chart_are_not_judged(tmp_path: Path):
    path = write(tmp_path / "right.xlsx", [("Summary", Drawing("C3", "Weights", LINE, WEIGHTS))])
    stale = change(
        path, tmp_path / "stale.xlsx", 1, lambda series: series.replace("<c:v>0.1", "<c:v>7.1").replace(">w1<", ">w9<")
    )
    assert judge(stale) == BeyondCells((), ())


def test_a_combined_chart_with_two_axes_by_openpyxl_is_right(tmp_path: Path):
    assert judge(write_by_openpyxl(tmp_path / "combined.xlsx")) == BeyondCells((), ())


@pytest.mark.parametrize(
    ("number", "edit", "words"),
    [
        (1, set_reference("val", "'Data'!$E$2:$E$41"), "“E_total”, the label of column B; it shows column E"),
        (2, set_reference("val", "'Data'!$C$2:$C$21"), "it shows rows 2 to 21; the other series show rows 2 to 41"),
        (3, set_reference("tx", "'Data'!$C$1"), "its name is “w1”"),
        (1, set_reference("cat", "'Data'!$A$3:$A$42"), "its x-values are rows 3 to 42"),
    ],
)
def test_a_fault_in_a_combined_chart_by_openpyxl_is_found(
    number: int, edit: Callable[[str], str], words: str, tmp_path: Path
):
    path = change(write_by_openpyxl(tmp_path / "right.xlsx"), tmp_path / "wrong.xlsx", number, edit)
    (finding,) = judge(path).findings
    assert (finding.sheet, finding.range) == ("Data", "H2")
    assert f"series {number}" in finding.message
    assert words in finding.message


def test_a_series_whose_cells_were_deleted_is_found(tmp_path: Path):
    path = write(tmp_path / "right.xlsx", [("Summary", Drawing("C3", "Weights", LINE, WEIGHTS))])
    finding = only(judge(change(path, tmp_path / "deleted.xlsx", 2, set_reference("val", "'LR 0.5'!#REF!"))))
    assert finding.message == "chart “Weights”, series 2 “w2”: the cells that it showed were deleted"


def test_our_own_charts_and_names_are_right(built: Built, report: FileReport):
    assert (report.findings, report.notes, report.error) == ((), (), None)
    with open_workbook(built.path) as workbook:
        assert any(chart.series for chart in read_charts(workbook))


@pytest.mark.slow
def test_the_charts_of_the_public_workbooks_are_right():
    for path in sorted(shared_file(PUBLIC_WORKBOOKS).glob("*.xlsx")):
        assert judge(path).findings == (), path.name


def test_a_damaged_chart_is_said_and_the_rest_is_judged(tmp_path: Path):
    path = write(tmp_path / "right.xlsx", [("Summary", Drawing("C3", "Weights", LINE, WEIGHTS))])
    damaged = change(path, tmp_path / "damaged.xlsx", 1, lambda series: series.replace("</c:tx>", ""))
    report = verify_file(damaged)
    assert "its charts: not a workbook that can be read: its part xl/charts/chart1.xml" in str(report.error)
    assert report.exit_code == (1 if report.findings else 2)
