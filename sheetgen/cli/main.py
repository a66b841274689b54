"""The group that all commands belong to."""

import click

from sheetgen.command_group import CommandGroup, LazyCommand


@click.group("sheetgen", cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backpropagation-sheets", prog_name="sheetgen")
def main() -> None:
    """Backpropagation worked out in a spreadsheet: every gradient and every update a live Excel formula."""


main.add_command(LazyCommand("build", "sheetgen.cli.build", "Write the workbook of a template."))
main.add_command(LazyCommand("templates", "sheetgen.cli.build", "List the shipped templates, or print one."))
main.add_command(LazyCommand("render", "sheetgen.cli.build", "Make pictures of a workbook's sheets and charts."))
main.add_command(LazyCommand("diff", "sheetgen.cli.diff", "Compare two workbooks cell by cell."))
main.add_command(LazyCommand("textconv", "sheetgen.cli.diff", "Print a workbook as text, for git."))
main.add_command(LazyCommand("verify", "sheetgen.cli.verify", "Judge every cell of backpropagation tables."))
