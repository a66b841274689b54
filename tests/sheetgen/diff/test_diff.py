"""What counts as a difference of two workbooks, and where it is said to be."""

from pathlib import Path

import pytest

from sheetgen.diff.changes import ChangeKind, DiffOptions, ErrorValue, SheetStatus
from sheetgen.diff.compare_workbooks import compare_workbooks
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.compared_workbooks import (
    Cells,
    changes_of,
    compare,
    table,
    write_book,
)


def squares(cells: Cells) -> dict[str, tuple[str, float | str]]:
    return {cell: content for cell, content in cells.items() if cell[0] == "C" and isinstance(content, tuple)}


def test_the_same_content_in_another_file_is_the_same(tmp_path: Path):
    old = write_book(tmp_path / "old.xlsx", {"S": table()}, {"rate": "=S!$B$1"})
    new = write_book(tmp_path / "new.xlsx", {"S": table()}, {"rate": "=S!$B$1"}, comment="another file")
    assert old.read_bytes() != new.read_bytes()
    assert compare_workbooks(old, new).same


def test_a_workbook_with_the_same_bytes_is_not_read(class_book: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(class_book.path.read_bytes())
    monkeypatch.setattr("sheetgen.spreadsheet.opened_workbook.Workbook.read", None)
    assert compare_workbooks(class_book.path, copy).same


def test_every_kind_of_change_is_told_at_its_cell(tmp_path: Path):
    old: Cells = {"A1": 1, "A2": "two", "B1": ("=A1*2", 2), "B2": ("=A1*3", 3), "C1": 7, "C2": True, "D9": "end"}
    new: Cells = {"A1": 1.5, "A3": "three", "B1": ("=A1*2", 3), "B2": ("=A1*4", 3), "C1": ("=7", 7), "C2": False}
    found = compare(tmp_path, old, {**new, "D9": ("=1/0", "#DIV/0!")})
    by_cell = {(change.old or change.new).range: change for change in found.sheets[0].changes}
    assert {cell: change.kind for cell, change in by_cell.items()} == {
        "A1": ChangeKind.VALUE,
        "A2": ChangeKind.REMOVED,
        "A3": ChangeKind.ADDED,
        "B1": ChangeKind.VALUE,
        "B2": ChangeKind.FORMULA,
        "C1": ChangeKind.FORMULA,
        "C2": ChangeKind.VALUE,
        "D9": ChangeKind.FORMULA,
    }
    assert (by_cell["B2"].old.formula, by_cell["B2"].new.formula) == ("=A1*3", "=A1*4")
    assert (by_cell["C1"].old.formula, by_cell["C1"].old.first_value, by_cell["C1"].new.formula) == (None, 7.0, "=7")
    assert (by_cell["C2"].old.first_value, by_cell["C2"].new.first_value) == (True, False)
    assert isinstance(by_cell["D9"].new.first_value, ErrorValue)
    assert found.totals() == {"cells-value": 3, "cells-formula": 3, "cells-added": 1, "cells-removed": 1}


def test_a_text_is_not_the_number_or_the_error_that_it_reads_like(tmp_path: Path):
    texts: Cells = {"A1": "1", "A2": "TRUE", "A3": "#N/A", "B1": 1, "B2": 0}
    found = compare(tmp_path, texts, {"A1": 1, "A2": True, "A3": ("=NA()", "#N/A"), "B1": True, "B2": False})
    assert [change[1] for change in changes_of(found)] == ["A1", "B1", "A2", "B2", "A3"]


@pytest.mark.parametrize(("tolerance", "same"), [(1e-12, False), (1e-9, False), (1.1e-7, True)])
def test_numbers_are_compared_with_a_relative_tolerance(tmp_path: Path, tolerance: float, same: bool):
    old, new = {"A1": 1e6, "B1": -2e-6}, {"A1": 1e6 * (1 + 1e-7), "B1": -2e-6 * (1 + 1e-7)}
    assert compare(tmp_path, old, new, DiffOptions(tolerance)).same is same


def test_the_last_bits_are_no_difference(tmp_path: Path):
    assert compare(tmp_path, {"A1": 0.1 + 0.2, "B1": ("=A1", 0.3)}, {"A1": 0.3, "B1": ("=A1", 0.1 + 0.2)}).same


def test_what_is_ignored_is_no_difference(tmp_path: Path):
    old: Cells = {"A1": 1, "B1": ("=A1+1", 2), "C1": ("=A1*2", 2)}
    other_value: Cells = {"A1": 1, "B1": ("=A1+1", 2.5), "C1": ("=A1*2", 2)}
    other_formula: Cells = {"A1": 1, "B1": ("=A1+1", 2), "C1": ("=A1+A1", 2)}
    pasted: Cells = {"A1": 1, "B1": ("=A1+1", 2), "C1": 2}
    ignore_values, ignore_formulas = DiffOptions(ignore_values=True), DiffOptions(ignore_formulas=True)
    assert compare(tmp_path, old, other_value, ignore_values).same
    assert not compare(tmp_path, old, other_value, ignore_formulas).same
    for new in (other_formula, pasted):
        assert compare(tmp_path, old, new, ignore_formulas).same
        assert not compare(tmp_path, old, new, ignore_values).same
    assert not compare(tmp_path, old, {**old, "A1": 1.5}, ignore_values).same


def test_neighbours_with_one_change_are_one_range(tmp_path: Path):
    old = table()
    new = old | {cell: (formula.replace("^2", "^3"), 0.1) for cell, (formula, _) in squares(old).items()}
    assert changes_of(compare(tmp_path, old, new)) == [(ChangeKind.FORMULA, "C4:C15", "C4:C15")]
    del new["C9"]
    ranges = [change[2] for change in changes_of(compare(tmp_path, old, new))]
    assert ranges == ["C4:C8", None, "C10:C15"]


def test_constants_are_one_range_only_where_they_are_equal(tmp_path: Path):
    found = compare(tmp_path, {"B7": 1}, {"B7": 1, "A1": 5, "A2": 5, "A3": 6, "A4": "x", "A5": "x", "A7": "x"})
    assert [change[2] for change in changes_of(found)] == ["A1:A2", "A3", "A4:A5", "A7"]


def test_pasted_values_are_one_range(tmp_path: Path):
    old = table()
    found = compare(tmp_path, old, old | {cell: content[1] for cell, content in squares(old).items()})
    assert changes_of(found) == [(ChangeKind.FORMULA, "C4:C15", "C4:C15")]
    side = found.sheets[0].changes[0].new
    assert (side.formula, side.first_value, side.last_value) == (None, old["C4"][1], old["C15"][1])


def test_sheets_are_matched_by_name(tmp_path: Path):
    old = write_book(tmp_path / "old.xlsx", {"One": {"A1": 1}, "Two": {"A1": 2, "B2": 3}, "Three": {"A1": 3}})
    new = write_book(tmp_path / "new.xlsx", {"Three": {"A1": 4}, "Four": {"A1": 1}, "One": {"A1": 1}})
    found = [(sheet.sheet, sheet.status, sheet.cells) for sheet in compare_workbooks(old, new).sheets]
    assert found == [
        ("Three", SheetStatus.CHANGED, 0),
        ("Four", SheetStatus.ADDED, 1),
        ("Two", SheetStatus.REMOVED, 2),
    ]
