"""Make the README's pictures from the committed workbook: `python docs/make_images.py`.

Needs LibreOffice, pdftoppm and matplotlib. Beside the pictures it writes which workbook they show, so that a test can
tell when they are out of date.
"""

import hashlib
import json
import re
import tempfile
import zipfile
from pathlib import Path

from openpyxl import load_workbook
from PIL import Image

from sheetgen.annotate import mark_workbook
from sheetgen.verify.file import verify_file
from sheetgen.workbook.render import render_charts, render_sheets

ROOT = Path(__file__).parents[1]
WORKBOOK = ROOT / "BackPropagation.xlsx"
IMAGES = ROOT / "docs" / "images"
MANIFEST = IMAGES / "manifest.json"

# picture of the README: sheet, and the part of its rendering that is shown (left, top, right, bottom)
SHEETS = {
    "start.png": ("Start", (0, 0, 1215, 800)),
    "table.png": ("LR 0.5", (0, 0, 2300, 560)),
    "network.png": ("Network", (0, 0, 1561, 395)),
    "steps.png": ("Steps", (0, 0, 1587, 830)),
    "check.png": ("Gradient check", (0, 0, 1640, 510)),
    "exercises.png": ("Exercises", (0, 0, 1100, 400)),
    "rates.png": ("Learning rates", (0, 0, 1270, 1190)),
}
# The picture of a marked workbook: its sheet, and the part of that which is shown.
MARKED, MARKED_SHEET, MARKED_BOX = "marked.png", "LR 0.5", (1960, 225, 2760, 500)
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
    names = sorted([*SHEETS, *CHARTS, MARKED])
    manifest = {"workbook": digest(WORKBOOK)} | {name: digest(IMAGES / name) for name in names}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _crop(picture: Path, box: tuple[int, int, int, int], target: Path) -> None:
    with Image.open(picture) as whole:
        whole.crop((box[0], box[1], min(box[2], whole.width), min(box[3], whole.height))).save(target, optimize=True)


def _marked(folder: Path) -> Path:
    """Put the commonest mistake of the exercise into the workbook, and let verify mark it."""
    wrong, marked = folder / "wrong.xlsx", folder / "marked.xlsx"
    sheets = load_workbook(WORKBOOK, read_only=True).sheetnames
    with zipfile.ZipFile(WORKBOOK) as source, zipfile.ZipFile(wrong, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == f"xl/worksheets/sheet{sheets.index(MARKED_SHEET) + 1}.xml":
                part = re.sub(rb"\*M(\d+)\*\(1-M\1\)\*([DE]\1</f>)", rb"*K\1*(1-K\1)*\2", part)
            target.writestr(name, part)
    mark_workbook(wrong, marked, verify_file(wrong).findings)
    return marked


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
