"""`sheetgen diff` and `textconv`: parse, call, print."""

import io
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from sheetgen.cli.options import report_file, report_format, takes_limits
from sheetgen.diff.changes import TOLERANCE, DiffOptions
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.diff.diff_markup import github_lines, markdown_lines
from sheetgen.diff.diff_report import json_text, text_lines
from sheetgen.diff.textconv import text_of
from sheetgen.errors import SheetgenError
from sheetgen.files import write_lines
from sheetgen.spreadsheet.package import Limits
from sheetgen.visible_text import visible
from sheetgen.workflow_commands import append_summary

_FORMATS: dict[str, Callable[..., Iterable[str]]] = {
    "text": text_lines,
    "json": lambda diff, everything: [json_text(diff, everything=everything)],
    "markdown": markdown_lines,
    "github": github_lines,
}
_COLOURS = {"-": "red", "+": "green", "~": "yellow", "@": "cyan"}


def _finite(_: click.Context, __: click.Parameter, number: float) -> float:
    if not math.isfinite(number):
        raise click.BadParameter("give a finite number.")
    return number


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@report_format(list(_FORMATS))
@report_file
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=TOLERANCE,
    show_default=True,
    callback=_finite,
    help="The largest relative difference of two numbers that counts as none.",
)
@click.option(
    "--ignore",
    "ignored",
    type=click.Choice(["formulas", "values"]),
    multiple=True,
    help="formulas: compare only what they come to. values: compare only what is typed, formulas and constants.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List also the values that follow from other changes and the cells of what was inserted; cut no formula.",
)
@takes_limits
def diff(
    old: Path,
    new: Path,
    style: str,
    output: Path | None,
    tolerance: float,
    ignored: tuple[str, ...],
    everything: bool,
    limits: Limits,
) -> None:
    """Compare two workbooks cell by cell; exit with 0 if they are the same, 1 if not, 2 if they cannot be compared.

    Inserted, removed, moved and sorted rows and columns, moved cells and renamed sheets are recognised, and what they
    shift does not count as changed. Values that merely follow from other changes are counted, not listed.
    """
    options = DiffOptions(tolerance, "formulas" in ignored, "values" in ignored, everything)
    try:
        found = compare_workbooks(old, new, options, limits)
    except MemoryError as error:
        raise SheetgenError(
            f"{old} and {new}", "too large for this machine's memory", "compare smaller ones"
        ) from error
    lines = _FORMATS[style](found, everything=everything)
    if output is not None:
        write_lines(output, lines, (old, new))
    else:
        sys.stdout.writelines(f"{line}\n" for line in (_coloured(lines) if sys.stdout.isatty() else lines))
    if style == "github":
        append_summary("".join(f"{line}\n" for line in markdown_lines(found, everything=everything)))
    sys.exit(0 if found.same else 1)


def _coloured(lines: Iterable[str]) -> Iterator[str]:
    return (click.style(line, fg=_COLOURS.get(line[:1])) for line in lines)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--no-values", is_flag=True, help="Leave out what the formulas come to.")
@takes_limits
def textconv(file: Path, no_values: bool, limits: Limits) -> None:
    """Print FILE as text, one line per cell, for git; docs/diff.md has the two lines of configuration.

    A file that cannot be read becomes a single line: git would stop at an error and show none of the files after it.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # git takes UTF-8, whatever a terminal does
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.writelines(f"{line}\n" for line in _text_of(file, limits, values=not no_values))


def _text_of(file: Path, limits: Limits, *, values: bool) -> Iterator[str]:
    try:
        yield from text_of(file, limits, values=values)
    except SheetgenError as error:
        if not file.is_file():
            raise
        # Without the path, which git makes up anew each time.
        yield f"cannot be read: {visible(error.what)}"
