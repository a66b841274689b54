"""Formulas without their row: what a formula and its copies further down have in common.

`1/(1+EXP(-I34))` in row 34 and `1/(1+EXP(-I35))` in row 35 are one template, in which the reference is said
relative to its own row. References to a fixed row (`$G$31`) stay as they are, and so do columns.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from openpyxl.utils.cell import column_index_from_string, get_column_letter

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_LAST_COLUMN = "XFD"
_OUTSIDE = "#REF!"

# Marks that stand for a row in a template's text; the offset of each is in `Template.offsets`.
MARKS = tuple(map(chr, range(0xE000, 0xF900)))
_MARK = re.compile(f"[{MARKS[0]}-{MARKS[-1]}]")
_MARKED = re.compile(rf"(?:\$?[A-Za-z]{{1,3}})?(?P<mark>{_MARK.pattern})")
_FEW = 16

# What looks like a reference but is none is matched first: strings, quoted sheets, brackets, functions and names.
_LEXEMES = re.compile(
    r"""
      "(?:[^"]|"")*"                                       # a string
    | '(?:[^']|'')*'                                       # a sheet's name
    | \[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]       # a table's column, another workbook
    | (?<![\w.\\$])(?P<column>\$?[A-Za-z]{1,3})(?P<row>\$?[1-9][0-9]{0,6})(?![\w.\\(!\[])
    | (?<![\w.\\$:])(?P<columns>\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w.\\(!\[:])
    | (?<![\w.\\$:])(?P<rows>\$?[1-9][0-9]{0,6}:\$?[1-9][0-9]{0,6})(?![\w.\\(!\[:])
    | [^\W\d][\w.\\]*                                      # a function or a name
    """,
    re.VERBOSE,
)
_ROW_OF_RANGE = re.compile(r"(?<![$0-9])[0-9]+")
_COLUMN_OF_RANGE = re.compile(r"(?<![$A-Za-z])[A-Za-z]+")


class Template(NamedTuple):
    """A formula in relative notation.

    Attributes:
        text: the formula without `=`, with a mark in the place of each relative row.
        offsets: how many rows each mark's reference is away from the formula's own row.
    """

    text: str
    offsets: tuple[int, ...]

    def at(self, row: int) -> str:
        """Write the formula as it stands in a row, counted from 1, without `=`.

        A reference that would point above the first row or below the last one becomes `#REF!`, as in a spreadsheet.
        """
        text, offsets = self.text, self.offsets
        if len(offsets) > _FEW:
            return self._in_one_pass(row)
        for mark, offset in zip(MARKS, offsets, strict=False):
            number = row + offset
            if not 0 < number <= MAX_ROW:
                return self._in_one_pass(row)
            text = text.replace(mark, str(number))
        return text

    def _in_one_pass(self, row: int) -> str:
        def written(match: re.Match[str]) -> str:
            number = row + self.offsets[ord(match["mark"]) - ord(MARKS[0])]
            return match[0][:-1] + str(number) if 0 < number <= MAX_ROW else _OUTSIDE

        return _MARKED.sub(written, self.text)


def make_template(formula: str, row: int) -> Template:
    """Take a formula (without `=`) out of its row, counted from 1."""
    if has_marks(formula):
        return Template(formula, ())
    return Template(*_take_out(formula, row, "".join))


class MovableTemplate:
    """A formula without its row that is copied to other columns too.

    Args:
        formula: the formula without `=`, and without marks.
        row: the row that it stands in, counted from 1.
    """

    def __init__(self, formula: str, row: int) -> None:
        text, self._offsets = _take_out(formula, row, lambda corner: f"\0{corner[0]}\0{corner[1]}\0")
        self._pieces = text.split("\0")  # what stands between references, a reference's column, its row, and so on

    def moved(self, columns: int) -> Template:
        """Return the formula as it stands so many columns further right."""
        moved = {letters: _move(letters, columns) for letters in self._pieces[1::3]}
        pieces = list(self._pieces)
        pieces[1::3] = [moved[letters] or _OUTSIDE for letters in self._pieces[1::3]]
        pieces[2::3] = [
            row if moved[letters] else "" for letters, row in zip(self._pieces[1::3], self._pieces[2::3], strict=True)
        ]
        return Template("".join(pieces), self._offsets)


def has_marks(formula: str) -> bool:
    """Tell whether a formula has characters in it that are marks in a template."""
    return _MARK.search(formula) is not None


def _take_out(formula: str, row: int, write: Callable[[tuple[str, str]], str]) -> tuple[str, tuple[int, ...]]:
    """Put marks in the place of relative rows; relative columns, each with its row, are written by `write`."""
    offsets: dict[int, str] = {}

    def marked(number: str) -> str:
        offset = int(number) - row
        if int(number) > MAX_ROW or (offset not in offsets and len(offsets) == len(MARKS)):
            return number
        return offsets.setdefault(offset, MARKS[len(offsets) % len(MARKS)])

    def relative(match: re.Match[str]) -> str:
        column, number = match["column"], match["row"]
        if column is not None and not _is_name(column):
            number = number if number.startswith("$") else marked(number)
            return column + number if column.startswith("$") else write((column, number))
        if match["columns"] is not None:
            return _COLUMN_OF_RANGE.sub(lambda letters: write((letters[0], "")), match["columns"])
        if match["rows"] is not None:
            return _ROW_OF_RANGE.sub(lambda number: marked(number[0]), match["rows"])
        return match[0]

    text = _LEXEMES.sub(relative, formula)
    return text, tuple(offsets)


def _move(letters: str, columns: int) -> str | None:
    number = column_index_from_string(letters) + columns
    return get_column_letter(number) if 0 < number <= MAX_COLUMN else None


def _is_name(letters: str) -> bool:
    """Tell whether letters before a number are no column: `XYZ1` is a name that someone gave."""
    plain = letters.removeprefix("$")
    return len(plain) == len(_LAST_COLUMN) and plain.upper() > _LAST_COLUMN
