"""Rich's console on standard output, and a progress bar."""

import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_PIPE_WIDTH = 120
# Blanks at the end of a line, also before codes that end a colour.
_TRAILING = re.compile(r" +((?:\x1b\[[0-9;]*m)*)$", re.MULTILINE)


class Output(Console):
    """Rich's console, which leaves closed pipes to the group of commands."""

    def on_broken_pipe(self) -> None:
        """Do not exit with 1, which would mean that something was found."""
        raise  # Rich calls this while it handles the error


@contextmanager
def standard_output() -> Iterator[Console]:
    """Yield a console for standard output.

    What goes to a file or a pipe has lines of up to 120 characters without blanks at their ends, and colours only if
    the environment asks for them (`FORCE_COLOR`).
    """
    if sys.stdout.isatty():
        yield Output(highlight=False)
        return
    stream = io.StringIO()
    yield Console(file=stream, width=_PIPE_WIDTH, highlight=False, force_jupyter=False)
    sys.stdout.write(_TRAILING.sub(r"\1", stream.getvalue()))


@contextmanager
def progress_bar(what: str, size: int, least: int) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal for a job of at least some size, and yield its update function; else None."""
    console = Output(stderr=True)
    if size < least or not is_terminal(console):
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=size)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def is_terminal(console: Console) -> bool:
    """Tell whether a console can show a bar that moves; being told to use colours does not make a log a terminal."""
    return console.file.isatty() and console.is_terminal and not console.is_dumb_terminal
