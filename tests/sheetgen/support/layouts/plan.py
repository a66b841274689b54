"""Where everything stands on the sheets of a generated workbook, and what is written there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from openpyxl.utils.cell import get_column_letter

from tests.sheetgen.support.layouts.program import ALL, NAME, Program, Values


class Area(NamedTuple):
    """Some cells: a sheet, the first row and column, counted from 1, and how many of each."""

    sheet: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1

    def cells(self) -> Iterator[str]:
        """Each of its cells as `Sheet!A1`."""
        for row in range(self.row, self.row + self.rows):
            for column in range(self.column, self.column + self.columns):
                yield f"{self.sheet}!{get_column_letter(column)}{row}"

    def reference(self, sheet: str, *, fixed: bool = False) -> str:
        """Write a reference to it from a sheet."""
        dollar = "$" if fixed else ""
        corners = [(self.row, self.column), (self.row + self.rows - 1, self.column + self.columns - 1)]
        texts = [f"{dollar}{get_column_letter(column)}{dollar}{row}" for row, column in dict.fromkeys(corners)]
        on = "" if self.sheet == sheet else f"'{self.sheet}'!"
        return on + ":".join(texts)


@dataclass
class Plan:
    """A workbook to be written.

    Attributes:
        program: its formulas.
        where: the cells of each quantity in each iteration.
        constants: the cells of each constant.
        texts: labels and remarks by place.
        means: cells that hold the average of a quantity over all iterations.
        remarks: cells that hold a number which nothing refers to.
        merged: areas whose cells are merged, under the text of their first.
        hidden: rows that are hidden, by sheet.
        names: defined names of constants.
        blank_guard: whether every formula shows nothing where its first input is empty.
    """

    program: Program
    where: dict[tuple[str, int], Area] = field(default_factory=dict)
    constants: dict[str, Area] = field(default_factory=dict)
    texts: dict[Area, str] = field(default_factory=dict)
    means: dict[Area, str] = field(default_factory=dict)
    remarks: dict[Area, float] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    hidden: list[tuple[str, int]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    blank_guard: bool = False

    def formula(self, text: str, step: int, area: Area) -> str:
        """Write a formula for a cell, with references for names."""

        def refer(name: str, lag: int) -> str:
            if name in self.names:
                return self.names[name]
            if name in self.constants:
                return self.constants[name].reference(area.sheet, fixed=True)
            return self._area(name, step - lag).reference(area.sheet)

        return NAME.sub(lambda match: refer(match[1], int(match[2] or 0)), text)

    def _area(self, name: str, step: int) -> Area:
        """The cells of a quantity in an iteration; of all samples if its name ends so."""
        if not name.endswith(ALL):
            return self.where[name, step]
        start = name.removesuffix("*")
        areas = [
            area
            for (other, at), area in self.where.items()
            if at == step and other[len(start) :].isdigit() and other.startswith(start)
        ]
        return areas[0]._replace(rows=areas[-1].row - areas[0].row + 1)

    def cells_of(self, faulty: Iterable[tuple[str, int]]) -> frozenset[str]:
        """The cells of some quantities in some iterations."""
        return frozenset(cell for place in faulty for cell in self.where[place].cells())

    @property
    def filled(self) -> frozenset[str]:
        """All cells that hold something."""
        areas = [*self.where.values(), *self.constants.values(), *self.texts, *self.means, *self.remarks]
        return frozenset(cell for area in areas for cell in area.cells())


@dataclass(frozen=True)
class Block:
    """Cells of one workbook: its plan, and the numbers in it."""

    plan: Plan
    values: Values
