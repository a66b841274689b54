"""Of two parameters neither has the majority: still the broken formula is blamed, and never the right one."""

from itertools import product

import pytest

from tests.sheetgen.support.own_loss_books import address, judged, write_cells
from tests.sheetgen.support.two_parameters import LAST_ROW, Change, two_parameters


def replaced(old: str, new: str) -> Change:
    return lambda formula: formula.replace(old, new)


ROW = 7
FAULTS: dict[str, tuple[str, int | None, Change]] = {
    "update with another sign": ("E", None, replaced("-$B$1", "+$B$1")),
    "update with another sign in a row": ("E", ROW, replaced("-$B$1", "+$B$1")),
    "second update with another sign": ("F", None, replaced("-$B$1", "+$B$1")),
    "update by the other's step": ("E", None, replaced("{step}", "{other_step}")),
    "update by the other's step in a row": ("E", ROW, replaced("{step}", "{other_step}")),
    "update from the other parameter": ("E", None, replaced("E{above}", "F{above}")),
    "update without a rate": ("E", None, replaced("$B$1*", "")),
    "typed update": ("E", ROW, lambda _: 0.37),
    "typed update as a formula": ("E", ROW, lambda _: "=0.37"),
    "gradient with another input": ("J", None, replaced("B{row}", "D{row}")),
    "gradient with another input in a row": ("J", ROW, replaced("B{row}", "D{row}")),
    "gradient without its input": ("J", None, replaced("*B{row}", "")),
    "gradient with the input of the row above": ("J", ROW, replaced("B{row}", "B{above}")),
    "gradient with another sign": ("J", None, replaced("(H{row}-D{row})", "(D{row}-H{row})")),
    "gradient doubled": ("J", None, lambda formula: f"{formula}*2"),
    "second gradient halved": ("K", None, lambda formula: f"{formula}/2"),
}
OF_MOMENTUM: dict[str, tuple[str, int | None, Change]] = {
    "sum without memory in a row": ("L", ROW, replaced("0.9*", "")),
    "sum of another parameter": ("L", None, replaced("L{above}", "M{above}")),
    "sum of another parameter in a row": ("L", ROW, replaced("L{above}", "M{above}")),
    "sum of another gradient": ("L", None, replaced("J{row}", "K{row}")),
    "sum of another gradient in a row": ("L", ROW, replaced("J{row}", "K{row}")),
    "sum with another memory in a row": ("L", ROW, replaced("0.9", "0.8")),
    "update by the gradient in a row": ("E", ROW, replaced("{step}", "J")),
}
CASES = [*product(FAULTS, [False]), *product(FAULTS | OF_MOMENTUM, [True])]


@pytest.mark.parametrize("activation", ["=1/(1+EXP(-G{row}))", "=G{row}"], ids=["sigmoid", "linear"])
@pytest.mark.parametrize("bias", [False, True], ids=["two weights", "weight and bias"])
@pytest.mark.parametrize(("fault", "momentum"), CASES)
def test_the_broken_formula_is_blamed_and_not_the_right_one_beside_it(fault, momentum, bias, activation, tmp_path):
    column, row, change = (FAULTS | OF_MOMENTUM)[fault]
    changes = {(column, row): change}
    right = two_parameters(activation, bias=bias, momentum=momentum, changes={})
    cells = two_parameters(activation, bias=bias, momentum=momentum, changes=changes)
    verdict, _ = judged(write_cells(tmp_path / "x.xlsx", cells))
    blamed = {address(fault.place) for fault in verdict.faults}
    assert blamed == {cell for cell in cells if cells[cell] != right[cell]}


@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("activation", ["=1/(1+EXP(-G{row}))", "=G{row}"])
def test_a_right_sheet_of_two_parameters_is_right(activation, bias, momentum, tmp_path):
    cells = two_parameters(activation, bias=bias, momentum=momentum, changes={})
    verdict, findings = judged(write_cells(tmp_path / "x.xlsx", cells))
    assert findings == []
    assert f"E{LAST_ROW}" in set(map(address, verdict.judged))
