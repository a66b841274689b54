"""Whatever is in a file, the reader and the table finder read it or refuse it in one line, and soon."""

import zipfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.formula.translate import Translator
from openpyxl.utils.cell import get_column_letter

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.opened_workbook import MAX_COLUMN, MAX_ROW, open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.spreadsheet.repeated_rows import Repeats
from sheetgen.verify.read.tables import find_tables, looks_like_the_exercise
from tests.sheetgen.support.byte_mutations import fuzz
from tests.sheetgen.support.raw_workbooks import LABELS, package_parts, worksheet, write_parts
from tests.sheetgen.support.strategies import expressions, nearly_repeated_rows, odd_rows

QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzzed.xlsx"


FIRST = '<row r="1"><c r="A1"><f t="shared" si="0">B2+$A$1</f></c><c r="C1"><f t="shared" si="1">A1:B2</f></c></row>'


def read(path: Path) -> object:
    """All that is in a workbook's first sheet, or the complaint."""
    try:
        with open_workbook(path, Limits(cells=10_000)) as book:
            sheet = book.read(book.sheet_names[0])
    except SheetgenError as error:
        return str(error)
    looks_like_the_exercise(sheet, find_tables(sheet))
    return list(sheet.cells()), sheet.texts, sheet.templates, sheet.digits


def write(path: Path, sheet: str | bytes) -> None:
    parts = package_parts({"Sheet1": ""}, "<si><t>text</t></si>" * 3) | {"xl/worksheets/sheet1.xml": sheet}
    write_parts(path, parts, zipfile.ZIP_STORED)


def read_both_ways(path: Path) -> object:
    """Read a workbook, once with every row parsed, and see that it is the same."""
    quick = read(path)
    assert not isinstance(quick, str) or quick.isprintable()
    with patch.object(Repeats, "learn", lambda *_: None):
        assert read(path) == quick
    return quick


@pytest.mark.slow
@QUICK
@given(inside=st.lists(odd_rows, max_size=6))
@example(inside=['<row r="1"><c><f t="shared" si="0">A1</f></c></row>', '<row r="1048576"><c r="A1"><f/></c></row>'])
def test_odd_worksheets(path: Path, inside: list[str]) -> None:
    write(path, worksheet(FIRST + "".join(inside)))
    read_both_ways(path)


@QUICK
@given(content=st.one_of(st.binary(), st.text().map(str.encode), st.binary().map(lambda tail: b"<worksheet>" + tail)))
def test_any_bytes_for_a_worksheet(path: Path, content: bytes) -> None:
    write(path, content)
    read_both_ways(path)


@QUICK
@given(content=st.one_of(st.binary(), st.binary().map(lambda tail: b"PK\3\4" + tail)))
def test_any_bytes_for_a_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert isinstance(read(path), str)


@QUICK
@given(sheet=nearly_repeated_rows())
def test_rows_that_nearly_repeat(path: Path, sheet: str) -> None:
    write(path, sheet)
    read_both_ways(path)


@QUICK
@given(
    labels=st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 12), st.sampled_from([*LABELS, "η", "x", ""])), max_size=60
    ),
    numbers=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 12), st.booleans()), max_size=60),
)
def test_tables_among_scattered_labels(
    path: Path, labels: list[tuple[int, int, str]], numbers: list[tuple[int, int, bool]]
) -> None:
    held = {(row, column): f' t="str"><v>{label}</v>' for row, column, label in labels}
    held |= {(row, column): f">{'<f>A1</f>' if live else ''}<v>1</v>" for row, column, live in numbers}
    write(path, worksheet("".join(f'<c r="{get_column_letter(c)}{r}"{text}</c>' for (r, c), text in held.items())))
    assert not isinstance(read(path), str)


@pytest.mark.slow
def test_damaged_workbooks() -> None:
    tried, refused = fuzz(8, seed=0, attempt=read_both_ways_or_complain)
    assert tried > 50
    assert 0 < refused < tried


def read_both_ways_or_complain(path: Path) -> None:
    found = read_both_ways(path)
    if isinstance(found, str):
        raise SheetgenError(*found.partition(":"))


# Formulas without their row.


@given(formula=st.text(), row=st.integers(1, MAX_ROW))
@example(formula="A9999999+XFE3+1E5+A1048577", row=MAX_ROW)
def test_a_template_gives_its_formula_back(formula: str, row: int) -> None:
    assert make_template(formula, row).at(row) == formula


@given(formula=expressions, row=st.integers(41, 60), down=st.integers(-39, 1000))
def test_a_copy_further_down_has_the_same_template(formula: str, row: int, down: int) -> None:
    copy = Translator("=" + formula, f"Z{row}").translate_formula(f"Z{row + down}")[1:]
    template = make_template(formula, row)
    assert template.at(row + down) == copy
    assert make_template(copy, row + down).at(row) == formula


@given(formula=expressions, row=st.integers(41, 60), down=st.integers(-39, 1000), right=st.integers(0, 500))
def test_a_copy_further_right_is_as_openpyxl_moves_it(formula: str, row: int, down: int, right: int) -> None:
    copy = Translator("=" + formula, f"A{row}").translate_formula(f"{get_column_letter(1 + right)}{row + down}")[1:]
    assert make_template(formula, row, right).at(row + down) == copy


@given(formula=st.text(), row=st.integers(1, MAX_ROW))
def test_moving_never_fails(formula: str, row: int) -> None:
    make_template(formula, row, MAX_COLUMN)


def test_thousands_of_references_stay_apart() -> None:
    formula = "+".join(f"A{row}" for row in range(1, 9000))
    template = make_template(formula, 5)
    assert template.at(5) == formula
    assert template.at(6).startswith("A2+A3+A4+")
