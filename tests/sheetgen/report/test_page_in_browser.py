"""The HTML page in a real browser: found, clicked, read, sorted, filtered, by mouse and by keyboard, at any width."""

from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from sheetgen.recipe import verify_file
from sheetgen.report import render_page, wanted
from tests.sheetgen.report.test_page import hostile_report
from tests.sheetgen.support.browser import open_page, violations

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
FOUND, EXPECTED = "(U4-C4)*U4*(1-U4)*Q4)*K4*(1-K4)*D4", "(U4-C4)*U4*(1-U4)*Q4)*M4*(1-M4)*D4"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a single file."""
    path = tmp_path_factory.mktemp("one") / "report.html"
    report = verify_file(EXAMPLES / "common-mistake.xlsx", None, wanted("html", 1))
    path.write_text(render_page([report]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory, mistaken_books: dict[str, Path]) -> Path:
    """The report of a class: right, wrong in several ways, copied, unreadable, hostile."""
    folder = tmp_path_factory.mktemp("class")
    names = ("clean_x_and_y", "slips", "pasted_values", "unfinished", "sliding_rate")
    paths = [mistaken_books[name] for name in names]
    paths += [Path(copyfile(EXAMPLES / "common-mistake.xlsx", folder / f"{n} \"'<b>&.xlsx")) for n in ("a", "b")]
    paths.append(EXAMPLES / "one-neuron.xlsx")
    (folder / "empty.xlsx").write_bytes(b"")
    reports = [verify_file(path, None, wanted("html", 10)) for path in (*paths, folder / "empty.xlsx")]
    page = folder / "report.html"
    page.write_text(render_page([*reports, hostile_report()]), encoding="utf-8")
    return page


def rows(page: Any) -> list[str]:
    return [row.inner_text() for row in page.locator("#table tbody tr:visible").all()]


def test_a_wrong_cell_is_found_clicked_and_explained(browser: Any, one: Path):
    with open_page(browser, one) as page:
        assert page.get_by_role("heading", level=1).inner_text().endswith("common-mistake.xlsx")
        cell = page.get_by_role("gridcell", name="AA4, wrong-formula: 0.0003518687")
        cell.click()
        panel = page.get_by_role("complementary", name="The chosen cell")
        said = panel.inner_text()
        assert said.startswith("AA4 · ∂E/∂w3")
        assert "a_h1 stands where a_h2 belongs" in said
        codes = [code.inner_text() for code in panel.locator("code").all()]
        assert codes[0].endswith(FOUND)
        assert codes[1].endswith(EXPECTED)
        assert panel.locator("mark").all_inner_texts() == ["K4", "K4", "M4", "M4"]
        assert panel.get_by_role("button").all_inner_texts() == ["K4 (a_h1): taken", "M4 (a_h2): belongs there"]
        assert page.locator("td.takes").inner_text().startswith("0.506")
        panel.get_by_role("button", name="M4 (a_h2)").click()
        assert panel.inner_text().startswith("M4 · a_h2")
        assert "Nothing was found wrong" in panel.inner_text()


def test_a_cell_is_explained_while_the_mouse_is_over_it(browser: Any, one: Path):
    with open_page(browser, one) as page:
        page.get_by_role("gridcell", name="AA5, wrong").hover()
        panel = page.locator(".panel")
        assert "K5*(1-K5)" in panel.inner_text()
        page.get_by_role("gridcell", name="AB4, wrong").click()
        page.locator("td", has_text="w1").first.hover()
        page.get_by_role("heading", level=1).hover()
        assert panel.inner_text().startswith("AB4")


def test_folded_rows_unfold(browser: Any, one: Path):
    with open_page(browser, one) as page:
        assert page.locator("tbody th", has_text="12").count() == 0
        fold = page.get_by_role("button", name="17 rows, 7 to 23, where 2 findings go on")
        fold.click()
        assert fold.count() == 0
        page.get_by_role("gridcell", name="AA12, wrong").click()
        assert "K12*(1-K12)*D12" in page.locator(".panel").inner_text()


def test_the_keyboard_alone_reaches_everything(browser: Any, one: Path):
    with open_page(browser, one) as page:
        keys = page.keyboard
        keys.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        for _ in range(12):
            keys.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "TD":
                break
        assert page.evaluate("document.activeElement.tagName") == "TD"
        panel = page.locator(".panel")
        keys.press("n")
        assert panel.inner_text().startswith("AA4 · ∂E/∂w3")
        keys.press("n")
        assert panel.inner_text().startswith("AB4 · ∂E/∂w4")
        keys.press("p")
        keys.press("ArrowDown")
        assert panel.inner_text().startswith("AA5")
        keys.press("ArrowLeft")
        assert panel.inner_text().startswith("Z5 · ∂E/∂w2")
        keys.press("Home")
        assert panel.inner_text().startswith("A5")
        assert page.evaluate("document.querySelectorAll('td[tabindex=\"0\"]').length") == 1


def test_the_curve_and_the_gradients_are_said_in_words(browser: Any, one: Path):
    with open_page(browser, one) as page:
        assert page.get_by_role("img", name="E_total goes from 0.0142 to 0.00782, as it should.").count() == 1
        off = page.locator(".gradients th", has_text="✗").all_inner_texts()
        assert off == ["✗ ∂E/∂w3", "✗ ∂E/∂w4"]


def test_the_class_is_sorted_and_filtered(browser: Any, several: Path):
    with open_page(browser, several) as page:
        whole = rows(page)
        assert len(whole) == 10
        page.get_by_role("button", name="findings").click()
        assert "sliding_rate" in rows(page)[0]
        assert page.get_by_role("columnheader", name="findings").get_attribute("aria-sort") == "descending"
        page.get_by_role("button", name="findings").click()
        assert "sliding_rate" in rows(page)[-1]
        page.get_by_label("Find").fill("A_H1 stands")
        assert len(rows(page)) >= 2
        assert page.get_by_role("status").inner_text() == f"{len(rows(page))} of 10 files"
        page.get_by_label("Find").fill("")
        page.get_by_label("Show").select_option("all right")
        assert len(rows(page)) == 1


def test_who_has_a_mistake_is_listed_and_leads_to_the_file(browser: Any, several: Path):
    with open_page(browser, several) as page:
        mistake = page.locator(".mistakes > li", has_text="∂E/∂w3, ∂E/∂w4: a_h1 stands where a_h2 belongs").first
        mistake.locator("summary").click()
        mistake.get_by_role("link").first.click()
        page.get_by_role("heading", name="What is wrong").wait_for()
        assert page.get_by_role("heading", level=1).inner_text()
        assert not page.locator("#overview").is_visible()
        page.keyboard.press("Escape")
        page.locator("#overview").wait_for()
        page.go_back()
        page.get_by_role("button", name="Next").click()
        page.get_by_role("link", name="All files").click()
        page.get_by_text("2 files are copies of each other, cell by cell").wait_for()


def test_every_file_can_be_opened_and_nothing_in_it_runs(browser: Any, several: Path):
    with open_page(browser, several) as page:
        page.evaluate("void (window.hit = () => { document.title = 'hit'; })")
        for number in range(10):
            page.evaluate(f"location.hash = '#file-{number}'")
            page.locator("#name").wait_for()
            for cell in page.locator("td.formula, td.constant, td.missing").all()[:2]:
                cell.click()
            assert "hit" not in page.title()
            assert page.locator("#file script, #file img").count() == 0
        assert "</script><script>hit()" in page.locator("#file").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser: Any, one: Path, several: Path, scheme: str):
    with open_page(browser, several, color_scheme=scheme) as page:
        for details in page.locator("summary").all():
            details.click()
        assert violations(page) == []
        for number in (2, 3, 5, 8, 9):
            page.evaluate(f"location.hash = '#file-{number}'")
            page.locator("#name").wait_for()
            assert violations(page) == []
    with open_page(browser, one, color_scheme=scheme) as page:
        page.get_by_role("button", name="AA4:AA24").click()
        assert violations(page) == []


@pytest.mark.parametrize("width", [360, 820, 1920])
def test_no_width_needs_sideways_scrolling(browser: Any, several: Path, width: int, tmp_path: Path):
    with open_page(browser, several, viewport={"width": width, "height": 800}) as page:
        for fragment in ("#overview", "#file-1", "#file-5", "#file-9"):
            page.evaluate(f"location.hash = '{fragment}'")
            page.wait_for_timeout(50)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"{width}.png")


def test_a_chosen_cell_is_not_hidden_by_its_explanation_on_a_narrow_screen(browser: Any, one: Path):
    with open_page(browser, one, viewport={"width": 360, "height": 740}) as page:
        page.get_by_role("button", name="AA4:AA24").click()
        cell, panel = (page.locator(each).bounding_box() for each in ('td[aria-selected="true"]', ".panel"))
        assert cell["y"] + cell["height"] <= panel["y"]
        assert panel["y"] + panel["height"] <= 741


def test_print_shows_the_table_whole(browser: Any, one: Path):
    with open_page(browser, one) as page:
        page.emulate_media(media="print")
        grid = page.locator(".grid")
        assert grid.evaluate("each => getComputedStyle(each).overflowY") == "visible"
        assert not page.locator(".top").is_visible()
        assert page.pdf(landscape=True).startswith(b"%PDF")
