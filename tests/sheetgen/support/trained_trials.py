"""Random single faults in bare tables with optimisers, schedules, batches and softmax, for the bench of faults."""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from openpyxl.utils.cell import coordinate_to_tuple

from sheetgen.network.quantities import REFERENCE
from sheetgen.verify.file import verify_file
from tests.sheetgen.support.fault_trials import Outcome, Task
from tests.sheetgen.support.trained_tables import SOFTMAX, TrainedTable, experiment, shown

BOOK = "trained"
_TRIES = 40
TRAINED_KINDS: Mapping[str, Mapping[str, Any]] = {
    **{
        f"trained: {name}": {"optimizer": name}
        for name in ("momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
    },
    "trained: weight decay": {"weight_decay": 0.01},
    "trained: schedule": {"schedule": "cosine"},
    "trained: batches of two": {"samples": 4, "batch": 2},
    "trained: one batch": {"samples": 4, "batch": "all"},
    "trained: batches, Adam": {"samples": 4, "batch": 2, "optimizer": "adam"},
    "trained: softmax": {**SOFTMAX, "samples": 4},
    "trained: softmax, Adam": {**SOFTMAX, "samples": 4, "optimizer": "adam"},
}
"""The keys of the experiment of each kind."""
# Nothing follows from these, or they are typed; an epsilon of 1e-8 is far below what any check may complain of.
_LEFT_OUT = re.compile(r"iteration|E_mean|[it]\d|η_t")
_OPERATOR = re.compile(r"(?<=[\d)}])[+-](?!\{epsilon)")


def attempt_trained(task: Task, folder: Path) -> Outcome | None:
    """Put a fault into a row or a whole column and verify the file; it is kept if that goes wrong."""
    rng = random.Random(task.seed)
    table = TrainedTable(experiment(iterations=7, **TRAINED_KINDS[task.kind]))
    for _ in range(_TRIES):
        quantity, row = rng.choice(table.notation.names), rng.randrange(2, table.rows)
        right = table.formula(quantity, row)
        wrong = None if _LEFT_OUT.fullmatch(quantity) else _mistaken(right, table.notation.names, rng)
        if wrong is not None:
            column = rng.random() < 0.3
            faulty = _with(table, quantity, row, wrong, column=column)
            if table.values()[row][quantity] != faulty.values()[row][quantity]:
                return _judged(task, folder, table, faulty, f"{quantity}: {wrong} for {right}")
    return None


def _mistaken(formula: str, names: list[str], rng: random.Random) -> str | None:
    """Return a formula with one slip; None if the one drawn cannot be made."""
    slips: list[Callable[[], Iterator[str]]] = [
        lambda: _other_references(formula, names, rng),
        lambda: (
            formula[: at.start()] + "-+"[at[0] == "-"] + formula[at.end() :] for at in _OPERATOR.finditer(formula)
        ),
        lambda: (_without(formula, at) for at in re.finditer(r"\*\{[^}]+\}", formula)),
        lambda: iter([f"2*({formula})"] if len(formula) > len("{w1@1}") else []),
    ]
    found = list(rng.choice(slips)())
    return rng.choice(found) if found else None


def _without(formula: str, at: re.Match[str], instead: str = "") -> str:
    return formula[: at.start()] + instead + formula[at.end() :]


def _other_references(formula: str, names: list[str], rng: random.Random) -> Iterator[str]:
    """Yield the formula with one reference to another quantity of the same kind."""
    for match in REFERENCE.finditer(formula):
        alike = [name for name in names if name != match[1] and _kind(name) == _kind(match[1])]
        if alike and match[2] != "start":
            yield _without(formula, match, match[0].replace(match[1], rng.choice(alike)))


def _kind(name: str) -> str:
    return re.sub(r"\d", "", name)


def _with(table: TrainedTable, quantity: str, row: int, wrong: str, *, column: bool) -> TrainedTable:
    right = table.formula(quantity, row)
    if column:
        return replace(table, everywhere={quantity: lambda text: wrong if text == right else text})
    return replace(table, changed={(quantity, row): wrong})


def _judged(task: Task, folder: Path, right: TrainedTable, faulty: TrainedTable, note: str) -> Outcome:
    path = faulty.write(folder / task.file.replace(": ", "-"))
    report = verify_file(path)
    addresses = [right.address(name, row) for name, row in _changed(right, faulty)]
    meant = {("Training", *coordinate_to_tuple(address)) for address in addresses}
    found = {place for finding in report.findings for place in finding.places()}
    caught = bool(found) and (shown(meant) if len(meant) > 1 else meant) <= found
    outcome = "caught" if caught else "missed" if not found & meant else "wrong kind"
    said = " | ".join(f"{finding.range} {finding.message}" for finding in report.findings) or str(report.error)
    result = Outcome(task.book, task.kind, False, outcome, len(found - meant), ", ".join(addresses[:3]), note, said)
    if result.is_right:
        path.unlink()
    return result


def _changed(right: TrainedTable, faulty: TrainedTable) -> Iterator[tuple[str, int]]:
    for name in right.notation.names:
        yield from ((name, row) for row in range(right.rows) if right.formula(name, row) != faulty.formula(name, row))
