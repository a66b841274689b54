"""Batch-norm statistics measured anew after training: what they are, of which images, and in every kind of run."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from mnist.augment import Augment
from mnist.batch_statistics import chosen_images, reestimate
from mnist.checkpoint import load_checkpoint
from mnist.data import normalise
from mnist.measurement import measure
from mnist.recipes import Recipe
from mnist.run import Plan, Run
from tests.mnist.conftest import make_digits, refusal

RECIPE = Recipe(epochs=3, batch_size=32, lr=0.02, augment=Augment(shift=1), reestimate=100)
TRAIN, HELD_OUT = make_digits(256), make_digits(100, 1)
CPU = torch.device("cpu")


def run_in(folder: Path, recipe: Recipe = RECIPE, *, model: str = "tiny", resume: bool = False) -> Run:
    return Run(Plan(model, recipe, 0, CPU), TRAIN, HELD_OUT, folder, resume=resume)


def small_net() -> nn.Sequential:
    torch.manual_seed(0)
    first = [nn.Conv2d(1, 3, 5, stride=4), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*first, nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2, momentum=0.3), nn.Flatten(), nn.Linear(32, 10))


def by_hand(net: nn.Sequential, images: torch.Tensor) -> list[torch.Tensor]:
    """Mean and unbiased variance per channel, of the first batch normalisation's input, then of the second's."""
    first = net[0](normalise(images))
    scaled = (first - first.mean((0, 2, 3), keepdim=True)) / (first.var((0, 2, 3), False, True) + 1e-5).sqrt()
    second = net[4](scaled.relu())
    return [figure for values in (first, second) for figure in (values.mean((0, 2, 3)), values.var((0, 2, 3)))]


def statistics_of(net: nn.Module) -> list[torch.Tensor]:
    layers = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)]
    return [figure for layer in layers for figure in (layer.running_mean, layer.running_var)]


def test_they_are_what_one_works_out_by_hand():
    net = small_net().train()
    net(torch.randn(50, 1, 28, 28))
    momenta, weights = (net[1].momentum, net[5].momentum), net[0].weight.clone()
    reestimate(net, TRAIN.images)
    for found, expected in zip(statistics_of(net), by_hand(net, TRAIN.images), strict=True):
        assert torch.allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert (net[1].momentum, net[5].momentum) == momenta
    assert torch.equal(net[0].weight, weights)
    assert not any(layer.training for layer in net.modules())


def test_over_several_batches_they_are_the_mean_of_each():
    many = make_digits(1500, 2).images
    net = small_net()
    reestimate(net, many)
    halves = [by_hand(net, half) for half in (many[:750], many[750:])]
    for found, one, other in zip(statistics_of(net), *halves, strict=True):
        assert torch.allclose(found, (one + other) / 2, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("ema", [0, 0.9])
def test_a_run_ends_with_them(tmp_path: Path, ema: float):
    run = run_in(tmp_path, replace(RECIPE, ema=ema))
    run.go()
    last = load_checkpoint(run.last)
    assert last.config["recipe"]["reestimate"] == 100
    expected = last.build().to(memory_format=torch.channels_last)  # as in training, to the last bit
    reestimate(expected, TRAIN.images[chosen_images(100, len(TRAIN), 0)])
    for name, value in expected.state_dict().items():
        assert torch.equal(last.weights[name], value), name
    assert measure(expected, HELD_OUT).loss == pytest.approx(run.history[-1].test_loss)


def test_nothing_else_changes(tmp_path: Path):
    anew, plain = run_in(tmp_path / "anew"), run_in(tmp_path / "plain", replace(RECIPE, reestimate=0))
    first, second = anew.go(), plain.go()
    assert [row.test_loss for row in first[:-1]] == [row.test_loss for row in second[:-1]]
    assert first[-1].test_loss != second[-1].test_loss
    weights = [load_checkpoint(run.last).weights for run in (anew, plain)]
    different = {name for name in weights[0] if not torch.equal(weights[0][name], weights[1][name])}
    assert different
    assert all(name.rpartition(".")[2] in ("running_mean", "running_var", "num_batches_tracked") for name in different)


def test_a_resumed_run_ends_with_the_same(tmp_path: Path):
    whole, part = run_in(tmp_path / "whole"), run_in(tmp_path / "part")
    whole.go()

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        part.go(stop)
    rest = run_in(tmp_path / "part", resume=True)
    rest.go()
    first, second = load_checkpoint(whole.last).weights, load_checkpoint(rest.last).weights
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_fewer_images_than_asked_for_are_all_measured_on():
    assert sorted(chosen_images(257, 256, 0).tolist()) == list(range(256))


def test_what_cannot_be_measured_is_said(tmp_path: Path):
    words = refusal(run_in, tmp_path, model="tests.mnist.small_nets:Plain")
    assert words == "--reestimate: this model has no batch normalisation; leave it out"
    assert not list(tmp_path.iterdir())
