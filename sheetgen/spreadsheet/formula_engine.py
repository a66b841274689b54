"""Formulas evaluated in place by formualizer, on cells whose contents the caller supplies.

Precedents are fetched column by column in runs, because a formula may refer to whole columns of a long table.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from math import isfinite
from typing import NamedTuple

import formualizer

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.array_functions import engine_functions
from sheetgen.spreadsheet.formula import Piece
from sheetgen.spreadsheet.lambdas import applied
from sheetgen.spreadsheet.row_spans import missing, spans_of
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
_OVERFLOW = "#NUM!"
# Functions of the place where a formula stands, and those that are written in another way for the engine.
_BOUND = ("ROW", "COLUMN", "CELL", "OFFSET", "INDIRECT", "SHEET", "LAMBDA")
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

_Extent = tuple[str, int, int, int]
"""Consecutive cells of a column: the sheet, the column, the first row and how many there are."""


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
    """Evaluate formulas once; see `Evaluator`."""
    return Evaluator(formulas, date1904=date1904).on(fetch)


class Evaluator:
    """Evaluates the same formulas on one set of contents after another, which is faster than doing so from scratch.

    Attributes:
        formulas: what to evaluate. Several may stand in the same place.
        date1904: whether dates are counted from 1904.
    """

    def __init__(self, formulas: list[Formula], *, date1904: bool = False) -> None:
        self.formulas = formulas
        self.date1904 = date1904
        self._book: _Book | None = None

    def on(self, fetch: Fetch) -> list[Value]:
        """Evaluate the formulas.

        Args:
            fetch: supplies the contents of their precedents. A formula among them is evaluated as well.

        Returns:
            The value of each formula: an error as its text, `UNABLE` if the engine gives none.

        Raises:
            TooManyCellsError: the formulas refer to more cells than can be loaded.
        """
        book, self._book = self._book, None  # one that is half refilled is of no use
        if book is None or not book.refill(fetch):
            book = _Book(self.formulas, fetch, date1904=self.date1904)
        self._book = book
        return book.results()


class _Book:
    """A workbook in the engine, with some formulas and all their precedents."""

    def __init__(self, formulas: list[Formula], fetch: Fetch, *, date1904: bool) -> None:
        settings = formualizer.EvaluationConfig()
        settings.enable_parallel = False  # so few cells are evaluated faster by one thread
        settings.date_system = "1904" if date1904 else "1900"
        ephemeral = formualizer.WorkbookMode.Ephemeral
        config = formualizer.WorkbookConfig(mode=ephemeral, enable_changelog=False, eval_config=settings)
        self._book = formualizer.Workbook(config=config)
        self._book.set_temporal_egress("serial")
        self._book.register_function("TEXT", text, min_args=2, max_args=2, allow_override_builtin=True)
        self._book.register_function("FIXED", fixed, min_args=1, max_args=3, allow_override_builtin=True)
        for each in engine_functions():
            self._book.register_function(each.name, each.function, min_args=each.fewest, max_args=each.most)
        self._sheets: dict[str, str] = {}
        self._widths: dict[str, int] = {}
        self._written: dict[Piece, str] = {}  # many formulas share their pieces
        self._formulas = formulas
        self._filled = [self._put(*each) for each in self._precedents(fetch)]
        self._places = [self._place(formula, *place) for formula, place in self._own_places(formulas)]

    def refill(self, fetch: Fetch) -> bool:
        """Replace the contents of the precedents; tell whether they are the same cells as before."""
        before = iter(self._filled)
        for sheet, column, run in self._precedents(fetch):
            if next(before, None) != _extent(sheet, column, run):
                return False
            self._put(sheet, column, run)
        return next(before, None) is None

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
        free = list(map(_is_plain, formulas))
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
        pieces: Sequence[Piece] = formula.pieces
        if not _is_plain(formula):
            pieces = in_place(applied(pieces), formula.row, formula.column)
        try:
            self._book.set_formula(sheet, row, column, "=" + "".join(map(self._text_of, pieces)))
        except RuntimeError:
            return None
        return sheet, row, column

    def _precedents(self, fetch: Fetch) -> Iterator[tuple[str, int, Run]]:
        """Fetch the precedents of the formulas, direct and indirect, by sheet and column."""
        loaded: dict[tuple[str, int], list[tuple[int, int]]] = {}
        cells_left, formulas_left = _MOST_CELLS, _MOST_FORMULAS
        waiting = self._formulas
        while waiting:
            spans = spans_of(piece.area for formula in waiting for piece in formula.pieces if piece.area)
            waiting = []
            for (sheet, column), wanted in sorted(spans.items(), key=lambda each: (each[0][0], -each[0][1])):
                known = loaded.setdefault((sheet, column), [])
                for run in (run for span in missing(wanted, known) for run in fetch(sheet, column, *span)):
                    cells_left -= len(run.contents)
                    if cells_left < 0 or (run.row + len(run.contents)) * column > _FARTHEST:
                        raise TooManyCellsError
                    yield sheet, column, run
                    waiting += _formulas_in(run)
                known += wanted
            formulas_left -= len(waiting)
            if formulas_left < 0:
                raise TooManyCellsError

    def _put(self, sheet: str, column: int, run: Run) -> _Extent:
        """Write the contents of some cells; return which they are."""
        name, formulas = self._sheet(sheet), _formulas_in(run)
        self._widen(name, run.row + len(run.contents) - 1, column)
        if len(formulas) < len(run.contents):
            values = [[None if isinstance(content, Formula) else content] for content in run.contents]
            self._book.set_values_batch(name, run.row, column, values)
        for formula in formulas:
            self._place(formula, name, formula.row, formula.column)
        return _extent(sheet, column, run)

    def _sheet(self, name: str) -> str:
        if name not in self._sheets:
            self._sheets[name] = f"S{len(self._sheets)}"
            self._book.add_sheet(self._sheets[name])
        return self._sheets[name]

    def _text_of(self, piece: Piece) -> str:
        written = self._written.get(piece)
        if written is None:
            written = self._written[piece] = self._write(piece)
        return written

    def _write(self, piece: Piece) -> str:
        if piece.area is None:
            text = piece.text.removeprefix(_NEWER)
            return _ALIASES.get(text.upper(), text)
        area = piece.area
        first = f"{self._sheet(area.sheet)}!{get_column_letter(area.first_column)}{area.first_row}"
        return first if area.is_cell else f"{first}:{get_column_letter(area.last_column)}{area.last_row}"


def _formulas_in(run: Run) -> list[Formula]:
    return [content for content in run.contents if isinstance(content, Formula)]


def _extent(sheet: str, column: int, run: Run) -> _Extent:
    return sheet, column, run.row, len(run.contents)


def _is_plain(formula: Formula) -> bool:
    """Tell whether a formula gives the same anywhere, as it is: no place is asked for, no range intersects."""
    for piece in formula.pieces:
        if piece.area is not None:
            if not piece.area.is_cell:
                return False
        elif piece.text.endswith("(") and not _is_plain_function(piece.text):
            return False
    return True


@cache
def _is_plain_function(opening: str) -> bool:
    return not any(word in opening.upper() for word in _BOUND)


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
    if not isinstance(value, int | float):
        return UNABLE
    return float(value) if isfinite(value) else _OVERFLOW
