"""The NumPy reference against torch.autograd in float64, central differences, and published numbers."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from sheetgen import Experiment, load_experiment, template_names, trace
from tests.sheetgen.support.strategies import assume_tame, experiments

torch = pytest.importorskip("torch", reason="torch is not installed")

PUBLISHED = {
    ("class", 0.5): (0.0141813779379, 0.0137770621262, 0.0105745521642, 0.000614261810974),
    ("class-eva", 2.0): (0.242519857348, 0.214901598843, 0.0769229799763, 0.00516010860235),
    ("eva6", 1.0): (0.251231003783, 0.235444735009, 0.13266806616, 0.0122059019627),
}
ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "linear": lambda z: z}
ACTIVATIONS |= {"softmax": lambda z: torch.softmax(z, dim=-1)}


def torch_total(
    experiment: Experiment, sample: int, weights: list[torch.Tensor], biases: list[torch.Tensor]
) -> torch.Tensor:
    pair = experiment.pairs[sample]
    a = torch.tensor(pair.inputs, dtype=torch.float64)
    for weight, bias, kind in zip(weights, biases, experiment.activations, strict=True):
        a = ACTIVATIONS[kind](weight @ a + bias)
    t = torch.tensor(pair.targets, dtype=torch.float64)
    if experiment.loss == "half squared error":
        return (0.5 * (t - a) ** 2).sum()
    if experiment.loss == "cross-entropy":
        return -(t * a.log()).sum()
    return torch.nn.functional.binary_cross_entropy(a, t, reduction="sum")


def assert_gradients_match_autograd(experiment: Experiment, rate: float, iterations: int) -> None:
    """At the weights of every row, autograd finds the error and the gradients that the trace holds."""
    run = trace(experiment, rate, iterations)
    for row in range(len(run.errors)):
        weights = [torch.tensor(w[row], dtype=torch.float64, requires_grad=True) for w in run.weights]
        biases = [torch.tensor(b[row], dtype=torch.float64, requires_grad=True) for b in run.biases]
        total = torch_total(experiment, row % len(experiment.pairs), weights, biases)
        total.backward()
        np.testing.assert_allclose(run.total_error[row], total.item(), rtol=1e-10, atol=1e-15)
        for mine, theirs in zip([*run.weight_gradients, *run.bias_gradients], [*weights, *biases], strict=True):
            np.testing.assert_allclose(mine[row], theirs.grad.numpy(), rtol=1e-9, atol=1e-14)
        if row and experiment.is_plain:
            step = run.weights[0][row] - run.weights[0][row - 1]
            np.testing.assert_allclose(step, -rate * run.weight_gradients[0][row - 1], rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize("name", template_names())
def test_shipped_templates_match_autograd(name: str):
    experiment = load_experiment(name)
    assert_gradients_match_autograd(experiment, experiment.learning_rates[-1], 25)


@settings(max_examples=60, deadline=None)
@given(experiments())
def test_random_networks_match_autograd(experiment: Experiment):
    assume_tame(experiment, 0.05, 3)
    assert_gradients_match_autograd(experiment, 0.05, 3)


@pytest.mark.parametrize("name", template_names())
def test_gradients_match_central_differences(name: str):
    experiment = load_experiment(name)
    run = trace(experiment, 0.5, 0).named()
    step = 1e-6
    for position in range(len(experiment.weights)):
        totals = []
        for sign in (1, -1):
            weights = list(experiment.weights)
            weights[position] += sign * step
            moved = experiment.model_copy(update={"weights": tuple(weights)})
            totals.append(trace(moved, 0.5, 0).total_error[0])
        slope = (totals[0] - totals[1]) / (2 * step)
        assert run[f"∂E/∂w{position + 1}"][0] == pytest.approx(slope, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("name", "rate"), PUBLISHED)
def test_published_errors(name: str, rate: float):
    run = trace(load_experiment(name), rate)
    assert [run.total_error[row] for row in (0, 1, 10, 100)] == pytest.approx(PUBLISHED[name, rate], rel=1e-11)


def test_mazur_matches_the_article():
    run = trace(load_experiment("mazur"), 0.5)
    assert run.total_error[0] == pytest.approx(0.298371109, abs=5e-10)
    assert run.total_error[1] == pytest.approx(0.291027924, abs=2e-7)  # the article does not update its biases either
    assert run.total_error[10_000] == pytest.approx(0.0000351085, rel=2e-4)


def test_published_gradients_of_the_class():
    run = trace(load_experiment(), 0.5, 0)
    published = (
        0.000316993396, 0.000633986792, 0.000351776322, 0.000703552643,
        0.0128808186, 0.0129760849, 0.0154083483, 0.0155223081,
    )  # fmt: skip
    assert [run[f"∂E/∂w{number}"][0] for number in range(1, 9)] == pytest.approx(published, rel=4e-9)


def test_every_learning_rate_of_xor_learns():
    experiment = load_experiment("xor")
    curves = np.array([trace(experiment, rate).total_error for rate in experiment.learning_rates])
    assert (curves[1:, -4:].mean(axis=1) < 0.1).all()
    assert curves[0, -4:].mean() < 0.35  # the smallest learning rate is still on its way


def test_trace_holds_every_named_quantity():
    run = trace(load_experiment(), 0.5, 3)
    assert {field.name for field in dataclasses.fields(run)} >= {"weights", "weight_gradients"}
    assert run["∂E/∂a_h1"].shape == (4,)
    with pytest.raises(KeyError):
        run["w9"]


def test_an_unknown_quantity_is_answered_with_the_nearest():
    with pytest.raises(KeyError, match="no quantity 'dE/dw5'; did you mean '∂E/∂w5'"):
        trace(load_experiment(), 0.5, 1)["dE/dw5"]
