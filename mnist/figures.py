"""Pictures of a training and its results, as PNG; the same figures always give the same bytes."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter
from torch import Tensor

from mnist.augment import Augment, draw_maps, warp
from mnist.data import SIDE, Digits, normalise
from mnist.measurement import Measured
from mnist.output import write_whole
from mnist.train import EpochResult

mpl.use("Agg")

BLUE, ORANGE, GREEN, INK, MUTED = "#0072B2", "#E69F00", "#009E73", "#1F2933", "#52606D"
_PER_ROW = 10


def draw_curves(history: Sequence[EpochResult], title: str, held_out: str, path: Path) -> None:
    """Draw loss and accuracy per epoch, side by side.

    Args:
        history: the figures of the epochs.
        title: what was trained.
        held_out: which images were measured, "test" or "validation".
        path: where to.

    Raises:
        MnistError: the picture cannot be written. This holds for all functions here.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    figure.suptitle(title, color=INK)
    left, right = figure.subplots(1, 2)
    epochs = [row.epoch for row in history]
    left.plot(epochs, [row.train_loss for row in history], "o--", color=ORANGE, ms=3, label="training, augmented")
    left.plot(epochs, [row.test_loss for row in history], "o-", color=BLUE, ms=3, label=held_out)
    left.set(xlabel="epoch", ylabel="loss", yscale="log")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter(NullFormatter())
    left.legend(frameon=False)
    accuracies = [row.accuracy for row in history]
    right.plot(epochs, accuracies, "o-", color=BLUE, ms=3)
    right.axhline(99.4, color=MUTED, linewidth=0.8, linestyle=":")
    right.annotate("99.4", (epochs[0], 99.4), color=MUTED, fontsize=8, va="bottom")
    right.set(xlabel="epoch", ylabel=f"accuracy on the {held_out} images, %", ylim=_accuracy_range(accuracies))
    for axes in (left, right):
        _plain(axes)
    _save(figure, path)


def draw_augmented(digits: Digits, augment: Augment, path: Path) -> None:
    """Draw ten images, each above four augmented versions of it."""
    images = normalise(digits.images[:_PER_ROW].cpu())
    generator = torch.Generator().manual_seed(0)
    rows = [images] + [warp(images, draw_maps(augment, len(images), SIDE, generator)) for _ in range(4)]
    figure = Figure(figsize=(10, 5.4), layout="constrained")
    figure.suptitle("First row: as they are. Below: as training may see them.", color=INK)
    grid = figure.subplots(len(rows), _PER_ROW, squeeze=False)
    for line, row in zip(grid, rows, strict=True):
        _tiles(line, row.squeeze(1), [""] * len(row))
    _save(figure, path)


def draw_misclassified(digits: Digits, measured: Measured, path: Path, most: int = 50) -> None:
    """Draw the misclassified images, those with the most probable wrong answer first."""
    wrong = measured.wrong
    sureness = measured.probabilities[wrong].amax(dim=1)
    shown = wrong[sureness.argsort(descending=True)][:most]
    lines = max(1, -(-len(shown) // _PER_ROW))
    figure = Figure(figsize=(10, 1.3 * lines + 0.6), layout="constrained")
    which = f"the {most} of highest probability" if len(wrong) > most else "all of them"
    title = f"{len(wrong):,} of {len(digits):,} misclassified; {which}: true → predicted, probability"
    figure.suptitle(title, color=INK)
    texts = [_mistake(measured, int(place)) for place in shown]
    grid = figure.subplots(lines, _PER_ROW, squeeze=False)
    _tiles(list(grid.flat), digits.images[shown.to(digits.images.device)].cpu(), texts)
    _save(figure, path)


def draw_confusion(measured: Measured, path: Path) -> None:
    """Draw how often each digit was taken for which other; the diagonal is not coloured."""
    counts = measured.confusion.numpy()
    mistakes = counts - np.diag(np.diag(counts))
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(mistakes, cmap="Blues", vmin=0, vmax=max(1, 1.6 * mistakes.max()))
    for (row, column), count in np.ndenumerate(counts):
        colour = MUTED if row == column else INK
        if count:
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=8)
    axes.set(xticks=range(10), yticks=range(10), xlabel="predicted digit", ylabel="true digit")
    axes.set_title(f"{mistakes.sum():,} of {counts.sum():,} misclassified", color=INK)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    _save(figure, path)


def _mistake(measured: Measured, place: int) -> str:
    answer = int(measured.answers[place])
    sure = float(measured.probabilities[place, answer])
    return f"{int(measured.labels[place])} → {answer}  {sure:.0%}"


def _tiles(places: Sequence[Axes], images: Tensor, texts: Sequence[str]) -> None:
    for axes in places:
        axes.axis("off")
    for axes, image, text in zip(places, images, texts, strict=False):
        axes.imshow(image.numpy(), cmap="gray_r")
        axes.set_title(text, fontsize=8, color=INK)


def _accuracy_range(accuracies: Sequence[float]) -> tuple[float, float]:
    """Leave out the first, low epochs, which would squeeze the others together."""
    low = sorted(accuracies)[len(accuracies) // 5]
    return min(low, 99.3) - 0.1, max(*accuracies, 99.5) + 0.1


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#CBD2D9", linewidth=0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _save(figure: Figure, path: Path) -> None:
    write_whole(path, lambda draft: figure.savefig(draft, dpi=110, metadata={"Software": None}))
