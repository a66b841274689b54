"""Cells that are right in themselves and off only because of others."""

import numpy as np
from numpy.typing import NDArray

from sheetgen.network import names
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.values.consistency import ValueVerdicts
from sheetgen.verify.values.error_bounds import Measured, Neighbours

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_OFF = 1e-7


class Impact:
    """Counts the cells that a cause throws off the true course.

    Args:
        values: the numbers of the table.
        wrong: by column, the rows that are findings themselves.
    """

    def __init__(self, values: ValueVerdicts, wrong: dict[str, Mask]) -> None:
        self._reading = values.numbers.reading
        self._below = _dependents(self._reading)
        cached, course = values.numbers.cached, values.trajectory
        shown = [name for name in self._reading.table.columns if name in course]
        self._off = {name: _deviates(cached[name], course[name]) & ~wrong[name] for name in shown}

    def count(self, name: str, rows: NDArray[np.int64]) -> int:
        """Count the cells that are off because of a column's cells in some rows (positions)."""
        same_row = self._below.get(name, frozenset())
        later = self._later(name, same_row)
        first = int(rows[0])
        total = 0
        for other, off in self._off.items():
            if other in later:
                total += int(off[first + 1 :].sum())
                total += int(off[first]) if other in same_row else 0
            elif other in same_row:
                total += int(off[rows].sum())
        return total

    def _later(self, name: str, same_row: frozenset[str]) -> set[str]:
        """Return what changes in the rows below when a quantity of this row does."""
        learnt = self._reading.network.trained
        moved = {weight for weight in learnt if names.gradient(weight) in same_row | {name} or weight == name}
        later = set(moved)
        for weight in moved:
            later |= self._below.get(weight, frozenset())
        if name == "iteration":
            later.add(name)
        return later


def direct_precedents(reading: Reading) -> dict[str, frozenset[str]]:
    """Return, for each computed quantity, those of its row that it is worked out from."""
    shown = {*reading.table.columns, *reading.network.data, *reading.network.trained}
    neighbours = Neighbours(reading.network, shown)
    one = Measured(np.ones(1) * 0.5, np.zeros(1))
    found: dict[str, frozenset[str]] = {}
    for name in neighbours.order:
        asked: set[str] = set()

        def note(other: str, asked: set[str] = asked) -> Measured:
            asked.add(other)
            return one

        neighbours.implied(name, note)
        found[name] = frozenset(asked)
    found["E_mean"] = frozenset({"E_total"})
    return found


def _dependents(reading: Reading) -> dict[str, frozenset[str]]:
    """Return, for each quantity, all that depends on it in the same row."""
    direct = direct_precedents(reading)
    dependents: dict[str, set[str]] = {}
    for name, needed in direct.items():
        for other in needed:
            dependents.setdefault(other, set()).add(name)

    def spread(name: str) -> frozenset[str]:
        reached: set[str] = set()
        waiting = list(dependents.get(name, ()))
        while waiting:
            other = waiting.pop()
            if other not in reached:
                reached.add(other)
                waiting += dependents.get(other, ())
        return frozenset(reached)

    return {name: spread(name) for name in {*direct, *dependents}}


def _deviates(found: Array, true: Array) -> Mask:
    with np.errstate(invalid="ignore"):
        scale = np.abs(true) + 1e-3 * np.nanmax(np.abs(true), initial=0.0)
        return np.asarray(np.isnan(found) | (np.abs(found - true) > _OFF * scale))
