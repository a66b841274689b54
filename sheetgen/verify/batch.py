"""Many workbooks at once, on all cores; a bad one never stops the rest."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from sheetgen.errors import SheetgenError
from sheetgen.verify.findings import FileReport

Judge = Callable[[Path], FileReport]
"""Judges one file. It is sent to other processes: a function of a module, or a `functools.partial` of one."""

Progress = Callable[[int, int], None]
"""Called with how many files are done, and how many there are."""

_MOST_WORDS = 200
_MOST_PROCESSES = 61  # Windows waits for no more
_LARGE = 4_000_000  # bytes; judging more takes many times as long as the start of a process


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
    from sheetgen.verify.process_pool import judge_in_processes  # slow to import

    workers = max(1, min(jobs or os.cpu_count() or 1, len(paths), _MOST_PROCESSES))
    return judge_in_processes(paths, judge, workers, on_done)


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
