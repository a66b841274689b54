"""Formulas as lists of texts and row offsets, from which the page writes them for any row."""

from collections.abc import Iterator, Sequence
from sys import maxsize

from sheetgen.report.excerpt import Excerpt, excerpts
from sheetgen.spreadsheet.relative_formula import MARKS, Template, make_template
from sheetgen.visible_text import clean

Parts = list[str | int]
"""A formula: texts, and for each relative row its distance from the formula's own."""

_FIRST, _LAST = MARKS[0], MARKS[-1]


def parts_of(template: Template) -> Parts:
    """Return the parts of a formula in relative notation."""
    parts: Parts = [""]
    for sign in template.text:
        if _FIRST <= sign <= _LAST:
            parts += [template.offsets[ord(sign) - ord(_FIRST)], ""]
        else:
            parts[-1] = f"{parts[-1]}{sign}"
    return [clean(part) if isinstance(part, str) else part for part in parts if part != ""]


def differing_parts(found: str, expected: str, row: int) -> tuple[list[Parts], list[Parts]]:
    """Return two formulas, each in stretches that are in turn the same in both and different.

    Args:
        found: the one, as it stands in a row; empty if there is none.
        expected: the other.
        row: the row.
    """
    if not found or not expected:
        return [_parts(found, row)], [_parts(expected, row)]
    one, other = excerpts(found, expected, maxsize)
    return list(_stretches(one, row)), list(_stretches(other, row))


def _parts(text: str, row: int) -> Parts:
    return parts_of(make_template(text, row)) if text else []


def _stretches(excerpt: Excerpt, row: int) -> Iterator[Parts]:
    """Cut a formula where differences begin and end; a reference's row is never cut."""
    cuts = [place for difference in excerpt.differences for place in difference]
    stretch: Parts = []
    at = 0
    for part in _parts(excerpt.text, row):
        length = len(part) if isinstance(part, str) else len(str(row + part))
        inside = [cut for cut in cuts if at <= cut < at + length]
        for cut in inside:
            cuts.remove(cut)
            if isinstance(part, str):
                stretch += _pieces(part[: cut - at])
                part, at, length = part[cut - at :], cut, length - (cut - at)
            yield stretch
            stretch = []
        stretch += [part] if isinstance(part, int) else _pieces(part)
        at += length
    yield stretch


def _pieces(text: str) -> Sequence[str]:
    return [text] if text else []
