"""Engines that come as Python wheels: each runs in a process of its own, see `worker.py`."""

import importlib.util
import json
import os
import sys
from array import array
from pathlib import Path

from sheetgen.recalculate.job import Job, Results, not_installed, run_program
from sheetgen.spreadsheet.workbook import Column, Kind, Sheet


def recalculate_with_formualizer(job: Job) -> Results:
    """Recalculate with formualizer."""
    return _recalculate(job, "formualizer", "formualizer")


def recalculate_with_ironcalc(job: Job) -> Results:
    """Recalculate with IronCalc."""
    return _recalculate(job, "IronCalc", "ironcalc")


def _recalculate(job: Job, engine: str, module: str) -> Results:
    if importlib.util.find_spec(module) is None:
        raise not_installed(engine, f"install it with: pip install {module}")
    blocks = [(sheet, column, rows) for sheet, places in job.wanted.items() for column, rows in places.items()]
    _ask(job.folder, blocks)
    # -P: the folder of the script, whose modules are named like the libraries, is no place to import from.
    command: list[str | Path] = [
        sys.executable,
        "-P",
        Path(__file__).with_name("worker.py"),
        module,
        job.book,
        job.folder,
    ]
    run_program(job, engine, command, {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    return _answer(job.folder, blocks)


def _ask(folder: Path, blocks: list[tuple[str, int, "array[int]"]]) -> None:
    named = [(sheet, column, len(rows)) for sheet, column, rows in blocks]
    (folder / "blocks.json").write_text(json.dumps(named), encoding="utf-8")
    with (folder / "rows.bin").open("wb") as stream:
        for _, _, rows in blocks:
            rows.tofile(stream)


def _answer(folder: Path, blocks: list[tuple[str, int, "array[int]"]]) -> Results:
    kinds = array("b", (folder / "kinds.bin").read_bytes())
    values = array("d", (folder / "values.bin").read_bytes())
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    sheets: dict[str, Sheet] = {}
    start = 0
    for sheet, column, rows in blocks:
        end = start + len(rows)
        none = array("i", [-1]) * len(rows)
        sheets.setdefault(sheet, Sheet(sheet)).columns[column] = Column(rows, values[start:end], kinds[start:end], none)
        for position in range(start, end):
            if kinds[position] in (Kind.TEXT, Kind.ERROR):
                sheets[sheet].texts[rows[position - start], column] = texts[str(position)]
        start = end
    return lambda name: sheets.get(name) or Sheet(name)
