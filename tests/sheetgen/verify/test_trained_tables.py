"""Bare tables with optimisers, schedules, batches and softmax, as others make them: judged right, and never accused."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple

from sheetgen import Experiment
from sheetgen.network.constants import OF_OPTIMIZERS
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FindingKind
from tests.sheetgen.support.trained_tables import SOFTMAX, TrainedTable, experiment, shown
from tests.sheetgen.support.training_faults import FAULTS_OF_COLUMNS, TRAINING_FAULTS

_SHORT = {"g": "mean", "m": "first", "v": "second", "s": "sum", "m̂": "first, free", "v̂": "second, free"}


def foreign(name: str) -> str:
    """What another author may call a quantity: nothing that the labels' grammar knows, for what an optimiser keeps."""
    match = re.fullmatch(r"(g|m|v|s|m̂|v̂)_(.*)", name)
    return f"{_SHORT[match[1]]} {match[2]}" if match else {"eta": "η"}.get(name, name)


KINDS: dict[str, dict[str, object]] = {
    **{name: {"optimizer": name} for name in OF_OPTIMIZERS},
    "weight decay": {"weight_decay": 0.01},
    "weight decay, momentum": {"weight_decay": 0.01, "optimizer": "momentum"},
    "step": {"schedule": "step", "constants": {"step_size": 2}},
    "step, two samples": {"samples": 2, "weights": (0.05,) * 8, "schedule": "step"},
    "cosine": {"schedule": "cosine"},
    "one-cycle": {"schedule": "one-cycle", "iterations": 10},
    "batches": {"samples": 4, "batch": 2},
    "all": {"samples": 4, "batch": "all"},
    "batches, Adam": {"samples": 4, "batch": 2, "optimizer": "adam"},
    "batches, Nesterov, decay": {"samples": 4, "batch": 2, "optimizer": "nesterov", "weight_decay": 0.02},
    "softmax": SOFTMAX | {"samples": 4},
    "softmax, one sample": SOFTMAX | {"targets": (0, 1)},
    "softmax, momentum": {**SOFTMAX, "targets": (0.25, 0.75), "weights": (0.05,) * 8, "optimizer": "momentum"},
    "softmax, Adam, all": {**SOFTMAX, "samples": 4, "optimizer": "adam", "batch": "all"},
    "softmax, AdamW, one-cycle": {**SOFTMAX, "samples": 3, "optimizer": "adamw", "schedule": "one-cycle"},
    "leaky ReLU": {"activation": "leaky relu"},
    "GELU": {"activation": ("gelu", "sigmoid")},
    "two layers of ReLU": {
        "layers": (2, 2, 2, 2),
        "weights": (-0.15, -0.55, -0.65, -0.15, 0.65, -0.65, 0.65, 0.05, 0.85, -0.45, -0.65, 0.35),
        "activation": ("relu", "relu", "sigmoid"),
        "optimizer": "adamw",
        "schedule": "cosine",
    },
    "biases, Adam": {"optimizer": "adam", "biases": (0.1, 0.2, 0.3, 0.4), "train_biases": True},
}


LABELS = {"foreign": foreign, "ours": str}


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("kind", "label"), [(kind, label) for n, kind in enumerate(KINDS) for label in list(LABELS)[:: -1 if n % 2 else 1]]
)
def test_each_kind_of_training_is_judged_and_right(kind, label, tmp_path):
    table = TrainedTable(experiment(**KINDS[kind]), label=LABELS[label])
    report = verify_file(table.write(tmp_path / "bare.xlsx"))
    assert report.findings == ()
    assert report.error is None
    assert report.cells_checked >= table.rows * 20


@pytest.mark.parametrize("kind", ["momentum", "adam", "softmax"])
def test_a_negative_rate_is_no_wrong_formula(kind, tmp_path):
    table = TrainedTable(experiment(**KINDS[kind]), rate=-0.1, label=foreign)
    assert verify_file(table.write(tmp_path / "bare.xlsx")).findings == ()


@pytest.mark.parametrize("kind", TRAINING_FAULTS)
def test_each_fault_is_found_at_its_cell_and_nowhere_else(kind, tmp_path):
    training, quantity, row, change = TRAINING_FAULTS[kind]
    right = TrainedTable(experiment(**{"iterations": 7, **training}), label=foreign)
    wrong = replace(right, changed={(quantity, row): change(right.formula(quantity, row))})
    report = verify_file(wrong.write(tmp_path / "wrong.xlsx"))
    assert [(finding.range, finding.kind) for finding in report.findings] == [
        (right.address(quantity, row), FindingKind.WRONG_FORMULA)
    ]
    meant = load_workbook(right.write(tmp_path / "right.xlsx"))["Training"][right.address(quantity, row)].value
    assert report.findings[0].expected_formula in (None, meant)


@pytest.mark.parametrize("kind", FAULTS_OF_COLUMNS)
def test_each_fault_of_a_column_is_found_in_it_and_nowhere_else(kind, tmp_path):
    training, quantity, row, change = FAULTS_OF_COLUMNS[kind]
    right = TrainedTable(experiment(**training), label=foreign)
    usual = right.formula(quantity, row)
    wrong = replace(right, everywhere={quantity: lambda text: change(text) if text == usual else text})
    report = verify_file(wrong.write(tmp_path / "wrong.xlsx"))
    found = {place for finding in report.findings for place in finding.places()}
    rows = [at for at in range(right.rows) if right.formula(quantity, at) == usual]
    meant = {("Training", *coordinate_to_tuple(right.address(quantity, at))) for at in rows}
    assert shown(meant) <= found <= meant


@pytest.mark.parametrize(
    "training", [{"optimizer": "adam"}, {"optimizer": "rmsprop"}], ids=lambda each: each["optimizer"]
)
def test_epsilon_inside_every_root_is_no_fault(training, tmp_path):
    inside = {f"w{number}": _inside for number in range(1, 9)}
    table = TrainedTable(experiment(**training), label=foreign, everywhere=inside)
    assert verify_file(table.write(tmp_path / "inside.xlsx")).ok


def test_what_is_too_large_to_follow_is_not_accused_of_another_rule(tmp_path, monkeypatch):
    path = TrainedTable(experiment(optimizer="momentum"), label=foreign).write(tmp_path / "large.xlsx")
    monkeypatch.setattr("sheetgen.verify.own_loss.graph._MOST_FORMULAS", 50)
    report = verify_file(path)
    assert report.findings == ()
    assert report.error is not None
    assert report.error.startswith("sheet Training, row 12: most weights are updated by another rule")


def _inside(formula: str) -> str:
    return re.sub(r"SQRT\((\{[^}]+\})\)\+\{epsilon@start\}", r"SQRT(\1+{epsilon@start})", formula)


@st.composite
def trainings(draw: st.DrawFn, most_samples: int) -> Experiment:
    """Small networks with any optimiser, schedule, batch and function, trained for a few iterations."""
    count = draw(st.integers(1, most_samples))
    hidden = draw(st.sampled_from(["sigmoid", "tanh", "leaky relu", "gelu", "relu"]))
    softmax = draw(st.booleans())
    last, loss = ("softmax", "cross-entropy") if softmax else ("sigmoid", "half squared error")
    layers = draw(st.sampled_from([(2, 2, 2), (2, 3, 2), (2, 2, 2, 2)]))
    size = sum(before * after for before, after in pairwise(layers))
    weights = draw(st.lists(st.integers(-9, 9).map(lambda n: n / 10 + 0.05), min_size=size, max_size=size))
    biased = draw(st.booleans())
    return experiment(
        samples=count,
        **({"targets": (0.25, 0.75)} if count == 1 else {}),
        layers=layers,
        weights=weights,
        biases=(0.1,) * sum(layers[1:]) if biased else (),
        train_biases=biased,
        activation=(*(hidden,) * (len(layers) - 2), last),
        loss=loss,
        optimizer=draw(st.sampled_from(list(OF_OPTIMIZERS))),
        weight_decay=draw(st.sampled_from([None, 0.01])),
        schedule=draw(st.sampled_from(["constant", "step", "cosine", "one-cycle"])),
        batch=draw(st.integers(1, count)),
    )


@pytest.mark.slow
def test_no_training_is_accused(tmp_path, pytestconfig):
    examples, samples = (25, 4) if pytestconfig.getoption("--exhaustive") else (8, 2)

    @settings(max_examples=examples, deadline=None)
    @given(trainings(samples))
    def is_not_accused(training):
        assert verify_file(TrainedTable(training, label=foreign).write(tmp_path / "drawn.xlsx")).findings == ()

    is_not_accused()
