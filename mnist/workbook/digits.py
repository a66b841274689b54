"""The digits that come with the package: a picture of 30 test images, and what is known about each."""

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from PIL import Image

from mnist.data import SIDE
from sheetgen.types import Array

PICTURE = "digits.png"
PER_LINE = 10

ORDINARY = 20
"""The first so many are two of each class; the shipped network reads the others wrong, or hardly right."""

# position among the test images and label, in the order of the picture
KNOWN: tuple[tuple[int, int], ...] = (
    (3, 0),
    (2, 1),
    (1, 2),
    (30, 3),
    (4, 4),
    (23, 5),
    (11, 6),
    (0, 7),
    (61, 8),
    (7, 9),
    (380, 0),
    (46, 1),
    (222, 2),
    (453, 3),
    (287, 4),
    (352, 5),
    (197, 6),
    (60, 7),
    (338, 8),
    (151, 9),
    (1621, 0),
    (3073, 1),
    (4176, 2),
    (3129, 3),
    (2130, 4),
    (5937, 5),
    (2654, 6),
    (6576, 7),
    (582, 8),
    (1901, 9),
)


@dataclass(frozen=True)
class Gallery:
    """Digits to choose from.

    Attributes:
        images: 0…255, shape (n, 28, 28).
        labels: what they show.
        positions: of each among MNIST's test images.
    """

    images: Array
    labels: tuple[int, ...]
    positions: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.labels)


def load_gallery(count: int = len(KNOWN)) -> Gallery:
    """Read the first so many digits."""
    with files("mnist.workbook").joinpath(PICTURE).open("rb") as stream, Image.open(stream) as picture:
        pixels = np.asarray(picture.convert("L"), dtype=float)
    corners = [(number // PER_LINE * SIDE, number % PER_LINE * SIDE) for number in range(count)]
    images = np.stack([pixels[row : row + SIDE, column : column + SIDE] for row, column in corners])
    return Gallery(images, tuple(label for _, label in KNOWN[:count]), tuple(at for at, _ in KNOWN[:count]))
