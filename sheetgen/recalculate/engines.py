"""Spreadsheet engines that recalculate a workbook whose cached values were destroyed first."""

from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.engine_copies import Isolation, Wanted, destroy_caches, isolate
from sheetgen.recalculate.job import DEFAULT_TIMEOUT, Job, Results
from sheetgen.recalculate.office_programs import recalculate_with_gnumeric, recalculate_with_libreoffice
from sheetgen.recalculate.wheel import recalculate_with_wheel
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.opened_workbook import Cell, Workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.volatile import Places

DEFAULT_ENGINE = "formualizer"


class Engine(NamedTuple):
    """A spreadsheet engine: how people write its name, and what recalculates a workbook with it.

    That raises SheetgenError where the engine is not installed, fails, or takes too long.
    """

    title: str
    run: Callable[[Job], Results]


ENGINES: MappingProxyType[str, Engine] = MappingProxyType(
    {
        "formualizer": Engine("formualizer", partial(recalculate_with_wheel, "formualizer")),
        "ironcalc": Engine("IronCalc", partial(recalculate_with_wheel, "ironcalc")),
        "gnumeric": Engine("Gnumeric", recalculate_with_gnumeric),
        "libreoffice": Engine("LibreOffice", recalculate_with_libreoffice),
    }
)


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

    def __post_init__(self) -> None:
        """Refuse an engine that there is not."""
        if self.engine not in ENGINES:
            raise SheetgenError(self.engine, "no such engine", f"choose one of {', '.join(ENGINES)}")

    @contextmanager
    def recalculated(self, sheets: CachedSheets) -> Iterator[tuple[Wanted, Results]]:
        """Compute an open workbook anew, from a copy whose cached values were destroyed.

        Yields:
            The cells that were computed, and a function that reads the result sheet by sheet.

        Raises:
            SheetgenError: the workbook is damaged, or the engine is missing, fails or takes too long.
        """
        with _place_for_copy(sheets.workbook) as book:
            wanted = destroy_caches(sheets, book)
            yield wanted, self._run(sheets, book, wanted)

    def evaluate_alone(
        self, sheets: CachedSheets, isolations: dict[str, Isolation]
    ) -> dict[str, dict[tuple[int, int], Cell | None]]:
        """Compute chosen formulas of an open workbook on cached values only.

        Returns:
            By sheet, and row and column of each formula, a cell with what it gives; None where it gives nothing.

        Raises:
            SheetgenError: as `recalculated`.
        """
        values: dict[str, dict[tuple[int, int], Cell | None]] = {}
        with _place_for_copy(sheets.workbook) as book:
            moved = isolate(sheets, book, isolations)
            wanted = {name: _by_column(places) for name, places in moved.items() if places}
            results = self._run(sheets, book, wanted)
            for name in wanted:
                sheet = results(name)
                values[name] = {(row, own): sheet.cell(row, column) for (row, own), column in moved[name].items()}
        return values

    def _run(self, sheets: CachedSheets, book: Path, wanted: Wanted) -> Results:
        engine = ENGINES[self.engine]
        return engine.run(Job(str(sheets.workbook.path), engine.title, book, wanted, self.timeout, self.limits))


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
