"""Spreadsheet engines, which recalculate a workbook whose cached values have been destroyed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.engine_copies import Wanted
from sheetgen.recalculate.job import Job, Results
from sheetgen.recalculate.office_programs import recalculate_with_gnumeric, recalculate_with_libreoffice
from sheetgen.recalculate.wheel import recalculate_with_wheel
from sheetgen.spreadsheet.opened_workbook import Workbook
from sheetgen.spreadsheet.package import Limits

_TIMEOUT = 240.0


class Engine(NamedTuple):
    """A spreadsheet engine: its name as people write it, and the function that recalculates a workbook with it.

    The function raises SheetgenError if the engine is not installed, fails, or takes too long.
    """

    title: str
    run: Callable[[Job], Results]


ENGINES: Mapping[str, Engine] = {
    "formualizer": Engine("formualizer", partial(recalculate_with_wheel, "formualizer")),
    "ironcalc": Engine("IronCalc", partial(recalculate_with_wheel, "ironcalc")),
    "gnumeric": Engine("Gnumeric", recalculate_with_gnumeric),
    "libreoffice": Engine("LibreOffice", recalculate_with_libreoffice),
}


@dataclass(frozen=True)
class Recalculator:
    """An engine, and its limits.

    Attributes:
        engine: one of `ENGINES`.
        timeout: seconds it may take, each time.
        limits: the most its result may hold.
    """

    engine: str
    timeout: float = _TIMEOUT
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse an unknown engine."""
        if self.engine not in ENGINES:
            raise SheetgenError(self.engine, "no such engine", f"choose one of {', '.join(ENGINES)}")

    @contextmanager
    def recalculated(self, workbook: Workbook, write: Callable[[Path], Wanted]) -> Iterator[tuple[Wanted, Results]]:
        """Recalculate a copy of a workbook, in a private folder.

        Args:
            workbook: the workbook.
            write: writes the copy, and returns the cells to recalculate.

        Yields:
            Those cells, and a function that reads the result sheet by sheet.

        Raises:
            SheetgenError: the workbook is damaged, or the engine is missing, fails or takes too long.
        """
        engine, path = ENGINES[self.engine], workbook.path
        try:
            with TemporaryDirectory(prefix="sheetgen-", ignore_cleanup_errors=True) as folder:
                book = Path(folder) / f"workbook{path.suffix.lower()}"  # a name that suits every program
                wanted = write(book)
                yield wanted, engine.run(Job(str(path), engine.title, book, wanted, self.timeout, self.limits))
        except OSError as error:
            what = f"its copy for the engine cannot be written ({error.strerror or error})"
            raise SheetgenError(str(path), what, "make room in the folder for temporary files") from error
