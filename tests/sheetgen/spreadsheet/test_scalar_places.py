"""Ranges where one value belongs, array formulas, and functions that the formula engine lacks."""

import math
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sheetgen import verify_file
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.formula import take_apart
from sheetgen.spreadsheet.formula_engine import Formula, evaluate, one_by_one
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.types import Value
from tests.sheetgen.support.hostile_workbooks import TABLE, small_book
from tests.sheetgen.support.raw_workbooks import cell, write_book, write_parts

# In row 4, beside numbers in A1:B6: formulas that are not array formulas.
PLAIN = {
    "EXP(-A1:A6)": "EXP(-A4)",
    "-A:A": "-A4",
    "A1:A6": "A4",
    "SUM(A1:A6)": "SUM(A1:A6)",
    "SUM(A1:A6*B1:B6)": "A4*B4",
    "SUM((A1:A6))": "SUM(A1:A6)",
    "SUM((A1:A6)*2)": "A4*2",
    "SUM(EXP(A1:A6))": "EXP(A4)",
    "MAX(A1:A6,B1:B6)": "MAX(A1:A6,B1:B6)",
    "IF(A1:A6>3,A1:A6,0)": "A4",
    "MAX(IF(A1:A6>3,A1:A6,0))": "MAX(A1:A6)",
    "SUMPRODUCT(A1:A6*B1:B6)": "SUMPRODUCT(A1:A6,B1:B6)",
    "SUMPRODUCT(EXP(A1:A6/9))": "EXP(A1/9)+EXP(A2/9)+EXP(A3/9)+EXP(A4/9)+EXP(A5/9)+EXP(A6/9)",
    "SUM(A1:INDEX(A1:A6,3))": "A1+A2+A3",
    "INDEX(A1:A6,2)*2": "A2*2",
    "col^2": "A4^2",
    "ROUND(col/7,3)": "ROUND(A4/7,3)",
    "SUM(MMULT(A1:B2,A3:B4))": "A1*A3+B1*A4+A1*B3+B1*B4+A2*A3+B2*A4+A2*B3+B2*B4",
    "A1:B1+1": "#VALUE!",
    "SUM(A1:B1*A2:B2)": "#VALUE!",
    "A5:A6*2": "#VALUE!",
    "A1:B6*2": "#VALUE!",
}
ARRAYS = {
    "EXP(-A1:A6)": "EXP(-A1)",
    "SUM(A1:B1*A2:B2)": "A1*A2+B1*B2",
    "SUM(EXP(A1:A3/9))": "EXP(A1/9)+EXP(A2/9)+EXP(A3/9)",
    "SUM(1/(1+EXP(-MMULT(A1:B2,A3:B4))))": "1/(1+EXP(-A1*A3-B1*A4))+1/(1+EXP(-A1*B3-B1*B4))"
    "+1/(1+EXP(-A2*A3-B2*A4))+1/(1+EXP(-A2*B3-B2*B4))",
    "MAX(IF(A1:A6>3,ROUND(A1:A6,0),0))": "ROUND(MAX(A1:A6),0)",
    "SUM(POWER(A1:A3,B1:B3/20)+MOD(A1:A3,2))": "A1^(B1/20)+A2^(B2/20)+A3^(B3/20)+MOD(A1,2)+MOD(A2,2)+MOD(A3,2)",
}
NAME = '<definedName name="col">Sheet1!$A$1:$A$6</definedName>'


def book(path: Path, cells: Iterator[str]) -> Path:
    """A workbook with numbers in A1:B6, and in row 4 these cells."""
    inside = {4: "".join(cells)}
    rows = (
        f'<row r="{row}">{cell(f"A{row}", None, row + 0.25)}{cell(f"B{row}", None, row * 3)}{inside.get(row, "")}</row>'
        for row in range(1, 7)
    )
    return write_book(path, "".join(rows), names=NAME)


def addresses() -> Iterator[str]:
    return (f"{first}{second}4" for first in "FGHIJK" for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def values_of(path: Path) -> dict[str, Value]:
    """What the formulas of row 4 give."""
    with open_workbook(path) as opened:
        sheets = CachedSheets(opened)

        def content(*place: object) -> Value:
            held = sheets.cell(*place)
            return None if held is None else held.value

        held = [each for each in opened.read("Sheet1").cells() if each.formula]
        formulas = [
            Formula(
                tuple(take_apart(each.formula or "", "Sheet1", each.row, sheets.surroundings)), each.row, each.column
            )
            for each in held
        ]
        values = evaluate(formulas, one_by_one(content, lambda _: (6, 400)))
    return {each.address: value for each, value in zip(held, values, strict=True)}


def pairs(cases: dict[str, str], written: Callable[[str, str], str]) -> Iterator[str]:
    """For each case the formula, as `written`, and the plain one that it must equal."""
    places = addresses()
    for formula, same in cases.items():
        yield written(next(places), formula.replace(">", "&gt;"))
        yield cell(next(places), same, 0)


def differing(cases: dict[str, str], values: list[Value]) -> dict[str, tuple[Value, Value]]:
    """The formulas that give something other than the plain ones beside them, with both values."""
    both = zip(cases, zip(values[::2], values[1::2], strict=True), strict=True)
    return {formula: pair for formula, pair in both if not same(*pair)}


def same(one: Value, other: Value) -> bool:
    numbers = isinstance(one, float) and isinstance(other, float)
    return math.isclose(one, other, rel_tol=1e-13) if numbers else one == other and isinstance(one, str)


def as_array(address: str, formula: str) -> str:
    return f'<c r="{address}"><f t="array" ref="{address}">{formula}</f><v>0</v></c>'


@pytest.mark.parametrize(("cases", "written"), [(PLAIN, lambda *each: cell(*each, 0)), (ARRAYS, as_array)])
def test_ranges_mean_what_they_mean_in_excel(
    cases: dict[str, str], written: Callable[[str, str], str], tmp_path: Path
) -> None:
    values = list(values_of(book(tmp_path / "ranges.xlsx", pairs(cases, written))).values())
    assert differing(cases, values) == {}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("cases", "written"), [(PLAIN, lambda *each: cell(*each)), (ARRAYS, as_array)])
def test_libreoffice_agrees(cases: dict[str, str], written: Callable[[str, str], str], tmp_path: Path) -> None:
    path = book(tmp_path / "ranges.xlsx", (each.replace("<v>0</v>", "") for each in pairs(cases, written)))
    place = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", place, "--headless", "--convert-to", "xlsx", "--outdir", tmp_path / "out", path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with open_workbook(tmp_path / "out" / "ranges.xlsx") as opened:
        values = [each.value for each in opened.read("Sheet1").cells() if each.formula]
    assert differing(cases, values) == {}


def verified(folder: Path, column: str, formula: str, attributes: str = "", names: str = ""):
    """The verdict on a small workbook of ours with another formula in one column of its table.

    `{row}` stands for the row, and the cached values stay as they are.
    """
    parts = dict(small_book())
    table = parts[TABLE].decode()
    for row in range(16, 21):
        address = f"{column}{row}"
        start = table.index("<f>", table.index(f'<c r="{address}"'))
        end = table.index("</f>", start)
        own = f"<f{attributes.format(address=address)}>{formula.format(row=row)}"
        table = table[:start] + own + table[end:]
    parts[TABLE] = table.encode()
    workbook = parts["xl/workbook.xml"].decode().replace("</definedNames>", f"{names}</definedNames>")
    return verify_file(write_parts(folder / "book.xlsx", {**parts, "xl/workbook.xml": workbook.encode()}))


SIGMOID = '<definedName name="SIG">_xlfn.LAMBDA(_xlpm.z,1/(1+EXP(-_xlpm.z)))</definedName>'


@pytest.mark.parametrize(
    ("formula", "attributes"),
    [
        ("1/(1+EXP(-J16:J20))", ""),
        ("1/(1+EXP(-$J:$J))", ""),
        ("1/(1+EXP(-(J$16:J$20)))", ""),
        ("1/(1+EXP(-J{row}))", ' t="array" ref="{address}"'),
        ("1/(1+EXP(-_xlfn.SINGLE(J16:J20)))", ""),
        ("_xlfn.LAMBDA(_xlpm.z,1/(1+EXP(-_xlpm.z)))(J{row})", ""),
        ("_xlfn.LAMBDA(_xlpm.a,_xlpm.b,_xlpm.a/(_xlpm.a+EXP(-_xlpm.b)))(1,J{row})", ""),
        ("SIG(J{row})", ""),
    ],
)
def test_a_right_activation_is_right_however_its_range_is_written(
    formula: str, attributes: str, tmp_path: Path
) -> None:
    report = verified(tmp_path, "K", formula, attributes, SIGMOID)
    assert (report.findings, report.error) == ((), None)


def test_a_sum_of_products_counts_only_as_an_array_formula(tmp_path: Path) -> None:
    text = "SUM(D{row}:E{row}*F{row}:G{row})"
    plain = verified(tmp_path, "J", text)
    assert [(each.range, str(each.kind)) for each in plain.findings] == [("J16:J20", "wrong-formula")]
    assert "unless it is entered as an array formula" in plain.findings[0].message
    for attributes in (' t="array" ref="{address}"', ' t="array" ref="{address}" aca="1"'):
        assert verified(tmp_path, "J", text, attributes).findings == ()


def test_an_array_formula_is_shown_as_it_was_typed(tmp_path: Path) -> None:
    report = verified(tmp_path, "V", "SUM((S{row}-B{row})^2)*7/10", ' t="array" ref="{address}"')
    assert {each.found_formula for each in report.findings} == {"{=SUM((S16-B16)^2)*7/10}"}


@pytest.mark.parametrize(
    ("formula", "function"),
    [
        ("_xlfn.REDUCE(0,J{row},_xlfn.LAMBDA(_xlpm.a,_xlpm.z,1/(1+EXP(-_xlpm.z))))", "REDUCE"),
        ("SIGMOID(J{row})", "SIGMOID"),
        ("SUM(_xlfn.MAP(J{row},_xlfn.LAMBDA(_xlpm.z,1/(1+EXP(-_xlpm.z)))))", "MAP"),
    ],
)
def test_a_function_that_the_engine_lacks_is_named_and_not_a_fault(formula: str, function: str, tmp_path: Path) -> None:
    report = verified(tmp_path, "K", formula)
    assert not [each for each in report.findings if each.range.startswith("K")]
    assert f"the formula engine does not know the function {function}" in (report.error or "")
