"""Multiply-adds and receptive fields against figures worked out by hand, and the class's checklist."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from mnist.checklist import checklist, checklist_lines
from mnist.models import create_model
from mnist.observed import observe
from mnist.summary import Layer, summarise, summary_lines
from tests.mnist.conftest import refusal


def test_two_transition_by_hand():
    summary = summarise(create_model("two-transition"))
    fields = [
        (layer.kind, layer.field) for layer in summary.layers if layer.kind in ("Conv2d", "MaxPool2d", "AvgPool2d")
    ]
    # 3×3 adds 2 steps, pooling one; after pooling a step is two pixels
    assert fields == [
        ("Conv2d", 3),
        ("Conv2d", 5),
        ("MaxPool2d", 6),
        ("Conv2d", 6),
        ("Conv2d", 10),
        ("Conv2d", 14),
        ("Conv2d", 14),
        ("Conv2d", 18),
        ("Conv2d", 22),
        ("Conv2d", 22),
        ("AvgPool2d", 32),
    ]
    by_hand = (
        28 * 28 * 9 * (1 * 16 + 16 * 32)
        + 14 * 14 * 32 * 8
        + 12 * 12 * 9 * 8 * 16
        + 10 * 10 * (9 * 16 * 32 + 32 * 8)
        + 8 * 8 * 9 * 8 * 16
        + 6 * 6 * (9 * 16 * 32 + 32 * 10)
    )
    assert summary.multiply_adds == by_hand
    assert summary.parameters == 17_466


def test_groups_strides_and_dilation_by_hand():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 5, stride=2),  # 12×12
        nn.Conv2d(4, 4, 3, groups=4, dilation=2),  # 8×8
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 10),
    )
    layers = summarise(model).layers
    assert [layer.multiply_adds for layer in layers] == [12 * 12 * 25 * 4, 8 * 8 * 9 * 4, 0, 0, 40]
    assert [layer.field for layer in layers[:3]] == [5, 5 + 4 * 2, 13 + 7 * 2]
    assert layers[1] == Layer("Conv2d", (4, 8, 8), 40, 2_304, 13, "3×3, groups 4")


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1, bias=False)
        self.end = nn.Linear(784, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.end(self.conv(self.conv(x)).flatten(1))


def test_what_is_used_twice_counts_twice_in_work_and_once_in_parameters():
    summary = summarise(Shared())
    assert [layer.parameters for layer in summary.layers] == [9, 0, 7_850]
    assert summary.multiply_adds == 2 * 9 * 784 + 7_840
    assert summary.parameters == 7_859
    assert [layer.field for layer in summary.layers] == [3, 5, 5]


def test_parameters_of_the_layers_add_up():
    for name in ("flagship", "tiny", "fast", "wide-stem", "slim"):
        summary = summarise(create_model(name))
        assert sum(layer.parameters for layer in summary.layers) == summary.parameters, name


def test_summarising_leaves_the_model_as_it_was():
    model = create_model("slim").train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    summarise(model)
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (nn.Conv2d(3, 10, 3), "the model: cannot take images (RuntimeError: Given groups=1"),
        (nn.Sequential(nn.Flatten(), nn.Linear(784, 9)), "gives (2, 9) for two images; (2, 10) was expected"),
        (nn.Conv2d(1, 10, 3), "gives (2, 10, 26, 26)"),
    ],
)
def test_models_that_do_not_fit(model: nn.Module, words: str):
    assert words in refusal(summarise, model)


def test_the_text_is_a_table():
    lines = summary_lines(summarise(create_model("pyramid")))
    assert lines[0].split() == ["layer", "output", "parameters", "multiply-adds", "receptive", "field"]
    assert lines[1].split() == ["Conv2d", "3×3", "8×28×28", "72", "56,448", "3"]
    assert lines[-1].split()[:2] == ["total", "19,944"]
    assert max(map(len, lines)) < 80
    details = [layer.detail for layer in summarise(create_model("fast")).layers if layer.detail]
    assert details == ["3×3, stride 2", "3×3", "2×2", "3×3", "3×3"]


def test_frozen_parameters_are_counted_and_said_apart():
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.Linear(30, 10))
    model[1].requires_grad_(False)
    summary = summarise(model)
    assert (summary.parameters, summary.frozen) == (23_860, 23_550)
    assert summary_lines(summary)[-1].split() == ["total", "23,860", "23,820", "1"]
    (counted, *_) = checklist(model, summary, [99.5])
    assert not counted.kept
    assert counted.found == "23,860, 23,550 of them frozen"


def kept(model: nn.Module, accuracies: list[float]) -> list[bool]:
    return [check.kept for check in checklist(model, summarise(model), accuracies)]


def test_a_good_run_keeps_all_rules():
    assert kept(create_model("slim"), [99.0, 99.5, 99.4]) == [True] * 6


def test_each_rule_can_be_broken():
    assert kept(nn.Sequential(nn.Conv2d(1, 10, 28), nn.Flatten()), [99.39] * 20) == [
        True,
        False,
        False,
        False,
        False,
        False,
    ]
    big = nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.BatchNorm1d(30), nn.Dropout(0.1), nn.Linear(30, 10))
    assert kept(big, [99.41] * 19) == [False, True, True, True, True, True]
    idle = nn.Sequential(nn.Flatten(), nn.Dropout(0.0), nn.Linear(784, 10))
    assert kept(idle, [99.41])[3] is False


def test_the_last_epoch_counts_and_the_best_is_shown():
    model = create_model("slim")
    lines = checklist_lines(checklist(model, summarise(model), [99.0, 99.45, 99.38]))
    assert lines[-1] == "✗ at least 99.4 %                            99.38 %, best 99.45 % (epoch 2)"
    assert lines[0] == "✓ fewer than 20,000 parameters               12,088"
    assert lines[2].endswith("  7 layers")
    assert lines[3].endswith("  7 layers, p = 0.069")
    assert max(map(len, lines)) < 78  # two-digit epochs fit as well


def test_99_4_is_enough_although_no_float_is_exactly_that():
    model = create_model("slim")
    assert kept(model, [100 * (1 - 60 / 10_000)])[-1]


class Functional(nn.Module):
    """All by functions and methods, and a branch that depends on the image."""

    def __init__(self, dropout: float = 0.1, *, on: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.end = nn.Parameter(torch.zeros(10, 8))
        self.dropout, self.on = dropout, on
        self.register_buffer("mean", torch.zeros(8))
        self.register_buffer("variance", torch.ones(8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.batch_norm(self.conv(x), self.mean, self.variance, training=self.training)
        x = functional.dropout(x, self.dropout, training=self.training and self.on)
        if x.mean() > 5:
            x = x.relu()
        return x.mean((2, 3)) @ self.end.T


def test_functions_and_methods_count_like_modules():
    model = Functional()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    checks = checklist(model, summarise(model), [99.5])
    assert [check.kept for check in checks] == [True] * 6
    assert [check.found for check in checks[2:5]] == ["1 layer", "1 layer, p = 0.1", "pooling and linear"]
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_dropout_that_is_off_in_training_does_not_count():
    assert observe(Functional(on=False)).drops == []
    assert kept(Functional(0.0), [99.5])[3] is False


def test_a_layer_that_is_never_applied_does_not_count():
    model = Functional(on=False)
    model.unused = nn.Dropout(0.5)
    assert kept(model, [99.5])[3] is False


@pytest.mark.parametrize(
    ("pool", "whole"),
    [
        (lambda x: x.mean((2, 3)), True),
        (lambda x: x.flatten(2).mean(-1), True),
        (lambda x: torch.mean(x, dim=(-2, -1), keepdim=True), True),
        (lambda x: functional.avg_pool2d(x, 26), True),
        (lambda x: functional.adaptive_avg_pool2d(x, 1), True),
        (lambda x: functional.avg_pool2d(x, 2), False),
        (lambda x: x.mean(1), False),
        (lambda x: x.flatten(2).amax(-1), False),
    ],
)
def test_global_average_pooling_however_it_is_written(pool, whole: bool):
    class Net(nn.Sequential):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return pool(super().forward(x))

    assert observe(Net(nn.Conv2d(1, 10, 3))).pooled is whole


class FailsInTraining(nn.Sequential):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            raise ValueError("three images are needed")
        return super().forward(x)


def scripted(*layers: nn.Module) -> nn.Module:
    return torch.jit.script(nn.Sequential(*layers))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("build", [FailsInTraining, scripted])
def test_what_cannot_be_observed_is_judged_by_its_modules(build):
    layers = (nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    seen = observe(build(*layers, nn.Linear(4, 10)))
    assert (seen.norms, seen.pooled, seen.linear) == (1, True, True)
    assert len(seen.drops) == 1


def test_observing_draws_no_random_numbers():
    model = create_model("slim")
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    observe(model)
    assert torch.equal(torch.rand(3), expected)


def test_an_accuracy_on_the_validation_split_says_so():
    model = create_model("slim")
    *_, last = checklist(model, summarise(model), [99.45], held_out="validation")
    assert last.rule == "at least 99.4 %, on the validation split"
