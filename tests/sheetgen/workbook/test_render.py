"""Pictures of the workbook, and those in the README and docs/ among them."""

import hashlib
import json
import re
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from openpyxl import Workbook, load_workbook
from openpyxl.chart import Reference, ScatterChart, Series

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


@pytest.mark.slow
def test_mistakes_are_one_line(class_book: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SheetgenError, match="no such file"):
        render_charts(tmp_path / "none.xlsx", tmp_path)
    with pytest.raises(SheetgenError, match=r"no sheet 'LR 7'.*Start, Network, "):
        render_charts(class_book.path, tmp_path, ["LR 7"])
    (tmp_path / "x.xlsx").write_text("no workbook")
    with pytest.raises(SheetgenError, match=r"not an \.xlsx workbook"):
        render_charts(tmp_path / "x.xlsx", tmp_path)
    with pytest.raises(SheetgenError, match=r"x\.xlsx: this folder cannot be made \(File exists\)"):
        render_charts(class_book.path, tmp_path / "x.xlsx")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SheetgenError, match="soffice is not installed"):
        render_sheets(class_book.path, tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(SheetgenError, match="matplotlib is not installed"):
        render_charts(class_book.path, tmp_path)


def test_a_workbook_of_another_program_is_a_complaint_where_it_cannot_be_drawn(tmp_path: Path):
    book = Workbook()
    chart = ScatterChart()
    chart.x_axis.delete = False
    cells = Reference(book.active, min_col=1, min_row=1, max_row=3)
    chart.series.append(Series(cells, cells))  # a line without a name
    book.active.add_chart(chart)
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(SheetgenError, match=r"x\.xlsx, Sheet, chart 1: cannot be drawn"):
        render_charts(tmp_path / "x.xlsx", tmp_path / "pictures")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as source, zipfile.ZipFile(tmp_path / "y.xlsx", "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name)[:-9] if name.endswith("sheet1.xml") else source.read(name))
    with pytest.raises(SheetgenError, match=r"y\.xlsx: not a readable workbook"):
        render_charts(tmp_path / "y.xlsx", tmp_path / "pictures")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Start-chart-1.png", "Start.png"])
def test_a_picture_that_cannot_be_written_leaves_the_old_one(
    class_book: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    draw = render_charts if "chart" in name else render_sheets
    if draw is render_sheets:
        require_program("soffice")
        require_program("pdftoppm")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / name).write_text("as it was")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(SheetgenError, match=rf"{name}: cannot be written \(No space left on device\)"):
        draw(class_book.path, tmp_path, ["Start"])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "as it was"


def test_what_openpyxl_cannot_read_brings_no_warning(table_book: Built, tmp_path: Path):
    path = tmp_path / "x.xlsx"
    extension = b'<extLst><ext uri="{78C0D931-6437-407D-A8EE-F0AAD7539E65}"/></extLst></worksheet>'
    with zipfile.ZipFile(table_book.path) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b"</worksheet>", extension) if "worksheets/sheet" in name else part)
    with pytest.warns(UserWarning, match="extension is not supported"):
        load_workbook(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert render_charts(path, tmp_path / "pictures")
