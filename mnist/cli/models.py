"""`mnist models` and `mnist summary`: parse, call, print."""

import click
from rich.table import Table

from sheetgen.console import standard_output


@click.command()
def models() -> None:
    """List the models."""
    from mnist.models import MODELS, create_model, parameter_count

    table = Table(box=None, pad_edge=False)
    for heading, side in (("model", "left"), ("parameters", "right"), ("published", "right"), ("what it is", "left")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for name, entry in MODELS.items():
        published = f"{entry.published:.2f} %" if entry.published else ""
        published += f", epoch {entry.published_epoch}" if entry.published_epoch else ""
        table.add_row(name, f"{parameter_count(create_model(name)):,}", published, entry.about)
    with standard_output() as console:
        console.print(table)


@click.command()
@click.argument("model")
def summary(model: str) -> None:
    """Show the layers of MODEL: shapes, parameters, multiply-adds and receptive fields."""
    from mnist.models import create_model
    from mnist.summary import summarise, summary_lines

    for line in summary_lines(summarise(create_model(model))):
        click.echo(line)
