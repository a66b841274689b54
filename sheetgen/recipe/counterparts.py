"""A workbook beside its blueprint: which sheet is which, and one spelling for the formulas of both."""

import re
from collections import Counter
from functools import cached_property

from sheetgen.recipe.same_results import gives_the_same
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.sheet import Sheet
from sheetgen.spreadsheet.spelling import respelt, same_structure
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.visible_text import shorten
from sheetgen.workbook.blueprint import Blueprint, Tab

_MOST_TEXT = 60
_FEWEST_MOVED = 3


class Counterparts:
    """A workbook beside its blueprint.

    Attributes:
        book: the workbook.
        blueprint: what `sheetgen` wrote.
        places: the sheets of the blueprint that the workbook has, and what they are called there.
    """

    def __init__(self, book: CachedSheets, blueprint: Blueprint) -> None:
        self.book = book
        self.blueprint = blueprint
        names = book.workbook.sheet_names
        self.places: dict[str, str] = {name: name for name in blueprint.tabs if name in names}
        strangers = [name for name in names if name not in blueprint.tabs]
        for name in (name for name in blueprint.tabs if name not in names):
            renamed = next((other for other in strangers if self._alike(name, other)), None)
            if renamed is not None:
                self.places[name] = renamed
                strangers.remove(renamed)

    @cached_property
    def renamed(self) -> dict[str, str]:
        """What renamed sheets are called in the blueprint, by their case-folded name in the workbook."""
        return {found.casefold(): name for name, found in self.places.items() if found != name}

    def tab(self, name: str) -> Tab:
        """Return what `sheetgen` wrote into a sheet."""
        return self.blueprint.tabs[name]

    def sheet(self, name: str) -> Sheet:
        """Return the sheet of the workbook for one of the blueprint."""
        return self.book.sheet(self.places[name])

    def same(self, found: str, expected: str, tab: str = "") -> bool:
        """Tell whether a formula of the workbook is one of the blueprint, however it is spelt.

        Args:
            found: the one in the workbook.
            expected: the one in the blueprint.
            tab: the blueprint's name of the sheet on which both stand.
        """
        return found == expected or same_structure(self.respelt(found, tab), respelt(expected, tab))

    def alike(self, found: str, expected: str, tab: str, row: int) -> bool:
        """Tell whether a formula of the workbook gives what one of the blueprint gives, on random numbers.

        Args:
            found: the one in the workbook.
            expected: the one in the blueprint.
            tab: the blueprint's name of the sheet on which both stand.
            row: their row.
        """
        return gives_the_same(self.book, found, self._in_workbook(expected), (self.places[tab], row))

    def _in_workbook(self, expected: str) -> str:
        """Write a formula of the blueprint with the workbook's names of the sheets."""
        for name in self.renamed.values():
            own = f"'{self.places[name]}'!".replace("\\", r"\\")
            expected = re.sub(rf"(?<![\w'])(?:{re.escape(name)}|'{re.escape(name)}')!", own, expected)
        return expected

    def respelt(self, found: str, tab: str) -> str:
        """Write a formula of the workbook in the one spelling, with the blueprint's names of the sheets."""
        return respelt(found, tab, self.renamed)

    def formula(self, place: str, row: int, column: int) -> str | None:
        """Return the formula that `sheetgen` wrote into a cell, without `=`, given the workbook's name of the sheet."""
        name = next((name for name, found in self.places.items() if found == place), None)
        if name is None:
            return None
        table = self.tab(name).table
        if table is not None and 0 <= (step := row - table.first_row - 1) < table.row_count:
            above = [str(row - lag) for lag in range(table.distinct_rows[0] + 1)]
            return dict(enumerate(table.formulas(step, above), start=1)).get(column)
        written = (cell for cell in self.tab(name).cells if (cell.row, cell.column, cell.live) == (row, column, True))
        return next((str(cell.content) for cell in written), None)

    def rearranged(self) -> bool:
        """Tell whether rows or columns were inserted or removed: texts stand elsewhere, moved all alike."""
        return any(map(self._moved, self.places))

    def finding(self, tab: str, place: tuple[int, int], quantity: str, message: str) -> Finding:
        """Report something about a cell that is not written in the cell itself, such as a chart."""
        address = f"{get_column_letter(place[1])}{place[0]}"
        return Finding(self.places[tab], address, 1, quantity, FindingKind.ALTERED, message)

    def _moved(self, name: str) -> bool:
        texts = self.sheet(name).texts
        where: dict[str, list[tuple[int, int]]] = {}
        for place, text in texts.items():
            where.setdefault(text, []).append(place)
        lost = [c for c in self.tab(name).cells if not c.live and isinstance(c.content, str)]
        lost = [cell for cell in lost if texts.get((cell.row, cell.column)) != cell.content]
        moves = Counter(
            move
            for cell in lost
            for move in {(row - cell.row, column - cell.column) for row, column in where.get(str(cell.content), ())}
            if 0 in move
        )
        return max(moves.values(), default=0) >= max(_FEWEST_MOVED, len(lost) / 2)

    def _alike(self, name: str, other: str) -> bool:
        """Tell whether most texts that belong on a sheet stand on another one."""
        texts = self.book.sheet(other).texts
        expected = [cell for cell in self.tab(name).cells if isinstance(cell.content, str) and not cell.live]
        return 2 * sum(texts.get((cell.row, cell.column)) == cell.content for cell in expected) > len(expected)


def quoted(text: str) -> str:
    """Write a text as part of a message."""
    return f"“{shorten(text, _MOST_TEXT)}”" if text else "none"
