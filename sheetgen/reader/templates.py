"""Formulas without their row: what a formula and its copies further down have in common.

`1/(1+EXP(-I34))` in row 34 and `1/(1+EXP(-I35))` in row 35 are one template, in which the reference is said
relative to its own row. References to a fixed row (`$G$31`) stay as they are, and so do columns.
"""

import re
from dataclasses import dataclass
from functools import cached_property

# Marks that stand for a row in a template's text; the offset of each is in `Template.offsets`.
_FIRST_MARK = 0xE000
_MARKS = re.compile("[\ue000-\uf8ff]")
_MOST_OFFSETS = 0xF8FF - _FIRST_MARK

# What looks like a reference but is none is matched first: strings, quoted sheets, brackets, functions and names.
_LEXEMES = re.compile(
    r"""
      "(?:[^"]|"")*"                                       # a string
    | '(?:[^']|'')*'                                       # a sheet's name
    | \[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\]       # a table's column, another workbook
    | (?<![\w.\\$])(?P<column>\$?[A-Za-z]{1,3})(?P<row>[1-9][0-9]{0,6})(?![\w.\\(!\[])
    | [^\W\d][\w.\\]*                                      # a function or a name
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Template:
    """A formula in relative notation.

    Attributes:
        text: the formula without `=`, with a mark in the place of each relative row.
        offsets: how many rows each mark's reference is away from the formula's own row.
    """

    text: str
    offsets: tuple[int, ...]

    @cached_property
    def _replacements(self) -> tuple[tuple[str, int], ...]:
        return tuple((chr(_FIRST_MARK + position), offset) for position, offset in enumerate(self.offsets))

    def at(self, row: int) -> str:
        """Write the formula as it stands in a row, counted from 1, without `=`."""
        text = self.text
        for mark, offset in self._replacements:
            text = text.replace(mark, str(row + offset))
        return text


def make_template(formula: str, row: int) -> Template:
    """Take a formula (without `=`) out of its row, counted from 1."""
    if _MARKS.search(formula):
        return Template(formula, ())
    offsets: dict[int, str] = {}

    def relative(match: re.Match[str]) -> str:
        if match["row"] is None or len(offsets) > _MOST_OFFSETS:
            return match[0]
        offset = int(match["row"]) - row
        return match["column"] + offsets.setdefault(offset, chr(_FIRST_MARK + len(offsets)))

    text = _LEXEMES.sub(relative, formula)
    return Template(text, tuple(offsets))
