"""Several seeds of several models, each run kept in a folder of its own."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mnist.data import Digits
from mnist.results import Result, read_run
from mnist.run import OnEpoch, Plan, Run
from mnist.train import OnStep

OnRun = Callable[[Run], None]


def run_all(
    plans: Sequence[Plan],
    train: Digits,
    held_out: Digits,
    out: Path,
    on_run: OnRun | None = None,
    on_epoch: OnEpoch | None = None,
    on_step: OnStep | None = None,
) -> Iterator[Result]:
    """Train all plans, one after another, and yield each result; finished runs are not trained again.

    Args:
        plans: what to train.
        train: what to train on.
        held_out: what to measure on.
        out: the folder under which each run has its own.
        on_run: called when a run begins.
        on_epoch: called with the figures of every epoch.
        on_step: called after every step.

    Raises:
        MnistError: a run fails; earlier ones are kept.
    """
    for plan in plans:
        folder = out / plan.name
        run = Run(plan, train, held_out, folder, resume=True)
        if on_run is not None:
            on_run(run)
        run.go(on_epoch, on_step)
        yield read_run(folder)
