"""Contour lines of a grid of errors, as numbers: what the formulas of the sheet Optimisers give as shipped.

Along a column of the grid, the error falls below a line's level at one place and rises above it at another. Between two
cells the root of the error is taken to be straight, as it nearly is in a valley. Where a line turns, between two
columns, its end is found the same way from the lowest error of each column, at the vertex of the parabola through the
lowest cell and its neighbours. A line that leaves the grid goes on along its edge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

DEPTH = 1000
"""The highest line stands for at most so many times the error of the lowest."""
NONE = 99
"""Stands for a row where there is none: more than a grid has."""


class Lowest(NamedTuple):
    """The lowest place in a column of the grid.

    Attributes:
        rank: the row of the lowest cell, counted from 1 at the top.
        above, here, below: the errors of this cell and its neighbours.
        shift: how many rows below the cell the parabola through them has its vertex.
        upward: the weight drawn upward, there.
        root: the root of the error there.
    """

    rank: float
    above: float
    here: float
    below: float
    shift: float
    upward: float
    root: float


@dataclass(frozen=True)
class ContourLine:
    """One line, clockwise: its left end, above, its right end, below, and its left end again.

    Attributes:
        level: the error along it.
        first, last: the columns, counted from 1, between which it has an inside.
        beyond: which part of the way to the next column outside it goes on, on the left and on the right.
        ends: the left and the right end, each across and upward.
        ranks: for each column the first row inside, from the left, then the last, from the right.
        points: where the line goes.
    """

    level: float
    first: int
    last: int
    beyond: tuple[float, float]
    ends: tuple[tuple[float, float], tuple[float, float]]
    ranks: list[int]
    points: list[tuple[float, float]]


class Landscape:
    """A grid of errors.

    Args:
        columns: the errors, column by column, each from the top.
        across: the weight of each column.
        upward: the weight of each row, from the top.
    """

    def __init__(self, columns: Sequence[Sequence[float]], across: Sequence[float], upward: Sequence[float]) -> None:
        self._columns, self._across, self._upward = columns, across, upward
        self.lowest: list[Lowest] = list(map(self._lowest, columns))

    def _lowest(self, errors: Sequence[float]) -> Lowest:
        place, last = errors.index(min(errors)), len(errors) - 1
        above, here, below = errors[max(0, place - 1)], errors[place], errors[min(last, place + 1)]
        bend = above - 2 * here + below
        shift = 0.0 if place in (0, last) or bend <= 0 else 0.5 * (above - below) / bend
        upward = self._upward[place] + shift * (self._upward[1] - self._upward[0])
        root = math.sqrt(max(0.0, here - 0.25 * (above - below) * shift))
        return Lowest(place + 1, above, here, below, shift, upward, root)

    def line(self, number: int, count: int) -> ContourLine:
        """Return one of so many lines, the first being the highest; the last is above the lowest error."""
        high, roots = max(map(max, self._columns)), [lowest.root for lowest in self.lowest]
        level = high * (max(min(roots) ** 2, high / DEPTH) / high) ** (number / (count + 1)) if high else 0.0
        inside = [[rank for rank, error in enumerate(column, 1) if error <= level] for column in self._columns]
        uppermost, undermost = [min(ranks, default=NONE) for ranks in inside], [max(r, default=0) for r in inside]
        side = len(self._columns)
        first = min((place for place, ranks in enumerate(inside, 1) if ranks), default=side)
        last = max((place for place, ranks in enumerate(inside, 1) if ranks), default=first)
        left, right = self._end(level, first, -1, inside), self._end(level, last, 1, inside)
        line = ContourLine(level, first, last, (left[0], right[0]), (left[1:], right[1:]), [], [left[1:]])
        for place in range(1, side + 1):
            self._add(line, place, uppermost[place - 1])
        line.points.append(right[1:])
        for place in range(side, 0, -1):
            self._add(line, place, undermost[place - 1])
        line.points.append(left[1:])
        return line

    def _end(self, level: float, column: int, step: int, inside: list[list[int]]) -> tuple[float, float, float]:
        """How far a line goes on beyond its last column, and where it ends."""
        here, beyond, root = self.lowest[column - 1], column + step, math.sqrt(level)
        if not 1 <= beyond <= len(self._columns) or not inside[column - 1]:
            return 0.0, self._across[column - 1], here.upward
        there = self.lowest[beyond - 1]
        part = 1.0 if there.root <= root else (root - here.root) / (there.root - here.root)
        x, x_there = self._across[column - 1], self._across[beyond - 1]
        return part, x + (x_there - x) * part, here.upward + (there.upward - here.upward) * part

    def _add(self, line: ContourLine, column: int, rank: int) -> None:
        """Add the point in a column: where it is crossed, or where it has no inside, the end on that side."""
        line.ranks.append(rank)
        if 1 <= rank <= len(self._upward):
            upper = len(line.points) <= len(self._columns)
            line.points.append((self._across[column - 1], self._crossing(line.level, column, rank, -1 if upper else 1)))
        elif column < line.first or column > line.last:
            line.points.append(line.ends[column > line.last])
        else:
            line.points.append(line.points[-1])

    def _crossing(self, level: float, column: int, rank: int, step: int) -> float:
        if not 1 <= rank + step <= len(self._upward):
            return self._upward[rank - 1]
        outside, inside = (math.sqrt(self._columns[column - 1][place - 1]) for place in (rank + step, rank))
        y, y_outside = self._upward[rank - 1], self._upward[rank + step - 1]
        return y + (y_outside - y) * (math.sqrt(level) - inside) / (outside - inside)
