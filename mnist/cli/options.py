"""Options that several commands have, and what they stand for."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mnist import MnistError

if TYPE_CHECKING:
    import torch

    from mnist.data import Digits, Split
    from mnist.recipes import Recipe

Command = Callable[..., None]
Setting = str | int | float | None

_MEASURING = (
    click.option(
        "--data",
        type=click.Path(path_type=Path),
        default=Path("data"),
        envvar="MNIST_DATA",
        show_default=True,
        show_envvar=True,
        help="The folder of MNIST's files, packed or not; torchvision downloads there what is missing.",
    ),
    click.option("--no-md5", is_flag=True, help="Take any idx files of 28×28 images in ten classes for MNIST's."),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda", "mps"]),
        default="auto",
        show_default=True,
        help="Where to work.",
    ),
    click.option(
        "--threads", type=click.IntRange(1, os.cpu_count()), help="Threads on the CPU; no more than are free."
    ),
    click.option(
        "--validate",
        is_flag=True,
        help="Hold out 89 writers of the training set and measure on them, not on the test set: for choosing.",
    ),
)


class _Number(click.FloatRange):
    """A range without inf and nan, which compare as if they were in it."""

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


_POSITIVE, _SHARE = _Number(min=0, min_open=True), _Number(min=0, max=1, max_open=True)
_AT_LEAST_0 = _Number(min=0)
_RECIPE: dict[str, tuple[click.ParamType[Any], str]] = {
    "epochs": (click.IntRange(min=1), "Passes over the training set."),
    "batch_size": (click.IntRange(min=1), "Images per step, over all processes together."),
    "optimizer": (click.Choice(["adamw", "sgd"]), "AdamW, or SGD."),
    "momentum": (_SHARE, "Of SGD, as Nesterov has it; 0 for none."),
    "lr": (_POSITIVE, "The peak of the learning rate."),
    "schedule": (
        click.Choice(["cycle", "steps"]),
        "The learning rate rises to its peak and falls to 0, or begins at the peak and falls in steps.",
    ),
    "warmup": (_SHARE, "The share of all steps over which the rate of a cycle rises."),
    "decay": (_Number(min=0, min_open=True, max=1), "The factor of each step down; 1 for a constant rate."),
    "decay_epochs": (click.IntRange(min=1), "The epochs from one step down to the next."),
    "weight_decay": (
        _AT_LEAST_0,
        "Of convolutions and linear layers: the share that a step takes off, times the rate.",
    ),
    "label_smoothing": (_SHARE, "The share of the target spread over all classes."),
    "ema": (_SHARE, "Decay of the running mean of the weights, 0 for none."),
    "precision": (
        click.Choice(["auto", "float32", "bfloat16"]),
        "The number format of convolutions while training. auto, the default, is the recipe's, but bfloat16 only where "
        "the processor or GPU computes it natively.",
    ),
    "rotation": (_AT_LEAST_0, "Degrees by which an image is turned at most."),
    "zoom": (_SHARE, "The share by which it is zoomed at most: 0.1 for 10 %."),
    "shear": (_AT_LEAST_0, "How far it is slanted at most: pixels across per pixel down."),
    "shift": (_AT_LEAST_0, "Pixels by which it is shifted at most."),
    "elastic": (_AT_LEAST_0, "Pixels by which points of it are moved to bend it: a standard deviation."),
    "mild_epochs": (click.IntRange(min=0), "How many of the last epochs transform images less."),
    "mild_share": (_SHARE, "How far they go in those epochs: 0.5 for half as far as before."),
    "reestimate": (
        click.IntRange(min=0),
        "Measure the statistics of batch normalisation anew after the last epoch, on this many training images as they "
        "are; 0 for not at all.",
    ),
}


def measuring_options(command: Command) -> Command:
    """Give a command the options that say on what data and where it works."""
    for option in reversed(_MEASURING):
        command = option(command)
    return command


def recipe_options(command: Command) -> Command:
    """Give a command an option for whose recipe it is, and one for each part that the user may change."""
    for name in reversed(_RECIPE):
        kind, words = _RECIPE[name]
        command = click.option(f"--{name.replace('_', '-')}", type=kind, help=words)(command)
    return click.option(
        "--recipe",
        "source",
        type=click.Choice(["own", "published"]),
        default="own",
        show_default=True,
        help="Ours, or the published network's own; what its source leaves open, `mnist models` says.",
    )(command)


def choose_place(device: str, threads: int | None) -> torch.device:
    """Return where to work, with this many threads on the CPU; warn if they are more than cores are free."""
    from mnist.devices import choose_device, use_threads

    where = choose_device(device)
    warning = use_threads(threads)
    if warning and where.type == "cpu":
        click.echo(f"mnist: {warning}", err=True)
    return where


def changed(recipe: Recipe, options: dict[str, Any], device: torch.device) -> Recipe:
    """Return a recipe with the parts that the user gave, in a precision that suits the device."""
    from mnist.devices import computes_bfloat16

    given = {name: value for name, value in options.items() if value is not None}
    if given.get("precision", "auto") == "auto":
        given["precision"] = recipe.precision if computes_bfloat16(device) else "float32"
    maps = {field.name for field in fields(recipe.augment)}
    augment = replace(recipe.augment, **{name: value for name, value in given.items() if name in maps})
    return replace(recipe, augment=augment, **{name: value for name, value in given.items() if name not in maps})


def read_data(folder: Path, *, md5: bool, validate: bool) -> tuple[Digits, Digits]:
    """Return what to train on and what to measure on; download what is not there."""
    from mnist.data import load_digits, split_by_writer

    _fetch(folder, ("train",) if validate else ("train", "test"))
    train = load_digits(folder, "train", md5=md5)
    return split_by_writer(train) if validate else (train, load_digits(folder, "test", md5=md5))


def read_held_out(folder: Path, *, md5: bool, validate: bool) -> Digits:
    """Return only what to measure on; download it if it is not there."""
    from mnist.data import load_digits

    if validate:
        return read_data(folder, md5=md5, validate=True)[1]
    _fetch(folder, ("test",))
    return load_digits(folder, "test", md5=md5)


def _fetch(folder: Path, splits: tuple[Split, ...]) -> None:
    from mnist.data import download, missing_files
    from mnist.distributed import process_count

    if missing_files(folder, splits):
        if process_count() > 1:
            raise MnistError(str(folder), "MNIST's files are not there", "fetch them first with mnist evaluate tiny")
        download(folder, splits)
