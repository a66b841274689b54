"""The HTML report of a class: how large it is, how soon a browser shows it, and what it costs on top of judging.

    python benchmarks/report_page.py                      200 generated workbooks and those in ../shared/workbooks
    python benchmarks/report_page.py --copies 500         more of them
    python benchmarks/report_page.py --keep report.html   and keep the page

Needs Chromium and Playwright for the second of the three. Every workbook is judged twice, once without details and once
with them, one after the other in this process.
"""

import argparse
import importlib.util
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from sheetgen import load_experiment
from sheetgen.lesson.mistake import with_mistake
from sheetgen.network.notation import write_notation
from sheetgen.recipe import verify_file
from sheetgen.report import render_page, wanted
from sheetgen.verify.findings import FileReport

ROOT = Path(__file__).resolve().parents[1]
PUBLIC = ROOT.parent / "shared" / "workbooks"
READY = "document.querySelectorAll('#table tbody tr').length && performance.now()"
OPENED = "document.querySelectorAll('#file td').length && performance.now()"


def generate(folder: Path, count: int) -> list[Path]:
    """Write workbooks with weights of their own, half of them with the commonest mistake."""
    spec = importlib.util.spec_from_file_location("make_example", ROOT / "docs" / "make_example.py")
    if spec is None or spec.loader is None:
        raise SystemExit("docs/make_example.py is missing")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    random, paths = Random(0), []
    for number in range(count):
        weights = tuple(round(random.uniform(0.05, 0.95), 2) for _ in range(8))
        experiment = load_experiment("class").model_copy(update={"weights": weights}).with_run((0.5,), 60)
        notation = write_notation(experiment)
        paths.append(folder / f"submission-{number:03}.xlsx")
        maker.write_sheet(paths[-1], experiment, with_mistake(experiment, notation) if number % 2 else notation)
    return paths


def judge(paths: Sequence[Path], *, detailed: bool) -> tuple[list[FileReport], float]:
    """Judge workbooks, and return how long that took in seconds of the processor."""
    began = time.process_time()
    reports = [verify_file(path, None, wanted("html", len(paths)) if detailed else None) for path in paths]
    return reports, time.process_time() - began


def show(page: Path) -> None:
    """Print how soon Chromium shows the overview, and a file."""
    program = shutil.which("chromium")
    if program is None or importlib.util.find_spec("playwright") is None:
        print("no Chromium or no Playwright: not shown")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(3):
            tab = browser.new_page()
            tab.goto(page.as_uri(), wait_until="commit")
            shown = tab.wait_for_function(READY).json_value()
            began = tab.evaluate("performance.now()")
            tab.evaluate("location.hash = '#file-1'")
            opened = tab.wait_for_function(OPENED).json_value() - began
            print(f"Chromium shows the overview after {shown / 1000:.2f} s, a file {opened / 1000:.2f} s after a click")
            tab.close()
        browser.close()


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        paths = [*sorted(PUBLIC.glob("*.xlsx")), *generate(Path(name), options.copies)]
        _, plain = judge(paths, detailed=False)
        reports, detailed = judge(paths, detailed=True)
        began = time.process_time()
        text = render_page(reports)
        rendered = time.process_time() - began
        page = (options.keep or Path(name) / "report.html").resolve()
        page.write_text(text, encoding="utf-8")
        wrong = sum(not report.ok for report in reports)
        print(f"{len(paths)} workbooks, {wrong} of them wrong: a page of {page.stat().st_size / 1e6:.2f} MB")
        extra = detailed + rendered - plain
        print(f"judging {plain:.1f} s; details {detailed - plain:+.1f} s, page {rendered:.1f} s: {extra / plain:+.1%}")
        show(page)


if __name__ == "__main__":
    main()
