"""Who changes what the workbook invites to change, or saves it with another program, is never accused."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from sheetgen import Experiment, build_workbook, load_experiment
from sheetgen.cli import main
from sheetgen.recipe import verify_file
from sheetgen.recipe.judge import judge
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.spreadsheet.properties import custom_properties
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.workbook.origin import Origin, read_origin
from sheetgen.workbook.outline import Outline
from tests.conftest import require_program
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.recipe_faults import Parts, formula, text, typed

_EDITABLE = "FFFFF8DC"
_OTHER_VERSION = (
    "another version of sheetgen built this workbook; it was not compared with the template that it was built from"
)
_REARRANGED = "rows or columns were inserted or removed; it was not compared with the template that it was built from"


def judged(path: Path) -> tuple[list[Finding], list[str]]:
    """What the recipe alone says of a workbook, whatever its seal says: findings and notes."""
    with open_workbook(path) as workbook:
        return judge(LabelledSheets(workbook), custom_properties(workbook.package), [])


def accusations(path: Path) -> list[Finding]:
    """Return the findings, where there are no notes."""
    findings, notes = judged(path)
    assert notes == []
    return findings


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.xlsx"
    build_workbook(load_experiment().with_run((0.5, 0.8), 6), path)
    return path


def editable(book: Workbook) -> list[tuple[str, str]]:
    return [
        (sheet.title, cell.coordinate)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == _EDITABLE
    ]


@pytest.mark.sampled(5)
@pytest.mark.alike(3)
def test_every_cell_that_invites_a_change_may_be_changed(built: Built, tmp_path: Path):
    book = load_workbook(built.path)
    cells = editable(book)
    assert {sheet for sheet, _ in cells} >= {"Start", "Network", "Exercises", "Your η", "Learning rates"}
    for number, (sheet, address) in enumerate(cells):
        book[sheet][address] = "?" if number % 7 == 3 else 0.37 * number - 2
    book.save(tmp_path / "edited.xlsx")
    assert accusations(tmp_path / "edited.xlsx") == []


@pytest.mark.sampled(3)
@pytest.mark.alike(3)
def test_openpyxl_may_save_the_workbook(built: Built, tmp_path: Path):
    load_workbook(built.path).save(tmp_path / "saved.xlsx")
    assert accusations(tmp_path / "saved.xlsx") == []


def by_libreoffice(path: Path, folder: Path) -> Path:
    program, profile = require_program("soffice"), f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", "xlsx", "--outdir", folder / "out", path],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / "out" / path.name


def by_gnumeric(path: Path, folder: Path) -> Path:
    subprocess.run(
        [require_program("ssconvert"), path, folder / "saved.xlsx"], check=True, capture_output=True, timeout=120
    )
    return folder / "saved.xlsx"


@pytest.mark.slow
@pytest.mark.sampled(5)
@pytest.mark.parametrize("save", [by_libreoffice, by_gnumeric])
def test_other_programs_may_save_the_workbook(built: Built, tmp_path: Path, save: Callable[[Path, Path], Path]):
    saved = save(built.path, tmp_path)
    with open_workbook(saved) as workbook:
        assert read_origin(custom_properties(workbook.package)) is not None
    assert accusations(saved) == []
    assert verify_file(saved).ok


@pytest.mark.slow
@pytest.mark.sampled(5)
@pytest.mark.parametrize("save", [by_libreoffice, by_gnumeric])
def test_a_fault_is_found_after_another_program_has_saved_it(
    small: Path, tmp_path: Path, save: Callable[[Path, Path], Path]
):
    parts = Parts(small)
    formula("Start", "G19", "'Learning rates'!$B$6")(parts)
    saved = save(parts.save(tmp_path / "faulty.xlsx"), tmp_path)
    assert [(finding.sheet, finding.range) for finding in accusations(saved)] == [("Start", "G19")]


def respelt(formula: str) -> str:
    """Write a formula as another program might."""
    pieces = re.split(r'("(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'!)', formula)
    for number in range(0, len(pieces), 2):
        piece = re.sub(r"\b1E-9\b", "0.000000001", pieces[number]).replace(",", " , ").replace("&lt;", " &lt; ")
        piece = re.sub(r"\b(Start|Network|Solutions|Exercises)!", r"'\1'!", piece)
        pieces[number] = re.sub(r"\b(IF|SUM|ABS|INDEX|MAX)\(", lambda match: match[0].lower(), piece)
    return "".join(pieces)


@pytest.mark.alike(3)
def test_formulas_may_be_spelt_in_another_way(built: Built, tmp_path: Path):
    parts, changed = Parts(built.path), 0
    for part in parts.sheets.values():
        spelt = re.sub(r"(?<=>)([^<>]*)(?=</f>)", lambda match: respelt(match[1]), parts.texts[part])
        changed += spelt != parts.texts[part]
        parts.texts[part] = spelt
    assert changed > 5
    assert accusations(parts.save(tmp_path / "respelt.xlsx")) == []


def without(parts: Parts, tag: str) -> None:
    for name, content in parts.texts.items():
        parts.texts[name] = re.sub(rf"<{tag}\b[^>]*?/>|<{tag}\b.*?</{tag}>", "", content, flags=re.DOTALL)


@pytest.mark.parametrize("tag", ["drawing", "dataValidations", "conditionalFormatting", "definedNames", "hyperlinks"])
def test_a_program_may_drop_what_it_does_not_know(small: Path, tmp_path: Path, tag: str):
    parts = Parts(small)
    if tag == "drawing":
        parts.texts = {name: content for name, content in parts.texts.items() if "/drawings/_rels/" not in name}
    else:
        without(parts, tag)
    assert accusations(parts.save(tmp_path / "dropped.xlsx")) == []


def test_a_reader_may_add_cells_sheets_and_names(small: Path, tmp_path: Path):
    book = load_workbook(small)
    notes = book.create_sheet("My notes", 0)
    notes["A1"] = "=Start!D19*2"
    book["Start"]["M3"] = "a note"
    book["LR 0.5"]["AH20"] = "=SUM(Y16:Y22)"
    book["Learning rates"]["P5"] = 7
    book.save(tmp_path / "added.xlsx")
    assert accusations(tmp_path / "added.xlsx") == []


def test_a_sheet_may_be_renamed(small: Path, tmp_path: Path):
    parts = Parts(small)
    for name, content in parts.texts.items():
        if name.startswith(("xl/worksheets/", "xl/charts/", "xl/workbook")):
            parts.texts[name] = content.replace("'LR 0.8'!", "'My rate'!").replace('name="LR 0.8"', 'name="My rate"')
    assert accusations(parts.save(tmp_path / "renamed.xlsx")) == []


def test_nothing_is_said_of_a_workbook_whose_rows_were_moved(small: Path, tmp_path: Path):
    book = load_workbook(small)
    book["Start"].insert_rows(5)
    book.save(tmp_path / "moved.xlsx")
    assert judged(tmp_path / "moved.xlsx") == ([], [_REARRANGED])


def faulty(small: Path) -> Parts:
    parts = Parts(small)
    text("Start", "B17", "Do not change these numbers")(parts)
    return parts


def test_a_workbook_without_the_property_is_judged_as_any_other(small: Path, tmp_path: Path):
    parts = faulty(small)
    del parts.texts["docProps/custom.xml"]
    assert verify_file(parts.save(tmp_path / "other.xlsx")).ok


@pytest.mark.parametrize(
    ("old", "new", "notes"),
    [
        ('"digest":"', '"digest":"0', (_OTHER_VERSION,)),
        ('{"digest"', '["digest"', ()),
        ("[2,2,2]", "[2,2,9]", ()),
        ("[2,2,2]", "[]", ()),
    ],
)
def test_a_workbook_of_another_version_is_judged_as_any_other(
    small: Path, tmp_path: Path, old: str, new: str, notes: tuple[str, ...]
):
    parts = faulty(small)
    assert accusations(parts.save(tmp_path / "this.xlsx"))
    parts.replace("docProps/custom.xml", old, new)
    report = verify_file(parts.save(tmp_path / "other.xlsx"))
    assert (report.ok, report.notes) == (True, notes)


def test_a_template_that_the_file_cannot_hold_is_not_tried(small: Path, tmp_path: Path):
    big = Experiment(
        title="big", layers=(90, 90), inputs=(0.1,) * 90, targets=(0.5,) * 90, weights=(0.1,) * 8100, iterations=10**6
    )
    parts = faulty(small)
    pieces = Origin(big, lessons=True, digest="").properties()
    told = "".join(
        f'<property pid="{n}" name="{name}"><v>{piece}</v></property>'
        for n, (name, piece) in enumerate(pieces.items(), start=2)
    )
    parts.texts["docProps/custom.xml"] = f"<Properties>{told}</Properties>"
    assert verify_file(parts.save(tmp_path / "big.xlsx")).ok


@pytest.mark.parametrize("title", ["two  blanks ", 'a & <b> "c" \\ d', "&Pé漢", "x" * 200])
def test_the_property_holds_any_template(tmp_path: Path, title: str):
    experiment = load_experiment().model_copy(update={"title": title, "weights": (0.1 + 0.2, *[1 / 3] * 7)})
    build_workbook(experiment.with_run((0.5,), 3), tmp_path / "x.xlsx", lessons=False)
    with open_workbook(tmp_path / "x.xlsx") as workbook:
        properties = custom_properties(workbook.package)
    origin = read_origin(properties)
    assert origin is not None
    assert (origin.experiment, origin.lessons) == (experiment.with_run((0.5,), 3), False)
    assert all(len(text) <= 255 and text.isascii() and not re.search(r"\s", text) for text in properties.values())


def test_a_million_iterations_are_not_trained():
    outline = Outline(load_experiment().with_run((0.5,), 1_000_000), lessons=True, numpy=False)
    assert [len(table.curve) for table in outline.tables] == [1_001] * 2
    assert outline.tables[0].curve[1_000_000] == outline.tables[0].curve[1_000]


def test_a_cell_that_the_labels_explain_is_reported_once(small: Path, tmp_path: Path):
    parts = Parts(small)
    typed("LR 0.5", "G16", 0.9)(parts)
    (finding,) = (f for f in verify_file(parts.save(tmp_path / "x.xlsx")).findings if f.range == "G16")
    assert finding.sheet == "LR 0.5"


def test_what_is_only_stale_by_its_labels_is_explained_by_the_recipe(small: Path, tmp_path: Path):
    parts = Parts(small)
    formula("Start", "I19", "'Learning rates'!$D$5")(parts)
    (finding,) = verify_file(parts.save(tmp_path / "x.xlsx")).findings
    assert finding.kind is FindingKind.ALTERED
    assert (finding.found_formula, finding.expected_formula) == ("='Learning rates'!$D$5", "='Learning rates'!$E$5")


def test_a_fault_filled_down_is_one_finding(small: Path, tmp_path: Path):
    parts = Parts(small)
    for row in range(69, 76):
        formula("Learning rates", f"C{row}", f"'LR 0.5'!$X${row - 53}")(parts)
    (finding,) = (f for f in verify_file(parts.save(tmp_path / "x.xlsx")).findings if f.kind is FindingKind.ALTERED)
    assert (finding.range, finding.count, finding.quantity) == ("C69:C75", 7, "LR 0.8")


def test_a_folder_is_judged_by_its_recipes_in_parallel(small: Path, tmp_path: Path):
    shutil.copy(small, tmp_path / "1.xlsx")
    faulty(small).save(tmp_path / "2.xlsx")
    result = CliRunner().invoke(main, ["verify", str(tmp_path), "-j", "2", "--format", "json"])
    assert result.exit_code == 1
    assert [[finding["range"] for finding in file["findings"]] for file in json.loads(result.stdout)["files"]] == [
        [],
        ["B17"],
    ]


def test_a_rule_may_be_extended_to_whole_columns(small: Path, tmp_path: Path):
    parts = Parts(small)
    parts.replace(parts.sheets["LR 0.5"], 'sqref="F16:I22"', 'sqref="F:I"')
    assert accusations(parts.save(tmp_path / "columns.xlsx")) == []
