"""No file, whoever made it, breaks the verifier: one clear line each, in bounded time and memory, and nothing written.

What was tried stands in the tables of `untrusted.py` and in those of this file.
"""

import re
from pathlib import Path

import pytest
from openpyxl.utils.cell import rows_from_range

from sheetgen.report import FORMATS, render
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.findings import FileReport, FindingKind
from tests.sheetgen.support.hostile_workbooks import named, plain, sheets, with_cells
from tests.sheetgen.support.untrusted_cases import BOMBS, CELLS, CONTAINER, NO_TABLE, NO_WORKBOOK, XML
from tests.sheetgen.support.watchdog import judge

CASES = NO_WORKBOOK | CONTAINER | BOMBS | XML | CELLS

# Formulas that cost a careless pattern or parser minutes; each is put into the table of a workbook of ours.
HOSTILE = {
    "opening brackets": "[" * 8000,
    "opening and closing brackets": "[" * 4000 + "]" * 4000,
    "brackets with long names": "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * 220,
    "single quotes": "'" * 8001,
    "double quotes": "&quot;" * 8001,
    "quotes in turn": "'&quot;" * 4000,
    "letters": "A" * 8000,
    "digits": "1" * 8000,
    "letters and digits": "A1" * 4000,
    "letters and digits, 400,000": "A1" * 199_999,
    "dollars": "$" * 8000,
    "dots": "A." * 4000,
    "colons": "A1:" * 2700 + "A1",
    "exclamation marks": "A1!" * 2700,
    "spaces": " " * 8000,
    "minus signs": "-" * 8000 + "1",
    "commas": "SUM(" + "," * 8000 + ")",
    "braces": "{" * 8000,
    "hashes": "#" * 8000,
    "ampersands": "&amp;" * 8000,
    "percents": "1" + "%" * 8000,
    "powers": "^".join(["2"] * 4000),
    "comparisons": "=".join(["1"] * 4000),
    "table columns": "+".join(["T[[#This Row],[w1]]"] * 400),
    "a private alphabet": "\ue000\ue001" * 4000,
}
FORMULAS = {
    "8,192 characters": "0+" * 4094 + "J17",
    "100,000 characters": "0+" * 50_000 + "J17",
    "400,000 characters": "0+" * 199_998 + "J17",
    "more than 400,000 characters": "0+" * 200_000 + "J17",
    "3,000 brackets deep": "(" * 3000 + "J17" + ")" * 3000,
    "100,000 brackets deep": "(" * 100_000 + "J17" + ")" * 100_000,
    "3,000 functions deep": "ABS(" * 3000 + "J17" + ")" * 3000,
    "64 IFs deep": "IF(1," * 64 + "J17" + ")" * 64,
    "a range of 17 billion cells": "SUM(A1:XFD1048576)*0+J17",
    "whole columns": "SUM(AH:XFD)*0+J17",
    "the cell itself": "K17",
    "20,000 references": "+".join(f"J{row}" for row in range(1, 20_001)),
    "a function that calls itself": "LET(f,LAMBDA(g,n,g(g,n)),f(f,1))",
    "a number of 5,000 digits": "9" * 5000,
    "a text repeated into gigabytes": "LEN(REPT(REPT(&quot;x&quot;,32767),32767))",
    "a sequence of billions": "SUM(SEQUENCE(1048576,16384))",
    "a call to the outside": "WEBSERVICE(&quot;http://127.0.0.1:9/&quot;)",
    "an old way to run programs": "cmd|&apos; /C calc&apos;!A0",
    "another workbook": "[1]Sheet1!A1",
    "another workbook by its path": "&apos;\\\\127.0.0.1\\share\\[x.xlsx]Sheet1&apos;!A1",
    "a sheet that is not there": "Nowhere!A1",
    "an indirect reference to itself": "INDIRECT(&quot;K17&quot;)",
    "a moving range": "SUM(OFFSET(A1,0,0,1048576,16384))",
    "no formula": "",
    "a lonely sign": "+",
    "line breaks": "J17&#10;+&#10;&#13;0",
    "control characters of the second block": "J17+&quot;&#x9b;31m&quot;",
    "text that runs right to left": "J17+&quot;&#x202e;&quot;",
    "markup": "&quot;&lt;script&gt;alert(1)&lt;/script&gt;\n::error::x&quot;",
}


def check(path: Path, folder: Path, limits: Limits | None = None) -> FileReport:
    """Judge a file; whatever comes out is printable in every format, and nothing was written."""
    before = sorted(folder.rglob("*"))
    report = judge(path, limits)
    assert sorted(folder.rglob("*")) == before
    for each in FORMATS:
        for line in render([report], each).split("\n"):
            assert line.isprintable(), (each, line)
    assert "\n" not in (report.error or "")
    return report


@pytest.mark.alike(7)
@pytest.mark.parametrize("name", CASES)
def test_file(name: str, tmp_path: Path) -> None:
    make, expected = CASES[name]
    report = check(make(tmp_path / "file.xlsx"), tmp_path, Limits(cells=1_000_000))
    if expected is None:
        assert report.error is None
        assert report.tables
    else:
        assert re.search(expected, report.error or ""), report.error
        assert report.exit_code == 2 or expected == "|"


def covered(report: FileReport) -> set[str]:
    """The cells of all findings of a wrong formula."""
    wrong = [each.range for each in report.findings if each.kind is FindingKind.WRONG_FORMULA]
    return {address for area in wrong for row in rows_from_range(area) for address in row}


@pytest.mark.slow
def test_hostile_formulas_in_a_table(tmp_path: Path) -> None:
    places = [f"{column}{row}" for column in ("K", "M", "S", "U", "V", "W", "X") for row in (17, 18, 19, 20)]
    cells = dict(zip(places, HOSTILE.values(), strict=False))
    report = check(with_cells(**cells)(tmp_path / "file.xlsx"), tmp_path)
    assert report.error is None
    assert len(cells) == len(HOSTILE)
    assert set(cells) <= covered(report)


@pytest.mark.alike(5)
@pytest.mark.parametrize("name", FORMULAS)
def test_formula_in_a_table(name: str, tmp_path: Path) -> None:
    report = check(with_cells(K17=FORMULAS[name])(tmp_path / "file.xlsx"), tmp_path)
    if report.error is None:
        assert "K17" in covered(report)
    else:  # what cannot be evaluated is not judged, and named
        assert re.search("a text of more than 400,000 characters|sheet LR 0.5, K17: ", report.error)


CYCLES = {
    "a cell and itself": {"K17": "1/(1+EXP(-J17))+0*K17"},
    "two cells": {"K17": "1/(1+EXP(-J17))+0*M17", "M17": "1/(1+EXP(-L17))+0*K17"},
    "a formula and its inverse": {"K17": "1/(1+EXP(-J17))", "J17": "-LN(1/K17-1)"},
    "a row and the one below": {"F17": "F18-$C$2*Y16", "F18": "F17-$C$2*Y17"},
}
CYCLES_BESIDE = {
    "cells beside the table": {"K17": "1/(1+EXP(-J17))+0*AH17", "AH17": "AI17", "AI17": "AH17"},
    "a cell beside the table and itself": {"K17": "1/(1+EXP(-J17))+0*AH17", "AH17": "AH17"},
    "a cell of the table and one beside it": {"K17": "AH17", "AH17": "1/(1+EXP(-J17))+0*K17"},
}


@pytest.mark.parametrize("name", CYCLES | CYCLES_BESIDE)
def test_cycle(name: str, tmp_path: Path) -> None:
    cells = (CYCLES | CYCLES_BESIDE)[name]
    report = check(with_cells(**cells)(tmp_path / "file.xlsx"), tmp_path)
    assert report.error is None
    assert report.findings
    assert name in CYCLES_BESIDE or covered(report) & set(cells)


NAMES = {
    "escape sequences of the second block": "&#x9b;31m&#x9d;0;title&#x9c;",
    "line breaks": "a&#10;::error::b&#13;c",
    "text that runs right to left": "&#x202e;fdp.xlsx&#x2066;",
    "markup": "&lt;script&gt;&amp;`|[x](y)&lt;/script&gt;",
    "nothing": "",
    "many characters": "n" * 60_000,
    "no characters": "&#x200b;&#xfeff;",
    "half of an emoji and more": "&#x1f600;&#xfffd;",
    "a path": "../../etc/passwd",
    "quotes": "it&apos;s &quot;so&quot;!A1",
}


@pytest.mark.parametrize("name", NAMES)
def test_name_of_a_sheet(name: str, tmp_path: Path) -> None:
    """The workbook is judged; its references to the sheet's old name are wrong now, or the sheet has no tables."""
    report = check(named(NAMES[name])(tmp_path / "file.xlsx"), tmp_path)
    assert report.error is None or "\n" not in report.error


def test_thousands_of_sheets(tmp_path: Path) -> None:
    assert re.search(NO_TABLE, check(sheets(3000)(tmp_path / "file.xlsx"), tmp_path).error or "")


def test_limits_can_be_raised_and_lowered(tmp_path: Path) -> None:
    path = plain(tmp_path / "file.xlsx")
    assert judge(path).error is None
    assert "limit is 0 MB; raise it with --max-size if you trust the file" in (judge(path, Limits(1000)).error or "")
    assert "raise it with --max-cells if you trust the file" in (judge(path, Limits(cells=50)).error or "")
