"""`python -m sheetgen`, and the program `sheetgen`."""

import gc
import os
import signal
import sys

from sheetgen.command_group import run

_FEW_COLLECTIONS = 100_000


def main() -> None:
    """Run the command line; when it is told to end, it ends its processes and deletes its drafts first."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # The matrices are small, and a second thread of NumPy's costs processor time even while it waits for work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A workbook becomes many small objects; to look for circles among them takes longer than those would cost.
    gc.set_threshold(_FEW_COLLECTIONS)
    run("sheetgen.cli", "sheetgen")


if __name__ == "__main__":
    main()
