"""The verdict on all formulas outside of the tables. Large sheets are read only once, when their tables are judged."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from openpyxl.utils.cell import range_boundaries

from sheetgen.spreadsheet.formula import Area, areas
from sheetgen.spreadsheet.formula_engine import TooManyCellsError
from sheetgen.spreadsheet.opened_workbook import Sheet
from sheetgen.verify.elsewhere.cell_contents import CellContents, clip
from sheetgen.verify.elsewhere.formulas import OutsideCell, find_outside
from sheetgen.verify.elsewhere.index_shortcut import picked
from sheetgen.verify.elsewhere.recompute import Recomputed, recompute
from sheetgen.verify.elsewhere.table_outline import Outline
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.tables import find_tables

# What follows from a cell like this says nothing of its own.
_SPOILING = (FindingKind.BAD_INPUT, FindingKind.EMPTY)


@dataclass(frozen=True)
class Part:
    """What one sheet has to do with the formulas outside of tables.

    Attributes:
        sheet: the sheet's name.
        outlines: its tables.
        outside: its formulas outside of them.
        clipped: what formulas refer to on it, where it is too large to be kept.
        covers: the areas that this covers.
    """

    sheet: str
    outlines: tuple[Outline, ...]
    outside: tuple[OutsideCell, ...]
    clipped: Sheet | None = None
    covers: tuple[Area, ...] = ()


class Outside:
    """Judges the formulas outside of the tables.

    Args:
        book: the workbook.
    """

    def __init__(self, book: LabelledSheets) -> None:
        self._book = book
        self._without_tables: dict[str, tuple[OutsideCell, ...]] = {}  # so that no formula is taken apart twice

    def part(self, sheet: Sheet, outlines: Sequence[Outline]) -> Part:
        """Take from a sheet, given its tables, what the formulas outside of tables need of it."""
        outside = self._find(sheet, outlines)
        if self._book.keeps(sheet.name):
            return Part(sheet.name, tuple(outlines), outside)
        wanted = (*self._foreseen, *self._referred(outside))
        covers = tuple(area for area in wanted if area.sheet == sheet.name)
        return Part(sheet.name, tuple(outlines), outside, clip(sheet, covers), covers)

    def judge(self, parts: Sequence[Part], known: Iterable[Finding]) -> Recomputed:
        """Judge all formulas outside of the tables.

        Args:
            parts: what each sheet has to do with them.
            known: what was found in the tables.
        """
        outside = [each for part in parts for each in part.outside]
        outlines = [outline for part in parts for outline in part.outlines]
        clips = {part.sheet: (part.clipped, part.covers) for part in parts if part.clipped is not None}
        contents = CellContents(self._book, clips, outlines, outside)
        spoilt = [_area(finding) for finding in known if finding.kind in _SPOILING]
        return recompute(outside, contents, spoilt, lambda *place: self._book.label_of(*place) or "")

    @cached_property
    def _foreseen(self) -> list[Area]:
        """What formulas on small sheets without tables refer to on sheets that are too large to be kept."""
        small = (self._book.sheet(name) for name in self._book.workbook.sheet_names if self._book.keeps(name))
        found = [each for sheet in small if not find_tables(sheet) for each in self._find(sheet, ())]
        return [area for area in self._referred(found) if not self._book.keeps(area.sheet)]

    def _find(self, sheet: Sheet, outlines: Sequence[Outline]) -> tuple[OutsideCell, ...]:
        known = None if outlines else self._without_tables.get(sheet.name)
        found = known or tuple(find_outside(sheet, outlines, self._book.surroundings))
        if not outlines:
            self._without_tables[sheet.name] = found
        return found

    def _referred(self, outside: Sequence[OutsideCell]) -> list[Area]:
        """List what formulas refer to; of a long area only the cell picked from it, where that can be told."""
        formulas = [each.formula for each in outside if each.formula]
        with suppress(TooManyCellsError):
            formulas = picked(formulas, CellContents(self._book, {}, (), outside).cached, self._book.keeps)
        return list(dict.fromkeys(area for formula in formulas for area in areas(formula.pieces)))


def _area(finding: Finding) -> Area:
    left, top, right, bottom = (bound or 1 for bound in range_boundaries(finding.range))
    return Area(finding.sheet, top, left, bottom, right)
