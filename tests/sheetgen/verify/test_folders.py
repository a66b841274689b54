"""Which files of a folder are judged, which are skipped, and that nothing vanishes without a word."""

from pathlib import Path

import pytest

from sheetgen.errors import SheetgenError
from sheetgen.verify.folders import say_skipped, search


def test_folders_are_searched_and_owner_files_left_out(tmp_path: Path):
    inner = tmp_path / "b" / "c"
    inner.mkdir(parents=True)
    for name in ("z.xlsx", "a.XLSM", "~$z.xlsx", "._z.xlsx", ".DS_Store", "notes.txt", "old.xls", "all.zip"):
        (tmp_path / name).touch()
    for name in ("deep.xlsx", "mine.ods", "theirs.xlsb", "essay.pdf"):
        (inner / name).touch()
    given = tmp_path / "notes.txt"
    searched = search([given, tmp_path, tmp_path / "z.xlsx"])
    assert [str(path.relative_to(tmp_path)) for path in searched.files] == [
        "notes.txt", "a.XLSM", "all.zip", "b/c/deep.xlsx", "b/c/mine.ods", "b/c/theirs.xlsb", "old.xls", "z.xlsx"
    ]  # fmt: skip
    assert searched.skipped == [inner / "essay.pdf"]
    assert search([tmp_path / "missing.xlsx"]).files == [tmp_path / "missing.xlsx"]


def test_what_was_skipped_is_said_in_one_line():
    assert say_skipped([]) == ""
    assert say_skipped([Path("a\nb.pdf")]) == "skipped, not workbooks by their endings: a b.pdf"
    many = say_skipped([Path(f"{number}.pdf") for number in range(1200)])
    assert many.startswith("skipped, not workbooks by their endings: 0.pdf, 1.pdf, ")
    assert many.endswith("9.pdf and 1,190 more")


def test_a_folder_without_workbooks_is_a_complaint(tmp_path: Path):
    (tmp_path / "~$a.xlsx").touch()
    (tmp_path / "a.pdf").touch()
    with pytest.raises(SheetgenError, match=r"no workbook in this folder; give one with \.xlsx, "):
        search([tmp_path])
