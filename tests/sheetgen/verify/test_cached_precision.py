"""Each cached value is held to the digits that it was itself saved with, whatever else stands on its sheet."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl.utils.cell import get_column_letter

from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport, FindingKind
from tests.sheetgen.support.equivalent_workbooks import Example, Layout, write_examples

pytestmark = pytest.mark.alike(3)

SHEET = "xl/worksheets/sheet1.xml"
ROWS = 40
TABLE = Example(Layout(rows=ROWS))
TEN_DIGITS = replace(TABLE, digits=10)
ODD = {
    "10^-30 as a plain decimal": ("10^-30", f"{Decimal('1e-30'):f}"),
    "a long spelling of a short number": ("1/4", "0.25000000000000000000000000000000"),
    "one digit": ("1/2", "0.5"),
    "two digits, the longest text of the sheet": ("3*10^-40", f"{Decimal('3e-40'):f}"),
    "ten digits": ("1234567891/10^10", "0.1234567891"),
    "all digits": ("1/3", "0.3333333333333333"),
    "Gnumeric's spelling": ("3007746671/10^10", "0.300774667100000000006"),
}


def edited(path: Path, change: Callable[[str], str]) -> Path:
    """Change the XML of the first sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[SHEET] = change(parts[SHEET].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_cell(formula: str, value: str) -> Callable[[str], str]:
    """Add a cell above everything."""
    row = f'<sheetData><row r="1"><c r="B1"><f>{formula}</f><v>{value}</v></c></row>'
    return lambda xml: xml.replace("<sheetData>", row)


def with_value(address: str, change: Callable[[str], str]) -> Callable[[str], str]:
    """Change the cached value of a formula."""
    cell = re.compile(rf'(<c r="{address}"[^>]*><f>[^<]*</f><v>)([^<]*)(?=</v>)')

    def changed(xml: str) -> str:
        new, count = cell.subn(lambda match: match[1] + change(match[2]), xml)
        assert count == 1
        return new

    return changed


def times(factor: float, digits: int = 17) -> Callable[[str], str]:
    return lambda text: f"{float(text) * factor:.{digits}g}"


def as_gnumeric_writes(xml: str) -> str:
    """Spell every cached number with more digits than it needs, as Gnumeric does."""
    return re.sub(r"(?<=</f><v>)[^<]*(?=</v>)", lambda match: f"{Decimal(float(match[0])):.21f}", xml)


def place(example: Example, name: str, step: int) -> str:
    """The address of a quantity in a row of the table."""
    layout = example.layout
    column = get_column_letter(layout.first_column + layout.columns.index(name))
    return f"{column}{layout.header_row + 1 + layout.gap + step}"


def found(report: FileReport) -> list[tuple[str, FindingKind]]:
    assert report.error is None
    assert len(report.tables) == 1
    return [(each.range, each.kind) for each in report.findings]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("example", [TABLE, TEN_DIGITS], ids=["all digits", "ten digits"])
@pytest.mark.parametrize("odd", ODD)
def test_no_odd_cell_hides_a_gradient_that_is_off(odd: str, example: Example, tmp_path: Path):
    path = edited(write_examples(tmp_path / "odd.xlsx", example), with_cell(*ODD[odd]))
    assert found(verify_file(path)) == []
    gradient = place(example, "∂E/∂w5", 7)
    right = path.read_bytes()
    for factor in (0.7, 1.3, 1 + 1e-6):
        path.write_bytes(right)
        edited(path, with_value(gradient, times(factor)))
        assert found(verify_file(path)) == [(gradient, FindingKind.STALE_VALUE)], factor


@pytest.mark.parametrize("digits", [10, 15])
def test_rounded_numbers_stay_right_however_they_are_spelt(digits: int, tmp_path: Path):
    path = edited(write_examples(tmp_path / "spelt.xlsx", replace(TABLE, digits=digits)), as_gnumeric_writes)
    assert found(verify_file(path)) == []


@pytest.mark.parametrize("name", ["h1", "a_h1", "a_o2", "E_total", "∂E/∂w3", "w5"])
def test_one_cell_in_full_precision_leaves_ten_digit_neighbours_right(name: str, tmp_path: Path):
    address = place(TABLE, name, 9)
    exact = dict(zip([place(TABLE, name, step) for step in range(ROWS)], TABLE.course(), strict=True))[address][name]
    path = edited(write_examples(tmp_path / "one.xlsx", TEN_DIGITS), with_value(address, lambda _: repr(exact)))
    assert found(verify_file(path)) == []


def test_few_ten_digit_cells_in_a_table_of_full_precision_are_right(tmp_path: Path):
    path = write_examples(tmp_path / "few.xlsx", TABLE)
    for step in (3, 9, 20):
        for name in ("h1", "∂E/∂w6", "w2"):
            edited(path, with_value(place(TABLE, name, step), times(1, digits=10)))
    assert found(verify_file(path)) == []


def test_a_cell_in_full_precision_is_held_to_it_among_ten_digit_ones(tmp_path: Path):
    off = place(TABLE, "∂E/∂w5", 7)
    path = edited(write_examples(tmp_path / "off.xlsx", TEN_DIGITS), with_value(off, times(1 + 3e-8)))
    assert found(verify_file(path)) == [(off, FindingKind.STALE_VALUE)]


def test_a_short_number_is_held_to_all_digits_where_its_neighbours_have_them(tmp_path: Path):
    """A program that saves all digits of other numbers did not round this one to six."""
    path = write_examples(tmp_path / "short.xlsx", TABLE)
    off = place(TABLE, "a_h1", 5)
    right = TABLE.course()[5]["a_h1"]
    edited(path, with_value(off, lambda _: f"{right:.6g}"))
    assert found(verify_file(path)) == [(off, FindingKind.STALE_VALUE)]


def test_a_difference_of_close_numbers_of_fifteen_digits_is_right_outside_of_a_table(tmp_path: Path):
    rows = ""
    for row in range(300, 1000):
        formulas = f"{row}/70001", f"{row}/70001+{row}/10^12", f"ABS(B{row}-C{row})"
        numbers = row / 70001, row / 70001 + row / 1e12, row / 1e12
        cells = zip("BCD", formulas, numbers, strict=True)
        written = (f'<c r="{column}{row}"><f>{text}</f><v>{number:.15g}</v></c>' for column, text, number in cells)
        rows += f'<row r="{row}">{"".join(written)}</row>'
    path = write_examples(tmp_path / "close.xlsx", replace(TABLE, digits=15))
    edited(path, lambda xml: xml.replace("</sheetData>", rows + "</sheetData>"))
    assert found(verify_file(path)) == []
