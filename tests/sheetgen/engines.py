"""Spreadsheet engines that recalculate a workbook whose cached values were destroyed first."""

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import formualizer
import ironcalc
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from tests.conftest import require_program

Values = dict[tuple[str, str], object]
WRONG = b"777"


def formulas(path: Path) -> dict[tuple[str, str], str]:
    """Every formula of a workbook by (sheet, cell)."""
    book = load_workbook(path)
    return {
        (sheet.title, cell.coordinate): getattr(cell.value, "text", cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def cached(path: Path) -> Values:
    """Every value as a reader sees it that does not recalculate."""
    book = load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def destroy_caches(path: Path, folder: Path) -> Path:
    """Write a copy in which every formula's cached value is a wrong number."""
    copy = folder / f"destroyed-{path.name}"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb' t="(?:str|e)"(>)(?=<f)', rb"\1", part)
                part = re.sub(rb"(</f><v>)[^<]*(?=</v>)", rb"\g<1>" + WRONG, part)
            target.writestr(name, part)
    return copy


def with_ironcalc(path: Path, _: Path) -> Values:
    """Recalculate with IronCalc."""
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    book = load_workbook(path, read_only=False)
    return {
        (sheet.title, cell.coordinate): model.get_cell_value(number, cell.row, cell.column)
        for number, sheet in enumerate(book)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def with_formualizer(path: Path, _: Path) -> Values:
    """Recalculate with formualizer."""
    book = formualizer.load_workbook(str(path))
    book.evaluate_all()
    values: Values = {}
    for sheet, cell in formulas(path):
        match = re.fullmatch(r"([A-Z]+)(\d+)", cell)
        assert match
        column = sum((ord(letter) - 64) * 26**power for power, letter in enumerate(reversed(match[1])))
        assert get_column_letter(column) == match[1]
        values[sheet, cell] = book.get_value(sheet, int(match[2]), column)
    return values


def with_gnumeric(path: Path, folder: Path) -> Values:
    """Recalculate with Gnumeric."""
    program = require_program("ssconvert")
    out = folder / "gnumeric.xlsx"
    subprocess.run([program, "--recalc", str(path), str(out)], check=True, capture_output=True, timeout=240)
    return cached(out)


def with_libreoffice(path: Path, folder: Path) -> Values:
    """Recalculate with LibreOffice, which does so on loading only when a private profile tells it to."""
    program = require_program("soffice")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
        "<value>0</value></prop></item></oor:items>"
    )
    out = folder / "libreoffice"
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=240)
    values = cached(out / path.name)
    shutil.rmtree(profile)
    return values


ENGINES: dict[str, Callable[[Path, Path], Values]] = {
    "ironcalc": with_ironcalc,
    "formualizer": with_formualizer,
    "gnumeric": with_gnumeric,
    "libreoffice": with_libreoffice,
}
BIT_EQUAL = {"ironcalc", "formualizer"}
