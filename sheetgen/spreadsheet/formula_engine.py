"""Formulas evaluated in place by formualizer, on cells whose contents the caller supplies.

Precedents are fetched column by column in runs, because a formula may refer to whole columns of a long table.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

import formualizer
from openpyxl.utils.cell import get_column_letter

from sheetgen.spreadsheet.array_functions import engine_functions
from sheetgen.spreadsheet.formula import Area, Piece
from sheetgen.spreadsheet.lambdas import applied
from sheetgen.spreadsheet.scalar_places import in_place
from sheetgen.spreadsheet.text_function import UNKNOWN_FORMAT, fixed, text
from sheetgen.types import Place, Value

UNABLE = "#N/IMPL!"
"""Stands for a result that the engine cannot compute."""

_MOST_CELLS = 5_000_000
_MOST_FORMULAS = 50_000
_MOST_ONE_BY_ONE = 300_000
_FARTHEST = 1 << 27  # the engine allocates memory for every cell up to the last one
_NEWER = "_xlfn."  # Excel's prefix for functions newer than the file format
_ALIASES = {"POW(": "POWER("}  # Google's name for it
_ERRORS = {"Div": "#DIV/0!", "Na": "#N/A", "Name": "#NAME?", "Nimpl": UNABLE, "NImpl": UNABLE}


class Formula(NamedTuple):
    """A formula to be evaluated: its pieces, and the row and column it stands in."""

    pieces: tuple[Piece, ...]
    row: int
    column: int


class TooManyCellsError(Exception):
    """The formulas refer to more cells than can be loaded."""


Content = Value | Formula
"""The content of a cell: a value, or a formula, which is evaluated as well."""


class Run(NamedTuple):
    """The contents of consecutive cells of a column, from a given row down."""

    row: int
    contents: list[Content]


Fetch = Callable[[str, int, int, int], Iterable[Run]]
"""Called with a sheet, a column, and a first and last row; returns the contents of those cells."""


def one_by_one(content: Callable[[str, int, int], Content], extent: Callable[[str], tuple[int, int]]) -> Fetch:
    """Return a function that fetches cells one at a time.

    Args:
        content: called with the sheet, row and column of a cell, returns its content.
        extent: called with a sheet, returns its last used row and column; nothing beyond is fetched.

    Raises:
        TooManyCellsError: raised by the returned function if fetching would take too long.
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


def evaluate(formulas: list[Formula], fetch: Fetch, *, date1904: bool = False) -> list[Value]:
    """Evaluate formulas.

    Args:
        formulas: what to evaluate. Several may stand in the same place.
        fetch: supplies the contents of their precedents. A formula among them is evaluated as well.
        date1904: whether dates are counted from 1904.

    Returns:
        The value of each formula: an error as its text, `UNABLE` if the engine gives none.

    Raises:
        TooManyCellsError: the formulas refer to more cells than can be loaded.
    """
    return _Book(formulas, fetch, date1904=date1904).results()


class _Book:
    """A workbook in the engine, with some formulas and all their precedents."""

    def __init__(self, formulas: list[Formula], fetch: Fetch, *, date1904: bool) -> None:
        settings = formualizer.EvaluationConfig()
        settings.date_system = "1904" if date1904 else "1900"
        mode = formualizer.WorkbookMode.Ephemeral
        config = formualizer.WorkbookConfig(mode=mode, eval_config=settings, enable_changelog=False)
        self._book = formualizer.Workbook(config=config)
        self._book.set_temporal_egress("serial")
        self._book.register_function("TEXT", text, min_args=2, max_args=2, allow_override_builtin=True)
        self._book.register_function("FIXED", fixed, min_args=1, max_args=3, allow_override_builtin=True)
        for each in engine_functions():
            self._book.register_function(each.name, each.function, min_args=each.fewest, max_args=each.most)
        self._fetch = fetch
        self._sheets: dict[str, str] = {}
        self._widths: dict[str, int] = {}
        self._loaded: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self._left, self._formulas_left = _MOST_CELLS, _MOST_FORMULAS
        self._load(formulas)
        self._places = [self._place(formula, *place) for formula, place in self._own_places(formulas)]

    def results(self) -> list[Value]:
        """Evaluate and return the value of each formula."""
        try:
            self._book.evaluate_all()
        except formualizer.ExcelEvaluationError:
            return [UNABLE] * len(self._places)
        return [UNABLE if place is None else _plain(self._book.get_value(*place)) for place in self._places]

    def _own_places(self, formulas: list[Formula]) -> Iterator[tuple[Formula, Place]]:
        """Give each formula a sheet on which its place is free; all that do not depend on their place share one."""
        layers: dict[tuple[int, int], int] = {}
        free = list(map(_may_stand_anywhere, formulas))
        bound = [formula for formula, anywhere in zip(formulas, free, strict=True) if not anywhere]
        last_row = max((formula.row for formula in bound), default=1)
        last_column = max((formula.column for formula in bound), default=1)
        for at, formula in enumerate(formulas):
            if free[at]:
                yield formula, (self._sheet("\0"), at + 1, 1)  # no real sheet has this name
                continue
            layer = layers[formula.row, formula.column] = layers.get((formula.row, formula.column), -1) + 1
            sheet = self._sheet(f"\0{layer}")
            self._widen(sheet, last_row, last_column)
            yield formula, (sheet, formula.row, formula.column)

    def _widen(self, sheet: str, row: int, column: int) -> None:
        """Make room up to a cell, because the engine rebuilds a sheet for each cell to the right of all others."""
        if column > self._widths.get(sheet, 0) and row * column <= _FARTHEST:
            self._widths[sheet] = column
            self._book.set_value(sheet, row, column, None)

    def _place(self, formula: Formula, sheet: str, row: int, column: int) -> Place | None:
        """Write a formula; return where it stands, or None if the engine rejects it."""
        if row * column > _FARTHEST:
            return None
        try:
            pieces = in_place(applied(formula.pieces), formula.row, formula.column)
            self._book.set_formula(sheet, row, column, "=" + "".join(map(self._piece, pieces)))
        except RuntimeError:
            return None
        return sheet, row, column

    def _load(self, formulas: list[Formula]) -> None:
        """Load the precedents of formulas, direct and indirect."""
        waiting = formulas
        while waiting:
            spans = _spans(piece.area for formula in waiting for piece in formula.pieces if piece.area)
            waiting = []
            for (sheet, column), wanted in sorted(spans.items(), key=lambda each: (each[0][0], -each[0][1])):
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
        if self._left < 0 or (run.row + len(run.contents)) * column > _FARTHEST:
            raise TooManyCellsError
        self._widen(name, run.row + len(run.contents) - 1, column)
        formulas = [content for content in run.contents if isinstance(content, Formula)]
        if len(formulas) < len(run.contents):
            values = [[None if isinstance(content, Formula) else content] for content in run.contents]
            self._book.set_values_batch(name, run.row, column, values)
        for formula in formulas:
            self._place(formula, name, formula.row, formula.column)
        yield from formulas

    def _sheet(self, name: str) -> str:
        if name not in self._sheets:
            self._sheets[name] = f"S{len(self._sheets)}"
            self._book.add_sheet(self._sheets[name])
        return self._sheets[name]

    def _piece(self, piece: Piece) -> str:
        if piece.area is None:
            text = piece.text.removeprefix(_NEWER)
            return _ALIASES.get(text.upper(), text)
        area = piece.area
        first = f"{self._sheet(area.sheet)}!{get_column_letter(area.first_column)}{area.first_row}"
        return first if area.is_cell else f"{first}:{get_column_letter(area.last_column)}{area.last_row}"


def _may_stand_anywhere(formula: Formula) -> bool:
    """Tell whether a formula gives the same anywhere: it does not ask where it is, nor use implicit intersection."""
    return all(
        (piece.area is None or piece.area.is_cell) and not (piece.text.endswith("(") and _asks_for_place(piece.text))
        for piece in formula.pieces
    )


@cache
def _asks_for_place(function: str) -> bool:
    return any(word in function.upper() for word in ("ROW", "COLUMN", "CELL", "OFFSET", "INDIRECT", "SHEET"))


def _spans(areas: Iterable[Area]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """Return, by sheet and column, the rows that areas cover: the first and last of each span, ascending."""
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
    """Return the parts of the row spans that are not loaded yet."""
    parts = wanted
    for top, bottom in loaded:
        parts = [
            part
            for first, last in parts
            for part in ((first, min(last, top - 1)), (max(first, bottom + 1), last))
            if part[0] <= part[1]
        ]
    return parts


def unknown_function(pieces: Iterable[Piece]) -> str | None:
    """Return the first function in a formula that the engine does not know, or None."""
    plain = (piece.text for piece in applied(tuple(pieces)) if piece.area is None)
    names = (text.upper().removeprefix(_NEWER.upper()) for text in plain)
    called = (name for name in names if name.endswith("(") and len(name) > 1)
    return next((name[:-1] for name in called if not _knows(name)), None)


@cache
def _knows(function: str) -> bool:
    """Tell whether the engine knows a function, by calling it; what it says of the arguments does not matter."""
    if function == "LAMBDA(":  # the engine knows it by name alone
        return False
    name = _ALIASES.get(function, function)
    tried = evaluate([Formula((Piece(name), Piece("1"), Piece(")")), 1, 1)], lambda *_: ())[0]
    return tried not in ("#NAME?", UNABLE)


def error_text(kind: str) -> str:
    """Return the text of an error, given formualizer's name for its kind; text that begins with `#` is kept."""
    return kind if kind.startswith("#") else _ERRORS.get(kind, f"#{kind.upper()}!")


def _plain(value: object) -> Value:
    if isinstance(value, dict):
        return error_text(str(value.get("kind")))
    if isinstance(value, str):
        return UNABLE if UNKNOWN_FORMAT in value else value
    if value is None or isinstance(value, bool):
        return value
    return float(value) if isinstance(value, int | float) else UNABLE
