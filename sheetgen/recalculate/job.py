"""A workbook for an engine to recalculate."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.recalculate.engine_copies import Wanted
from sheetgen.spreadsheet.opened_workbook import Sheet
from sheetgen.spreadsheet.package import Limits


class Job(NamedTuple):
    """A workbook to be recalculated.

    Attributes:
        name: the workbook as its owner knows it, for error messages.
        engine: the engine as people call it, for error messages.
        book: the copy that the engine may read, alone in a folder where it may write.
        wanted: the cells that have a formula.
        timeout: seconds it may take.
        limits: the most its result may hold.
    """

    name: str
    engine: str
    book: Path
    wanted: Wanted
    timeout: float
    limits: Limits

    @property
    def folder(self) -> Path:
        """The private folder."""
        return self.book.parent

    def failed(self, why: str) -> SheetgenError:
        """Return a complaint that the engine failed."""
        what = f"{self.engine} cannot recalculate it ({why})"
        return SheetgenError(self.name, what, "give it more time or take another engine")

    def not_installed(self, remedy: str) -> SheetgenError:
        """Return a complaint that the engine is missing."""
        return SheetgenError(self.engine, "not installed", remedy)


Results = Callable[[str], Sheet]
"""Called with a sheet's name, returns its recalculated cells; errors, such as `#NAME?`, are the engine's."""
