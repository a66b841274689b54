"""Many workbooks at once, on all cores; a bad one never stops the rest."""

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from types import FrameType

from sheetgen.errors import SheetgenError
from sheetgen.verify.findings import FileReport

Judge = Callable[[Path], FileReport]
"""Judges one file. It is sent to other processes: a function of a module, or a `functools.partial` of one."""

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
    reports: dict[int, FileReport] = {}

    def note(number: int, report: FileReport) -> None:
        reports[number] = report
        if on_done is not None:
            on_done(len(reports), len(paths))

    if len(paths) == 1 and not _worth_a_process(paths[0]):
        note(0, judged(paths[0], judge))
    waiting = deque(number for number in range(len(paths)) if number not in reports)
    workers = max(1, min(jobs or os.cpu_count() or 1, len(paths), _MOST_PROCESSES))
    while waiting:
        suspects = _judge_until_broken(waiting, paths, judge, workers, note)
        for suspect in suspects:  # which of them ended its process shows when each is alone
            if len(suspects) == 1 or _judge_until_broken(deque([suspect]), paths, judge, 1, note):
                note(suspect, failed(paths[suspect], "judging it ended the process; is memory short?"))
    return [reports[number] for number in range(len(paths))]


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


def _judge_until_broken(
    waiting: "deque[int]", paths: Sequence[Path], judge: Judge, workers: int, note: Callable[[int, FileReport], None]
) -> list[int]:
    """Judge files until all are done, or a process dies; return those that were under way then.

    No more than the processes can take are handed over, so that these are few.
    """
    running: dict[Future[FileReport], int] = {}
    with _pool(workers) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    running[_submit(pool, paths[waiting[0]], judge)] = waiting[0]
                    waiting.popleft()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    note(running[future], _result(future, paths[running[future]]))
                    del running[future]
        except BrokenProcessPool:
            return sorted(running.values())
    return []


def _submit(pool: ProcessPoolExecutor, path: Path, judge: Judge) -> "Future[FileReport]":
    """Hand over a file; should that start a process, then one that Ctrl-C does not reach while it starts."""
    if sys.platform == "win32":
        return pool.submit(judged, path, judge)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(judged, path, judge)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _result(future: "Future[FileReport]", path: Path) -> FileReport:
    try:
        return future.result()
    except BrokenProcessPool:
        raise
    except Exception as error:  # such as a report or a judge that cannot be sent
        return failed(path, f"judging it failed ({type(error).__name__}: {error})")


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes, the same way on every system; end them if the user breaks off."""
    before = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_obey_the_parent)
    try:
        yield pool
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
