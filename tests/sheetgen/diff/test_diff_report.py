"""How differences are written down, and that nothing a file holds can do harm there."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sheetgen.diff.changes import (
    Change,
    ChangeKind,
    ErrorValue,
    LineChange,
    LineKind,
    NameChange,
    SheetDiff,
    SheetStatus,
    Side,
    WorkbookDiff,
)
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.diff.diff_markup import github_lines, markdown_lines
from sheetgen.diff.diff_report import json_text, text_lines
from sheetgen.diff.diff_wording import shown_value
from sheetgen.diff.textconv import text_of
from sheetgen.visible_text import visible
from tests.sheetgen.support.compared_workbooks import write_book

HARMFUL = [
    "\x1b[31mred\x1b[0m \x9b2J \x07",
    "one\ntwo\r\nthree\u2028four\x85five",
    "a | b || c \\| d",
    "`code` ``` *bold* _it_ ~~x~~ [link](http://x.y) ![i](j) <https://x.y> www.x.y me@x.y @user #1 :tada: $x$ www.1.de",
    "<script>alert(1)</script> <!-- &lt; &amp; </code>",
    "::error file=x,line=1::boo",
    "##[error]boo ##[set-env name=x]y ##vso[task.setvariable variable=x]y",
    "50%0A::error::boo",
    "\u202eevil\u202c \u200bhidden \ufeff \ud800",
]


def diff_of(text: str) -> WorkbookDiff:
    """A result in which a text stands wherever a file can put one."""
    old, new = Side("A1:A2", f"={text}", text, ErrorValue(text)), Side("A1:A2", None, text, text)
    changes = (
        Change(ChangeKind.FORMULA, 2, old, new, f"={text}1"),
        Change(ChangeKind.VALUE, 2, old, old),
        Change(ChangeKind.REMOVED, 2, new, None),
        Change(ChangeKind.ADDED, 2, None, old),
    )
    lines = (LineChange(LineKind.ROWS_ADDED, "3:4", 2, 5), LineChange(LineKind.COLUMNS_REMOVED, "C:C", 1, 1))
    sheets = (SheetDiff(text, SheetStatus.CHANGED, 0, lines, changes), SheetDiff(text, SheetStatus.ADDED, 7))
    return WorkbookDiff(text, text, sheets=sheets, names=(NameChange(text, text, None), NameChange(text, None, text)))


DULL = diff_of("dull")


def test_text_has_one_line_for_each_difference():
    assert list(text_lines(DULL)) == [
        "--- dull",
        "+++ dull",
        "@@ dull @@",
        "+rows 3:4, 5 cells",
        "-column C, 1 cell",
        '~A1:A2 =dull1 → "dull"',
        '~A1:A2 "dull", dull → "dull", dull  (=dull)',
        '-A1:A2 "dull"',
        "+A1:A2 =dull",
        "@@ dull @@",
        "+sheet, 7 cells",
        "@@ defined names @@",
        "-dull =dull",
        "+dull =dull",
        "1 sheet added, 2 rows inserted, 1 column removed, 2 cells added, 2 cells removed, 2 formulas changed, "
        "2 values changed, 2 defined names changed",
    ]


def test_the_same_is_said_in_every_format():
    same = WorkbookDiff("a.xlsx", "b.xlsx")
    assert list(text_lines(same)) == ["the same: a.xlsx and b.xlsx"]
    assert "no differences." in list(markdown_lines(same))
    assert list(github_lines(same)) == ["::notice file=b.xlsx,title=sheetgen diff::no differences"]
    assert json.loads(json_text(same))["same"] is True


def test_json_has_the_documented_shape():
    document = json.loads(json_text(DULL))
    assert list(document) == ["version", "old", "new", "same", "tolerance", "ignored", "totals", "sheets", "names"]
    assert (document["version"], document["same"], document["tolerance"], document["ignored"]) == (2, False, 1e-12, [])
    assert document["totals"]["cells-formula"] == 2
    sheet = document["sheets"][0]
    assert list(sheet) == ["sheet", "status", "cells", "lines", "changes", "old_name", "contents"]
    assert sheet["lines"][0] == {
        "kind": "rows-added",
        "range": "3:4",
        "count": 2,
        "cells": 5,
        "to": None,
        "order": [],
        "how": None,
        "copied": False,
        "contents": [],
    }
    old = {"range": "A1:A2", "formula": "=dull", "first_value": "dull", "last_value": {"error": "dull"}}
    new = {"range": "A1:A2", "formula": None, "first_value": "dull", "last_value": "dull"}
    changed = {"kind": "formula", "count": 2, "old": old, "new": new, "shifted_formula": "=dull1", "follows": False}
    assert sheet["changes"][0] == changed
    assert sheet["changes"][2]["new"] is None
    assert document["names"][0] == {"name": "dull", "old": "dull", "new": None, "follows": False}


def test_json_has_no_number_that_json_has_not():
    side = Side("A1", None, float("inf"), float("nan"))
    sheet = SheetDiff("S", SheetStatus.CHANGED, changes=(Change(ChangeKind.ADDED, 1, None, side),))
    text = json_text(WorkbookDiff("a", "b", sheets=(sheet,)))
    document = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert document["sheets"][0]["changes"][0]["new"]["first_value"] == {"number": "inf"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "(no value)"), (True, "TRUE"), (3.0, "3"), (0.1, "0.1"), (1e300, "1e+300"), ("TRUE", '"TRUE"'),
     ('say "a\\b"', r'"say \"a\\b\""'), (ErrorValue("#N/A"), "#N/A"), ("a\nb", r'"a\nb"')],
)  # fmt: skip
def test_values_are_written_so_that_they_can_be_told_apart(value: float | str | None, shown: str):
    assert shown_value(value) == shown


@pytest.mark.parametrize("text", HARMFUL)
def test_text_and_json_stay_harmless(text: str):
    lines = list(text_lines(diff_of(text)))
    assert len(lines) == len(list(text_lines(DULL)))
    assert [line[:1] for line in lines] == [line[:1] for line in text_lines(DULL)]
    document = json_text(diff_of(text))
    assert json.loads(document)["sheets"][0]["sheet"] == text
    assert document.isascii()
    for line in [*lines, *document.splitlines()]:
        assert line.isprintable()
        assert "##[" not in line
        assert "##vso[" not in line
        assert not line.lstrip().startswith("::")


@pytest.mark.parametrize("text", HARMFUL)
def test_markdown_is_left_alone_by_what_it_shows(text: str):
    page, dull = "\n".join(markdown_lines(diff_of(text))), "\n".join(markdown_lines(DULL))
    assert all(line.isprintable() for line in page.split("\n"))
    assert structure(page) == structure(dull)
    heading = MarkdownIt().parse(page.split("\n")[4])[1]
    assert "".join(token.content for token in heading.children if token.type != "html_inline") == visible(text)


def inline(page: str) -> list:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [child for token in parser.parse(page) for child in [token, *(token.children or [])]]


def structure(page: str) -> list[tuple[str, str]]:
    """What a reader's browser is told to do: every token but the text that is shown."""
    quiet = ("text", "text_special", "inline")
    return [
        (token.type, token.content if token.type.startswith("html") else "")
        for token in inline(page)
        if token.type not in quiet
    ]


@pytest.mark.parametrize("text", HARMFUL)
def test_annotations_are_one_command_a_line(text: str):
    lines = list(github_lines(diff_of(text)))
    assert len(lines) == len(list(github_lines(DULL)))
    for line in lines:
        assert line.isprintable()
        head, message = line.removeprefix("::notice ").split("::", 1)
        assert line.startswith("::notice file=")
        assert "%" not in message.replace("%25", "")
        assert head.count(",") == 1
        assert head.count("=") >= 2
        assert "##[" not in line


@settings(max_examples=50)
@given(st.text(min_size=1))
def test_whatever_is_shown_stays_on_its_line(text: str):
    assert visible(text).isprintable()
    assert all(line.startswith("::notice file=") and line.isprintable() for line in github_lines(diff_of(text)))
    assert structure("\n".join(markdown_lines(diff_of(text)))) == structure("\n".join(markdown_lines(diff_of("x"))))


def test_long_reports_are_cut_where_github_would():
    change = Change(ChangeKind.VALUE, 1, Side("A1", None, "x" * 5000, "x"), Side("A1", None, "<" * 5000, "x"))
    sheets = tuple(SheetDiff(f"S{number}", SheetStatus.CHANGED, changes=(change,) * 50) for number in range(40))
    found = WorkbookDiff("a", "b", sheets=sheets)
    page = "\n".join(markdown_lines(found))
    assert len(page.encode()) < 1_000_000
    assert page.endswith("… and 1,700 more.")
    assert len(list(github_lines(found))) == 51
    assert len(list(text_lines(found))) == 2 + 40 * 51 + 1


def test_text_of_a_workbook_is_one_line_a_cell(tmp_path: Path):
    cells = {"B2": ("=A1*2", 3), "A1": 1.5, "B1": "a\nb\x9b", "A2": True, "C3": ("=NA()", "#N/A")}
    book = write_book(tmp_path / "book.xlsx", {"S": cells, "T": {}}, {"rate": "=S!$A$1"})
    lines = ["names", "  rate: =S!$A$1", "sheet S", "  A1: 1.5", r'  B1: "a\nb\x9b"', "  A2: TRUE"]
    assert list(text_of(book)) == [*lines, "  B2: =A1*2 → 3", "  C3: =NA() → #N/A", "sheet T"]
    assert list(text_of(book, values=False)) == [*lines, "  B2: =A1*2", "  C3: =NA()", "sheet T"]


def test_what_a_real_file_holds_is_escaped(tmp_path: Path):
    old = write_book(tmp_path / "old.xlsx", {"S": {"A1": "x"}})
    new = write_book(tmp_path / "new.xlsx", {"S": {"A1": "\x9b31m\u202e\n::error::x"}})
    text = "\n".join(text_lines(compare_workbooks(old, new)))
    assert r'~A1 "x" → "\x9b31m\u202e\n::error::x"' in text
