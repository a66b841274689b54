"""Verifying against the loading and the recalculation that others do: the same generated workbook, in one run.

    python benchmarks/verify_speed.py                6 rates x 10,000 iterations: seconds, peak memory, ratios
    python benchmarks/verify_speed.py --flat         6 rates x 100,000 iterations: ours alone, memory per cell
    python benchmarks/verify_speed.py --start        the class workbook: interpreter start, imports, verify
    python benchmarks/verify_speed.py --folder       200 copies of the class workbook, one job and two

Each measurement runs in a process of its own; memory is that process's peak resident set (VmHWM).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copyfile

from sheetgen import build_workbook, load_experiment
from sheetgen.verify.batch import verify_many
from sheetgen.verify.file import verify_file

ROWS = 10_000
COPIES = 200


def build(iterations: int | None, path: Path) -> Path:
    """Build the class's workbook with this many iterations."""
    build_workbook(load_experiment("class").with_run((), iterations), path)
    return path


def nothing(_: Path) -> None:
    """Import what the others import, and read no file."""


def ours(path: Path) -> int:
    """Verify, and return how many cells were judged."""
    report = verify_file(path)
    if not report.ok:
        raise SystemExit(f"{report.error or report.findings[0]}")
    return report.cells_checked


def openpyxl_full(path: Path) -> None:
    """Load the formulas, then the values, as a verifier based on openpyxl has to."""
    from openpyxl import load_workbook

    for data_only in (False, True):
        load_workbook(path, data_only=data_only)


def openpyxl_passes(path: Path) -> None:
    """The same in two read-only passes over the rows."""
    from openpyxl import load_workbook

    for data_only in (False, True):
        book = load_workbook(path, read_only=True, data_only=data_only)
        for sheet in book.worksheets:
            for _ in sheet.iter_rows(values_only=True):
                pass


def formualizer(path: Path) -> None:
    """Load and recalculate with formualizer."""
    import formualizer

    limits = dict.fromkeys(("max_input_bytes", "max_expanded_bytes", "max_part_bytes"), 1 << 36)
    formualizer.load_workbook(str(path), load_limits=limits).evaluate_all()


def ironcalc(path: Path) -> None:
    """Load and recalculate with IronCalc."""
    import ironcalc

    ironcalc.load_from_xlsx(str(path), "en", "UTC", "en").evaluate()


TASKS: dict[str, Callable[[Path], int | None]] = {
    "verify": ours,
    "openpyxl, two full loads": openpyxl_full,
    "openpyxl, two read-only passes": openpyxl_passes,
    "formualizer, load and evaluate": formualizer,
    "IronCalc, load and evaluate": ironcalc,
    "nothing": nothing,
}


def measure(task: str, path: Path) -> dict[str, float]:
    """Run one task in a process of its own: seconds, peak memory in MB, cells."""
    command = [sys.executable, __file__, "--task", task, "--file", str(path)]
    result: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result


def run_task(task: str, path: Path) -> None:
    """Print the measurement of one task as JSON."""
    began = time.perf_counter()
    cells = TASKS[task](path) or 0
    seconds = time.perf_counter() - began
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "cells": cells, "peak_mb": int(peak.split()[1]) / 1024}))


def compare(folder: Path, iterations: int, without: Sequence[str]) -> None:
    """Measure every task and print how many times as long it takes as verifying."""
    path = build(iterations, folder / "book.xlsx")
    print(f"7 tables x {iterations:,} iterations, {path.stat().st_size / 1e6:.0f} MB")
    base = measure("verify", path)
    print(f"{base['cells']:,} cells judged")
    for task in TASKS:
        if task == "nothing" or any(word in task for word in without):
            continue
        result = base if task == "verify" else measure(task, path)
        ratio = result["seconds"] / base["seconds"]
        print(f"{task:>30}  {result['seconds']:7.2f} s  {ratio:5.1f}x  peak {result['peak_mb']:6.0f} MB", flush=True)


def flat(folder: Path) -> None:
    """Verify tables of different lengths and print the memory that a cell takes."""
    empty = measure("nothing", folder)["peak_mb"]
    print(f"without a file: peak {empty:.0f} MB")
    for iterations in (ROWS, 10 * ROWS):
        result = measure("verify", build(iterations, folder / "book.xlsx"))
        per_cell = (result["peak_mb"] - empty) * 2**20 / result["cells"]
        print(
            f"7 x {iterations:>7,}: {result['cells']:>10,} cells  {result['seconds']:6.1f} s  "
            f"peak {result['peak_mb']:5.0f} MB, {per_cell:.0f} bytes for each cell",
            flush=True,
        )


def start_up(folder: Path) -> None:
    """Time the class workbook from a cold process, beside bare start and imports."""
    path = build(None, folder / "class.xlsx")
    snippets = {
        "interpreter alone": "pass",
        "with the libraries": "import click, formualizer, numpy, openpyxl, pydantic, rich.console, rich.table",
        "sheetgen verify": f"from sheetgen.cli import main; main(['verify', {str(path)!r}])",
    }
    for name, code in snippets.items():
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True)
            times.append(time.perf_counter() - began)
        print(f"{name:>18}  {min(times):.2f} s (best of 5)")


def many(folder: Path) -> None:
    """Verify copies of the class workbook, one at a time and two at a time."""
    first = build(None, folder / "class.xlsx")
    paths = [Path(copyfile(first, folder / f"{number:03}.xlsx")) for number in range(COPIES)]
    seconds = {}
    for jobs in (1, 2):
        began = time.perf_counter()
        reports = verify_many(paths, verify_file, jobs)
        seconds[jobs] = time.perf_counter() - began
        right = sum(report.ok for report in reports)
        print(f"{COPIES} workbooks, {jobs} at a time: {seconds[jobs]:6.1f} s, {right} all right", flush=True)
    print(f"two at a time: {seconds[1] / seconds[2]:.1f} times as fast")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=ROWS)
    parser.add_argument("--without", action="append", default=[], help="leave out tasks with this word in their name")
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--folder", action="store_true")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        run_task(options.task, options.file)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.flat:
            flat(folder)
        elif options.start:
            start_up(folder)
        elif options.folder:
            many(folder)
        else:
            compare(folder, options.iterations, options.without)


if __name__ == "__main__":
    main()
