"""`mnist models` and `mnist summary`: parse, call, print."""

import click
from rich.table import Table

from sheetgen.console import standard_output


@click.command()
def models() -> None:
    """List the models."""
    from mnist.models import MODELS, create_model, parameter_count
    from mnist.recipes import PUBLISHED

    table = Table(box=None, pad_edge=False)
    for heading, side in (("model", "left"), ("parameters", "right"), ("published", "right"), ("what it is", "left")):
        table.add_column(heading, justify=side)  # type: ignore[arg-type]
    for name, entry in MODELS.items():
        published = f"{entry.published:.2f} %" if entry.published else ""
        published += f", epoch {entry.published_epoch}" if entry.published_epoch else ""
        table.add_row(name, f"{parameter_count(create_model(name)):,}", published, entry.about)
    recipes = Table(box=None, pad_edge=False, title="--recipe published", title_justify="left")
    for heading in ("model", "what its source says", "our choice where it says nothing"):
        recipes.add_column(heading)
    for name in (name for name, entry in MODELS.items() if entry.published):
        published_recipe = PUBLISHED.get(name)
        words = (
            (published_recipe.said, published_recipe.note) if published_recipe else ("nothing", "cannot be repeated")
        )
        recipes.add_row(name, *words)
    with standard_output() as console:
        console.print(table)
        console.print()
        console.print(recipes)


@click.command()
@click.argument("model")
def summary(model: str) -> None:
    """Show the layers of MODEL: shapes, parameters, multiply-adds and receptive fields."""
    from mnist.models import create_model
    from mnist.summary import summarise, summary_lines

    for line in summary_lines(summarise(create_model(model))):
        click.echo(line)
