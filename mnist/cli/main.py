"""The group that all commands belong to."""

import click

from sheetgen.command_group import CommandGroup, LazyCommand


class _Group(CommandGroup):
    remedy = 'pip install -e ".[mnist]"'


@click.group("mnist", cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backpropagation-sheets", prog_name="mnist")
def main() -> None:
    """Small convolutional networks for MNIST: train them, measure them, show what they do."""


main.add_command(LazyCommand("train", "mnist.cli.train", "Train a model, and keep what came of it."))
main.add_command(LazyCommand("bench", "mnist.cli.bench", "Train several seeds, and show mean ± deviation."))
main.add_command(LazyCommand("evaluate", "mnist.cli.evaluate", "Measure a trained model on the test images."))
main.add_command(LazyCommand("predict", "mnist.cli.evaluate", "Say which digit a picture shows."))
main.add_command(LazyCommand("models", "mnist.cli.models", "List the models."))
main.add_command(LazyCommand("summary", "mnist.cli.models", "Show the layers of a model."))
main.add_command(LazyCommand("workbook", "mnist.cli.workbook", "Write a model as live formulas, and verify it."))
