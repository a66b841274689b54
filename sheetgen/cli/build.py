"""`sheetgen build`, `templates` and `render`: parse, call, print."""

import sys
from functools import partial
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

import sheetgen
from sheetgen import BuildReport, SheetgenError
from sheetgen.cli.options import listing
from sheetgen.console import progress_bar, standard_output
from sheetgen.errors import did_you_mean
from sheetgen.network.cached_values import Value
from sheetgen.network.templates import DEFAULT_TEMPLATE, read_template
from sheetgen.opened_file import show_file
from sheetgen.spreadsheet.package import Limits

_MOST_DIFFERENCES = 20
_MOST_WARNINGS = 5
_SHORT_BUILD = 5_000


@click.command(cls=listing("Keys of a TOML file", sheetgen.Experiment.described_keys()))
@click.argument("template", default=DEFAULT_TEMPLATE)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("BackPropagation.xlsx"),
    show_default=True,
    help="The workbook to write.",
)
@click.option("-r", "--rate", "rates", type=float, multiple=True, help="A learning rate; give it once for each sheet.")
@click.option("-n", "--iterations", type=int, help="How many times the weights are updated.")
@click.option(
    "--only",
    type=click.Choice(["table"]),
    help="Write only the training tables and their comparison, without the sheets that teach: for very long runs.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if OUTPUT is not what would be written.")
@click.option("--no-verify", is_flag=True, help="Do not judge the workbook after it is written.")
@click.option("--open", "show", is_flag=True, help="Show the workbook in the program that the system has for it.")
def build(
    template: str,
    output: Path,
    rates: tuple[float, ...],
    iterations: int | None,
    only: str | None,
    check: bool,
    no_verify: bool,
    show: bool,
) -> None:
    """Write the workbook of TEMPLATE: a name that `sheetgen templates` lists, or the path of your own TOML file."""
    experiment = sheetgen.load_experiment(template, learning_rates=rates or None, iterations=iterations)
    lessons = only is None
    if check:
        _check(experiment, output, lessons)
        return
    rows = (experiment.last_row + 1) * (len(experiment.learning_rates) + 1)
    try:
        with progress_bar("writing rows", rows, least=_SHORT_BUILD) as on_progress:
            report = sheetgen.build_workbook(experiment, output, on_progress, lessons=lessons)
    except SheetgenError as error:
        if error.where in sheetgen.Experiment.model_fields:  # a key of the template, whose file only we know
            raise SheetgenError(f"{template}: {error.where}", error.what, error.remedy) from error
        raise
    for line in experiment.unreachable_targets()[:_MOST_WARNINGS]:
        click.echo(f"warning: {template}, {line}", err=True)
    _print_report(report, output)
    if show:
        show_file(output)
    if not no_verify:
        _verify(output)


@click.command()
@click.argument("name", required=False)
def templates(name: str | None) -> None:
    """List the shipped templates, or print the one called NAME, to start your own from.

    For example: sheetgen templates class > mine.toml
    """
    if name is not None:
        click.echo(_text_of(name), nl=False)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("template", "network", "iterations", "title"):
        table.add_column(heading)
    for name in sheetgen.template_names():
        experiment = sheetgen.load_experiment(name)
        table.add_row(name, experiment.shape, f"{experiment.iterations:,}", escape(experiment.title))
    with standard_output() as console:
        console.print(table)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("output"),
    show_default=True,
    help="The folder to put the pictures into; it is made where there is none.",
)
@click.option("--sheet", "sheets", multiple=True, help="Only this sheet; may be given several times.")
@click.option("--charts-only", is_flag=True, help="Only the charts, which need no LibreOffice.")
def render(file: Path, output: Path, sheets: tuple[str, ...], charts_only: bool) -> None:
    """Make PNG pictures of the sheets of FILE, as LibreOffice shows them, and of its charts."""
    from sheetgen.workbook.render import render_charts, render_sheets  # matplotlib is slow to import, and optional

    pictures = render_charts(file, output, sheets)
    if not charts_only:
        pictures += render_sheets(file, output, sheets)
    for picture in pictures:
        click.echo(f"wrote {picture}")


def _text_of(name: str) -> str:
    known = sheetgen.template_names()
    if name not in known:
        remedy = f"{did_you_mean(name, known)}the shipped templates are {', '.join(known)}"
        raise SheetgenError(name, "no such template", remedy)
    return read_template(name)


def _verify(output: Path) -> None:
    """Judge the written workbook, print the verdict, and exit if it is not all right."""
    from sheetgen.recipe import verify_file
    from sheetgen.report import print_text
    from sheetgen.verify.batch import verify_many

    # Its size is the user's own choice, so nothing is too large here.
    limits = Limits(unpacked=sys.maxsize, cells=sys.maxsize)
    (report,) = verify_many([output], partial(verify_file, limits=limits))
    with standard_output() as console:
        print_text([report], console)
    if not report.ok:
        sys.exit(report.exit_code)


def _check(experiment: sheetgen.Experiment, output: Path, lessons: bool) -> None:
    differences = sheetgen.check_workbook(experiment, output, lessons=lessons)
    if not differences:
        click.echo(f"{output} is what would be written")
        return
    for difference in differences[:_MOST_DIFFERENCES]:
        click.echo(str(difference))
    if len(differences) > _MOST_DIFFERENCES:
        click.echo(f"… and {len(differences) - _MOST_DIFFERENCES:,} more")
    click.echo(f"{output} differs from what would be written in {len(differences):,} places")
    sys.exit(1)


def _print_report(report: BuildReport, output: Path) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("sheet")
    for heading in ("η", f"{report.curve} first", f"{report.curve} last"):
        table.add_column(heading, justify="right")
    for rate in report.rates:
        table.add_row(rate.sheet, repr(rate.learning_rate), _number(rate.first), _number(rate.last))
    with standard_output() as console:
        console.print(table)
        console.print()
        console.print(
            f"{len(report.sheets)} sheets, {report.cells:,} cells, {report.formulas:,} live formulas, "
            f"{report.size / 1024:,.0f} KiB, {report.seconds:.2f} s"
        )
        console.print(f"wrote {escape(str(output))}", soft_wrap=True)


def _number(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:.12g}"
