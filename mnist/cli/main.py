"""The command line's frame: one group, and one way to complain."""

import sys

import click

import mnist
from mnist import MnistError


class _Group(click.Group):
    """Prints a user's mistake as one line and exits with 2, for every command alike."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except MnistError as error:
            complaint = str(error)
        except ModuleNotFoundError as error:
            complaint = f'{error.name}: not installed; pip install -e ".[mnist]"'
        except click.UsageError as error:
            place = error.ctx.command_path if error.ctx else "mnist"
            click.echo(f"{place}: {error.format_message()} See {place} --help.", err=True)
            sys.exit(2)
        click.echo(f"mnist: {complaint}", err=True)
        sys.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(mnist.__version__, prog_name="mnist")
def main() -> None:
    """Small convolutional networks for MNIST: train them, measure them, show what they do."""
