"""The command line's frame: one group, and one way to complain."""

import sys

import click

import sheetgen
from sheetgen import SheetgenError


class _Group(click.Group):
    """Prints a user's mistake as one line and exits with 2, for every command alike."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SheetgenError as error:
            click.echo(f"sheetgen: {error}", err=True)
            sys.exit(2)
        except click.UsageError as error:
            place = error.ctx.command_path if error.ctx else "sheetgen"
            click.echo(f"{place}: {error.format_message()} See {place} --help.", err=True)
            sys.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sheetgen.__version__, prog_name="sheetgen")
def main() -> None:
    """Backpropagation worked out in a spreadsheet: every gradient and every update a live Excel formula."""
