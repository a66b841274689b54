"""Pictures of the workbook, and those in the README and docs/ among them."""

import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from sheetgen import SheetgenError
from sheetgen.workbook.render import render_charts, render_sheets
from tests.conftest import load_script, require_program
from tests.sheetgen.conftest import Built

ROOT = Path(__file__).parents[3]
IMAGES = ROOT / "docs" / "images"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_pictures_in_the_docs_show_the_committed_workbooks():
    manifest = json.loads((IMAGES / "manifest.json").read_text(encoding="utf-8"))
    for name, shown in load_script("make_images").shown_workbooks().items():
        assert manifest.pop(name) == shown, "run docs/make_images.py"
    assert {path.name for path in IMAGES.glob("*.png")} == set(manifest)
    for name, expected in manifest.items():
        assert digest(IMAGES / name) == expected, name


def test_the_docs_show_every_picture_and_no_other():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = [name for page in pages for name in re.findall(r"\bimages/([\w.-]+)", page.read_text(encoding="utf-8"))]
    assert set(shown) == {path.name for path in IMAGES.glob("*.png")}


@pytest.mark.slow
def test_the_curves_in_the_docs_are_those_of_the_workbook(tmp_path: Path):
    render_charts(ROOT / "BackPropagation.xlsx", tmp_path, ["Learning rates"])
    for name, number in (("curves.png", 1), ("curves-log.png", 2)):
        committed, drawn = imread(IMAGES / name), imread(tmp_path / f"Learning-rates-chart-{number}.png")
        assert committed.shape == drawn.shape
        assert np.abs(committed - drawn).mean() < 0.01  # another release of matplotlib may move a letter


@pytest.mark.slow
def test_charts_are_drawn_one_picture_each(class_book: Built, tmp_path: Path):
    pictures = render_charts(class_book.path, tmp_path)
    assert len(pictures) == 13
    drawn = imread(tmp_path / "LR-0.5-chart-1.png")
    assert drawn[..., :3].std() > 0.05


@pytest.mark.slow
def test_sheets_are_rendered_as_libreoffice_shows_them(class_book: Built, tmp_path: Path):
    require_program("soffice")
    require_program("pdftoppm")
    pictures = render_sheets(class_book.path, tmp_path, ["Start", "LR 0.5"])
    assert [picture.name for picture in pictures] == ["Start.png", "LR-0.5.png"]
    start, table = (imread(picture) for picture in pictures)
    assert table.shape[1] > start.shape[1]
    assert start[..., :3].std() > 0.05


def test_mistakes_are_one_line(class_book: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SheetgenError, match="no such file"):
        render_charts(tmp_path / "none.xlsx", tmp_path)
    with pytest.raises(SheetgenError, match=r"no sheet 'LR 7'.*Start, Network, "):
        render_charts(class_book.path, tmp_path, ["LR 7"])
    (tmp_path / "x.xlsx").write_text("no workbook")
    with pytest.raises(SheetgenError, match="not a readable workbook"):
        render_charts(tmp_path / "x.xlsx", tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SheetgenError, match="soffice is not installed"):
        render_sheets(class_book.path, tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(SheetgenError, match="matplotlib is not installed"):
        render_charts(class_book.path, tmp_path)
