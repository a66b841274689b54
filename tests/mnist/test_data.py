"""Reading the idx files, and complaining about what they are not."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist.data import (
    DEVIATION,
    FILES,
    MEAN,
    Digits,
    download,
    load_digits,
    missing_files,
    normalise,
    read_idx,
    split_by_writer,
    validation_mask,
)
from tests.mnist.conftest import make_digits, pack, refusal, write_files
from tests.shared_files import shared_file

IMAGES, LABELS = FILES["train"][0][0], FILES["train"][1][0]


def test_what_is_written_is_read(folder: Path):
    digits, expected = load_digits(folder, "train", md5=False), make_digits(256)
    assert digits.images.dtype == torch.uint8
    assert digits.labels.dtype == torch.int64
    assert torch.equal(digits.images, expected.images)
    assert torch.equal(digits.labels, expected.labels)


def test_files_are_found_where_torchvision_puts_them(tmp_path: Path):
    (tmp_path / "MNIST").mkdir()
    write_files(tmp_path / "MNIST" / "raw")
    assert not missing_files(tmp_path)
    assert len(load_digits(tmp_path, "test", md5=False)) == 100


def unpack(path: Path, name: str | None = None) -> Path:
    unpacked = path.with_name(name or path.stem)
    unpacked.write_bytes(gzip.decompress(path.read_bytes()))
    path.unlink()
    return unpacked


def test_unpacked_files_are_read(folder: Path):
    expected = load_digits(folder, "train", md5=False)
    unpack(folder / IMAGES)
    unpack(folder / LABELS, "train-labels.idx1-ubyte")
    assert not missing_files(folder)
    digits = load_digits(folder, "train", md5=False)
    assert torch.equal(digits.images, expected.images)
    assert torch.equal(digits.labels, expected.labels)


def test_the_md5_of_an_unpacked_file_is_checked(folder: Path):
    path = unpack(folder / IMAGES)
    words = refusal(load_digits, folder, "train")
    assert words.startswith(f"{path}: damaged or another file, its md5 is ")
    assert words.endswith("6bbc9ace898e44ae57da46a324031adb was expected")


def test_an_unpacked_file_that_is_cut(folder: Path):
    path = unpack(folder / IMAGES)
    path.write_bytes(path.read_bytes()[:-5])
    assert "(256, 28, 28) were announced" in refusal(load_digits, folder, "train", md5=False)


def test_the_real_files_unpacked(real_mnist: Path, tmp_path: Path):
    for pair in FILES.values():
        for name, _ in pair:
            (tmp_path / name.removesuffix(".gz")).write_bytes(gzip.decompress((real_mnist / name).read_bytes()))
    assert (len(load_digits(tmp_path, "train")), len(load_digits(tmp_path, "test"))) == (60_000, 10_000)


def test_only_what_is_asked_for_is_missing(folder: Path):
    (folder / LABELS).unlink()
    assert missing_files(folder, ["train"]) == [LABELS]
    assert missing_files(folder, ["test"]) == []


def test_the_md5_is_checked(folder: Path):
    words = refusal(load_digits, folder, "train")
    assert words.startswith(f"{folder / IMAGES}: damaged or another file, its md5 is ")
    assert words.endswith("f68b3c2dcbeaaa9fbdd348bbdeb94873 was expected")


def test_read_idx_takes_the_right_md5(folder: Path):
    path = folder / IMAGES
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    assert read_idx(path, 2051, md5).shape == (256, 28, 28)


def test_a_truncated_file(folder: Path):
    path = folder / IMAGES
    path.write_bytes(path.read_bytes()[:-100])
    assert refusal(load_digits, folder, "train", md5=False).startswith(f"{path}: truncated, or not a gzip file")


def test_a_file_whose_content_is_cut(folder: Path):
    path = folder / IMAGES
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-5]))
    assert "(256, 28, 28) were announced" in refusal(load_digits, folder, "train", md5=False)


def test_labels_where_images_belong(folder: Path):
    (folder / IMAGES).write_bytes((folder / LABELS).read_bytes())
    assert "the magic number 2051 was expected" in refusal(load_digits, folder, "train", md5=False)


def test_an_empty_gzip_file(folder: Path):
    (folder / LABELS).write_bytes(gzip.compress(b""))
    assert "the magic number 2049 was expected" in refusal(load_digits, folder, "train", md5=False)


def test_a_missing_file(folder: Path):
    (folder / LABELS).unlink()
    assert missing_files(folder)
    assert refusal(load_digits, folder, "train").startswith(f"{folder}: no {LABELS} there; ")


def test_images_of_another_size(folder: Path):
    pack(folder / IMAGES, 2051, np.zeros((256, 20, 28), np.uint8))
    assert "images of 20×28" in refusal(load_digits, folder, "train", md5=False)


def test_fewer_labels_than_images(folder: Path):
    pack(folder / LABELS, 2049, np.zeros(9, np.uint8))
    assert "256 images and 9 labels" in refusal(load_digits, folder, "train", md5=False)


def test_a_label_that_is_no_digit(folder: Path):
    pack(folder / LABELS, 2049, np.full(256, 10, np.uint8))
    assert "a label 10" in refusal(load_digits, folder, "train", md5=False)


def test_a_header_that_announces_more_than_memory_holds(folder: Path):
    header = struct.pack(">4I", 2051, *[2**32 - 1] * 3)
    (folder / IMAGES).write_bytes(gzip.compress(header))
    assert "were announced" in refusal(load_digits, folder, "train", md5=False)


def test_without_a_network_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import torchvision.datasets

    def no_network(*_: object, **__: object) -> None:
        raise OSError("<urlopen error [Errno -3] Temporary failure in name resolution>")

    monkeypatch.setattr(torchvision.datasets, "MNIST", no_network)
    words = refusal(download, tmp_path / "data")
    assert words.startswith(f"{tmp_path / 'data'}: no MNIST files there, and no download (")
    assert "--data" in words


def test_normalised_pixels_are_the_formula():
    images = torch.tensor([[[0, 255]]], dtype=torch.uint8)
    expected = [(0 - MEAN) / DEVIATION, (1 - MEAN) / DEVIATION]
    assert normalise(images).flatten().tolist() == pytest.approx(expected)
    assert normalise(images).shape == (1, 1, 1, 2)


def test_the_validation_split_has_as_many_images_as_its_writers_wrote():
    mask = validation_mask()
    assert mask.shape == (60_000,)
    assert int(mask.sum()) == 10_157
    assert mask.nonzero().flatten()[:5].tolist() == [2, 4, 18, 56, 66]


def test_splitting_parts_the_training_set():
    whole = Digits(torch.zeros(60_000, 1, 1, dtype=torch.uint8), torch.arange(60_000))
    train, held_out = split_by_writer(whole)
    assert len(held_out) == 10_157
    assert sorted(train.labels.tolist() + held_out.labels.tolist()) == list(range(60_000))
    assert "256 training images" in refusal(split_by_writer, make_digits(256))


def test_the_split_is_the_listed_one(real_mnist: Path):
    listed = shared_file(real_mnist / "validation-by-writer.txt")
    assert validation_mask().nonzero().flatten().tolist() == [int(line) for line in listed.read_text().split()]


def test_the_real_files_are_what_they_should_be(real_mnist: Path):
    train, test = load_digits(real_mnist, "train"), load_digits(real_mnist, "test")
    assert (len(train), len(test)) == (60_000, 10_000)
    pixels = train.images.double() / 255
    assert float(pixels.mean()) == pytest.approx(MEAN, abs=5e-5)
    assert float(pixels.std()) == pytest.approx(DEVIATION, abs=5e-5)
