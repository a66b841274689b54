"""`python -m sheetgen`, and the program `sheetgen`."""

import os
import signal
import sys

from sheetgen.command_group import run


def main() -> None:
    """Run the command line; when it is told to end, it ends its processes and deletes its drafts first."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # The matrices are small, and a second thread of NumPy's costs processor time even while it waits for work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    run("sheetgen.cli", "sheetgen")


if __name__ == "__main__":
    main()
