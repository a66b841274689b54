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
from mnist.ink import FAINT, large_pieces, lift
from mnist.measurement import logits

_BOX = 20
_THINNEST = 1.5  # pixels of the box
_MOST, _DEEPEST = 255, 65_535  # in 8 and in 16 bits


@dataclass(frozen=True)
class Answer:
    """A model's answer to one picture.

    Attributes:
        digit: the most probable one.
        probability: its probability, 0 to 1; as good as the temperature that it was computed with.
        second: the second most probable one.
        second_probability: its probability.
    """

    digit: int
    probability: float
    second: int
    second_probability: float


def predict(model: nn.Module, images: Tensor, temperature: float = 1.0) -> list[Answer]:
    """Classify images.

    Args:
        model: what classifies them.
        images: uint8, shape (n, 28, 28), white on black as in MNIST.
        temperature: what the logits are divided by, so that probabilities are those of being right (Guo et al., *On
            calibration of modern neural networks*, 2017); `mnist.pretrained.temperature` has those of what ships.
    """
    probabilities, digits = (logits(model, images) / temperature).softmax(dim=1).topk(2)
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
    """Scale a picture with 16 bits to a pixel, or floating-point numbers up to 1, which Pillow would clip at 255."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    pixels = np.nan_to_num(np.asarray(picture, dtype=float)).clip(0, _DEEPEST)
    most = pixels.max()
    scale = _MOST if picture.mode == "F" and most <= 1 else 1 if most <= _MOST else _MOST / _DEEPEST
    return Image.fromarray((pixels * scale).astype(np.uint8))


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
    """Crop the digit, scale its longer side to 20 pixels, and thicken strokes that would be thinner than MNIST's."""
    rows, columns = np.nonzero(ink > 127)
    cut = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    factor = _BOX / max(cut.shape)
    missing = _THINNEST - _stroke(cut) * factor
    if missing > 0:
        reach = round(missing / factor / 2)
        cut = ndimage.grey_dilation(np.pad(cut, reach), footprint=_disk(reach))
        factor = _BOX / max(cut.shape)
    height, width = (max(1, round(side * factor)) for side in cut.shape)
    return np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.LANCZOS))


def _stroke(ink: np.ndarray) -> float:
    """Return the width of a digit's strokes in pixels: the median along their middle."""
    depths = ndimage.distance_transform_edt(np.pad(ink > 127, 1))
    middle = (depths == ndimage.maximum_filter(depths, 3)) & (depths > 0)
    return float(2 * np.median(depths[middle]) - 1)


def _disk(reach: int) -> np.ndarray:
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= reach * reach)


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
