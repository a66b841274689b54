"""The class's formula of a quantity, written with the addresses of the table it belongs in."""

from functools import cached_property

from sheetgen.network.quantities import REFERENCE, Quantity
from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname
from sheetgen.types import Place
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.network_shape import write_formulas


class ExpectedFormulas:
    """Writes what belongs in the cells of a table.

    Args:
        reading: the table.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """The class's formula of each quantity."""
        return write_formulas(self._reading.network, self._reading.samples)

    def text(self, name: str, row: int) -> str | None:
        """Return the formula that belongs in a quantity's cell, with its `=`; None if a precedent has no cell."""
        formula = self._of(name, row)
        if formula is None:
            return None
        text, end = "=", 0
        for match in REFERENCE.finditer(formula):
            address = self._address(match[1], match[2], row)
            if address is None:
                return None
            text += formula[end : match.start()] + address
            end = match.end()
        return text + formula[end:]

    def precedents(self, name: str, row: int) -> set[str]:
        """Return the quantities that the class's formula refers to; none if there is no such formula."""
        return {match[1] for match in REFERENCE.finditer(self._of(name, row) or "")}

    def _of(self, name: str, row: int) -> str | None:
        quantity = self.quantities.get(name)
        return None if quantity is None else quantity.formula(row - self._reading.table.first_row)

    def _address(self, name: str, source: str | None, row: int) -> str | None:
        reading, table = self._reading, self._reading.table
        if name == "eta":
            return self._eta()
        column = table.columns.get(name)
        if source == "start" or column is None:
            sample = reading.sample(row) if reading.network.repeats_with_samples(name) else 0
            places = [place for place, feed in reading.feeds.items() if (feed.name, feed.sample) == (name, sample)]
            return self._anchored(places[0]) if places else None
        return f"{get_column_letter(column)}{row - int(source or 0)}"

    def _eta(self) -> str | None:
        if self._reading.eta is not None:
            return self._anchored(self._reading.eta)
        return None if self._reading.typed_rate is None else repr(self._reading.typed_rate)

    def _anchored(self, place: Place) -> str:
        sheet, row, column = place
        prefix = "" if sheet == self._reading.table.sheet.name else f"{quote_sheetname(sheet)}!"
        return f"{prefix}${get_column_letter(column)}${row}"
