"""The step as it is on a GPU, as far as a processor can run it: nothing is read back, and the numbers are the same."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from mnist.augment import Augment
from mnist.devices import send
from mnist.models import create_model
from mnist.optimizer import RunningMean, make_optimizer, restore_optimizer, set_rate
from mnist.recipes import Recipe
from mnist.train import Trainer, seed_everything
from tests.mnist.conftest import make_digits

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
RECIPE = Recipe(epochs=1, batch_size=32, ema=0.9, augment=Augment(rotation=5, elastic=0.3), label_smoothing=0.1)
DIGITS = make_digits(128)


class Reads(TorchDispatchMode):
    """Counts how often a number is read from a tensor: `item`, `int`, `float` and `bool`, for which a GPU must wait."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += function is torch.ops.aten._local_scalar_dense.default
        return function(*args, **(kwargs or {}))


def trainer_for(device: torch.device, recipe: Recipe = RECIPE) -> Trainer:
    """A trainer on the processor, with the optimizer that it would have on the device."""
    seed_everything(0)
    trainer = Trainer(create_model("fast"), recipe, DIGITS, DIGITS, seed=0, device=CPU)
    trainer.optimizer = make_optimizer(trainer.model, recipe, device)
    return trainer


def test_what_is_read_is_counted():
    with Reads() as reads:
        number = torch.ones(1)
        assert (number.item(), int(number), bool(number[0] > 0)) == (1, 1, True)
    assert reads.count == 3


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_step_on_a_gpu_reads_nothing_back(optimizer: str):
    trainer = trainer_for(CUDA, replace(RECIPE, optimizer=optimizer))
    trainer.model.train()
    generator = torch.Generator().manual_seed(0)
    order = torch.randperm(128, generator=generator)
    with Reads() as reads:
        for step in range(3):
            trainer._step(*trainer._batch(order[step * 32 :][:32], RECIPE.augment, generator), 0.01)
    assert reads.count == 0


def test_an_epoch_on_a_gpu_reads_the_loss_once():
    trainer = trainer_for(CUDA)
    with Reads() as reads:
        trainer._pass(1, torch.Generator().manual_seed(0), None)
    assert reads.count == 1


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_gpus_optimizer_steps_as_the_processors(optimizer: str):
    recipe = replace(RECIPE, optimizer=optimizer, batch_size=64)
    first, second = (trainer_for(device, recipe).run_epoch() for device in (CPU, CUDA))
    assert second.train_loss == pytest.approx(first.train_loss, rel=1e-4)
    assert second.lr == first.lr


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_graph_may_contain_a_gpus_step(optimizer: str):
    groups = trainer_for(CUDA, replace(RECIPE, optimizer=optimizer)).optimizer.param_groups
    assert all(isinstance(group["lr"], Tensor) and group["fused"] for group in groups)
    assert all(group.get("capturable", True) for group in groups)
    assert all(isinstance(group["lr"], float) for group in trainer_for(CPU).optimizer.param_groups)


@pytest.mark.parametrize("devices", [(CPU, CUDA), (CUDA, CPU)])
def test_a_run_may_be_resumed_on_another_device(devices: tuple[torch.device, torch.device]):
    before, after = map(trainer_for, devices)
    before.run_epoch()
    restore_optimizer(after.optimizer, before.optimizer.state_dict())
    ours, theirs = (trainer.optimizer.state_dict()["state"] for trainer in (after, before))
    assert ours.keys() == theirs.keys()
    for place, state in theirs.items():
        assert all(torch.equal(ours[place][name], value) for name, value in state.items())
    fresh = trainer_for(devices[1]).optimizer.param_groups
    for group, own in zip(after.optimizer.param_groups, fresh, strict=True):
        assert type(group["lr"]) is type(own["lr"])
        assert (group["capturable"], group["fused"]) == (own["capturable"], own["fused"])
    after.run_epoch()


@pytest.mark.parametrize("device", [CPU, CUDA])
def test_the_rate_of_every_group_is_set(device: torch.device):
    optimizer = trainer_for(device).optimizer
    set_rate(optimizer, 0.25)
    assert [float(group["lr"]) for group in optimizer.param_groups] == [0.25, 0.25]


def test_what_goes_to_a_gpu_is_pinned_and_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    calls: list[tuple[str, dict[str, Any]]] = []

    def record(name: str):
        def call(self: Tensor, *_: object, **options: Any) -> Tensor:
            calls.append((name, options))
            return self

        return call

    for name in ("pin_memory", "to"):
        monkeypatch.setattr(Tensor, name, record(name))
    send(torch.ones(1), CUDA)
    send(torch.ones(1), CPU)
    assert calls == [("pin_memory", {}), ("to", {"non_blocking": True}), ("to", {})]


def test_a_running_mean_goes_on_counting_where_it_was():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    whole = RunningMean(model, 0.99)
    for step in range(6):
        if step == 3:
            rest = RunningMean(model, 0.99)
            rest.load_state_dict(whole.state_dict())
        with torch.no_grad():
            model[0].weight += 1
            model[1].num_batches_tracked += 1
        for mean in (whole, rest) if step >= 3 else (whole,):
            mean.update_parameters(model)
    assert (rest.count, int(rest.n_averaged)) == (6, 6)
    first, second = whole.state_dict(), rest.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
