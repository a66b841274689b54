"""The training loop: deterministic, resumable, and the same for one process and for many."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mnist.augment import Augment, Maps, draw_maps, warp
from mnist.batch_statistics import batch_norms, chosen_images, reestimate
from mnist.checkpoint import load_weights
from mnist.data import SIDE, Digits, normalise
from mnist.devices import send
from mnist.distributed import World
from mnist.errors import MnistError
from mnist.measurement import measure
from mnist.optimizer import RunningMean, make_optimizer, restore_optimizer, set_rate
from mnist.recipes import Recipe


@dataclass(frozen=True)
class Step:
    """How far a training is, after a step.

    Attributes:
        epoch: the one that runs, from 1.
        epochs: of the whole training.
        done: the steps of this epoch that are finished.
        steps: of an epoch.
    """

    epoch: int
    epochs: int
    done: int
    steps: int


OnStep = Callable[[Step], None]


@dataclass(frozen=True)
class EpochResult:
    """The figures of one epoch.

    Attributes:
        epoch: from 1.
        lr: the learning rate of its last step.
        train_loss: the mean over its batches, as the weights change, with augmentation, dropout and label smoothing.
        test_loss: mean cross-entropy on the held-out images.
        accuracy: on the same images, in percent.
        seconds: spent on training, without evaluation.
    """

    epoch: int
    lr: float
    train_loss: float
    test_loss: float
    accuracy: float
    seconds: float


class Trainer:
    """One training, an epoch at a time.

    All randomness of an epoch follows from the seed and the epoch's number, so a resumed run needs only the weights and
    the state of the optimizer, and every process draws the same global batches.

    Args:
        model: with fresh weights; it is moved to the device.
        recipe: how to train it.
        train: what to train on.
        held_out: what to measure on after each epoch.
        seed: of everything random except the initial weights, for which see `seed_everything`.
        device: where to compute.
        world: the processes that share the work.

    Raises:
        MnistError: there are fewer images than one batch or the re-estimation needs, or nothing to re-estimate.
    """

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        train: Digits,
        held_out: Digits,
        *,
        seed: int,
        device: torch.device,
        world: World | None = None,
    ) -> None:
        self.recipe: Recipe = recipe
        self.seed: int = seed
        self.device: torch.device = device
        self.world: World = world or World()
        self.steps: int = len(train) // recipe.batch_size
        if not self.steps:
            raise MnistError("--batch-size", f"{recipe.batch_size} of {len(train)} images", "choose a smaller one")
        if recipe.reestimate:
            _check_reestimation(model)
        self.train: Digits = Digits(train.images.to(device), train.labels.to(device))
        self.held_out: Digits = Digits(held_out.images.to(device), held_out.labels.to(device))
        self.model: nn.Module = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.shared: nn.Module = self.world.wrap(self.model, device)
        self.optimizer: torch.optim.Optimizer = make_optimizer(self.model, recipe, device)
        self.average: RunningMean | None = RunningMean(self.model, recipe.ema) if recipe.ema else None
        self.history: list[EpochResult] = []

    @property
    def measured_model(self) -> nn.Module:
        """The model whose accuracy counts: the running mean of the weights where the recipe has one."""
        module: nn.Module = self.average.module if self.average is not None else self.model
        return module

    def run_epoch(self, on_step: OnStep | None = None) -> EpochResult:
        """Train for one epoch, then measure.

        Raises:
            MnistError: the loss is no longer a number.
        """
        epoch = len(self.history) + 1
        generator = seed_epoch(self.seed, epoch, self.world.rank)
        start = time.perf_counter()
        loss = self._pass(epoch, generator, on_step)
        seconds = time.perf_counter() - start
        if not math.isfinite(loss):
            raise MnistError(f"epoch {epoch}", f"the loss is {loss}", "choose a smaller --lr")
        if self.recipe.reestimate and epoch == self.recipe.epochs:
            chosen = chosen_images(self.recipe.reestimate, len(self.train), self.seed)
            reestimate(self.measured_model, self.train.images[chosen.to(self.device)])
        rate = self._rate(epoch, self.steps - 1)
        test_loss, accuracy = self._measure()
        self.history.append(EpochResult(epoch, rate, loss, test_loss, accuracy, seconds))
        return self.history[-1]

    def _pass(self, epoch: int, generator: torch.Generator, on_step: OnStep | None) -> float:
        self.shared.train()
        size = self.recipe.batch_size
        order = send(torch.randperm(len(self.train), generator=generator), self.device)
        augment = self.recipe.augment_in(epoch)
        total = torch.zeros((), device=self.device)
        for step in range(self.steps):
            images, labels = self._batch(order[step * size : (step + 1) * size], augment, generator)
            total += self._step(images, labels, self._rate(epoch, step))
            if on_step is not None:
                on_step(Step(epoch, self.recipe.epochs, step + 1, self.steps))
        return self.world.mean(total).item() / self.steps

    def _rate(self, epoch: int, step: int) -> float:
        return self.recipe.rate((epoch - 1 + step / self.steps) / self.recipe.epochs)

    def _step(self, images: Tensor, labels: Tensor, rate: float) -> Tensor:
        set_rate(self.optimizer, rate)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.precision == "bfloat16"):
            output = self.shared(images)
        loss = cross_entropy(output.float(), labels, label_smoothing=self.recipe.label_smoothing)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.model)
        return loss.detach()

    def _batch(self, chosen: Tensor, augment: Augment, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        mine = self.world.share(chosen)
        images = normalise(self.train.images[mine])
        if augment.changes_anything:
            images = warp(images, self._share(draw_maps(augment, len(chosen), SIDE, generator)))
        return images.contiguous(memory_format=torch.channels_last), self.train.labels[mine]

    def _share(self, maps: Maps) -> Maps:
        bends = None if maps.bends is None else send(self.world.share(maps.bends), self.device)
        return Maps(send(self.world.share(maps.affine), self.device), bends)

    def _measure(self) -> tuple[float, float]:
        if not self.world.leads:
            return math.nan, math.nan
        measured = measure(self.measured_model, self.held_out)
        return measured.loss, measured.accuracy

    def state(self) -> dict[str, Any]:
        """Return what a run needs to be resumed, besides its history."""
        average = self.average.state_dict() if self.average is not None else None
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "average": average}

    def restore(self, state: dict[str, Any], history: list[dict[str, Any]], where: str) -> None:
        """Go back to where `state` was taken.

        Raises:
            MnistError: it belongs to another model or recipe.
        """
        load_weights(self.model, state["model"], where)
        if self.average is not None:
            load_weights(self.average, state["average"], where)
        restore_optimizer(self.optimizer, state["optimizer"])
        self.history = [EpochResult(**row) for row in history]


def seed_everything(seed: int) -> None:
    """Make what follows, the initial weights above all, depend on the seed alone; cuDNN may not choose by timing."""
    torch.manual_seed(seed)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def seed_epoch(seed: int, epoch: int, rank: int) -> torch.Generator:
    """Return the generator of an epoch's order and augmentation, the same for all ranks; dropout is seeded per rank."""
    torch.manual_seed((seed * 1_000 + epoch) * 1_000 + rank)
    return torch.Generator().manual_seed(seed * 1_000 + epoch)


def _check_reestimation(model: nn.Module) -> None:
    if not batch_norms(model):
        raise MnistError("--reestimate", "this model has no batch normalisation", "leave it out")
