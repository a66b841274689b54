"""What `mnist predict` makes of the drawn pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch
from torch import Tensor, nn

from mnist.errors import MnistError
from mnist.measurement import logits
from mnist.predict import read_picture
from tests.mnist.support.photographs import Kind, make_pictures


@dataclass(frozen=True)
class Read:
    """A picture that was read.

    Attributes:
        kind: of the picture.
        digit: what was written.
        image: what the network is to see: uint8, shape (28, 28); None where nothing was seen in the picture.
    """

    kind: Kind
    digit: int
    image: Tensor | None


def read_pictures(folder: Path, each: int, seed: int = 0, words: str = "") -> list[Read]:
    """Draw pictures, so many of each kind, and read them."""
    return [Read(kind, digit, _image(path)) for kind, digit, path in make_pictures(folder, each, seed, words)]


def _image(path: Path) -> Tensor | None:
    try:
        return read_picture(path).image
    except MnistError:
        return None


def outputs(model: nn.Module, reads: Sequence[Read]) -> Tensor:
    """Return a model's logits for pictures, shape (n, 10); nan where nothing was seen."""
    blank = torch.zeros(28, 28, dtype=torch.uint8)
    images = torch.stack([blank if read.image is None else read.image for read in reads])
    unseen = torch.tensor([read.image is None for read in reads])
    return logits(model, images).masked_fill(unseen[:, None], torch.nan)


def right(output: Tensor, reads: Sequence[Read]) -> Tensor:
    """Return which pictures are read right: bool, shape (n,)."""
    digits = torch.tensor([read.digit for read in reads])
    return (output.argmax(dim=1) == digits) & ~output.isnan().any(dim=1)


def count_by_kind(correct: Tensor, reads: Sequence[Read]) -> Iterator[tuple[Kind, int, int]]:
    """Yield each kind, how many pictures of it are read right, and how many there are."""
    for kind, group in groupby(zip(reads, correct.tolist(), strict=True), key=lambda pair: pair[0].kind):
        marks = [mark for _, mark in group]
        yield kind, sum(marks), len(marks)
