"""Candidate repairs: a formula with one of the slips that people make undone, which may be the formula meant."""

from collections.abc import Iterator
from typing import NamedTuple

from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname
from sheetgen.spreadsheet.formula import REFERENCE, Area, Piece
from sheetgen.types import Place
from sheetgen.verify.read.interpretation import Reading

_OPERATORS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "^": "to the power of"}
UNANCHORED = "the reference to the learning rate is not anchored"
_NUMBERS = ("0.5", "1", "2")
_MOST_PIECES = 160
_MOST_EXTRA = 2
_MANY_COLUMNS = 300


class Edit(NamedTuple):
    """A formula with one change, and the message if that makes it right."""

    pieces: tuple[Piece, ...]
    message: str


def edits(
    pieces: tuple[Piece, ...], reading: Reading, name: str, row: int, needed: set[str], *, deep: bool
) -> Iterator[Iterator[Edit]]:
    """Yield the possible edits of a formula in stages, the likeliest first.

    Args:
        pieces: the formula.
        reading: the table.
        name: the quantity that it should give.
        row: the row it stands in.
        needed: the precedents of the class's formula.
        deep: whether to yield the unlikely ones too.
    """
    plain = tuple(piece for piece in pieces if piece.kind != "Whitespace")
    if len(plain) > _MOST_PIECES:
        return
    targets = _targets(reading, name, row, needed)
    yield _references(plain, reading, targets, row)
    if deep:
        yield _constants(plain, reading)
        yield _operators(plain)
        yield _factors(plain, reading, targets, row)
    yield _brackets(plain)


def first_guesses(
    pieces: tuple[Piece, ...], reading: Reading, row: int, extra: set[str], needed: set[str]
) -> Iterator[Edit]:
    """Yield formulas with one obvious slip put right, so that one more edit may suffice.

    Args:
        pieces: the formula.
        reading: the table.
        row: the row it stands in.
        extra: the quantities that it refers to without need.
        needed: the quantities that may belong in the place of one of those.
    """
    plain = tuple(piece for piece in pieces if piece.kind != "Whitespace")
    yield from _differences(plain, reading, row)
    for area in dict.fromkeys(piece.area for piece in plain if piece.area):
        if reading.table.holds(area.first_row, area.first_column) not in extra or len(extra) > _MOST_EXTRA:
            continue
        for name in sorted(needed & set(reading.table.columns)):
            target = piece_of(reading, reading.table.columns[name], row)
            changed = tuple(target if piece.area == area else piece for piece in plain)
            yield Edit(changed, f"{say(area, reading, row)} stands where {name} belongs")


def _differences(pieces: tuple[Piece, ...], reading: Reading, row: int) -> Iterator[Edit]:
    """Put a minus sign between every output and target that another operator joins."""
    changed, said = list(pieces), ""
    for at in range(1, len(pieces) - 1):
        left, right = pieces[at - 1].area, pieces[at + 1].area
        if left and right and pieces[at].kind == "OpInfix" and pieces[at].text != "-":
            one, other = say(left, reading, row), say(right, reading, row)
            if one.startswith("a_o") and other.startswith("t"):
                changed[at] = Piece("-", None, "OpInfix")
                word = _OPERATORS.get(pieces[at].text, pieces[at].text)
                said = said or f"{word} stands between {one} and {other} where minus belongs"
    if said:
        yield Edit(tuple(changed), said)


def text_of(pieces: tuple[Piece, ...]) -> str:
    """Write pieces as a formula, with its `=`."""
    return "=" + "".join(piece.text for piece in pieces)


def say(area: Area, reading: Reading, row: int) -> str:
    """Name what a reference points to: `a_h1`, `w1 of the row above`, `the learning rate`, or an address."""
    place = area.corner
    if place == reading.eta:
        return "the learning rate"
    name = reading.table.holds(area.first_row, area.first_column) if area.sheet == reading.table.sheet.name else None
    if name is None or not area.is_cell:
        feed = reading.feeds.get(place)
        return feed.name if feed else area.text
    if area.first_row == row:
        return name
    return f"{name} of the row above" if area.first_row == row - 1 else f"{name} of row {area.first_row}"


def _targets(reading: Reading, name: str, row: int, needed: set[str]) -> list[Piece]:
    """List the references that may have been meant: every quantity of the row or the one above, and η.

    In a wide table these are too many; there only quantities of the same neurons and weights as the needed ones count.
    """
    columns = reading.table.columns
    if len(columns) > _MANY_COLUMNS:
        subjects = {_subject(each) for each in needed}
        columns = {each: column for each, column in columns.items() if _subject(each) in subjects}
    update = name in reading.network.trained or name in ("iteration", "E_mean")
    rows = (row - 1, row) if update and row > reading.table.first_row else (row,)
    own = (row, reading.table.columns.get(name))
    places = ((at, column) for at in rows for column in columns.values() if (at, column) != own)
    found = [piece_of(reading, column, at) for at, column in places]
    if reading.is_given(name, row):
        found = [_fixed(place, reading) for place in reading.feeds]
    if reading.eta is not None:
        found.append(_fixed(reading.eta, reading))
    return found


def _subject(name: str) -> str:
    """Return the neuron, weight or bias that a quantity belongs to: `h1` of `∂E/∂a_h1`."""
    return name.removeprefix("∂E/∂").removeprefix("a_")


def _fixed(place: Place, reading: Reading) -> Piece:
    """Make an absolute reference to a cell."""
    sheet, row, column = place
    prefix = "" if sheet == reading.table.sheet.name else f"{quote_sheetname(sheet)}!"
    text = f"{prefix}${get_column_letter(column)}${row}"
    return Piece(text, Area(sheet, row, column, row, column, anchored=True), REFERENCE)


def piece_of(reading: Reading, column: int, row: int) -> Piece:
    """Make a reference to a cell of the table."""
    area = Area(reading.table.sheet.name, row, column, row, column)
    return Piece(area.text, area, REFERENCE)


def _references(pieces: tuple[Piece, ...], reading: Reading, targets: list[Piece], row: int) -> Iterator[Edit]:
    """Replace one reference by another, everywhere or in one place."""
    areas = list(dict.fromkeys(piece.area for piece in pieces if piece.area))
    for area in areas:
        places = [position for position, piece in enumerate(pieces) if piece.area == area]
        choices = [places] if len(places) == 1 else [places, *([place] for place in places)]
        for target in targets:
            if target.area is None or target.area[:5] == area[:5]:
                continue
            for chosen in choices:
                changed = tuple(target if at in chosen else piece for at, piece in enumerate(pieces))
                yield Edit(changed, about_reference(area, target.area, reading, row))


def about_reference(found: Area, meant: Area, reading: Reading, row: int) -> str:
    """Say that one reference stands where another one belongs."""
    target = say(meant, reading, row)
    same_column = (found.sheet, found.first_column) == (meant.sheet, meant.first_column)
    if (meant.sheet, meant.first_row, meant.first_column) == reading.eta and same_column and not found.anchored:
        address = f"${get_column_letter(meant.first_column)}${meant.first_row}"
        return f"{UNANCHORED}, so it slides down; {address} belongs there"
    if same_column and found.anchored:
        return f"the reference to {target} is frozen at row {found.first_row}"
    if same_column:
        away = meant.first_row - found.first_row
        return f"the reference to {target} is {abs(away)} row{'s' if abs(away) > 1 else ''} too {_side(away)}"
    inside = found.sheet == reading.table.sheet.name and reading.table.holds(found.first_row, found.first_column)
    frozen = f", frozen at row {found.first_row}," if inside and found.anchored and found.first_row != row else ""
    if frozen:  # name its quantity in the row that is meant, or in this row if that one is outside the table
        near = meant.first_row if reading.table.holds(meant.first_row, found.first_column) else row
        found = found._replace(first_row=near, last_row=near)
    return f"{say(found, reading, row)}{frozen} stands where {target} belongs"


def _side(away: int) -> str:
    return "high" if away > 0 else "low"


def _constants(pieces: tuple[Piece, ...], reading: Reading) -> Iterator[Edit]:
    """Replace a number by another one, or by the learning rate."""
    for at, piece in enumerate(pieces):
        if piece.kind != "Operand" or not piece.text.replace(".", "").isdecimal():
            continue
        for number in _NUMBERS:
            if float(number) != float(piece.text):
                yield Edit(
                    _with(pieces, at, Piece(number, None, "Operand")), f"{piece.text} stands where {number} belongs"
                )
        if reading.eta:
            target = _fixed(reading.eta, reading)
            message = f"{piece.text} is typed where the learning rate belongs ({target.text})"
            yield Edit(_with(pieces, at, target), message)


def _operators(pieces: tuple[Piece, ...]) -> Iterator[Edit]:
    """Replace an operator by another; add or drop a minus sign."""
    for at, piece in enumerate(pieces):
        if piece.kind == "OpInfix":
            for sign, word in _OPERATORS.items():
                if sign != piece.text:
                    said = _OPERATORS.get(piece.text, piece.text)
                    yield Edit(_with(pieces, at, Piece(sign, None, "OpInfix")), f"{said} stands where {word} belongs")
        elif piece.kind == "OpPrefix":
            yield Edit(pieces[:at] + pieces[at + 1 :], "a minus sign is too much")
        if piece.text.endswith("(") or (piece.kind == REFERENCE and at == 0):
            after = at + 1 if piece.text.endswith("(") else at
            yield Edit((*pieces[:after], Piece("-", None, "OpPrefix"), *pieces[after:]), "a minus sign is missing")
    yield Edit((Piece("-("), *pieces, Piece(")")), "the sign is wrong")


def _factors(pieces: tuple[Piece, ...], reading: Reading, targets: list[Piece], row: int) -> Iterator[Edit]:
    """Replace `a` by `1−a` or the other way round; add or drop a factor."""
    for at, piece in enumerate(pieces):
        if piece.area is None:
            continue
        said = say(piece.area, reading, row)
        opened = (*pieces[:at], Piece("(1-"), piece, Piece(")"), *pieces[at + 1 :])
        yield Edit(opened, f"{said} stands where 1−{said} belongs")
        if [each.text for each in pieces[max(0, at - 3) : at]] == ["(", "1", "-"] and _text(pieces, at + 1) == ")":
            yield Edit((*pieces[: at - 3], piece, *pieces[at + 2 :]), f"1−{said} stands where {said} belongs")
        if _text(pieces, at - 1) == "*":
            yield Edit(pieces[: at - 1] + pieces[at + 1 :], f"the factor {said} is too much")
    for target in targets:
        if target.area:
            said = say(target.area, reading, row)
            whole = (Piece("("), *pieces, Piece(")"))
            yield Edit((*whole, Piece("*"), target), f"the factor {said} is missing")
            yield Edit((*whole, Piece("*(1-"), target, Piece(")")), f"the factor 1−{said} is missing")
            yield Edit((*whole, Piece("/"), target), f"the factor {said} is too much")


def _brackets(pieces: tuple[Piece, ...]) -> Iterator[Edit]:
    """Add a pair of brackets, drop one, or move one end of a pair."""
    pairs = list(_pairs(pieces))
    for left, right in pairs:
        if pieces[left].text == "(":
            kept = tuple(piece for at, piece in enumerate(pieces) if at not in (left, right))
            yield Edit(kept, "a pair of brackets is too much")
        yield from _moved(pieces, right, ")", _ends(pieces), "a bracket closes in the wrong place")
        if pieces[left].text == "(":
            yield from _moved(pieces, left, "(", _starts(pieces), "a bracket opens in the wrong place")
    for begin in _starts(pieces):
        for end in _ends(pieces):
            if end > begin + 1 and _balanced(pieces[begin:end]):
                inside = (Piece("("), *pieces[begin:end], Piece(")"))
                yield Edit((*pieces[:begin], *inside, *pieces[end:]), "brackets are missing")


def _moved(pieces: tuple[Piece, ...], at: int, sign: str, places: list[int], message: str) -> Iterator[Edit]:
    rest = pieces[:at] + pieces[at + 1 :]
    for place in places:
        target = place - (place > at)
        changed = (*rest[:target], Piece(sign, None, "Paren"), *rest[target:])
        if target != at and _balanced(changed):
            yield Edit(changed, message)


def _starts(pieces: tuple[Piece, ...]) -> list[int]:
    """List where an operand or a bracket begins."""
    return [at for at, piece in enumerate(pieces) if piece.kind in (REFERENCE, "Operand", "Func") or piece.text == "("]


def _ends(pieces: tuple[Piece, ...]) -> list[int]:
    """List the positions just after an operand or a closing bracket."""
    return [at + 1 for at, piece in enumerate(pieces) if piece.kind in (REFERENCE, "Operand") or piece.text == ")"]


def _pairs(pieces: tuple[Piece, ...]) -> Iterator[tuple[int, int]]:
    waiting: list[int] = []
    for at, piece in enumerate(pieces):
        if piece.text.endswith("("):
            waiting.append(at)
        elif piece.text == ")" and waiting:
            yield waiting.pop(), at


def _balanced(pieces: tuple[Piece, ...]) -> bool:
    depth = 0
    for piece in pieces:
        depth += piece.text.endswith("(") - (piece.text == ")")
        if depth < 0:
            return False
    return depth == 0


def _with(pieces: tuple[Piece, ...], at: int, other: Piece) -> tuple[Piece, ...]:
    return (*pieces[:at], other, *pieces[at + 1 :])


def _text(pieces: tuple[Piece, ...], at: int) -> str:
    return pieces[at].text if 0 <= at < len(pieces) else ""
