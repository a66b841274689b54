"""Addresses: the letters of columns, cells such as `B3` and ranges such as `B3:C5`; rows and columns count from 1.

openpyxl has such functions too, but importing it takes longer than judging a small workbook.
"""

import re
from functools import cache

_LETTERS = 26
_BEFORE_A = ord("A") - 1
_LAST_OF_THREE_LETTERS = 18_278
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]+)")


@cache
def get_column_letter(number: int) -> str:
    """Return a column's letters: `AB` for 28.

    Raises:
        ValueError: the number is not positive, or would take more than three letters.
    """
    if not 1 <= number <= _LAST_OF_THREE_LETTERS:
        raise ValueError(f"{number} is not the number of a column")
    before, last = divmod(number - 1, _LETTERS)
    return (get_column_letter(before) if before else "") + chr(_BEFORE_A + 1 + last)


@cache
def column_index_from_string(letters: str) -> int:
    """Return the number of a column: 28 for `AB` or `ab`.

    Raises:
        ValueError: these are not one to three letters from A to Z.
    """
    if not (1 <= len(letters) <= 3 and letters.isascii() and letters.isalpha()):
        raise ValueError(f"{letters!r} is not the name of a column")
    number = 0
    for letter in letters.upper():
        number = _LETTERS * number + ord(letter) - _BEFORE_A
    return number


def coordinate_to_tuple(address: str) -> tuple[int, int]:
    """Return the row and the column of a cell: (3, 2) for `B3` or `$B$3`.

    Raises:
        ValueError: it is not the address of a cell.
    """
    match = _CELL.fullmatch(address)
    if match is None:
        raise ValueError(f"{address!r} is not the address of a cell")
    return int(match[2]), column_index_from_string(match[1])


def range_boundaries(text: str) -> tuple[int, int, int, int]:
    """Return a range's first column, first row, last column and last row: (2, 3, 3, 5) for `B3:C5`, or for `$B$3:$C$5`.

    Raises:
        ValueError: it is neither a cell nor two cells with a colon between them.
    """
    first, colon, last = text.partition(":")
    (top, left), (bottom, right) = coordinate_to_tuple(first), coordinate_to_tuple(last if colon else first)
    return left, top, right, bottom


def quote_sheetname(name: str) -> str:
    """Return a sheet's name in quotes, as it may stand before the `!` of a reference."""
    return "'" + name.replace("'", "''") + "'"
