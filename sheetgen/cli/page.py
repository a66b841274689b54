"""`sheetgen page`: parse, call, print."""

from collections.abc import Callable
from importlib import import_module

import click

from sheetgen.cli.options import takes_jobs, takes_limits
from sheetgen.errors import SheetgenError
from sheetgen.opened_file import show_address
from sheetgen.spreadsheet.package import Limits

_HIGHEST_PORT = 65_535


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, _HIGHEST_PORT),
    default=0,
    show_default="any that is free",
    help="Serve the page on this port of 127.0.0.1.",
)
@click.option("--no-open", "hidden", is_flag=True, help="Do not open the page in the browser.")
@takes_jobs
@takes_limits
def page(port: int, hidden: bool, jobs: int, limits: Limits) -> None:
    """Judge workbooks that are dropped on a page in the browser.

    The page is served on this machine, and only to it, until Ctrl-C. Workbooks dropped there stay on the machine, in a
    temporary folder that is removed in the end. Needs the extra `page`.
    """

    def started(address: str) -> None:
        click.echo(f"{address} (Ctrl-C ends it)")
        if not hidden:
            show_address(address)

    _server()(port, limits, jobs, started)


def _server() -> Callable[[int, Limits, int, Callable[[str], None]], None]:
    """Import the server, which needs an optional dependency."""
    for library in ("starlette", "uvicorn"):
        try:
            import_module(library)
        except ImportError as error:
            remedy = 'install it with: pip install "backpropagation-sheets[page]"'
            raise SheetgenError("sheetgen page", f"{library} is not installed", remedy) from error
    from sheetgen.local_page.serve import serve

    return serve
