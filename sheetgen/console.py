"""Rich's console, and a progress bar on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


class Output(Console):
    """Rich's console, which leaves closed pipes to the group of commands."""

    def on_broken_pipe(self) -> None:
        """Do not exit with 1, which would mean that something was found."""
        raise  # Rich calls this while it handles the error


@contextmanager
def progress_bar(what: str, size: int, least: int) -> Iterator[Callable[[int, int], None] | None]:
    """Show a progress bar on a terminal for a job of at least some size, and yield its update function; else None."""
    console = Output(stderr=True)
    if size < least or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=size)
        yield lambda done, total: progress.update(task, completed=done, total=total)
