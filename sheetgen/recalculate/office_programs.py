"""Gnumeric, through its converter `ssconvert`, and LibreOffice."""

import shutil
from pathlib import Path

from sheetgen.libreoffice import convert_to_xlsx, find_libreoffice
from sheetgen.programs import ProgramError, last_words, run_program, without_user_settings
from sheetgen.recalculate.job import Job, Results
from sheetgen.spreadsheet.opened_workbook import Sheet, open_workbook


def recalculate_with_gnumeric(job: Job) -> Results:
    """Recalculate with Gnumeric."""
    program, result = shutil.which("ssconvert"), job.folder / "recalculated.xlsx"
    if program is None:
        raise _missing(job, "ssconvert")
    try:
        settings = without_user_settings(job.folder)
        run_program(job.folder, job.timeout, settings, program, "--recalc", job.book, result)
    except ProgramError as error:
        raise job.failed(str(error)) from error
    if not result.exists():
        raise job.failed(last_words(job.folder) or "it wrote nothing")
    return _results(job, result)


def recalculate_with_libreoffice(job: Job) -> Results:
    """Recalculate with LibreOffice."""
    program = find_libreoffice()
    if program is None:
        raise _missing(job, "soffice")
    try:
        result = convert_to_xlsx(program, job.book, job.timeout, recalculated=True)
    except ProgramError as error:
        raise job.failed(str(error)) from error
    return _results(job, result)


def _missing(job: Job, program: str) -> Exception:
    return job.not_installed(f"install it, so that the program {program} can be found, or take another engine")


def _results(job: Job, result: Path) -> Results:
    """Return a function that reads the recalculated workbook."""

    def read(name: str) -> Sheet:
        with open_workbook(result, job.limits) as workbook:
            return workbook.read(name) if name in workbook.sheet_names else Sheet(name)

    return read
