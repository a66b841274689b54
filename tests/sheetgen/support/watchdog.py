"""Judging a file in a process of its own, that may take only so much time and memory."""

import multiprocessing
import resource
from multiprocessing.connection import Connection
from pathlib import Path

from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport

SECONDS, MEMORY = 20, 2 << 30  # of one processor; a busy machine may take longer
_PATIENCE = 120

# The processes are children of one that has everything imported, so that each starts at once.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.sheetgen.support.watchdog", "formualizer", "openpyxl"])


def judge(path: Path, limits: Limits | None = None) -> FileReport:
    """Return the verdict on a file; fail if it takes too much, or if the process dies of it."""
    here, there = _SERVER.Pipe(duplex=False)
    process = _SERVER.Process(target=_judge, args=(path, limits or Limits(), there))
    process.start()
    there.close()
    try:
        assert here.poll(_PATIENCE), f"no verdict after {_PATIENCE} s"
        report = here.recv()
    except EOFError:
        process.join()
        raise AssertionError(f"the process died: exit code {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
        here.close()
    assert isinstance(report, FileReport), report
    return report


def _judge(path: Path, limits: Limits, to: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        to.send(verify_file(path, limits))
    except BaseException as error:  # also what libraries raise past Exception
        to.send(f"{type(error).__name__}: {error}"[:300])
