"""Building against the plain XlsxWriter loop: the same cells, formulas, values and formats, in one run.

    python benchmarks/build_speed.py                 6 rates x 10,000 iterations, both writers, ratio
    python benchmarks/build_speed.py --flat          6 rates x 100,000 iterations, ours alone: seconds and peak memory
    python benchmarks/build_speed.py --start         the class workbook: interpreter start, imports, build

Each measurement runs in a process of its own; memory is that process's peak resident set (VmHWM). The comparison ends
with reading both files back through openpyxl and counting the table cells whose formulas differ.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter
from openpyxl import load_workbook

from sheetgen import Experiment, build_workbook, load_experiment
from sheetgen.workbook.layout import CURVES, START
from sheetgen.workbook.plan import Plan
from sheetgen.workbook.theme import Theme


def experiment_of(iterations: int) -> Experiment:
    """Return the class's experiment with this many iterations."""
    return load_experiment("class").with_run((), iterations)


def write_plainly(experiment: Experiment, path: Path) -> int:
    """Write all tables with `write_formula`, cell by cell, and return the number of table cells."""
    plan = Plan(experiment)
    layout, quantities = plan.table, plan.notation.quantities
    cells = 0
    with xlsxwriter.Workbook(path) as book:
        theme = Theme(book)
        book.add_worksheet(START)
        formats = [theme.cell(q.group, strong=q.name in ("iteration", "E_total")) for q in quantities]
        marks = ("\ue000", "\ue001")
        patterns = [[layout.formula(q.formula(row), row, marks) for q in quantities] for row in (0, 1)]
        for table in plan.tables:
            sheet = book.add_worksheet(table.sheet)
            for number, values in enumerate(plan.rows(table)):
                row = layout.first_row + number
                for column, text in enumerate(patterns[min(number, 1)]):
                    formula = "=" + text.replace(marks[0], str(row + 1)).replace(marks[1], str(row))
                    sheet.write_formula(row, column, formula, formats[column], values[column])
                    cells += 1
    return cells


def write_ours(experiment: Experiment, path: Path) -> int:
    """Build the tables and their comparison, and return the number of table cells."""
    build_workbook(experiment, path, lessons=False)
    return _table_cells(experiment)


def write_whole(experiment: Experiment, path: Path) -> int:
    """Build the whole workbook, with the sheets that teach, and return the number of table cells."""
    build_workbook(experiment, path)
    return _table_cells(experiment)


def _table_cells(experiment: Experiment) -> int:
    return (len(experiment.learning_rates) + 1) * (experiment.iterations + 1) * 32


WRITERS = {"plain": write_plainly, "ours": write_ours, "whole": write_whole}


def measure(writer: str, iterations: int, path: Path) -> dict[str, float]:
    """Run one writer in a process of its own: seconds, cells, peak memory in MB."""
    command = [sys.executable, __file__, "--writer", writer, "--iterations", str(iterations), "--output", str(path)]
    result: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result


def run_writer(writer: str, iterations: int, path: Path) -> None:
    """Print the measurement of one writer as JSON."""
    experiment = experiment_of(iterations)
    began = time.perf_counter()
    cells = WRITERS[writer](experiment, path)
    seconds = time.perf_counter() - began
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "cells": cells, "peak_mb": int(peak.split()[1]) / 1024}))


def table_formulas(path: Path) -> Iterator[tuple[str, int, tuple[object, ...]]]:
    """Read the rows of the tables back, sheet by sheet."""
    book = load_workbook(path, read_only=True)
    for name in book.sheetnames:
        if name not in (START, CURVES):
            for number, row in enumerate(book[name].iter_rows(min_row=16, max_col=32, values_only=True)):
                yield name, number, row


def compare_formulas(plain: Path, ours: Path) -> tuple[int, int]:
    """Count the table cells of two workbooks, and those that differ (the number 0 of the first row apart)."""
    cells = different = 0
    for left, right in zip(table_formulas(plain), table_formulas(ours), strict=True):
        for column, pair in enumerate(zip(left[2], right[2], strict=True)):
            cells += 1
            if pair[0] != pair[1] and not (left[1] == 0 and column == 0):
                different += 1
    return cells, different


def show(name: str, result: dict[str, float]) -> None:
    """Print one line of figures."""
    rate = result["cells"] / result["seconds"]
    print(f"{name:>6}  {result['seconds']:7.2f} s  {rate:10,.0f} cells/s  peak {result['peak_mb']:6.0f} MB")


def compare(iterations: int) -> None:
    """Measure both writers and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {writer: Path(folder) / f"{writer}.xlsx" for writer in WRITERS}
        results = {writer: measure(writer, iterations, path) for writer, path in paths.items()}
        print(f"7 tables x {iterations:,} iterations, {results['ours']['cells']:,} table cells")
        for writer, result in results.items():
            show(writer, result)
        print(f" ratio  {results['plain']['seconds'] / results['ours']['seconds']:.1f} times as fast")
        whole = results["plain"]["seconds"] / results["whole"]["seconds"]
        print(f" whole  {whole:.1f} times as fast, with the sheets that teach")
        cells, different = compare_formulas(paths["plain"], paths["ours"])
        print(f"read back through openpyxl: {cells:,} cells compared, {different} differ")


def start_up() -> None:
    """Time the class workbook from a cold process, beside bare start and imports."""
    libraries = "click, numpy, openpyxl, pydantic, rich.console, rich.progress, rich.table, xlsxwriter"
    snippets = {
        "interpreter alone": "pass",
        "with the libraries": f"import {libraries}",
        "sheetgen build": "from sheetgen.cli import main; main(['build', '-o', 'x.xlsx'])",
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, code in snippets.items():
            times = []
            for _ in range(5):
                began = time.perf_counter()
                subprocess.run([sys.executable, "-c", code], cwd=folder, check=False, capture_output=True)
                times.append(time.perf_counter() - began)
            print(f"{name:>18}  {min(times):.2f} s (best of 5)")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=10_000)
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--start", action="store_true")
    parser.add_argument("--writer", choices=WRITERS, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer:
        run_writer(options.writer, options.iterations, options.output)
    elif options.start:
        start_up()
    elif options.flat:
        with tempfile.TemporaryDirectory() as folder:
            show("ours", measure("ours", 100_000, Path(folder) / "flat.xlsx"))
    else:
        compare(options.iterations)


if __name__ == "__main__":
    main()
