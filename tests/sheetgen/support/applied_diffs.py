"""Doing to an old workbook what a comparison says, to see whether the new one comes out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from openpyxl.utils.cell import column_index_from_string, range_boundaries

from sheetgen.diff.changes import ChangeKind, LineChange, LineKind, SheetDiff, SheetStatus, Side, WorkbookDiff
from tests.sheetgen.support.edited_books import Area, Book, Cell, Content, copied, is_formula, rewrite

_BEYOND = 60


def apply(book: Book, found: WorkbookDiff) -> Book:
    """Return what a book becomes by all that was found, found with `DiffOptions.contents`."""
    diffs = {sheet.old_name or sheet.sheet: sheet for sheet in found.sheets if sheet.status is not SheetStatus.ADDED}
    gone = {name for name, sheet in diffs.items() if sheet.status is SheetStatus.REMOVED}
    diffs = {name: SheetDiff(name, SheetStatus.CHANGED) for name in book} | diffs
    sheets = {name: _Sheet(name, diffs[name], cells) for name, cells in book.items() if name not in gone}
    made = {each.diff.sheet: each.applied(sheets, gone) for each in sheets.values()}
    added = [sheet for sheet in found.sheets if sheet.status is SheetStatus.ADDED]
    return made | {sheet.sheet: dict(_filled(sheet.contents)) for sheet in added}


@dataclass
class _Sheet:
    """A sheet in both books."""

    name: str
    diff: SheetDiff
    cells: dict[Cell, Content]

    def __post_init__(self) -> None:
        lines = self.diff.lines
        height, width = (max((cell[way] for cell in self.cells), default=0) for way in (0, 1))
        self.rows = _Lines([line for line in lines if line.kind.startswith("rows")], height)
        self.columns = _Lines([line for line in lines if line.kind.startswith("columns")], width)
        self.blocks = [line for line in self.diff.lines if line.kind is LineKind.CELLS_MOVED]

    def place(self, cell: Cell) -> Cell | None:
        """Where a cell is now."""
        shift = self._block((*cell, *cell))
        if shift is not None:
            return cell[0] + shift[0], cell[1] + shift[1]
        if cell[0] in self.rows.removed or cell[1] in self.columns.removed:
            return None
        return self.rows.where[cell[0]], self.columns.where[cell[1]]

    def refer(self, area: Area) -> Area | None:
        """What a reference to an area becomes."""
        shift = self._block(area)
        if shift is not None:
            return area[0] + shift[0], area[1] + shift[1], area[2] + shift[0], area[3] + shift[1]
        rows, columns = self.rows.refer(area[0], area[2]), self.columns.refer(area[1], area[3])
        return (rows[0], columns[0], rows[1], columns[1]) if rows and columns else None

    def applied(self, sheets: dict[str, "_Sheet"], gone: set[str]) -> dict[Cell, Content]:
        """Return its cells after all that was found."""
        made: dict[Cell, Content] = {}
        for cell, content in self.cells.items():
            if place := self.place(cell):
                made[place] = self._shifted(str(content), cell, sheets, gone) if is_formula(content) else content
        for line in self.diff.lines:
            made.update(_filled(line.contents if line.kind.endswith("added") else ()))
        for change in self.diff.changes:
            if change.kind is ChangeKind.REMOVED and change.old:
                for cell in _cells(change.old.range):
                    made.pop(self.place(cell) or (0, 0))
            if change.new is not None:
                made.update(_filled([change.new]))
        return made

    def _shifted(self, formula: str, cell: Cell, sheets: dict[str, "_Sheet"], gone: set[str]) -> str:
        formula = copied(formula, self.rows.carried(cell[0]), self.columns.carried(cell[1]))
        return rewrite(
            formula,
            self.name,
            lambda name, area: sheets[name].refer(area) if name in sheets else area,
            lambda name: None if name in gone else sheets[name].diff.sheet if name in sheets else name,
        )

    def _block(self, area: Area) -> tuple[int, int] | None:
        for line in self.blocks:
            left, top, right, bottom = range_boundaries(line.range)
            if top <= area[0] <= area[2] <= bottom and left <= area[1] <= area[3] <= right:
                to = range_boundaries(str(line.to))
                return to[1] - top, to[0] - left
        return None


class _Lines:
    """Where the rows, or the columns, of a sheet go by what was found."""

    def __init__(self, changes: list[LineChange], size: int) -> None:
        removed = {line for change in changes if change.kind.endswith("removed") for line in _span(change.range)}
        added = {line for change in changes if change.kind.endswith("added") for line in _span(change.range)}
        elsewhere: dict[int, int] = {}
        self.runs: dict[int, int] = {}
        for number, change in enumerate(changes):
            if change.to is not None:
                new = [line for line in _span(change.to) if line not in added]
                old = change.order or [line for line in _span(change.range) if line not in removed]
                elsewhere |= dict(zip(old, new, strict=True))
                self.runs |= dict.fromkeys(old, number + 1) if change.kind.endswith("moved") else {}
        self.removed = removed
        self.copied = any(change.copied for change in changes)
        olds = [line for line in range(1, _BEYOND) if line not in removed and line not in elsewhere]
        news = [line for line in range(1, _BEYOND) if line not in added and line not in elsewhere.values()]
        stays = dict(zip(olds, news, strict=False))
        self.where = stays | elsewhere
        # Beyond the last line that is still there nothing shifts: references to what is gone from there stay.
        last = max((line for line in self.where if line <= size), default=0)
        shift = max((place for line, place in self.where.items() if line <= last), default=0) - last
        stays |= {line: line + shift for line in range(last + 1, _BEYOND)}
        self.where |= {line: line + shift for line in range(last + 1, _BEYOND)}
        slots = dict(zip(sorted(self.where), sorted(self.where.values()), strict=True))
        self.backward = {new: old for old, new in slots.items()}
        self.references = slots if self.copied else self.where
        self.staying = slots if self.copied else stays

    def carried(self, line: int) -> int:
        """By how many lines a formula's own references move along with it."""
        return self.backward[self.where[line]] - line if self.copied and line in self.where else 0

    def refer(self, first: int, last: int) -> tuple[int, int] | None:
        """What a reference to a span of lines becomes."""
        together = self.runs.get(first, -1) == self.runs.get(last, -2)
        if first == last or together:
            ends = self.references.get(first), self.references.get(last)
            return (ends[0], ends[1]) if ends[0] and ends[1] else None
        kept = [self.staying[line] for line in range(first, last + 1) if line in self.staying]
        return (min(kept), max(kept)) if kept else None


def _span(text: str) -> range:
    first, last = (int(end) if end.isdigit() else column_index_from_string(end) for end in text.split(":"))
    return range(first, last + 1)


def _cells(text: str) -> Iterator[Cell]:
    left, top, right, bottom = range_boundaries(text)
    yield from ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


def _filled(sides: Iterable[Side]) -> Iterator[tuple[Cell, Content]]:
    for side in sides:
        cells = list(_cells(side.range))
        for cell in cells:
            content = side.first_value if side.formula is None else copied(side.formula, cell[0] - cells[0][0], 0)
            yield cell, content  # type: ignore[misc]
