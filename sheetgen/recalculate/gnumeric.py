"""Gnumeric, through its converter `ssconvert`."""

import shutil

from sheetgen.recalculate.job import Job, Results, not_installed
from sheetgen.recalculate.programs import private_settings, results_in, run_program

_NAME = "Gnumeric"


def recalculate_with_gnumeric(job: Job) -> Results:
    """Recalculate with Gnumeric."""
    program = shutil.which("ssconvert")
    if program is None:
        raise not_installed(_NAME, "install it, so that the program ssconvert can be found, or take another engine")
    result = job.folder / "recalculated.xlsx"
    run_program(job, _NAME, [program, "--recalc", job.book, result], private_settings(job))
    return results_in(job, _NAME, result)
