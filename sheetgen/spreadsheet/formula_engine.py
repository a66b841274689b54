"""Formulas evaluated where they stand, by formualizer, on cells whose contents the caller chooses.

The cells that formulas refer to are fetched column by column in runs, because a formula may refer to whole columns of
a long table.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

import formualizer

from sheetgen.spreadsheet.formula import Area, Piece
from sheetgen.spreadsheet.text_function import UNKNOWN_FORMAT, fixed, text
from sheetgen.types import Place, Value

UNABLE = "#N/IMPL!"
"""What stands for a result that the engine cannot give."""

_MOST_CELLS = 5_000_000
_MOST_FORMULAS = 50_000
_MOST_ONE_BY_ONE = 300_000
_FARTHEST = 1 << 27  # the engine sets aside memory for every cell up to the last one
_NEWER = "_xlfn."  # how Excel writes functions that are newer than the file format
_ERRORS = {"Div": "#DIV/0!", "Na": "#N/A", "Name": "#NAME?", "Nimpl": UNABLE, "NImpl": UNABLE}


class Formula(NamedTuple):
    """A formula to be evaluated: its pieces, and the row and column it stands in."""

    pieces: tuple[Piece, ...]
    row: int
    column: int


class TooManyCellsError(Exception):
    """The formulas refer to more cells than can be loaded."""


Content = Value | Formula
"""What a cell holds: a value, or a formula that is evaluated too."""


class Run(NamedTuple):
    """What cells below each other hold, from a row on."""

    row: int
    contents: list[Content]


Fetch = Callable[[str, int, int, int], Iterable[Run]]
"""Called with a sheet, a column, and its first and last row; returns what the cells there hold."""


def one_by_one(content: Callable[[str, int, int], Content], extent: Callable[[str], tuple[int, int]]) -> Fetch:
    """Return what fetches cells one at a time.

    Args:
        content: called with sheet, row and column of a cell, returns what it holds.
        extent: called with a sheet, returns the last row and column that hold something; nothing beyond is fetched.

    Raises:
        TooManyCellsError: what is returned raises it where it would take too long.
    """
    left = _MOST_ONE_BY_ONE
    end_of = cache(extent)

    def fetch(sheet: str, column: int, first: int, last: int) -> Iterator[Run]:
        nonlocal left
        rows, columns = end_of(sheet)
        last = min(last, rows) if column <= columns else 0
        left -= max(0, last - first + 1)
        if left < 0:
            raise TooManyCellsError
        if first <= last:
            yield Run(first, [content(sheet, row, column) for row in range(first, last + 1)])

    return fetch


def evaluate(formulas: list[Formula], fetch: Fetch) -> list[Value]:
    """Evaluate formulas.

    Args:
        formulas: what to evaluate. Several may stand in the same place.
        fetch: tells what the cells hold that are referred to. A formula among them is evaluated too.

    Returns:
        The value of each formula, an error as its text, `UNABLE` where the engine gives none.

    Raises:
        TooManyCellsError: the formulas refer to more cells than can be loaded.
    """
    return _Book(formulas, fetch).results()


class _Book:
    """A workbook of the engine's that holds some formulas, and all that they refer to."""

    def __init__(self, formulas: list[Formula], fetch: Fetch) -> None:
        config = formualizer.WorkbookConfig(mode=formualizer.WorkbookMode.Ephemeral, enable_changelog=False)
        self._book = formualizer.Workbook(config=config)
        self._book.set_temporal_egress("serial")
        self._book.register_function("TEXT", text, min_args=2, max_args=2, allow_override_builtin=True)
        self._book.register_function("FIXED", fixed, min_args=1, max_args=3, allow_override_builtin=True)
        self._fetch = fetch
        self._sheets: dict[str, str] = {}
        self._loaded: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self._left, self._formulas_left = _MOST_CELLS, _MOST_FORMULAS
        self._load(formulas)
        self._places = [self._write(sheet, formula) for sheet, formula in self._own_sheets(formulas)]

    def results(self) -> list[Value]:
        """Evaluate and return the value of each formula."""
        try:
            self._book.evaluate_all()
        except formualizer.ExcelEvaluationError:
            return [UNABLE] * len(self._places)
        return [UNABLE if place is None else _plain(self._book.get_value(*place)) for place in self._places]

    def _own_sheets(self, formulas: list[Formula]) -> Iterator[tuple[str, Formula]]:
        """Give each formula a sheet on which its place is free."""
        layers: Counter[tuple[int, int]] = Counter()
        last_row = max((formula.row for formula in formulas), default=1)
        last_column = max((formula.column for formula in formulas), default=1)
        for formula in formulas:
            name = f"\0{layers[formula.row, formula.column]}"  # which no sheet is called
            layers[formula.row, formula.column] += 1
            if name not in self._sheets and last_row * last_column <= _FARTHEST:
                self._book.set_value(self._sheet(name), last_row, last_column, None)  # room for all, made at once
            yield self._sheet(name), formula

    def _write(self, sheet: str, formula: Formula) -> Place | None:
        """Write a formula and return its place; None where the engine cannot take it."""
        if formula.row * formula.column > _FARTHEST:
            return None
        try:
            self._book.set_formula(sheet, formula.row, formula.column, "=" + "".join(map(self._piece, formula.pieces)))
        except RuntimeError:
            return None
        return sheet, formula.row, formula.column

    def _load(self, formulas: list[Formula]) -> None:
        """Load all that formulas refer to, and what is referred to from there."""
        waiting = formulas
        while waiting:
            spans = spans_of(piece.area for formula in waiting for piece in formula.pieces if piece.area)
            waiting = []
            # The engine rebuilds a sheet for each cell to the right of all others, so the last column comes first.
            for (sheet, column), wanted in sorted(spans.items(), key=lambda each: -each[0][1]):
                loaded = self._loaded.setdefault((sheet, column), [])
                for first, last in _missing(wanted, loaded):
                    for run in self._fetch(sheet, column, first, last):
                        waiting += self._put_run(sheet, column, run)
                loaded += wanted
            self._formulas_left -= len(waiting)
            if self._formulas_left < 0:
                raise TooManyCellsError

    def _put_run(self, sheet: str, column: int, run: Run) -> list[Formula]:
        name = self._sheet(sheet)
        self._left -= len(run.contents)
        if self._left < 0 or (run.row + len(run.contents)) * column > _FARTHEST:
            raise TooManyCellsError
        formulas = [content for content in run.contents if isinstance(content, Formula)]
        if len(formulas) < len(run.contents):
            values = [[None if isinstance(content, Formula) else content] for content in run.contents]
            self._book.set_values_batch(name, run.row, column, values)
        for formula in formulas:
            self._write(name, formula)
        return formulas

    def _sheet(self, name: str) -> str:
        if name not in self._sheets:
            self._sheets[name] = f"S{len(self._sheets)}"
            self._book.add_sheet(self._sheets[name])
        return self._sheets[name]

    def _piece(self, piece: Piece) -> str:
        if piece.area is None:
            return piece.text.removeprefix(_NEWER)
        return f"{self._sheet(piece.area.sheet)}!{piece.area.text}"


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


def error_text(kind: str) -> str:
    """Return the text of an error, given formualizer's name for its kind; a text that begins with `#` stays."""
    return kind if kind.startswith("#") else _ERRORS.get(kind, f"#{kind.upper()}!")


def _plain(value: object) -> Value:
    if isinstance(value, dict):
        return error_text(str(value.get("kind")))
    if isinstance(value, str):
        return UNABLE if UNKNOWN_FORMAT in value else value
    if value is None or isinstance(value, bool):
        return value
    return float(value) if isinstance(value, int | float) else UNABLE
