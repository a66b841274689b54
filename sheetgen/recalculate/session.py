"""A workbook that stays open in an engine: cells are set again and again, and all formulas follow."""

from pathlib import Path
from typing import Protocol

from sheetgen.types import Place, Value


class Session(Protocol):
    """An open workbook; the file stays as it is."""

    def put(self, place: Place, value: float | str) -> None:
        """Put a value into a cell; an empty text clears it."""

    def recalculate(self) -> None:
        """Compute every formula."""

    def value(self, place: Place) -> Value:
        """Return what a cell held after the last recalculation."""


class IronCalcSession:
    """A workbook in IronCalc."""

    def __init__(self, path: Path) -> None:
        import ironcalc

        self._model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        self._sheets = {each["name"]: number for number, each in enumerate(self._model.get_worksheets_properties())}

    def put(self, place: Place, value: float | str) -> None:
        """Put a value into a cell; an empty text clears it."""
        cell = (self._sheets[place[0]], place[1], place[2])
        if value == "":
            self._model.clear_cell_contents(*cell)
        elif isinstance(value, str):
            self._model.update_cell_with_text(*cell, value)
        else:
            self._model.update_cell_with_number(*cell, float(value))

    def recalculate(self) -> None:
        """Compute every formula."""
        self._model.evaluate()

    def value(self, place: Place) -> Value:
        """Return what a cell held after the last recalculation."""
        found: Value = self._model.get_cell_value(self._sheets[place[0]], place[1], place[2])
        return found


class FormualizerSession:
    """A workbook in formualizer."""

    def __init__(self, path: Path) -> None:
        import formualizer

        self._book = formualizer.load_workbook(str(path))
        self._book.set_temporal_egress("serial")

    def put(self, place: Place, value: float | str) -> None:
        """Put a value into a cell; an empty text clears it."""
        self._book.set_value(*place, None if value == "" else value)

    def recalculate(self) -> None:
        """Compute every formula."""
        self._book.evaluate_all()

    def value(self, place: Place) -> Value:
        """Return what a cell held after the last recalculation."""
        found = self._book.get_value(*place)
        return str(found) if isinstance(found, dict) else found
