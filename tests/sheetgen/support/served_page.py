"""`sheetgen page` as a process of its own, as a user starts it."""

import os
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
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)
    try:
        assert process.stdout is not None
        yield Served(process, process.stdout.readline().split(" ")[0], scratch)
    finally:
        process.terminate()
        process.communicate()
