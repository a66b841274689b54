"""Many workbooks on a Dask cluster that the user already has.

The cluster's machines need not share a disk with this one: each file's bytes travel, and a worker judges a copy.
They need this package, in the same version.
"""

import logging
import os
import tempfile
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import sleep
from types import ModuleType
from typing import TYPE_CHECKING

from sheetgen.errors import SheetgenError
from sheetgen.verify.batch import Judge, Progress, failed, judged
from sheetgen.verify.findings import FileReport

if TYPE_CHECKING:
    from distributed import Client, Future

_MOST_SENT = 256  # files at a time, whose bytes the scheduler holds
_CONNECT, _MOMENT = 15.0, 0.05  # seconds
_GONE = "the cluster went away; try again"


def verify_on_cluster(
    paths: Sequence[Path], judge: Judge, scheduler: str, on_done: Progress | None = None
) -> list[FileReport]:
    """Judge many files on a Dask cluster.

    Args:
        paths: the files, which only this machine needs to see.
        judge: judges one of them; a function of a module that the workers have, or a `functools.partial` of one.
        scheduler: the address of the cluster's scheduler, `tcp://10.0.0.1:8786`.
        on_done: called after each file.

    Returns:
        A report for each file, in the order of the files, as `verify_many` gives it.

    Raises:
        SheetgenError: `distributed` is not installed, no scheduler answers at the address, or it has no workers.
    """
    reports: dict[int, FileReport] = {}

    def note(number: int, report: FileReport) -> None:
        reports[number] = report
        if on_done is not None:
            on_done(len(reports), len(paths))

    with _quiet(), _client(scheduler) as client:
        readable = [number for number, path in enumerate(paths) if path.is_file() and os.access(path, os.R_OK)]
        for number in set(range(len(paths))).difference(readable):
            note(number, judged(paths[number], judge))  # which says what is the matter
        killed = []
        for number, report in _judged_there(client, paths, readable, judge):
            if report is None:  # a worker takes several files with it; which one ended it shows when each is alone
                killed.append(number)
            else:
                note(number, report)
        for number in killed:
            for _, report in _judged_there(client, paths, [number], judge):
                note(number, report or failed(paths[number], "judging it ended the cluster's process"))
    return [reports[number] for number in range(len(paths))]


def judge_bytes(name: str, content: bytes, judge: Judge) -> FileReport:
    """Judge a file that came as bytes; this runs on a worker.

    Args:
        name: the file as its owner knows it; the report says it.
        content: its bytes.
        judge: judges a file.
    """
    with tempfile.TemporaryDirectory(prefix="sheetgen-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / f"workbook{Path(name).suffix}"
        copy.write_bytes(content)
        report = judged(copy, judge)
    error = None if report.error is None else report.error.replace(str(copy), name).replace(folder, "")
    return replace(report, file=name, error=error)


def _judged_there(
    client: "Client", paths: Sequence[Path], numbers: Sequence[int], judge: Judge
) -> Iterator[tuple[int, FileReport | None]]:
    """Yield the numbers of files with their reports, as they come; None where workers died of a file or beside it."""
    running: dict[Future[FileReport], int] = {}
    waiting, done = deque(numbers), _library().as_completed()
    while waiting or running:
        if client.status == "closed":  # it has tried to connect again by then
            yield from ((each, failed(paths[each], _GONE)) for each in (*running.values(), *waiting))
            return
        while waiting and len(running) < _MOST_SENT:
            path = paths[waiting[0]]
            future = client.submit(judge_bytes, str(path), path.read_bytes(), judge, pure=False)
            running[future] = waiting.popleft()
            done.add(future)
        if not done.has_ready():
            sleep(_MOMENT)
            continue
        future = next(done)
        number = running.pop(future)
        try:
            yield number, future.result()
        except _library().KilledWorker:
            yield number, None
        except CancelledError:  # the connection is lost
            yield number, failed(paths[number], _GONE)
        except Exception as error:  # such as a judge that the workers do not have
            why = f"judging it on the cluster failed ({type(error).__name__}: {error})"
            yield number, failed(paths[number], why)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's log and warnings off the terminal; what matters is said in the reports."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")  # a file travels with its task
            yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _client(scheduler: str) -> Iterator["Client"]:
    """Connect to a cluster that has workers."""
    try:
        client = _library().Client(scheduler, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, TimeoutError, RuntimeError) as error:
        what, remedy = "no Dask scheduler answers there", "check the address, such as tcp://10.0.0.1:8786"
        raise SheetgenError(scheduler, what, remedy) from error
    with client, client.as_current():
        try:
            client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError as error:
            raise SheetgenError(scheduler, "the Dask cluster has no workers", "start some") from error
        yield client


def _library() -> ModuleType:
    try:
        return import_module("distributed")
    except ImportError as error:
        remedy = 'install it with: pip install "backpropagation-sheets[cluster]"'
        raise SheetgenError("--scheduler", "distributed is not installed", remedy) from error
