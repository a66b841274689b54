"""Whatever `build` writes, `verify` finds all right: small shapes, few rows, and runs that go nowhere or too far."""

from itertools import cycle, pairwise, product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from sheetgen import Experiment, build_workbook, verify_file

pytestmark = pytest.mark.alike(6)

Biases = Literal["none", "fixed", "trained"]

SHAPES = ((1, 1), (5, 1), (1, 1, 1), (1, 1, 5), (5, 1, 1), (1, 2, 1), (2, 1, 2), (1, 1, 1, 1))
KINDS: tuple[Biases, ...] = ("none", "fixed", "trained")
RUNS = [(iterations, samples) for iterations in (1, 2, 3) for samples in (1, 2, 3)]
# Every shape with every run; the kinds of biases are spread over them.
TABLES = [
    (layers, kind, *run) for (layers, run), kind in zip(product(SHAPES, RUNS), cycle((*KINDS, "none")), strict=False)
]
LESSONS = TABLES[4::10]


def small(layers: tuple[int, ...], kind: Biases, iterations: int, samples: int, **changed: Any) -> Experiment:
    """Return an experiment on random numbers of four decimal places."""
    random = np.random.default_rng((*layers, KINDS.index(kind), iterations, samples))

    def draw(count: int, low: float, high: float) -> list[float]:
        return [round(float(number), 4) for number in random.uniform(low, high, count)]

    pairs = [{"inputs": draw(layers[0], -1, 1), "targets": draw(layers[-1], 0, 1)} for _ in range(samples)]
    given: dict[str, Any] = {
        "title": "small",
        "layers": layers,
        "weights": draw(sum(before * after for before, after in pairwise(layers)), -1, 1),
        "activation": ["linear", "sigmoid", "relu", "tanh"][: len(layers) - 1],
        "learning_rates": [0.5],
        "iterations": iterations,
        **({"samples": pairs} if samples > 1 else pairs[0]),
    }
    if kind != "none":
        given |= {"biases": draw(sum(layers[1:]), -1, 1), "train_biases": kind == "trained"}
    return Experiment(**given | changed)


def complaints(experiment: Experiment, folder: Path, *, lessons: bool) -> list[str]:
    """Return what `verify` has against the workbook of an experiment."""
    build_workbook(experiment, folder / "x.xlsx", lessons=lessons)
    report = verify_file(folder / "x.xlsx")
    assert len(report.tables) == len(experiment.learning_rates) + 1
    found = [f"{each.sheet}!{each.range} {each.quantity}: {each.message}" for each in report.findings]
    return [*found, *([report.error] if report.error else [])]


@pytest.mark.parametrize(("layers", "kind", "iterations", "samples"), TABLES, ids=str)
def test_tables_of_few_rows_are_all_right(
    layers: tuple[int, ...], kind: Biases, iterations: int, samples: int, tmp_path: Path
):
    assert complaints(small(layers, kind, iterations, samples), tmp_path, lessons=False) == []


@pytest.mark.parametrize(("layers", "kind", "iterations", "samples"), LESSONS, ids=str)
def test_lessons_on_small_networks_are_all_right(
    layers: tuple[int, ...], kind: Biases, iterations: int, samples: int, tmp_path: Path
):
    assert complaints(small(layers, kind, iterations, samples), tmp_path, lessons=True) == []


def test_a_linear_neuron_is_not_taken_for_a_rectifier(tmp_path: Path):
    """On the first random rows the only hidden neuron's sums are all positive, where the two are the same."""
    experiment = small((1, 1, 5), "fixed", 1, 3)
    assert experiment.activations[0] == "linear"
    assert complaints(experiment, tmp_path, lessons=False) == []


def test_as_many_iterations_as_samples_show_only_the_first_sample_twice(tmp_path: Path):
    assert complaints(small((2, 2, 1), "none", 4, 4), tmp_path, lessons=False) == []


ODD: dict[str, dict[str, Any]] = {
    "a number halfway between two of six decimals": {"inputs": [0.5275], "targets": [0.304], "weights": [-0.585, 0.5]},
    "an error of 0 from the start": {
        "inputs": [0.4],
        "targets": [0.5],
        "weights": [0.7, 0.3, 0.0, 0.0],
        "layers": (1, 2, 1),
    },
    "all weights 0": {"weights": [0.0, 0.0]},
    "all inputs 0": {"inputs": [0.0]},
    "everything 0": {"weights": [0.0, 0.0], "inputs": [0.0], "targets": [0.0]},
    "numbers beyond Excel's": {"weights": [3.0, -2.0], "learning_rates": [1e9], "iterations": 12},
    "an error that is no number": {"inputs": [1e100], "weights": [1e100, 1e100], "targets": [-1e100]},
    "samples that are the same": {
        "inputs": None,
        "targets": None,
        "samples": [{"inputs": [0.3], "targets": [0.6]}] * 2,
        "iterations": 5,
    },
}


@pytest.mark.parametrize("activation", ["sigmoid", "linear", "relu"])
@pytest.mark.parametrize("name", ODD)
def test_odd_runs_are_built_and_all_right(name: str, activation: str, tmp_path: Path):
    given = {"layers": (1, 1, 1), "weights": [0.3, -0.4], "inputs": [0.5], "targets": [0.7], "iterations": 3}
    experiment = Experiment(**{"title": "odd", "learning_rates": [0.5], "activation": activation} | given | ODD[name])
    assert complaints(experiment, tmp_path, lessons=True) == []
