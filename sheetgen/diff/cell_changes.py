"""The cells of one sheet, old against new, column by column; an equal cell costs only one array element."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from sheetgen.diff.changed_cells import ChangedCells
from sheetgen.diff.changes import Change, ChangeKind, DiffOptions
from sheetgen.diff.grid import Cells, Grid, Integers, Tokens, mix
from sheetgen.diff.shifts import Carried, Likeness, Moves
from sheetgen.types import Mask


@dataclass(frozen=True, slots=True)
class Difference:
    """Cells of one column that changed.

    Attributes:
        kind: what happened to them.
        places: their rows in the new sheet.
        old: the old cells; None for added ones.
        new: the new cells; None for removed ones.
        follows: which of them merely follow from other changes; see `Change.follows`.
        carried: by how many columns the references of the old formulas move along with them.
    """

    kind: ChangeKind
    places: Integers
    old: Cells | None
    new: Cells | None
    follows: Mask
    carried: int = 0

    @property
    def is_recalculated(self) -> bool:
        """Whether it is only the values of formulas that changed."""
        return self.kind is ChangeKind.VALUE and self.new is not None and bool((self.new.formulas >= 0).all())


class _Pair(NamedTuple):
    """Cells of an old and of a new column, and the new rows of the old ones."""

    old: Cells
    places: Integers
    new: Cells


@dataclass
class Differences:
    """The differences of one sheet.

    Attributes:
        found: the cells that changed.
        touched: all new cells whose content or place changed in any way, however little.
        gone: the old cells that are there no more.
    """

    found: list[Difference] = field(default_factory=list)
    touched: ChangedCells = field(default_factory=ChangedCells)
    gone: ChangedCells = field(default_factory=ChangedCells)


class SheetComparison:
    """Compares the cells of one sheet.

    Each distinct pair of formulas is compared once, and again only where rows moved differently.
    """

    def __init__(self, old: Grid, new: Grid, moves: Moves, options: DiffOptions) -> None:
        self._old, self._new = old, new
        self._moves, self._move = moves, moves.sheets[old.name]
        self._options = options
        numbers: dict[tuple[str, tuple[int, ...]], int] = {}  # the same for formulas that differ only in spelling
        # Index -1, no formula, finds the last entry.
        self._old_formulas, self._new_formulas = (
            np.array([*(numbers.setdefault(key, len(numbers)) for key in _spelt(grid)), -1]) for grid in (old, new)
        )
        self._touching = [moves.touching(template.bar or template.text, old.name) for template in old.templates]
        self._touched = np.array([*map(bool, self._touching), False])

    def differences(self) -> Differences:
        """Return what changed in the rows and columns present in both."""
        compared = Differences()
        rows, columns, block = self._move
        for number, cells in self._old.columns.items():
            gone = cells.rows if columns.forward[number] == 0 else cells.rows[rows.forward[cells.rows] == 0]
            compared.gone.add(number, gone)
        for number, cells in self._new.columns.items():
            compared.touched.add(number, cells.rows[columns.replaced[number] | rows.replaced[cells.rows]])
        for pair in self._pairs():
            self._compare(pair, compared)
        if block is not None:
            for pair in self._block_pairs():
                compared.touched.add(pair.new.column, pair.new.rows)
                compared.gone.add(pair.old.column, pair.old.rows)
                self._compare(pair, compared)
        return compared

    def mismatches(self) -> int:
        """Count the formulas that are not what the moves make of the old ones."""
        return sum(
            int(np.count_nonzero(~each.follows)) for each in self.differences().found if each.kind is ChangeKind.FORMULA
        )

    def changes(self, found: list[Difference]) -> tuple[Change, ...]:
        """Group neighbouring cells that changed in the same way, from top to bottom, then left to right."""
        grouped = [entry for each in found for entry in self._grouped(each)]
        return tuple(change for *_, change in sorted(grouped, key=itemgetter(0, 1)))

    def _pairs(self) -> Iterator[_Pair]:
        """Pair the cells in columns and rows that are in both sheets, without those in a moved block."""
        rows, columns, block = self._move
        for number in np.flatnonzero(columns.forward).tolist():
            old, new = self._old.column(number), self._new.column(columns.forward.item(number))
            old, new = old.take(rows.forward[old.rows] > 0), new.take(rows.backward[new.rows] > 0)
            if block is not None:
                old = old.take(~block.covers(old.column, old.rows))
                new = new.take(~block.target.covers(new.column, new.rows))
            places = rows.forward[old.rows]
            order = np.argsort(places)
            yield _Pair(old.take(order), places[order], new)

    def _block_pairs(self) -> Iterator[_Pair]:
        block = self._move.block
        if block is None:
            return
        for number in range(block.first_column, block.last_column + 1):
            old, new = self._old.column(number), self._new.column(number + block.right)
            old = old.take(block.covers(number, old.rows))
            yield _Pair(old, old.rows + block.down, new.take(block.target.covers(new.column, new.rows)))

    def _compare(self, pair: _Pair, compared: Differences) -> None:
        old, places, new = pair
        both, known = np.isin(places, new.rows), np.isin(new.rows, places)
        self._enter(compared, ChangeKind.REMOVED, places[~both], old.take(~both), None)
        self._enter(compared, ChangeKind.ADDED, new.rows[~known], None, new.take(~known))
        old, new = old.take(both), new.take(known)
        compared.touched.add(new.column, new.rows[~old.same_values(new, 0)])
        same_values = old.same_values(new, self._options.tolerance)
        same_formulas, lost = self._same_formulas(old, new)
        if self._options.ignore_formulas:
            same_formulas[:] = True
        if self._options.ignore_values:
            same_values |= (old.formulas >= 0) & (new.formulas >= 0)
        live = (old.formulas >= 0) & (new.formulas >= 0)
        other_values = same_formulas & ~same_values
        kinds = (
            (ChangeKind.FORMULA, ~same_formulas),
            (ChangeKind.VALUE, other_values & live),
            (ChangeKind.VALUE, other_values & ~live),
        )
        for kind, chosen in kinds:
            follows = lost[chosen] & (kind is ChangeKind.FORMULA)
            self._enter(compared, kind, new.rows[chosen], old.take(chosen), new.take(chosen), follows)

    def _enter(
        self,
        compared: Differences,
        kind: ChangeKind,
        places: Integers,
        old: Cells | None,
        new: Cells | None,
        follows: Mask | None = None,
    ) -> None:
        if not len(places):
            return
        if new is not None:
            compared.touched.add(new.column, new.rows)
        elif old is not None:
            compared.gone.add(old.column, old.rows)
        carried = self._carried(old)[1] if old and new else 0
        follows = np.zeros(len(places), np.bool_) if follows is None else follows
        compared.found.append(Difference(kind, places, old, new, follows, carried))

    def _grouped(self, found: Difference) -> Iterator[tuple[int, int, Change]]:
        """Yield neighbouring cells that changed in the same way, with their row and column in the new sheet."""
        for first, last in _runs([side for side in (found.old, found.new) if side is not None], found.follows):
            before, after = (None if side is None else side.side(first, last) for side in (found.old, found.new))
            formula = before.formula if before and found.kind is ChangeKind.FORMULA else None
            shifted = formula and found.old and self._shifted(found.old, first, formula, found.carried)
            shifted = None if shifted == formula else shifted
            follows = bool(found.follows[first])
            change = Change(found.kind, last - first + 1, before, after, shifted, follows)
            column = found.new.column if found.new else self._move.columns.forward[found.old.column if found.old else 0]
            yield found.places.item(first), int(column), change

    def _shifted(self, old: Cells, position: int, formula: str, right: int) -> str:
        downs, _ = self._carried(old.take(slice(position, position + 1)))
        return self._moves.shift(formula, self._old.name, Carried(downs.item(0), right))

    def _carried(self, old: Cells) -> tuple[Integers, int]:
        """Return by how many rows, and columns, the references of formulas move along with them.

        The cells are all in a moved block, or none of them is.
        """
        block = self._move.block
        if block is not None and block.covers(old.column, old.rows).any():
            return np.full(len(old.rows), block.down * block.copied), block.right * block.copied
        return self._move.rows.carried(old.rows), int(self._move.columns.carried(np.array([old.column]))[0])

    def _same_formulas(self, old: Cells, new: Cells) -> tuple[Mask, Mask]:
        """Compare the formulas of cells with those of as many others, pairwise; two cells without one are the same.

        Returns:
            Which are the same, or were until they lost a reference; and which of the latter are not the same.
        """
        same: Mask = self._old_formulas[old.formulas] == self._new_formulas[new.formulas]
        lost = np.zeros(len(same), np.bool_)
        right = self._carried(old)[1]
        moved = np.flatnonzero((self._touched[old.formulas] | (right != 0)) & (old.formulas >= 0) & (new.formulas >= 0))
        if not len(moved):
            return same, lost
        old, new = old.take(moved), new.take(moved)
        downs, _ = self._carried(old)
        _, first, alike = np.unique(self._shifts(old, new, downs), return_index=True, return_inverse=True)
        verdicts = [
            self._moves.likeness(
                old.formula(position) or "",
                new.formula(position) or "",
                self._old.name,
                Carried(downs.item(position), right),
            )
            for position in first.tolist()
        ]
        same[moved] = np.array([verdict is Likeness.SAME for verdict in verdicts], np.bool_)[alike]
        lost[moved] = np.array([verdict in (Likeness.LOST, Likeness.ADJUSTED) for verdict in verdicts], np.bool_)[alike]
        return same, lost

    def _shifts(self, old: Cells, new: Cells, downs: Integers) -> Tokens:
        """Number pairs of formulas so that equal numbers mean the same pair, with rows moved alike around it."""
        tokens = mix(mix(old.formulas.astype(np.uint64)) ^ new.formulas.astype(np.uint64))
        order = np.argsort(old.formulas, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(old.formulas[order])) + 1):
            if len(group) < 2:
                continue
            template, new_rows = old.formulas.item(group[0]), new.rows[group]
            rows = old.rows[group].astype(np.int64) + downs[group]
            for move in filter(None, self._touching[template]):
                for offset in self._old.templates[template].offsets:
                    for token in move.tokens(rows + offset, new_rows):
                        tokens[group] = mix(tokens[group] ^ token.astype(np.uint64))
        return tokens


def _spelt(grid: Grid) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what each formula of a sheet is compared by."""
    for spelling, template in zip(grid.spellings, grid.templates, strict=True):
        yield spelling, template.offsets


def _runs(sides: list[Cells], follows: Mask) -> Iterator[tuple[int, int]]:
    """Find runs of cells whose content is the same on each side."""
    live = np.logical_or.reduce([cells.formulas >= 0 for cells in sides])[1:]
    joined = follows[1:] == follows[:-1]
    for cells in sides:
        before, after = cells.take(slice(-1)), cells.take(slice(1, None))
        joined &= (after.rows == before.rows + 1) & (after.formulas == before.formulas)
        joined &= live | after.same_values(before, 0)
    starts = np.concatenate(([0], np.flatnonzero(~joined) + 1))
    ends = np.concatenate((starts[1:], [len(live) + 1])) - 1
    yield from zip(starts.tolist(), ends.tolist(), strict=True)
