"""Engines that come as Python wheels; each runs in a process of its own, see `worker.py`."""

import importlib.util
import json
import os
import sys
from math import nan
from pathlib import Path

from sheetgen.programs import ProgramError, run_program
from sheetgen.recalculate.job import Job, Results
from sheetgen.spreadsheet.formula_engine import error_text
from sheetgen.spreadsheet.sheet import Column, Kind, Sheet


def recalculate_with_wheel(module: str, job: Job) -> Results:
    """Recalculate with the engine of a Python module."""
    if importlib.util.find_spec(module) is None:
        raise job.not_installed(f"install it with: pip install {module}")
    wanted = [(name, column, rows.tolist()) for name, places in job.wanted.items() for column, rows in places.items()]
    (job.folder / "wanted.json").write_text(json.dumps(wanted), encoding="utf-8")
    script = Path(__file__).with_name("worker.py")
    paths = os.pathsep.join(filter(None, sys.path))
    # -P: nothing should be imported from the script's folder.
    command = (sys.executable, "-P", script, module, job.book, job.folder)
    try:
        run_program(job.folder, job.timeout, {"PYTHONPATH": paths}, *command)
    except ProgramError as error:
        raise job.failed(str(error)) from error
    sheets: dict[str, Sheet] = {}
    values = json.loads((job.folder / "values.json").read_text(encoding="utf-8"))
    for (name, column, rows), found in zip(wanted, values, strict=True):
        _fill(sheets.setdefault(name, Sheet(name)), column, rows, found)
    return lambda name: sheets.get(name) or Sheet(name)


def _fill(sheet: Sheet, number: int, rows: list[int], values: list[object]) -> None:
    """Put values in a column of a sheet; an error is a list of its text."""
    column = sheet.columns[number] = Column()
    for row, value in zip(rows, values, strict=True):
        if isinstance(value, str | list):
            sheet.texts[row, number] = value if isinstance(value, str) else error_text(value[0])
            column.add(row, nan, Kind.TEXT if isinstance(value, str) else Kind.ERROR, -1)
        elif isinstance(value, bool | int | float):
            column.add(row, float(value), Kind.BOOLEAN if isinstance(value, bool) else Kind.NUMBER, -1)
        else:
            column.add(row, nan, Kind.EMPTY, -1)
