"""Cells that are right in themselves and off only because of others."""

from collections.abc import Iterable
from functools import cached_property, reduce
from operator import or_

import numpy as np
from numpy.typing import NDArray

from sheetgen.network import names
from sheetgen.types import Array, Mask, Rows
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.values.consistency import ValueVerdicts
from sheetgen.verify.values.error_bounds import rules_of

_OFF = 1e-7


class Impact:
    """Counts the cells that a cause throws off the true course.

    Args:
        values: the numbers of the table.
        wrong: by column, the rows that are findings themselves.
    """

    def __init__(self, values: ValueVerdicts, wrong: dict[str, Mask]) -> None:
        self._reading = values.numbers.reading
        self._fitting = values.fitting
        cached, course = values.numbers.cached, values.trajectory
        self._names = [name for name in self._reading.judged if name in course]
        off = [_deviates(cached[name], course[name]) & ~wrong[name] for name in self._names]
        self._off = np.array(off, dtype=np.bool_).reshape(len(off), self._reading.table.rows)

    def count(self, name: str, rows: Rows) -> int:
        """Count the cells that are off because of a column's cells in some rows (positions) that do not fit."""
        if name in self._fitting:
            rows = rows[~self._fitting[name][rows]]
        if not len(rows) or not self._off.any():
            return 0
        return self._count(rows, self._reach.same_row.get(name, 0), self._reach.later.get(name, 0))

    def count_through(self, names: Iterable[str], rows: Rows) -> int:
        """Count the cells that are off by way of quantities in some rows (positions), their own cells among them."""
        if not self._off.any():
            return 0
        reach = self._reach
        own = [
            (1 << reach.place[name] | reach.same_row[name], reach.later[name]) for name in names if name in reach.place
        ]
        return self._count(rows, _union(same_row for same_row, _ in own), _union(later for _, later in own))

    def _count(self, rows: Rows, same_row: int, later: int) -> int:
        """Count the cells that are off among two sets of quantities: those in the rows, and those below the first."""
        first = int(rows[0])
        in_row, below = self._columns(same_row), self._columns(later)
        own = self._off[np.ix_(in_row & ~below, rows)].sum() + self._off[in_row & below, first].sum()
        return int(own + self._off_below[below, first].sum())

    def _columns(self, reached: int) -> Mask:
        """Tell of each column whether it is in a set of quantities."""
        return np.array([reached >> self._reach.place[name] & 1 for name in self._names], dtype=np.bool_)

    @cached_property
    def _off_below(self) -> NDArray[np.int32]:
        """How many cells are off below each one of its column."""
        return np.asarray(self._off[:, ::-1].cumsum(axis=1, dtype=np.int32)[:, ::-1] - self._off)

    @cached_property
    def _reach(self) -> "_Reach":
        return _Reach(self._reading)


class _Reach:
    """What a change of each quantity reaches, in its own row and in later ones.

    A set of quantities is a whole number of as many bits: in a wide network thousands of quantities reach most of the
    others, and sets of names would take the square of that in time and memory.

    Attributes:
        place: the bit of each quantity.
        same_row: by quantity, all that depends on it in its row.
        later: by quantity, all that depends on it in the rows below.
    """

    def __init__(self, reading: Reading) -> None:
        direct = direct_precedents(reading)
        quantities = list(dict.fromkeys((*reading.network.data, *reading.network.trained, *direct, "iteration")))
        self.place = {name: place for place, name in enumerate(quantities)}
        dependents: dict[str, list[str]] = {name: [] for name in quantities}
        for name, needed in direct.items():
            for other in needed:
                dependents[other].append(name)
        self.same_row: dict[str, int] = {}
        self.later: dict[str, int] = {}
        for name in reversed(quantities):  # what follows from a quantity stands after it, and so is known here
            self.same_row[name] = _union(1 << self.place[each] | self.same_row[each] for each in dependents[name])
        moved = {name: 1 << self.place[name] | self.same_row[name] for name in reading.network.trained}
        for name in reversed(quantities):
            own = moved.get(name.removeprefix(names.gradient("")), 0)
            self.later[name] = own | _union(self.later[each] for each in dependents[name])
        self.later["iteration"] = 1 << self.place["iteration"]


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def direct_precedents(reading: Reading) -> dict[str, frozenset[str]]:
    """Return, for each computed quantity, the quantities shown in its row that it depends on directly."""
    shown = {*reading.table.columns, *reading.given}
    found: dict[str, frozenset[str]] = {}
    for name, rule in rules_of(reading.network).items():
        found[name] = frozenset().union(*({other} if other in shown else found[other] for other in rule.neighbours))
    found["E_mean"] = frozenset({"E_total"})
    return found


def _deviates(found: Array, true: Array) -> Mask:
    with np.errstate(invalid="ignore"):
        scale = np.abs(true) + 1e-3 * np.nanmax(np.abs(true), initial=0.0)
        return np.asarray(np.isnan(found) | (np.abs(found - true) > _OFF * scale))
