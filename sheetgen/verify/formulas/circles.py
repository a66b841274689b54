"""Which formulas of a table close a circular reference, directly or by way of cells outside the table."""

from collections.abc import Iterator, Sequence

from sheetgen.spreadsheet.circular_references import find_circle
from sheetgen.spreadsheet.formula import Area, precedents
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.types import Place
from sheetgen.verify.formulas.expected_formula import ExpectedFormulas
from sheetgen.verify.formulas.groups import Group
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_MOST_FOLLOWED = 200


class Circles:
    """Finds circular references among the formulas of a table.

    Args:
        reading: the table.
        book: the workbook.
    """

    def __init__(self, reading: Reading, book: LabelledSheets) -> None:
        self._reading = reading
        self._book = book
        self._rightmost = max(reading.table.names)

    def refers_to_itself(self, group: Group, formula: Formula) -> bool:
        """Tell whether a formula needs its own cell."""
        return group.name in self._beside(formula)

    def closing(self, groups: Sequence[Group], formulas: Sequence[Formula]) -> set[int]:
        """Find the formulas that close a circle; not those that are only on one.

        Such a formula refers to a quantity of its row that is worked out after its own, or to a later row.

        Returns:
            Their positions.
        """
        beside = list(map(self._beside, formulas))
        ahead = {at for at, formula in enumerate(formulas) if self._looks_ahead(formula)}
        circular = _circular([group.name for group in groups], beside)
        if not circular:
            return ahead
        order = {name: at for at, name in enumerate(ExpectedFormulas(self._reading).quantities)}
        on_circle = [at for at, group in enumerate(groups) if group.name in circular and beside[at] & circular]
        back = {
            at
            for at in on_circle
            if any(order.get(other, 0) > order.get(groups[at].name, 0) for other in beside[at] & circular)
        }
        return ahead | (back or set(on_circle))

    def _beside(self, formula: Formula) -> set[str]:
        """Return the quantities of a formula's own row that it needs."""
        own = (area for area in self._needed(formula) if area.first_row <= formula.row <= area.last_row)
        return {name for area in own for name in self._quantities(area)}

    def _looks_ahead(self, formula: Formula) -> bool:
        """Tell whether a formula needs a later row of the table that is worked out from its own cell."""
        later = (area for area in self._needed(formula) if area.last_row > formula.row)
        if not any(name for area in later for name in self._quantities(area)):
            return False
        return bool(find_circle((self._reading.table.sheet.name, formula.row, formula.column), self._book))

    def _quantities(self, area: Area) -> Iterator[str]:
        names = self._reading.table.names
        columns = range(area.first_column, min(area.last_column, self._rightmost) + 1)
        return (names[column] for column in columns if column in names)

    def _needed(self, formula: Formula) -> Iterator[Area]:
        """Yield the areas of the table's sheet that a formula needs, also by way of single cells outside the table."""
        table, followed = self._reading.table, set[Place]()
        waiting = precedents(in_place(formula.pieces, formula.row, formula.column))
        while waiting:
            area = waiting.pop()
            local = area.sheet == table.sheet.name
            if local:
                yield area
            place = area.corner
            inside = local and table.holds(area.first_row, area.first_column)
            if area.is_cell and not inside and place not in followed and len(followed) < _MOST_FOLLOWED:
                followed.add(place)
                waiting += self._book.precedents(place)


def _circular(names: Sequence[str], beside: Sequence[set[str]]) -> set[str]:
    """Return the quantities with circular references, and those between them."""
    uses: dict[str, set[str]] = {}
    for name, others in zip(names, beside, strict=True):
        uses.setdefault(name, set()).update(others)
    while True:  # a quantity left without precedents or dependents is in no circular reference
        used = set().union(*uses.values())
        open_ = {name for name, others in uses.items() if others & uses.keys() and name in used}
        if open_ == uses.keys():
            return open_
        uses = {name: uses[name] & open_ for name in open_}
