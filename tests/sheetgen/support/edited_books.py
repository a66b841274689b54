"""Small workbooks as plain data, and what a person may do to them: a second telling of how a spreadsheet moves cells.

A book is the cells of each sheet by row and column; a text that begins with `=` is a formula.
"""

import random
import re
from collections.abc import Callable
from functools import cache

from openpyxl.utils.cell import column_index_from_string, get_column_letter

Cell = tuple[int, int]
Area = tuple[int, int, int, int]
Content = float | str
Sheet = dict[Cell, Content]
Book = dict[str, Sheet]
# Called with a sheet's name and the first row, first column, last row and last column of a reference to it; returns
# what these become, or None for a reference that is lost.
Mover = Callable[[str, Area], Area | None]

_CELL = r"(\$?)([A-Z]{1,2})(\$?)([0-9]+)"
_REFERENCE = re.compile(rf"""(?:'([^']+)'!)?{_CELL}(?::{_CELL})?(?![\w(])""")


def is_formula(content: Content) -> bool:
    return isinstance(content, str) and content.startswith("=")


def rewrite(formula: str, sheet: str, mover: Mover, renamed: Callable[[str], str | None] = lambda name: name) -> str:
    """Rewrite the references of a formula on a sheet; a sheet renamed to None is gone."""

    def moved(match: re.Match[str]) -> str:
        place, *parts = match.groups()
        first = int(parts[3]), column_index_from_string(parts[1])
        last = (int(parts[7]), column_index_from_string(parts[5])) if parts[7] else first
        name = renamed(place) if place else sheet
        area = mover(place or sheet, (*first, *last))
        if name is None or area is None:
            return "#REF!"
        prefix = f"'{name}'!" if place else ""
        text = f"{prefix}{parts[0]}{get_column_letter(area[1])}{parts[2]}{area[0]}"
        return text + f":{parts[4]}{get_column_letter(area[3])}{parts[6]}{area[2]}" * bool(parts[7])

    return _REFERENCE.sub(moved, formula)


def copied(formula: str, down: int, right: int) -> str:
    """Write a formula as it is when it is copied elsewhere: references without `$` move along."""

    def moved(match: re.Match[str]) -> str:
        place, *parts = match.groups()
        ends = [parts[:4], parts[4:]] if parts[7] else [parts[:4]]
        texts = []
        for fixed_column, letters, fixed_row, row in ends:
            column = column_index_from_string(letters) + right * (not fixed_column)
            texts.append(f"{fixed_column}{get_column_letter(column)}{fixed_row}{int(row) + down * (not fixed_row)}")
        return (f"'{place}'!" if place else "") + ":".join(texts)

    return _REFERENCE.sub(moved, formula)


def rewrite_all(book: Book, mover: Mover, renamed: Callable[[str], str | None] = lambda name: name) -> Book:
    return {
        name: {
            cell: rewrite(str(content), name, mover, renamed) if is_formula(content) else content
            for cell, content in cells.items()
        }
        for name, cells in book.items()
    }


def line_mover(sheet: str, where: Callable[[int], int], *, rows: bool) -> Mover:
    """Move references to a sheet by where its lines go; 0 for a line that is removed."""

    def moved(name: str, area: Area) -> Area | None:
        if name != sheet:
            return area
        first, last = (area[0], area[2]) if rows else (area[1], area[3])
        kept = sorted(filter(None, map(where, range(first, last + 1))))
        if not kept:
            return None
        # What has moved elsewhere no longer belongs to a range, unless all of it has.
        ends = where(first), where(last)
        low, high = ends if 0 not in ends and ends[1] - ends[0] == last - first else (kept[0], kept[-1])
        return (low, area[1], high, area[3]) if rows else (area[0], low, area[2], high)

    return moved


def values_of(book: Book) -> dict[tuple[str, Cell], float | str]:
    """Compute all formulas: sums, products and differences; a circular reference counts as 0."""
    running: set[tuple[str, Cell]] = set()

    @cache
    def value(sheet: str, cell: Cell) -> float | str:
        content = book.get(sheet, {}).get(cell, 0.0)
        if not is_formula(content):
            return content
        if "#REF!" in str(content):
            return "#REF!"
        if (sheet, cell) in running:
            return 0.0
        running.add((sheet, cell))
        broken = False

        def number(match: re.Match[str]) -> str:
            nonlocal broken
            place, *parts = match.groups()
            top, left = int(parts[3]), column_index_from_string(parts[1])
            bottom, right = (int(parts[7]), column_index_from_string(parts[5])) if parts[7] else (top, left)
            cells = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
            found = [value(place or sheet, each) for each in cells]
            broken |= "#REF!" in found
            return repr(sum(each for each in found if isinstance(each, float)))

        text = _REFERENCE.sub(number, str(content)[1:]).replace("SUM", "")
        running.discard((sheet, cell))
        return "#REF!" if broken else float(eval(text))

    return {(sheet, cell): value(sheet, cell) for sheet, cells in book.items() for cell in cells}


def make_book(seed: int, sheets: int = 2) -> Book:
    """A table on each sheet: labels, numbers, a formula filled down, a total, and a look at the sheet before."""
    chance = random.Random(seed)
    book: Book = {}
    for number in range(1, sheets + 1):
        name, height, width = f"Sheet {number}", chance.randint(4, 12), chance.randint(2, 5)
        cells: Sheet = {(1, 1): f"table {number}", (2, 1): "item", (1, 4): "rate", (1, 5): chance.randint(1, 99) / 10}
        for column in range(2, width + 2):
            cells[2, column] = f"quantity {number}.{column}"
        for row in range(3, height + 3):
            cells[row, 1] = f"item {number}.{row} {chance.choice('abc')}"
            for column in range(2, width + 1):
                cells[row, column] = chance.randint(1, 9) if chance.random() < 0.2 else chance.randint(1, 99999) / 100
            cells[row, width + 1] = f"=B{row}*$E$1+{get_column_letter(width)}{row}"
        for column in range(2, width + 2):
            letter = get_column_letter(column)
            cells[height + 4, column] = f"=SUM({letter}3:{letter}{height + 2})"
        cells[height + 4, 1] = "total"
        if number > 1:
            cells[height + 6, 1] = f"='Sheet {number - 1}'!B4*2"
        book[name] = cells
    return book
