"""Many workbooks on a Dask cluster that the user already has.

The cluster's machines need not share a disk with this one: each file's bytes travel, and a worker judges a copy.
They need this package, in the same version.
"""

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import sleep
from types import ModuleType
from typing import TYPE_CHECKING

from sheetgen.errors import SheetgenError
from sheetgen.verify.batch import Judge, Progress, judged, renamed
from sheetgen.verify.findings import FileReport
from sheetgen.verify.process_pool import collect

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from distributed import Client

_MOST_SENT = 256  # files at a time, whose bytes the scheduler holds
_CONNECT, _MOMENT = 15.0, 0.05  # seconds


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
    library = _library()
    died = (library.KilledWorker, "judging it ended the cluster's process")
    with _client(library, scheduler) as client:
        workers: Executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]

        def submit(path: Path) -> "Future[FileReport]":
            future: Future[FileReport] = Future()
            if not (path.is_file() and os.access(path, os.R_OK)):
                future.set_result(judged(path, judge))  # which says what is the matter
            elif not _connected(client):
                future.set_exception(CancelledError())
            else:
                return workers.submit(judge_bytes, str(path), path.read_bytes(), judge)
            return future

        return collect(paths, submit, _MOST_SENT, died, on_done)


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
        return renamed(judged(copy, judge), copy, name)


def _connected(client: "Client") -> bool:
    """Tell whether the cluster is there, when trying to connect again is over."""
    while client.status == "connecting":
        sleep(_MOMENT)
    return client.status == "running"


@contextmanager
def _client(library: ModuleType, scheduler: str) -> Iterator["Client"]:
    """Connect to a cluster that has workers, and keep the library's log and warnings off the terminal meanwhile."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), _connect(library, scheduler) as client:
            warnings.filterwarnings("ignore", message="Sending large graph")  # a file travels with its task
            try:
                client.wait_for_workers(1, timeout=_CONNECT)
            except TimeoutError as error:
                raise SheetgenError(scheduler, "the Dask cluster has no workers", "start some") from error
            yield client
    finally:
        logging.disable(logging.NOTSET)


def _connect(library: ModuleType, scheduler: str) -> "Client":
    try:
        client: Client = library.Client(scheduler, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, TimeoutError, RuntimeError) as error:
        what, remedy = "no Dask scheduler answers there", "check the address, such as tcp://10.0.0.1:8786"
        raise SheetgenError(scheduler, what, remedy) from error
    return client


def _library() -> ModuleType:
    try:
        return import_module("distributed")
    except ImportError as error:
        remedy = 'install it with: pip install "backpropagation-sheets[cluster]"'
        raise SheetgenError("--scheduler", "distributed is not installed", remedy) from error
