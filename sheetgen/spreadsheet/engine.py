"""Evaluating formulas on values of our own choice, with formualizer: the engine of the probe."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from openpyxl.utils.cell import get_column_letter

from sheetgen.spreadsheet.formula import Area, Piece

if TYPE_CHECKING:
    import formualizer

Content = float | str | bool | None
Result = float | str | None

FARTHEST = 1 << 27
"""The engine sets aside memory for every cell up to the last one; beyond so many, no cell is filled."""

_MOST_CELLS = 300_000
_NEWER = "_xlfn."  # how Excel writes functions that are newer than the file format
_ERROR = {"Div": "#DIV/0!", "Na": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!"}


class Formula(NamedTuple):
    """A formula to be evaluated: its pieces, and the row and column it stands in."""

    pieces: tuple[Piece, ...]
    row: int
    column: int


class TooManyCellsError(Exception):
    """The formulas refer to more cells than can be filled."""


def evaluate(
    formulas: list[Formula],
    content: Callable[[str, int, int], Content | Formula],
    extent: Callable[[str], tuple[int, int]],
) -> list[Result]:
    """Evaluate formulas on a sheet of their own.

    Args:
        formulas: what to evaluate. Several may stand in the same place.
        content: called with sheet, row and column of each cell that is referred to, returns what it holds: a value,
            or a formula that is evaluated too.
        extent: called with a sheet, returns the last row and column that hold something; nothing beyond is filled.

    Returns:
        For each formula its number, its text, `#…` for an error, or None where the engine gives nothing.

    Raises:
        TooManyCellsError: the formulas refer to more cells than the probe fills.
    """
    import formualizer

    layers: dict[tuple[int, int], int] = {}
    books = _Books(extent)
    places = []
    for formula in formulas:
        layer = layers[formula.row, formula.column] = layers.get((formula.row, formula.column), -1) + 1
        places.append((f"P{layer}", formula.row, formula.column))
    books.fill(formulas, content)
    book = empty_book()
    texts = [*books.formulas.items(), *zip(places, map(books.text, formulas), strict=True)]
    for sheet in [*books.sheets.values(), *sorted({place[0] for place in places})]:
        book.add_sheet(sheet)
    make_room(book, [*books.values, *(place for place, _ in texts)])
    for (sheet, row, column), value in books.values.items():
        book.set_value(sheet, row, column, value)
    for (sheet, row, column), text in texts:
        book.set_formula(sheet, row, column, text)
    try:
        book.evaluate_all()
    except formualizer.ExcelEvaluationError:
        return [None] * len(formulas)
    return [_result(book.get_value(*place)) for place in places]


def empty_book() -> "formualizer.Workbook":
    """Return an empty workbook that keeps no record of its changes, which would slow down each further one."""
    import formualizer

    config = formualizer.WorkbookConfig(mode=formualizer.WorkbookMode.Ephemeral, enable_changelog=False)
    return formualizer.Workbook(config=config)


def make_room(book: "formualizer.Workbook", places: Iterable[tuple[str, int, int]]) -> None:
    """Let each sheet reach to its last row and column at once: the engine rebuilds it for each cell beyond all others.

    Args:
        book: a workbook with nothing in it yet.
        places: sheet, row and column of each cell that will be filled.
    """
    corners: dict[str, tuple[int, int]] = {}
    for sheet, row, column in places:
        last_row, last_column = corners.get(sheet, (1, 1))
        corners[sheet] = max(row, last_row), max(column, last_column)
    for sheet, (row, column) in corners.items():
        if row * column <= FARTHEST:
            book.set_value(sheet, row, column, None)


class _Books:
    """Gathers the cells that formulas refer to, and theirs in turn."""

    def __init__(self, extent: Callable[[str], tuple[int, int]]) -> None:
        self._extent = extent
        self.sheets: dict[str, str] = {}
        self.values: dict[tuple[str, int, int], float | str | bool] = {}
        self.formulas: dict[tuple[str, int, int], str] = {}

    def text(self, formula: Formula) -> str:
        """Write a formula with every reference on the engine's own sheets."""
        return "=" + "".join(self._piece(piece) for piece in formula.pieces)

    def fill(self, formulas: list[Formula], content: Callable[[str, int, int], Content | Formula]) -> None:
        """Fetch all cells that the formulas need."""
        waiting = [piece.area for formula in formulas for piece in formula.pieces if piece.area]
        seen: set[tuple[str, int, int]] = set()
        done: set[Area] = set()
        while waiting:
            area = waiting.pop()
            if area in done:
                continue
            done.add(area)
            for place in self._cells(area):
                if place in seen:
                    continue
                seen.add(place)
                if len(seen) > _MOST_CELLS:
                    raise TooManyCellsError
                waiting += self._put(place, content(*place))

    def _put(self, place: tuple[str, int, int], held: Content | Formula) -> list[Area]:
        target = (self._sheet(place[0]), place[1], place[2])
        if isinstance(held, Formula):
            self.formulas[target] = self.text(held)
            return [piece.area for piece in held.pieces if piece.area]
        if held is not None:
            self.values[target] = held
        return []

    def _sheet(self, name: str) -> str:
        return self.sheets.setdefault(name, f"S{len(self.sheets)}")

    def _piece(self, piece: Piece) -> str:
        if piece.area is None:
            return piece.text.removeprefix(_NEWER)
        area = piece.area
        first = f"{get_column_letter(area.first_column)}{area.first_row}"
        last = "" if area.is_cell else f":{get_column_letter(area.last_column)}{area.last_row}"
        return f"{self._sheet(area.sheet)}!{first}{last}"

    def _cells(self, area: Area) -> Iterator[tuple[str, int, int]]:
        last_row, last_column = area.last_row, area.last_column
        if not area.is_cell:
            rows, columns = self._extent(area.sheet)
            last_row, last_column = min(last_row, rows), min(last_column, columns)
        if (last_row - area.first_row + 1) * (last_column - area.first_column + 1) > _MOST_CELLS:
            raise TooManyCellsError
        for row in range(area.first_row, last_row + 1):
            for column in range(area.first_column, last_column + 1):
                yield area.sheet, row, column


def _result(value: object) -> Result:
    if isinstance(value, dict):
        return _ERROR.get(str(value.get("kind")), "#VALUE!")
    if isinstance(value, bool | int | float):
        return float(value)
    return value if isinstance(value, str) or value is None else str(value)
