"""`sheetgen verify`: parse, call, print."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from sheetgen.cli.options import listing, report_file, report_format, takes_limits
from sheetgen.console import progress_bar, standard_output
from sheetgen.files import write_lines
from sheetgen.opened_file import show_file, temporary_page
from sheetgen.recalculate import TITLES
from sheetgen.recipe import verify_file
from sheetgen.report import FORMATS, append_step_summary, print_text, render, wanted
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.batch import Judge, verify_many
from sheetgen.verify.file_details import Wanted
from sheetgen.verify.findings import FileReport, FindingKind, exit_code
from sheetgen.verify.folders import say_skipped, search
from sheetgen.visible_text import counted

_KINDS = [(str(kind), kind.meaning) for kind in FindingKind]


@click.command(cls=listing("Kinds of finding, the worst first", _KINDS))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@report_format(FORMATS)
@report_file
@click.option(
    "--mark",
    type=click.Path(path_type=Path),
    help="Write a copy of the workbook with the wrong cells coloured, explained and listed to this file; of several "
    "workbooks those that have any to this folder.",
)
@click.option("--open", "show", is_flag=True, help="Show the report: as HTML in the browser, where none is given.")
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
    show: bool,
    engine: str | None,
    jobs: int,
    scheduler: str | None,
    limits: Limits,
) -> None:
    """Judge every cell of the backpropagation tables in FILE..., workbooks or folders of them.

    Exits with 1 if anything is wrong, or else 2 if anything could not be judged, or else 0.
    """
    paths, skipped = search(files)
    into_folder = mark is not None and (len(paths) > 1 or mark.is_dir() or any(path.is_dir() for path in files))
    places = _marked_places(paths, mark) if mark is not None and into_folder else []
    if show and output is None:
        style, output = "html", temporary_page()
    judge = partial(judge_file, limits=limits, engine=engine, wanted=wanted(style, len(paths)))
    reports = _judge(paths, judge, jobs, scheduler)
    if places:
        _mark_all(paths, places, reports, limits)
    elif mark is not None:
        _mark(paths[0], mark, reports[0], limits)
    _say(reports, style, output, paths)
    if show and output is not None:
        show_file(output)
    if skipped:
        click.echo(say_skipped(skipped), err=True)
    sys.exit(exit_code(reports))


def judge_file(path: Path, limits: Limits, engine: str | None, wanted: Wanted | None) -> FileReport:
    """Judge a workbook, and have an engine recalculate it as well if one is named."""
    report = verify_file(path, limits, wanted)
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


def _marked_places(sources: Sequence[Path], folder: Path) -> list[Path]:
    from sheetgen.annotate import marked_places  # only this option needs it

    return marked_places(sources, folder)


def _mark_all(sources: Sequence[Path], places: Sequence[Path], reports: Sequence[FileReport], limits: Limits) -> None:
    """Write a marked copy of each workbook with findings, and say which could not be written."""
    from sheetgen.annotate import mark_files  # only this option needs it

    written, wrong = 0, sum(bool(report.findings) for report in reports)
    with progress_bar("marking workbooks", wrong, least=2) as on_done:
        for number, (_, error) in enumerate(mark_files(sources, places, reports, limits), start=1):
            written += error is None
            if error is not None:
                click.echo(str(error), err=True)
            if on_done is not None:
                on_done(number, wrong)
    click.echo(f"wrote {counted(written, 'marked workbook')}", err=True)


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
