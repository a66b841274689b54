"""How many single faults `verify` finds: thousands, one at a time, in workbooks that are right.

    python benchmarks/verify_faults.py [--count N] [--seed S] [--jobs J] [--kind TEXT] [--book NAME]

Each fault is put into the XML of one sheet, all other cells as they were; where it makes sense, it is tried a second
time with the whole file recalculated. A fault is caught if a finding of the right kind names exactly its cells; every
finding elsewhere is a false alarm. A changed formula that means the same as before is no fault: that is told by the
formulas' values in random worlds, worked out without the code under test.

The kinds that begin with "layout" put faults into generated sheets instead: transposed, vertical, by matrices, and so
on; see `benchmarks/layouts.py`. There a sheet that cannot be read counts as failed. Those that begin with "trained"
put them into bare tables with an optimiser, a schedule, batches or softmax, into one row or a whole column.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sheetgen.verify.file import verify_file
from tests.sheetgen.support.fault_kinds import KINDS, ONLY_RECALCULATED, RECALCULATED, Injector
from tests.sheetgen.support.fault_trials import OUTCOMES, Outcome, Task, attempt
from tests.sheetgen.support.fault_workbooks import build_books, read_book
from tests.sheetgen.support.layouts.layout_trials import BOOK, LAYOUT_KINDS, attempt_layout
from tests.sheetgen.support.trained_trials import BOOK as TRAINED
from tests.sheetgen.support.trained_trials import TRAINED_KINDS, attempt_trained

_injectors: dict[str, Injector] = {}
_paths: dict[str, Path] = {}
_folder = Path()


def start(paths: dict[str, Path], folder: Path) -> None:
    """Make a worker process ready."""
    global _folder
    _paths.update(paths)
    _folder = folder


def try_out(task: Task) -> Outcome | None:
    """Try one fault in a worker process."""
    if task.book == BOOK:
        return attempt_layout(task, _folder)
    if task.book == TRAINED:
        return attempt_trained(task, _folder)
    if task.book not in _injectors:
        _injectors[task.book] = Injector(read_book(task.book, _paths[task.book]))
    return attempt(_injectors[task.book], task, _folder)


def plan(books: list[str], kinds: list[str], generated: list[tuple[str, str]], count: int, seed: int) -> list[Task]:
    """List what to try: all kinds and workbooks in turn, and a generated sheet of each kind, by book and kind."""
    tasks: list[Task] = []
    round_number = 0
    while len(tasks) < count and (generated or (kinds and books)):
        for kind in kinds:
            for book in books:
                name = f"{seed} {round_number} {kind} {book}"
                if kind not in ONLY_RECALCULATED:
                    tasks.append(Task(book, kind, name, recalculate=False))
                if kind in RECALCULATED:
                    tasks.append(Task(book, kind, name + " r", recalculate=True))
        tasks += [Task(book, kind, f"{seed} {round_number} {kind}", recalculate=True) for book, kind in generated]
        round_number += 1
    random.Random(seed).shuffle(tasks)
    return tasks[:count]


def print_table(outcomes: list[Outcome]) -> None:
    """Print kind × injected × outcome."""
    columns = ("injected", *OUTCOMES, "false alarms")
    print(f"{'kind':<33}" + "".join(f"{column:>13}" for column in columns))
    totals: Counter[str] = Counter()
    for kind in [*KINDS, *LAYOUT_KINDS, *TRAINED_KINDS]:
        own = [outcome for outcome in outcomes if outcome.kind == kind]
        if not own:
            continue
        counts = Counter(outcome.outcome for outcome in own)
        counts["injected"] = len(own)
        counts["false alarms"] = sum(outcome.false_alarms for outcome in own)
        totals += counts
        print(f"{kind:<33}" + "".join(f"{counts[column]:>13}" for column in columns))
    print(f"{'all':<33}" + "".join(f"{totals[column]:>13}" for column in columns))


def main() -> int:
    """Run the bench; return 1 if a fault was not caught at its cell, or anything else was complained of."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kind", default="", help="only kinds with this in their name")
    parser.add_argument("--book", default="", help="only this workbook")
    parser.add_argument("--keep", type=Path, help="leave the workbooks that were not judged right here")
    parser.add_argument("--json", type=Path, help="write all outcomes here")
    options = parser.parse_args()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = build_books(Path(temporary))
        books = [name for name in paths if options.book in ("", name)]
        unclean = [name for name in books if not verify_file(paths[name]).ok]
        parts = options.kind.split("|")
        kinds = [kind for kind in KINDS if any(part in kind for part in parts)]
        generated = [*((BOOK, kind) for kind in LAYOUT_KINDS), *((TRAINED, kind) for kind in TRAINED_KINDS)]
        generated = [each for each in generated if any(part in each[1] for part in parts)]
        generated = [each for each in generated if options.book in ("", each[0])]
        tasks = plan(books, kinds, generated, options.count, options.seed)
        with ProcessPoolExecutor(options.jobs, initializer=start, initargs=(paths, folder)) as pool:
            outcomes = [outcome for outcome in pool.map(try_out, tasks, chunksize=4) if outcome]
    print_table(outcomes)
    print(f"\nclean workbooks with a finding: {', '.join(unclean) or 'none'} (of {', '.join(books)})")
    bad = [each for each in outcomes if not each.is_right]
    for each in sorted(bad, key=lambda each: (each.kind, each.outcome)):
        print(f"\n{each}")
    print(f"\n{len(outcomes):,} faults, {len(bad):,} not judged right, {time.perf_counter() - begin:.0f} s")
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in outcomes], ensure_ascii=False, indent=1))
    return 1 if bad or unclean else 0


if __name__ == "__main__":
    sys.exit(main())
