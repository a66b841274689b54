"""`sheetgen verify`: parse, call, print."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from sheetgen.cli.options import listing, report_file, report_format, takes_limits
from sheetgen.console import progress_bar, standard_output
from sheetgen.errors import SheetgenError
from sheetgen.files import write_lines
from sheetgen.recalculate import TITLES
from sheetgen.recipe import verify_file
from sheetgen.report import FORMATS, append_step_summary, print_text, render
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.batch import Judge, verify_many
from sheetgen.verify.findings import FileReport, FindingKind, exit_code
from sheetgen.verify.folders import say_skipped, search

_KINDS = [(str(kind), kind.meaning) for kind in FindingKind]


@click.command(cls=listing("Kinds of finding, the worst first", _KINDS))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@report_format(FORMATS)
@report_file
@click.option(
    "--mark",
    type=click.Path(path_type=Path),
    help="Write a copy of the workbook with the wrong cells coloured and explained to this file.",
)
@click.option("--engine", type=click.Choice(list(TITLES)), help="Have this engine recalculate the workbook as well.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="all processors",
    help="How many files may be judged at the same time.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Judge on the Dask cluster of this scheduler.")
@takes_limits
def verify(
    files: tuple[Path, ...],
    style: str,
    output: Path | None,
    mark: Path | None,
    engine: str | None,
    jobs: int,
    scheduler: str | None,
    limits: Limits,
) -> None:
    """Judge every cell of the backpropagation tables in FILE..., workbooks or folders of them.

    Exits with 1 if anything is wrong, or else 2 if anything could not be judged, or else 0.
    """
    paths, skipped = search(files)
    if mark is not None and len(paths) > 1:
        raise SheetgenError("--mark", f"{len(paths)} workbooks, but one copy to mark", "give one workbook")
    reports = _judge(paths, partial(judge_file, limits=limits, engine=engine), jobs, scheduler)
    if mark is not None:
        _mark(paths[0], mark, reports[0], limits)
    _say(reports, style, output, paths)
    if skipped:
        click.echo(say_skipped(skipped), err=True)
    sys.exit(exit_code(reports))


def judge_file(path: Path, limits: Limits, engine: str | None) -> FileReport:
    """Judge a workbook, and have an engine recalculate it as well if one is named."""
    report = verify_file(path, limits)
    if engine is None:
        return report
    from sheetgen.recalculate.stale_findings import add_stale_findings  # only this option needs it

    return add_stale_findings(report, engine, limits)


def _judge(paths: Sequence[Path], judge: Judge, jobs: int, scheduler: str | None) -> list[FileReport]:
    with progress_bar("judging workbooks", len(paths), least=2) as on_done:
        if scheduler is not None:
            from sheetgen.verify.cluster import verify_on_cluster  # needs an optional dependency

            return verify_on_cluster(paths, judge, scheduler, on_done)
        return verify_many(paths, judge, jobs, on_done)


def _mark(source: Path, target: Path, report: FileReport, limits: Limits) -> None:
    if report.error is not None and not report.findings:
        return
    from sheetgen.annotate import mark_workbook  # only this option needs it

    mark_workbook(source, target, report.findings, limits)
    click.echo(f"wrote {target}", err=True)


def _say(reports: Sequence[FileReport], style: str, output: Path | None, sources: Sequence[Path]) -> None:
    if style == "github":
        append_step_summary(reports)
    if output is not None:
        write_lines(output, render(reports, style).splitlines(), sources)
        click.echo(f"wrote {output}", err=True)
        return
    if style == "text":
        with standard_output() as console:
            print_text(reports, console)
    else:
        click.echo(render(reports, style), nl=False)
