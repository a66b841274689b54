"""Two long formulas side by side, cut to where they differ and as much context as there is room for."""

import re
import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import NamedTuple

from sheetgen.visible_text import shorten

_TOKENS = re.compile(
    r"""\s*
    ( "(?:[^"]|"")*"                                               # a string
    | '(?:[^']|'')*'                                               # a sheet's name
    | [\w$.]*\[(?:[^\[\]]|\[[^\[\]]*\])*\]                        # a table's column
    | [\w$.]+ | \S )
    \s*""",
    re.VERBOSE,
)
# Comparison takes quadratic time; longer stretches count as different throughout.
_MOST_COMPARED = 300
_MOST_AROUND = 64


class Excerpt(NamedTuple):
    """Parts of a formula, and where the differences start and end in this text."""

    text: str
    differences: tuple[tuple[int, int], ...]


class _Run(NamedTuple):
    """Tokens that are the same in both formulas, or that replace each other."""

    same: bool
    found: Sequence[str]
    expected: Sequence[str]


def excerpts(found: str, expected: str, width: int) -> tuple[Excerpt, Excerpt]:
    """Cut two formulas to a width that shows their differences, with the same context in both.

    Args:
        found: the one formula, a single line of printable text.
        expected: the other.
        width: the maximum length of each.

    Returns:
        Both, without insignificant spaces. Omissions are marked by `…`; a pair that fits is returned whole.
    """
    runs = list(_runs(_TOKENS.findall(found), _TOKENS.findall(expected)))
    pair = _write(runs, sys.maxsize)
    if not _fits(pair, width):
        arounds = range(1, _MOST_AROUND + 1)
        room = bisect_left(arounds, True, key=lambda around: not _fits(_write(runs, around), width))
        pair = _write(runs, room)
    return _cut(pair[0], width), _cut(pair[1], width)


def _fits(pair: tuple[Excerpt, Excerpt], width: int) -> bool:
    return max(len(excerpt.text) for excerpt in pair) <= width


def _runs(found: Sequence[str], expected: Sequence[str]) -> Iterator[_Run]:
    start = _same_start(found, expected)
    end = _same_start(found[start:][::-1], expected[start:][::-1])
    yield _Run(True, found[:start], expected[:start])
    one, other = found[start : len(found) - end], expected[start : len(expected) - end]
    if max(len(one), len(other)) > _MOST_COMPARED:
        yield _Run(False, one, other)
    else:
        for name, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
            yield _Run(name == "equal", one[a:b], other[c:d])
    yield _Run(True, found[len(found) - end :], expected[len(expected) - end :])


def _same_start(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _write(runs: Sequence[_Run], around: int) -> tuple[Excerpt, Excerpt]:
    """Write both formulas with up to `around` tokens on each side of a difference."""
    last = len(runs) - 1
    shown = [_shortened(run, around if n > 0 else 0, around if n < last else 0) for n, run in enumerate(runs)]
    return _join([(run.same, run.found) for run in shown]), _join([(run.same, run.expected) for run in shown])


def _shortened(run: _Run, before: int, after: int) -> _Run:
    """Leave out the middle of a run that is the same in both."""
    tokens = run.found
    if not run.same or len(tokens) <= before + after + 1:
        return run
    tokens = [*tokens[:before], "…", *tokens[len(tokens) - after :]]
    return _Run(True, tokens, tokens)


def _join(parts: Sequence[tuple[bool, Sequence[str]]]) -> Excerpt:
    text, differences = "", []
    for same, tokens in parts:
        start = len(text)
        text += "".join(tokens)
        if not same and len(text) > start:
            differences.append((start, len(text)))
    return Excerpt(text, tuple(differences))


def _cut(excerpt: Excerpt, width: int) -> Excerpt:
    text = shorten(excerpt.text, width)
    return Excerpt(text, tuple((start, min(end, len(text))) for start, end in excerpt.differences if start < len(text)))
