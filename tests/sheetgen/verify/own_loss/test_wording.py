"""Findings by a sheet's own loss name the cells that disagree, and show the formula that belongs there."""

import pytest

from sheetgen.verify.kinds import FindingKind
from sheetgen.verify.own_loss.captions import Captions
from sheetgen.verify.own_loss.graph import Graph
from tests.sheetgen.support.layouts.arrangements import Arrangement
from tests.sheetgen.support.layouts.network_program import Way
from tests.sheetgen.support.layouts.program import Program
from tests.sheetgen.support.layouts.sheets import Sheet, Spec
from tests.sheetgen.support.own_loss_books import caption_of, judged, opened, place, sheet_of, write_cells

SPEC = Spec(way=Way(steps=4))


def replaced(name: str, before: str, after: str):
    def change(program: Program) -> Program:
        return program.changed(name, formula=program[name].formula.replace(before, after))

    return change


def right_formula(sheet: Sheet, name: str, step: int) -> str:
    """The formula that stood in a cell before it was changed."""
    plan = sheet_of(sheet.spec, lambda program: program).blocks[0].plan
    return "=" + plan.formula(str(plan.program[name].content(step)), step, plan.where[name, step])


def findings(sheet: Sheet, path):
    return judged(sheet.write(path / "x.xlsx"))[1]


def test_a_wrong_reference_is_named_with_the_one_that_belongs_there(tmp_path):
    sheet = sheet_of(SPEC, replaced("g_w1", "{w5}", "{w6}"))
    (finding,) = findings(sheet, tmp_path)
    assert (finding.sheet, finding.range, finding.count) == ("Sheet1", "Y9:Y12", 4)
    assert (finding.quantity, finding.kind) == ("∂E/∂w1", FindingKind.WRONG_FORMULA)
    assert "w6 (K9) stands where w5 (J9) belongs" in finding.message
    assert "derivative of E_total (X9) with respect to w1 (F9)" in finding.message
    assert finding.expected_formula == right_formula(sheet, "g_w1", 0)
    assert finding.found_formula == right_formula(sheet, "g_w1", 0).replace("J9", "K9")


def test_a_wrong_reference_of_the_forward_pass_is_named_with_the_update_that_shows_it(tmp_path):
    sheet = sheet_of(SPEC, replaced("h1", "{w2}", "{w1}"))
    (finding,) = findings(sheet, tmp_path)
    assert finding.range == "N9:N12"
    assert "w1 (F9) stands where w2 (G9) belongs" in finding.message
    assert "update" in finding.message
    assert finding.expected_formula == right_formula(sheet, "h1", 0)


def test_only_the_wrong_one_of_two_references_is_replaced(tmp_path):
    sheet = sheet_of(SPEC, replaced("g_w5", "(1-{a_o1})", "(1-{a_h1})"))
    (finding,) = findings(sheet, tmp_path)
    assert "a_h1 (O9) stands where a_o1 (S9) belongs" in finding.message
    assert finding.expected_formula == right_formula(sheet, "g_w5", 0)


def test_a_factor_is_named_with_the_derivative(tmp_path):
    sheet = sheet_of(SPEC, lambda program: program.changed("g_w2", formula=f"3*({program['g_w2'].formula})"))
    (finding,) = findings(sheet, tmp_path)
    assert finding.range == "Z9:Z12"
    assert "3 times the derivative of E_total (X9) with respect to w2 (G9)" in finding.message
    assert finding.expected_formula is None


def test_a_step_along_the_gradient_is_named_with_one_that_goes_against_it(tmp_path):
    sheet = sheet_of(SPEC, replaced("w4", "-", "+"))
    (finding,) = findings(sheet, tmp_path)
    assert finding.range == "I10:I12"
    assert "w4 (I9) steps along its gradient" in finding.message
    assert "w1 (F10)" in finding.message


def test_a_step_by_another_rule_is_named_with_one_by_the_usual_rule(tmp_path):
    sheet = sheet_of(SPEC, lambda program: program.changed("w4", formula=program["w4"].formula + "-0.01*{w4@1}"))
    (finding,) = findings(sheet, tmp_path)
    assert finding.range == "I10:I12"
    assert "w4 (I9) does not step as the others do" in finding.message
    assert "w1 (F10)" in finding.message


def test_a_reference_on_another_sheet_is_written_with_it(tmp_path):
    spec = Spec(way=Way(steps=4), arrangement=Arrangement("three sheets"))
    sheet = sheet_of(spec, replaced("g_w1", "{w5}", "{w6}"))
    (finding,) = findings(sheet, tmp_path)
    assert finding.sheet == "Backward"
    assert finding.expected_formula == right_formula(sheet, "g_w1", 0)


def test_each_column_of_a_fault_in_two_is_a_finding(tmp_path):
    def change(program: Program) -> Program:
        return replaced("g_w1", "{w5}", "{w6}")(replaced("g_w3", "{w6}", "{w5}")(program))

    assert [finding.range for finding in findings(sheet_of(SPEC, change), tmp_path)] == ["AA9:AA12", "Y9:Y12"][::-1]


@pytest.mark.parametrize(
    ("cells", "cell", "quantity", "label", "name"),
    [
        ({"A1": "w1", "A2": 0.5}, "A2", "w1", "w1", "w1 (A2)"),
        ({"A1": "w1", "B1": 0.5}, "B1", "w1", "w1", "w1 (B1)"),
        ({"A1": "w1", "A2": "[-]", "A3": 0.5}, "A3", "w1", "w1", "w1 (A3)"),
        ({"A1": "w1", "B1": "= 0.3 - 0.5*g", "C1": 0.5}, "C1", "w1", "w1", "w1 (C1)"),
        ({"B1": "i1", "A2": "w1", "B2": 0.5}, "B2", "i1", "i1", "i1 (B2)"),  # in a table the header counts
        ({"A1": "speed", "A2": 0.5}, "A2", None, "speed", "speed (A2)"),
        ({"A1": "a" * 31, "A2": 0.5}, "A2", None, None, "A2"),
        ({"A2": 0.5}, "A2", None, None, "A2"),
        ({"A2": 0.5, "C1": "w3", "C2": "=A2"}, "A2", "w3", "w3", "w3 (A2)"),  # what repeats it has the label
        ({"A1": "E total", "A2": 1, "A3": 2, "A9": 3}, "A9", "E_total", "E_total", "E_total (A9)"),
    ],
)
def test_a_cell_is_called_by_the_label_above_it_or_beside_it(cells, cell, quantity, label, name, tmp_path):
    with opened(write_cells(tmp_path / "x.xlsx", cells)) as book:
        assert caption_of(book, cell) == (quantity, label, name)


def test_stacked_headers_are_read_also_after_columns_without_text(tmp_path):
    cells = {"A1": "w1", "A2": "(of the first input)", "A3": 0.5, "C3": "=A3*2", "D3": "=A3*3"}
    with opened(write_cells(tmp_path / "x.xlsx", cells)) as book:
        captions = Captions(book, Graph(book))
        assert (captions.quantity(place("C3")), captions.quantity(place("D3"))) == (None, None)
        assert captions.quantity(place("A3")) == "w1"
