"""Formulas in relative notation: what a formula and its copies further down have in common.

`1/(1+EXP(-I34))` in row 34 and `1/(1+EXP(-I35))` in row 35 are one template, in which the reference is relative to
the formula's own row. References to a fixed row (`$G$31`) stay as they are, and so do columns.
"""

import re
from typing import NamedTuple

from sheetgen.spreadsheet.addresses import column_index_from_string, get_column_letter

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_LAST_COLUMN = "XFD"
OUTSIDE = "#REF!"

# Surrogates, which no XML text can hold, stand for rows in a template's text; their offsets are `Template.offsets`.
MARKS = tuple(map(chr, range(0xD800, 0xE000)))
MARKED = rf"(?:\$?[A-Za-z]{{1,3}})?(?P<mark>[{MARKS[0]}-{MARKS[-1]}])"
"""Matches a reference to a relative row, in a template's text."""
_MARKED = re.compile(MARKED)
_FEW = 16

# What only looks like a reference is matched first: strings, quoted sheets, brackets, functions and names.
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
        text: the formula without `=`, with a mark in place of each relative row.
        offsets: for each mark, its reference's row minus the formula's own row.
        bar: what a formula bar shows for an array formula, `{=A1:A3*2}`, or a data table, with the same marks; empty
            for any other formula.
    """

    text: str
    offsets: tuple[int, ...]
    bar: str = ""

    def at(self, row: int) -> str:
        """Write the formula as it stands in a row, counted from 1, without `=`.

        A reference that would point above the first row or below the last becomes `#REF!`, as in a spreadsheet.
        """
        return self._written(self.text, row)

    def shown_at(self, row: int) -> str:
        """Write what the formula bar shows in a row: the formula with its `=`, an array formula in braces."""
        return self._written(self.bar, row) if self.bar else "=" + self.at(row)

    def typed_at(self, row: int) -> str:
        """Write the formula as it was typed into a row, without `=` and without the braces of an array formula."""
        return self.shown_at(row)[2:-1] if self.bar else self.at(row)

    def _written(self, text: str, row: int) -> str:
        offsets = self.offsets
        if len(offsets) > _FEW:
            return self._in_one_pass(text, row)
        for mark, offset in zip(MARKS, offsets, strict=False):
            number = row + offset
            if not 0 < number <= MAX_ROW:
                return self._in_one_pass(text, row)
            text = text.replace(mark, str(number))
        return text

    def _in_one_pass(self, text: str, row: int) -> str:
        def written(match: re.Match[str]) -> str:
            number = row + self.offsets[ord(match["mark"]) - ord(MARKS[0])]
            return match[0][:-1] + str(number) if 0 < number <= MAX_ROW else OUTSIDE

        return _MARKED.sub(written, text)


def make_template(formula: str, row: int, right: int = 0) -> Template:
    """Write a formula in relative notation, as if it were copied to another column.

    Args:
        formula: the formula without `=`.
        row: the row that it stands in, counted from 1.
        right: how many columns to the right it is copied; a reference beyond the last column becomes `#REF!`.
    """
    offsets: dict[int, str] = {}

    def marked(number: str) -> str:
        offset = int(number) - row
        if int(number) > MAX_ROW or (offset not in offsets and len(offsets) == len(MARKS)):
            return number
        return offsets.setdefault(offset, MARKS[len(offsets) % len(MARKS)])

    def copied(match: re.Match[str]) -> str:
        column, number = match["column"], match["row"]
        if column is not None and not _is_name(column):
            letters = _moved(column, right)
            return letters + (number if number.startswith("$") else marked(number)) if letters else OUTSIDE
        if match["columns"] is not None:
            return _COLUMN_OF_RANGE.sub(lambda letters: _moved(letters[0], right) or OUTSIDE, match["columns"])
        if match["rows"] is not None:
            return _ROW_OF_RANGE.sub(lambda number: marked(number[0]), match["rows"])
        return match[0]

    return Template(_LEXEMES.sub(copied, formula), tuple(offsets))


def _moved(column: str, right: int) -> str | None:
    """Return a column's letters moved that many columns right, unless it is fixed; None if there is no such column."""
    if not right or column.startswith("$"):
        return column
    number = column_index_from_string(column) + right
    return get_column_letter(number) if 0 < number <= MAX_COLUMN else None


def _is_name(letters: str) -> bool:
    """Tell whether the letters before a number are not a column: `XYZ1` is a defined name."""
    plain = letters.removeprefix("$")
    return len(plain) == len(_LAST_COLUMN) and plain.upper() > _LAST_COLUMN
