"""Series that show other rows than their x-values or their siblings do, or not all of their column."""

import re
from collections.abc import Iterator, Sequence

from sheetgen.verify.elsewhere.cell_lines import CellLines, Span
from sheetgen.verify.elsewhere.drawn_series import Claim, Drawn, Slip, plain

_FEWEST = 2
_PART = re.compile(
    r"\b(?:first|last|early|late|start|begin|end|zoom|detail|part|erste|letzte|anfang|ausschnitt)", re.IGNORECASE
)
_LENGTH = re.compile(r"([0-9][0-9.,]*)\s*(?:iterations?|epochs?|steps?|rows?|iterationen|epochen|schritte)\b", re.I)


def wrong_rows(drawn: Sequence[Drawn], title: Claim, lines: CellLines) -> Iterator[Slip]:
    """Find the series whose rows are not those of their x-values, of the other series, or of the title."""
    shifts = [each.y.first - each.x.first for each in drawn if each.x is not None]
    shifted_alike = len(shifts) > 1 and len(set(shifts)) == 1
    for each in drawn:
        slip = (
            _not_as_x(each, lines, shifted_alike)
            or _not_as_others(each, drawn, lines)
            or _not_as_second(each, drawn, lines)
        )
        if slip is None and len(drawn) == 1:
            slip = _not_as_title(each, title, lines)
        if slip is not None:
            yield slip


def part_of_column(drawn: Sequence[Drawn], title: Claim, lines: CellLines) -> str | None:
    """Say that a chart's only series shows a part of its column, unless the title does."""
    if len(drawn) != 1 or _PART.search(title.text) or _LENGTH.search(title.text):
        return None
    y, whole = drawn[0].y, _whole(drawn[0].y, lines)
    return None if whole == y else f"it shows {y.steps} of {whole.line}, which has numbers in {whole.steps}"


def _whole(y: Span, lines: CellLines) -> Span:
    """Return a span with all the numbers that continue it."""
    first, last = lines.run(y)
    return y._replace(first=min(first, y.first), last=max(last, y.last))


def _not_as_x(each: Drawn, lines: CellLines, shifted_alike: bool) -> Slip | None:
    """Find x-values of other rows than the values."""
    x, y = each.x, each.y
    if x is None or x == y or not x.overlaps(y) or (x.first, x.last) == (y.first, y.last):
        return None
    if x.first == y.first:
        shorter, longer = (x, y) if x.last < y.last else (y, x)
        rest = shorter._replace(first=shorter.last + 1, last=longer.last)
        if not lines.holds(rest) or not lines.holds(rest._replace(number=longer.number)):
            return None
    elif shifted_alike:
        return None
    says = f"its x-values are {x.steps} and its values {y.steps}"
    if _whole(x, lines) == x and _whole(y, lines) != y:
        return Slip(each, says, y._replace(first=x.first, last=x.last))
    return Slip(each, says, x._replace(first=y.first, last=y.last), of_x=True)


def _not_as_others(each: Drawn, drawn: Sequence[Drawn], lines: CellLines) -> Slip | None:
    """Find other rows than those of at least two other series, which agree."""
    others = [other for other in drawn if other is not each and _of_one_table(each, other)]
    if len(others) >= _FEWEST:
        ranges = {(other.y.first, other.y.last) for other in others}
        if len(ranges) != 1 or (each.y.first, each.y.last) in ranges:
            return None
        ((first, last),) = ranges
        return _odd(each, each.y._replace(first=first, last=last), lines)
    others = [other for other in drawn if other is not each and _of_one_kind(each, other)]
    shapes = {(other.y.first - _start(other), other.y.size) for other in others}
    whole = _whole(each.y, lines)
    if len(others) < _FEWEST or whole == each.y:
        return None
    if all(_whole(other.y, lines) == other.y for other in others):
        return _odd(each, whole, lines)
    ((offset, count), *more) = shapes
    belongs = each.y._replace(first=_start(each) + offset, last=_start(each) + offset + count - 1)
    return None if more or belongs == each.y else _odd(each, belongs, lines)


def _odd(each: Drawn, belongs: Span, lines: CellLines) -> Slip | None:
    """Accuse a series of its rows, unless its column has no numbers in those that it lacks."""
    y = each.y
    missing = [y._replace(first=belongs.first, last=y.first - 1), y._replace(first=y.last + 1, last=belongs.last)]
    missing = [span for span in missing if span.size > 0]
    if missing and not any(map(lines.holds, missing)):
        return None
    return Slip(each, f"it shows {y.steps}; the other series show {belongs.steps}", belongs)


def _not_as_second(each: Drawn, drawn: Sequence[Drawn], lines: CellLines) -> Slip | None:
    """Find a part of a column without x-values of its own, where the only other series shows the whole."""
    others = [other for other in drawn if other is not each]
    if len(others) != 1 or each.x is not None or not _of_one_table(each, others[0]):
        return None
    other = others[0].y
    whole = _whole(each.y, lines)
    if whole == each.y or (whole.first, whole.last) != (other.first, other.last):
        return None
    return Slip(each, f"it shows {each.y.steps}; the other series shows {other.steps}", whole)


def _not_as_title(each: Drawn, title: Claim, lines: CellLines) -> Slip | None:
    """Find fewer rows than the title counts, where the column has as many."""
    said = _LENGTH.findall(title.text)
    whole = _whole(each.y, lines)
    counted = re.sub("[.,]", "", said[0]) if len(said) == 1 else ""
    if not counted or _PART.search(title.text) or whole == each.y:
        return None
    number = int(counted[:9])
    if number not in (whole.size, whole.size - 1) or number in (each.y.size, each.y.size - 1):
        return None
    says = f"the title says {said[0]}, but it shows {each.y.steps}, {each.y.size:,} of {whole.size:,}"
    return Slip(each, says, whole)


def _of_one_table(one: Drawn, other: Drawn) -> bool:
    alike = (one.y.sheet, one.y.vertical) == (other.y.sheet, other.y.vertical)
    return alike and one.header is not None and other.header is not None and _start(one) == _start(other)


def _of_one_kind(one: Drawn, other: Drawn) -> bool:
    return one.y.sheet != other.y.sheet and bool(one.label) and plain(one.label) == plain(other.label)


def _start(each: Drawn) -> int:
    return each.header.steps[0] if each.header else 0
