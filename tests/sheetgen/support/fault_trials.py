"""Putting single faults into workbooks one at a time, and comparing what `verify` says with what it should say."""

import random
from dataclasses import dataclass
from pathlib import Path

from sheetgen.verify.file import verify_file
from tests.sheetgen.support.fault_kinds import Fault, Injector

OUTCOMES = ("caught", "wrong kind", "elsewhere", "missed", "failed")


@dataclass(frozen=True)
class Task:
    """A fault to try: a workbook's name, a kind of fault, what all random choices follow from, and how to save it."""

    book: str
    kind: str
    seed: str
    recalculate: bool

    @property
    def file(self) -> str:
        """What its workbook is called."""
        return f"{self.seed.replace(' ', '-').replace('/', '')}.xlsx"


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    Attributes:
        book: the workbook.
        kind: the kind of fault.
        recalculated: whether the file was recalculated.
        outcome: one of `OUTCOMES`; caught is a finding of the right kind at exactly the cells.
        false_alarms: how many findings there are elsewhere.
        where: the cells.
        note: what was put in.
        got: what was found.
    """

    book: str
    kind: str
    recalculated: bool
    outcome: str
    false_alarms: int
    where: str
    note: str
    got: str

    @property
    def is_right(self) -> bool:
        """Whether the fault was caught, and nothing else complained of."""
        return self.outcome == "caught" and not self.false_alarms

    def __str__(self) -> str:
        """Say it in two lines."""
        recalculated = ", recalculated" if self.recalculated else ""
        what = f"{self.outcome}: {self.kind}{recalculated}, {self.book}, {self.where}: {self.note}"
        return f"{what}\n    got {self.got}"


def attempt(injector: Injector, task: Task, folder: Path) -> Outcome | None:
    """Put in one fault and verify the file, which is kept if that goes wrong; None where there is no place for one."""
    fault = injector.make(task.kind, random.Random(task.seed))
    if fault is None or (task.recalculate and fault.circular):
        return None
    path = folder / task.file
    injector.book.write(path, fault.edits, recalculate=task.recalculate, hidden=fault.hidden)
    outcome = judge(task, fault, path)
    if outcome.is_right:
        path.unlink()
    return outcome


def judge(task: Task, fault: Fault, path: Path) -> Outcome:
    """Compare what `verify` says of a file with what it should say."""
    try:
        report = verify_file(path)
    except Exception as error:  # a crash is an outcome too
        return _outcome(task, fault, "failed", 0, f"{type(error).__name__}: {error}")
    said = [f"{each.sheet}!{each.range} {each.kind}: {each.message}" for each in report.findings]
    at = [each for each in report.findings if each.sheet == fault.sheet and each.range in fault.ranges]
    right = {each.range for each in at if each.kind in fault.expected}
    false_alarms = len(report.findings) - len({each.range for each in at})
    if report.error:
        result = "failed"
        said.append(f"error: {report.error}")
    elif right == set(fault.ranges):
        result = "caught"
    else:
        result = "wrong kind" if at else "elsewhere" if said else "missed"
    return _outcome(task, fault, result, false_alarms, " | ".join(said[:4]) or "nothing")


def _outcome(task: Task, fault: Fault, result: str, false_alarms: int, got: str) -> Outcome:
    where = f"{fault.sheet}!{','.join(fault.ranges)}"
    return Outcome(task.book, fault.kind, task.recalculate, result, false_alarms, where, fault.note, got)
