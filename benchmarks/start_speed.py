"""What the programs cost in processor time, from a cold start to their end, beside a baseline measured in between.

    python benchmarks/start_speed.py                   help, and the class workbook
    python benchmarks/start_speed.py --folder FOLDER   the workbooks of a folder too, such as those of a class

The baseline is a process that imports click, and NumPy with a single thread: every judgement needs them. Each figure is
the median of several runs of user and system time, that of the workers included; where other programs keep the
processors busy, a run takes more of it, so compare the ratios.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sheetgen.verify.batch import expand

ROOT = Path(__file__).parents[1]
BASELINE = "import numpy, click"
ONE_THREAD = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
COMMANDS = {
    "baseline": ("-c", BASELINE),
    "sheetgen --help": ("-m", "sheetgen", "--help"),
    "mnist --help": ("-m", "mnist", "--help"),
    "sheetgen verify": ("-m", "sheetgen", "verify", "BackPropagation.xlsx"),
}


def cpu_seconds(arguments: Sequence[str], environment: Mapping[str, str] | None) -> float:
    """Run Python with arguments in a process of its own; return the processor time of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, taking turns, and print the medians and their ratios to the baseline."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--folder", type=Path, help="judge the workbooks of this folder too")
    options = parser.parse_args()
    commands, files = dict(COMMANDS), 1
    if options.folder is not None:
        files = len(expand([options.folder]))
        commands[f"a folder of {files}"] = ("-m", "sheetgen", "verify", str(options.folder.resolve()))
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(options.runs):
        for name, arguments in commands.items():
            times[name].append(cpu_seconds(arguments, ONE_THREAD if name == "baseline" else None))
    baseline = statistics.median(times["baseline"])
    print(f"baseline: python -c '{BASELINE}'; medians of {options.runs} runs")
    for name, measured in times.items():
        seconds = statistics.median(measured)
        print(f"{name:>18}  {seconds:7.3f} s  {seconds / baseline:5.1f}x")
    if options.folder is not None:
        each = statistics.median(times[f"a folder of {files}"]) / files
        print(f"{'each workbook':>18}  {each:7.3f} s  {each / baseline:5.1f}x")


if __name__ == "__main__":
    main()
