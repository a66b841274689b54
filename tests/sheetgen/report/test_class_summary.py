"""What many files have in common: the same mistakes in words, the same cells; and the gradebook's CSV."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from shutil import copyfile

import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl import load_workbook

from sheetgen.recipe import verify_file
from sheetgen.report import render, wanted
from sheetgen.report.class_summary import ClassSummary, Copies, gist
from sheetgen.report.words import say_mistake
from sheetgen.verify.file_details import Details, Fingerprint, Wanted
from sheetgen.verify.findings import FileReport, Finding, FindingKind
from tests.sheetgen.support.strategies import reports_of_anything

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "common-mistake.xlsx"


def wrong(message: str, quantity: str = "∂E/∂w3", kind: FindingKind = FindingKind.WRONG_FORMULA) -> Finding:
    return Finding("Sheet1", "A1:A3", 3, quantity, kind, message)


def report(name: str, *findings: Finding, prints: Fingerprint | None = None) -> FileReport:
    return FileReport(name, findings=findings, details=None if prints is None else Details(0.5, prints))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("a_h1 stands where a_h2 belongs", "a_h1 stands where a_h2 belongs"),
        (
            "i1 (A4) stands where i2 ('My sheet'!B4) belongs; it is not the derivative of E_total (I4)",
            "i1 stands where i2 belongs",
        ),
        ("typed numbers stand in 1,048 cells where formulas belong; 7 of them are wrong", "typed numbers stand where"),
        ("the same formula as in column F (w2) stands here", "the same formula as in column w2 stands here"),
        ("the same formula as in column U (E1) stands here", "the same formula as in column E1 stands here"),
        ("rows 77 to 117 stop half way; nothing stands in 984 of the cells", "rows stop half way"),
        ("a circular reference: N19 → AY2 → N19", "a circular reference"),
        ("w1, frozen at row 16, stands where w2 belongs", "w1, frozen in one row, stands where w2 belongs"),
        ("; x", "; x"),
    ],
)
def test_the_gist_of_a_message_is_what_is_the_same_in_every_file(message: str, words: str):
    assert gist(wrong(message)).startswith(words)


def test_mistakes_are_grouped_across_files_the_commonest_first():
    slip, sign = "a_h1 stands where a_h2 belongs", "plus stands where minus belongs"
    reports = [
        report("1", wrong(slip), wrong(slip, "∂E/∂w4")),
        report("2", wrong(sign, "w1"), wrong(slip)),
        report("3", wrong(sign, "∂E/∂w1"), wrong(sign, "∂E/∂w2")),
        report("4"),
    ]
    summary = ClassSummary(reports)
    found = [(say_mistake(each), each.files, each.findings, each.cells) for each in summary.mistakes]
    assert found == [
        ("∂E/∂w3, ∂E/∂w4: a_h1 stands where a_h2 belongs", ("1", "2"), 3, 9),
        ("∂E/∂w1, ∂E/∂w2: plus stands where minus belongs", ("3",), 2, 6),
        ("w1: plus stands where minus belongs", ("2",), 1, 3),
    ]
    assert [say_mistake(each) for each in summary.of_file(reports[1])] == [
        "∂E/∂w3: a_h1 stands where a_h2 belongs",
        "w1: plus stands where minus belongs",
    ]
    assert summary.places_in(reports[1]) == [1, 0]


def test_a_mistake_of_many_quantities_names_the_first():
    typed = [wrong(f"typed in {n} cells; 1 wrong", f"w{n}", FindingKind.HARD_CODED) for n in range(1, 10)]
    (mistake,) = ClassSummary([report("1", *typed)]).mistakes
    assert say_mistake(mistake) == "w1, w2, w3, w4 and 5 more: typed"


def test_copies_are_named_once_by_what_is_alike():
    prints = [("a", "f", "v"), ("a", "f", "v"), ("b", "f", "w"), ("c", "", ""), ("d", "", "")]
    files = [report(str(at), prints=Fingerprint(*each)) for at, each in enumerate(prints)]
    assert ClassSummary(files).copies == (Copies("formulas", ("0", "1", "2")), Copies("cells", ("0", "1")))
    assert ClassSummary([report("1"), report("2")]).copies == ()


def test_a_copy_is_recognised_whatever_its_name_and_whoever_saved_it(tmp_path: Path):
    book = load_workbook(EXAMPLE)
    book["Sheet1"].title = "mine"
    book.save(tmp_path / "formulas.xlsx")  # openpyxl keeps no cached values
    book["mine"]["A40"] = "a note"
    book.save(tmp_path / "note.xlsx")
    copyfile(EXAMPLE, tmp_path / "copy.xlsx")
    names = ("copy", "formulas", "note")
    prints = [verify_file(path, None, Wanted()).details for path in (EXAMPLE, *(tmp_path / f"{n}.xlsx" for n in names))]
    original, copy, formulas, note = (each.fingerprint for each in prints if each is not None)
    assert copy == original
    assert formulas.formulas == note.formulas == original.formulas
    assert len({original.cells, formulas.cells, note.cells}) == 3
    assert formulas.values == note.values != original.values


def test_details_are_there_only_if_they_were_asked_for():
    assert wanted("text", 1) is None
    assert wanted("text", 2) == wanted("csv", 1) == Wanted()
    assert verify_file(EXAMPLE).details is None
    details = verify_file(EXAMPLE, None, wanted("html", 1)).details
    assert details is not None
    (course,), (sheet,) = details.courses, details.sheets
    assert [error.weight for error in course.gradients if error.largest > 1e-6] == ["w3", "w4"]
    assert (course.rows[0], course.rows[-1]) == (4, 24)
    assert [row.number for row in sheet.rows if not row.folded] == [1, 3, 4, 5, 6, 24]
    assert sheet.left_out == 0


def test_a_sheet_of_a_large_class_keeps_what_is_vital():
    (sheet,) = verify_file(EXAMPLE, None, Wanted(cells=1)).details.sheets
    assert {3, 4} <= {row.number for row in sheet.rows}
    assert sheet.left_out > 10


# CSV


def rows_of(reports: list[FileReport]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(reports, "csv"))))


def test_csv_has_a_row_for_each_file():
    judged = verify_file(EXAMPLE, None, Wanted())
    unread = FileReport("in/3.xlsx", error="in/3.xlsx: an empty file; give a workbook")
    first, second = rows_of([replace(judged, file="in/1.xlsx"), unread])
    assert first == {
        "file": "in/1.xlsx",
        "verdict": "wrong",
        "findings": "2",
        "cells checked": "672",
        "mistakes": "∂E/∂w3, ∂E/∂w4: a_h1 stands where a_h2 belongs",
        "E_total at the end": "0.0078217",
        "E_total as it should be": "0.0078217",
        "seconds": first["seconds"],
        "not judged because": "",
    }
    assert float(first["seconds"]) > 0
    assert (second["verdict"], second["not judged because"]) == ("not judged", "an empty file; give a workbook")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r@", " ="])
def test_csv_holds_no_formula(sign: str):
    (row,) = rows_of([report(f"{sign}cmd|' /C calc'!A0", wrong(f"{sign}1+1", ""))])
    assert row["file"].startswith("'")
    assert row["mistakes"].startswith("'")


@given(reports_of_anything)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_csv_is_a_table_of_harmless_lines(reports: list[FileReport]):
    lines = render(reports, "csv").splitlines()
    assert len(lines) == len(reports) + 1
    assert all(line.isprintable() for line in lines)
    assert not any(text.startswith(("=", "+", "-", "@")) for row in csv.reader(lines) for text in row)
