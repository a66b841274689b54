"""Small data made here, and the real files where they are."""

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist import MnistError
from mnist.data import FILES, Digits
from tests.shared_files import SHARED, shared_file

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("MNIST_DATA", SHARED / "mnist"))


def pack(path: Path, magic: int, values: np.ndarray) -> None:
    header = struct.pack(f">{1 + values.ndim}I", magic, *values.shape)
    path.write_bytes(gzip.compress(header + values.tobytes(), mtime=0))


def make_digits(count: int, seed: int = 0) -> Digits:
    """Ten patterns of coarse blocks with noise: any network learns them within a few epochs."""
    random = np.random.default_rng(seed)
    patterns = (np.random.default_rng(99).random((10, 7, 7)) > 0.6).repeat(4, 1).repeat(4, 2) * 180
    labels = random.integers(0, 10, count)
    images = np.clip(patterns[labels] + random.normal(20, 20, (count, 28, 28)), 0, 255).astype(np.uint8)
    return Digits(torch.from_numpy(images), torch.from_numpy(labels))


def write_files(folder: Path, train: int = 256, test: int = 100) -> Path:
    folder.mkdir(exist_ok=True)
    for (images, labels), digits in zip(FILES.values(), (make_digits(train), make_digits(test, 1)), strict=True):
        pack(folder / images[0], 2051, digits.images.numpy())
        pack(folder / labels[0], 2049, digits.labels.numpy().astype(np.uint8))
    return folder


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small steps are fastest on one thread, and do not stand in each other's way, nor in that of other programs."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)
    torch.set_num_threads(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "digits")


@pytest.fixture(scope="session")
def real_mnist() -> Path:
    """The folder of MNIST's own files; `MNIST_DATA` may name another."""
    for name, _ in (file for pair in FILES.values() for file in pair):
        shared_file(REAL / name)
    return REAL


def refusal(call, *arguments, **options) -> str:
    """Return the complaint that a call ends in, which is one line."""
    with pytest.raises(MnistError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)
