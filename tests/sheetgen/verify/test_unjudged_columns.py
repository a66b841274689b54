"""Columns whose label means nothing to the judge are named, and not counted as checked."""

from dataclasses import replace
from pathlib import Path

import pytest

from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport, FindingKind
from tests.sheetgen.support.equivalent_formulas import formulas, node, number, ref
from tests.sheetgen.support.equivalent_workbooks import COLUMNS, Example, Layout, write_examples

ROWS = 8
PLAIN = Layout(rows=ROWS)
HALVES = node("product", number(1.5), node("sum", ref("E1"), ref("E2")))


def judged(folder: Path, columns: tuple[str, ...], **more: object) -> FileReport:
    example = Example(replace(PLAIN, columns=columns), **{"helpers": {columns[-1]: HALVES}, **more})
    return verify_file(write_examples(folder / "x.xlsx", example))


@pytest.mark.parametrize("label", ["SSE", "difference", "% of first", "accuracy", "Gesamtfehler in %", "helper"])
@pytest.mark.parametrize("gap", [0, 1])
def test_a_column_of_unknown_meaning_is_named_and_not_counted(label, gap, tmp_path):
    report = judged(tmp_path, (*COLUMNS, *[""] * gap, label))
    assert report.exit_code == 0
    assert len(report.notes) == 1
    assert f"“{label}”" in report.notes[0]
    assert "recomputed, meaning not judged" in report.notes[0]
    assert report.cells_checked == ROWS * len(COLUMNS)


def test_a_column_inside_the_table(tmp_path):
    report = judged(tmp_path, (*COLUMNS[:5], "odd", *COLUMNS[5:]), helpers={"odd": HALVES})
    assert (report.exit_code, len(report.notes)) == (0, 1)
    assert report.cells_checked == ROWS * len(COLUMNS)


def test_several_columns_are_named_together(tmp_path):
    report = judged(tmp_path, (*COLUMNS, "one", "two"), helpers={"one": HALVES, "two": HALVES})
    assert len(report.notes) == 1
    assert all(f"“{label}”" in report.notes[0] for label in ("one", "two"))


def test_a_column_that_judged_formulas_use_is_judged_with_them(tmp_path):
    trees = {**formulas(), "E_total": node("product", ref("sum"), number(1))}
    report = judged(tmp_path, (*COLUMNS, "sum"), trees=trees, helpers={"sum": node("sum", ref("E1"), ref("E2"))})
    assert (report.exit_code, report.notes) == (0, ())
    assert report.cells_checked == ROWS * (len(COLUMNS) + 1)


def test_a_label_that_stands_twice(tmp_path):
    new = node("product", ref("w1"), number(3))
    example = Example(
        replace(PLAIN, columns=(*COLUMNS, "new"), label=lambda name: "w1 (new)" if name == "new" else name),
        helpers={"new": new},
    )
    report = verify_file(write_examples(tmp_path / "x.xlsx", example))
    assert [finding for finding in report.findings if finding.kind is FindingKind.WRONG_FORMULA] == []
    assert any("“w1 (new)”" in note for note in report.notes)
    assert report.cells_checked == ROWS * len(COLUMNS)


def test_a_stale_value_in_such_a_column_is_still_found(tmp_path):
    report = judged(tmp_path, (*COLUMNS, "odd"), helpers={"odd": HALVES}, written={"odd": "=2*{E_total}"})
    assert {finding.kind for finding in report.findings} == {FindingKind.STALE_VALUE}


def test_a_table_beside_is_not_named(tmp_path):
    other = Example(replace(PLAIN, first_column=len(COLUMNS) + 1, eta_place=(2, 60)))
    report = verify_file(write_examples(tmp_path / "x.xlsx", Example(PLAIN), other))
    assert (report.exit_code, report.notes) == (0, ())
