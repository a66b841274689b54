"""The formulas of a worksheet as it is read: each distinct one kept once, shared and array formulas expanded."""

from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.spreadsheet.package import Limits, Package
from sheetgen.spreadsheet.relative_formula import Template, make_template
from sheetgen.spreadsheet.sheet import Sheet

_MOST_SPREAD, _MOST_SPREAD_PER_CELL = 100_000, 2
_YES = ("1", "true")


class _Shared(NamedTuple):
    """A shared formula: where it is defined, and its number in each column that uses it."""

    text: str
    row: int
    column: int
    numbers: dict[int, int]


class _Block(NamedTuple):
    """The cells of an array formula or a data table: their range, and what each of them holds, by its place in it."""

    reference: str
    element: Callable[[int, int, int], Template]
    length: int


class Formulas:
    """Numbers the distinct formulas of a worksheet.

    Args:
        package: the workbook, for error messages.
        sheet: the worksheet that holds the formulas.
        limits: the most it may hold.
    """

    def __init__(self, package: Package, sheet: Sheet, limits: Limits) -> None:
        self._package = package
        self._sheet = sheet
        self._most = limits.distinct
        self._numbers: dict[Template, int] = {}
        self._last: dict[int, int] = {}
        self._shared: dict[str, _Shared] = {}
        self._blocks: list[_Block] = []
        self._left = 2 * limits.cells  # characters of formulas that may be copied to other cells

    def number(self, formula: str, attributes: dict[str, str], row: int, column: int) -> int:
        """Return the number of a cell's formula, which usually continues the one above."""
        if attributes:
            kind = attributes.get("t")
            if kind == "shared":
                return self._number_shared(formula, attributes.get("si", ""), row, column)
            if kind == "array" and formula:
                return self._number_array(formula, attributes.get("ref", ""), row)
            if kind == "dataTable":
                return self._number_data_table(attributes)
        last = self._last.get(column)
        if last is not None and self._sheet.templates[last].at(row) == formula:
            return last
        number = self._last[column] = self._add(make_template(formula, row))
        return number

    def spread_arrays(self) -> None:
        """Give every cell of an array formula or a data table the formula of its own element."""
        left = _MOST_SPREAD + _MOST_SPREAD_PER_CELL * sum(len(column.rows) for column in self._sheet.columns.values())
        for block in self._blocks:
            left -= self._spread(block)
            if left < 0:
                raise self._package.damaged(f"sheet {self._sheet.name} has array formulas on top of each other")

    def _add(self, template: Template) -> int:
        templates = self._sheet.templates
        number = self._numbers.setdefault(template, len(templates))
        if number == len(templates):
            if number >= self._most:
                what = f"sheet {self._sheet.name} has more different formulas than the limit allows"
                raise self._package.too_large(what)
            templates.append(template)
        return number

    def _number_array(self, formula: str, reference: str, row: int) -> int:
        """Number the first element of an array formula, and remember to spread it."""
        first, _, last = reference.partition(":")
        if last not in ("", first):
            block = _Block(reference, lambda at, below, right: _element(formula, at, below, right), len(formula))
            self._blocks.append(block)
        return self._add(_element(formula, row, 0, 0))

    def _number_data_table(self, attributes: dict[str, str]) -> int:
        """Number the cells of a data table, which a dialog computes and not a formula."""
        cell, other = attributes.get("r1", ""), attributes.get("r2", "")
        if attributes.get("dt2D") not in _YES:
            cell, other = (cell, "") if attributes.get("dtr") in _YES else ("", cell)
        table = Template("", (), f"{{=TABLE({cell},{other})}}")
        self._blocks.append(_Block(attributes.get("ref", ""), lambda *_: table, 0))
        return self._add(table)

    def _number_shared(self, formula: str, group: str, row: int, column: int) -> int:
        if formula:
            self._shared[group] = _Shared(formula, row, column, {})
        shared = self._shared.get(group)
        if shared is None:
            raise self._package.damaged(f"sheet {self._sheet.name} shares a formula that is not there")
        if column not in shared.numbers:
            self._spend(len(shared.text))
            shared.numbers[column] = self._add(make_template(shared.text, shared.row, column - shared.column))
        return shared.numbers[column]

    def _spend(self, characters: int) -> None:
        """Count characters that are in the file once and in memory several times."""
        self._left -= characters
        if self._left < 0:
            raise self._package.too_large(f"sheet {self._sheet.name} shares longer formulas than the limit allows")

    def _spread(self, block: _Block) -> int:
        """Spread one array formula or data table and return how much work it was."""
        try:
            left, top, right, bottom = range_boundaries(block.reference)
        except ValueError:
            return 1
        work = 0
        for number in sorted(number for number in self._sheet.columns if left <= number <= right):
            cells = self._sheet.columns[number]
            places = range(bisect_left(cells.rows, top), bisect_left(cells.rows, bottom + 1))
            self._spend(block.length * len(places))
            for place in places:
                row = cells.rows[place]
                cells.formulas[place] = self._add(block.element(row, row - top, number - left))
            work += 1 + len(places)
        return work + len(self._sheet.columns)


def _element(formula: str, row: int, below: int, right: int) -> Template:
    """Write the element of an array formula that is so many rows below its first one, and columns to the right.

    Args:
        formula: the array formula.
        row: the row of the element.
        below: how many rows below the first element it is.
        right: how many columns to the right.
    """
    whole = make_template(formula, row)
    element = f"INDEX({whole.text},{below + 1},{right + 1})"
    return Template(element, whole.offsets, f"{{={whole.text}}}")
