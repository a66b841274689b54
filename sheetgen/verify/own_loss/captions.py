"""What the texts beside and above a cell call it."""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

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
        self._columns: dict[tuple[str, int], list[int]] = {}

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
        texts = self._book.sheet(sheet).texts
        rows = self._rows(sheet, column)
        at = bisect_left(rows, row) - 1
        last = None
        for position in range(at, max(-1, at - _MOST_STACKED), -1):
            if last is not None and rows[position] != last - 1:
                return
            last = rows[position]
            yield row - last, texts[last, column].strip()

    def _rows(self, sheet: str, column: int) -> list[int]:
        if (sheet, column) not in self._columns:
            for row, each in self._book.sheet(sheet).texts:
                self._columns.setdefault((sheet, each), []).append(row)
            self._columns.setdefault((sheet, column), [])
            for rows in self._columns.values():
                rows.sort()
        return self._columns[sheet, column]

    def _left(self, place: Place) -> Iterator[tuple[int, str]]:
        sheet, row, column = place
        texts = self._book.sheet(sheet).texts
        found = 0
        for step in range(1, column):
            text = texts.get((row, column - step))
            if text is not None:
                yield step, text.strip()
                found += 1
                if found == _MOST_LEFT:
                    return
            elif found:
                return
