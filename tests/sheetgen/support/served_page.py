"""`sheetgen page` as a process of its own, as a user starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]


class Served(NamedTuple):
    """A page that is being served: its process, its address, and the folder where it may write."""

    process: subprocess.Popen[str]
    address: str
    scratch: Path


@contextmanager
def served_page(scratch: Path, *options: str) -> Iterator[Served]:
    """Start the page without a browser; end it if it has not ended by itself."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    command = [sys.executable, "-m", "sheetgen", "page", "--no-open", "-j", "2", *options]
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_with_default_hang_up if os.name == "posix" else None,
    )
    try:
        assert process.stdout is not None
        yield Served(process, process.stdout.readline().split(" ")[0], scratch)
    finally:
        process.terminate()
        process.communicate()


def _with_default_hang_up() -> None:
    """Let SIGHUP end the page, also where these tests run under `nohup`, whose children ignore it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
