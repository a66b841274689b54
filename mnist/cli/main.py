"""The group that all commands belong to."""

import click

import mnist
from sheetgen.command_group import CommandGroup


class _Group(CommandGroup):
    remedy = 'pip install -e ".[mnist]"'


@click.group("mnist", cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(mnist.__version__, prog_name="mnist")
def main() -> None:
    """Small convolutional networks for MNIST: train them, measure them, show what they do."""
