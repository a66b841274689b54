"""Our own workbooks: what `sheetgen build` wrote is written again, in memory, and compared with what stands there."""

from collections.abc import Sequence
from pathlib import Path

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.properties import custom_properties
from sheetgen.spreadsheet.seal import SEAL, seal_of
from sheetgen.verify import file as labels
from sheetgen.verify.file_details import Wanted
from sheetgen.verify.findings import FileReport, Finding

__all__ = ["verify_file", "with_recipe"]


def verify_file(path: str | Path, limits: Limits | None = None, wanted: Wanted | None = None) -> FileReport:
    """Judge a workbook by its labels, and one that `sheetgen build` wrote by its template as well.

    Args:
        path: the workbook.
        limits: how large the file may be.
        wanted: which details the report is to have; none if not given.

    Returns:
        The report; if the file, or a part of it, could not be judged, its `error` says why.
    """
    return labels.verify_file(path, limits, with_recipe, wanted)


def with_recipe(book: CachedSheets, known: Sequence[Finding]) -> tuple[list[Finding], list[str]]:
    """Add to the findings on a workbook what differs from its own recipe.

    Args:
        book: the workbook.
        known: what was found by the labels; a cell that is explained there is not reported again.

    Returns:
        All findings, and why the workbook was not compared if it names a template and was not.

    Raises:
        SheetgenError: a part of the workbook is damaged.
    """
    package = book.workbook.package
    properties = custom_properties(package)
    if not properties or properties.get(SEAL) == seal_of(package.checksums()):  # nothing can differ from the recipe
        return list(known), []
    from sheetgen.recipe.judge import judge  # which imports all that writes a workbook

    return judge(book, properties, known)
