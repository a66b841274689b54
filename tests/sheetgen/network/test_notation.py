"""The formulas as they are shown, written and evaluated."""

import pytest
from hypothesis import given, settings

from sheetgen import Experiment, load_experiment, trace
from sheetgen.network.cached_values import Evaluator
from sheetgen.network.notation import write_notation
from sheetgen.network.quantities import pretty
from sheetgen.workbook.layout import TableLayout
from tests.sheetgen.support.strategies import assume_tame, experiments

CLASS_COLUMNS = (
    "iteration t1 t2 i1 i2 w1 w2 w3 w4 h1 a_h1 h2 a_h2 w5 w6 w7 w8 o1 a_o1 o2 a_o2 E1 E2 E_total "
    "∂E/∂w1 ∂E/∂w2 ∂E/∂w3 ∂E/∂w4 ∂E/∂w5 ∂E/∂w6 ∂E/∂w7 ∂E/∂w8"
)


def formula(experiment: Experiment, name: str, row: int = 1) -> str:
    notation = write_notation(experiment)
    quantity = next(quantity for quantity in notation.quantities if quantity.name == name)
    return TableLayout(experiment, notation).formula(quantity.formula(row), row)


def test_columns_stand_in_the_order_of_the_class():
    assert write_notation(load_experiment()).names == tuple(CLASS_COLUMNS.split())


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "t2": "Start!$D$22",
        "w1": "F16-$C$2*Y16",
        "h2": "H17*D17+I17*E17",
        "a_h1": "1/(1+EXP(-J17))",
        "E1": "0.5*(B17-S17)^2",
        "E_total": "V17+W17",
        "∂E/∂w3": "((S17-B17)*S17*(1-S17)*O17+(U17-C17)*U17*(1-U17)*Q17)*M17*(1-M17)*D17",
        "∂E/∂w8": "(U17-C17)*U17*(1-U17)*M17",
    }.items(),
)
def test_formulas_are_written_as_the_class_writes_them(name: str, expected: str):
    assert formula(load_experiment(), name) == expected


def test_first_weights_come_from_start():
    assert formula(load_experiment(), "w1", row=0) == "Start!$D$23"


def test_samples_are_taken_in_turn():
    xor = load_experiment("xor")
    assert [formula(xor, "i1", row) for row in (0, 1, 4)] == ["Start!$D$19", "Start!$D$22", "Start!$D$19"]


def test_symbols_read_as_on_the_board():
    lines = {quantity.name: quantity.line for quantity in write_notation(load_experiment()).quantities}
    assert lines["a_h1"] == "a_h1 = σ(h1) = 1/(1 + e^(−h1))"
    assert lines["E1"] == "E1 = ½·(t1 − a_o1)²"
    assert lines["w5"] == "new w5 = w5 − η·∂E/∂w5"
    assert lines["∂E/∂w5"] == "∂E/∂w5 = (a_o1 − t1)·a_o1·(1 − a_o1)·a_h1"
    assert pretty("IF({h1}>0,1,0)") == "(1 if h1 > 0, else 0)"


def test_no_formula_has_a_sign_in_front_of_a_power():
    for name in ("class", "deep", "xor"):
        for quantity in write_notation(load_experiment(name)).quantities:
            assert not any("=-" in f or "(-" in f.replace("EXP(-", "EXP(") for f in quantity.formulas)


@settings(max_examples=60, deadline=None)
@given(experiments())
def test_formulas_give_what_the_reference_gives(experiment: Experiment):
    assume_tame(experiment, 0.3, 6)
    notation = write_notation(experiment)
    rows = list(Evaluator(experiment, notation).rows(0.3, 6))
    reference = trace(experiment, 0.3, 6).named()
    for column, name in enumerate(notation.names):
        course = [row[column] for row in rows]
        assert course == pytest.approx(list(reference[name]), rel=1e-7, abs=1e-12), name


def test_a_run_that_explodes_shows_errors_as_a_spreadsheet_does():
    experiment = Experiment(
        title="explodes", layers=(1, 1), inputs=(10.0,), targets=(0.0,), weights=(1.0,), activation="linear",
        learning_rates=(1e30,), iterations=12,
    )  # fmt: skip
    notation = write_notation(experiment)
    last = list(Evaluator(experiment, notation).rows(1e30, 12))[-1]
    assert last[0] == 12
    assert last[notation.names.index("E_total")] == "#NUM!"
