"""Copies of a formula: their references moved, instead of each copy taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgen.spreadsheet.copied_pieces import Copier
from sheetgen.spreadsheet.formula import Surroundings, take_apart
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.spreadsheet.sheet import ExcelTable

AROUND = Surroundings(
    ("Sheet", "Other"),
    {"fixed": "Other!$B$2", "loose": "Other!B2", "xyz1": "Other!B2"},
    {"t": ("Sheet", ExcelTable("T", 1, 90, 1, ("w1", "w2")))},
    lambda _: (100, 10),
)
MOVED = ["A5", "$B4", "Other!C6", "A5:B5", "SUM('Other'!A4:B5)", "A5+$B$1*Other!C$3", "J:J", "fixed", '"A5"&B5']
TAKEN_APART = ["T[@w1]", "loose", "SUM(A$1:A5)", "XYZ1", "4:5"]


def test_copies_are_what_taking_them_apart_gives() -> None:
    for text in MOVED:
        copier = Copier(take_apart(f"={text}", "Sheet", 5, AROUND), 5)
        for row in (6, 50, 4):
            formula = make_template(text, 5).at(row)
            pieces, expected = copier.at(row), take_apart(f"={formula}", "Sheet", row, AROUND)
            assert pieces is not None
            assert [piece.area or piece.text for piece in pieces] == [piece.area or piece.text for piece in expected]


@pytest.mark.parametrize("text", TAKEN_APART)
def test_what_does_not_only_move_is_taken_apart(text: str) -> None:
    assert Copier(take_apart(f"={text}", "Sheet", 5, AROUND), 5).at(6) is None


@given(st.integers(1, 9), st.integers(-9, 9))
def test_a_reference_that_would_leave_the_sheet_is_taken_apart(row: int, down: int) -> None:
    pieces = Copier(take_apart(f"=A{row}", "Sheet", 9, AROUND), 9).at(9 + down)
    assert (pieces is None) == (row + down < 1)
