"""What `verify` says of a generated sheet, compared with what should be said."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from openpyxl.utils.cell import get_column_letter, range_boundaries

from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport
from tests.sheetgen.support.layouts.sheets import Sheet, Spec

RIGHT_OUTCOMES = ("right", "accused", "not read", "failed")
FAULTY_OUTCOMES = ("exact", "more", "part", "elsewhere", "missed", "not read", "failed")


class TooSlowError(Exception):
    """A file was not judged in time."""


@dataclass(frozen=True)
class Judged:
    """What came of a sheet.

    Attributes:
        outcome: one of `RIGHT_OUTCOMES` or `FAULTY_OUTCOMES`.
        beyond: how many findings name none of the wrong cells.
        said: the first findings and complaints.
        wrong: some of the cells that should have been named.
        seconds: how long the verdict took.
    """

    spec: Spec
    outcome: str
    beyond: int
    said: str
    wrong: str
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether nothing false was said, and what was said is complete; an honest refusal is good as well."""
        return self.outcome in ("right", "exact", "not read")

    def __str__(self) -> str:
        """Say it in a few lines."""
        wrong = f"\n    wrong: {self.wrong}" if self.wrong else ""
        return f"{self.outcome}: {self.spec} ({self.seconds:.1f} s){wrong}\n    said: {self.said}"


def judge(sheet: Sheet, path: Path, seconds: float = 60.0) -> Judged:
    """Write a sheet and verify it.

    Args:
        sheet: what to write.
        path: the file.
        seconds: after which the verdict counts as failed; only in a process's main thread.
    """
    sheet.write(path)
    begin = time.perf_counter()
    try:
        with _limit(seconds):
            report = verify_file(path)
        outcome, beyond, said = outcome_of(sheet, report), _beyond(sheet, report), _said(report)
    except Exception as error:  # a crash is an outcome too
        outcome, beyond, said = "failed", 0, f"{type(error).__name__}: {error}"
    wrong = ", ".join(sorted(sheet.wrong)[:6]) + (f", … ({len(sheet.wrong)})" if len(sheet.wrong) > 6 else "")
    return Judged(sheet.spec, outcome, beyond, said, wrong, time.perf_counter() - begin)


def _beyond(sheet: Sheet, report: FileReport) -> int:
    known = sheet.wrong | sheet.allowed
    return sum(known.isdisjoint(cells_of(each.sheet, each.range)) for each in report.findings)


def outcome_of(sheet: Sheet, report: FileReport) -> str:
    """Compare the cells that are named with those that should be."""
    if not report.findings:
        clean = "missed" if sheet.wrong else "right"
        return "not read" if report.error else clean
    if not sheet.wrong:
        return "accused"
    named = {cell for each in report.findings for cell in cells_of(each.sheet, each.range)} & sheet.filled
    beyond = named - sheet.wrong - sheet.allowed
    if sheet.wrong <= named:
        return "more" if beyond else "exact"
    return "elsewhere" if beyond or not named & (sheet.wrong | sheet.allowed) else "part"


def cells_of(sheet: str, text: str) -> Iterator[str]:
    """List the cells of a finding's range as `Sheet1!A1`."""
    for part in text.split(","):
        left, top, right, bottom = range_boundaries(part.strip())
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                yield f"{sheet}!{get_column_letter(column)}{row}"


def _said(report: FileReport) -> str:
    findings = [f"{each.sheet}!{each.range} {each.kind}: {each.message}" for each in report.findings[:3]]
    more = [f"… ({len(report.findings)} findings)"] if len(report.findings) > 3 else []
    return " | ".join([*findings, *more, *([f"error: {report.error}"] if report.error else [])]) or "nothing"


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooSlowError(f"no verdict after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
