"""Comparing two workbooks beside other tools that do, on the same pairs, in one run.

    python benchmarks/diff_speed.py                  10,000 rows; seconds, lines said, peak memory, ratios
    python benchmarks/diff_speed.py --linear         ours alone: 10,000, 20,000 and 40,000 rows

The others are compareworkbooks and daff, both from PyPI: `pip install compareworkbooks daff`. daff compares tables, so
its rows are read with openpyxl. Each measurement runs in a process of its own; memory is that process's peak resident
set (VmHWM).
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

import xlsxwriter

from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.diff.diff_report import text_lines

Row = tuple[str, float, int]


def rows_of(count: int) -> list[Row]:
    """Draw rows with a name, a number and a whole number."""
    chance = random.Random(1)
    return [(f"item {number}", chance.random() * 1000, number * 7919 % 10007) for number in range(count)]


def write(path: Path, rows: list[Row], term: str = "", rate: float = 2) -> Path:
    """Write the rows, with their products and a running sum, to a workbook."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["name", "x", "y", "product", "sum"])
        sheet.write(0, 8, rate)
        total = 0.0
        for row, (name, x, y) in enumerate(rows, 2):
            total += x * rate
            sheet.write_row(row - 1, 0, [name, x, y])
            sheet.write_formula(row - 1, 3, f"=B{row}*C{row}{term}", None, x * y)
            sheet.write_formula(row - 1, 4, f"=B{row}*$I$1+N(E{row - 1})", None, total)
    return path


def pairs(folder: Path, count: int) -> dict[str, tuple[Path, Path]]:
    """Write pairs of workbooks that differ by one edit."""
    rows = rows_of(count)
    old, few = write(folder / "old.xlsx", rows), count // 2
    edits: dict[str, Path] = {
        "one formula, filled down": write(folder / "formula.xlsx", rows, term="+1"),
        "one input": write(folder / "input.xlsx", rows, rate=3),
        "ten rows inserted": write(folder / "rows.xlsx", [*rows[:few], *[("new", 0.5, 1)] * 10, *rows[few:]]),
        "thirty rows moved": write(folder / "moved.xlsx", [*rows[:99], *rows[129:few], *rows[99:129], *rows[few:]]),
        "rows sorted": write(folder / "sorted.xlsx", sorted(rows, key=lambda row: row[1])),
        "rows reversed": write(folder / "reversed.xlsx", rows[::-1]),
    }
    return {edit: (old, new) for edit, new in edits.items()}


def ours(old: Path, new: Path) -> int:
    """Compare with `sheetgen diff` and count the lines that it says between heads and summary."""
    return len(list(text_lines(compare_workbooks(old, new)))) - 4


def compareworkbooks(old: Path, new: Path) -> int:
    """Compare with compareworkbooks, formulas as text, and count the differences that it lists."""
    from compareworkbooks.core.difference import workbooks
    from openpyxl import load_workbook

    return len(workbooks(load_workbook(old), load_workbook(new)).splitlines())


def daff(old: Path, new: Path) -> int:
    """Compare the rows with daff, formulas as text, and count the rows that it shows."""
    import daff as library
    from openpyxl import load_workbook

    tables = [
        library.PythonTableView([list(row) for row in load_workbook(path).active.iter_rows(values_only=True)])
        for path in (old, new)
    ]
    alignment = library.Coopy.compareTables(*tables).align()
    shown: list[list[object]] = []
    library.TableDiff(alignment, library.CompareFlags()).hilite(library.PythonTableView(shown))
    return len(shown)


TASKS: dict[str, Callable[[Path, Path], int]] = {
    "sheetgen diff": ours,
    "compareworkbooks": compareworkbooks,
    "daff": daff,
}


def measure(task: str, old: Path, new: Path) -> dict[str, float]:
    """Run one task in a process of its own: seconds, lines, peak memory in MB."""
    command = [sys.executable, __file__, "--task", task, str(old), str(new)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def run_task(task: str, old: Path, new: Path) -> None:
    """Print the measurement of one task as JSON."""
    began = time.perf_counter()
    lines = TASKS[task](old, new)
    seconds = time.perf_counter() - began
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "lines": lines, "peak_mb": int(peak.split()[1]) / 1024}))


def compare(folder: Path) -> None:
    """Measure every tool on every pair and print how many times as long it takes as ours."""
    for edit, (old, new) in pairs(folder, 10_000).items():
        base = measure("sheetgen diff", old, new)
        for task in TASKS:
            result = base if task == "sheetgen diff" else measure(task, old, new)
            ratio = result["seconds"] / base["seconds"]
            print(
                f"{edit:>25}  {task:>16}  {result['seconds']:6.2f} s  {ratio:5.1f}x  {result['lines']:>7,.0f} lines  "
                f"peak {result['peak_mb']:4.0f} MB",
                flush=True,
            )


def linear(folder: Path) -> None:
    """Measure ours on ever more rows and print seconds and memory."""
    for count in (10_000, 20_000, 40_000):
        for edit, (old, new) in pairs(folder, count).items():
            result = measure("sheetgen diff", old, new)
            print(
                f"{count:>7,} rows  {edit:>25}  {result['seconds']:6.2f} s  peak {result['peak_mb']:4.0f} MB",
                flush=True,
            )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--linear", action="store_true", help="ours alone, on ever more rows")
    parser.add_argument("--task", choices=list(TASKS), help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.task:
        run_task(arguments.task, *arguments.files)
        return
    with tempfile.TemporaryDirectory() as folder:
        (linear if arguments.linear else compare)(Path(folder))


if __name__ == "__main__":
    main()
