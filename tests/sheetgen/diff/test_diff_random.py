"""The same on workbooks that nobody thought of."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, get_column_letter

from sheetgen.diff.changes import ChangeKind, DiffOptions, LineKind
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.diff.diff_report import text_lines
from tests.sheetgen.support.applied_diffs import apply
from tests.sheetgen.support.compared_workbooks import Cells, changes_of, compare, insert, lines_of, write_book
from tests.sheetgen.support.edited_books import Book, is_formula, make_book, values_of
from tests.sheetgen.support.random_edits import EDITS
from tests.sheetgen.support.strategies import named_sheets

_quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@_quick
@given(named_sheets())
def test_no_workbook_differs_from_itself(tmp_path: Path, cells: Cells):
    old = write_book(tmp_path / "old.xlsx", {"S": cells})
    assert compare_workbooks(old, write_book(tmp_path / "new.xlsx", {"S": cells}, comment="another file")).same


@_quick
@given(named_sheets(), st.data())
def test_one_changed_cell_is_reported_exactly(tmp_path: Path, cells: Cells, data: st.DataObject):
    address = data.draw(st.sampled_from(sorted(cells)))
    content = data.draw(st.sampled_from(["fresh", 1234.5, ("=Q99+1", 5)]))
    found = compare(tmp_path, cells, cells | {address: content})
    live = isinstance(cells[address], tuple) or isinstance(content, tuple)
    assert changes_of(found) == [(ChangeKind.FORMULA if live else ChangeKind.VALUE, address, address)]
    assert lines_of(found) == []


@_quick
@given(named_sheets(), st.booleans(), st.integers(1, 3), st.data())
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


def saved(book: Book, path: Path) -> Path:
    """Write a book with the values of its formulas."""
    values = values_of(book)
    sheets: dict[str, Cells] = {
        name: {
            f"{get_column_letter(column)}{row}": (
                (str(content), values[name, (row, column)]) if is_formula(content) else content
            )
            for (row, column), content in cells.items()
        }
        for name, cells in book.items()
    }
    return write_book(path, sheets)


@pytest.mark.slow
@settings(_quick, max_examples=60, derandomize=True)  # a few of thousands take a line more than there were edits
@given(st.integers(0, 10**9), st.integers(1, 3), st.integers(1, 3))
def test_random_edits_are_said_in_no_more_lines_than_there_were_and_can_be_repeated(
    tmp_path: Path, seed: int, sheets: int, edits: int
):
    chance = random.Random(seed)
    old = new = make_book(seed, sheets)
    done = []
    for _ in range(edits):
        edit = chance.choice(EDITS)
        before, new = new, edit(new, chance)
        done += [edit.__name__] * (new != before)
    found = compare_workbooks(
        saved(old, tmp_path / "old.xlsx"), saved(new, tmp_path / "new.xlsx"), DiffOptions(contents=True)
    )
    said = [line for line in list(text_lines(found))[2:-1] if not line.startswith("@@")]
    assert len(said) <= len(done), (done, said)
    assert apply(old, found) == new, (done, said)
