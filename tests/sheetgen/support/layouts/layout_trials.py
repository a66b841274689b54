"""Faults in generated layouts, tried and reported as those in the bench's own workbooks are."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.sheetgen.support.fault_trials import Outcome, Task
from tests.sheetgen.support.layouts.judging import Judged, judge
from tests.sheetgen.support.layouts.sheets import Sheet, is_valid, make_sheet
from tests.sheetgen.support.layouts.strategies import spec_of

BOOK = "layouts"
_TRIES = 40

_PLAIN_FAULTS = ("factor in a gradient", "activation in two gradients", "ascent", "a weight twice", "pasted number")
_FOR_MATRICES = ("factor in a gradient", "ascent", "factor left out", "wrong for negative numbers")
_STYLES = ("class", "class", "class", "Mazur", "z a ŷ", "grad w1", "dE/dw1")

LAYOUT_KINDS: Mapping[str, Mapping[str, Sequence[object]]] = {
    "layout: two faults": {"fault": ["two faults"]},
    "layout: helper column": {"fault": ["helper column"], "decorations": ["unnamed helpers", "title above"]},
    "layout: transposed": {"kind": ["transposed"]},
    "layout: vertical": {"kind": ["blocks", "blocks with formula text", "a sheet each", "lists side by side"]},
    "layout: one sample per row": {"after": [True], "samples": [4], "layers": [(2, 1), (2, 2, 2), (3, 2, 1)]},
    "layout: MMULT": {"special": ["matrices"], "hidden": ["sigmoid", "relu"], "fault": _FOR_MATRICES},
    "layout: data block": {"special": ["data block"], "loss": ["cross-entropy", "half squares"]},
    "layout: epochs": {"special": ["epoch blocks"], "fault": [*_PLAIN_FAULTS, "wrong total of a batch"]},
    "layout: momentum": {"optimiser": ["momentum", "nesterov"], "fault": [*_PLAIN_FAULTS, "optimiser's state"]},
    "layout: Adam": {"optimiser": ["adam", "rmsprop"], "fault": [*_PLAIN_FAULTS, "optimiser's state"]},
    "layout: rate from another sheet": {"fault": ["rate from the wrong cell"]},
    "layout: new w column": {"fault": ["new w column"]},
    "layout: wrong for negative": {"fault": ["wrong for negative numbers"]},
    "layout: one row special": {"fault": ["one row special"]},
    "layout: RAND of 1e-9": {"fault": ["RAND noise"]},
    "layout: number as text": {"fault": ["number as text"]},
    "layout: hidden row": {"fault": ["hidden row"]},
}
"""What each kind of sheet must have; one of each list is chosen. All else is as in class."""


def attempt_layout(task: Task, folder: Path) -> Outcome | None:
    """Generate a faulty sheet and verify it; the file is kept if that goes wrong. None where no fault fits."""
    sheet = _sheet(task)
    if sheet is None:
        return None
    path = folder / task.file.replace(": ", "-")
    outcome = _outcome(task, judge(sheet, path), sheet)
    if outcome.is_right:
        path.unlink()
    return outcome


def _sheet(task: Task) -> Sheet | None:
    rng = random.Random(task.seed)
    for _ in range(_TRIES):
        chosen = {name: rng.choice(values) for name, values in LAYOUT_KINDS[task.kind].items()}
        usual = {"fault": rng.choice(_PLAIN_FAULTS), "style": rng.choice(_STYLES), "seed": rng.randrange(1000)}
        spec = spec_of(usual | chosen)
        sheet = make_sheet(spec) if is_valid(spec) else None
        if sheet is not None:
            return sheet
    return None


def _outcome(task: Task, judged: Judged, sheet: Sheet) -> Outcome:
    names = {"exact": "caught", "more": "caught", "part": "wrong kind", "not read": "failed"}
    result = names.get(judged.outcome, judged.outcome)
    return Outcome(
        task.book, task.kind, task.recalculate, result, judged.beyond, judged.wrong, str(sheet.spec), judged.said
    )
