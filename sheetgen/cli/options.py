"""Options that several commands have."""

from collections.abc import Callable

import click

from sheetgen.spreadsheet.package import Limits

_MEGABYTE = 1_000_000
Option = Callable[[Callable[..., None]], Callable[..., None]]

max_cells: Option = click.option(
    "--max-cells",
    type=click.IntRange(min=1),
    default=Limits().cells,
    show_default=True,
    help="Refuse a sheet with more cells.",
)
max_size: Option = click.option(
    "--max-size",
    type=click.IntRange(min=1),
    default=Limits().unpacked // _MEGABYTE,
    show_default=True,
    help="Refuse a file that is larger unpacked, in MB.",
)


def limits_of(max_size: int, max_cells: int) -> Limits:
    """Return the limits that the two options give."""
    return Limits(max_size * _MEGABYTE, max_cells)
