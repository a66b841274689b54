"""The workbook of the network that ships: what is in it, and that engines and PyTorch agree on every cell."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openxml_audit import OpenXmlValidator
from torch import nn

from mnist.cli import main
from mnist.models.own import full, head, separable
from mnist.workbook.check import check_live_workbook, gap
from mnist.workbook.description import describe
from mnist.workbook.digits import load_gallery
from mnist.workbook.expected import expected_cells
from mnist.workbook.layout import CHOICES, DRAWING, KERNEL_USED, PATCH, SHEETS, UNCHANGED
from mnist.workbook.sheets.gradients import worked_cells
from mnist.workbook.sheets.one_cell import line_cells
from mnist.workbook.sheets.scores import verdict_cell
from mnist.workbook.sheets.what_if import YOURS, boxes
from mnist.workbook.trials import Trial, all_trials, place_of
from mnist.workbook.writer import write_live_workbook
from sheetgen.recalculate.session import FormualizerSession, IronCalcSession
from sheetgen.types import Place
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FindingKind
from tests.mnist.workbook.conftest import Live
from tests.sheetgen.support.package_rules import assert_readable, sheet_parts
from tests.sheetgen.support.recalculation import PROGRAMS, cached, recalculate, with_sheet

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "docs" / "MNIST.xlsx"
MOST_FORMULAS = 6_000
# What every spreadsheet program since 2010 has.
PLAIN = {"ABS", "AND", "COLUMN", "COUNTA", "EXP", "FIXED", "IF", "INDEX", "INT", "ISNUMBER", "LN", "MATCH", "MAX"} | {
    "OR",
    "ROUND",
    "ROW",
    "SUM",
    "SUMPRODUCT",
}
IN_CELLS = {"SUMPRODUCT", "MAX", "IF", "AND", "INDEX", "SUM", "MATCH", "ABS", "EXP", "COUNTA"}


def test_the_workbook_that_ships_is_what_the_code_makes_today(live: Live):
    assert SHIPPED.read_bytes() == live.path.read_bytes(), "run: mnist workbook -o docs/MNIST.xlsx"


@pytest.mark.slow
def test_the_same_network_gives_the_same_bytes(live: Live, tmp_path: Path):
    write_live_workbook(live.description, live.gallery, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == live.path.read_bytes()


@pytest.mark.slow
def test_the_package_follows_the_rules_of_open_xml(live: Live):
    assert OpenXmlValidator().validate(str(live.path)).errors == []
    assert_readable(live.path)


@pytest.mark.slow
def test_every_formula_has_a_cached_value_and_none_is_an_error(live: Live):
    values = cached(live.path)
    there = [values.get((sheet, f"{get_column_letter(column)}{row}")) for sheet, row, column in live.written.formulas]
    assert len(there) <= MOST_FORMULAS
    assert None not in there
    assert not [value for value in there if isinstance(value, str) and value.startswith("#")]


def test_formulas_are_of_the_plain_kind(live: Live):
    used = {name for formula in live.written.formulas.values() for name in re.findall(r"([A-Z]+)\(", formula)}
    assert used == PLAIN
    end = live.written.layout.end
    places = live.written.formulas.items()
    on_network = (formula for (sheet, row, _), formula in places if sheet == "Network" and row <= end)
    assert {name for formula in on_network for name in re.findall(r"([A-Z]+)\(", formula)} == IN_CELLS


def test_programs_find_what_they_look_for(live: Live):
    book = load_workbook(live.path, data_only=True)
    names = {name: next(iter(book.defined_names[name].destinations)) for name in book.defined_names}
    assert names["digit"][0] == names["image"][0] == names["scores"][0] == "Network"
    area = {name: book[sheet][cells.replace("$", "")] for name, (sheet, cells) in names.items()}
    assert [len(area["image"]), len(area["image"][0]), len(area["drawing"]), len(area["scores"])] == [28, 28, 28, 10]
    assert area["digit"].value == 8
    assert area["reads"].value == area["label"].value == 7
    assert int(np.argmax([row[0].value for row in area["scores"]])) == 7
    assert tuple(book.sheetnames) == SHEETS


def test_the_digits_that_ship_are_twenty_right_ones_and_ten_that_are_read_wrong(live: Live):
    book = load_workbook(live.path, data_only=True)["PyTorch"]
    rows = [[cell.value for cell in row] for row in book.iter_rows(6, 35, 2, 4)]
    assert [label == reads for _, label, reads in rows] == [True] * 20 + [False] * 10
    assert sorted(label for _, label, _ in rows[:20]) == sorted([*range(10)] * 2)


def test_the_gallery_is_mnists(real_mnist: Path):
    from mnist.data import load_digits

    digits, gallery = load_digits(real_mnist, "test"), load_gallery()
    chosen = list(gallery.positions)
    assert np.array_equal(digits.images[chosen].numpy(), gallery.images)
    assert tuple(digits.labels[chosen].tolist()) == gallery.labels


def test_the_verdict_tells_what_is_changed_from_what_is_wrong(live: Live):
    session, verdict = IronCalcSession(live.path), place_of(verdict_cell(), 0, 0)
    changes = place_of(UNCHANGED, 0, 0)

    def seen(*typed: tuple[Place, float | str]) -> tuple[str, str]:
        for place, value in typed:
            session.put(place, value)
        session.recalculate()
        return str(session.value(verdict)), str(session.value(changes))

    assert seen() == ("✓ PyTorch’s scores; largest difference:", "")
    drawing, patch = place_of(DRAWING, 3, 3), place_of(PATCH["size"], 0, 0)
    assert seen((drawing, 9)) == ("not compared with PyTorch: something is changed", "Drawn on. ")
    assert seen((drawing, ""), (patch, 4))[1] == "Patched. "
    assert seen((patch, 0), (place_of(KERNEL_USED, 0, 0), "blur"))[1] == "Kernel 1: blur."
    assert seen((place_of(KERNEL_USED, 0, 0), "as trained"), (place_of(CHOICES["digit"], 0, 0), 0))[1] == "Empty. "
    weight = place_of(live.written.layout.layers[3].kernels[2][4], 1, 1)
    wrong = seen((place_of(CHOICES["digit"], 0, 0), 8), (weight, 5.0))
    assert wrong == ("✗ not PyTorch’s scores; largest difference:", "")


@pytest.mark.parametrize("looked_at", [(1, 2, 7, 5), (2, 4, 4, 8), (4, 6, 3, 3), (5, 1, 2, 2)])
def test_the_numbers_in_the_texts_are_those_of_the_lines(live: Live, looked_at: tuple[int, int, int, int]):
    session = IronCalcSession(live.path)
    for name, number in zip(("layer", "map", "row", "column"), looked_at, strict=True):
        session.put(place_of(CHOICES[f"chosen_{name}"], 0, 0), number)
    session.recalculate()
    lines = {name: place_of(block, 0, 0) for name, block in line_cells(live.description).items()}
    for name in "Σzya":
        sheet, row, column = lines[name]
        texts = [session.value((sheet, row, other)) for other in range(4, column)]
        (text,) = (each for each in texts if isinstance(each, str) and each)
        assert worked_out(text) == pytest.approx(session.value(lines[name]), abs=2e-3), text
    step = [session.value((block.sheet, block.row + 1, 4)) for block in worked_cells().values()]
    results = [session.value(place_of(block, 0, 0)) for block in worked_cells().values()]
    for text, result in zip(step, results, strict=True):
        assert worked_out(str(text).removeprefix("= ")) == pytest.approx(result, abs=1e-5), text


def worked_out(text: str) -> float:
    """Work out what a line says."""
    plain = text.replace("·", "*").replace("−", "-")
    assert re.fullmatch(r"(?:max|[-+*/(),. \d])+", plain), plain
    return float(eval(plain, {"max": max}))


@pytest.mark.slow
@pytest.mark.parametrize("session", [IronCalcSession, FormualizerSession])
def test_every_cell_is_what_pytorch_gives(live: Live, session: type):
    checked = check_live_workbook(live.path, live.written, live.description, live.gallery, session)
    assert checked.disagreements == []
    assert checked.trials == 30 + 6 + 1 + 3 + 6 + 1
    assert checked.largest < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("engine", PROGRAMS)
@pytest.mark.parametrize("what", ["as it ships", "drawn on", "another kernel"])
def test_programs_agree_with_pytorch(live: Live, engine: str, what: str, tmp_path: Path):
    trials = list(all_trials(live.description, live.gallery))
    changed = {
        "as it ships": replace(trials[7], looked_at=(2, 4, 4, 8), unfolded=0, eta=0.5),
        "drawn on": next(trial for trial in trials if trial.drawn is not None and trial.digit),
        "another kernel": next(trial for trial in trials if trial.used == YOURS),
    }[what]
    book = live.path if what == "as it ships" else typed_into(live, changed, tmp_path / "typed.xlsx")
    found = recalculate(book, engine)
    expected = expected_cells(live.description, live.written.layout, live.gallery, changed)
    gaps = {
        (sheet, row, column): gap(found[sheet, f"{get_column_letter(column)}{row}"], value)
        for (sheet, row, column), value in expected.items()
        if (sheet, row, column) in live.written.formulas
    }
    assert len(gaps) > 5_000
    assert max(gaps.values()) < 1e-12


def typed_into(live: Live, trial: Trial, path: Path) -> Path:
    """Write a copy in which a reader has typed what a trial is about."""
    book = load_workbook(live.path)
    for (sheet, row, column), value in trial.typed(boxes(live.description.first.size)[YOURS]).items():
        book[sheet].cell(row, column).value = None if value == "" else value
    book.save(path)
    return path


@pytest.mark.slow
def test_verify_recomputes_every_formula(live: Live, tmp_path: Path):
    report = verify_file(live.path)
    assert report.ok
    assert report.cells_checked == len(live.written.formulas)
    assert any("no training table" in note for note in report.notes)
    place = live.written.layout.layers[1].maps[3]
    cell = f"{get_column_letter(place.column + 8)}{place.row + 4}"
    stale = with_sheet(live.path, tmp_path / "stale.xlsx", lambda xml: _changed_value(xml, cell))
    (finding,) = verify_file(stale).findings
    assert (finding.sheet, finding.range, finding.kind) == ("Network", cell, FindingKind.STALE_VALUE)


def _changed_value(xml: bytes, cell: str) -> bytes:
    pattern = rb'(<c r="%s"[^>]*><f>[^<]*</f><v>)([^<]*)' % cell.encode()
    assert re.search(pattern, xml)
    return re.sub(pattern, lambda found: found[1] + repr(float(found[2]) + 1).encode(), xml)


@pytest.mark.slow
def test_a_workbook_with_a_table_is_not_taken_for_one_without(live: Live, tmp_path: Path):
    """What a workbook says of itself keeps nothing from being judged."""
    example = ROOT / "docs" / "examples" / "common-mistake.xlsx"
    target = tmp_path / "says-so.xlsx"
    with zipfile.ZipFile(live.path) as source, zipfile.ZipFile(example) as other, zipfile.ZipFile(target, "w") as copy:
        for name in other.namelist():
            text = other.read(name)
            if name == "[Content_Types].xml":
                kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
                text = text.replace(
                    b"</Types>", f'<Override PartName="/docProps/custom.xml" ContentType="{kind}"/></Types>'.encode()
                )
            if name == "_rels/.rels":
                kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
                relation = f'<Relationship Id="rIdX" Type="{kind}" Target="docProps/custom.xml"/></Relationships>'
                text = text.replace(b"</Relationships>", relation.encode())
            copy.writestr(name, text)
        copy.writestr("docProps/custom.xml", source.read("docProps/custom.xml"))
    assert len(verify_file(target).findings) == len(verify_file(example).findings) == 2


def test_pixels_are_square_and_nothing_of_a_map_is_shown_as_text(live: Live):
    sheet = load_workbook(live.path)["Network"]
    block = live.written.layout.layers[0].maps[0]
    heights = {sheet.row_dimensions[row + 1].height for row in range(block.row, block.row + block.height)}
    assert heights == {9 * 0.75}
    letter = get_column_letter(block.column + 1)
    width = next(each.width for name, each in sheet.column_dimensions.items() if name <= letter)
    assert width * 8 == pytest.approx(9, abs=0.05)  # a digit of the workbook's font is eight pixels wide
    assert sheet.cell(block.row + 1, block.column + 1).number_format == ";;;"


def test_one_scale_colours_each_layer_and_the_frame_has_the_same_cells(live: Live):
    xml = sheet_parts(live.path)["xl/worksheets/sheet1.xml"]
    found = re.findall(r'<conditionalFormatting sqref="([^"]*)">(.*?)</conditionalFormatting>', xml)
    for place in live.written.layout.layers:
        areas = " ".join(block.address("Network") for block in place.maps)
        (rules,) = (rules for each, rules in found if each == areas)
        assert re.findall(r'type="(\w+)"', rules)[0] == "colorScale"
        assert "ROW()-ROW(" in rules


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(*full(1, 4, stride=4), *separable(4, 6), nn.MaxPool2d(2), nn.Conv2d(6, 5, 2), *head(5, 0)),
        nn.Sequential(nn.Conv2d(1, 3, 5, stride=3), nn.ReLU(), *full(3, 4, stride=2), nn.AvgPool2d(4), *head(4, 0)[1:]),
    ],
    ids=["padded, separable, with a bias", "five by five, without batch normalisation"],
)
def test_other_networks_are_written_and_right(model: nn.Module, tmp_path: Path):
    from torch import manual_seed, rand

    manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = rand(module.num_features) - 0.5
            module.running_var = rand(module.num_features) + 0.5
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    description, gallery = describe(model.eval(), "other"), load_gallery(3)
    written = write_live_workbook(description, gallery, tmp_path / "other.xlsx")
    checked = check_live_workbook(tmp_path / "other.xlsx", written, description, gallery)
    assert checked.disagreements == []
    assert OpenXmlValidator().validate(str(tmp_path / "other.xlsx")).errors == []


@pytest.mark.slow
def test_the_command_writes_and_verifies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["workbook", "--digits", "4"])
    assert result.exit_code == 0, result.output
    assert "wrote MNIST.xlsx: live, 5,991 formulas" in result.output
    assert "PyTorch agrees" in result.output
    assert len(load_gallery(4)) == load_workbook(tmp_path / "MNIST.xlsx")["PyTorch"].max_row - 5


@pytest.mark.slow
def test_the_command_exits_with_1_where_pytorch_disagrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from mnist.workbook.sheets import network

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(network, "RELU", "MAX(-1,{y})")
    result = CliRunner().invoke(main, ["workbook", "--digits", "1"])
    assert result.exit_code == 1
    assert "PyTorch disagrees in" in result.output
    assert "Network!" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["flagship"], "flagship: layer 8, AvgPool2d(kernel_size=3, stride=2, padding=1), has no formula here"),
        (["fast"], "fast: comes without trained weights"),
        (["live", "-o", "MNIST.txt"], "MNIST.txt: does not end in .xlsx"),
        (["live", "-o", "."], ".: does not end in .xlsx"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["workbook", *arguments])
    assert result.exit_code == 2
    assert words in result.output
    assert result.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
