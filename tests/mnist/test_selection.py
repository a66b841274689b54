"""The tables of docs/mnist.md that the choice was made by: each line names a command, and the command is that run."""

import json
from dataclasses import asdict
from typing import Any

import pytest
import torch

from benchmarks import mnist_selection
from mnist.cli.options import changed
from mnist.cli.train import train
from mnist.models import create_model, parameter_count
from mnist.recipes import flat_recipe, recipe_for
from tests.conftest import load_script
from tests.mnist.conftest import make_digits

RUNS = json.loads(mnist_selection.RUNS.read_text(encoding="utf-8"))
MAKER = load_script("make_mnist")
ABLATION = MAKER.read_results(MAKER.ABLATION)


@pytest.mark.parametrize("number", range(1, len(RUNS) + 1))
def test_the_network_of_every_run_can_be_made(number: int):
    run = RUNS[number - 1]
    model = mnist_selection.NETWORKS[run["network"]]().eval()
    assert parameter_count(model) == run["parameters"]
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_no_network_is_there_that_no_run_has():
    assert set(mnist_selection.NETWORKS) == {run["network"] for run in RUNS}


def small(run: dict[str, Any]) -> dict[str, Any]:
    recipe = run["config"]["recipe"] | {"batch_size": 32, "precision": "float32"}
    return run | {"config": run["config"] | {"recipe": recipe}}


@pytest.mark.slow
def test_a_run_is_repeated(capsys: pytest.CaptureFixture[str]):
    run = small(next(run for run in RUNS if run["parameters"] == 6_114))
    digits = make_digits(64), make_digits(20, 1)
    first, second = (list(mnist_selection.repeat(run, *digits, until=2)) for _ in range(2))
    assert [row.test_loss for row in first] == [row.test_loss for row in second]
    mnist_selection.print_beside(run, iter(first))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{run['network']}, 6,114 parameters"
    assert lines[2].split() == ["1", f"{first[0].accuracy:.4f}", "97.1153", f"{first[0].test_loss:.5f}", "0.15700"]
    assert len(lines) == 4


@pytest.mark.parametrize("number", range(len(ABLATION)))
def test_the_options_of_the_second_table_give_that_runs_recipe(number: int):
    run = ABLATION[number]
    options = f"{MAKER.ABLATED} {MAKER.changes(run)} --seed {run.config['seed']}".split()
    assert options[:2] == ["mnist", "train"]
    given = train.make_context("train", options[2:]).params
    recipe = {name: value for name, value in given.items() if name in flat_recipe(asdict(recipe_for("flagship")))}
    repeated = changed(recipe_for(given["model"], given["source"]), recipe, torch.device("cpu"))
    precision = {"precision": run.config["recipe"]["precision"]}  # which depends on the processor
    assert flat_recipe(asdict(repeated)) | precision == flat_recipe(run.config["recipe"])
    assert (given["model"], given["seed"], given["validate"]) == (run.config["model"], run.config["seed"], True)
    assert parameter_count(create_model(given["model"])) == run.config["parameters"]
