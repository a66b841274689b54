"""Judging the workbooks of a drop, in a process of its own: the server goes on, whatever a file does to the judge."""

import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from sheetgen.annotate import mark_files
from sheetgen.annotate.marked_workbook import ENDINGS
from sheetgen.files import write_lines
from sheetgen.local_page.uploads import ARCHIVE, REPORT, Progress, Stage, Upload, marked_name
from sheetgen.recipe import verify_file
from sheetgen.report import wanted
from sheetgen.report.page import Links, render_page
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.batch import renamed, verify_many
from sheetgen.verify.findings import FileReport
from sheetgen.verify.process_pool import obey_the_parent

Say = Callable[[Progress], None]


def judge_uploads(folder: Path, uploads: Sequence[Upload], limits: Limits, jobs: int, told: Connection) -> None:
    """Judge and mark files, and write the report on them; this is all that the process does.

    Args:
        folder: where they are, and where everything goes.
        uploads: the files.
        limits: how large they may be.
        jobs: how many may be judged at the same time.
        told: receives `Progress`, `READY` or `FAILED` in the end.
    """
    if sys.platform != "win32":
        os.setpgrp()  # so that the server can end whatever this process starts
    obey_the_parent()
    tempfile.tempdir = str(folder)
    os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)))  # for the programs that this one starts
    try:
        _judge(folder, uploads, limits, jobs, told.send)
    except BrokenPipeError:
        return  # the server has gone
    except Exception as error:  # a fault of ours must not leave the page waiting
        why = f"judging failed ({type(error).__name__}: {error}); please report this"
        told.send(Progress(Stage.FAILED, why=" ".join(why.split())))


def _judge(folder: Path, uploads: Sequence[Upload], limits: Limits, jobs: int, say: Say) -> None:
    total = len(uploads)
    say(Progress(Stage.JUDGING, 0, total))
    paths = [upload.path for upload in uploads]
    judge = partial(verify_file, limits=limits, wanted=wanted("html", total))
    reports = verify_many(paths, judge, jobs, lambda done, _: say(Progress(Stage.JUDGING, done, total)))
    marked = _mark(folder, paths, reports, limits, say)
    if len(marked) > 1:
        _archive(folder / ARCHIVE, marked, uploads)
    links = Links("/", {number: f"marked/{number}" for number, _ in marked}, "marked" if len(marked) > 1 else "")
    named = [renamed(report, each.path, each.name) for report, each in zip(reports, uploads, strict=True)]
    write_lines(folder / REPORT, render_page(named, links).splitlines())
    say(Progress(Stage.READY, total, total, marked=tuple(marked)))


def _mark(
    folder: Path, paths: Sequence[Path], reports: Sequence[FileReport], limits: Limits, say: Say
) -> list[tuple[int, Path]]:
    """Write marked copies; return those that could be written, with the numbers of their files."""
    endings = [path.suffix if path.suffix in ENDINGS else ".xlsx" for path in paths]
    places = [folder / "marked" / f"{number}{ending}" for number, ending in enumerate(endings)]
    numbers = {place: number for number, place in enumerate(places)}
    total = sum(bool(report.findings) for report in reports)
    marked = []
    for done, (place, error) in enumerate(mark_files(paths, places, reports, limits), start=1):
        say(Progress(Stage.MARKING, done, total))
        if error is None:
            marked.append((numbers[place], place))
    return marked


def _archive(target: Path, marked: Sequence[tuple[int, Path]], uploads: Sequence[Upload]) -> None:
    """Put marked copies into one archive; they are compressed already."""
    taken = set()
    with zipfile.ZipFile(target, "w") as archive:
        for number, path in marked:
            name = marked_name(uploads[number], path.suffix)
            if name.lower() in taken:  # names may differ only in what no file system takes, or in case
                name = f"{number + 1}/{name}"
            taken.add(name.lower())
            archive.write(path, name)
