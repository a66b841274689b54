"""What an engine is given and what it gives back."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.caches import Wanted
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.workbook import Sheet

DEFAULT_TIMEOUT = 240.0


class Job(NamedTuple):
    """A workbook to be recalculated.

    Attributes:
        name: the workbook as its owner knows it, for complaints.
        book: the copy that the engine may read, alone in a folder where it may write.
        wanted: the cells that have a formula.
        timeout: seconds it may take.
        limits: what its result may cost to read.
    """

    name: str
    book: Path
    wanted: Wanted
    timeout: float
    limits: Limits

    @property
    def folder(self) -> Path:
        """The private folder."""
        return self.book.parent

    def failed(self, engine: str, why: str) -> SheetgenError:
        """Complain that an engine could not do it."""
        return SheetgenError(
            self.name, f"{engine} cannot recalculate it ({why})", "give it more time or take another engine"
        )


Results = Callable[[str], Sheet]
"""Called with a sheet's name, returns its recalculated cells; errors are those of the engine, `#NAME?`."""

Engine = Callable[[Job], Results]
"""Recalculates a workbook. Raises SheetgenError where it is not installed, fails, or takes too long."""


def not_installed(engine: str, remedy: str) -> SheetgenError:
    """Complain that an engine is missing."""
    return SheetgenError(engine, "not installed", remedy)
