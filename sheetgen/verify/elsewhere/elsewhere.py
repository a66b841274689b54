"""The verdict on all formulas outside of the tables. Large sheets are read once only, when their tables are judged."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from openpyxl.utils.cell import range_boundaries

from sheetgen.spreadsheet.formula import Area, areas
from sheetgen.spreadsheet.formula_engine import TooManyCellsError
from sheetgen.spreadsheet.workbook import Sheet
from sheetgen.verify.elsewhere.cell_contents import Ledger, clip
from sheetgen.verify.elsewhere.formulas import OutsideCell, Taken, find_outside
from sheetgen.verify.elsewhere.index_shortcut import picked
from sheetgen.verify.elsewhere.recompute import Recomputed, recompute
from sheetgen.verify.elsewhere.table_outline import Outline
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.read.sheet_cache import Source
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
        source: the workbook.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._taken = Taken(source.surroundings)

    def foreseen(self) -> list[Area]:
        """List what formulas on small sheets without tables refer to on sheets that are too large to be kept."""
        names = self._source.workbook.sheet_names
        if all(map(self._source.keeps, names)):
            return []
        small = [self._source.sheet(name) for name in names if self._source.keeps(name)]
        found = [each for sheet in small if not find_tables(sheet) for each in find_outside(sheet, ())]
        return [area for area in self._referred(found) if not self._source.keeps(area.sheet)]

    def part(self, sheet: Sheet, outlines: Sequence[Outline], wanted: Iterable[Area], *, whole: bool) -> Part:
        """Take from a sheet what the formulas outside of tables need of it.

        Args:
            sheet: the sheet.
            outlines: its tables.
            wanted: what formulas elsewhere refer to.
            whole: whether the sheet stays at hand, so that nothing need be taken.
        """
        outside = tuple(find_outside(sheet, outlines))
        if whole:
            return Part(sheet.name, tuple(outlines), outside)
        own = self._referred(outside)
        covers = tuple(area for area in (*wanted, *own) if area.sheet == sheet.name)
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
        ledger = Ledger(self._source, clips, outlines, outside, self._taken)
        spoilt = [_area(finding) for finding in known if finding.kind in _SPOILING]
        return recompute(outside, ledger, self._taken, spoilt, lambda *place: self._source.label_of(*place) or "")

    def _referred(self, outside: Sequence[OutsideCell]) -> list[Area]:
        """List what formulas refer to; of a long area only the cell picked from it, where that can be told."""
        ledger = Ledger(self._source, {}, (), outside, self._taken)
        formulas = [formula for each in outside if (formula := self._taken.formula(each))]
        with suppress(TooManyCellsError):
            formulas = picked(formulas, ledger.cached, self._source.keeps)
        return list(dict.fromkeys(area for formula in formulas for area in areas(list(formula.pieces))))


def _area(finding: Finding) -> Area:
    left, top, right, bottom = (bound or 1 for bound in range_boundaries(finding.range))
    return Area(finding.sheet, top, left, bottom, right)
