"""A file is written whole or not at all, and only where one may be written."""

import gc
import os
import sys
import zipfile
from pathlib import Path

import pytest

from mnist.errors import MnistError
from mnist.output import write_whole
from sheetgen.errors import SheetgenError, UserError
from sheetgen.files import replacing, write_lines


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file that is there before."""
    path = tmp_path / "kept.txt"
    path.write_text("as it was")
    return path


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(28, "No space left on device"), SheetgenError),
        (RuntimeError("disk full\nand more"), SheetgenError),
        (ValueError("a fault"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_what_goes_wrong_leaves_the_file_as_it_was_and_nothing_else(
    kept: Path, error: BaseException, raised: type[BaseException]
):
    def fail(draft: Path) -> None:
        draft.write_text("half")
        raise error

    with pytest.raises(raised) as caught, replacing(kept, failures=(RuntimeError,)) as draft:
        fail(draft)
    assert "\n" not in str(caught.value)
    assert list(kept.parent.iterdir()) == [kept]
    assert kept.read_text() == "as it was"


def test_the_words_of_a_wrapped_error_are_those_of_the_system(kept: Path):
    def fail() -> None:
        try:
            kept.with_name("x" * 300).touch()
        except OSError as error:
            raise RuntimeError("wrapped") from error

    words = r"kept\.txt: cannot be written \(File name too long\); make room, or choose another place"
    with pytest.raises(SheetgenError, match=words), replacing(kept, failures=(RuntimeError,)):
        fail()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (".", "is a folder"),
        ("no/such/x.xlsx", r"cannot be written \(there is no folder "),
        ("x.xls", r"does not end in \.xlsx"),
        ("pipe", "is not a plain file"),
        ("source.xlsx", "is the workbook itself"),
        ("link.xlsx", "is the workbook itself"),
        ("hard.xlsx", "is the workbook itself"),
    ],
)
def test_places_where_nothing_may_be_written(tmp_path: Path, place: str, words: str):
    source = tmp_path / "source.xlsx"
    source.write_text("as it was")
    (tmp_path / "link.xlsx").symlink_to(source)
    os.link(source, tmp_path / "hard.xlsx")
    os.mkfifo(tmp_path / "pipe")
    before = set(tmp_path.iterdir())
    with pytest.raises(SheetgenError, match=words), replacing(tmp_path / place, [source], ending=".xlsx") as draft:
        draft.write_text("another")
    assert set(tmp_path.iterdir()) == before
    assert source.read_text() == "as it was"


def test_links_are_followed_even_where_they_lead_nowhere(tmp_path: Path, kept: Path):
    (tmp_path / "link").symlink_to(kept)
    write_lines(tmp_path / "link", ["new"])
    assert (tmp_path / "link").is_symlink()
    assert kept.read_text() == "new\n"
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    write_lines(tmp_path / "circle", ["new"])
    assert (tmp_path / "circle").read_text() == "new\n"


def test_signs_that_utf_8_does_not_have_are_escaped(tmp_path: Path):
    write_lines(tmp_path / "x", ["\udc80"])
    assert (tmp_path / "x").read_text() == "\\udc80\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_archives_that_a_writer_leaves_open_complain_no_more(kept: Path, monkeypatch: pytest.MonkeyPatch):
    complaints: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)

    def write() -> None:
        archive = zipfile.ZipFile("/dev/full", "w")
        archive.writestr("part", "content")
        raise OSError(28, "No space left on device")

    with pytest.raises(SheetgenError), replacing(kept):
        write()
    gc.collect()
    assert complaints == []


def test_mnist_makes_the_folder_and_complains_in_its_own_name(tmp_path: Path, kept: Path):
    write_whole(tmp_path / "a" / "b" / "x.txt", lambda draft: draft.write_text("new"))
    assert (tmp_path / "a" / "b" / "x.txt").read_text() == "new"
    with pytest.raises(MnistError, match="cannot be written"):
        write_whole(kept / "x.txt", lambda draft: draft.write_text("new"))
    assert issubclass(MnistError, UserError)
    assert issubclass(SheetgenError, UserError)
