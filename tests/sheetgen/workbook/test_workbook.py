"""The file: well-formed, the same bytes each time, honest caches, text that stays text, whole or not there."""

import math
import re
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openxml_audit import OpenXmlValidator

from sheetgen import Experiment, SheetgenError, build_workbook, check_workbook, load_experiment
from sheetgen.workbook import book
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.package_rules import assert_readable, sheet_parts
from tests.sheetgen.support.recalculation import cached, destroy_caches, formulas, with_ironcalc

ROOT = Path(__file__).parents[3]


@pytest.mark.alike(6)
def test_the_package_follows_the_rules_of_open_xml(built: Built):
    result = OpenXmlValidator().validate(str(built.path))
    assert result.errors == []


@pytest.mark.alike(6)
def test_what_the_validator_does_not_see(built: Built):
    assert_readable(built.path)


def test_the_same_experiment_gives_the_same_bytes(class_book: Built, tmp_path: Path):
    again = tmp_path / "again.xlsx"
    build_workbook(class_book.experiment, again)
    assert again.read_bytes() == class_book.path.read_bytes()


def test_the_committed_workbook_is_what_the_code_makes_today():
    assert check_workbook(load_experiment(), ROOT / "BackPropagation.xlsx") == []


@pytest.mark.alike(6)
def test_every_formula_has_a_cached_value(built: Built):
    # An empty text is a value where the cell says that it is text.
    bare = r'<c r="(\w+)"(?![^>]* t="str")[^>]*><f[^>]*>[^<]*</f>(?:<v></v>|<v/>)?</c>'
    for name, part in sheet_parts(built.path).items():
        assert re.findall(bare, part) == [], name


def test_the_only_numbers_that_are_not_formulas_are_the_editable_ones(class_book: Built):
    book_ = load_workbook(class_book.path)
    plain = {
        (sheet.title, cell.coordinate)
        for sheet in book_
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "n" and cell.value is not None
    }
    rates = {sheet.title for sheet in book_ if sheet.title.startswith("LR ")} | {"Your η"}
    assert len(rates) == 7
    start = {("Start", f"D{row}") for row in range(19, 31)}
    offered = {("Your η", f"{column}3") for column in "CDEFGH"}
    chosen = {("Network", "E5"), ("Gradient check", "D5")}
    # Where the lines of the picture begin, NumPy's numbers, and the exercise are meant to stay as they are.
    fixed = {place for place in plain if place[0] in ("Workings", "Checks", "Exercises")} - chosen
    assert plain - fixed == start | offered | chosen | {(sheet, cell) for sheet in rates for cell in ("C2", "A16")}
    assert {sheet for sheet, _ in fixed} == {"Workings", "Checks", "Exercises"}


def test_numbers_round_trip_in_full(tmp_path: Path):
    experiment = load_experiment().model_copy(update={"weights": (0.1 + 0.2, *[1 / 3] * 7)})
    build_workbook(experiment, tmp_path / "x.xlsx")
    sheet = load_workbook(tmp_path / "x.xlsx")["Start"]
    assert [sheet[f"D{row}"].value for row in (23, 24)] == [0.1 + 0.2, 1 / 3]


@pytest.mark.alike(7)
@pytest.mark.parametrize(
    "title", ["=1+1", "+cmd|'/c calc'!A0", "@SUM(1)", "http://example.com", "{=1}", 'a & <b> "c"', "&Pé漢"]
)
def test_a_title_is_never_a_formula(tmp_path: Path, title: str):
    path = tmp_path / "x.xlsx"
    build_workbook(load_experiment().model_copy(update={"title": title}).with_run((0.5,), 3), path)
    cell = load_workbook(path)["Start"]["B1"]
    assert (cell.value, cell.data_type) == (title, "s")
    assert OpenXmlValidator().validate(str(path)).errors == []


def test_a_run_that_explodes_is_written_with_error_values(tmp_path: Path):
    experiment = Experiment(
        title="explodes", layers=(1, 1), inputs=(10.0,), targets=(0.0,), weights=(1.0,), activation="linear",
        learning_rates=(1e30, 0.001), iterations=12,
    )  # fmt: skip
    path = tmp_path / "x.xlsx"
    report = build_workbook(experiment, path)
    assert report.rates[0].last == "#NUM!"
    values = load_workbook(path, data_only=True)
    assert values["LR 1e+30"]["G28"].value == "#NUM!"
    assert values["Learning rates"]["E5"].value == "diverges"
    assert OpenXmlValidator().validate(str(path)).errors == []


def test_charts_carry_alternative_text(class_book: Built):
    with zipfile.ZipFile(class_book.path) as package:
        drawings = [
            package.read(name).decode() for name in package.namelist() if name.startswith("xl/drawings/drawing")
        ]
    assert len(drawings) == 11
    charts = [name for drawing in drawings for name in re.findall(r"<xdr:cNvPr [^>]*>", drawing)]
    assert len(charts) == 14
    assert all(re.search(r'descr="(Line chart|Lines|The network:) [^"]{20,}"', chart) for chart in charts)


@pytest.mark.slow
def test_a_long_run_streams_the_same_formulas_as_a_short_one(tmp_path: Path):
    paths = [tmp_path / "short.xlsx", tmp_path / "long.xlsx"]
    for path, iterations in zip(paths, (20, 700), strict=True):
        build_workbook(load_experiment().with_run((0.5,), iterations), path)
    short, long = (load_workbook(path)["LR 0.5"] for path in paths)
    for row in range(16, 37):
        assert [cell.value for cell in short[row]] == [cell.value for cell in long[row]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"iterations": 1_048_576}, "iterations: 1,048,576 do not fit.*give at most 1,048,560"),
        ({"layers": (1, 9000), "weights": (0.1,) * 9000, "targets": (0.1,) * 9000, "inputs": (1.0,)}, "columns"),
        ({"layers": (2000, 1), "weights": (0.1,) * 2000, "inputs": (0.1,) * 2000, "targets": (1.0,)}, "characters"),
    ],
)
def test_what_a_worksheet_cannot_hold_is_refused(tmp_path: Path, change: dict[str, object], words: str):
    experiment = load_experiment().model_copy(update=change)
    with pytest.raises(SheetgenError, match=words):
        build_workbook(experiment, tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_build_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: BaseException
):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise broken

    monkeypatch.setattr(book, "write_table", fail)
    with pytest.raises((SheetgenError, KeyboardInterrupt)):
        build_workbook(load_experiment(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_check_names_the_cells_that_differ(short_book: Built, tmp_path: Path):
    changed = load_workbook(short_book.path)
    changed["LR 0.5"]["AA20"] = "=1"
    changed["Start"]["D17"] = 0.9
    path = tmp_path / "changed.xlsx"
    changed.save(path)
    places = {(difference.sheet, difference.cell) for difference in check_workbook(short_book.experiment, path)}
    assert {("LR 0.5", "AA20"), ("Start", "D17")} <= places


@pytest.mark.slow
def test_check_sees_what_is_not_in_a_cell(short_book: Built, tmp_path: Path):
    path = tmp_path / "wider.xlsx"
    with zipfile.ZipFile(short_book.path) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet3.xml":
                part = part.replace(b"<cols>", b'<cols><col min="90" max="90" width="3"/>', 1)
            target.writestr(name, part)
    assert [difference.sheet for difference in check_workbook(short_book.experiment, path)] == [
        "xl/worksheets/sheet3.xml"
    ]


@pytest.mark.slow
def test_check_forgives_the_last_bit_of_another_exp(short_book: Built, tmp_path: Path):
    path = tmp_path / "other.xlsx"
    value, noise = (cached(short_book.path)[place] for place in (("LR 0.5", "K20"), ("Gradient check", "H11")))
    assert isinstance(value, float)
    assert isinstance(noise, float)
    with zipfile.ZipFile(short_book.path) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = part.replace(repr(value).encode(), repr(math.nextafter(value, 1)).encode())
                part = part.replace(repr(noise).encode(), repr(3 * noise).encode())
            target.writestr(name, part)
    assert cached(path)["LR 0.5", "K20"] != value
    assert cached(path)["Gradient check", "H11"] != noise
    assert check_workbook(short_book.experiment, path) == []


@pytest.mark.slow
@pytest.mark.parametrize("layers", [(1, 1), (2, 1), (3, 5, 1), (1, 2, 7), (1, 1, 1, 1)])
def test_networks_of_any_shape_are_written_and_computed(tmp_path: Path, layers: tuple[int, ...]):
    joined = sum(a * b for a, b in pairwise(layers))
    experiment = Experiment(
        title="any", layers=layers, inputs=(0.3,) * layers[0], targets=(0.2,) * layers[-1],
        weights=tuple(0.1 * number - 0.2 for number in range(joined)), iterations=1, activation="relu",
    )  # fmt: skip
    path = tmp_path / "any.xlsx"
    build_workbook(experiment, path)
    live, values = formulas(path), cached(path)
    recalculated = with_ironcalc(destroy_caches(path, tmp_path), tmp_path)
    assert {cell: recalculated[cell] for cell in live} == {cell: values[cell] for cell in live}
    assert OpenXmlValidator().validate(str(path)).errors == []


def test_check_tells_a_missing_file_and_a_broken_one(tmp_path: Path):
    with pytest.raises(SheetgenError, match="no such file"):
        check_workbook(load_experiment(), tmp_path / "none.xlsx")
    (tmp_path / "x.xlsx").write_bytes(b"PK not a zip")
    with pytest.raises(SheetgenError, match="not a readable workbook"):
        check_workbook(load_experiment(), tmp_path / "x.xlsx")
