"""The cell that is to blame is named, however many updates it spoils, and whatever else is wrong beside it."""

from dataclasses import replace

import pytest

from tests.sheetgen.support.layouts.arrangements import Arrangement
from tests.sheetgen.support.layouts.faults import changed_cells
from tests.sheetgen.support.layouts.label_styles import Labels
from tests.sheetgen.support.layouts.mathematics import Mathematics
from tests.sheetgen.support.layouts.network_program import Way
from tests.sheetgen.support.layouts.plan import Block
from tests.sheetgen.support.layouts.program import evaluate
from tests.sheetgen.support.layouts.sheets import Sheet, Spec, make_program
from tests.sheetgen.support.layouts.special_programs import SPECIAL
from tests.sheetgen.support.own_loss_books import changed, faults_in, sheet_of

PLAIN = Spec(way=Way(steps=4))


def test_a_weight_twice_and_a_step_along_the_gradient_are_both_at_fault(tmp_path):
    twice = changed(["o1"], lambda text: text.replace("{w5}", "{w6}"))
    ascent = changed(["w8"], lambda text: text.replace("-", "+"))
    sheet = sheet_of(PLAIN, lambda program: twice(ascent(program)))
    assert faults_in(sheet, tmp_path / "x.xlsx") == sheet.wrong


def test_a_factor_is_found_in_all_rows_although_a_number_is_pasted_in_one(tmp_path):
    factor = changed(["g_w7"], lambda text: f"1.5*({text})")
    spec = replace(PLAIN, way=Way(steps=6))
    sheet = sheet_of(spec, lambda program: factor(program.changed("E_total", exceptions={4: 0.3})))
    assert faults_in(sheet, tmp_path / "x.xlsx") == sheet.wrong


@pytest.mark.parametrize("wrapped", ["MAX(0,{w5})", "ABS({w5})", "SQRT({w5}^2)", "IF({w5}>0,{w5},0)"])
def test_a_weight_that_counts_otherwise_where_it_is_negative_is_a_fault_of_the_forward_pass(wrapped, tmp_path):
    sheet = sheet_of(PLAIN, changed(["o1"], lambda text: text.replace("{w5}", wrapped)))
    assert faults_in(sheet, tmp_path / "x.xlsx") == sheet.wrong


@pytest.mark.parametrize("kind", ["rows", "blocks", "transposed"])
def test_where_one_row_is_odd_what_follows_from_it_is_no_fault(kind, tmp_path):
    spec = Spec(Mathematics(bias="neuron"), Way(steps=8), arrangement=Arrangement(kind))
    sheet = sheet_of(spec, lambda program: program.changed("g_w3", exceptions={4: f"1.5*({program['g_w3'].formula})"}))
    assert faults_in(sheet, tmp_path / "x.xlsx") == sheet.wrong


@pytest.mark.parametrize("sample", [0, 1])
@pytest.mark.parametrize(("name", "stands", "belongs"), [("o1", "w6", "w5"), ("g_w2", "a_h2", "a_h1")])
def test_of_several_samples_the_wrong_one_is_at_fault(name, stands, belongs, sample, tmp_path):
    spec = Spec(Mathematics(seed=3), Way(steps=3), special="epoch blocks")
    right = make_program(spec)
    formula = right[f"{name}#{sample}"].formula.replace(f"{{{belongs}#", f"{{{stands}#")
    program = right.changed(f"{name}#{sample}", formula=formula)
    plan = SPECIAL["epoch blocks"].place(program, Labels(spec.style, spec.mathematics))
    wrong = plan.cells_of(changed_cells(right, program))
    sheet = Sheet(spec, (Block(plan, evaluate(program)),), wrong, frozenset())
    assert faults_in(sheet, tmp_path / "x.xlsx") == sheet.wrong


@pytest.mark.parametrize("kind", ["rows", "blocks", "transposed", "a sheet each"])
@pytest.mark.parametrize("step", [1, 3])
def test_a_typed_number_in_the_place_of_one_update_is_at_fault(step, kind, tmp_path):
    spec = Spec(way=Way(steps=8), arrangement=Arrangement(kind))
    sheet = sheet_of(spec, lambda program: program.changed("w6", exceptions={step: 0.25}))
    assert faults_in(sheet, tmp_path / "x.xlsx") == sheet.wrong
