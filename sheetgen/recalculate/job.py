"""A workbook for an engine to recalculate, and how programs are run on untrusted files.

They run in a folder of their own, quietly, and with a time limit.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.engine_copies import Wanted
from sheetgen.spreadsheet.opened_workbook import Sheet
from sheetgen.spreadsheet.package import Limits

_MOST_WORDS = 160
_WINDOWS = os.name == "nt"


class Job(NamedTuple):
    """A workbook to be recalculated.

    Attributes:
        name: the workbook as its owner knows it, for error messages.
        engine: the engine as people call it, for error messages.
        book: the copy that the engine may read, alone in a folder where it may write.
        wanted: the cells that have a formula.
        timeout: seconds it may take.
        limits: the most its result may hold.
    """

    name: str
    engine: str
    book: Path
    wanted: Wanted
    timeout: float
    limits: Limits

    @property
    def folder(self) -> Path:
        """The private folder."""
        return self.book.parent

    def failed(self, why: str) -> SheetgenError:
        """Return a complaint that the engine failed."""
        what = f"{self.engine} cannot recalculate it ({why})"
        return SheetgenError(self.name, what, "give it more time or take another engine")

    def not_installed(self, remedy: str) -> SheetgenError:
        """Return a complaint that the engine is missing."""
        return SheetgenError(self.engine, "not installed", remedy)


Results = Callable[[str], Sheet]
"""Called with a sheet's name, returns its recalculated cells; errors, such as `#NAME?`, are the engine's."""


def run_program(job: Job, environment: Mapping[str, str], *command: str | Path) -> None:
    """Run a program and wait for it to end.

    Args:
        job: says where to run, for how long, and what to name in an error message.
        environment: variables to set for it, besides those already set.
        command: the program and its arguments.

    Raises:
        SheetgenError: it cannot be started, fails or takes too long; it and all that it started are then killed.
    """
    log = job.folder / "program.log"
    with log.open("wb") as stream:
        try:
            process = subprocess.Popen(
                command,
                cwd=job.folder,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=not _WINDOWS,
            )
        except OSError as error:
            raise job.failed("it cannot be started") from error
        code = _wait(job, process)
    if code:
        raise job.failed("it crashed" if code < 0 else last_words(job) or f"its exit code is {code}")


def last_words(job: Job) -> str:
    """Return the last line that a program wrote, fit to be shown."""
    log = job.folder / "program.log"
    lines = log.read_text(encoding="utf-8", errors="replace").replace(str(job.folder), "").split("\n")
    line = next((line for line in reversed(lines) if line.strip()), "")
    return "".join(letter if letter.isprintable() else " " for letter in line).strip()[:_MOST_WORDS]


def _wait(job: Job, process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait(job.timeout)
    except subprocess.TimeoutExpired:
        raise job.failed(f"it was not done after {job.timeout:g} seconds") from None
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program and everything that it has started, such as LibreOffice, which is started by a script."""
    if _WINDOWS:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
