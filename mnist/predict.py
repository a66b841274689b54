"""Reading pictures of digits, and classifying them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor, nn

from mnist.data import SIDE
from mnist.errors import MnistError
from mnist.ink import FAINT, large_pieces, lift
from mnist.measurement import logits

_BOX = 20
_MOST, _DEEPEST = 255, 65_535  # in 8 and in 16 bits


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


@dataclass(frozen=True)
class Picture:
    """A picture of a digit, in MNIST's form.

    Attributes:
        image: uint8, shape (28, 28), white on black.
        pieces: how many large pieces of ink there are: more than one may be several digits.
    """

    image: Tensor
    pieces: int = 1


def read_picture(path: Path) -> Picture:
    """Read a picture of one digit and normalise it as MNIST's were.

    The digit, dark on light or light on dark or of another colour, is separated from its background, cropped, scaled
    into 20×20 pixels and placed with its centre of mass in the middle of 28×28. A picture of 28×28 pixels is only made
    white on black.

    Raises:
        MnistError: the file is not a picture, or shows nothing.
    """
    try:
        with Image.open(path) as opened:
            picture = _in_grey_or_colour(_opaque(_eight_bits(ImageOps.exif_transpose(opened))))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        reason = getattr(error, "strerror", None) or "no picture that can be read"
        raise MnistError(str(path), reason, "a picture of one digit was expected") from error
    as_it_is = picture.size == (SIDE, SIDE)
    ink = _white_on_black(np.asarray(picture.convert("L"))) if as_it_is else lift(picture)
    if ink.max() < FAINT:
        raise MnistError(str(path), "nothing to see in it", "a digit that stands out from its ground was expected")
    if as_it_is:
        return Picture(torch.from_numpy(ink.copy()))
    return Picture(torch.from_numpy(_centred(_scaled(ink))), large_pieces(ink))


def _white_on_black(pixels: np.ndarray) -> np.ndarray:
    return pixels if np.median(pixels) < 128 else 255 - pixels


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale a picture with 16 bits to a pixel, which Pillow would clip at 255."""
    if not picture.mode.startswith("I"):
        return picture
    pixels = np.asarray(picture, dtype=np.int64).clip(0, _DEEPEST)
    return Image.fromarray((pixels >> 8 if pixels.max() > _MOST else pixels).astype(np.uint8))


def _opaque(picture: Image.Image) -> Image.Image:
    """Put transparent parts on white; where all that is visible has one colour, make it black."""
    if not picture.has_transparency_data:
        return picture
    picture = picture.convert("RGBA")
    pixels = np.asarray(picture)
    visible = pixels[pixels[..., 3] > _MOST // 2][:, :3]
    if visible.size and np.ptp(visible, axis=0).max() < FAINT:
        return Image.fromarray(_MOST - pixels[..., 3])
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)


def _in_grey_or_colour(picture: Image.Image) -> Image.Image:
    """Return a picture in shades of grey, or in RGB where it has colours."""
    colours = np.asarray(picture.convert("RGB"))
    return picture.convert("L" if (colours == colours[..., :1]).all() else "RGB")


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
