"""Make the README's pictures from the committed workbook: `python docs/make_images.py`.

Needs LibreOffice, pdftoppm and matplotlib. Beside the pictures it writes which workbook they show, so that a test can
tell when they are out of date.
"""

import hashlib
import json
import tempfile
from pathlib import Path

from PIL import Image

from sheetgen.render import render_charts, render_sheets

ROOT = Path(__file__).parents[1]
WORKBOOK = ROOT / "BackPropagation.xlsx"
IMAGES = ROOT / "docs" / "images"
MANIFEST = IMAGES / "manifest.json"

# picture of the README: sheet, and the part of its rendering that is shown (left, top, right, bottom)
SHEETS = {
    "start.png": ("Start", (0, 0, 1190, 720)),
    "table.png": ("LR 0.5", (0, 0, 2300, 560)),
    "rates.png": ("Learning rates", (0, 0, 1270, 725)),
}
CHARTS = {"curves.png": "Learning-rates-chart-1.png", "curves-log.png": "Learning-rates-chart-2.png"}


def main() -> None:
    """Render, crop, and write the manifest."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        sheets = [sheet for sheet, _ in SHEETS.values()]
        pictures = dict(zip(SHEETS, render_sheets(WORKBOOK, scratch, sheets), strict=True))
        for name, (_, box) in SHEETS.items():
            with Image.open(pictures[name]) as picture:
                right, bottom = min(box[2], picture.width), min(box[3], picture.height)
                picture.crop((box[0], box[1], right, bottom)).save(IMAGES / name, optimize=True)
        render_charts(WORKBOOK, scratch, ["Learning rates"])
        for name, source in CHARTS.items():
            (scratch / source).replace(IMAGES / name)
    names = sorted([*SHEETS, *CHARTS])
    manifest = {"workbook": digest(WORKBOOK)} | {name: digest(IMAGES / name) for name in names}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
