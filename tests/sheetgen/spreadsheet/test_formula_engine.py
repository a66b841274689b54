"""Formulas evaluated on one set of contents after another give what each alone gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetgen.spreadsheet.formula import Surroundings, take_apart
from sheetgen.spreadsheet.formula_engine import (
    Content,
    Evaluator,
    Fetch,
    Formula,
    TooManyCellsError,
    evaluate,
    one_by_one,
)

AROUND = Surroundings(("S",), {}, {}, lambda _: (9, 3))
FORMULAS = (
    "=A1+B2*2",
    "=SUM(A1:A9)",
    "=COUNT(A:A)",
    "=INDEX(A1:A9,B1)",
    '=IF(ISBLANK(A3),"none",A3)',
    "=A4&C1",
    "=SUMPRODUCT(A1:A9,B1:B9)",
    "=IFERROR(1/B3,-1)",
    "=ROW()+A9",
    "=MAX(A1:C9)",
)


def formula(text: str, row: int, column: int) -> Formula:
    return Formula(tuple(take_apart(text, "S", row, AROUND)), row, column)


def contents(cells: dict[tuple[int, int], Content], rows: int = 9) -> Fetch:
    return one_by_one(lambda _, row, column: cells.get((row, column)), lambda _: (rows, 3))


held = st.one_of(st.none(), st.floats(-9, 9), st.integers(0, 3).map(float), st.sampled_from(["x", True, False]))
sheets = st.dictionaries(st.tuples(st.integers(1, 9), st.integers(1, 3)), held)


@settings(max_examples=60, deadline=None)
@given(st.lists(sheets, min_size=2, max_size=4), st.lists(st.booleans(), min_size=4, max_size=4))
def test_contents_after_others_give_what_they_give_alone(books: list[dict[tuple[int, int], Content]], live: list[bool]):
    formulas = [formula(text, 20 + number, 5) for number, text in enumerate(FORMULAS)]
    evaluator = Evaluator(formulas)
    for cells, with_formula in zip(books, live, strict=False):
        if with_formula:
            cells = {**cells, (2, 1): formula("=B1+1", 2, 1)}
        assert evaluator.on(contents(cells)) == evaluate(formulas, contents(cells))


def test_a_sheet_of_another_size_is_loaded_anew():
    formulas = [formula("=SUM(A1:A9)", 20, 5)]
    evaluator = Evaluator(formulas)
    cells: dict[tuple[int, int], Content] = {(row, 1): 1.0 for row in range(1, 10)}
    assert [evaluator.on(contents(cells, rows)) for rows in (9, 4, 9)] == [[9.0], [4.0], [9.0]]


def test_contents_that_were_too_many_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch):
    formulas = [formula("=SUM(A1:A9)+B1", 20, 5)]
    evaluator = Evaluator(formulas)
    ones: dict[tuple[int, int], Content] = {(row, 1): 1.0 for row in range(1, 10)}
    assert evaluator.on(contents(ones)) == [9.0]
    with monkeypatch.context() as patch:
        patch.setattr("sheetgen.spreadsheet.formula_engine._MOST_CELLS", 5)
        with pytest.raises(TooManyCellsError):
            evaluator.on(contents({(1, 1): 7.0}))
    assert evaluator.on(contents(ones)) == [9.0]
