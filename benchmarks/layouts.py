"""Whether `verify` judges training sheets rightly in any layout: thousands of them, right and with one fault each.

    python benchmarks/layouts.py [--count N] [--seed S] [--jobs J] [--faulty SHARE] [--only TEXT] [--keep DIR] [--list]

Each sheet is drawn: label style × arrangement × mathematics × fault. A right one is right (exit code 0), accused
(anything is complained of) or not read (exit code 2, honestly). In a faulty one the named cells are exactly the wrong
ones, more than those, a part of them, or elsewhere; or the fault is missed, or the sheet not read.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.sheetgen.support.layouts.judging import FAULTY_OUTCOMES, RIGHT_OUTCOMES, Judged, judge
from tests.sheetgen.support.layouts.sheets import Spec, make_sheet
from tests.sheetgen.support.layouts.strategies import random_spec


def try_out(number: int, seed: int, faulty: float, only: str, folder: Path) -> Judged | None:
    """Generate one sheet and judge it; the file is kept if that goes wrong."""
    rng = random.Random(f"{seed} {number}")
    spec = random_spec(rng, faulty=rng.random() < faulty)
    sheet = make_sheet(spec) if only in str(spec) else None
    if sheet is None:
        return None
    path = folder / f"{seed}-{number}.xlsx"
    judged = judge(sheet, path)
    if judged.is_good:
        path.unlink()
    else:
        path.with_suffix(".txt").write_text(f"{judged}\n{sorted(sheet.wrong)}\n{spec!r}\n")
    return judged


Keys = dict[str, Callable[[Spec], Iterable[str]]]


def print_table(judged: list[Judged], outcomes: tuple[str, ...], keys: Keys) -> None:
    """Print outcomes by each property of the sheets."""
    print(f"\n{'':<40}{'sheets':>9}" + "".join(f"{outcome:>11}" for outcome in outcomes))
    _print_row("all", judged, outcomes)
    for title, values_of in keys.items():
        print(f"{title}:")
        groups: dict[str, list[Judged]] = {}
        for each in judged:
            for value in values_of(each.spec):
                groups.setdefault(value, []).append(each)
        for value in sorted(groups):
            _print_row(f"  {value}", groups[value], outcomes)


def _print_row(name: str, judged: list[Judged], outcomes: tuple[str, ...]) -> None:
    counts = Counter(each.outcome for each in judged)
    cells = "".join(f"{counts[outcome] or '·':>11}" for outcome in outcomes)
    print(f"{name:<40}{len(judged):>9}{cells}")


def _mathematics(spec: Spec) -> list[str]:
    maths = spec.mathematics
    if spec.special:
        return []
    unusual = {
        "-".join(map(str, maths.layers)): "2-2-2",
        maths.hidden: "sigmoid",
        f"output {maths.output}": "output sigmoid",
        maths.loss: "half squares",
        f"bias {maths.bias}": "bias none",
        maths.optimiser: "sgd",
        f"rate {maths.rate}": "rate one",
        f"numbered by {maths.numbering}": "numbered by target",
        "samples in turn" if maths.samples > 1 else "": "",
    }
    return [name for name, usual in unusual.items() if name != usual] or ["the class's"]


def _ways(spec: Spec) -> list[str]:
    if spec.special:
        return []
    way = spec.way
    flags = [name for name in ("after", "referred", "percent") if getattr(way, name)]
    return [f"gradients {way.working}", f"update {way.update}", *([way.form] if way.form != "plain" else []), *flags]


KEYS: Keys = {
    "arrangement": lambda spec: [spec.special or spec.arrangement.kind],
    "decoration": lambda spec: () if spec.special else sorted(spec.arrangement.decorations),
    "label style": lambda spec: () if spec.special else [spec.style],
    "mathematics": _mathematics,
    "way of writing": _ways,
}


def main() -> int:
    """Run the bench; return 1 if anything false was said, or a fault was not found at its cells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--faulty", type=float, default=0.5, help="the share of faulty sheets")
    parser.add_argument("--only", default="", help="only sheets whose description has this in it")
    parser.add_argument("--keep", type=Path, help="leave what was not judged right here, each with a text beside it")
    parser.add_argument("--list", action="store_true", help="also say what was judged wrongly")
    options = parser.parse_args()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        work = partial(try_out, seed=options.seed, faulty=options.faulty, only=options.only, folder=folder)
        with ProcessPoolExecutor(options.jobs) as pool:
            judged = [each for each in pool.map(work, range(options.count), chunksize=4) if each]
    faulty = [each for each in judged if each.spec.fault]
    print_table([each for each in judged if not each.spec.fault], RIGHT_OUTCOMES, KEYS)
    print_table(faulty, FAULTY_OUTCOMES, {"fault": lambda spec: [str(spec.fault)], **KEYS})
    bad = [each for each in judged if not each.is_good]
    for each in sorted(bad, key=lambda each: each.outcome) if options.list else ():
        print(f"\n{each}")
    slowest = max((each.seconds for each in judged), default=0.0)
    print(f"\n{len(judged):,} sheets, {len(bad):,} not judged right, slowest {slowest:.1f} s, ", end="")
    print(f"{time.perf_counter() - begin:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
