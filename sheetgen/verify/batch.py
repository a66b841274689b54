"""Many workbooks at once, on all cores; a bad one never stops the rest."""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from pathlib import Path

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
    """Judge many files, several at a time, each in a process that it may crash.

    Args:
        paths: the files.
        judge: judges one of them.
        jobs: how many at a time; as many as there are cores if not given.
        on_done: called after each file.

    Returns:
        A report for each file, in the order of the files. One that could not be judged has its `error` set.
    """
    workers = max(1, min(jobs or os.cpu_count() or 1, len(paths), _MOST_PROCESSES))
    if len(paths) <= 1:
        reports = [judged(path, judge) for path in paths]
        if on_done and reports:
            on_done(1, 1)
        return reports
    return _Batch(paths, judge, on_done).run(workers)


def judged(path: Path, judge: Judge) -> FileReport:
    """Judge a file; whatever goes wrong becomes the report's `error`."""
    try:
        return judge(path)
    except SheetgenError as error:
        return failed(path, f"{error.what}; {error.remedy}")
    except MemoryError:
        return failed(path, "it needs more memory than there is; judge it alone")
    except Exception as error:  # a fault of ours in one file must not cost the others their verdict
        return failed(path, f"judging it failed ({type(error).__name__}: {error}); please report this")


def failed(path: Path, why: str) -> FileReport:
    """Report that a file could not be judged."""
    words = " ".join(why.split())
    return FileReport(str(path), error=words if len(words) <= _MOST_WORDS else words[: _MOST_WORDS - 1] + "…")


class _Batch:
    """The files, those of them that are done, and those that are under way."""

    def __init__(self, paths: Sequence[Path], judge: Judge, on_done: Progress | None) -> None:
        self._paths = paths
        self._judge = judge
        self._on_done = on_done
        self._reports: dict[int, FileReport] = {}

    def run(self, workers: int) -> list[FileReport]:
        """Judge all."""
        waiting = deque(range(len(self._paths)))
        while waiting:
            suspects = self._run_until_broken(waiting, workers)
            for number in suspects:  # one of them has killed its process; which one shows when each is alone
                if self._run_until_broken(deque([number]), 1):
                    self._note(number, failed(self._paths[number], "judging it ended the process; is memory short?"))
        return [self._reports[number] for number in range(len(self._paths))]

    def _run_until_broken(self, waiting: "deque[int]", workers: int) -> list[int]:
        """Judge files until all are done, or a process dies; return those that were under way then.

        No more than the processes can take are handed over, so that these are few.
        """
        running: dict[Future[FileReport], int] = {}
        with _pool(workers) as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < workers:
                        running[pool.submit(judged, self._paths[waiting[0]], self._judge)] = waiting[0]
                        waiting.popleft()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        self._take(future, running[future])
                        del running[future]
            except BrokenProcessPool:
                return sorted(set(running.values()) - self._reports.keys())
        return []

    def _take(self, future: "Future[FileReport]", number: int) -> None:
        try:
            report = future.result()
        except BrokenProcessPool:
            raise
        except Exception as error:  # such as a report or a judge that cannot be sent
            report = failed(self._paths[number], f"judging it failed ({type(error).__name__}: {error})")
        self._note(number, report)

    def _note(self, number: int, report: FileReport) -> None:
        self._reports[number] = report
        if self._on_done:
            self._on_done(len(self._reports), len(self._paths))


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start processes, the same way on every system; end them at once if the user breaks off."""
    before = set(active_children())
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_quietly)
    try:
        yield pool
    except BaseException:
        for process in set(active_children()) - before:
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _end_quietly() -> None:
    """Let Ctrl-C end a process without a traceback; the parent says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


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
