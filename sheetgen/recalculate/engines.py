"""Spreadsheet engines, which recalculate a workbook whose cached values have been destroyed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sheetgen.errors import SheetgenError, did_you_mean
from sheetgen.recalculate import TITLES
from sheetgen.recalculate.engine_copies import Wanted
from sheetgen.recalculate.job import Job, Results
from sheetgen.recalculate.office_programs import recalculate_with_gnumeric, recalculate_with_libreoffice
from sheetgen.recalculate.wheel import recalculate_with_wheel
from sheetgen.spreadsheet.opened_workbook import Workbook
from sheetgen.spreadsheet.package import Limits

_TIMEOUT = 240.0


# Each function raises SheetgenError if its engine is not installed, fails, or takes too long.
_RECALCULATE: Mapping[str, Callable[[Job], Results]] = {
    "formualizer": partial(recalculate_with_wheel, "formualizer"),
    "ironcalc": partial(recalculate_with_wheel, "ironcalc"),
    "gnumeric": recalculate_with_gnumeric,
    "libreoffice": recalculate_with_libreoffice,
}


@dataclass(frozen=True)
class Recalculator:
    """An engine, and its limits.

    Attributes:
        engine: one of `TITLES`.
        timeout: seconds it may take, each time.
        limits: the most its result may hold.
    """

    engine: str
    timeout: float = _TIMEOUT
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse an unknown engine."""
        if self.engine not in TITLES:
            raise SheetgenError(
                self.engine, "no such engine", f"{did_you_mean(self.engine, TITLES)}choose one of {', '.join(TITLES)}"
            )

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
        title, path = TITLES[self.engine], workbook.path
        try:
            with TemporaryDirectory(prefix="sheetgen-", ignore_cleanup_errors=True) as folder:
                # A name that suits every program.
                book = Path(folder) / f"workbook{workbook.package.readable.suffix.lower()}"
                wanted = write(book)
                job = Job(str(path), title, book, wanted, self.timeout, self.limits)
                yield wanted, _RECALCULATE[self.engine](job)
        except OSError as error:
            what = f"its copy for the engine cannot be written ({error.strerror or error})"
            raise SheetgenError(str(path), what, "make room in the folder for temporary files") from error
