"""Spreadsheet engines that recalculate a workbook whose cached values were destroyed first."""

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.engine_copies import Isolation, Wanted, destroy_caches, isolate
from sheetgen.recalculate.job import DEFAULT_TIMEOUT, Engine, Job, Results
from sheetgen.recalculate.office_programs import recalculate_with_gnumeric, recalculate_with_libreoffice
from sheetgen.recalculate.wheel import recalculate_with_formualizer, recalculate_with_ironcalc
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.volatile import Places, Value
from sheetgen.spreadsheet.workbook import Cell, Workbook, open_workbook

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


@dataclass(frozen=True)
class Recalculator:
    """An engine, and what it may cost.

    Attributes:
        engine: one of `ENGINES`.
        timeout: seconds it may take, each time.
        limits: what its result may cost to read.
    """

    engine: str = DEFAULT_ENGINE
    timeout: float = DEFAULT_TIMEOUT
    limits: Limits = field(default_factory=Limits)

    @contextmanager
    def recalculated(self, sheets: CachedSheets) -> Iterator[tuple[Wanted, Results]]:
        """Compute an open workbook anew, from a copy whose cached values were destroyed.

        Yields:
            The cells that were computed, and a function that reads the result sheet by sheet.

        Raises:
            SheetgenError: the workbook is damaged, or the engine is missing, fails or takes too long.
        """
        run = find_engine(self.engine)
        with _place_for_copy(sheets.workbook) as book:
            wanted = destroy_caches(sheets, book)
            yield wanted, run(self._job(sheets, book, wanted))

    def evaluate_alone(
        self, sheets: CachedSheets, isolations: dict[str, Isolation]
    ) -> dict[str, dict[tuple[int, int], Cell | None]]:
        """Compute chosen formulas of an open workbook on cached values only.

        Returns:
            By sheet, and row and column of each formula, a cell with what it gives; None where it gives nothing.

        Raises:
            SheetgenError: as `recalculated`.
        """
        run = find_engine(self.engine)
        values: dict[str, dict[tuple[int, int], Cell | None]] = {}
        with _place_for_copy(sheets.workbook) as book:
            moved = isolate(sheets, book, isolations)
            wanted = {name: _by_column(places) for name, places in moved.items() if places}
            results = run(self._job(sheets, book, wanted))
            for name in wanted:
                sheet = results(name)
                values[name] = {(row, own): sheet.cell(row, column) for (row, own), column in moved[name].items()}
        return values

    def _job(self, sheets: CachedSheets, book: Path, wanted: Wanted) -> Job:
        return Job(str(sheets.workbook.path), book, wanted, self.timeout, self.limits)


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
    with (
        open_workbook(path) as workbook,
        Recalculator(engine, timeout).recalculated(CachedSheets(workbook)) as (wanted, results),
    ):
        for name, places in wanted.items():
            sheet = results(name)
            cells = ((row, column, sheet.cell(row, column)) for column, rows in places.items() for row in rows)
            values[name] = {(row, column): cell.value if cell else None for row, column, cell in cells}
    return values


def find_engine(name: str) -> Engine:
    """Return an engine by its name.

    Raises:
        SheetgenError: there is none of that name.
    """
    if name not in ENGINES:
        raise SheetgenError(name, "no such engine", f"choose one of {', '.join(ENGINES)}")
    return ENGINES[name]


@contextmanager
def _place_for_copy(workbook: Workbook) -> Iterator[Path]:
    """Make a private folder; yield where the workbook's copy goes, under a name that no program can stumble over."""
    try:
        with TemporaryDirectory(prefix="sheetgen-", ignore_cleanup_errors=True) as folder:
            yield Path(folder) / f"workbook{workbook.path.suffix.lower()}"
    except OSError as error:
        what = f"its copy for the engine cannot be written ({error.strerror or error})"
        raise SheetgenError(str(workbook.path), what, "make room in the folder for temporary files") from error


def _by_column(places: dict[tuple[int, int], int]) -> Places:
    columns: Places = {}
    for row, column in sorted((row, column) for (row, _), column in places.items()):
        columns.setdefault(column, array("i")).append(row)
    return columns
