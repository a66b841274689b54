"""Whether formulas are the same, apart from what inserted and removed rows and columns do to any formula."""

from itertools import pairwise

import numpy as np

from sheetgen.diff.grid import Cells, Grid, Integers
from sheetgen.diff.shifts import Moves
from sheetgen.types import Mask


class FormulaComparison:
    """Compares the formulas of a sheet: once for each distinct pair, and again only where rows moved differently."""

    def __init__(self, old: Grid, new: Grid, moves: Moves) -> None:
        self._old = old
        self._new = new
        self._moves = moves
        positions = {template: position for position, template in enumerate(new.templates)}
        # The last entry is what -1 finds: no formula.
        self._counterparts = np.array([*(positions.get(template, -2) for template in old.templates), -1])
        self._touching = [moves.touching(template.text, old.name) for template in old.templates]
        self._touched = np.array([*map(bool, self._touching), False])

    def same(self, old: Cells, new: Cells) -> Mask:
        """Compare cells of a column with as many others, one by one, by formula; none is the same as none."""
        same: Mask = self._counterparts[old.formulas] == new.formulas
        moved = np.flatnonzero(self._touched[old.formulas] & (new.formulas >= 0))
        order = moved[np.lexsort((new.formulas[moved], old.formulas[moved]))]
        for group in _groups(old.formulas[order], new.formulas[order]):
            chosen = order[group]
            same[chosen] = self._same_pair(old.take(chosen), new.take(chosen))
        return same

    def _same_pair(self, old: Cells, new: Cells) -> Mask:
        """Compare one formula, filled into some cells, with another."""
        template = int(old.formulas[0])
        if len(old.rows) == 1:
            return np.array([self._same_at(old, new)])
        moved = self._moved(template, old.rows.astype(np.int64), new.rows.astype(np.int64))
        same = np.zeros(len(old.rows), np.bool_)
        known: dict[bytes, bool] = {}
        for group in _groups(*moved):
            first = group.start
            key = moved[:, first].tobytes()
            if key not in known:
                known[key] = self._same_at(old.take(group), new.take(group))
            same[group] = known[key]
        return same

    def _moved(self, template: int, rows: Integers, new_rows: Integers) -> Integers:
        """Say, for each cell, how far from it the rows now are that its formula refers to."""
        moved = [np.zeros_like(rows)]
        for move in self._touching[template]:
            for offset in self._old.templates[template].offsets:
                moved += [move.rows.up(rows + offset) - new_rows, move.rows.down(rows + offset) - new_rows]
        return np.array(moved)

    def _same_at(self, old: Cells, new: Cells) -> bool:
        """Compare the first cells' formulas."""
        left = self._old.templates[old.formulas[0]].at(int(old.rows[0]))
        right = self._new.templates[new.formulas[0]].at(int(new.rows[0]))
        shifted = self._moves.shift("=" + left, self._old.name)
        return not shifted.lost and shifted.text == "=" + right


def _groups(*keys: Integers) -> list[slice]:
    """Cut arrays where any of them changes."""
    if not len(keys[0]):
        return []
    cuts = np.flatnonzero(np.logical_or.reduce([np.diff(key) != 0 for key in keys])) + 1
    bounds = [0, *cuts.tolist(), len(keys[0])]
    return [slice(start, end) for start, end in pairwise(bounds)]
