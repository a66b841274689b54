"""The group that all commands belong to."""

import click

import sheetgen
from sheetgen.command_group import CommandGroup


@click.group("sheetgen", cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(sheetgen.__version__, prog_name="sheetgen")
def main() -> None:
    """Backpropagation worked out in a spreadsheet: every gradient and every update a live Excel formula."""
