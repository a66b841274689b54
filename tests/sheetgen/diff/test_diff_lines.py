"""Inserted and removed rows and columns are recognised, and what they shift is no difference."""

from pathlib import Path

import pytest
from openpyxl.utils.cell import get_column_letter

from sheetgen.diff.changes import ChangeKind, DiffOptions, LineKind
from sheetgen.diff.compare_workbooks import compare_workbooks
from tests.sheetgen.support.compared_workbooks import Cells, changes_of, compare, insert, lines_of, table, write_book


@pytest.mark.parametrize("row", [2, 4, 5, 9, 15])
def test_an_inserted_row_is_exactly_that(tmp_path: Path, row: int):
    old = table()
    new = insert(old, 1, row, columns=False) | {f"B{row}": "a note"}
    found = compare(tmp_path, old, new)
    assert lines_of(found) == [(LineKind.ROWS_ADDED, f"{row}:{row}")]
    assert changes_of(found) == []
    assert found.sheets[0].lines[0].cells == 1
    back = compare(tmp_path, new, old)
    assert lines_of(back) == [(LineKind.ROWS_REMOVED, f"{row}:{row}")]
    assert changes_of(back) == []


@pytest.mark.parametrize("column", [1, 2, 3, 4])
def test_an_inserted_column_is_exactly_that(tmp_path: Path, column: int):
    old, letter = table(), get_column_letter(column)
    new = insert(old, 1, column, columns=True) | {f"{letter}3": "new", f"{letter}5": 1}
    assert lines_of(compare(tmp_path, old, new)) == [(LineKind.COLUMNS_ADDED, f"{letter}:{letter}")]
    assert changes_of(compare(tmp_path, old, new)) == []
    assert lines_of(compare(tmp_path, new, old)) == [(LineKind.COLUMNS_REMOVED, f"{letter}:{letter}")]
    assert changes_of(compare(tmp_path, new, old)) == []


def test_rows_and_columns_in_several_places_at_once(tmp_path: Path):
    old = table(40)
    new = insert(insert(insert(old, 2, 9, columns=False), 1, 30, columns=False), 1, 3, columns=True)
    new |= {"B9": "one", "B10": "two", "A30": "three", "C3": "four"}
    found = compare(tmp_path, old, new)
    assert lines_of(found) == [
        (LineKind.COLUMNS_ADDED, "C:C"),
        (LineKind.ROWS_ADDED, "9:10"),
        (LineKind.ROWS_ADDED, "30:30"),
    ]
    assert changes_of(found) == []


def test_inserted_rows_are_recognised_although_every_value_changed(tmp_path: Path):
    old, new = table(200), table(200, start=0.75)
    for row in range(4, 204):  # typed numbers, in the rows' own column
        old[f"A{row}"] = new[f"A{row}"] = row - 4
    new = insert(insert(new, 1, 60, columns=False), 1, 160, columns=False) | {"A60": "one", "A160": "two"}
    found = compare(tmp_path, old, new)
    assert lines_of(found) == [(LineKind.ROWS_ADDED, "60:60"), (LineKind.ROWS_ADDED, "160:160")]
    assert {change[0] for change in changes_of(found)} == {ChangeKind.VALUE}


@pytest.mark.parametrize("rows", [30, 300])
def test_inserted_rows_are_recognised_although_all_rows_were_renumbered(tmp_path: Path, rows: int):
    old: Cells = {}
    for row in range(1, rows + 1):
        old |= {f"A{row}": row, f"B{row}": row**0.5, f"C{row}": row**1.5, f"D{row}": 1 / row}
    new = insert(old, 1, 10, columns=False) | {"B10": 77, "C10": 78}
    new |= {f"A{row}": row for row in range(1, rows + 2)}
    found = compare(tmp_path, old, new)
    assert lines_of(found) == [(LineKind.ROWS_ADDED, "10:10")]
    assert {change[1][0] for change in changes_of(found)} == {"A"}


def test_inserted_rows_are_recognised_by_their_labels_alone(tmp_path: Path):
    letters, rows = "BCDEFGHIJKLMN", range(1, 121)
    old: Cells = {f"{letter}{row}": (f"=P{row}*2", row) for letter in letters for row in rows}
    new: Cells = {f"{letter}{row}": (f"=P{row}/3", row / 7) for letter in letters for row in rows}
    labels: Cells = {f"A{row}": f"item {row}" for row in rows}
    new = insert(insert(new | labels, 1, 30, columns=False), 1, 100, columns=False) | {"A30": "one", "A100": "two"}
    found = compare(tmp_path, old | labels, new)
    assert lines_of(found) == [(LineKind.ROWS_ADDED, "30:30"), (LineKind.ROWS_ADDED, "100:100")]


def test_rows_are_recognised_by_all_their_values_together(tmp_path: Path):
    def row_of(row: int, number: int) -> Cells:
        return {f"{letter}{row}": ("=$Z$1", number >> bit & 1) for bit, letter in enumerate("ABCDEFGH")}

    old = {address: content for row in range(1, 200) for address, content in row_of(row, row).items()}
    new = insert(old, 1, 40, columns=False) | row_of(40, 255)
    assert lines_of(compare(tmp_path, old, new)) == [(LineKind.ROWS_ADDED, "40:40")]


def test_rows_are_recognised_by_what_is_typed_into_them_together(tmp_path: Path):
    labels: Cells = {f"A{row}": f"group {row // 14}" for row in range(1, 196)}
    labels |= {f"B{row}": f"item {row % 14}" for row in range(1, 196)}
    old: Cells = labels | {f"C{row}": ("=$Z$1", row**0.5) for row in range(1, 196)}
    new: Cells = labels | {f"C{row}": ("=$Z$1", row**0.3) for row in range(1, 196)}
    new = insert(new, 1, 40, columns=False) | {"A40": "new"}
    assert lines_of(compare(tmp_path, old, new)) == [(LineKind.ROWS_ADDED, "40:40")]


def test_rows_are_recognised_by_their_values_although_they_were_renumbered(tmp_path: Path):
    old: Cells = {f"A{row}": row for row in range(1, 200)}
    for place, letter in enumerate("BCD", 1):
        old |= {f"{letter}{row}": ("=$Z$1", (row + 0.5) ** place) for row in range(1, 200)}
    new = insert(old, 1, 40, columns=False) | {"B40": "new"} | {f"A{row}": row for row in range(1, 201)}
    assert lines_of(compare(tmp_path, old, new)) == [(LineKind.ROWS_ADDED, "40:40")]


def test_equal_rows_in_another_place_have_moved(tmp_path: Path):
    letters = "ABCDEFGH"
    old: Cells = {f"{letter}{row}": f"{letter} {row}" for letter in letters for row in range(1, 41)}
    order = [*range(11, 31), *range(1, 11), *range(31, 41)]
    new: Cells = {f"{letter}{row}": f"{letter} {was}" for letter in letters for row, was in enumerate(order, 1)}
    found = compare(tmp_path, old, new)
    assert lines_of(found) == [(LineKind.ROWS_MOVED, "1:10")]
    assert found.sheets[0].lines[0].to == "21:30"
    assert changes_of(found) == []


def test_more_rows_at_the_end_move_nothing(tmp_path: Path):
    formula = {"F1": ("=SUM(B4:B100)", 1)}
    found = compare(tmp_path, table(12) | formula, table(15) | formula)
    assert lines_of(found) == [(LineKind.ROWS_ADDED, "16:18")]
    assert changes_of(found) == []
    back = compare(tmp_path, table(15) | formula, table(12) | formula)
    assert lines_of(back) == [(LineKind.ROWS_REMOVED, "16:18")]
    assert changes_of(back) == []


def test_a_reference_that_does_not_follow_an_insertion_is_a_change(tmp_path: Path):
    old: Cells = {f"A{row}": row * 1.1 for row in range(1, 9)} | {"C1": ("=A7", 7.7), "D1": ("=SUM(A2:A7)", 1)}
    new = insert(old, 1, 4, columns=False) | {"A4": 99}
    assert changes_of(compare(tmp_path, old, new)) == []
    found = compare(tmp_path, old, new | {"C1": ("=A7", 7.7), "D1": ("=SUM(A2:A7)", 1)})
    assert changes_of(found) == [(ChangeKind.FORMULA, "C1", "C1"), (ChangeKind.FORMULA, "D1", "D1")]
    assert [change.shifted_formula for change in found.sheets[0].changes] == ["=A8", "=SUM(A2:A8)"]


def test_a_reference_to_a_removed_row_is_a_change_but_a_range_only_shrinks(tmp_path: Path):
    new: Cells = {f"A{row}": row * 1.1 for row in range(1, 9)} | {"C1": ("=SUM(A2:A3)", 1), "D1": ("=SUM(A4:A8)", 1)}
    old = insert(new, 1, 4, columns=False) | {"A4": 99}
    single, whole = {"E1": ("=A4*SUM(A4:A4)", 9)}, {"C1": ("=SUM(A2:A4)", 1), "D1": ("=SUM(A4:A9)", 1)}
    assert changes_of(compare(tmp_path, old | whole, new)) == []
    found = compare(tmp_path, old | single, new | {"E1": ("=#REF!*SUM(#REF!)", "#REF!")})
    assert changes_of(found) == [(ChangeKind.FORMULA, "E1", "E1")]
    assert found.sheets[0].changes[0].shifted_formula == "=#REF!*SUM(#REF!)"


def test_references_of_other_sheets_and_names_follow_an_insertion(tmp_path: Path):
    rows: Cells = {f"A{row}": row * 1.1 for row in range(1, 9)}
    longer = insert(rows, 1, 4, columns=False) | {"A4": "new"}

    def book(name: str, cells: Cells, row: int) -> Path:
        other = {"A1": (f"='My data'!A{row}+'My data'!$A${row}", 1), "A2": (f"=B{row}+SUM('My data'!A2:A{row})", 1)}
        names = {"best": f"='My data'!$A${row}"}
        return write_book(tmp_path / name, {"My data": cells, "Other": other}, names)

    old = book("old.xlsx", rows, 6)
    found = compare_workbooks(old, book("new.xlsx", longer, 7))
    assert [sheet.sheet for sheet in found.sheets] == ["My data", "Other"]
    # B6 is on the sheet Other, where nothing moved.
    assert changes_of(found) == [(ChangeKind.FORMULA, "A2", "A2")]
    assert found.names == ()
    stale = compare_workbooks(old, book("stale.xlsx", longer, 6))
    assert [name.name for name in stale.names] == ["best"]
    assert compare_workbooks(old, tmp_path / "stale.xlsx", DiffOptions(ignore_formulas=True)).names == ()
    assert changes_of(stale) == [(ChangeKind.FORMULA, "A1", "A1"), (ChangeKind.FORMULA, "A2", "A2")]


def test_a_number_that_happens_to_stand_elsewhere_moves_nothing(tmp_path: Path):
    old: Cells = {f"A{row}": row + 0.25 for row in range(1, 60)}
    new: Cells = {f"A{row}": row + 0.75 for row in range(1, 60)} | {"A50": 7.25}
    found = compare(tmp_path, old, new)
    assert lines_of(found) == []
    assert found.totals() == {"cells-value": 59}
