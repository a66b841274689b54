"""Our own workbooks: what `sheetgen build` wrote is written again, in memory, and compared with what stands there."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.properties import custom_properties
from sheetgen.spreadsheet.seal import SEAL, seal_of
from sheetgen.verify import file as labels
from sheetgen.verify.file_details import Wanted
from sheetgen.verify.findings import FileReport, Finding
from sheetgen.verify.read.labelled_sheets import LabelledSheets

if TYPE_CHECKING:
    from sheetgen.recipe.counterparts import Counterparts

__all__ = ["verify_file"]

# Of the keys of a template, those after which the labels of a table do not say how it is trained.
_TRAINED_OTHERWISE = re.compile('"(optimizers?|weight_decay|batch|schedule)":|"softmax"')


def verify_file(path: str | Path, limits: Limits | None = None, wanted: Wanted | None = None) -> FileReport:
    """Judge a workbook by its labels, and one that `sheetgen build` wrote by its template as well.

    Args:
        path: the workbook.
        limits: how large the file may be.
        wanted: which details the report is to have; none if not given.

    Returns:
        The report; if the file, or a part of it, could not be judged, its `error` says why.
    """
    own = _OwnWorkbook()
    return labels.verify_file(path, limits, own.with_recipe, wanted, own.training)


class _OwnWorkbook:
    """Judges a workbook by the template that its properties name; imports what writes one only if that is needed."""

    def __init__(self) -> None:
        self._pair: Counterparts | None = None

    def training(self, book: LabelledSheets) -> labels.Training | None:
        """Judge tables by their template, where their labels do not say how they are trained; None elsewhere.

        Raises:
            SheetgenError: a part of the workbook is damaged.
        """
        properties = custom_properties(book.workbook.package)
        pieces = sorted(properties, key=lambda name: (len(name), name))
        if not _TRAINED_OTHERWISE.search("".join(properties[name].strip() for name in pieces)):  # Gnumeric indents them
            return None
        from sheetgen.recipe.judge import written_again
        from sheetgen.recipe.written_tables import by_its_labels, judge_training
        from sheetgen.workbook.origin import read_origin

        origin = read_origin(properties)
        if origin is None or by_its_labels(origin.experiment):
            return None
        if not _is_sealed(book):
            self._pair = written_again(book, origin)
            if self._pair is None or self._pair.blueprint.digest != origin.digest or self._pair.rearranged():
                return None
        return judge_training(book, origin.experiment, {} if self._pair is None else self._pair.places)

    def with_recipe(self, book: LabelledSheets, known: Sequence[Finding]) -> tuple[list[Finding], list[str]]:
        """Add to the findings on a workbook what differs from its own recipe.

        Args:
            book: the workbook.
            known: what was found by the labels; a cell that is explained there is not reported again.

        Returns:
            All findings, and why the workbook was not compared if it names a template and was not.

        Raises:
            SheetgenError: a part of the workbook is damaged.
        """
        properties = custom_properties(book.workbook.package)
        if not properties or _is_sealed(book):  # nothing can differ from the recipe
            return list(known), []
        from sheetgen.recipe.judge import judge  # which imports all that writes a workbook

        return judge(book, properties, known, self._pair)


def _is_sealed(book: LabelledSheets) -> bool:
    package = book.workbook.package
    return custom_properties(package).get(SEAL) == seal_of(package.checksums())
