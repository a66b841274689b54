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
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.relative_formula import MovableTemplate, has_marks, make_template
from sheetgen.spreadsheet.repeated_rows import Repeats
from sheetgen.spreadsheet.workbook import MAX_COLUMN, MAX_ROW, open_workbook
from sheetgen.verify.read.tables import find_tables, looks_like_the_exercise
from tests.sheetgen.support.byte_mutations import fuzz
from tests.sheetgen.support.raw_workbooks import LABELS, package_parts, worksheet, write_parts

QUICK = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzzed.xlsx"


# A worksheet of odd cells: mostly well-formed, so that what is deeper than the parser is reached.


def mostly(usual: st.SearchStrategy[str], odd: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The odd one once in thirty times."""
    return st.integers(0, 29).flatmap(lambda number: odd if number == 7 else usual)


addresses = mostly(
    st.builds("{}{}".format, st.sampled_from(["A", "B", "C", "AE", "XFD", "a"]), st.integers(1, 12)),
    st.sampled_from(["A1048576", "A1048577", "", "A", "1", "A01", "A1:B2", " A1", "A 1", "A0", "XFE1", "$A1"]),
)
kinds = st.sampled_from(["", "", "", "n", "s", "str", "b", "e", "inlineStr", "d", "x"])
formulas = st.one_of(
    st.sampled_from(
        ["A1", "A2*$B$1", "B3+A2", "SUM(A1:A9)", "", "'x'!A1", "1+", "T[[#This Row],[w1]]", "3:4", "A:B", "é"]
    ),
    st.text("AB12$()[]{}'\"!:+-*/^,.#@ é\ue000", max_size=12),
)
numbers = mostly(
    st.one_of(
        st.sampled_from(["1", "0", "2", "-1e-9", "", " 2 "]), st.floats(allow_nan=False, allow_infinity=False).map(repr)
    ),
    st.sampled_from(["1e999", "nan", "abc", "1_0", "٣", "-1", "0x1", "9" * 400]),
)
texts = st.one_of(st.sampled_from(["", "#N/A", *LABELS]), st.text(max_size=5))
values = {"str": texts, "e": texts, "d": texts, "x": texts, "s": mostly(st.sampled_from(["0", "1", "2"]), numbers)}
groups = st.sampled_from(
    ["", "", "", 't="shared" si="0"', 't="shared" si="1" ref="A1:B9"', 't="array" ref="A1:B3"', 't="array" ref="x"']
)


def escaped(text: str) -> str:
    legal = "".join(letter for letter in text if letter.isprintable())
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace(">", "&gt;")


@st.composite
def cells(draw: st.DrawFn) -> str:
    address = draw(st.one_of(st.none(), addresses))
    kind = draw(kinds)
    formula = f"<f {draw(groups)}>{escaped(draw(formulas))}</f>" if draw(st.booleans()) else ""
    value = f"<v>{escaped(draw(values.get(kind, numbers)))}</v>" if draw(st.booleans()) else ""
    inline = f"<is><t>{escaped(draw(texts))}</t></is>" if kind == "inlineStr" else ""
    attributes = {"r": address, "t": kind or None}
    said = "".join(f' {name}="{held}"' for name, held in attributes.items() if held is not None)
    return f"<c{said}>{formula}{value}{inline}</c>"


FIRST = '<row r="1"><c r="A1"><f t="shared" si="0">B2+$A$1</f></c><c r="C1"><f t="shared" si="1">A1:B2</f></c></row>'


rows = st.builds(
    "<row{}>{}</row>".format,
    mostly(st.sampled_from(["", ' r="1"', ' r="2"', ' r="7"']), st.sampled_from([' r="1048576"', ' r="0"', ' r="x"'])),
    st.lists(cells(), max_size=6).map("".join),
)


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


@QUICK
@given(inside=st.lists(rows, max_size=6))
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


@st.composite
def filled_down(draw: st.DrawFn) -> str:
    """Rows of one kind, and here and there a little difference."""
    formula = draw(
        st.sampled_from(["B{row}*2", "A{above}+$B$2", '1/A{row}&amp;"é"', "IF(A{above}&lt;2,3:3,A{row})", ""])
    )
    gap = draw(st.sampled_from(["", "", "\n  "]))
    first = draw(st.sampled_from([1, 2, 98, 1_048_570]))
    lines = [
        f'<row r="{row}"><c r="A{row}" s="1"><f>{formula.format(row=row, above=row - 1)}</f><v>{row / 3!r}</v></c>'
        f'<c r="B{row}"><v>{row}</v></c><c r="D{row}" s="2"/></row>{gap}'
        for row in range(first, first + 6)
    ]
    for _ in range(draw(st.integers(0, 3))):
        number, old = (
            draw(st.integers(0, 5)),
            draw(st.sampled_from(['"', "<v>", "</v>", "A", "1", "</row>", "<c", ">", "r="])),
        )
        new = draw(
            st.sampled_from(["", "2", "<v>", ' t="s"', "<!-- ", " -->", "</row>", ">", "\n", "0", "e", "_", "&#49;"])
        )
        count = draw(st.integers(1, 3))
        lines[number] = lines[number].replace(old, draw(st.sampled_from([old + new, new + old, new])), count)
    return worksheet("".join(lines))


@QUICK
@given(sheet=filled_down())
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


def test_damaged_workbooks() -> None:
    tried, refused = fuzz(8, seed=0, attempt=read_both_ways_or_complain)
    assert tried > 50
    assert 0 < refused < tried


def read_both_ways_or_complain(path: Path) -> None:
    found = read_both_ways(path)
    if isinstance(found, str):
        raise SheetgenError(*found.partition(":"))


# Formulas without their row.

columns = st.integers(1, 60).map(get_column_letter)
corners = st.builds(
    "{}{}{}{}".format, st.sampled_from(["", "$"]), columns, st.sampled_from(["", "$"]), st.integers(40, 90)
)
references = st.one_of(
    corners,
    corners,
    st.builds("{}:{}".format, corners, corners),
    st.builds("{}!{}".format, st.sampled_from(["Sheet2", "'A1 b'", "'it''s'", "[1]Sheet1", "a.b"]), corners),
    st.sampled_from(
        ["$A:C", "B:$B", "50:60", "$50:60", "Table1[[#This Row],[w1]]", "A1.b", "rate", "_x1", "LOG10(2)", "TRUE"]
    ),
)
literals = st.sampled_from(["1", "0.5", "1E5", '"A1"', '"a""B2"', "#REF!", "{1,2;3,4}", "2^3"])
expressions = st.recursive(
    st.one_of(references, references, literals),
    lambda inner: st.one_of(
        st.builds("{}{}{}".format, inner, st.sampled_from(["+", "-", "*", "/", "^", "&", "<=", " "]), inner),
        st.builds("{}({},{})".format, st.sampled_from(["SUM", "LOG10", "IF", "_xlfn.LET"]), inner, inner),
        st.builds("-({})%".format, inner),
    ),
    max_leaves=12,
)


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
    assert MovableTemplate(formula, row).moved(right).at(row + down) == copy


@given(formula=st.text().filter(lambda text: not has_marks(text) and "\0" not in text), row=st.integers(1, MAX_ROW))
def test_moving_never_fails(formula: str, row: int) -> None:
    movable = MovableTemplate(formula, row)
    assert movable.moved(0).at(row).casefold() == formula.casefold()
    movable.moved(MAX_COLUMN)


def test_thousands_of_references_stay_apart() -> None:
    formula = "+".join(f"A{row}" for row in range(1, 9000))
    template = make_template(formula, 5)
    assert template.at(5) == formula
    assert template.at(6).startswith("A2+A3+A4+")
