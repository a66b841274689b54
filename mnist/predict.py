"""Reading pictures of digits, and answering what they show."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor, nn

from mnist.data import SIDE
from mnist.errors import MnistError
from mnist.evaluate import logits

_BOX = 20
_INK = 64  # of 255, from where a pixel belongs to the digit


@dataclass(frozen=True)
class Answer:
    """What a model makes of one picture.

    Attributes:
        digit: the most probable one.
        probability: of it, 0 to 1.
        second: the next most probable one.
        second_probability: of that one.
    """

    digit: int
    probability: float
    second: int
    second_probability: float


def predict(model: nn.Module, images: Tensor) -> list[Answer]:
    """Answer what images show: uint8, shape (n, 28, 28), white on black as MNIST has them."""
    probabilities, digits = logits(model, images).softmax(dim=1).topk(2)
    return [
        Answer(int(digit[0]), float(sure[0]), int(digit[1]), float(sure[1]))
        for sure, digit in zip(probabilities, digits, strict=True)
    ]


def read_image(path: Path) -> Tensor:
    """Read a picture of one digit and bring it into MNIST's form, as NIST's were.

    The digit, dark on light or light on dark, is cut out, scaled into 20×20 pixels and placed with its centre of mass
    in the middle of 28×28. A picture of 28×28 pixels is only turned to white on black.

    Returns:
        uint8, shape (28, 28).

    Raises:
        MnistError: the file is no picture, or shows nothing.
    """
    try:
        with Image.open(path) as picture:
            pixels = np.asarray(_flat(picture).convert("L"))
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        reason = getattr(error, "strerror", None) or "no picture that can be read"
        raise MnistError(str(path), reason, "a picture of one digit was expected") from error
    if _edge(pixels) > 127:
        pixels = 255 - pixels
    if pixels.max() < _INK:
        raise MnistError(str(path), "nothing to see in it", "a digit that stands out from its ground was expected")
    if pixels.shape != (SIDE, SIDE):
        pixels = _centred(_scaled(pixels))
    return torch.from_numpy(pixels.copy())


def _flat(picture: Image.Image) -> Image.Image:
    """Put what is transparent onto white."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture


def _edge(pixels: np.ndarray) -> float:
    return float(np.median(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])))


def _scaled(pixels: np.ndarray) -> np.ndarray:
    """Cut the digit out and scale its longer side to 20 pixels."""
    rows, columns = np.nonzero(pixels >= _INK)
    cut = Image.fromarray(pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
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
