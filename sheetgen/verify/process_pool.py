"""Files judged in other processes, on this machine or a cluster: who is waiting, who is running, who has died."""

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

from sheetgen.verify.batch import Judge, Progress, failed, judged
from sheetgen.verify.findings import FileReport

Submit = Callable[[Path], "Future[FileReport]"]
"""Hands over a file; the future is done when it is judged."""

# A forked process has imported everything already. Elsewhere system libraries do not survive a fork, or there is none.
_START = "fork" if sys.platform == "linux" else "spawn"
_DIED = (BrokenProcessPool, "judging it ended the process; is memory short?")
_PATIENCE = 3.0  # seconds
_MOMENT = 0.01  # seconds


def judge_in_processes(
    paths: Sequence[Path], judge: Judge, workers: int, on_done: Progress | None = None
) -> list[FileReport]:
    """Judge files in processes of this machine, so many at a time; return their reports in the order of the files."""
    with _processes(workers, judge) as submit:
        return collect(paths, submit, workers, _DIED, on_done)


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


def _submit(pool: ProcessPoolExecutor, path: Path, judge: Judge) -> "Future[FileReport]":
    """Hand over a file, which may start a process."""
    with sheltered_start():
        return pool.submit(judged, path, judge)


@contextmanager
def sheltered_start() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach while they start."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _processes(workers: int, judge: Judge) -> Iterator[Submit]:
    """Start processes, and others when one dies; end them if the user breaks off."""
    before = set(active_children())
    start = partial(ProcessPoolExecutor, workers, mp_context=get_context(_START), initializer=obey_the_parent)
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
        end_processes(set(active_children()) - before)
        raise
    pool.shutdown()


def end_processes(processes: Iterable[BaseProcess]) -> None:
    """End processes: soon, so that they can clear up, but not later than that."""
    for process in processes:
        process.terminate()
    until = monotonic() + _PATIENCE
    for process in processes:
        process.join(max(0.0, until - monotonic()))
        process.kill()


def obey_the_parent() -> None:
    """Leave Ctrl-C to the parent; when that ends this process, end the programs it has started, and its files."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, lambda _, frame: _leave(signal.SIGTERM, frame))
        sys.unraisablehook = _leave_after_all


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def _leave_after_all(ignored: "sys.UnraisableHookArgs") -> None:
    """Leave a moment later where Python has ignored the first try: in a finalizer, or in what runs after a fork."""
    if sys.platform != "win32" and issubclass(ignored.exc_type, SystemExit):
        signal.setitimer(signal.ITIMER_REAL, _MOMENT)
    else:
        sys.__unraisablehook__(ignored)
