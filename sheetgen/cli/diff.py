"""`sheetgen diff` and `textconv`: parse, call, print."""

import io
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click

from sheetgen.cli.main import main
from sheetgen.cli.options import limits_of, max_cells, max_size
from sheetgen.diff.changes import TOLERANCE, DiffOptions, WorkbookDiff
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.diff.diff_markup import github_lines, markdown_lines
from sheetgen.diff.diff_report import json_text, text_lines
from sheetgen.diff.textconv import text_of
from sheetgen.errors import SheetgenError
from sheetgen.files import write_lines
from sheetgen.spreadsheet.package import Limits
from sheetgen.visible_text import visible
from sheetgen.workflow_commands import append_summary

_FORMATS: dict[str, Callable[[WorkbookDiff], Iterable[str]]] = {
    "text": text_lines,
    "json": lambda diff: [json_text(diff)],
    "markdown": markdown_lines,
    "github": github_lines,
}
_COLOURS = {"-": "red", "+": "green", "@": "cyan"}


def _finite(_: click.Context, __: click.Parameter, number: float) -> float:
    if not math.isfinite(number):
        raise click.BadParameter("give a finite number.")
    return number


@main.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(list(_FORMATS)),
    default="text",
    show_default=True,
    help="How to say it; github annotates a workflow run and adds to its summary.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to this file.")
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
@max_size
@max_cells
def diff(
    old: Path,
    new: Path,
    style: str,
    output: Path | None,
    tolerance: float,
    ignored: tuple[str, ...],
    max_size: int,
    max_cells: int,
) -> None:
    """Compare two workbooks cell by cell; exit with 0 if they are the same, 1 if not, 2 if that cannot be told.

    Inserted and removed rows and columns are recognised, and what they shift does not count as changed.
    """
    options = DiffOptions(tolerance, "formulas" in ignored, "values" in ignored)
    limits = limits_of(max_size, max_cells)
    try:
        found = compare_workbooks(old, new, options, limits)
    except MemoryError as error:
        raise SheetgenError(
            f"{old} and {new}", "too large for this machine's memory", "compare smaller ones"
        ) from error
    if output is None:
        _print(_FORMATS[style](found))
    else:
        write_lines(output, _FORMATS[style](found), (old, new))
    if style == "github":
        append_summary("".join(f"{line}\n" for line in markdown_lines(found)))
    sys.exit(0 if found.same else 1)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--no-values", is_flag=True, help="Leave out what the formulas come to.")
@max_size
@max_cells
def textconv(file: Path, no_values: bool, max_size: int, max_cells: int) -> None:
    """Print FILE as text, one line a cell, for git: see the README for the two lines of configuration.

    A file that cannot be read is one line, too, for git would stop at it and show none of the files after it.
    """
    _print(_text_of(file, limits_of(max_size, max_cells), values=not no_values), coloured=False)


def _text_of(file: Path, limits: Limits, *, values: bool) -> Iterator[str]:
    try:
        yield from text_of(file, limits, values=values)
    except SheetgenError as error:
        if not file.is_file():
            raise
        # Without the path, which git makes up anew each time.
        yield f"cannot be read: {visible(error.what)}"


def _print(lines: Iterable[str], *, coloured: bool = True) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):  # a file's text may hold signs that the terminal's encoding has not
        sys.stdout.reconfigure(encoding=None if coloured else "utf-8", errors="backslashreplace")
    if coloured and sys.stdout.isatty():
        lines = _coloured(lines)
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _coloured(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield click.style(line, fg=_COLOURS.get(line[:1]))
