"""What has been dropped, and the one process at a time that judges it."""

import os
import secrets
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from sheetgen.local_page.judging import judge_uploads
from sheetgen.local_page.uploads import Batch, Progress, Stage
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.process_pool import end_processes, sheltered_start

_MOST_BATCHES = 5
_MOMENT = 0.1  # seconds
_DIED = Progress(Stage.FAILED, why="judging ended the process; is memory short?")


class Desk:
    """Takes drops and has them judged, one after another.

    Args:
        folder: an empty folder, which its owner removes; everything goes there.
        limits: how large a file may be.
        jobs: how many files may be judged at the same time.
    """

    def __init__(self, folder: Path, limits: Limits, jobs: int) -> None:
        self._folder, self._limits, self._jobs = folder, limits, jobs
        self._batches: dict[str, Batch] = {}
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._processes: set[SpawnProcess] = set()
        self._closed = False

    def open_batch(self) -> str:
        """Make room for a drop and return its name, which nobody can guess; the oldest makes way for it."""
        while len(self._batches) >= _MOST_BATCHES:
            oldest = next(iter(self._batches))
            shutil.rmtree(self._batches.pop(oldest).folder, ignore_errors=True)
        name = secrets.token_urlsafe(16)
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir()
        self._batches[name] = Batch(folder, self._limits)
        return name

    def batch(self, name: str) -> Batch | None:
        """Return a drop, None if there is none of that name."""
        return self._batches.get(name)

    def judge(self, batch: Batch) -> None:
        """Have what has been received judged, as soon as what came before is."""
        batch.progress = Progress(Stage.WAITING, 0, len(batch.uploads))
        self._worker.submit(self._judge, batch)

    def close(self) -> None:
        """End what is being judged."""
        self._closed = True
        self._worker.shutdown(wait=False, cancel_futures=True)
        end_processes(tuple(self._processes))
        self._worker.shutdown()

    def _judge(self, batch: Batch) -> None:
        # A fork of a process with threads may find locks held that nobody will release.
        context = get_context("spawn")
        hears, tells = context.Pipe(duplex=False)
        arguments = (batch.folder, tuple(batch.uploads), self._limits, self._jobs, tells)
        process = context.Process(target=judge_uploads, args=arguments)
        with sheltered_start():
            process.start()
        self._processes.add(process)
        tells.close()
        if self._closed:  # perhaps too late for `close` to have seen it
            process.terminate()
        _follow(batch, process, hears)
        self._processes.discard(process)
        if batch.progress.stage not in (Stage.READY, Stage.FAILED):
            batch.progress = _DIED


def _follow(batch: Batch, process: SpawnProcess, hears: Connection) -> None:
    """Pass on what a process says until it has ended, and end what it has left behind.

    Its own processes hold the other end of the pipe too, so that the pipe alone does not tell that it has ended.
    """
    with suppress(EOFError):
        while process.is_alive() or hears.poll():
            if hears.poll(_MOMENT):
                batch.progress = hears.recv()
    process.join()
    if sys.platform != "win32" and process.pid is not None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
