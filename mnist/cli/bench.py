"""`mnist bench`: parse, call, print."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from mnist.cli.options import Setting, changed, choose_place, measuring_options, read_data, recipe_options
from mnist.cli.progress import heading, progress
from mnist.cli.train import place, warn_of_changes
from sheetgen.console import standard_output

if TYPE_CHECKING:
    from mnist.recipes import Source
    from mnist.results import Line, Result
    from mnist.run import Plan, Run


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="Seeds 0, 1, … of each model.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="The folder of all runs."
)
@measuring_options
@recipe_options
def bench(
    models: tuple[str, ...],
    seeds: int,
    out: Path,
    data: Path,
    no_md5: bool,
    device: str,
    threads: int | None,
    validate: bool,
    source: Source,
    **recipe: Setting,
) -> None:
    """Train several seeds of each MODEL, or of all, and show mean ± standard deviation.

    Each run is kept: the same command again reads the finished ones and goes on with those that were begun. Every
    result goes into results.json, beside those of earlier calls.
    """
    from mnist.models import MODELS, create_model
    from mnist.recipes import PUBLISHED, recipe_for
    from mnist.run import Plan

    for model in models:
        create_model(model)  # a mistake in the last name should not come to light after hours
    chosen = models or (PUBLISHED if source == "published" else MODELS)
    defaults = {model: recipe_for(model, source) for model in chosen}
    where = choose_place(device, threads)
    held_out = "validation" if validate else "test"
    plans = [
        Plan(model, changed(default, recipe, where), seed, where, held_out, source)
        for model, default in defaults.items()
        for seed in range(seeds)
    ]
    results = _run(plans, data, out, md5=not no_md5, validate=validate)
    _print(results)


def _run(plans: list[Plan], data: Path, out: Path, *, md5: bool, validate: bool) -> list[Result]:
    from mnist.bench import run_all
    from mnist.results import merge_results, read_results, write_results

    path = out / "results.json"
    earlier = read_results(path) if path.exists() else []
    digits = read_data(data, md5=md5, validate=validate)
    results: list[Result] = []
    with progress() as (on_epoch, on_step):
        for result in run_all(plans, *digits, out, _say, on_epoch, on_step):
            results.append(result)
            write_results(path, merge_results(earlier, results))
    return results


def _say(run: Run) -> None:
    warn_of_changes(run)
    click.echo(f"{run.plan.model}, seed {run.plan.seed}, {place(run)}\n{heading(run.plan)}")


def _print(results: list[Result]) -> None:
    from mnist.results import summarise_seeds

    by_model: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_model[result.config["model"]].append(result)
    table = Table(box=None, pad_edge=False)
    table.add_column("model")
    for column in ("parameters", "epochs", "seeds", "last epoch", "lowest", "best epoch", "s/epoch"):
        table.add_column(column, justify="right")
    for group in by_model.values():
        table.add_row(*_cells(summarise_seeds(group)))
    click.echo()
    with standard_output() as console:
        console.print(table)


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.model,
        *line.figures,
        f"{line.seconds:,.1f}",
    )
