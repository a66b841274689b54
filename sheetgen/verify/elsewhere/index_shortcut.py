"""`INDEX` into a long area, replaced by the one cell that it returns, so that the area need not be loaded."""

from collections.abc import Iterator
from typing import NamedTuple

from sheetgen.spreadsheet.formula import REFERENCE, Area, Piece
from sheetgen.spreadsheet.formula_engine import Fetch, Formula, evaluate
from sheetgen.types import Value

_LONG = 50
_OPENS, _CLOSES = ("(", "{"), (")", "}")


class _Pick(NamedTuple):
    """An `INDEX(area,row,column)` in a formula: where its pieces begin and end, and its arguments."""

    first: int
    last: int
    area: Area
    arguments: tuple[tuple[Piece, ...], ...]


def picked(formulas: list[Formula], fetch: Fetch, *, date1904: bool = False) -> list[Formula]:
    """Replace every `INDEX` into a long area by the cell that it returns.

    Args:
        formulas: the formulas.
        fetch: returns the contents of the cells that the row and column numbers depend on; see `evaluate`.
        date1904: whether dates are counted from 1904.

    Raises:
        TooManyCellsError: those cells are too many.
    """
    found = [list(_picks(formula.pieces)) for formula in formulas]
    wanted: dict[Formula, int] = {}
    for formula, picks in zip(formulas, found, strict=True):
        for pick in picks:
            for argument in pick.arguments:
                wanted.setdefault(_alone(argument, formula), len(wanted))
    if not wanted:
        return formulas
    numbers = evaluate(list(wanted), fetch, date1904=date1904)

    def number(argument: tuple[Piece, ...], formula: Formula) -> Value:
        return numbers[wanted[_alone(argument, formula)]]

    changed = []
    for formula, picks in zip(formulas, found, strict=True):
        if not picks:
            changed.append(formula)
            continue
        pieces = list(formula.pieces)
        for pick in reversed(picks):
            cell = _cell(pick.area, [number(argument, formula) for argument in pick.arguments])
            if cell is not None:
                pieces[pick.first : pick.last + 1] = [Piece("", cell, REFERENCE)]
        changed.append(formula._replace(pieces=tuple(pieces)))
    return changed


def _alone(argument: tuple[Piece, ...], formula: Formula) -> Formula:
    """Make an argument a formula of its own; its position matters only to functions such as `ROW()`."""
    placed = any("ROW" in piece.text.upper() or "COLUMN" in piece.text.upper() for piece in argument)
    return Formula(argument, formula.row if placed else 1, formula.column if placed else 1)


def _picks(pieces: tuple[Piece, ...]) -> Iterator[_Pick]:
    """Find every `INDEX(area,…)` into a long area whose other arguments contain no `INDEX`."""
    for first, piece in enumerate(pieces[:-2]):
        if not piece.text.endswith("("):
            continue
        area = pieces[first + 1].area
        if piece.text.upper() != "INDEX(" or area is None or _size(area) < _LONG:
            continue
        arguments, last = _arguments(pieces, first + 2)
        near = [pieces[at].text for at in (first - 1, last + 1) if 0 <= at < len(pieces)]
        plain = not any(each.text.upper() == "INDEX(" for argument in arguments for each in argument)
        if 1 <= len(arguments) <= 2 and all(arguments) and plain and ":" not in near:
            yield _Pick(first, last, area, tuple(arguments))


def _arguments(pieces: tuple[Piece, ...], start: int) -> tuple[list[tuple[Piece, ...]], int]:
    """Return the arguments that follow a function's first one, and the position of the closing bracket."""
    arguments: list[tuple[Piece, ...]] = []
    depth, begin = 0, start
    for at in range(start, len(pieces)):
        text = pieces[at].text.strip()
        ends = depth == 0 and (text == "," or text in _CLOSES)
        if ends and at > start:
            arguments.append(pieces[begin:at])
        if ends and text in _CLOSES:
            return arguments, at
        if ends:
            begin = at + 1
        depth += text.endswith(_OPENS) - (text in _CLOSES)
    return [], len(pieces) - 1


def _size(area: Area) -> int:
    return (area.last_row - area.first_row + 1) * (area.last_column - area.first_column + 1)


def _cell(area: Area, numbers: list[Value]) -> Area | None:
    """Return the cell of an area with the given row and column numbers; None if they select no cell, or several."""
    counts = [int(number) for number in numbers if isinstance(number, float)]
    if len(counts) < len(numbers):
        return None
    one_row = area.first_row == area.last_row
    row, column = (*counts, 1) if len(counts) == 1 else counts
    if len(counts) == 1 and one_row:
        row, column = 1, counts[0]
    elif len(counts) == 1 and area.first_column != area.last_column:
        return None
    place = (area.first_row + row - 1, area.first_column + column - 1)
    cell = Area(area.sheet, *place, *place)
    return cell if row >= 1 and column >= 1 and area.meets(cell) else None
