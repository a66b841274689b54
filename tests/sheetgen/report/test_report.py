"""The reports: what they say, and that nothing in a file's text can do harm through them."""

import io
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from rich.console import Console

from sheetgen import SheetgenError
from sheetgen.report import FORMATS, append_step_summary, load_schema, print_text, render
from sheetgen.report.as_markdown import code, prose
from sheetgen.report.class_summary import ClassSummary
from sheetgen.report.excerpt import excerpts
from sheetgen.report.words import summary_row
from sheetgen.verify.findings import FileReport, Finding, FindingKind, TableSummary
from sheetgen.visible_text import clean
from sheetgen.workflow_commands import annotation
from tests.sheetgen.support.strategies import nasty_texts, reports_of_anything

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def table(sheet: str = "Sheet1", header: int = 32, last: int = 100) -> TableSummary:
    return TableSummary(sheet, header, header + 1, last, 0.5, (2, 2, 2), {"i1": 0.05, "w1": 0.15, "t1": None})


def wrong(cells: str = "Z33:Z100", sheet: str = "Sheet1", **values: object) -> Finding:
    ordinary = {
        "count": 68,
        "quantity": "∂E/∂w3",
        "kind": FindingKind.WRONG_FORMULA,
        "message": "a_h1·(1−a_h1) stands where a_h2·(1−a_h2) belongs",
        "found_formula": "=((T33-B33)*T33*(1-T33)*O33+(V33-C33)*V33*(1-V33)*Q33)*K33*(1-K33)*D33",
        "expected_formula": "=((T33-B33)*T33*(1-T33)*O33+(V33-C33)*V33*(1-V33)*Q33)*M33*(1-M33)*D33",
        "found_value": 0.1,
        "expected_value": 0.2,
        "affected": 1204,
    }
    return Finding(sheet=sheet, range=cells, **{**ordinary, **values})


def constant() -> Finding:
    return Finding(
        sheet="Sheet1",
        range="J40",
        count=1,
        quantity="h1",
        kind=FindingKind.HARD_CODED,
        message="a constant stands where a formula belongs; its value is right to 3 digits",
        expected_formula="=F40*D40+G40*E40",
        found_value=0.3775,
        expected_value=0.377500123,
        affected=1,
    )


WRONG = FileReport("in/01.xlsx", None, 8704, (table(), table("Clean")), (wrong(), constant()))
RIGHT = FileReport("in/02.xlsx", None, 4100, (table(),))
UNREAD = FileReport("in/03.xls", "in/03.xls: an old .xls workbook; save it as .xlsx")
PARTLY = FileReport("in/04.xlsx", "Sheet2 has its labels in a column", 1, (table(),), (wrong(kind=FindingKind.EMPTY),))


def plain(reports: list[FileReport], width: int) -> list[str]:
    stream = io.StringIO()
    print_text(reports, Console(file=stream, width=width, color_system=None))
    return [line.rstrip() for line in stream.getvalue().split("\n")[:-1]]


# What a report says


def test_there_is_a_writer_for_each_format():
    assert FORMATS == ("text", "json", "csv", "html", "junit", "markdown", "github")
    for name in FORMATS:
        assert render([WRONG, RIGHT, UNREAD], name).endswith("\n")
        assert render([], name).strip()
    with pytest.raises(SheetgenError, match="'xml' is none; use one of text, json, csv, html"):
        render([], "xml")


def test_on_a_narrow_terminal_no_word_breaks():
    stream = io.StringIO()
    print_text([WRONG, UNREAD], Console(file=stream, width=60, force_terminal=True, color_system=None))
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert max(map(len, lines)) <= 60
    assert lines[4:7] == [
        "  cells     quantity  kind           count",
        "  Z33:Z100  ∂E/∂w3    wrong-formula     68",
        "    a_h1·(1−a_h1) stands where a_h2·(1−a_h2) belongs",
    ]
    assert "    a constant stands where a formula belongs; its value is" in lines
    assert "file in in/  verdict     findings" in lines


def test_text_is_a_verdict_and_a_table_per_sheet():
    assert plain([WRONG], 80) == [
        "in/01.xlsx: wrong, 2 findings in 69 cells (8,704 cells checked in 2 tables)",
        "",
        "Sheet1: rows 33 to 100, 2-2-2 network, η = 0.5",
        "  cells     quantity  kind           count  what is wrong",
        "  Z33:Z100  ∂E/∂w3    wrong-formula     68  a_h1·(1−a_h1) stands where",
        "                                            a_h2·(1−a_h2) belongs",
        "    found     …-B33)*T33*(1-T33)*O33+(V33-C33)*V33*(1-V33)*Q33)*K33*(1-K33)*D33",
        "    expected  …-B33)*T33*(1-T33)*O33+(V33-C33)*V33*(1-V33)*Q33)*M33*(1-M33)*D33",
        "    affected  1,204 other cells are off because of this",
        "  J40       h1        hard-coded         1  a constant stands where a formula",
        "                                            belongs; its value is right to 3",
        "                                            digits",
        "    found     0.3775",
        "    expected  =F40*D40+G40*E40, which gives 0.377500123",
        "    affected  1 other cell is off because of this",
        "",
        "Clean: rows 33 to 100, 2-2-2 network, η = 0.5, all right",
    ]


def test_text_ends_with_a_summary_of_many_files():
    lines = plain([WRONG, RIGHT, UNREAD, PARTLY], 80)
    assert "in/02.xlsx: all right (4,100 cells checked in 1 table)" in lines
    assert "in/03.xls: not judged: an old .xls workbook; save it as .xlsx" in lines
    assert lines[-16:] == [
        "file in in/  verdict         tables  cells  findings  commonest mistake",
        "01.xlsx      wrong                2  8,704         2  ∂E/∂w3: a_h1·(1−a_h1)",
        "                                                      stands where a_h2·(1−a_h2)",
        "                                                      belongs (and 1 more)",
        "02.xlsx      all right            1  4,100         0",
        "03.xls       not judged           0      0         0",
        "04.xlsx      judged in part       1      1         1  ∂E/∂w3: a_h1·(1−a_h1)",
        "                                                      stands where a_h2·(1−a_h2)",
        "                                                      belongs",
        "",
        "4 files: 1 all right, 2 wrong, 1 not judged in full",
        "",
        "The commonest mistakes:",
        "  1 file  ∂E/∂w3: a_h1·(1−a_h1) stands where a_h2·(1−a_h2) belongs",
        "  1 file  h1: a constant stands where a formula belongs",
        "  1 file  ∂E/∂w3: a_h1·(1−a_h1) stands where a_h2·(1−a_h2) belongs",
    ]
    assert not any("commonest" in line for line in plain([RIGHT, RIGHT], 80)[-2:])


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_keeps_to_the_width(width: int):
    reports = [WRONG, RIGHT, UNREAD, PARTLY]
    assert max(map(len, plain(reports, width))) <= max(width, 66)
    whole = "=((T33-B33)*T33*(1-T33)*O33+(V33-C33)*V33*(1-V33)*Q33)*M33*(1-M33)*D33" in "\n".join(plain(reports, width))
    assert whole == (width == 120)


def test_text_says_how_many_findings_it_leaves_out():
    many = FileReport("x.xlsx", None, 400, (table(),), tuple(wrong(f"Z{row}") for row in range(33, 183)))
    text = render([many], "text")
    assert "Z132 " in text
    assert "Z133 " not in text
    assert "… and 50 findings more on this sheet" in text
    assert len(json.loads(render([many], "json"))["files"][0]["findings"]) == 150


def test_values_are_written_with_the_digits_in_which_they_differ():
    stale = wrong(
        kind=FindingKind.STALE_VALUE, expected_formula=None, found_value=0.29837110876, expected_value=0.2983711
    )
    text = render([FileReport("x", None, 1, (), (stale,))], "text")
    assert "which gives 0.2983711088" in text
    assert "expected  0.2983711\n" in text
    alike = wrong(kind=FindingKind.HARD_CODED, found_formula=None, found_value=0.0275, expected_value=0.0275 + 4e-18)
    assert "which gives 0.0275\n" in render([FileReport("x", None, 1, (), (alike,))], "text")
    error = wrong(kind=FindingKind.ERROR_VALUE, found_value="#DIV/0!", expected_formula=None, expected_value=0.5)
    assert ", which gives #DIV/0!" in render([FileReport("x", None, 1, (), (error,))], "text")
    words = wrong(kind=FindingKind.BAD_INPUT, found_formula=None, found_value="0,01", expected_formula=None)
    assert 'found     "0,01"' in render([FileReport("x", None, 1, (), (words,))], "text")


def test_the_first_mistake_of_a_file_is_the_commonest_and_of_equals_the_worst():
    assert next(iter(FindingKind)) == "wrong-formula"
    one, other = wrong(kind=FindingKind.EMPTY, message="rows stop"), wrong()
    files = [FileReport("x", findings=(one, other)), FileReport("y", findings=(one,))]
    assert summary_row(files[0], ClassSummary(files[:1]))[-1].startswith("∂E/∂w3: a_h1·(1−a_h1) stands")
    assert summary_row(files[0], ClassSummary(files))[-1] == "∂E/∂w3: rows stop (and 1 more)"
    assert summary_row(RIGHT, ClassSummary([RIGHT]))[-1] == ""


def test_json_has_the_shape_that_is_promised():
    document = json.loads(render([WRONG, UNREAD], "json"))
    assert list(document) == ["version", "files", "mistakes", "copies"]
    assert document["version"] == 3
    first, second = document["files"]
    assert list(first) == ["file", "ok", "error", "cells_checked", "tables", "findings", "notes"]
    assert list(first["tables"][0]) == [field.name for field in fields(TableSummary)]
    assert list(first["findings"][0]) == [field.name for field in fields(Finding)]
    assert first["findings"][0]["kind"] == "wrong-formula"
    assert first["tables"][0]["layers"] == [2, 2, 2]
    assert first["ok"] is False
    assert second["error"] == UNREAD.error


def test_the_schema_is_one_and_knows_every_kind_and_field():
    schema = load_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$defs"]["finding"]["properties"]["kind"]["enum"] == [str(kind) for kind in FindingKind]
    assert set(schema["$defs"]["finding"]["required"]) == {field.name for field in fields(Finding)}
    assert set(schema["$defs"]["table"]["required"]) == {field.name for field in fields(TableSummary)}
    for part in schema["$defs"].values():
        for name, described in part.get("properties", {}).items():
            assert described.get("description"), name


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.pop("error"),
        lambda file: file.update(extra=1),
        lambda file: file.update(ok=True),
        lambda file: file["findings"][0].update(kind="odd"),
        lambda file: file["findings"][0].update(range="Z33:AA100:B"),
        lambda file: file["findings"][0].update(count=0),
        lambda file: file["tables"][0].update(layers=["2"]),
    ],
)
def test_the_schema_refuses_what_is_not_promised(change):
    document = json.loads(render([WRONG], "json"))
    Draft202012Validator(load_schema()).validate(document)
    change(document["files"][0])
    assert not Draft202012Validator(load_schema()).is_valid(document)


def test_junit_has_a_suite_per_file_and_a_case_per_finding_or_right_table():
    outside = wrong("A1", quantity="η", kind=FindingKind.BAD_INPUT)
    report = FileReport("x.xlsx", None, 9, WRONG.tables, (*WRONG.findings, outside))
    root = ET.fromstring(render([report, RIGHT, UNREAD], "junit"))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("6", "3", "1")
    assert {element.get("time") for element in root.iter() if element.tag.startswith("test")} == {"0"}
    first, second, third = root.findall("testsuite")
    assert [case.get("name") for case in first.findall("testcase")] == [
        *(f"Sheet1, rows 33 to 100, 2-2-2 network, η = 0.5: {each.range} {each.quantity}" for each in WRONG.findings),
        "Clean, rows 33 to 100, 2-2-2 network, η = 0.5",
        "Sheet1, outside of the tables: A1 η",
    ]
    assert [len(case.findall("failure")) for case in first.findall("testcase")] == [1, 1, 0, 1]
    failure = first.find("testcase/failure")
    assert failure.get("type") == "wrong-formula"
    assert "found:    =((T33-B33)" in failure.text
    assert (second.get("failures"), second.get("errors")) == ("0", "0")
    assert third.find("testcase/error").get("message") == "an old .xls workbook; save it as .xlsx"


def test_github_has_a_line_per_finding():
    lines = render([WRONG, UNREAD], "github").splitlines()
    assert lines[0] == (
        "::error file=in/01.xlsx,title=Sheet1!Z33%3AZ100 wrong-formula::∂E/∂w3: a_h1·(1−a_h1) stands where"
        " a_h2·(1−a_h2) belongs%0Afound: =((T33-B33)*T33*(1-T33)*O33+(V33-C33)*V33*(1-V33)*Q33)*K33*(1-K33)*D33"
        "%0Aexpected: =((T33-B33)*T33*(1-T33)*O33+(V33-C33)*V33*(1-V33)*Q33)*M33*(1-M33)*D33"
        "%0A1,204 other cells are off because of this"
    )
    assert lines[2].startswith("::error file=in/03.xls,title=could not be judged::an old")
    assert lines[3] == "in/01.xlsx: wrong, 2 findings in 69 cells (8,704 cells checked in 2 tables)"
    assert annotation("error", "100% a\nb\r,:", file="a,b:c%d") == "::error file=a%2Cb%3Ac%25d::100%25 a%0Ab ,:"


def test_github_has_ten_annotations_at_most_and_the_worst_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    stale = tuple(wrong(f"A{row}", kind=FindingKind.STALE_VALUE) for row in range(1, 15))
    late = FileReport("late.xlsx", None, 1, (), (wrong("B1", count=1, affected=0), wrong("C1")))
    reports = [UNREAD, FileReport("early.xlsx", None, 1, (), stale), late]
    lines = render(reports, "github").splitlines()
    shown = [line for line in lines if line.startswith("::")]
    assert len(shown) == 10
    assert ["late.xlsx" in line for line in shown] == [True] * 2 + [False] * 8
    assert "Sheet1!C1" in shown[0]
    assert sum(line.startswith("early.xlsx: Sheet1!A") for line in lines) == 6
    assert any(line.startswith("in/03.xls: could not be judged: an old .xls workbook") for line in lines)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    lines = render(reports, "github").splitlines()
    assert lines[-2] == "7 more annotations left out; the summary of this run lists everything"
    assert len(lines) == 10 + 3 + 2


def test_the_step_summary_goes_to_the_file_that_github_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    append_step_summary([WRONG])
    written = target.read_text(encoding="utf-8")
    assert written.startswith("before\n## sheetgen verify\n\n### `in/01.xlsx`\n")
    assert "`Z33:Z100`" in written
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    append_step_summary([WRONG])
    assert target.read_text(encoding="utf-8") == written
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    with pytest.raises(SheetgenError, match="cannot be written"):
        append_step_summary([WRONG])


def test_the_step_summary_stays_below_what_github_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one = FileReport("x" * 200, None, 1, (), tuple(wrong(sheet=f"S{n % 9}") for n in range(30)))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "s.md"))
    append_step_summary([one] * 200)
    assert "The findings are too many for this page" in (tmp_path / "s.md").read_text(encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "t.md"))
    append_step_summary([RIGHT, FileReport("x" * 300)] * 5_000)
    for name in ("s.md", "t.md"):
        assert 10_000 < (tmp_path / name).stat().st_size < 2**20


# Formulas side by side


@given(st.text("AB1+()' ", max_size=60), st.text("AB1+()' ", max_size=60), st.integers(12, 50))
@settings(deadline=None)
def test_excerpts_fit_and_are_parts_of_the_formulas(found: str, expected: str, width: int):
    for text, excerpt in zip((found, expected), excerpts(found, expected, width), strict=True):
        whole = re.sub(r"\s", "", text)
        assert len(excerpt.text) <= width
        assert re.fullmatch(".*".join(map(re.escape, re.sub(r"\s", "", excerpt.text).split("…"))), whole)
        assert all(0 <= start < end <= len(excerpt.text) for start, end in excerpt.differences)
        assert "…" not in excerpt.text or max(len(found), len(expected)) > width


def test_formulas_that_fit_are_whole_but_for_their_spaces():
    found, expected = excerpts(' = F1 -  "a  b"&[x y]\t', "=F1-'a  b'!G2", 60)
    assert (found.text, found.differences) == ('=F1-"a  b"&[x y]', ((4, 16),))
    assert (expected.text, expected.differences) == ("=F1-'a  b'!G2", ((4, 13),))


@pytest.mark.parametrize("pair", [("K33", "M33"), ("K33", "K34"), ("$G$31", "$G31"), ("0.5", "0.25")])
def test_excerpts_mark_whole_references(pair: tuple[str, str]):
    start, end = "=" + "+".join(f"A{n}" for n in range(40)), "+" + "+".join(f"B{n}" for n in range(40))
    shown = excerpts(f"{start}+{pair[0]}{end}", f"{start} + {pair[1]}{end}", 40)
    for excerpt, part in zip(shown, pair, strict=True):
        ((first, last),) = excerpt.differences
        assert excerpt.text[first:last] == part
        assert (excerpt.text[0], excerpt.text[-1]) == ("…", "…")
        assert 30 < len(excerpt.text) <= 40


def test_excerpts_show_differences_that_are_far_apart():
    found, expected = excerpts(
        "=(R33-A33)*R33*(1-R33)*M33+(T33-B33)*T33*(1-T33)*O33*J33*(1-J33)*C33",
        "=((R33-A33)*R33*(1-R33)*M33+(T33-B33)*T33*(1-T33)*O33)*L33*(1-L33)*C33",
        50,
    )
    assert found.text == "=(R33-A33)*R33*(…*(1-T33)*O33*J33*(1-J33)*C33"
    assert expected.text == "=((R33-A33)*R33*(…*(1-T33)*O33)*L33*(1-L33)*C33"
    assert [expected.text[a:b] for a, b in expected.differences] == ["(", ")", "L33", "L33"]


def test_very_long_formulas_take_no_time():
    began = time.perf_counter()
    for _ in range(20):
        excerpts("=" + "A1+" * 2700, "=" + "+B1" * 2700, 60)
    assert time.perf_counter() - began < 2


def test_notes_follow_the_findings_in_every_format_and_are_no_fault():
    noted = FileReport("in/05.xlsx", None, 9, (table(),), (), ("calculation is manual", "a chart shows a part"))
    assert (noted.ok, noted.exit_code) == (True, 0)
    assert plain([noted], 80)[1:] == ["note: calculation is manual", "note: a chart shows a part"]
    both = FileReport("x", None, 9, (table(),), (wrong(),), ("calculation is manual",))
    assert plain([both], 80)[-2:] == ["", "note: calculation is manual"]
    assert json.loads(render([noted], "json"))["files"][0]["notes"] == list(noted.notes)
    assert render([RIGHT, noted], "markdown").count("note: calculation is manual") == 1
    written = ET.fromstring(render([noted], "junit")).findtext("testsuite/system-out")
    assert written.splitlines()[1:] == ["note: calculation is manual", "note: a chart shows a part"]
    assert render([noted], "github").splitlines()[1:] == ["note: calculation is manual", "note: a chart shows a part"]


# Untrusted text


@given(nasty_texts)
@quick
def test_clean_text_is_one_printable_line(text: str):
    cleaned = clean(text)
    assert cleaned.isprintable()
    assert "::" not in cleaned
    assert "##[" not in cleaned
    assert clean(cleaned) == cleaned


def assert_harmless(text: str) -> None:
    for line in text.split("\n"):
        assert line.isprintable(), line
        assert not line.lstrip().startswith("::") or line.startswith("::error "), line
        assert "##[" not in line


@given(reports_of_anything)
@quick
def test_text_is_harmless(reports: list[FileReport]):
    text = render(reports, "text")
    assert_harmless(text)
    assert "::" not in text
    stream = io.StringIO()
    print_text(reports, Console(file=stream, width=80, force_terminal=True, color_system="truecolor"))
    coloured = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert [line.rstrip() for line in coloured.split("\n")[:-1]] == plain(reports, 80)


def test_text_takes_no_markup():
    marked = "[red]x[bold]:smile:"
    one = wrong(sheet=marked, quantity="[b]", message=marked, found_formula=marked, expected_formula=marked[1:])
    reports = [FileReport(marked, None, 1, (table(marked),), (one,)), FileReport(marked, marked)]
    assert "\n".join(plain(reports, 120)).count(marked) == 10


@given(reports_of_anything)
@quick
def test_json_is_exact_harmless_and_as_described(reports: list[FileReport]):
    text = render(reports, "json")
    assert_harmless(text)
    document = json.loads(text, parse_constant=pytest.fail)
    Draft202012Validator(load_schema()).validate(document)
    for report, file in zip(reports, document["files"], strict=True):
        assert file["file"] == report.file
        assert file["error"] == report.error
        for finding, written in zip(report.findings, file["findings"], strict=True):
            assert written["message"] == finding.message
            assert written["found_formula"] == finding.found_formula
            assert list(written) == [field.name for field in fields(Finding)]


@given(reports_of_anything)
@quick
def test_junit_is_harmless_xml(reports: list[FileReport]):
    text = render(reports, "junit")
    text.encode()
    root = ET.fromstring(text)
    assert len(root) == len(reports)
    assert {element.tag for element in root.iter()} <= {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "error",
        "system-out",
    }
    for report, suite in zip(reports, root, strict=True):
        assert suite.get("name") == clean(report.file)
        assert len(suite.findall("testcase/failure")) == len(report.findings)
        messages = {failure.get("message") for failure in suite.findall("testcase/failure")}
        assert messages == {clean(f"{f.range} {f.quantity}: {f.message}") for f in report.findings}
    assert_harmless(text)


def read_command(line: str) -> tuple[dict[str, str], str]:
    """Read a workflow command as GitHub's runner does."""
    command, _, data = line.removeprefix("::").partition("::")
    name, _, listed = command.partition(" ")
    assert name == "error"
    properties = dict(item.split("=", 1) for item in listed.split(","))
    codes = (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%"))
    for written, meant in codes:
        properties = {key: value.replace(written, meant) for key, value in properties.items()}
    for written, meant in codes[2:]:
        data = data.replace(written, meant)
    return properties, data


@given(reports_of_anything)
@quick
def test_github_takes_every_command_as_it_is_meant(reports: list[FileReport]):
    text = render(reports, "github")
    assert_harmless(text)
    commands = [read_command(line) for line in text.splitlines() if line.startswith("::")]
    expected = []
    for report in reports:
        if report.error is not None:
            expected.append((clean(report.file), "could not be judged"))
        titles = [clean(f"{finding.sheet}!{finding.range} {finding.kind}") for finding in report.findings]
        expected += [(clean(report.file), title) for title in titles]
    found = Counter((properties["file"], properties["title"]) for properties, _ in commands)
    assert found.total() == min(len(expected), 10)
    assert found <= Counter(expected)
    assert all(properties.keys() == {"file", "title"} for properties, _ in commands)


class PageReader(HTMLParser):
    """Collects the tags of a page and the text of its table cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.attributes: set[str] = set()
        self.outside = ""
        self._cell = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th")

    def handle_comment(self, data):
        self.tags.add(f"<!--{data}-->")

    def handle_data(self, data):
        if self._cell:
            self.rows[-1][-1] += data
        else:
            self.outside += data


PAGE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TAGS = {"h2", "h3", "h4", "p", "code", "table", "thead", "tbody", "tr", "th", "td"}


def words(text: str) -> list[str]:
    return clean(text).split()


def rows_of(reports: list[FileReport]) -> Iterator[tuple[str, list[str], list[str]]]:
    for report in reports:
        for finding in sorted(report.findings, key=lambda f: [g.sheet for g in report.findings].index(f.sheet)):
            yield finding.range, words(finding.quantity), words(finding.message)


@given(reports_of_anything)
@quick
def test_markdown_shows_texts_as_they_are(reports: list[FileReport]):
    text = render(reports, "markdown")
    assert_harmless(text)
    page = PageReader(PAGE.render(text))
    assert page.tags <= TAGS
    assert page.attributes <= {"style"}
    found = [row for row in page.rows if len(row) == 8 and row[0] != "cells"]
    assert sorted((row[0], row[1].split(), row[4].split()) for row in found) == sorted(rows_of(reports))
    assert {len(row) for row in page.rows} <= {3, 6, 8}


@given(nasty_texts)
@quick
def test_markdown_leaves_nothing_to_be_linked_or_mentioned(text: str):
    for written in (prose(text), code(text)):
        page = PAGE.render(f"| x |\n| --- |\n| {written} |")
        outside_code = re.sub(r"<code>.*?</code>", "", page.partition("<tbody>")[2], flags=re.DOTALL)
        assert not re.search(r"[@#$:][\w`]|www\.|://|_\w", outside_code)


def test_markdown_reads_well():
    assert prose("a_h1·(1−a_h1) stands where a_h2 belongs; see row 41, or (perhaps) not.") == (
        "`a_h1·(1−a_h1)` stands where `a_h2` belongs; see row 41, or (perhaps) not."
    )
    assert code("a|b`c") == "<code>a&#124;b&#96;c</code>"
    lines = render([WRONG, RIGHT], "markdown").splitlines()
    assert lines[0] == "2 files: 1 all right, 1 wrong, 0 not judged in full"
    assert "### `in/02.xlsx`" not in lines
    assert "`hard-coded`: a typed number where a formula belongs." in lines
    assert not any(line.startswith("`empty`:") for line in lines)
    assert "#### `Sheet1`: rows 33 to 100, 2-2-2 network, η = 0.5" in lines
