"""The local page in a real browser: a workbook is dropped or chosen, its wrong cell read, its marked copy opened."""

import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import openpyxl
import pytest

from tests.sheetgen.support.browser import open_page, violations
from tests.sheetgen.support.served_page import Served, served_page

pytest.importorskip("starlette", reason="starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
WRONG, NEURON = EXAMPLES / "common-mistake.xlsx", EXAMPLES / "one-neuron.xlsx"
DROP = """([files]) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    transfer.items.add(new File([Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0))], name));
  }
  document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_page(tmp_path_factory.mktemp("served")) as page:
        yield page


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    with open_page(browser, served.address, accept_downloads=True) as opened:
        opened.set_default_timeout(60_000)
        yield opened


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a teacher has it: workbooks, one that is none, what else lies about."""
    folder = tmp_path_factory.mktemp("home") / "submissions"
    (folder / "group b").mkdir(parents=True)
    copyfile(WRONG, folder / "anna.xlsx")
    copyfile(NEURON, folder / "group b" / "ben <b>&.xlsx")
    (folder / "group b" / "empty.xlsx").write_bytes(b"")
    (folder / "notes.txt").write_text("Who has not handed in?")
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def drop(page: Any, *files: Path) -> None:
    contents = [[file.name, b64encode(file.read_bytes()).decode()] for file in files]
    page.evaluate(DROP, [contents])


def saved(page: Any, link: Any, folder: Path) -> Path:
    with page.expect_download() as download:
        link.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_dropped_workbook_is_judged_explained_and_marked(page: Any, tmp_path: Path):
    drop(page, WRONG)
    page.get_by_role("button", name="AA4:AA24").click()
    assert page.get_by_role("heading", level=1).inner_text() == "common-mistake.xlsx"
    page.get_by_role("gridcell", name="AA4, wrong-formula").click()
    assert "a_h1 stands where a_h2 belongs" in page.get_by_role("complementary", name="The chosen cell").inner_text()
    assert violations(page) == []
    path = saved(page, page.get_by_role("link", name="Download the marked copy"), tmp_path)
    assert path.name == "common-mistake-marked.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Findings", "Sheet1"]
    assert "a_h1 stands where a_h2 belongs" in book["Sheet1"]["AA4"].comment.text
    page.get_by_role("link", name="Judge other workbooks").click()
    page.get_by_role("heading", name="Drop workbooks or folders here").wait_for()


def test_several_are_judged_together_and_their_marked_copies_are_one_archive(page: Any, tmp_path: Path):
    page.get_by_label("choose workbooks").set_input_files([WRONG, NEURON])
    page.get_by_role("heading", name="2 workbooks").wait_for()
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    path = saved(page, page.get_by_role("link", name="Download all 2 marked copies"), tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["common-mistake-marked.xlsx", "one-neuron-marked.xlsx"]
        archive.extractall(tmp_path)
    assert openpyxl.load_workbook(tmp_path / "one-neuron-marked.xlsx").sheetnames[0] == "Findings"
    page.get_by_role("link", name="one-neuron.xlsx").last.click()
    path = saved(page, page.get_by_role("link", name="Download the marked copy"), tmp_path)
    assert path.name == "one-neuron-marked.xlsx"


def folder_is_judged(page: Any) -> None:
    page.get_by_role("link", name="Show the report").wait_for()
    assert page.get_by_role("list").inner_text() == "Not workbooks by their endings: submissions/notes.txt"
    assert page.evaluate("document.activeElement.id") == "report"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="3 workbooks").wait_for()
    names = sorted(page.locator("#table tbody th").all_inner_texts())
    assert names == ["anna.xlsx", "group b/ben <b>&.xlsx", "group b/empty.xlsx"]
    assert (
        "an empty file" in page.locator("#table, #file").first.inner_text() or page.locator("tr.unclear").count() == 1
    )


def test_a_chosen_folder_is_judged_with_all_below_it(page: Any, submissions: Path):
    page.get_by_label("a whole folder").set_input_files(submissions)
    folder_is_judged(page)


def test_a_dropped_folder_is_judged_with_all_below_it(page: Any, submissions: Path):
    """As the mouse would drop it: a folder that a script makes up has nothing in it."""
    session = page.context.new_cdp_session(page)
    box = page.locator("#drop").bounding_box()
    data = {"items": [], "files": [str(submissions)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"type": kind, "x": box["x"] + 20, "y": box["y"] + 20, "data": data}
        session.send("Input.dispatchDragEvent", place)
        if kind == "dragOver":
            assert "over" in page.locator("#drop").get_attribute("class")
    folder_is_judged(page)


def test_what_is_no_workbook_is_said_and_nothing_else_happens(page: Any, submissions: Path):
    drop(page, submissions / "notes.txt")
    page.get_by_text("There is no workbook to judge.").wait_for()
    assert page.get_by_role("list").inner_text() == "Not workbooks by their endings: notes.txt"
    drop(page, WRONG)
    page.get_by_role("heading", name="What is wrong").wait_for()


def test_more_than_is_allowed_is_left_out_and_the_rest_judged(browser: Any, tmp_path: Path):
    large = tmp_path / "large.xlsx"
    large.write_bytes(b"x" * 1_200_000)
    with served_page(tmp_path, "--max-size", "1") as served, open_page(browser, served.address) as page:
        page.set_default_timeout(60_000)
        drop(page, large, WRONG)
        page.get_by_role("link", name="Show the report").click()
        page.get_by_role("heading", name="common-mistake.xlsx").wait_for()
        page.go_back()
        drop(page, large)
        page.get_by_text("There is no workbook to judge.").wait_for()
        assert page.get_by_role("list").inner_text().startswith("large.xlsx: more than 1 MB at once; drop fewer")


def test_the_page_says_when_the_program_was_ended(browser: Any, tmp_path: Path):
    with served_page(tmp_path) as served, open_page(browser, served.address, "ERR_CONNECTION_REFUSED") as page:
        served.process.terminate()
        served.process.wait(20)
        drop(page, WRONG)
        page.get_by_role("alert").filter(has_text="The program does not answer").wait_for()


def test_progress_is_shown(page: Any, tmp_path: Path):
    page.get_by_label("choose workbooks").set_input_files(
        [copyfile(WRONG, tmp_path / f"{number}.xlsx") for number in range(6)]
    )
    page.get_by_role("progressbar").wait_for()
    page.get_by_text("of 6 workbooks").wait_for()
    page.get_by_role("heading", name="6 workbooks").wait_for()


def test_the_keyboard_alone_reaches_both_inputs(page: Any):
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached[:2] == ["files", "folder"]
    with page.expect_file_chooser():
        page.locator("#files").focus()
        page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 820, 1920])
def test_any_width_and_scheme_will_do(
    browser: Any, served: Served, submissions: Path, width: int, scheme: str, tmp_path: Path
):
    size = {"width": width, "height": 740}
    with open_page(browser, served.address, viewport=size, color_scheme=scheme) as page:
        drop(page, submissions / "notes.txt")
        page.get_by_text("There is no workbook to judge.").wait_for()
        page.evaluate("document.getElementById('work').hidden = document.getElementById('ready').hidden = false")
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=tmp_path / f"{width}-{scheme}.png")
