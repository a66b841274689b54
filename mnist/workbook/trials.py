"""What the workbook is tried on: what a reader may type, and the image that the network then sees."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from mnist.data import SIDE
from mnist.workbook.description import Description
from mnist.workbook.digits import Gallery
from mnist.workbook.layout import (
    CHOICES,
    DRAWING,
    ETA,
    FIRST_MAP,
    KERNEL_MAP,
    KERNEL_USED,
    OWN_LABEL,
    PATCH,
    Block,
    stored_digit,
)
from mnist.workbook.sheets.what_if import TRAINED, YOURS, ready_made
from sheetgen.types import Array, Place

_SEED = 15
Typed = dict[Place, float | str]


@dataclass(frozen=True)
class Trial:
    """What a reader may choose and type.

    Attributes:
        digit: the chosen one, from 1; 0 for an empty sheet.
        stored: pixels in place of the chosen digit's own, which this destroys; None for its own.
        drawn: pixels, nan where nothing is drawn; None for an empty field.
        label: what the reader says it is.
        patch: its size, top row and left column.
        replaced: the map of the first convolution, from 0, whose kernel is replaced.
        used: by what: the name of a ready-made kernel, or the reader's own.
        kernel: that kernel.
        looked_at: layer, map, row and column of the cell that is taken apart, each from 1.
        unfolded: the map of the first convolution that is unfolded, from 0.
        eta: the length of the step.
    """

    digit: int
    stored: Array | None = None
    drawn: Array | None = None
    label: int | None = None
    patch: tuple[int, int, int] = (0, 8, 8)
    replaced: int = 0
    used: str = TRAINED
    kernel: Array = field(default_factory=lambda: np.zeros((1, 1)))
    looked_at: tuple[int, int, int, int] = (1, 1, 1, 1)
    unfolded: int = 0
    eta: float = 0.5

    def image(self, gallery: Gallery) -> Array:
        """Return what the network sees: 0…255, shape (28, 28)."""
        image = gallery.images[self.digit - 1] if self.digit else np.zeros((SIDE, SIDE))
        if self.stored is not None:
            image = self.stored
        if self.drawn is not None:
            image = np.where(np.isnan(self.drawn), image, self.drawn)
        size, top, left = self.patch
        covered = np.zeros((SIDE, SIDE), dtype=bool)
        covered[top - 1 : top - 1 + size, left - 1 : left - 1 + size] = True
        return np.where(covered, 0.0, image)

    def target(self, gallery: Gallery) -> int | None:
        """Return the label, or None where there is none."""
        if self.label is not None:
            return self.label
        return gallery.labels[self.digit - 1] if self.digit else None

    def changed_kernel(self) -> tuple[int, Array] | None:
        """Return which kernel is replaced, and by what."""
        return None if self.used == TRAINED else (self.replaced, self.kernel)

    @property
    def is_as_given(self) -> bool:
        """Whether the network sees a digit as it is, and is as it was trained."""
        own = self.digit and self.stored is None and self.drawn is None
        return bool(own) and not self.patch[0] and self.used == TRAINED

    def typed(self, yours: Block) -> Typed:
        """Return what has to stand in which cells, the field for drawing apart where it is empty."""
        choices = dict(zip(("layer", "map", "row", "column"), self.looked_at, strict=True))
        cells: dict[Block, float | str] = {CHOICES[f"chosen_{name}"]: value for name, value in choices.items()}
        cells |= {PATCH[name]: value for name, value in zip(("size", "row", "column"), self.patch, strict=True)}
        cells |= {CHOICES["digit"]: self.digit, OWN_LABEL: "" if self.label is None else self.label}
        cells |= {KERNEL_MAP: self.replaced + 1, KERNEL_USED: self.used, FIRST_MAP: self.unfolded + 1, ETA: self.eta}
        typed = {place_of(block, 0, 0): value for block, value in cells.items()}
        if self.used == YOURS:
            typed |= {place_of(yours, *at): float(self.kernel[at]) for at in np.ndindex(self.kernel.shape)}
        if self.stored is not None:
            strip = stored_digit(self.digit)
            typed |= {place_of(strip, *at): float(self.stored[at]) for at in np.ndindex(self.stored.shape)}
        if self.drawn is not None:
            inked = (at for at in np.ndindex(self.drawn.shape) if not np.isnan(self.drawn[at]))
            typed |= {place_of(DRAWING, *at): float(self.drawn[at]) for at in inked}
        return typed


def place_of(block: Block, row: int, column: int) -> Place:
    """Return one of a block's cells as engines know it, from row and column 1."""
    return block.sheet, block.row + row + 1, block.column + column + 1


def all_trials(description: Description, gallery: Gallery) -> Iterator[Trial]:
    """Return the trials: every digit, then drawn noise, a patch, other kernels, and a digit of noise.

    Noise reaches nearly every cell and weight, which no digit does.
    """
    random = np.random.default_rng(_SEED)
    for trial in _trials(description, gallery, random):
        layer = int(random.integers(len(description.layers)))
        shape = description.layers[layer].outputs
        own, row, column = (int(random.integers(length)) + 1 for length in shape)
        looked_at = (layer + 1, own, row, column)
        unfolded = int(random.integers(description.first.outputs[0]))
        eta = float(random.choice((0.1, 0.5, 2)))
        yield replace(trial, looked_at=looked_at, unfolded=unfolded, eta=eta)


def _trials(description: Description, gallery: Gallery, random: np.random.Generator) -> Iterator[Trial]:
    maps, size = description.first.outputs[0], description.first.size
    yield from (Trial(number) for number in range(1, len(gallery) + 1))
    for number in range(6):
        drawn = random.integers(0, 256, (SIDE, SIDE)).astype(float)
        hidden = random.random((SIDE, SIDE)) > (number + 1) / 6
        yield Trial(number % 2, drawn=np.where(hidden, np.nan, drawn), label=number if number else None)
    yield Trial(1, drawn=random.integers(1, 256, (SIDE, SIDE)).astype(float), patch=(9, 8, 11))
    for number, used in enumerate(("blur", "edges", "zero")):
        kernel = np.array([[ready_made(used, size, column) for column in range(size)]] * size)
        yield Trial(1, replaced=number % maps, used=used, kernel=kernel)
    for number in range(maps):
        yield Trial(1, replaced=number, used=YOURS, kernel=random.normal(0, 0.5, (size, size)).round(3))
    yield Trial(len(gallery), stored=random.integers(1, 256, (SIDE, SIDE)).astype(float))
