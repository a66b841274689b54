"""Many workbooks at once, on all cores; a bad one never stops the rest."""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from types import FrameType

from sheetgen.errors import SheetgenError
from sheetgen.verify.findings import FileReport

Judge = Callable[[Path], FileReport]
"""Judges one file. It is sent to other processes: a function of a module, or a `functools.partial` of one."""

Submit = Callable[[Path], "Future[FileReport]"]
"""Hands over a file; the future is done when it is judged."""

Progress = Callable[[int, int], None]
"""Called with how many files are done, and how many there are."""

_SUFFIXES = (".xlsx", ".xlsm")
_OWNER_FILES = ("~$", "._")  # of Excel, while a workbook is open, and of macOS beside every copied file
_MOST_WORDS = 200
_MOST_PROCESSES = 61  # Windows waits for no more
_LARGE = 4_000_000  # bytes; judging more takes many times as long as the start of a process
_PATIENCE = 3.0


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """List the workbooks that paths stand for.

    Args:
        paths: files and folders.

    Returns:
        Files as they were given, and of each folder the `.xlsx` and `.xlsm` files in and below it, sorted; each once.

    Raises:
        SheetgenError: a folder holds no workbook, or cannot be read.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        found.update(dict.fromkeys(_workbooks_in(path) if path.is_dir() else [path]))
    return list(found)


def verify_many(
    paths: Sequence[Path], judge: Judge, jobs: int | None = None, on_done: Progress | None = None
) -> list[FileReport]:
    """Judge many files, several at a time, each in a process that it may crash; a small file alone in this process.

    Args:
        paths: the files.
        judge: judges one of them.
        jobs: how many at a time; as many as there are cores if not given.
        on_done: called after each file.

    Returns:
        A report for each file, in the order of the files. One that could not be judged has its `error` set.
    """
    if len(paths) == 1 and not _worth_a_process(paths[0]):
        report = judged(paths[0], judge)
        if on_done is not None:
            on_done(1, 1)
        return [report]
    workers = max(1, min(jobs or os.cpu_count() or 1, len(paths), _MOST_PROCESSES))
    died = (BrokenProcessPool, "judging it ended the process; is memory short?")
    with _processes(workers, judge) as submit:
        return collect(paths, submit, workers, died, on_done)


def collect(
    paths: Sequence[Path],
    submit: Submit,
    most: int,
    died: tuple[type[Exception], str],
    on_done: Progress | None = None,
) -> list[FileReport]:
    """Have files judged in other processes, so many at a time; return their reports as `verify_many` does.

    A process that dies can take several files with it. Which one was the reason shows when each is tried again, alone.
    `died` is what the result of a file raises whose process died, and what to say of one that did so alone.
    """
    reports: dict[int, FileReport] = {}
    for width in (most, 1):
        waiting = deque(number for number in range(len(paths)) if number not in reports)
        running: dict[Future[FileReport], int] = {}
        while waiting or running:
            while waiting and len(running) < width:
                number = waiting.popleft()
                running[submit(paths[number])] = number
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                number = running.pop(future)
                report = _report(future, paths[number], died[0])
                if report is None and width > 1:
                    continue
                reports[number] = report or failed(paths[number], died[1])
                if on_done is not None:
                    on_done(len(reports), len(paths))
    return [reports[number] for number in range(len(paths))]


def _report(future: "Future[FileReport]", path: Path, died: type[Exception]) -> FileReport | None:
    """Return what came of a file, None where its process died."""
    try:
        return future.result()
    except died:
        return None
    except CancelledError:
        return failed(path, "the cluster went away; try again")
    except Exception as error:  # such as a report or a judge that cannot be sent
        return failed(path, f"judging it failed ({type(error).__name__}: {error})")


def judged(path: Path, judge: Judge) -> FileReport:
    """Judge a file; whatever goes wrong becomes the report's `error`."""
    try:
        return judge(path)
    except SheetgenError as error:
        return failed(path, f"{error.what}; {error.remedy}")
    except MemoryError:
        return failed(path, "it needs more memory than there is")
    except Exception as error:  # a fault of ours in one file must not cost the others their verdict
        return failed(path, f"judging it failed ({type(error).__name__}: {error}); please report this")


def failed(path: Path, why: str) -> FileReport:
    """Report that a file could not be judged."""
    words = " ".join(why.split())
    return FileReport(str(path), error=words if len(words) <= _MOST_WORDS else words[: _MOST_WORDS - 1] + "…")


def _worth_a_process(path: Path) -> bool:
    """Tell whether a file is so large that judging it could use up the memory, and takes longer than a process."""
    return path.is_file() and path.stat().st_size > _LARGE


def _submit(pool: ProcessPoolExecutor, path: Path, judge: Judge) -> "Future[FileReport]":
    """Hand over a file; should that start a process, then one that Ctrl-C does not reach while it starts."""
    if sys.platform == "win32":
        return pool.submit(judged, path, judge)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(judged, path, judge)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _processes(workers: int, judge: Judge) -> Iterator[Submit]:
    """Start processes, the same way on every system, and others when one dies; end them if the user breaks off."""
    before = set(active_children())
    start = partial(ProcessPoolExecutor, workers, mp_context=get_context("spawn"), initializer=_obey_the_parent)
    pool = start()

    def submit(path: Path) -> "Future[FileReport]":
        nonlocal pool
        try:
            return _submit(pool, path, judge)
        except BrokenProcessPool:
            pool = start()
            return _submit(pool, path, judge)

    try:
        yield submit
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end(set(active_children()) - before)
        raise
    pool.shutdown()


def _end(processes: Iterable[BaseProcess]) -> None:
    """End processes: soon, so that they can clear up, but not later than that."""
    for process in processes:
        process.terminate()
    until = monotonic() + _PATIENCE
    for process in processes:
        process.join(max(0.0, until - monotonic()))
        process.kill()


def _obey_the_parent() -> None:
    """Leave Ctrl-C to the parent; when that ends this process, end the programs it has started, and its files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def _workbooks_in(folder: Path) -> list[Path]:
    found = []
    for place, _, names in os.walk(folder, onerror=_complain):
        found += [Path(place) / name for name in names if _is_workbook(name)]
    if not found:
        raise SheetgenError(str(folder), "no workbook in this folder", "give one with .xlsx or .xlsm files")
    return sorted(found)


def _is_workbook(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES) and not name.startswith(_OWNER_FILES)


def _complain(error: OSError) -> None:
    raise SheetgenError(str(error.filename), "this folder cannot be read", "check its permissions") from error
