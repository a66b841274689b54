"""Options that several commands share."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from sheetgen.spreadsheet.package import Limits

_MEGABYTE = 1_000_000
Command = Callable[..., None]


report_file: Callable[[Command], Command] = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the report to this file."
)


def listing(title: str, rows: Sequence[tuple[str, str]]) -> type[click.Command]:
    """Return a kind of command whose help ends with a table of two columns."""

    class Listing(click.Command):
        def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            super().format_epilog(ctx, formatter)
            with formatter.section(title):
                formatter.write_dl(rows)

    return Listing


def report_format(formats: Sequence[str]) -> Callable[[Command], Command]:
    """Return the option `--format`, which a command receives as `style`."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(formats),
        default="text",
        show_default=True,
        help="How to say it; github annotates a workflow run and adds to its summary.",
    )


def takes_limits(command: Command) -> Command:
    """Give a command the options that limit the size of a file, and pass it their `limits`."""

    @click.option(
        "--max-size",
        type=click.IntRange(min=1),
        default=Limits().unpacked // _MEGABYTE,
        show_default=True,
        help="Refuse a file that is larger unpacked, in MB.",
    )
    @click.option(
        "--max-cells",
        type=click.IntRange(min=1),
        default=Limits().cells,
        show_default=True,
        help="Refuse a sheet with more cells.",
    )
    @wraps(command)
    def limited(*, max_size: int, max_cells: int, **others: Any) -> None:  # noqa: ANN401
        command(limits=Limits(max_size * _MEGABYTE, max_cells), **others)

    return limited
