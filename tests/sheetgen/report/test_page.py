"""The HTML page as text: self-contained, the same every time, and harmless whatever a file holds."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from sheetgen.recipe import verify_file
from sheetgen.report import render_page, wanted
from sheetgen.report.page.formula_parts import differing_parts
from sheetgen.verify.findings import FileReport, Finding, FindingKind
from sheetgen.visible_text import clean
from tests.sheetgen.support.strategies import reports_of_anything

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
HOSTILE = "</script><script>hit()</script><img src=x onerror=hit()>\"'><!-- {{ 7*7 }} ${hit()} javascript:hit()"


class Page(HTMLParser):
    """Collects the tags of a page, their attributes, its texts, and what its scripts and styles hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.held: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("script", "style", "title", "h1"):
            self._open.append(tag)
            self.held.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data):
        if self._open:
            self.held[self._open[-1]][-1] += data

    @property
    def data(self):
        return json.loads(self.held["script"][0])


@pytest.fixture(scope="module")
def example() -> FileReport:
    return verify_file(EXAMPLES / "common-mistake.xlsx", None, wanted("html", 1))


def hostile_report() -> FileReport:
    formula = f'="{HOSTILE}"&A1'
    finding = Finding(
        HOSTILE, "B2:B9", 8, HOSTILE, FindingKind.WRONG_FORMULA, HOSTILE, formula, formula + "+B1", HOSTILE
    )
    return FileReport(f"{HOSTILE}.xlsx", error=HOSTILE, findings=(finding,), notes=(HOSTILE,))


def test_the_page_needs_nothing_else(example: FileReport):
    text = render_page([example])
    page = Page(text)
    assert not {"link", "iframe", "object", "embed", "form"} & {
        tag for tag, given in page.tags if given.get("href") != "data:,"
    }
    assert not re.search(r"https?://", text.replace("http://www.w3.org/2000/svg", ""))
    assert not any(name in given for _, given in page.tags for name in ("src", "style", "srcset"))
    assert not any(name.startswith("on") for _, given in page.tags for name in given)


def test_only_the_pages_own_script_and_style_are_admitted(example: FileReport):
    page = Page(render_page([example]))
    (policy,) = [given["content"] for _, given in page.tags if given.get("http-equiv") == "Content-Security-Policy"]
    hashes = {
        kind: f"'sha256-{b64encode(sha256(page.held[kind][-1].encode()).digest()).decode()}'"
        for kind in ("script", "style")
    }
    assert policy is not None
    assert policy.startswith(f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']};")
    assert "unsafe" not in policy


def test_the_same_reports_give_the_same_page(example: FileReport):
    again = verify_file(EXAMPLES / "common-mistake.xlsx", None, wanted("html", 1))
    assert render_page([example]) == render_page([again])


def test_a_file_shows_its_cells_formulas_curve_and_gradients(example: FileReport):
    (file,) = Page(render_page([example])).data["files"]
    (sheet,), (course,), finding = file["sheets"], file["courses"], file["findings"][0]
    row = next(row for row in sheet["rows"] if row[0] == 6)
    template = sheet["formulas"][sheet["patterns"][row[2]][sheet["columns"].index("AA")]]
    shown = "".join(part if isinstance(part, str) else str(6 + part) for part in template)
    assert shown == "=((S6-B6)*S6*(1-S6)*O6+(U6-C6)*U6*(1-U6)*Q6)*K6*(1-K6)*D6"
    assert finding["found"][1] == ["K", 0]
    assert finding["expected"][1] == ["M", 0]
    assert finding["values"] == ["0.000351869", "0.000351776"]
    assert course["known"]
    assert [each[0] for each in course["gradients"]] == [f"w{n}" for n in range(1, 9)]


@pytest.mark.parametrize(
    ("found", "expected", "stretches"),
    [
        ("=K4*D4", "=M4*D4", [["="], ["K", 0], ["*D", 0]]),
        ("=A1+B2", "=A1+$B$2", [["=A", -3, "+"], ["B", -2]]),
        ("=LOG10(A4)", "=LOG10(B4)", [["=LOG10("], ["A", 0], [")"]]),
        ("X4", "Y4", [[], ["X", 0]]),
        ("=A4", "", [["=A", 0]]),
        ("", "=A4", [[]]),
        ("=A10:A12+1", "=A10:A13+1", [["=A", 6, ":"], ["A", 8], ["+1"]]),
    ],
)
def test_a_formula_is_cut_where_it_differs_but_within_no_reference(found: str, expected: str, stretches: list[object]):
    assert differing_parts(found, expected, 4)[0] == stretches


def test_many_files_come_with_what_they_have_in_common():
    paths = [EXAMPLES / "common-mistake.xlsx", EXAMPLES / "one-neuron.xlsx", EXAMPLES / "common-mistake.xlsx"]
    reports = [verify_file(path, None, wanted("html", 3)) for path in paths]
    text = render_page([*reports, FileReport("none.xlsx", error="none.xlsx: an empty file; give a workbook")])
    assert Page(text).held["h1"] == ["4 workbooks"]
    assert "4 files: 0 all right, 3 wrong, 1 not judged in full" in text
    assert "∂E/∂w3, ∂E/∂w4: a_h1 stands where a_h2 belongs" in text
    assert "2 files are copies of each other, cell by cell" in text


def test_hostile_texts_stay_texts():
    for reports in ([hostile_report()], [hostile_report(), hostile_report()]):
        text = render_page(reports)
        page = Page(text)
        assert [tag for tag, _ in page.tags if tag in ("script", "style")] == ["style", "script", "script"]
        assert not any(tag == "img" for tag, _ in page.tags)
        assert clean(f"{HOSTILE}.xlsx").endswith(page.data["files"][0]["name"])
        assert page.held["title"][0].endswith(": what sheetgen verify found")
        assert "49" not in page.held["title"][0]


@given(reports_of_anything)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_leaves_the_page_whole(reports: list[FileReport]):
    text = render_page(reports)
    text.encode()
    page = Page(text)
    allowed = {"html", "head", "meta", "title", "link", "style", "body", "a", "header", "p", "nav", "span", "button"}
    allowed |= {"noscript", "main", "div", "h1", "h2", "svg", "rect", "ul", "ol", "li", "strong", "section", "details"}
    allowed |= {"summary", "label", "input", "select", "option", "table", "thead", "tbody", "tr", "th", "td", "article"}
    assert {tag for tag, _ in page.tags} <= allowed | {"script"}
    assert [tag for tag, _ in page.tags].count("script") == 2
    assert len(page.data["files"]) == len(reports)
    assert all(
        len(file["findings"]) == len(report.findings) for file, report in zip(page.data["files"], reports, strict=True)
    )
