"""The digits: four idx files, verified and read into one tensor each; and a split of the training set by writer."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from mnist.errors import MnistError

Split = Literal["train", "test"]

MEAN, DEVIATION = 0.1307, 0.3081  # of the training set's pixels in 0…1
SIDE = 28

# Names and md5 as torchvision.datasets.MNIST lists them: images, labels.
FILES: dict[Split, tuple[tuple[str, str], tuple[str, str]]] = {
    "train": (
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
    ),
    "test": (
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ),
}
_UNPACKED_MD5 = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
_IMAGES_MAGIC, _LABELS_MAGIC = 2051, 2049


@dataclass(frozen=True)
class Digits:
    """Images and what they show.

    Attributes:
        images: uint8, shape (n, 28, 28).
        labels: int64, shape (n,).
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, chosen: Tensor) -> "Digits":
        """Return the digits at these indices (int64), or where this mask is true (bool)."""
        return Digits(self.images[chosen], self.labels[chosen])


def load_digits(folder: Path, split: Split, *, md5: bool = True) -> Digits:
    """Read the training or the test set.

    Args:
        folder: where the files are, packed (.gz) or unpacked, or the folder that torchvision downloads into.
        split: which of the two.
        md5: whether the files must be MNIST's own; if not, any idx files of 28×28 images in ten classes will do.

    Raises:
        MnistError: a file is missing, damaged, or something else.
    """
    (images_path, images_md5), (labels_path, labels_md5) = (_find(folder, *file) for file in FILES[split])
    images = read_idx(images_path, _IMAGES_MAGIC, images_md5 if md5 else None)
    labels = read_idx(labels_path, _LABELS_MAGIC, labels_md5 if md5 else None)
    if images.shape[1:] != (SIDE, SIDE):
        raise MnistError(str(images_path), f"images of {images.shape[1]}×{images.shape[2]}", "28×28 was expected")
    if len(images) != len(labels) or not len(labels):
        raise MnistError(str(folder), f"{len(images)} images and {len(labels)} labels", "as many of both were expected")
    if labels.max() > 9:
        raise MnistError(str(labels_path), f"a label {labels.max()}", "labels from 0 to 9 were expected")
    return Digits(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))


def read_idx(path: Path, magic: int, md5: str | None = None) -> np.ndarray:
    """Read an idx file of bytes, a header of big-endian 32-bit numbers followed by the values.

    Args:
        path: the file, gzipped if its name ends in .gz.
        magic: what its first number must be: 2048 plus the number of dimensions.
        md5: what the file's md5 must be, if that is to be checked.

    Returns:
        uint8, in the shape that the header says.

    Raises:
        MnistError: the file cannot be read, or is not what was expected.
    """
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise MnistError(str(path), f"cannot be read ({error.strerror})", "an idx file was expected") from error
    found = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    if md5 is not None and found != md5:
        raise MnistError(str(path), f"damaged or another file, its md5 is {found}", f"{md5} was expected")
    try:
        content = gzip.decompress(packed) if path.suffix == ".gz" else packed
    except (OSError, EOFError, zlib.error) as error:
        raise MnistError(str(path), "truncated, or not a gzip file", "delete it and download it again") from error
    return _parse_idx(path, content, magic)


def _parse_idx(path: Path, content: bytes, magic: int) -> np.ndarray:
    dimensions = magic - 2048
    header = np.frombuffer(content[: 4 * (1 + dimensions)], dtype=">u4")
    if len(header) != 1 + dimensions or header[0] != magic:
        raise MnistError(str(path), "no idx file of this kind", f"the magic number {magic} was expected")
    shape = tuple(int(size) for size in header[1:])
    values = np.frombuffer(content, dtype=np.uint8, offset=header.nbytes)
    if values.size != np.prod(shape, dtype=np.int64):
        raise MnistError(str(path), f"truncated, {values.size:,} values", f"{shape} were announced")
    return values.reshape(shape).copy()


def download(folder: Path, splits: Iterable[Split] = ("train", "test")) -> None:
    """Have torchvision download into a folder what is missing from it.

    Args:
        folder: where to.
        splits: which sets are wanted, for the message where that fails.

    Raises:
        MnistError: there is no network, or no torchvision that works.
    """
    try:
        from torchvision.datasets import MNIST  # only users without the files need it
    except (ImportError, RuntimeError) as error:  # RuntimeError: a build that does not match torch
        raise MnistError("torchvision", f"does not load ({error})", 'pip install -e ".[mnist]"') from error
    missing = missing_files(folder, splits)
    wanting = ", ".join(missing) if len(missing) < 4 else "MNIST files"
    places = (folder / "MNIST" / "raw", folder / "MNIST", folder, *folder.parents)
    new = [place for place in places if not place.exists()]
    try:
        MNIST(str(folder), download=True)
    except (OSError, RuntimeError) as error:
        for place in new:
            with suppress(OSError):  # it may hold a part that a second attempt can use
                place.rmdir()
        reason = str(error).splitlines()[0].rstrip(":")
        raise MnistError(
            str(folder),
            f"no {wanting} there, and no download ({reason})",
            "name the folder of MNIST's files with --data",
        ) from error


def missing_files(folder: Path, splits: Iterable[Split] = ("train", "test")) -> list[str]:
    """Return the names of those of MNIST's files that are not in a folder, neither packed nor unpacked."""
    names = [name for split in splits for name, _ in FILES[split]]
    return [name for name in names if _locate(folder, name) is None]


def validation_mask() -> Tensor:
    """Return which of the 60,000 training images are for validation: bool, shape (60000,).

    They are all 10,157 images by 89 of the training set's 539 writers, so that no writer is on both sides. The writers
    are those of NIST's own records, which QMNIST lists image by image (`torchvision.datasets.QMNIST`).
    """
    packed = np.frombuffer(files("mnist").joinpath("validation.bits").read_bytes(), dtype=np.uint8)
    return torch.from_numpy(np.unpackbits(packed)[:60_000].astype(bool))


def split_by_writer(train: Digits) -> tuple[Digits, Digits]:
    """Split MNIST's training set by writer: what to train on, and what to validate on.

    Raises:
        MnistError: this is not MNIST's training set.
    """
    mask = validation_mask()
    if len(train) != len(mask):
        raise MnistError("--validate", f"{len(train):,} training images", "the writers of MNIST's 60,000 are known")
    return train.pick(~mask), train.pick(mask)


def normalise(images: Tensor) -> Tensor:
    """Turn bytes of shape (n, 28, 28) into network input: float32, shape (n, 1, 28, 28), mean 0, deviation 1."""
    return images.unsqueeze(1).float().div_(255).sub_(MEAN).div_(DEVIATION)


def _find(folder: Path, name: str, md5: str) -> tuple[Path, str]:
    """Return the path of a file of MNIST's, packed or unpacked, and its md5."""
    path = _locate(folder, name)
    if path is None:
        raise MnistError(str(folder), f"no {name} there", "name the folder of MNIST's files with --data")
    return path, md5 if path.suffix == ".gz" else _UNPACKED_MD5[name.removesuffix(".gz")]


def _locate(folder: Path, name: str) -> Path | None:
    """Find a file by its own name, or unpacked, where some write a dot for the second hyphen."""
    unpacked = name.removesuffix(".gz")
    names = (name, unpacked, unpacked.replace("-idx", ".idx"))
    places = (place / one for place in (folder, folder / "MNIST" / "raw") for one in names)
    return next((place for place in places if place.is_file()), None)
