"""Many workbooks on a Dask cluster that the user already has.

The cluster's machines need not share a disk with this one: each file's bytes travel, and a worker judges a copy.
They need this package, in the same version.
"""

import logging
import tempfile
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from typing import Protocol

from sheetgen.errors import SheetgenError
from sheetgen.verify.batch import Judge, Progress, failed, judged
from sheetgen.verify.findings import FileReport

_PER_THREAD = 2  # files on their way or under way for each of the cluster's threads
_CONNECT = 15.0
_ABANDONED = 60.0
_MOMENT = 1.0
_SETTLED = 0.5
_LOADED = monotonic()


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
    if not paths:
        return []
    with _client(scheduler) as client:
        return _Run(client, paths, judge, on_done).run()


def judge_bytes(name: str, content: bytes, judge: Judge) -> FileReport:
    """Judge a file that came as bytes; this runs on a worker.

    Args:
        name: the file as its owner knows it; the report says it.
        content: its bytes.
        judge: judges a file.
    """
    # A worker that dies before it has said that it is up is not started again, so a new one is given time to say so.
    sleep(max(0.0, _LOADED + _SETTLED - monotonic()))
    with tempfile.TemporaryDirectory(prefix="sheetgen-", dir=_scratch(), ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / f"workbook{Path(name).suffix}"
        copy.write_bytes(content)
        report = judged(copy, judge)
    error = None if report.error is None else report.error.replace(str(copy), name).replace(folder, "")
    return replace(report, file=name, error=error)


def _scratch() -> str | None:
    """Return the worker's own folder, which the cluster cleans up even if the worker dies; None elsewhere."""
    with suppress(ValueError, SheetgenError):
        return str(_library().get_worker().local_directory)
    return None


class _Future(Protocol):
    """What is used of `distributed.Future`."""

    def done(self) -> bool: ...
    def result(self, timeout: float) -> FileReport: ...


class _Client(Protocol):
    """What is used of `distributed.Client`."""

    status: str

    def nthreads(self) -> dict[str, int]: ...
    def submit(self, function: Callable[..., FileReport], *arguments: object, pure: bool) -> _Future: ...


class _Run:
    """The files, and those of them that the cluster has."""

    def __init__(self, client: _Client, paths: Sequence[Path], judge: Judge, on_done: Progress | None) -> None:
        self._client = client
        self._paths = paths
        self._judge = judge
        self._on_done = on_done
        self._waiting = deque(range(len(paths)))
        self._running: dict[_Future, int] = {}
        self._suspects: deque[int] = deque()
        self._alone: set[int] = set()
        self._reports: dict[int, FileReport] = {}

    def run(self) -> list[FileReport]:
        """Judge all."""
        last_seen = monotonic()
        while self._waiting or self._running or self._suspects:
            threads = self._threads()
            if threads:
                last_seen = monotonic()
            if self._client.status != "running" or monotonic() - last_seen > _ABANDONED:
                self._give_up()
                break
            self._send(_PER_THREAD * threads)
            for future in self._finished():
                self._take(future)
        return [self._reports[number] for number in range(len(self._paths))]

    def _threads(self) -> int:
        """Count what the cluster can do at once; 0 where it has no workers, or cannot be asked."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError):
            return 0

    def _send(self, most: int) -> None:
        """Send files, until the cluster has enough to do."""
        while self._waiting and len(self._running) < most:
            number = self._waiting.popleft()
            path = self._paths[number]
            if path.is_file():
                self._send_one(number, path)
            else:
                self._note(number, judged(path, self._judge))  # it says what is the matter
        if most and self._suspects and not self._running:
            number = self._suspects.popleft()
            self._alone.add(number)
            self._send_one(number, self._paths[number])

    def _send_one(self, number: int, path: Path) -> None:
        try:
            content = path.read_bytes()
        except OSError:
            self._note(number, judged(path, self._judge))
            return
        with warnings.catch_warnings():  # files are sent with the task, so that another worker can have it
            warnings.filterwarnings("ignore", message="Sending large graph")
            future = self._client.submit(judge_bytes, str(path), content, self._judge, pure=False)
        self._running[future] = number

    def _finished(self) -> list[_Future]:
        """Wait a moment; return what is done."""
        if not self._running:
            sleep(_MOMENT if self._waiting else 0)
        with suppress(TimeoutError, CancelledError):
            _library().wait(list(self._running), timeout=_MOMENT, return_when="FIRST_COMPLETED")
        return [future for future in self._running if future.done()]

    def _take(self, future: _Future) -> None:
        number = self._running.pop(future)
        try:
            report = future.result(timeout=_CONNECT)
        except _library().KilledWorker as error:  # of it, or of another that it had at the same time
            if number not in self._alone:
                self._suspects.append(number)
                return
            report = failed(self._paths[number], f"judging it ended the cluster's process ({error})")
        except Exception as error:  # such as a judge that the workers do not have
            report = failed(self._paths[number], f"judging it on the cluster failed ({type(error).__name__}: {error})")
        self._note(number, report)

    def _give_up(self) -> None:
        """Report the rest as not judged."""
        for number in (*self._running.values(), *self._waiting, *self._suspects):
            self._note(number, failed(self._paths[number], "the cluster went away before it was judged; try again"))

    def _note(self, number: int, report: FileReport) -> None:
        self._reports[number] = report
        if self._on_done:
            self._on_done(len(self._reports), len(self._paths))


@contextmanager
def _client(scheduler: str) -> Iterator[_Client]:
    """Connect to a cluster that has workers."""
    library = _library()
    with _quiet():
        try:
            client = library.Client(scheduler, timeout=_CONNECT, set_as_default=False)
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


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's log off the terminal; what matters is said in the reports."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
