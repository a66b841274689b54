"""Spreadsheet engines that recalculate a workbook whose cached values were destroyed first."""

from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.caches import Alone, Places, Value, Wanted, destroy_caches, isolate
from sheetgen.recalculate.gnumeric import recalculate_with_gnumeric
from sheetgen.recalculate.job import DEFAULT_TIMEOUT, Engine, Job, Results
from sheetgen.recalculate.libreoffice import recalculate_with_libreoffice
from sheetgen.recalculate.plain import PlainReferences
from sheetgen.recalculate.wheel import recalculate_with_formualizer, recalculate_with_ironcalc
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.workbook import Cell, Workbook, open_workbook

__all__ = [
    "DEFAULT_ENGINE",
    "DEFAULT_TIMEOUT",
    "ENGINES",
    "TITLES",
    "Engine",
    "Results",
    "evaluate_alone",
    "find_engine",
    "recalculate",
    "recalculated",
]

DEFAULT_ENGINE = "formualizer"
ENGINES: MappingProxyType[str, Engine] = MappingProxyType(
    {
        "formualizer": recalculate_with_formualizer,
        "ironcalc": recalculate_with_ironcalc,
        "gnumeric": recalculate_with_gnumeric,
        "libreoffice": recalculate_with_libreoffice,
    }
)

TITLES: MappingProxyType[str, str] = MappingProxyType(
    {"formualizer": "formualizer", "ironcalc": "IronCalc", "gnumeric": "Gnumeric", "libreoffice": "LibreOffice"}
)
"""Engines as people write them."""


def recalculate(
    path: str | Path, engine: str = DEFAULT_ENGINE, timeout: float = DEFAULT_TIMEOUT
) -> dict[str, dict[tuple[int, int], Value]]:
    """Destroy a workbook's cached values and let an engine compute them anew.

    Args:
        path: the workbook; it is not changed.
        engine: one of `ENGINES`.
        timeout: seconds the engine may take.

    Returns:
        By sheet and (row, column), what each formula gives; an error as its text.

    Raises:
        SheetgenError: the workbook cannot be read, or the engine is missing, fails or takes too long.
    """
    values: dict[str, dict[tuple[int, int], Value]] = {}
    with open_workbook(path) as workbook, recalculated(workbook, engine, timeout) as (wanted, results):
        for name, places in wanted.items():
            sheet = results(name)
            cells = ((row, column, sheet.cell(row, column)) for column, rows in places.items() for row in rows)
            values[name] = {(row, column): cell.value if cell else None for row, column, cell in cells}
    return values


@contextmanager
def recalculated(
    workbook: Workbook, engine: str, timeout: float = DEFAULT_TIMEOUT, limits: Limits | None = None
) -> Iterator[tuple[Wanted, Results]]:
    """Let an engine compute an open workbook anew, from a copy whose cached values were destroyed.

    Args:
        workbook: the workbook, open.
        engine: one of `ENGINES`.
        timeout: seconds the engine may take.
        limits: what its result may cost to read.

    Yields:
        The cells that were computed, and a function that reads the result sheet by sheet.

    Raises:
        SheetgenError: the workbook is damaged, or the engine is missing, fails or takes too long.
    """
    run = find_engine(engine)
    with _folder_for(workbook) as book:
        wanted = destroy_caches(workbook, book, PlainReferences(workbook))
        yield wanted, run(Job(str(workbook.path), book, wanted, timeout, limits or Limits()))


def evaluate_alone(
    workbook: Workbook,
    engine: str,
    alone: Mapping[str, list[Alone]],
    first_free: Mapping[str, int],
    missing: Mapping[str, Mapping[tuple[int, int], Value]],
    timeout: float = DEFAULT_TIMEOUT,
    limits: Limits | None = None,
) -> dict[str, dict[tuple[int, int], Cell | None]]:
    """Let an engine compute chosen formulas on cached values only.

    Args:
        workbook: the workbook, open.
        engine: one of `ENGINES`.
        alone: the formulas by sheet.
        first_free: by sheet, the first column to the right of everything.
        missing: values for formulas without a cached one, by sheet and (row, column).
        timeout: seconds the engine may take.
        limits: what its result may cost to read.

    Returns:
        By sheet and (row, column) of each formula, a cell with what it gives; None where it gives nothing.

    Raises:
        SheetgenError: as `recalculated`.
    """
    run = find_engine(engine)
    values: dict[str, dict[tuple[int, int], Cell | None]] = {}
    with _folder_for(workbook) as book:
        moved = isolate(workbook, book, alone, first_free, missing, PlainReferences(workbook))
        wanted = {sheet: _by_column(places) for sheet, places in moved.items() if places}
        results = run(Job(str(workbook.path), book, wanted, timeout, limits or Limits()))
        for name in wanted:
            sheet = results(name)
            values[name] = {(row, own): sheet.cell(row, column) for (row, own), column in moved[name].items()}
    return values


@contextmanager
def _folder_for(workbook: Workbook) -> Iterator[Path]:
    """Make a private folder; yield where the workbook's copy goes, under a name that no program can stumble over."""
    with TemporaryDirectory(prefix="sheetgen-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / f"workbook{workbook.path.suffix.lower()}"


def _by_column(places: dict[tuple[int, int], int]) -> Places:
    columns: Places = {}
    for row, column in sorted((row, column) for (row, _), column in places.items()):
        columns.setdefault(column, array("i")).append(row)
    return columns


def find_engine(name: str) -> Engine:
    """Return an engine by its name.

    Raises:
        SheetgenError: there is none of that name.
    """
    if name not in ENGINES:
        raise SheetgenError(name, "no such engine", f"choose one of {', '.join(ENGINES)}")
    return ENGINES[name]
