"""`python -m sheetgen`, and the program `sheetgen`."""

import signal
import sys

from sheetgen.command_group import run


def main() -> None:
    """Run the command line; when it is told to end, it ends its processes and deletes its drafts first."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    run("sheetgen.cli", "sheetgen")


if __name__ == "__main__":
    main()
