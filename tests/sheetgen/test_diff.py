"""What counts as a difference of two workbooks, and where it is said to be."""

import re
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, get_column_letter

from sheetgen.diff.changes import ChangeKind, DiffOptions, ErrorValue, LineKind, SheetStatus, WorkbookDiff
from sheetgen.diff.compare import compare_workbooks
from sheetgen.errors import SheetgenError
from tests.sheetgen.conftest import Built

_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False}
_REFERENCE = re.compile(r"""(?<![A-Z"$])(\$?)([A-Z]{1,2})(\$?)([0-9]+)(?![0-9("])""")

# A formula with its cached value is a pair; everything else is typed.
Content = float | str | bool | tuple[str, float | str]
Cells = dict[str, Content]


def write_book(path: Path, sheets: dict[str, Cells], names: dict[str, str] | None = None, comment: str = "") -> Path:
    with xlsxwriter.Workbook(path, _PLAIN) as book:
        book.set_properties({"comments": comment})
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for address, content in cells.items():
                if isinstance(content, tuple):
                    sheet.write_formula(address, content[0], None, content[1])
                else:
                    sheet.write(address, content)
        for name, meaning in (names or {}).items():
            book.define_name(name, meaning)
    return path


def compare(folder: Path, old: Cells, new: Cells, options: DiffOptions | None = None) -> WorkbookDiff:
    left = write_book(folder / "old.xlsx", {"S": old})
    return compare_workbooks(left, write_book(folder / "new.xlsx", {"S": new}), options)


def shift(text: str, lines: int, after: int, *, columns: bool) -> str:
    """Rewrite references as a spreadsheet program does when it inserts lines: a second telling of the same."""

    def moved(match: re.Match[str]) -> str:
        column, row = column_index_from_string(match[2]), int(match[4])
        if columns:
            column += lines if column >= after else 0
        else:
            row += lines if row >= after else 0
        return f"{match[1]}{get_column_letter(column)}{match[3]}{row}"

    return _REFERENCE.sub(moved, text)


def insert(cells: Cells, lines: int, after: int, *, columns: bool) -> Cells:
    return {
        shift(address, lines, after, columns=columns): (
            (shift(content[0], lines, after, columns=columns), content[1]) if isinstance(content, tuple) else content
        )
        for address, content in cells.items()
    }


def table(rows: int = 12, start: float = 0.5) -> Cells:
    """A table of iterations: a number, a weight that shrinks, its square, and a running sum."""
    cells: Cells = {"A1": "rate", "B1": 0.25, "A3": "n", "B3": "w", "C3": "w²", "D3": "sum", "A4": 0, "B4": start}
    weight = start
    for row in range(4, rows + 4):
        if row > 4:
            weight *= 0.75
            cells[f"A{row}"] = (f"=A{row - 1}+1", row - 4)
            cells[f"B{row}"] = (f"=B{row - 1}*(1-$B$1)", weight)
        cells[f"C{row}"] = (f"=B{row}^2", weight * weight)
        cells[f"D{row}"] = (f"=SUM(B$4:B{row})+C{row}", start + weight)
    return cells


def squares(cells: Cells) -> dict[str, tuple[str, float | str]]:
    return {cell: content for cell, content in cells.items() if cell[0] == "C" and isinstance(content, tuple)}


def lines_of(found: WorkbookDiff) -> list[tuple[LineKind, str]]:
    return [(line.kind, line.range) for sheet in found.sheets for line in sheet.lines]


def changes_of(found: WorkbookDiff) -> list[tuple[ChangeKind, str | None, str | None]]:
    return [
        (change.kind, change.old and change.old.range, change.new and change.new.range)
        for sheet in found.sheets
        for change in sheet.changes
    ]


def test_the_same_content_in_another_file_is_the_same(tmp_path: Path):
    old = write_book(tmp_path / "old.xlsx", {"S": table()}, {"rate": "=S!$B$1"})
    new = write_book(tmp_path / "new.xlsx", {"S": table()}, {"rate": "=S!$B$1"}, comment="another file")
    assert old.read_bytes() != new.read_bytes()
    assert compare_workbooks(old, new).same


def test_a_workbook_with_the_same_bytes_is_not_read(class_book: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(class_book.path.read_bytes())
    monkeypatch.setattr("sheetgen.reader.cells.Workbook.read", None)
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
    assert (by_cell["C1"].old.formula, by_cell["C1"].old.first, by_cell["C1"].new.formula) == (None, 7.0, "=7")
    assert (by_cell["C2"].old.first, by_cell["C2"].new.first) == (True, False)
    assert isinstance(by_cell["D9"].new.first, ErrorValue)
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
    assert (side.formula, side.first, side.last) == (None, old["C4"][1], old["C15"][1])


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


def test_equal_rows_in_another_order_are_removed_here_and_added_there(tmp_path: Path):
    letters = "ABCDEFGH"
    old: Cells = {f"{letter}{row}": f"{letter} {row}" for letter in letters for row in range(1, 41)}
    order = [*range(11, 31), *range(1, 11), *range(31, 41)]
    new: Cells = {f"{letter}{row}": f"{letter} {was}" for letter in letters for row, was in enumerate(order, 1)}
    found = compare(tmp_path, old, new)
    assert lines_of(found) == [(LineKind.ROWS_REMOVED, "1:10"), (LineKind.ROWS_ADDED, "21:30")]
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


def test_sheets_are_matched_by_name(tmp_path: Path):
    old = write_book(tmp_path / "old.xlsx", {"One": {"A1": 1}, "Two": {"A1": 2, "B2": 3}, "Three": {"A1": 3}})
    new = write_book(tmp_path / "new.xlsx", {"Three": {"A1": 4}, "Four": {"A1": 1}, "One": {"A1": 1}})
    found = [(sheet.sheet, sheet.status, sheet.cells) for sheet in compare_workbooks(old, new).sheets]
    assert found == [
        ("Three", SheetStatus.CHANGED, 0),
        ("Four", SheetStatus.ADDED, 1),
        ("Two", SheetStatus.REMOVED, 2),
    ]


def test_two_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old = write_book(tmp_path / "old.xlsx", {"S": table()})
    new = write_book(tmp_path / "new.xlsx", {"S": insert(table(), 1, 6, columns=False) | {"C6": "x"}})
    alone = compare_workbooks(old, new)
    monkeypatch.setattr("sheetgen.diff.compare._WORTH_A_PROCESS", 0)
    assert compare_workbooks(old, new, parallel=True) == alone
    old.write_bytes(old.read_bytes()[:-30])
    with pytest.raises(SheetgenError):
        compare_workbooks(old, new, parallel=True)


@st.composite
def books(draw: st.DrawFn) -> Cells:
    """Sheets whose first row and first column name the columns and rows."""
    height, width = draw(st.integers(3, 9)), draw(st.integers(2, 5))
    cells: Cells = {f"{get_column_letter(column)}1": f"column {column}" for column in range(1, width + 1)}
    cells |= {f"A{row}": f"row {row}" for row in range(2, height + 1)}
    letters = st.sampled_from([get_column_letter(column) for column in range(1, width + 2)])
    dollars = st.sampled_from(["", "$"])
    references = st.builds("{}{}{}{}".format, dollars, letters, dollars, st.integers(1, height + 3))
    formulas = st.one_of(
        st.builds("={}*2".format, references),
        st.builds("=SUM({}:{})".format, references, references),
        st.builds('={}&"A1"+LOG10({})'.format, references, references),
    )
    contents = st.one_of(st.integers(0, 3), st.booleans(), st.tuples(formulas, st.integers(0, 3)))
    places = st.tuples(st.integers(2, width), st.integers(2, height))
    inner = draw(st.dictionaries(places, contents, max_size=12))
    return cells | {f"{get_column_letter(column)}{row}": content for (column, row), content in inner.items()}


_quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@_quick
@given(books())
def test_no_workbook_differs_from_itself(tmp_path: Path, cells: Cells):
    old = write_book(tmp_path / "old.xlsx", {"S": cells})
    assert compare_workbooks(old, write_book(tmp_path / "new.xlsx", {"S": cells}, comment="another file")).same


@_quick
@given(books(), st.data())
def test_one_changed_cell_is_reported_exactly(tmp_path: Path, cells: Cells, data: st.DataObject):
    address = data.draw(st.sampled_from(sorted(cells)))
    content = data.draw(st.sampled_from(["fresh", 1234.5, ("=Q99+1", 5)]))
    found = compare(tmp_path, cells, cells | {address: content})
    live = isinstance(cells[address], tuple) or isinstance(content, tuple)
    assert changes_of(found) == [(ChangeKind.FORMULA if live else ChangeKind.VALUE, address, address)]
    assert lines_of(found) == []


@_quick
@given(books(), st.booleans(), st.integers(1, 3), st.data())
def test_inserted_lines_are_reported_exactly(
    tmp_path: Path, cells: Cells, columns: bool, lines: int, data: st.DataObject
):
    corner = [coordinate_from_string(address) for address in cells]
    size = max(column_index_from_string(letter) if columns else row for letter, row in corner)
    place = data.draw(st.integers(2, size))
    new = insert(cells, lines, place, columns=columns)
    for line in range(place, place + lines):
        new[f"{get_column_letter(line)}1" if columns else f"A{line}"] = f"inserted {line}"
    last = place + lines - 1
    shown = f"{get_column_letter(place)}:{get_column_letter(last)}" if columns else f"{place}:{last}"
    kinds = (LineKind.ROWS_ADDED, LineKind.ROWS_REMOVED)
    if columns:
        kinds = (LineKind.COLUMNS_ADDED, LineKind.COLUMNS_REMOVED)
    for found, kind in ((compare(tmp_path, cells, new), kinds[0]), (compare(tmp_path, new, cells), kinds[1])):
        assert lines_of(found) == [(kind, shown)]
        assert changes_of(found) == []
