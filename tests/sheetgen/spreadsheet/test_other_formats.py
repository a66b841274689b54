"""Workbooks in other formats than .xlsx, which LibreOffice converts: cells, formulas and cached values stay."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

import sheetgen.libreoffice
from sheetgen import build_workbook, load_experiment, verify_file
from sheetgen.cli import main
from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.opened_workbook import open_workbook
from tests.conftest import require_program
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.raw_workbooks import write_parts

FORMATS = {"ods": "an OpenDocument file", "xls": "an old .xls workbook"}


def saved_as(ending: str, book: Path, folder: Path) -> Path:
    """Let LibreOffice save a workbook in another format."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [require_program("soffice"), profile, "--headless", "--convert-to", ending, "--outdir", folder, book]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / f"{book.stem}.{ending}"


def with_faults(book: Path, target: Path) -> Path:
    """Copy the class's workbook with a wrong formula for h1 in J20, and another value cached in K20, of η = 0.5."""
    with open_workbook(book) as workbook:
        part = workbook.parts["LR 0.5"]
    cached = load_workbook(book, data_only=True)["LR 0.5"]["K20"].value
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                for old, new in ((f"<v>{cached!r}</v>", "<v>0.75</v>"), ("F20*D20+G20*E20", "F20*D20+G20*D20")):
                    assert content.count(old.encode()) == 1
                    content = content.replace(old.encode(), new.encode())
            copy.writestr(name, content)
    return target


@pytest.mark.slow
@pytest.mark.parametrize("ending", FORMATS)
def test_a_right_workbook_in_another_format_is_right(ending: str, short_book: Built, tmp_path: Path):
    report = verify_file(saved_as(ending, short_book.path, tmp_path))
    assert report.error is None
    assert report.findings == ()
    assert report.cells_checked == verify_file(short_book.path).cells_checked


@pytest.mark.slow
@pytest.mark.parametrize("ending", FORMATS)
def test_findings_name_the_file_and_the_cell_of_the_original(ending: str, tmp_path: Path):
    build_workbook(load_experiment().with_run((0.5,), 10), tmp_path / "right.xlsx", lessons=False)
    wrong = with_faults(tmp_path / "right.xlsx", tmp_path / "wrong.xlsx")
    file, marked = saved_as(ending, wrong, tmp_path), tmp_path / "marked.xlsx"
    result = CliRunner().invoke(main, ["verify", str(file), "--mark", str(marked), "--engine", "ironcalc"])
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert f"{file}: wrong," in said
    assert "J20 h1 wrong-formula" in said
    assert "found =F20*D20+G20*D20" in said
    assert ("which gives 0.75" in said) is (ending == "ods")
    assert ("LibreOffice recalculated it" in said) is (ending != "ods")
    assert load_workbook(marked)["LR 0.5"]["J20"].comment is not None


def fake(ending: str, path: Path) -> Path:
    """Write a file that only looks like a workbook of another format."""
    if ending == "ods":
        kind = "application/vnd.oasis.opendocument.spreadsheet"
        return write_parts(path, {"mimetype": kind, "content.xml": "i1,i2\n1,2\n"})
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"i1,i2\n1,2\n" * 500)
    return path


@pytest.mark.parametrize("ending", FORMATS)
def test_without_libreoffice_one_line_says_what_is_needed(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sheetgen.libreoffice, "_ELSEWHERE", ())
    path = fake(ending, tmp_path / f"mine.{ending}")
    with pytest.raises(SheetgenError) as error, open_workbook(path):
        pass
    needed = "install LibreOffice, which this needs to read it, or open it in a spreadsheet application"
    assert str(error.value) == f"{path}: {FORMATS[ending]}; {needed} and save it as .xlsx"


@pytest.mark.parametrize("ending", FORMATS)
def test_what_libreoffice_cannot_read_is_one_line(ending: str, tmp_path: Path):
    require_program("soffice")
    path = fake(ending, tmp_path / f"mine.{ending}")
    said = f"{FORMATS[ending]} that LibreOffice cannot read"
    with pytest.raises(SheetgenError, match=said) as error, open_workbook(path):
        pass
    assert "\n" not in str(error.value)
    assert "sheetgen-" not in str(error.value)
