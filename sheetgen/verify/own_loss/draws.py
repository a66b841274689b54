"""A training step evaluated on random numbers, with derivatives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from zlib import crc32

import numpy as np

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.formula_tree import Tree
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Array, Place
from sheetgen.verify.own_loss.duals import Dual, Given, UnknownFunctionError
from sheetgen.verify.own_loss.evaluation import Record, evaluate
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.steps import Step

DRAWS = 16


class Data(Enum):
    """What stands for typed numbers while a step is evaluated."""

    RANDOM = "random numbers, each its own"
    SHARES = "random numbers, those of each sample's targets adding up to 1"
    TYPED = "the numbers themselves"


# Weights of all sizes, each its own, so that in some draws a layer is saturated while those behind it are not, and both
# sides of a ReLU and the branches of an IF are reached; in half of them larger ones where typed inputs may be small.
_LARGEST = {Data.RANDOM: (8.0, 8.0), Data.SHARES: (8.0, 8.0), Data.TYPED: (8.0, 300.0)}
_SMALLEST = 0.3


@dataclass
class Draws:
    """A step, evaluated.

    Attributes:
        graph: the formulas.
        step: the step.
        data: what stands for the typed numbers that the loss follows from.
        directions: by cell, along which direction its derivative is taken.
        trees: formulas that stand in for those of the sheet.
        shares: by typed target that has to add up to 1 with others, all of them.
        values: by cell, what it gives; filled by `run`.
        records: by cell, what each part of its formula gives.
        unknown: by cell that cannot be evaluated, the function it does not know, in it or before it.
        varying: the typed cells for which random numbers stand.
        turn: which of several sets of random numbers.
    """

    graph: Graph
    step: Step
    data: Data = Data.RANDOM
    directions: Mapping[Place, int] = field(default_factory=dict)
    trees: Mapping[Place, Tree] = field(default_factory=dict)
    shares: Mapping[Place, Sequence[Place]] = field(default_factory=dict)
    values: dict[Place, Given] = field(default_factory=dict)
    records: dict[Place, Record] = field(default_factory=dict)
    unknown: dict[Place, str] = field(default_factory=dict)
    varying: frozenset[Place] = frozenset()
    turn: int = 0

    def run(self, cells: Iterable[Place], replaced: Mapping[Place, Record] | None = None) -> None:
        """Evaluate cells, given in working order; what is in `values` already stays."""
        for place in cells:
            if place in self.values or place in self.unknown:
                continue
            lost = next((self.unknown[each] for each in self.graph.precedents(place) if each in self.unknown), None)
            if lost is None:
                self._run_one(place, self.tree(place), (replaced or {}).get(place))
            else:
                self.unknown[place] = lost

    def _run_one(self, place: Place, tree: Tree, replaced: Record | None) -> None:
        record: Record = {}
        try:
            found = evaluate(tree, self._fetch, record, replaced, place)
        except UnknownFunctionError as error:
            self.unknown[place] = str(error)
        except (ValueError, IndexError, TypeError):  # ranges whose sizes do not match, or too few arguments
            self.unknown[place] = "ranges that do not match"
        else:
            self.records[place] = record
            self.values[place] = self._with_direction(place, found)

    def tree(self, place: Place) -> Tree:
        """Return the formula of a cell as it is evaluated here."""
        return self.trees.get(place) or self.graph.trees[place]

    def number(self, place: Place) -> Array | None:
        """Return what a cell gives, (draws,), or None if it gives no number."""
        found = self.values.get(place)
        return flat(found) if isinstance(found, Dual) and found.value.shape[:2] == (1, 1) else None

    def slope(self, place: Place) -> Array:
        """Return the derivatives of a cell along all directions, (draws, directions)."""
        found = self.values.get(place)
        if not isinstance(found, Dual) or found.slope is None:
            return np.zeros((DRAWS, len(self.directions)))
        return np.broadcast_to(found.slope[0, 0], (DRAWS, len(self.directions)))

    def _with_direction(self, place: Place, found: Given) -> Given:
        if place not in self.directions or not isinstance(found, Dual):
            return found
        value = np.broadcast_to(found.value, (*found.value.shape[:2], DRAWS))
        slope = np.zeros((*value.shape, len(self.directions))) if found.slope is None else found.slope.copy()
        slope[..., self.directions[place]] += 1.0
        return Dual(value, slope)

    def _fetch(self, area: Area) -> Given:
        if area.is_cell:
            return self._leaf(self.graph.source(area.corner))
        rows, columns = area.last_row - area.first_row + 1, area.last_column - area.first_column + 1
        if rows * columns > 20_000:
            raise UnknownFunctionError("a range too large to follow")
        cells = [
            self._leaf(self.graph.source((area.sheet, area.first_row + row, area.first_column + column)))
            for row in range(rows)
            for column in range(columns)
        ]
        return _stacked(cells, rows, columns, len(self.directions))

    def _leaf(self, place: Place) -> Given:
        if place not in self.values:
            self.values[place] = self._with_direction(place, self._drawn(place))
        return self.values[place]

    def _drawn(self, place: Place) -> Given:
        cell = self.graph.cell(place)
        number = self.graph.number(place)
        is_word = cell is not None and cell.kind in (Kind.TEXT, Kind.ERROR) and number is None
        if cell is not None and is_word and place not in self.step.parameters:
            return str(cell.value)
        if place in self.directions or place in self.step.parameters:
            return Dual(_weights(place, _LARGEST[self.data], self.turn))
        if cell is None or (cell.kind is Kind.EMPTY and cell.formula is None):
            return Dual(np.zeros((1, 1, 1)), None, np.ones((1, 1), dtype=np.bool_))
        if place in self.shares and self.data is Data.SHARES:
            parts = {each: np.abs(_inputs(each, self.turn)) for each in self.shares[place]}
            return Dual(parts[place] / sum(parts.values()))
        if place in self.varying and self.data is not Data.TYPED:
            return Dual(_inputs(place, self.turn))
        return Dual(np.full((1, 1, 1), np.nan if number is None else number))


@lru_cache(maxsize=1 << 14)
def _weights(place: Place, largest: tuple[float, ...], turn: int) -> Array:
    """Return a parameter's values, (1, 1, draws)."""
    seed = seeded(place, turn)
    sizes = np.exp(seed.uniform(np.log(_SMALLEST), np.log(np.resize(largest, DRAWS)), DRAWS))
    return _kept(sizes * seed.choice([-1.0, 1.0], DRAWS))


@lru_cache(maxsize=1 << 14)
def _inputs(place: Place, turn: int) -> Array:
    """Return a typed number's values, (1, 1, draws)."""
    return _kept(np.resize([1, 1, 1, -1, 1, 1, -1, 1], DRAWS) * seeded(place, turn).uniform(0.15, 0.95, DRAWS))


def seeded(place: Place, turn: int = 0) -> np.random.Generator:
    """Return the source of random numbers that a cell has for itself, another one for each turn."""
    sheet, row, column = place
    return np.random.default_rng([crc32(sheet.encode()), row, column, turn])


def _kept(numbers: Array) -> Array:
    numbers.flags.writeable = False
    return numbers[None, None, :]


def flat(found: Dual) -> Array:
    """Return the numbers of a single cell, (draws,)."""
    numbers = found.value[0, 0]
    return numbers if len(numbers) == DRAWS else np.broadcast_to(numbers, (DRAWS,))


def _stacked(cells: list[Given], rows: int, columns: int, directions: int) -> Dual:
    value = np.full((rows * columns, DRAWS), np.nan)
    absent = np.zeros(rows * columns, dtype=np.bool_)
    slope = None
    for at, cell in enumerate(cells):
        if isinstance(cell, str):
            absent[at] = True
            continue
        value[at] = flat(cell)
        absent[at] = cell.absent is not None and bool(cell.absent.any())
        if cell.slope is not None:
            slope = np.zeros((rows * columns, DRAWS, directions)) if slope is None else slope
            slope[at] = cell.slope[0, 0]
    return Dual(
        value.reshape(rows, columns, DRAWS),
        None if slope is None else slope.reshape(rows, columns, DRAWS, directions),
        absent.reshape(rows, columns) if absent.any() else None,
    )
