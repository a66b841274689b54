"""The cells of a workbook and what each refers to."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import isfinite

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.copied_pieces import Copies
from sheetgen.spreadsheet.formula import Area, Piece, UnreadableFormulaError
from sheetgen.spreadsheet.formula_tree import Node, Tree, parse
from sheetgen.spreadsheet.opened_workbook import Cell, Kind, Sheet
from sheetgen.spreadsheet.scalar_places import NOT_ENTERED, in_place, lacks_array_entry
from sheetgen.types import Place
from sheetgen.verify.values.cached_numbers import as_number

_MOST_FORMULAS = 60_000
_MOST_REFERENCES = 1_500_000
_MOST_LISTED = 1_000  # cells of an area


class TooLargeError(Exception):
    """A workbook with more formulas, or references, than are followed here."""


class Graph:
    """The formulas of a workbook, with their precedents, in an order in which they can be computed.

    Args:
        book: the workbook.

    Attributes:
        trees: the formula of each cell that has a readable one. A cell that only repeats another one has none.
        sheet_names: the workbook's sheets, in order.
        unreadable: by cell, why its formula cannot be read, or only as the array formula that it was not entered as.
    """

    def __init__(self, book: CachedSheets) -> None:
        self._book = book
        self.sheet_names: tuple[str, ...] = book.workbook.sheet_names
        self._same: dict[Place, Place] = {}
        self.trees: dict[Place, Tree] = {}
        self.unreadable: dict[Place, str] = {}
        for name in self.sheet_names:
            sheet = book.sheet(name)
            if len(self.trees) + sum(len(column.rows) for column in sheet.columns.values()) > 4 * _MOST_FORMULAS:
                raise TooLargeError
            for column in sorted(sheet.columns):
                self._take(sheet, column)
        self._left = _MOST_REFERENCES
        self._precedents: dict[Place, tuple[Place, ...]] = {}

    def _take(self, sheet: Sheet, number: int) -> None:
        """Take the formulas of a column."""
        copies, roots = Copies(sheet.name, self._book.surroundings), dict[int, Node]()
        for position, template in enumerate(sheet.columns[number].formulas):
            cell = sheet.at(number, position)
            if cell.formula is None or cell.formula == "=":
                continue
            place = (sheet.name, cell.row, cell.column)
            try:
                pieces, original = copies.take_apart(cell.formula, template, cell.row)
                tree = self._copied(roots.get(original), pieces) or self._parsed(place, pieces)
            except UnreadableFormulaError as error:
                self.unreadable[place] = str(error)
                continue
            if original == cell.row and self._copied(tree.root, pieces) == tree:
                roots[original] = tree.root
            self._add(place, tree)

    def _copied(self, root: Node | None, pieces: Sequence[Piece]) -> Tree | None:
        """Return the tree of a copy of a formula whose root is known."""
        return None if root is None else Tree(root, tuple(dict.fromkeys(piece.area for piece in pieces if piece.area)))

    def _parsed(self, place: Place, pieces: Sequence[Piece]) -> Tree:
        _, row, column = place
        if lacks_array_entry(pieces, row, column):
            self.unreadable[place] = NOT_ENTERED
            return parse(pieces)
        return parse(in_place(pieces, row, column))

    def _add(self, place: Place, tree: Tree) -> None:
        if len(self.trees) > _MOST_FORMULAS:
            raise TooLargeError
        area = tree.area(tree.root) if tree.root.kind == "reference" else None
        if area is not None and area.is_cell:
            self._same[place] = area.corner
        else:
            self.trees[place] = tree

    def cell(self, place: Place) -> Cell | None:
        """Return a cell, or None if it is empty."""
        return self._book.cell(*place)

    def source(self, place: Place) -> Place:
        """Follow cells that only repeat another one (`=B3`) to the one that they repeat."""
        if place not in self._same:  # as most often
            return place
        seen = set[Place]()
        while place in self._same and place not in seen:
            seen.add(place)
            place = self._same[place]
        return place

    def repeated(self, place: Place) -> Place | None:
        """Return the cell that a formula such as `=B3` refers to; None if a cell holds anything else."""
        return self._same.get(place)

    def repeats(self) -> dict[Place, Place]:
        """Return the cells that only repeat another one, with it."""
        return {place: self.source(place) for place in self._same}

    def passed_on(self, place: Place) -> dict[Place, Place]:
        """Return the cells that a formula refers to and that only repeat another one, each with that one."""
        places = [each for area in self.trees[place].areas for each in _cells_of(area)]
        return {each: self.source(each) for each in places if each in self._same}

    def holds(self, area: Area) -> Iterator[Place]:
        """Yield the cells of an area that are not empty, each as its source."""
        if area.is_cell:
            yield self.source(area.corner)
            return
        columns = self._book.sheet(area.sheet).columns
        for number in range(area.first_column, min(area.last_column, max(columns, default=0)) + 1):
            for row in columns[number].rows if number in columns else ():
                if area.first_row <= row <= area.last_row:
                    yield self.source((area.sheet, row, number))

    def within(self, tree: Tree, part: Node) -> list[Place]:
        """Return the cells that a part of a formula refers to."""
        return [place for area in tree.referred(part) for place in self.holds(area)]

    def redirected(self, tree: Tree, instead: Mapping[Place, Place]) -> Tree:
        """Return a formula that refers to other cells instead of some."""
        areas = list[Area]()
        for area in tree.areas:
            other = instead.get(self.source(area.corner)) if area.is_cell else None
            areas.append(area if other is None else Area(*other, *other[1:]))
        return Tree(tree.root, tuple(areas))

    def precedents(self, place: Place) -> tuple[Place, ...]:
        """Return the cells that a formula refers to, each once, in the order of the formula.

        Raises:
            TooLargeError: the formulas refer to too many cells.
        """
        if place not in self._precedents:
            tree = self.trees.get(place)
            found = () if tree is None else tuple(dict.fromkeys(at for area in tree.areas for at in self.holds(area)))
            self._left -= len(found)
            if self._left < 0:
                raise TooLargeError
            self._precedents[place] = found
        return self._precedents[place]

    @cached_property
    def order(self) -> dict[Place, int]:
        """By cell with a formula, the length of the longest chain of formulas behind it; without those in circles."""
        waiting: dict[Place, int] = {}
        dependents: dict[Place, list[Place]] = {}
        for place in self.trees:
            computed = [each for each in self.precedents(place) if each in self.trees]
            waiting[place] = len(computed)
            for each in computed:
                dependents.setdefault(each, []).append(place)
        found = {place: 1 for place, count in waiting.items() if not count}
        ready = list(found)
        for place in ready:
            for dependent in dependents.get(place, ()):
                waiting[dependent] -= 1
                if not waiting[dependent]:
                    ready.append(dependent)
                    found[dependent] = 1 + max(found[each] for each in self.precedents(dependent) if each in found)
        return found

    def depth(self, place: Place) -> int:
        """Return a cell's position in `order`, 0 for one without a formula."""
        return self.order.get(place, 0)

    def number(self, place: Place) -> float | None:
        """Return the number that a cell holds, or that a text in it spells; else None."""
        cell = self.cell(place)
        if cell is None or cell.value is None:
            return None
        if cell.kind is Kind.TEXT:
            spelt = as_number(str(cell.value))
            return spelt if isfinite(spelt) else None
        return float(cell.value) if cell.kind in (Kind.NUMBER, Kind.BOOLEAN) else None

    def is_spelt(self, place: Place) -> bool:
        """Tell whether a cell holds a number that is stored as text."""
        cell = self.cell(place)
        return cell is not None and cell.kind is Kind.TEXT and cell.formula is None and self.number(place) is not None


def _cells_of(area: Area) -> Iterator[Place]:
    """Yield the cells of an area, unless it is a large one."""
    rows, columns = area.last_row - area.first_row + 1, area.last_column - area.first_column + 1
    for at in range(rows * columns if rows * columns <= _MOST_LISTED else 0):
        yield area.sheet, area.first_row + at // columns, area.first_column + at % columns
