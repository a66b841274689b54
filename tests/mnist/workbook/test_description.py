"""Which networks can be written, and what the others are told."""

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.mnist_selection import flagship_with_maxima
from mnist.models import create_model
from mnist.models.own import full, head, separable
from mnist.workbook.description import MOST_CELLS, describe
from tests.mnist.conftest import refusal


def test_convolution_batch_norm_and_relu_are_one_layer():
    description = describe(create_model("live"), "live")
    assert [(layer.kind, layer.outputs, layer.stride, layer.padding, layer.relu) for layer in description.layers] == [
        ("conv", (6, 13, 13), 2, 0, True),
        ("conv", (12, 11, 11), 1, 0, True),
        ("pool", (12, 5, 5), 2, 0, False),
        ("conv", (16, 5, 5), 1, 1, True),
        ("conv", (16, 3, 3), 1, 0, True),
    ]
    assert description.weights.shape == (10, 16)


def test_a_first_layer_that_pads_begins_with_scaled_pixels():
    description = describe(create_model("fast"), "fast")
    assert [layer.kind for layer in description.layers] == ["scale", "conv", "conv", "pool", "conv", "conv"]
    assert description.padded
    assert description.first is description.layers[1]


def test_a_map_of_a_separable_layer_sees_its_own_map_only():
    description = describe(nn.Sequential(*full(1, 4, stride=4), *separable(4, 6), *head(6, 0)), "small")
    depthwise, pointwise = description.layers[2:4]
    assert [depthwise.first_seen(number) for number in range(4)] == [0, 1, 2, 3]
    assert [depthwise.seen, pointwise.seen] == [1, 4]
    assert pointwise.norm is not None


def test_the_deviation_is_the_root_of_variance_and_epsilon():
    model = create_model("live").eval()
    norm = describe(model, "live").layers[0].norm
    assert norm is not None
    x = torch.randn(1, 6, 2, 2, dtype=torch.float64)
    values = (norm.gamma, norm.mean, norm.deviation, norm.beta)
    gamma, mean, deviation, beta = (torch.from_numpy(each).reshape(1, 6, 1, 1) for each in values)
    assert torch.allclose(gamma * (x - mean) / deviation + beta, model[1].double()(x), rtol=1e-14)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (create_model("wide-stem"), "WideStem is no nn.Sequential"),
        (create_model("two-transition"), "layer 3, BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, "),
        (nn.Sequential(*full(1, 4), nn.Sigmoid(), *head(4, 0)), "layer 4, Sigmoid(), has no formula here"),
        (nn.Sequential(nn.Conv2d(1, 4, 3, dilation=2), *head(4, 0)), "dilation=(2, 2)) has no formula here"),
        (nn.Sequential(nn.Conv2d(1, 4, 9), *head(4, 0)), "a square kernel of at most 7×7"),
        (nn.Sequential(*full(1, 4), nn.MaxPool2d(2, padding=1), *head(4, 0)), "has no formula here"),
        (
            nn.Sequential(*full(1, 4), nn.Flatten(), nn.Linear(3136, 10)),
            "layer 4, Flatten(start_dim=1, end_dim=-1), has",
        ),
        (nn.Sequential(*full(1, 4)), "does not end in a mean over each map and a Linear"),
        (nn.Sequential(nn.MaxPool2d(2), *full(1, 4), *head(4, 0)), "does not begin with a convolution"),
        (nn.Sequential(*full(1, 4), nn.AvgPool2d(28, padding=1), *head(4, 0)), "padding=1), has no formula here"),
        (nn.Sequential(*full(1, 4), nn.AdaptiveAvgPool2d(2), nn.Linear(4, 10)), "layer 4, AdaptiveAvgPool2d(outp"),
        (create_model("flagship"), "layer 8, AvgPool2d(kernel_size=3, stride=2, padding=1), has no formula here"),
        (flagship_with_maxima(), f"its maps need 50,912 formula cells; at most {MOST_CELLS:,} fit"),
    ],
)
def test_what_has_no_formula_is_a_line_that_names_the_layer(model: nn.Module, words: str):
    assert words in refusal(describe, model, "mine")


def test_the_numbers_are_those_of_the_checkpoint():
    model = create_model("live")
    layer = describe(model, "live").layers[3]
    assert layer.weights is not None
    assert np.array_equal(layer.weights, model[7].weight.detach().double().numpy())
