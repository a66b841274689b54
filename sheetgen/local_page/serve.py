"""Serving the page until Ctrl-C."""

import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import uvicorn

from sheetgen.errors import SheetgenError, reason_of
from sheetgen.local_page.application import make_application
from sheetgen.local_page.desk import Desk
from sheetgen.spreadsheet.package import Limits

_HOST = "127.0.0.1"
_BACKLOG = 64


def serve(port: int, limits: Limits, jobs: int, started: Callable[[str], None]) -> None:
    """Serve the page until the process is told to end; then nothing of it is left.

    Args:
        port: where, on 127.0.0.1; 0 for any that is free.
        limits: how large files may be.
        jobs: how many files may be judged at the same time.
        started: called with the page's address as soon as a browser may open it.

    Raises:
        SheetgenError: the port cannot be had.
        KeyboardInterrupt: Ctrl-C.
    """
    with closing(_listen(port)) as listener, _scratch() as folder, closing(Desk(folder, limits, jobs)) as desk:
        port = listener.getsockname()[1]
        app = make_application(desk, limits, port, secrets.token_urlsafe(32))
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # `application` shows what matters
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        started(f"http://{_HOST}:{port}/")
        uvicorn.Server(config).run(sockets=[listener])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # where it would let two programs have the same port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        what = f"port {port} of {_HOST} cannot be had ({reason_of(error)})"
        raise SheetgenError("--port", what, "choose another, or none for any that is free") from error
    return listener


@contextmanager
def _scratch() -> Iterator[Path]:
    """Make a temporary folder that is removed in the end, also when the terminal is closed."""
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as after nohup
        signal.signal(signal.SIGHUP, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="sheetgen-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
