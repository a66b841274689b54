"""Networks of n-n-n neurons: what building and verifying cost for each cell, beside as many cells of 2-2-2.

    python benchmarks/wide_networks.py             tables alone, from 2-2-2 to 63-63-63, the widest that Excel holds
    python benchmarks/wide_networks.py --whole     24-24-24 with the sheets that teach: build, verify after it, verify

Every table has 21 rows, for one learning rate and *Your η*. The baseline is the 2-2-2 network with so many learning
rates that its sheets together have as many cells; the ratio says how many times as long a cell of n-n-n takes. Each
measurement runs in a process of its own and counts that process's CPU seconds, imports apart; memory is its peak
resident set (VmHWM). The cells are those that verifying judges.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sheetgen import Experiment, build_workbook
from sheetgen.verify.file import verify_file

SIZES = (2, 4, 8, 16, 24, 32, 48, 63)
ITERATIONS = 20
WHOLE = 24


def experiment_of(size: int, rates: int) -> Experiment:
    """Return a network of three layers of random weights, trained with so many learning rates."""
    rng = random.Random(size)
    return Experiment(
        title=f"{size}-{size}-{size}",
        layers=(size,) * 3,
        inputs=tuple(rng.uniform(-1, 1) for _ in range(size)),
        targets=tuple(rng.uniform(0.1, 0.9) for _ in range(size)),
        weights=tuple(rng.uniform(-0.8, 0.8) for _ in range(2 * size * size)),
        learning_rates=tuple(round(0.5 + number / 1000, 3) for number in range(rates)),
        iterations=ITERATIONS,
    )


def build_tables(path: Path, size: int, rates: int) -> int:
    """Build the training tables and their comparison."""
    build_workbook(experiment_of(size, rates), path, lessons=False)
    return 0


def build_whole(path: Path, size: int, rates: int) -> int:
    """Build the whole workbook, with the sheets that teach."""
    build_workbook(experiment_of(size, rates), path)
    return 0


def verify(path: Path, _: int, __: int) -> int:
    """Verify, and return how many cells were judged."""
    report = verify_file(path)
    if not report.ok:
        raise SystemExit(f"{report.error or report.findings[0]}")
    return report.cells_checked


TASKS: dict[str, Callable[[Path, int, int], int]] = {"build": build_tables, "whole": build_whole, "verify": verify}


def measure(task: str, path: Path, size: int, rates: int = 1) -> dict[str, float]:
    """Run one task in a process of its own: CPU seconds, cells, peak memory in MB."""
    command = [
        sys.executable,
        __file__,
        "--task",
        task,
        "--file",
        str(path),
        "--size",
        str(size),
        "--rates",
        str(rates),
    ]
    result: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result


def run_task(task: str, path: Path, size: int, rates: int) -> None:
    """Print the measurement of one task as JSON."""
    began = time.process_time()
    cells = TASKS[task](path, size, rates)
    seconds = time.process_time() - began
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "cells": cells, "peak_mb": int(peak.split()[1]) / 1024}))


def measure_both(path: Path, size: int, rates: int) -> tuple[dict[str, float], dict[str, float]]:
    """Build and verify tables."""
    return measure("build", path, size, rates), measure("verify", path, size)


def compare(folder: Path, sizes: tuple[int, ...]) -> None:
    """Measure every size beside as many cells of 2-2-2."""
    per_sheet = measure_both(folder / "one.xlsx", 2, 1)[1]["cells"] / 2
    print("  n      cells   build  verify   us/cell  peak MB   2-2-2: cells  us/cell   ratio")
    for size in sizes:
        built, judged = measure_both(folder / "wide.xlsx", size, 1)
        rates = max(1, round(judged["cells"] / per_sheet) - 1)
        base_built, base = measure_both(folder / "base.xlsx", 2, rates)
        cost = (built["seconds"] + judged["seconds"]) / judged["cells"] * 1e6
        base_cost = (base_built["seconds"] + base["seconds"]) / base["cells"] * 1e6
        peak = max(built["peak_mb"], judged["peak_mb"])
        print(
            f"{size:>3} {judged['cells']:>10,} {built['seconds']:>7.2f} {judged['seconds']:>7.2f} {cost:>9.1f} "
            f"{peak:>8.0f} {base['cells']:>14,} {base_cost:>8.1f} {cost / base_cost:>7.2f}",
            flush=True,
        )


def whole(folder: Path) -> None:
    """Measure one whole workbook; the command `build` verifies what it has written."""
    path = folder / "whole.xlsx"
    built, judged = measure("whole", path, WHOLE), measure("verify", path, WHOLE)
    print(f"{WHOLE}-{WHOLE}-{WHOLE}, {ITERATIONS} iterations: {judged['cells']:,} cells judged")
    print(f"sheetgen build   {built['seconds'] + judged['seconds']:.2f} CPU s, {built['seconds']:.2f} of them to write")
    print(f"sheetgen verify  {judged['seconds']:.2f} CPU s, peak {judged['peak_mb']:.0f} MB")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--rates", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        run_task(options.task, options.file, options.size, options.rates)
        return
    with tempfile.TemporaryDirectory() as name:
        if options.whole:
            whole(Path(name))
        else:
            compare(Path(name), tuple(options.sizes))


if __name__ == "__main__":
    main()
