"""Make the README's pictures from the committed workbooks: `python docs/make_images.py`.

Needs LibreOffice, pdftoppm and matplotlib. Beside the pictures it writes which workbooks they show, so that a test can
tell when they are out of date.
"""

import hashlib
import json
import re
import tempfile
from pathlib import Path

from PIL import Image

from sheetgen.annotate import mark_workbook
from sheetgen.diff.textconv import text_of
from sheetgen.verify.file import verify_file
from sheetgen.workbook.render import render_charts, render_sheets

ROOT = Path(__file__).parents[1]
WORKBOOK = ROOT / "BackPropagation.xlsx"
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
CHARTS = {"curves.png": "Learning-rates-chart-1.png", "curves-log.png": "Learning-rates-chart-2.png"}


def main() -> None:
    """Render, crop, and write the manifest."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        sheets = [sheet for sheet, _ in SHEETS.values()]
        pictures = dict(zip(SHEETS, render_sheets(WORKBOOK, scratch, sheets), strict=True))
        for name, (_, box) in SHEETS.items():
            _crop(pictures[name], box, IMAGES / name)
        _crop(render_sheets(_marked(scratch), scratch, [MARKED_SHEET])[0], MARKED_BOX, IMAGES / MARKED)
        render_charts(WORKBOOK, scratch, ["Learning rates"])
        for name, source in CHARTS.items():
            (scratch / source).replace(IMAGES / name)
    manifest = shown_workbooks() | {name: digest(IMAGES / name) for name in sorted([*SHEETS, *CHARTS, MARKED])}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _crop(picture: Path, box: tuple[int, int, int, int], target: Path) -> None:
    with Image.open(picture) as whole:
        whole.crop((box[0], box[1], min(box[2], whole.width), min(box[3], whole.height))).save(target, optimize=True)


def _marked(folder: Path) -> Path:
    """Let verify mark the example."""
    marked = folder / "marked.xlsx"
    mark_workbook(EXAMPLE, marked, verify_file(EXAMPLE).findings)
    return marked


def shown_workbooks() -> dict[str, str]:
    """Return hashes of what the workbooks hold: formulas, texts and numbers, these to nine digits.

    The bytes are not the same everywhere: another C library or another NumPy may differ in a number's last digit.
    """
    return {"workbook": _digest_of_cells(WORKBOOK), "example": _digest_of_cells(EXAMPLE)}


def _digest_of_cells(path: Path) -> str:
    text = "\n".join(text_of(path, values=False))
    rounded = re.sub(r"\d+\.\d{9,}(?:[eE][-+]?\d+)?", lambda number: f"{float(number[0]):.9g}", text)
    return hashlib.sha256(rounded.encode()).hexdigest()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
