"""The networks that `flagship`, `tiny`, `fast` and `live` were chosen among, and their trainings, to be repeated.

    python benchmarks/mnist_selection.py                 list the runs of docs/mnist/selection.json by number
    python benchmarks/mnist_selection.py 15              train the network of run 15 again, by its recipe and seed
    python benchmarks/mnist_selection.py 15 --until 2    only its first two epochs

The figures of each epoch stand beside those of the committed run. They agree to the last digit only on the same kind of
processor with the same versions and threads, which that file names; elsewhere they differ as two seeds do. Of runs 1 to
5 and 9 to 13 the file has the channels and the number of parameters, but neither padding nor dropout nor how the
residual ones add: these are given here as in `tiny` and in the usual residual network.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from mnist.augment import Augment
from mnist.data import Digits, load_digits, split_by_writer
from mnist.models import create_model
from mnist.models.dropout import Dropout
from mnist.models.own import full, head, mean_pooling, separable, smooth_pooling
from mnist.recipes import Recipe
from mnist.train import EpochResult, Trainer, seed_everything

ROOT = Path(__file__).parents[1]
RUNS = ROOT / "docs" / "mnist" / "selection.json"


@dataclass(frozen=True)
class Network:
    """Stages of convolutions with a pooling between each two; then the mean over all places and a linear layer.

    Attributes:
        stages: the channels of each stage's convolutions.
        separable_from: the number, from 1, of the first stage whose convolutions are separable; the others are full.
        stride: of the first convolution.
        padding: of the first convolutions; all others pad by 1.
        uses: how often each stage then adds to its maps what one more convolution makes of them.
        one: whether that convolution is the same in all stages.
        dropout: before the linear layer.
        pooling: what stands between stages.
    """

    stages: tuple[tuple[int, ...], ...]
    separable_from: int = 99
    stride: int = 1
    padding: tuple[int, ...] = (0, 0)
    uses: tuple[int, ...] = (0, 0, 0)
    one: bool = False
    dropout: float = 0.02
    pooling: Callable[[], list[nn.Module]] = lambda: [nn.MaxPool2d(2)]

    def build(self) -> nn.Module:
        """Return it with fresh weights."""
        layers = list(self._layers())
        return nn.Sequential(*layers, *head(self._widths[-1], self.dropout))

    @property
    def _widths(self) -> list[int]:
        return [1, *(width for stage in self.stages for width in stage)]

    def _layers(self) -> Iterator[nn.Module]:
        pairs, paddings = pairwise(self._widths), iter(self.padding)
        width, shared = 1, None
        for number, (stage, uses) in enumerate(zip(self.stages, self.uses, strict=False), start=1):
            if number > 1:
                yield from self.pooling()
            for inputs, width in (next(pairs) for _ in stage):
                if number >= self.separable_from:
                    yield from separable(inputs, width)
                else:
                    stride = self.stride if inputs == 1 else 1
                    yield from full(inputs, width, padding=next(paddings, 1), stride=stride)
            if uses:
                if shared is None or not self.one:
                    shared = nn.Conv2d(width, width, 3, padding=1, bias=False)
                yield Again(shared, width, uses)


class Again(nn.Module):
    """Adds to its input what a convolution makes of it, several times, each time with BN of its own, then ReLU."""

    def __init__(self, convolution: nn.Conv2d, channels: int, uses: int) -> None:
        super().__init__()
        self.convolution = convolution
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(uses))

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the shape of x."""
        for norm in self.norms:
            x = relu(x + norm(self.convolution(x)))
        return x


class Residual(nn.Sequential):
    """Adds to its input what its layers make of it."""

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the shape of x."""
        return x + super().forward(x)


def residual_tiny() -> nn.Module:
    """`tiny` with maxima over 2×2, and with inputs added where the number of channels stays."""

    def block() -> Residual:
        return Residual(*separable(22, 22)[:-1], nn.ReLU())

    first = [*full(1, 8, padding=0), *full(8, 10, padding=0), nn.MaxPool2d(2)]
    middle = [*separable(10, 22), block(), nn.MaxPool2d(2), block(), *separable(22, 30)]
    return nn.Sequential(*first, *middle, *head(30, 0.02))


def sooner_separable() -> nn.Module:
    """As `tiny` was before, with a separable second convolution."""
    first = [*full(1, 8, padding=0), nn.Conv2d(8, 8, 3, groups=8, bias=False), nn.Conv2d(8, 16, 1, bias=False)]
    first += [nn.BatchNorm2d(16), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    middle = [*separable(16, 24), *separable(24, 24), *separable(24, 24), nn.MaxPool2d(2), *separable(24, 32)]
    return nn.Sequential(*first, *middle, *head(32, 0.02))


def flagship_with_maxima() -> nn.Module:
    """As `flagship` was before, with maxima over 2×2 in place of smooth pooling."""
    return _LARGE.build()


def flagship_with_dropout() -> nn.Module:
    """As `flagship` was before, with a dropout of 0.05 after each separable convolution but the last."""
    layers: list[nn.Module] = []
    for layer in flagship_with_maxima().children():
        layers.append(layer)
        if isinstance(layer, nn.ReLU) and len(layers) > 9:  # behind the first pooling
            layers.append(Dropout(0.05))
    *before, _, pooled, flat, drop, linear = layers
    return nn.Sequential(*before, pooled, flat, drop, linear)


def wider_slim() -> nn.Module:
    """`slim` with 22 channels in place of 16 after the pooling."""

    def block(inputs: int, outputs: int, padding: int = 0) -> list[nn.Module]:
        convolution = nn.Conv2d(inputs, outputs, 3, padding=padding, bias=False)
        return [convolution, nn.ReLU(), nn.BatchNorm2d(outputs), Dropout(0.069)]

    first = [*block(1, 8, 1), *block(8, 16, 1), *block(16, 16, 1), nn.MaxPool2d(2), nn.Conv2d(16, 8, 1, bias=False)]
    last = [*block(8, 22), *block(22, 22), *block(22, 22), *block(22, 22), nn.AvgPool2d(6)]
    return nn.Sequential(*first, *last, nn.Conv2d(22, 10, 1, bias=False), nn.Flatten())


def _small(*stages: tuple[int, ...]) -> Callable[[], nn.Module]:
    """As `live`: every pixel that is computed costs a cell."""

    def build() -> nn.Module:
        (first, second), (third, fourth) = stages
        return nn.Sequential(
            *full(1, first, stride=2, padding=0),
            *full(first, second, padding=0),
            nn.MaxPool2d(2),
            *full(second, third),
            *full(third, fourth, padding=0),
            *head(fourth, 0.0),
        )

    return build


_TWICE = Network(((12, 16), (24,), ()), uses=(0, 2, 2))
_FEWEST = Network(((8, 12), (24, 24), (32,)), separable_from=2)
_LARGE = Network(((8, 16), (40, 40), (64, 64, 64)), separable_from=2, dropout=0.05)
_WIDE = "full 3×3: 8 16 / separable: 40 40 / 64 64 64"
_NOW = "full 3×3: 8 10 / separable: 22 22 / 22 30"
_SMALL = Network(((8, 10), (22, 22), (22, 30)), separable_from=2)
_STRIDE = "full 3×3, the first with stride 2 and no padding"
# The keys are the networks' names in selection.json and in the table of docs/mnist.md.
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "full 3×3: 16 16 / 24 24 / 32": Network(((16, 16), (24, 24), (32,))).build,
    "full 3×3, residual, two of them used twice: 12 16 / 24 24 24 / 24 24": _TWICE.build,
    "full 3×3: 10 16 / 24 24 / 36": Network(((10, 16), (24, 24), (36,))).build,
    _WIDE: flagship_with_maxima,
    "as slim, its last four wider: 8 16 16 / 8 22 22 22 22": wider_slim,
    "full 3×3: 8 10 / 12 12 / 13": Network(((8, 10), (12, 12), (13,))).build,
    "full 3×3, residual, one used four times: 10 16 / 16 16 / 16 16": Network(
        ((10, 16), (), ()), uses=(0, 2, 2), one=True
    ).build,
    "full 3×3: 8 12 / separable: 24 24 / 32": _FEWEST.build,
    "full 3×3: 8 12 / separable: 24 24 / 32, maps half as far": _FEWEST.build,
    "full 3×3: 8 12 / separable: 26 26 26 / 32": Network(((8, 12), (26, 26, 26), (32,)), separable_from=2).build,
    "full 3×3, the first with stride 2: 16 24 / 32 24 (fast)": lambda: create_model("fast"),
    f"{_STRIDE}: 4 8 / 12 12": _small((4, 8), (12, 12)),
    f"{_STRIDE}: 6 12 / 16 16 (live)": lambda: create_model("live"),
    f"{_STRIDE}: 8 12 / 16 16": _small((8, 12), (16, 16)),
    f"{_STRIDE}: 8 16 / 16 16": _small((8, 16), (16, 16)),
    _NOW: _SMALL.build,
    f"{_NOW}, residual": residual_tiny,
    f"{_NOW}, mean pooling (tiny)": lambda: create_model("tiny"),
    f"{_NOW}, smooth pooling": replace(_SMALL, pooling=smooth_pooling).build,
    "full 3×3: 8, separable: 16 / 24 24 24 / 32": sooner_separable,
    "slim": lambda: create_model("slim"),
    f"{_WIDE}, dropout in five places": flagship_with_dropout,
    f"{_WIDE}, mean pooling": replace(_LARGE, pooling=mean_pooling).build,
    f"{_WIDE}, smooth pooling (flagship)": lambda: create_model("flagship"),
}


def main() -> None:
    """List the runs, or repeat one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=int, nargs="?")
    parser.add_argument("--until", type=int, metavar="EPOCH")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "mnist")
    arguments = parser.parse_args()
    runs = json.loads(RUNS.read_text(encoding="utf-8"))
    if arguments.run is None:
        for number, run in enumerate(runs, start=1):
            print(f"{number:3}  {run['network']}, {len(run['accuracy'])} epochs: {run['accuracy'][-1]:.2f} %")
        return
    if not 1 <= arguments.run <= len(runs):
        parser.error(f"run {arguments.run}: a number from 1 to {len(runs)} was expected")
    digits = split_by_writer(load_digits(arguments.data, "train"))
    torch.set_num_threads(1)
    print_beside(runs[arguments.run - 1], repeat(runs[arguments.run - 1], *digits, until=arguments.until))


def repeat(run: dict[str, Any], train: Digits, held_out: Digits, *, until: int | None = None) -> Iterator[EpochResult]:
    """Train the network of a run of selection.json by its recipe and seed, and yield each epoch's figures.

    Args:
        run: a row of that file.
        train: what to train on.
        held_out: what to measure on.
        until: the last epoch to train; the learning rate is that of the whole training.
    """
    config = run["config"]
    recipe = Recipe(**config["recipe"] | {"augment": Augment(**config["recipe"]["augment"])})
    seed_everything(config["seed"])
    model = NETWORKS[run["network"]]()
    trainer = Trainer(model, recipe, train, held_out, seed=config["seed"], device=torch.device("cpu"))
    for _ in range(until or recipe.epochs):
        yield trainer.run_epoch()


def print_beside(run: dict[str, Any], results: Iterator[EpochResult]) -> None:
    """Print each epoch's accuracy and loss beside those of the committed run."""
    print(f"{run['network']}, {run['parameters']:,} parameters\nepoch  accuracy  committed    loss  committed")
    for result, accuracy, loss in zip(results, run["accuracy"], run["loss"], strict=False):
        print(f"{result.epoch:5}  {result.accuracy:8.4f}  {accuracy:9.4f}  {result.test_loss:.5f}  {loss:.5f}")


if __name__ == "__main__":
    main()
