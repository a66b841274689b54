"""Random edits of small workbooks, each as a person may make it in a spreadsheet program."""

import random
from collections.abc import Callable

from openpyxl.utils.cell import get_column_letter

from tests.sheetgen.support.edited_books import Book, Cell, copied, is_formula, line_mover, rewrite_all

Edit = Callable[[Book, random.Random], Book]


def _sheet(book: Book, chance: random.Random) -> str:
    return chance.choice(sorted(book))


def _size(book: Book, sheet: str, *, rows: bool) -> int:
    return max((cell[0 if rows else 1] for cell in book[sheet]), default=1)


def _with_lines(book: Book, sheet: str, where: Callable[[int], int], *, rows: bool) -> Book:
    moved = rewrite_all(book, line_mover(sheet, where, rows=rows))
    cells = {}
    for (row, column), content in moved[sheet].items():
        place = where(row if rows else column)
        if place:
            cells[(place, column) if rows else (row, place)] = content
    return moved | {sheet: cells}


def insert_lines(book: Book, chance: random.Random) -> Book:
    sheet, rows, count = _sheet(book, chance), chance.random() < 0.7, chance.randint(1, 2)
    at = chance.randint(1, _size(book, sheet, rows=rows))
    book = _with_lines(book, sheet, lambda line: line + count * (line >= at), rows=rows)
    for line in range(at, at + count):
        for other in range(1, 4):
            text = f"new {chance.randint(0, 10**9)}" if other == 1 else chance.randint(1, 10**6) / 100
            book[sheet][(line, other) if rows else (other, line)] = text
    return book


def remove_lines(book: Book, chance: random.Random) -> Book:
    sheet, rows, count = _sheet(book, chance), chance.random() < 0.7, chance.randint(1, 2)
    at = chance.randint(1, max(1, _size(book, sheet, rows=rows) - count))

    def where(line: int) -> int:
        return 0 if at <= line < at + count else line - count * (line >= at)

    return _with_lines(book, sheet, where, rows=rows)


def move_lines(book: Book, chance: random.Random) -> Book:
    sheet, rows, count = _sheet(book, chance), chance.random() < 0.7, chance.randint(1, 2)
    size = _size(book, sheet, rows=rows)
    at, to = chance.randint(1, max(1, size - count)), chance.randint(1, max(1, size - count))
    order = [line for line in range(1, size + 3) if not at <= line < at + count]
    order[to - 1 : to - 1] = range(at, at + count)
    places = {line: place for place, line in enumerate(order, 1)}
    return _with_lines(book, sheet, lambda line: places.get(line, line), rows=rows)


def sort_rows(book: Book, chance: random.Random) -> Book:
    """Sort the rows of the table by a column, which moves each row's formulas as copies."""
    sheet = _sheet(book, chance)
    cells = book[sheet]
    rows = sorted(row for row, column in cells if column == 1 and str(cells[row, 1]).startswith("item "))
    keyed = [row for row in rows if isinstance(cells.get((row, 2)), float | int)]
    if len(keyed) < len(rows) or rows != list(range(min(rows, default=1), max(rows, default=0) + 1)):
        return book
    order = sorted(rows, key=lambda row: float(cells[row, 2]), reverse=chance.random() < 0.5)
    kept = {cell: content for cell, content in cells.items() if cell[0] not in rows}
    for row, was in zip(rows, order, strict=True):
        for (old_row, column), content in cells.items():
            if old_row == was:
                kept[row, column] = copied(str(content), row - was, 0) if is_formula(content) else content
    return {**book, sheet: kept}


def rename_sheet(book: Book, chance: random.Random) -> Book:
    old, new = _sheet(book, chance), f"Name {chance.randint(0, 10**6)}"
    moved = rewrite_all(book, lambda _, area: area, lambda name: new if name == old else name)
    return {new if name == old else name: cells for name, cells in moved.items()}


def add_sheet(book: Book, chance: random.Random) -> Book:
    content = {(row, 1): f"fresh {chance.randint(0, 10**9)}" for row in range(1, 5)}
    return {**book, f"Added {chance.randint(0, 10**6)}": content}


def remove_sheet(book: Book, chance: random.Random) -> Book:
    if len(book) < 2:
        return book
    gone = _sheet(book, chance)
    moved = rewrite_all(book, lambda _, area: area, lambda name: None if name == gone else name)
    return {name: cells for name, cells in moved.items() if name != gone}


def _cell(book: Book, chance: random.Random, *, live: bool) -> tuple[str, Cell] | None:
    places = [
        (sheet, cell) for sheet, cells in book.items() for cell, content in cells.items() if is_formula(content) is live
    ]
    return chance.choice(sorted(places)) if places else None


def change_value(book: Book, chance: random.Random) -> Book:
    place = _cell(book, chance, live=False)
    if place is None:
        return book
    sheet, cell = place
    text = isinstance(book[sheet][cell], str)
    content = f"text {chance.randint(0, 10**9)}" if text else chance.randint(1, 10**7) / 1000
    return {**book, sheet: {**book[sheet], cell: content}}


def change_formula(book: Book, chance: random.Random) -> Book:
    """Change a formula, alone or with the equal ones below it."""
    place = _cell(book, chance, live=True)
    if place is None:
        return book
    sheet, (row, column) = place
    cells = dict(book[sheet])
    old, change = str(cells[row, column]), f"+{chance.randint(1, 10**6)}"
    last = row
    while chance.random() < 0.9 and cells.get((last + 1, column)) == copied(old, last + 1 - row, 0):
        last += 1
    for each in range(row, last + 1):
        cells[each, column] = f"{cells[each, column]}{change}"
    return {**book, sheet: cells}


def add_cell(book: Book, chance: random.Random) -> Book:
    sheet = _sheet(book, chance)
    row, column = (chance.randint(1, _size(book, sheet, rows=rows) + 1) for rows in (True, False))
    if (row, column) in book[sheet]:
        return book
    live = chance.random() < 0.3
    content = f"={get_column_letter(column + 1)}{row + 1}*7" if live else chance.randint(1, 10**7) / 1000
    return {**book, sheet: {**book[sheet], (row, column): content}}


def clear_cell(book: Book, chance: random.Random) -> Book:
    place = _cell(book, chance, live=chance.random() < 0.3)
    if place is None:
        return book
    sheet, cell = place
    return {**book, sheet: {each: content for each, content in book[sheet].items() if each != cell}}


EDITS: tuple[Edit, ...] = (
    insert_lines, remove_lines, move_lines, sort_rows, rename_sheet, add_sheet, remove_sheet,
    change_value, change_formula, add_cell, clear_cell,
)  # fmt: skip
