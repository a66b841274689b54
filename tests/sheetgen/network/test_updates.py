"""Optimisers, batches and schedules: formulas and NumPy reference against torch.optim in float64, step by step."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sheetgen import Experiment, load_experiment, trace
from sheetgen.errors import SheetgenError
from sheetgen.network.cached_values import Evaluator
from sheetgen.network.notation import write_notation

torch = pytest.importorskip("torch", reason="torch is not installed")

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
SCHEDULES = ("constant", "step", "cosine", "one-cycle")
RATE = 0.05
Optimizer = torch.optim.Optimizer


def torch_optimizer(experiment: Experiment, parameters: list[torch.Tensor]) -> Optimizer:
    constants, decay = experiment.settings, experiment.decay
    betas = {"betas": (constants.get("beta_1"), constants.get("beta_2")), "eps": constants.get("epsilon")}
    momentum = {"momentum": constants.get("momentum", 0.0), "nesterov": experiment.optimizer == "nesterov"}
    kinds = {
        "adagrad": (torch.optim.Adagrad, {"eps": constants.get("epsilon")}),
        "rmsprop": (torch.optim.RMSprop, {"alpha": constants.get("rho"), "eps": constants.get("epsilon")}),
        "adam": (torch.optim.Adam, betas),
        "adamw": (torch.optim.AdamW, betas),
    }
    kind, options = kinds.get(experiment.optimizer, (torch.optim.SGD, momentum))
    return kind(parameters, lr=RATE, weight_decay=decay, **options)


def torch_schedule(experiment: Experiment, optimizer: Optimizer) -> torch.optim.lr_scheduler.LRScheduler | None:
    constants, count = experiment.settings, experiment.iterations
    if experiment.schedule == "step":
        return torch.optim.lr_scheduler.StepLR(optimizer, int(constants["step_size"]), constants["gamma"])
    if experiment.schedule == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, count)
    if experiment.schedule == "one-cycle":
        shape = {name: constants[name] for name in ("pct_start", "div_factor", "final_div_factor")}
        one = torch.optim.lr_scheduler.OneCycleLR
        return one(optimizer, RATE, total_steps=count, cycle_momentum=False, **shape)
    return None


ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "linear": lambda z: z,
    "leaky relu": torch.nn.functional.leaky_relu,
    "gelu": lambda z: torch.nn.functional.gelu(z, approximate="tanh"),
    "softmax": lambda z: torch.softmax(z, dim=-1),
}


def torch_loss(
    experiment: Experiment, row: int, weights: list[torch.Tensor], biases: list[torch.Tensor]
) -> torch.Tensor:
    pair = experiment.pairs[row % len(experiment.pairs)]
    a, z = torch.tensor(pair.inputs, dtype=torch.float64), torch.zeros(0)
    for weight, bias, kind in zip(weights, biases, experiment.activations, strict=True):
        z = weight @ a + bias
        a = ACTIVATIONS[kind](z)
    t = torch.tensor(pair.targets, dtype=torch.float64)
    if experiment.loss == "cross-entropy":
        return torch.nn.functional.cross_entropy(z, t, reduction="sum")
    if experiment.loss == "binary cross-entropy":
        return torch.nn.functional.binary_cross_entropy(a, t, reduction="sum")
    return (0.5 * (t - a) ** 2).sum()


def trained_by_torch(experiment: Experiment) -> list[np.ndarray]:
    """All trained parameters, in the order of the workbook, after each update."""
    weights, biases, at = [], [], [0, 0]
    for before, after in zip(experiment.layers, experiment.layers[1:], strict=False):
        numbers = experiment.weights[at[0] : at[0] + before * after]
        weights.append(torch.tensor(numbers, dtype=torch.float64).reshape(after, before).requires_grad_())
        given_ = experiment.biases[at[1] : at[1] + after] or (0.0,) * after
        biases.append(torch.tensor(given_, dtype=torch.float64).requires_grad_(experiment.train_biases))
        at = [at[0] + before * after, at[1] + after]
    trained = [*weights, *(biases if experiment.train_biases else ())]
    optimizer = torch_optimizer(experiment, trained)
    schedule = torch_schedule(experiment, optimizer)
    course = []
    for iteration in range(experiment.iterations + 1):
        course.append(torch.cat([each.detach().ravel() for each in trained]).numpy().copy())
        if iteration == experiment.iterations:
            break
        optimizer.zero_grad()
        rows = range(iteration * experiment.batch_size, (iteration + 1) * experiment.batch_size)
        sum(torch_loss(experiment, row, weights, biases) for row in rows).div(len(rows)).backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
    return course


def trained_by_formulas(experiment: Experiment) -> list[list[float]]:
    """The same as the workbook's cached values have it."""
    notation = write_notation(experiment)
    rows = list(Evaluator(experiment, notation).rows(RATE, experiment.last_row))
    ordered = sorted(notation.trained, key=lambda name: (name[0] != "w", notation.names.index(name)))
    places = [notation.names.index(name) for name in ordered]
    return [[row[place] for place in places] for row in rows[:: experiment.batch_size]]


def experiment_with(**training: object) -> Experiment:
    return load_experiment("xor").model_copy(update={"learning_rates": (RATE,), "iterations": 12, **training})


def assert_all_agree(experiment: Experiment) -> None:
    expected = trained_by_torch(experiment)
    np.testing.assert_allclose(trained_by_formulas(experiment), expected, rtol=1e-9, atol=1e-12)
    named = trace(experiment, RATE).named()
    notation = write_notation(experiment)
    rows = list(Evaluator(experiment, notation).rows(RATE, experiment.last_row))
    for column, name in enumerate(notation.names):
        assert [row[column] for row in rows] == pytest.approx(list(named[name]), rel=1e-9, abs=1e-13), name


@pytest.mark.parametrize(("optimizer", "batch"), list(product(OPTIMIZERS, (1, 2, 3, "all"))))
def test_every_optimizer_is_that_of_torch(optimizer: str, batch: int | str):
    assert_all_agree(experiment_with(optimizer=optimizer, batch=batch))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("batch", [1, 2])
def test_every_schedule_is_that_of_torch(schedule: str, batch: int):
    shape = {"step": {"step_size": 5, "gamma": 0.3}, "one-cycle": {"pct_start": 0.4}}.get(schedule, {})
    assert_all_agree(experiment_with(optimizer="momentum", schedule=schedule, batch=batch, constants=shape))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch", [1, 4])
def test_weight_decay_is_that_of_torch(optimizer: str, batch: int):
    assert_all_agree(experiment_with(optimizer=optimizer, weight_decay=0.03, batch=batch))


@pytest.mark.parametrize("activation", ["leaky relu", "gelu", "softmax"])
def test_activations_are_those_of_torch(activation: str):
    last, loss = ("softmax", "cross-entropy") if activation == "softmax" else (activation, "half squared error")
    experiment = Experiment(
        title="three classes",
        layers=(2, 2, 3),
        samples=[
            {"inputs": (0.5, -1.0), "targets": (1, 0, 0)},
            {"inputs": (-0.4, 0.3), "targets": (0, 1, 0)},
            {"inputs": (1.2, 0.8), "targets": (0, 0, 1)},
        ],
        weights=(0.3, -0.2, 0.5, 0.9, -0.4, 0.1, 0.2, 0.7, -0.3, 0.6),
        biases=(0.1, -0.1, 0.2, 0.0, -0.2),
        train_biases=True,
        activation=("tanh" if activation == "softmax" else activation, last),
        loss=loss,
        optimizer="adam",
        learning_rates=(RATE,),
        iterations=15,
    )
    assert_all_agree(experiment)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(OPTIMIZERS), st.sampled_from(SCHEDULES), st.integers(1, 4), st.floats(0, 0.2), st.data())
def test_all_of_them_together_are_those_of_torch(
    optimizer: str, schedule: str, batch: int, decay: float, data: st.DataObject
):
    known = experiment_with(optimizer=optimizer).kinds_of_constants
    shares = {name: data.draw(st.floats(0.1, 0.99)) for name, kind in known.items() if kind.below == 1}
    assert_all_agree(
        experiment_with(optimizer=optimizer, schedule=schedule, batch=batch, weight_decay=decay, constants=shares)
    )


@pytest.mark.parametrize(
    ("training", "where", "what"),
    [
        ({"optimizer": "adm"}, "optimizer", "did you mean 'adam'"),
        ({"batch": 5}, "batch", "there are 4"),
        ({"batch": 0}, "batch", 'or "all"'),
        ({"batch": "every"}, "batch", 'or "all"'),
        ({"constants": {"momentum": 0.9}}, "constants.momentum", "no such constant"),
        ({"optimizer": "momentum", "constants": {"momentum": 1.0}}, "constants.momentum", "less than 1"),
        ({"optimizer": "momentum", "constants": {"momentum": "x"}}, "constants.momentum", "{ momentum = 0.9 }"),
        ({"schedule": "cos"}, "schedule", "cosine"),
        ({"schedule": "one-cycle", "iterations": 3}, "schedule", "more iterations"),
        ({"weight_decay": -1.0}, "weight_decay", "greater than or equal to 0"),
        ({"optimizers": {"adm": 0.1}}, "optimizers.adm", "of sgd, momentum"),
        ({"optimizers": {"adam": 0}}, "optimizers.adam", "of sgd, momentum"),
        ({"activation": "softmax"}, "activation", "the last layer only"),
        ({"activation": ("sigmoid", "softmax")}, "loss", "softmax"),
        (
            {"activation": ("sigmoid", "softmax"), "loss": "cross-entropy"},
            "samples[1].targets",
            "add up to 0, not to 1",
        ),
        (
            {"loss": "binary cross-entropy", "samples": [{"inputs": (0, 1), "targets": (t,)} for t in (1, 1.5)]},
            "samples[2].targets",
            "1.5 lies outside 0 to 1",
        ),
        ({"schedule": "one-cycle", "iterations": 6}, "schedule", "at least 7, or a larger constants.pct_start"),
        (
            {"schedule": "one-cycle", "iterations": 6, "constants": {"pct_start": 0.0}},
            "schedule",
            "two iterations; give a larger constants.pct_start",
        ),
        ({"optimizers": {"adm": 0.1}}, "optimizers.adm", "did you mean 'adam'? it should"),
        ({"optimizers": {"adam": 0}}, "optimizers.adam", "above 0"),
        ({"optimizers": {"adam": -0.1}}, "optimizers.adam", "above 0"),
        ({"optimizer": "adam", "constants": {"beta_1": True}}, "constants.beta_1", "it should be a number"),
        ({"optimizer": "adam", "constants": {"beta_1": float("nan")}}, "constants.beta_1", "it should be a number"),
        ({"optimizer": "adam", "constants": {"beta1": 0.8}}, "constants.beta1", "did you mean 'beta_1'?"),
        (
            {"optimizers": {"momentum": 0.1, "adam": 0.1}, "constants": {"rho": 0.8}},
            "constants.rho",
            "of sgd, momentum, adam with a constant η there are: momentum, beta_1, beta_2, epsilon",
        ),
        ({"optimizers": {"momentum": 0.1}, "constants": {"momentum": 1.0}}, "constants.momentum", "less than 1"),
        ({"activation": ("tanh", "soft-max")}, "activation[2]", "did you mean 'softmax'?"),
        ({"loss": "cross-entropy"}, "loss", "or neither"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(training: dict[str, object], where: str, what: str):
    with pytest.raises(SheetgenError) as caught:
        experiment_with(**training)
    assert caught.value.where == where
    assert what in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_cycle_takes_the_smallest_number_of_iterations_that_its_complaint_names():
    for part in (0.3, 0.1, 0.7, 2 / 7, 0.999):
        with pytest.raises(SheetgenError) as caught:
            experiment_with(schedule="one-cycle", iterations=1, constants={"pct_start": part})
        least = int(caught.value.remedy.partition("at least ")[2].partition(",")[0])
        experiment_with(schedule="one-cycle", iterations=least, constants={"pct_start": part})
        with pytest.raises(SheetgenError):
            experiment_with(schedule="one-cycle", iterations=least - 1, constants={"pct_start": part})
