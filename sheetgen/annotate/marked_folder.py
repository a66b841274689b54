"""Marked copies of many workbooks, in a folder of their own."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sheetgen.annotate.marked_workbook import ENDINGS, mark_workbook
from sheetgen.errors import SheetgenError, reason_of
from sheetgen.spreadsheet.package import Limits
from sheetgen.verify.findings import FileReport


def marked_places(sources: Sequence[Path], folder: Path) -> list[Path]:
    """Say where the marked copies of workbooks go: below a folder, as the workbooks are below what they have in common.

    Raises:
        SheetgenError: a copy would replace one of the workbooks, or the folder is none.
    """
    if folder.suffix.lower() in ENDINGS or (folder.exists() and not folder.is_dir()):
        what = f"is no folder, and there are {len(sources)} workbooks to mark"
        raise SheetgenError(str(folder), what if len(sources) > 1 else "is no folder", "give the name of a folder")
    full = [source.absolute() for source in sources]
    try:
        common = Path(os.path.commonpath([path.parent for path in full]))
        names = [path.relative_to(common) for path in full]
    except ValueError:  # on several drives
        names = [Path(path.name) for path in full]
    places = [folder / (name if name.suffix.lower() in ENDINGS else f"{name}.xlsx") for name in names]
    own = {path.resolve() for path in full}
    if any(place.resolve() in own for place in places):
        raise SheetgenError(str(folder), "holds the workbooks themselves", "choose another folder")
    return places


def mark_files(
    sources: Sequence[Path], places: Sequence[Path], reports: Sequence[FileReport], limits: Limits
) -> Iterator[tuple[Path, SheetgenError | None]]:
    """Write a marked copy of each workbook with findings; one that cannot be written does not stop the rest.

    Yields:
        The place of each copy, and why it was not written, or None.
    """
    for source, place, report in zip(sources, places, reports, strict=True):
        if report.findings:
            try:
                _make_folder(place.parent)
                mark_workbook(source, place, report.findings, limits)
            except SheetgenError as error:
                yield place, error
            else:
                yield place, None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SheetgenError(str(folder), f"cannot be made ({reason_of(error)})", "choose another folder") from error
