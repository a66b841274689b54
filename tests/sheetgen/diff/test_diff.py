"""What counts as a difference of two workbooks, and where it is said to be."""

from pathlib import Path

import pytest

from sheetgen.diff.changes import ChangeKind, DiffOptions, ErrorValue, SheetStatus
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.diff.diff_report import text_lines
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.compared_workbooks import (
    Cells,
    changes_of,
    compare,
    table,
    write_book,
)
from tests.sheetgen.support.raw_workbooks import write_book as write_raw


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
    assert [cell for cell, change in by_cell.items() if change.follows] == ["B1"]
    totals = {"cells-value": 2, "cells-following": 1, "cells-formula": 3, "cells-added": 1, "cells-removed": 1}
    assert found.totals() == totals


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


def formula(address: str, inside: str, value: object) -> str:
    """The XML of a cell with a formula, its whole element given."""
    return f'<c r="{address}">{inside}<v>{value}</v></c>'


def in_rows(*cells: str) -> str:
    """Typed cells above, and these cells in the rows below them."""
    typed = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    return typed + "".join(f'<row r="{at}">{inside}</row>' for at, inside in enumerate(cells, 2))


def compare_rows(folder: Path, old: str, new: str, options: DiffOptions | None = None) -> list[str]:
    """The changes of one sheet in lines, from the XML of its rows."""
    left, right = write_raw(folder / "left.xlsx", old), write_raw(folder / "right.xlsx", new)
    return list(text_lines(compare_workbooks(left, right, options)))[3:-1]


def test_an_array_formula_is_not_the_plain_one(tmp_path: Path):
    old = in_rows(formula("A2", "<f>SUM(A1:A1*B1:B1)</f>", 2))
    new = in_rows(formula("A2", '<f t="array" ref="A2">SUM(A1:A1*B1:B1)</f>', 2))
    assert compare_rows(tmp_path, old, new) == ["~A2 =SUM(A1:A1*B1:B1) → {=SUM(A1:A1*B1:B1)}"]


def test_an_array_formula_over_many_cells_is_one_change(tmp_path: Path):
    def book(factor: int) -> str:
        first = formula("C2", f'<f t="array" ref="C2:C4">A2:A4*{factor}</f>', factor)
        return in_rows(first, formula("C3", "", factor), formula("C4", "", factor))

    assert compare_rows(tmp_path, book(2), book(3)) == ["~C2:C4 {=A2:A4*2} → {=A2:A4*3}"]
    assert compare_rows(tmp_path, book(2), book(2)) == []


def test_an_array_formula_follows_the_rows_above_it(tmp_path: Path):
    table = '<row r="{0}"><c r="A{0}"><v>7</v></c></row><row r="{1}">{2}</row>'
    array = '<f t="array" ref="C{0}">SUM(A{1}:A{1}*2)</f>'
    old = in_rows() + table.format(3, 4, formula("C4", array.format(4, 3), 14))
    new = in_rows() + table.format(5, 6, formula("C6", array.format(6, 5), 14))
    new = new.replace('<row r="5">', '<row r="4"><c r="A4" t="str"><v>new</v></c></row><row r="5">')
    assert compare_rows(tmp_path, old, new) == ['+rows 3:4, 1 cell: "new"']


def test_the_input_of_a_data_table_is_compared(tmp_path: Path):
    def book(attributes: str) -> str:
        first = formula("A2", f'<f t="dataTable" ref="A2:A3" {attributes}/>', 5)
        return in_rows(first, formula("A3", "", 6))

    column, row, both = 'dt2D="0" dtr="0" r1="B1"', 'dt2D="0" dtr="1" r1="B1"', 'dt2D="1" dtr="1" r1="B1" r2="A1"'
    assert compare_rows(tmp_path, book(column), book(row)) == ["~A2:A3 {=TABLE(,B1)} → {=TABLE(B1,)}"]
    assert compare_rows(tmp_path, book(row), book(both)) == ["~A2:A3 {=TABLE(B1,)} → {=TABLE(B1,A1)}"]
    assert compare_rows(tmp_path, book(row), book(row)) == []


def test_another_spelling_of_a_formula_is_no_change(tmp_path: Path):
    old: Cells = {"A1": 1, "A2": 2, "B1": ("=SUM(A1:A2)+1E-9", 3), "B2": ("=IF(A1>0,TRUE,S!A2)", True)}
    new: Cells = {"A1": 1, "A2": 2, "B1": ("=sum( A1:A2 )+0.000000001", 3), "B2": ("=IF(A1>0,TRUE(),'S'!A2)", True)}
    assert compare(tmp_path, old, new).same
    inserted: Cells = {
        "A1": 1,
        "A2": "x",
        "A3": 2,
        "B1": ("=sum( A1:A3 )+1e-9", 3),
        "B3": ("=IF(A1>0,TRUE(),S!A3)", True),
    }
    assert [change.kind for change in compare(tmp_path, old, inserted).sheets[0].changes] == []


def test_a_cell_with_an_empty_text_is_an_empty_cell(tmp_path: Path):
    old = in_rows('<c r="A2" t="str"><v></v></c><c r="B2" t="str"><f>""</f><v></v></c>')
    new = in_rows('<c r="B2" t="str"><f>""</f><v></v></c>')
    assert compare_rows(tmp_path, old, new) == []
