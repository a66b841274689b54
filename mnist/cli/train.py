"""`mnist train`: parse, call, print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mnist import MnistError
from mnist.cli.options import Setting, changed, choose_place, measuring_options, read_data, recipe_options
from mnist.cli.progress import heading, progress

if TYPE_CHECKING:
    from mnist.checklist import Check
    from mnist.data import Digits
    from mnist.distributed import World
    from mnist.recipes import Source
    from mnist.run import Plan, Run

# `seed_epoch` multiplies a seed by 1,000 × 1,000, and the CPU's generator uses 32 bits of it: up to here, no two seeds
# share these bits.
MOST_SEED = 2**26 - 1


@click.command()
@click.argument("model")
@click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEED),
    default=0,
    show_default=True,
    help="Decides what is left to chance.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The folder of the run.  [default: runs/MODEL-EPOCHS-seedSEED]"
)
@click.option("--resume", is_flag=True, help="Go on with the run in the folder, after its last finished epoch.")
@measuring_options
@recipe_options
def train(
    model: str,
    seed: int,
    out: Path | None,
    resume: bool,
    data: Path,
    no_md5: bool,
    device: str,
    threads: int | None,
    validate: bool,
    source: Source,
    **recipe: Setting,
) -> None:
    """Train MODEL: a name that `mnist models` lists, or package.module:Class for your own.

    What is not given is taken from our recipe for the model, or with `--recipe published` from its published one.
    """
    from mnist.distributed import world_of_processes
    from mnist.models import create_model
    from mnist.recipes import recipe_for
    from mnist.run import Plan

    create_model(model)  # a mistake in its name should not cost a download
    default = recipe_for(model, source)
    where = choose_place(device, threads)
    held_out = "validation" if validate else "test"
    plan = Plan(model, changed(default, recipe, where), seed, where, held_out, source)
    folder = out or Path("runs") / plan.name
    if resume and not (folder / "config.json").exists():
        raise MnistError(str(folder), "no run there to resume", "leave --resume out to start one")
    digits = read_data(data, md5=not no_md5, validate=validate)
    with world_of_processes(where, plan.recipe.batch_size) as world:
        _train(plan, digits, folder, world, resume=resume)


def _train(plan: Plan, digits: tuple[Digits, Digits], out: Path, world: World, *, resume: bool) -> None:
    from mnist.report import write_report
    from mnist.run import Run

    run = Run(plan, *digits, out, resume=resume, world=world)
    if not world.leads:
        run.go()
        return
    _say_before(run)
    try:
        with progress() as (on_epoch, on_step):
            run.go(on_epoch, on_step)
    except KeyboardInterrupt:
        click.echo(f"mnist: {_kept(run)}", err=True)
        sys.exit(130)  # as shells have it for Ctrl-C
    checks = write_report(run, *digits)
    _say_after(checks, out)


def _kept(run: Run) -> str:
    if not run.history:
        return "stopped in the first epoch, of which nothing is kept; the same command starts anew"
    return f"stopped after epoch {len(run.history)}; --resume goes on from there"


def _say_before(run: Run) -> None:
    plan, epochs = run.plan, run.plan.recipe.epochs
    counted = f"{epochs} epoch{'s' if epochs > 1 else ''}"
    about = f"{run.config['parameters']:,} parameters, {counted}, seed {plan.seed}, {place(run)}"
    click.echo(f"{plan.model}: {about}")
    if len(run.history) == epochs:
        click.echo("finished already; its pictures and its workbook are made again")
    elif run.history:
        click.echo(f"going on after epoch {run.history[-1].epoch}")
    warn_of_changes(run)
    click.echo(heading(plan))


def place(run: Run) -> str:
    """Return where and in what number format a run computes."""
    threads = run.environment["threads"]
    counted = f" ({threads} thread{'s' if threads > 1 else ''})" if run.plan.device.type == "cpu" else ""
    return f"{run.plan.device.type}{counted}, {run.plan.recipe.precision}"


def warn_of_changes(run: Run) -> None:
    """Say where a resumed run's machine or programs are not those of its first part."""
    if run.environment_changes:
        changes = f"going on with {run.environment_changes}"
        click.echo(f"mnist: {changes}; the last digits may differ from those of a run in one piece", err=True)


def _say_after(checks: list[Check], out: Path) -> None:
    from mnist.checklist import checklist_lines

    click.echo()
    for line in checklist_lines(checks):
        click.echo(line)
    click.echo(f"\nwrote {out}")
