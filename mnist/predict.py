"""Reading pictures of digits, and classifying them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from scipy import ndimage
from torch import Tensor, nn

from mnist.data import SIDE
from mnist.errors import MnistError
from mnist.measurement import logits

_BOX = 20
_LONGEST = 400  # pixels; photographs have more than is useful
_FAINT = 24  # of 255; less contrast than this is only paper
_FITS = 10
_MOST, _DEEPEST = 255, 65_535  # in 8 and in 16 bits
_SPECK = 0.05  # of the largest piece of ink


@dataclass(frozen=True)
class Answer:
    """A model's answer to one picture.

    Attributes:
        digit: the most probable one.
        probability: its probability, 0 to 1.
        second: the second most probable one.
        second_probability: its probability.
    """

    digit: int
    probability: float
    second: int
    second_probability: float


def predict(model: nn.Module, images: Tensor) -> list[Answer]:
    """Classify images: uint8, shape (n, 28, 28), white on black as in MNIST."""
    probabilities, digits = logits(model, images).softmax(dim=1).topk(2)
    return [
        Answer(int(digit[0]), float(sure[0]), int(digit[1]), float(sure[1]))
        for sure, digit in zip(probabilities, digits, strict=True)
    ]


def read_image(path: Path) -> Tensor:
    """Read a picture of one digit and normalise it as MNIST's were.

    The digit, dark on light or light on dark, is separated from its background, cropped, scaled into 20×20 pixels and
    placed with its centre of mass in the middle of 28×28. A picture of 28×28 pixels is only made white on black.

    Returns:
        uint8, shape (28, 28).

    Raises:
        MnistError: the file is not a picture, or shows nothing.
    """
    try:
        with Image.open(path) as picture:
            grey = _flat(_eight_bits(ImageOps.exif_transpose(picture))).convert("L")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        reason = getattr(error, "strerror", None) or "no picture that can be read"
        raise MnistError(str(path), reason, "a picture of one digit was expected") from error
    as_it_is = grey.size == (SIDE, SIDE)
    ink = _white_on_black(np.asarray(grey)) if as_it_is else lift(grey)
    if ink.max() < _FAINT:
        raise MnistError(str(path), "nothing to see in it", "a digit that stands out from its ground was expected")
    return torch.from_numpy(ink.copy() if as_it_is else _centred(_scaled(ink)))


def lift(grey: Image.Image) -> np.ndarray:
    """Return how much of each pixel is ink: uint8, smaller than the picture where that is large.

    The background is modelled as a smooth surface, so lighting may be uneven. What differs from it by less than half
    of Otsu's threshold is background, by more than one and a half times it full ink; blank paper is 0 everywhere.
    """
    small = grey.copy()
    small.thumbnail((_LONGEST, _LONGEST))
    pixels = np.asarray(small, dtype=float)
    ink = _ground(pixels) - pixels
    if -ink.min() > ink.max():  # light on dark
        ink = -ink
    if ink.max() < _FAINT:
        return np.zeros(pixels.shape, dtype=np.uint8)
    threshold = _otsu(ink)
    return _inside(np.asarray(((ink - threshold / 2) / threshold).clip(0, 1) * 255, dtype=np.uint8))


def _inside(ink: np.ndarray) -> np.ndarray:
    """Clear specks, and what touches the edge (the table under the paper, say), unless nothing else would remain."""
    pieces, count = ndimage.label(ink > 127, structure=np.ones((3, 3)))
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    for side in (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]):
        sizes[side] = 0
    if not sizes.any():
        return ink
    cleared = (pieces > 0) & (sizes < _SPECK * sizes.max())[pieces]
    return np.where(cleared, 0, ink).astype(np.uint8)


def _ground(pixels: np.ndarray) -> np.ndarray:
    """Fit a quadratic surface to the pixels near the median, then to those near that surface, and so on."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, size) for size in pixels.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = pixels.ravel()
    surface = np.full(len(values), np.median(values))
    for _ in range(_FITS):
        distance = np.abs(values - surface)
        near = distance <= 1 + 3 * np.median(distance)
        surface = terms @ np.linalg.lstsq(terms[near], values[near], rcond=None)[0]
    return np.asarray(surface.reshape(pixels.shape))


def _otsu(values: np.ndarray) -> float:
    """Return the threshold of largest between-class variance (Otsu, 1979); of equally good ones, the middle."""
    counts, edges = np.histogram(values.clip(0), bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below, sums = counts.cumsum()[:-1], (counts * centres).cumsum()
    above = counts.sum() - below
    variance = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    return float(edges[1:-1][variance >= 0.999 * np.nanmax(variance)].mean())


def _white_on_black(pixels: np.ndarray) -> np.ndarray:
    return pixels if np.median(pixels) < 128 else 255 - pixels


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale a picture with 16 bits to a pixel, which Pillow would clip at 255."""
    if not picture.mode.startswith("I"):
        return picture
    pixels = np.asarray(picture, dtype=np.int64).clip(0, _DEEPEST)
    return Image.fromarray((pixels >> 8 if pixels.max() > _MOST else pixels).astype(np.uint8))


def _flat(picture: Image.Image) -> Image.Image:
    """Put transparent parts on white."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture


def _scaled(ink: np.ndarray) -> np.ndarray:
    """Crop the digit and scale its longer side to 20 pixels."""
    rows, columns = np.nonzero(ink > 127)
    cut = Image.fromarray(ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    factor = _BOX / max(cut.size)
    size = (max(1, round(cut.width * factor)), max(1, round(cut.height * factor)))
    return np.asarray(cut.resize(size, Image.Resampling.LANCZOS))


def _centred(digit: np.ndarray) -> np.ndarray:
    """Place a digit of at most 20×20 pixels with its centre of mass in the middle of 28×28, as far as it fits."""
    weights = digit.astype(float) / digit.sum()
    centre = [(weights.sum(axis=1 - axis) * np.arange(digit.shape[axis])).sum() for axis in (0, 1)]
    place = [
        int(np.clip(round((SIDE - 1) / 2 - middle), 0, SIDE - size))
        for middle, size in zip(centre, digit.shape, strict=True)
    ]
    canvas = np.zeros((SIDE, SIDE), dtype=np.uint8)
    canvas[place[0] : place[0] + digit.shape[0], place[1] : place[1] + digit.shape[1]] = digit
    return canvas
