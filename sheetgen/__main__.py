"""`python -m sheetgen`, and the program `sheetgen`."""

import gc
import signal
import sys

from sheetgen.command_group import run

# Hardly anything here refers to itself, and searching the pieces of formulas for what does takes an eighth of the time.
_OBJECTS_TO_A_COLLECTION = 100_000


def main() -> None:
    """Run the command line; when it is told to end, it ends its processes and deletes its drafts first."""
    gc.set_threshold(_OBJECTS_TO_A_COLLECTION)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    run("sheetgen.cli", "sheetgen")


if __name__ == "__main__":
    main()
