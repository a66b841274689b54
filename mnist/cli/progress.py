"""How a training is followed: a line per epoch, and on a terminal bars with the time left."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sheetgen.console import Output, is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mnist.run import Plan
    from mnist.train import EpochResult, Step


def heading(plan: Plan) -> str:
    """Return the line above the figures of a plan's epochs."""
    measured = "test loss" if plan.held_out == "test" else "val. loss"
    return f"epoch  train loss  {measured}  accuracy  seconds"


def epoch_line(result: EpochResult) -> str:
    """Return an epoch's figures, to stand under `heading`."""
    return (
        f"{result.epoch:5}  {result.train_loss:10.4f}  {result.test_loss:9.4f}  "
        f"{result.accuracy:6.2f} %  {result.seconds:7.1f}"
    )


@contextmanager
def progress() -> Iterator[tuple[Callable[[EpochResult], None], Callable[[Step], None] | None]]:
    """Print a line per epoch, and on a terminal show how far the epoch and the whole training are."""
    console = Output()
    if not is_terminal(console):
        yield (lambda result: click.echo(epoch_line(result)), None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("left"), console=console, transient=True) as display:
        bars = Bars(display)
        yield (lambda result: display.console.out(epoch_line(result), highlight=False), bars.show)


class Bars:
    """Two bars with the time left: of the epoch, and of the whole training.

    Args:
        display: where they are shown.
    """

    def __init__(self, display: Progress) -> None:
        self._display: Progress = display
        self._epoch = display.add_task("epoch", total=None)
        self._training = display.add_task("all epochs", total=None)
        self._shown: Step | None = None

    def show(self, step: Step) -> None:
        """Show that a step is finished."""
        if self._shown is None or step.epoch < self._shown.epoch:  # another training, perhaps a resumed one
            before = (step.epoch - 1) * step.steps
            self._display.reset(self._training, total=step.epochs * step.steps, completed=before)
        if self._shown is None or step.epoch != self._shown.epoch:  # a finished bar would stay at no time left
            self._display.reset(self._epoch, total=step.steps, description=f"epoch {step.epoch} of {step.epochs}")
        self._display.update(self._epoch, completed=step.done)
        self._display.update(self._training, completed=(step.epoch - 1) * step.steps + step.done)
        self._shown = step
