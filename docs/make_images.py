"""Make the README's pictures from the committed workbooks: `python docs/make_images.py`.

Needs LibreOffice, pdftoppm, matplotlib, Chromium and Playwright. Beside the pictures it writes which workbooks they
show, so that a test can tell when they are out of date.
"""

import hashlib
import json
import re
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from sheetgen import build_workbook, load_experiment
from sheetgen.annotate import mark_workbook
from sheetgen.diff.textconv import text_of
from sheetgen.verify.file import verify_file
from sheetgen.workbook.render import render_charts, render_sheets

ROOT = Path(__file__).parents[1]
WORKBOOK = ROOT / "BackPropagation.xlsx"
LIVE = ROOT / "docs" / "MNIST.xlsx"
EXAMPLE = ROOT / "docs" / "examples" / "common-mistake.xlsx"
IMAGES = ROOT / "docs" / "images"
MANIFEST = IMAGES / "manifest.json"

# picture of the README: sheet, and the part of its rendering that is shown (left, top, right, bottom)
SHEETS = {
    "start.png": ("Start", (0, 0, 1215, 800)),
    "table.png": ("LR 0.5", (0, 0, 2300, 560)),
    "network.png": ("Network", (0, 0, 1320, 436)),
    "steps.png": ("Steps", (0, 0, 1587, 830)),
    "check.png": ("Gradient check", (0, 0, 1640, 510)),
    "exercises.png": ("Exercises", (0, 0, 1100, 400)),
    "rates.png": ("Learning rates", (0, 0, 1270, 1190)),
}
# The picture of the marked example: its sheet, and the part of it that is shown.
MARKED, MARKED_SHEET, MARKED_BOX = "marked.png", "Sheet1", (1398, 32, 2125, 250)
# The picture of the report: the file that is opened in it, the finding that is chosen, and the size of the window.
REPORT, REPORT_PAGE = "report.png", ROOT / "docs" / "examples" / "report.html"
REPORT_FILE, REPORT_CHOICE, REPORT_SIZE = "common-mistake.xlsx", "AA4:AA24", {"width": 1180, "height": 830}
# The same of the network in live formulas, at another size.
LIVE_SHEETS = {
    "mnist-network.png": ("Network", (0, 0, 1446, 945)),
    "mnist-cell.png": ("One cell", (0, 0, 1360, 900)),
    "mnist-first-layer.png": ("First layer", (0, 0, 1340, 760)),
    "mnist-gradients.png": ("Gradients", (0, 0, 1690, 930)),
}
LIVE_DOTS = 110
# The same of the template that compares optimisers, which is built for it.
COMPARED = "optimizers"
COMPARED_SHEETS = {"optimisers.png": ("Optimisers", (0, 0, 1262, 930))}
COMPARED_DOTS = 70
CHARTS = {"curves.png": "Learning-rates-chart-1.png", "curves-log.png": "Learning-rates-chart-2.png"}


def main() -> None:
    """Render, crop, and write the manifest."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        _draw_sheets(WORKBOOK, SHEETS, scratch, 80)
        _draw_sheets(LIVE, LIVE_SHEETS, scratch, LIVE_DOTS)
        _draw_sheets(_compared(scratch), COMPARED_SHEETS, scratch, COMPARED_DOTS)
        _crop(render_sheets(_marked(scratch), scratch, [MARKED_SHEET])[0], MARKED_BOX, IMAGES / MARKED)
        _photograph_report(IMAGES / REPORT)
        render_charts(WORKBOOK, scratch, ["Learning rates"])
        for name, source in CHARTS.items():
            (scratch / source).replace(IMAGES / name)
    write_manifest()


def write_manifest() -> None:
    """Write which workbooks the pictures show, and the pictures' hashes."""
    names = sorted([*SHEETS, *LIVE_SHEETS, *COMPARED_SHEETS, *CHARTS, MARKED, REPORT])
    manifest = shown_workbooks() | {name: digest(IMAGES / name) for name in names}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _draw_sheets(
    workbook: Path, sheets: dict[str, tuple[str, tuple[int, int, int, int]]], scratch: Path, dots: int
) -> None:
    """Render sheets of a workbook, and keep the parts that are shown."""
    pictures = render_sheets(workbook, scratch, [sheet for sheet, _ in sheets.values()], dots)
    for picture, (name, (_, box)) in zip(pictures, sheets.items(), strict=True):
        _crop(picture, box, IMAGES / name)


def _crop(picture: Path, box: tuple[int, int, int, int], target: Path) -> None:
    with Image.open(picture) as whole:
        whole.crop((box[0], box[1], min(box[2], whole.width), min(box[3], whole.height))).save(target, optimize=True)


def _photograph_report(target: Path) -> None:
    """Open the example's report in Chromium, choose a finding, and take a picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=REPORT_SIZE, color_scheme="light")
        page.goto(REPORT_PAGE.as_uri())
        page.get_by_role("link", name=REPORT_FILE).last.click()
        page.get_by_role("button", name=REPORT_CHOICE).click()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=target)
        browser.close()


def _marked(folder: Path) -> Path:
    """Let verify mark the example."""
    marked = folder / "marked.xlsx"
    mark_workbook(EXAMPLE, marked, verify_file(EXAMPLE).findings)
    return marked


def _compared(folder: Path) -> Path:
    """Build the workbook that compares optimisers."""
    return build_workbook(load_experiment(COMPARED), folder / f"{COMPARED}.xlsx").path


def shown_workbooks() -> dict[str, str]:
    """Return hashes of what the workbooks hold: formulas, texts and numbers, these to nine digits.

    The bytes are not the same everywhere: another C library or another NumPy may differ in a number's last digit.
    """
    shown = {"workbook": WORKBOOK, "example": EXAMPLE, "live": LIVE}
    with tempfile.TemporaryDirectory() as folder:
        shown[COMPARED] = _compared(Path(folder))
        return {name: _digest_of_cells(path) for name, path in shown.items()}


def _digest_of_cells(path: Path) -> str:
    text = "\n".join(text_of(path, values=False))
    rounded = re.sub(r"\d+\.\d{9,}(?:[eE][-+]?\d+)?", lambda number: f"{float(number[0]):.9g}", text)
    return hashlib.sha256(rounded.encode()).hexdigest()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
