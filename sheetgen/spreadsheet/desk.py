"""Formulas evaluated where they stand, on contents of our own choice; the cells they refer to are loaded in blocks.

`sheetgen.spreadsheet.engine` does the same for the small areas that a table's formulas refer to. Formulas outside of
the tables may refer to whole columns of long tables, which would take minutes cell by cell.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import formualizer
from openpyxl.utils.cell import get_column_letter

from sheetgen.spreadsheet.engine import FARTHEST, Content, Formula, TooManyCellsError, empty_book
from sheetgen.spreadsheet.formula import Area, Piece
from sheetgen.spreadsheet.text_function import UNKNOWN_FORMAT, fixed, text
from sheetgen.spreadsheet.volatile import Value

Place = tuple[str, int, int]

_MOST_CELLS = 5_000_000
_MOST_FORMULAS = 50_000
_NEWER = "_xlfn."
_ERRORS = {"Div": "#DIV/0!", "Na": "#N/A", "Name": "#NAME?"}
UNABLE = "#N/IMPL!"
"""What stands for a result that the engine cannot give."""


class Run(NamedTuple):
    """What cells below each other hold, from a row on."""

    row: int
    contents: "list[Content | Formula]"


Fetch = Callable[[str, int, int, int], Iterable[Run]]
"""Called with a sheet, a column, and its first and last row; returns what the cells there hold."""


class Desk:
    """An engine that holds some formulas, and all that they refer to.

    Args:
        formulas: what to evaluate. Several may stand in the same place.
        fetch: tells what the cells hold that are referred to. A formula among them is evaluated too.

    Raises:
        TooManyCellsError: the formulas refer to more cells than can be loaded.
    """

    def __init__(self, formulas: list[Formula], fetch: Fetch) -> None:
        self._book = empty_book()
        self._book.set_temporal_egress("serial")
        self._book.register_function("TEXT", text, min_args=2, max_args=2, allow_override_builtin=True)
        self._book.register_function("FIXED", fixed, min_args=1, max_args=3, allow_override_builtin=True)
        self._fetch = fetch
        self._sheets: dict[str, str] = {}
        self._widths: dict[str, int] = {}
        self._loaded: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self._left, self._formulas_left = _MOST_CELLS, _MOST_FORMULAS
        self._load(formulas)
        self._places = [self._add(formula) for formula in self._own_sheets(formulas)]

    def put(self, place: Place, value: float | str) -> None:
        """Change what a cell holds."""
        sheet, row, column = place
        self._book.set_value(self._sheet(sheet), row, column, value)

    def results(self) -> list[Value]:
        """Evaluate; return for each formula its value, an error as its text, `UNABLE` where there is none."""
        try:
            self._book.evaluate_all()
        except formualizer.ExcelEvaluationError:
            return [UNABLE] * len(self._places)
        return [UNABLE if place is None else _plain(self._book.get_value(*place)) for place in self._places]

    def _own_sheets(self, formulas: list[Formula]) -> Iterator[tuple[str, Formula]]:
        """Give each formula a sheet on which its place is free."""
        layers: dict[tuple[int, int], int] = {}
        last_row = max((formula.row for formula in formulas), default=1)
        last_column = max((formula.column for formula in formulas), default=1)
        for formula in formulas:
            layer = layers[formula.row, formula.column] = layers.get((formula.row, formula.column), -1) + 1
            self._book.add_sheet(f"P{layer}")
            self._widen(f"P{layer}", last_row, last_column)
            yield f"P{layer}", formula

    def _widen(self, sheet: str, row: int, column: int) -> None:
        """Make room up to a cell, as the engine rebuilds a sheet for each cell to the right of all others."""
        if column > self._widths.get(sheet, 0) and row * column <= FARTHEST:
            self._widths[sheet] = column
            self._book.set_value(sheet, row, column, None)

    def _add(self, placed: tuple[str, Formula]) -> tuple[str, int, int] | None:
        sheet, formula = placed
        return (sheet, formula.row, formula.column) if self._write(sheet, formula) else None

    def _write(self, sheet: str, formula: Formula) -> bool:
        """Write a formula; tell whether the engine can take it."""
        if formula.row * formula.column > FARTHEST:
            return False
        try:
            self._book.set_formula(sheet, formula.row, formula.column, self._text(formula))
        except RuntimeError:
            return False
        return True

    def _load(self, formulas: list[Formula]) -> None:
        """Load all that formulas refer to, and what is referred to from there."""
        waiting = formulas
        while waiting:
            spans = spans_of(piece.area for formula in waiting for piece in formula.pieces if piece.area)
            waiting = []
            for (sheet, column), wanted in sorted(spans.items(), key=lambda each: -each[0][1]):
                self._widen(self._sheet(sheet), wanted[-1][1], column)
                loaded = self._loaded.setdefault((sheet, column), [])
                for first, last in _missing(wanted, loaded):
                    for run in self._fetch(sheet, column, first, last):
                        waiting += self._put_run(sheet, column, run)
                loaded += wanted
            self._formulas_left -= len(waiting)
            if self._formulas_left < 0:
                raise TooManyCellsError

    def _put_run(self, sheet: str, column: int, run: Run) -> Iterator[Formula]:
        name = self._sheet(sheet)
        self._left -= len(run.contents)
        if self._left < 0 or (run.row + len(run.contents)) * column > FARTHEST:
            raise TooManyCellsError
        formulas = [content for content in run.contents if isinstance(content, Formula)]
        values = [[None if isinstance(content, Formula) else content] for content in run.contents]
        if len(formulas) < len(values):
            self._book.set_values_batch(name, run.row, column, values)
        for formula in formulas:
            self._write(name, formula)
        yield from formulas

    def _sheet(self, name: str) -> str:
        if name not in self._sheets:
            self._sheets[name] = f"S{len(self._sheets)}"
            self._book.add_sheet(self._sheets[name])
        return self._sheets[name]

    def _text(self, formula: Formula) -> str:
        return "=" + "".join(map(self._piece, formula.pieces))

    def _piece(self, piece: Piece) -> str:
        if piece.area is None:
            return piece.text.removeprefix(_NEWER)
        area = piece.area
        first = f"{self._sheet(area.sheet)}!{get_column_letter(area.first_column)}{area.first_row}"
        return first if area.is_cell else f"{first}:{get_column_letter(area.last_column)}{area.last_row}"


def spans_of(areas: Iterable[Area]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """Return, by sheet and column, the rows that areas cover: first and last of each span, ascending."""
    bounds: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for area in dict.fromkeys(areas):
        for column in range(area.first_column, area.last_column + 1):
            bounds.setdefault((area.sheet, column), []).append((area.first_row, area.last_row))
    return {place: _merged(sorted(spans)) for place, spans in bounds.items()}


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged = spans[:1]
    for first, last in spans[1:]:
        if first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _missing(wanted: list[tuple[int, int]], loaded: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the parts of spans of rows that were not loaded before."""
    parts = wanted
    for top, bottom in loaded:
        parts = [
            part
            for first, last in parts
            for part in ((first, min(last, top - 1)), (max(first, bottom + 1), last))
            if part[0] <= part[1]
        ]
    return parts


def _plain(value: object) -> Value:
    if isinstance(value, dict):
        kind = str(value.get("kind"))
        return _ERRORS.get(kind, f"#{kind.upper()}!")
    if isinstance(value, str):
        return UNABLE if UNKNOWN_FORMAT in value else value
    if value is None or isinstance(value, bool):
        return value
    return float(value) if isinstance(value, int | float) else UNABLE
