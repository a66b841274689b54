"""The fast dropout against what dropout is: shares, scale, independence, gradients, memory layout."""

import pytest
import torch
from torch import nn

from mnist.models.dropout import Dropout


def dropped(share: float, *, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    torch.manual_seed(seed)
    return Dropout(share)(torch.ones(64, 10, 30, 30, dtype=dtype).contiguous(memory_format=torch.channels_last))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("share", [0.02, 0.069, 0.3, 0.9])
def test_the_share_is_dropped_and_the_rest_is_scaled(share: float, dtype: torch.dtype):
    output = dropped(share, dtype=dtype)
    count = output.numel()
    assert (output == 0).double().mean().item() == pytest.approx(share, abs=5 * (share * (1 - share) / count) ** 0.5)
    assert {value.item() for value in output.unique()} == {0.0, torch.tensor(1 / (1 - share), dtype=dtype).item()}


def test_values_are_dropped_independently():
    zero = (dropped(0.3) == 0).permute(0, 2, 3, 1).flatten().double()  # in the order in which they are drawn
    for apart in (*range(1, 9), 9_000, len(zero) // 2):  # neighbours, images, halves of the batch
        pairs = (zero[:-apart] * zero[apart:]).mean().item()
        assert pairs == pytest.approx(0.09, abs=0.002), apart


def test_each_channel_place_and_image_loses_its_share():
    zero = (dropped(0.3) == 0).double()
    for dims in ((0, 2, 3), (0, 1, 2), (1, 2, 3)):
        assert (zero.mean(dims) - 0.3).abs().max().item() < 0.02, dims


def test_the_seed_decides():
    assert torch.equal(dropped(0.3, seed=1), dropped(0.3, seed=1))
    assert not torch.equal(dropped(0.3, seed=1), dropped(0.3, seed=2))


def test_gradients_pass_where_values_passed():
    torch.manual_seed(0)
    x = torch.randn(5, 3, 7, 7, requires_grad=True)
    output = Dropout(0.4)(x)
    output.sum().backward()
    assert torch.equal(x.grad, (output != 0) / torch.tensor(0.6))


def test_the_memory_layout_stays():
    assert dropped(0.1).is_contiguous(memory_format=torch.channels_last)
    turned = torch.randn(6, 5).t()
    assert Dropout(0.5)(turned).shape == (5, 6)
    assert Dropout(0.5)(torch.randn(4, 9)[:, ::2]).shape == (4, 5)
    assert Dropout(0.5)(torch.empty(0, 3)).shape == (0, 3)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nothing_and_everything_may_be_dropped(share: float):
    assert dropped(share).unique().tolist() == [1.0 - share]


def test_measuring_drops_nothing():
    x = torch.randn(3, 4)
    assert Dropout(0.5).eval()(x) is x


def test_it_is_a_dropout_for_those_who_look_for_one():
    assert isinstance(Dropout(0.1), nn.Dropout)
    assert repr(Dropout(0.1)) == "Dropout(p=0.1, inplace=False)"
