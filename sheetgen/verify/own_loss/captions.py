"""What the texts beside and above a cell call it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname
from sheetgen.types import Place
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.labels import quantity_of

_MOST_STACKED = 3  # rows of headers
_MOST_LEFT = 4
_MOST_LETTERS = 30
_CROSS = "✗"


class Captions:
    """Finds the labels of cells.

    Args:
        book: the workbook.
        graph: its formulas; a cell that only repeats another one passes its label on.
    """

    def __init__(self, book: LabelledSheets, graph: Graph) -> None:
        self._book = book
        self._graph = graph
        self._lines: dict[str, _Lines] = {}

    def quantity(self, place: Place) -> str | None:
        """Return the quantity that a label of a cell means, or None."""
        for each in (place, *self._repeating.get(place, ())):
            for text in self._texts(each):
                found = quantity_of(text)
                if found is not None:
                    return found
        return None

    def name(self, place: Place, sheet: str | None = None) -> str:
        """Name a cell: its label and its address, or the address alone; with its sheet, if not the one given."""
        prefix = "" if sheet in (None, place[0]) else f"{quote_sheetname(place[0])}!"
        address = f"{prefix}{get_column_letter(place[2])}{place[1]}"
        label = self.label(place)
        return address if label is None else f"{label} ({address})"

    def is_shown_as_wrong(self, place: Place) -> bool:
        """Tell whether the sheet itself marks a cell as a mistake, as a lesson about it does."""
        return any(_CROSS in text for text in self._texts(place))

    def label(self, place: Place) -> str | None:
        """Return the quantity that a cell's label means, or else the label as it is, if it is short."""
        return self.quantity(place) or next((text for text in self._texts(place) if len(text) <= _MOST_LETTERS), None)

    @cached_property
    def _repeating(self) -> dict[Place, list[Place]]:
        found: dict[Place, list[Place]] = {}
        for place, source in self._graph.repeats().items():
            found.setdefault(source, []).append(place)
        return found

    def _texts(self, place: Place) -> Iterator[str]:
        """Yield the labels of a cell, the likeliest first: a text right beside it, those above, those to its left."""
        above, left = list(self._above(place)), list(self._left(place))
        if left and left[0][0] == 1 and not (above and above[0][0] == 1):
            yield from (text for _, text in left)
            yield from (text for _, text in above)
        else:
            yield from (text for _, text in above)
            yield from (text for _, text in left)

    def _above(self, place: Place) -> Iterator[tuple[int, str]]:
        sheet, row, column = place
        rows = self._lines_of(sheet).rows.get(column, [])
        for each in _adjoining(rows, row, _MOST_STACKED):
            yield row - each, self._book.sheet(sheet).texts[each, column].strip()

    def _left(self, place: Place) -> Iterator[tuple[int, str]]:
        sheet, row, column = place
        columns = self._lines_of(sheet).columns.get(row, [])
        for each in _adjoining(columns, column, _MOST_LEFT):
            yield column - each, self._book.sheet(sheet).texts[row, each].strip()

    def _lines_of(self, sheet: str) -> "_Lines":
        if sheet not in self._lines:
            self._lines[sheet] = _Lines(defaultdict(list), defaultdict(list))
            for row, column in sorted(place for place, _ in self._book.sheet(sheet).words()):
                self._lines[sheet].rows[column].append(row)
                self._lines[sheet].columns[row].append(column)
        return self._lines[sheet]


class _Lines(NamedTuple):
    """Where the texts of a sheet stand: by column the rows, by row the columns, in order."""

    rows: dict[int, list[int]]
    columns: dict[int, list[int]]


def _adjoining(held: list[int], before: int, most: int) -> Iterator[int]:
    """Yield the nearest of some sorted numbers before another one, and those that adjoin it without a gap."""
    at = bisect_left(held, before) - 1
    for position in range(at, max(-1, at - most), -1):
        if held[position] != held[at] - (at - position):
            return
        yield held[position]
