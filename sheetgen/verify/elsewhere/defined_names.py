"""Defined names that say one quantity and point to another one's cells."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname
from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Place
from sheetgen.verify.elsewhere.cell_lines import CellLines, Span
from sheetgen.verify.elsewhere.drawn_series import Claim, contradict, pattern, plain, short
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.read.labels import quantity_of

_BROKEN = "#REF!"
_STEPS_TO_VALUE = 3
_FEWEST = 2


class _Name(NamedTuple):
    """A defined name of a quantity.

    Attributes:
        scope: the sheet that it belongs to; empty if it is the workbook's.
        text: the name.
        meaning: what it stands for.
        quantity: what it names.
        area: the cells that it points to; None if there are none.
    """

    scope: str
    text: str
    meaning: str
    quantity: str
    area: Area | None


def misplaced_names(lines: CellLines) -> Iterator[Finding]:
    """Find the defined names of a workbook that point elsewhere than its labels say.

    A finding is at the first cell that the name points to; if that was deleted, at the cell that belongs there.
    """
    names = list(_names_of_quantities(lines))
    for name in names:
        found = _misplaced(name, names, lines)
        if found is not None:
            yield found


def _names_of_quantities(lines: CellLines) -> Iterator[_Name]:
    workbook = lines.book.workbook
    for key, meaning in workbook.names.items():
        scope, _, text = key.rpartition("!")
        quantity = quantity_of(text.strip("_")) if len(plain(text)) > 1 else None
        if quantity is not None:
            yield _Name(scope, text, meaning, quantity, lines.area(meaning, scope or workbook.sheet_names[0]))


def _misplaced(name: _Name, names: Sequence[_Name], lines: CellLines) -> Finding | None:
    if name.area is None:
        return _deleted(name, lines) if _BROKEN in name.meaning else None
    place = (name.area.sheet, name.area.first_row, name.area.first_column)
    if name.area.is_cell:
        return _other_cell(name, place, lines) or _other_sheet(name, place, names, lines)
    return _other_line(name, place, names, lines)


def _deleted(name: _Name, lines: CellLines) -> Finding | None:
    """Find a name whose cell was deleted, where the only cell that is labelled so is still there."""
    values = {value for sheet in lines.book.workbook.sheet_names for _, value in _values_of(name, sheet, lines)}
    if len(values) != 1:
        return None
    (value,) = values
    return _finding(name, value, _reference(value), "points to a cell that was deleted")


def _other_cell(name: _Name, place: Place, lines: CellLines) -> Finding | None:
    """Find a name that points to a cell with another label, or to an empty one, in line with the one that it names."""
    texts, cell = dict(_texts_of(place, lines)), lines.book.cell(*place)
    others = [(where, text) for where, text in texts.items() if quantity_of(text) is not None]
    if any(_may_mean(name, text) for text in texts.values()) or (cell is not None and not others):
        return None
    values = {value: label for label, value in _values_of(name, place[0], lines) if _in_line(value, place)}
    if len(values) > 1 and others:
        values = {value: label for value, label in values.items() if _way(label, value) == _way(others[0][0], place)}
    if len(values) != 1 or place in values:
        return None
    (value,) = values
    if cell is not None and cell.formula is not None and _address(value) in cell.formula.replace("$", ""):
        return None
    says = f"points to a cell labelled {short(others[0][1])}" if others else "points to an empty cell"
    return _finding(name, place, _reference(value), says)


def _in_line(one: Place, other: Place) -> bool:
    return one[1] == other[1] or one[2] == other[2]


def _way(start: Place, end: Place) -> tuple[int, int]:
    return end[1] - start[1], end[2] - start[2]


def _other_sheet(name: _Name, place: Place, names: Sequence[_Name], lines: CellLines) -> Finding | None:
    """Find a name that points to another sheet than names of its kind do, where that sheet has what it names.

    Names of one kind are those of one text that belong to different sheets, and `w_1`, `w_2`, … of the workbook.
    """
    if name.scope:
        others = [other for other in names if other.text == name.text and other.scope not in ("", name.scope)]
        strayed = place[0] != name.scope and all(other.area and other.area.sheet == other.scope for other in others)
        home = name.scope if strayed and others else place[0]
    else:
        others = [
            other for other in names if other != name and not other.scope and pattern(other.text) == pattern(name.text)
        ]
        sheets = {other.area.sheet if other.area else "" for other in others}
        home = sheets.pop() if len(others) > _FEWEST and len(sheets) == 1 else place[0]
    values = {value for _, value in _values_of(name, home, lines)} if home not in (place[0], "") else set()
    if len(values) > 1:
        values &= {(home, *place[1:])}
    if len(values) != 1:
        return None
    (value,) = values
    return _finding(name, place, _reference(value), f"points to sheet {place[0]}")


def _other_line(name: _Name, place: Place, names: Sequence[_Name], lines: CellLines) -> Finding | None:
    """Find a name of a column that points to another one, or to other rows than all other columns' names do."""
    span = lines.span(name.meaning.removeprefix("="), place[0])
    header = None if span is None else lines.header(span)
    if span is None or header is None:
        return None
    if not _may_mean(name, header.text):
        labels = [
            (number, text)
            for step in header.steps
            for number, text in lines.labels(span.sheet, step, span.vertical).items()
        ]
        numbers = [number for number, text in labels if quantity_of(text) == name.quantity and number != span.number]
        if header.quantity is None or len(numbers) != 1:
            return None
        belongs = span._replace(number=numbers[0])
        return _finding(name, place, belongs.reference, f"points to {span.line}, labelled {short(header.text)}")
    others = [
        lines.span(other.meaning.removeprefix("="), other.scope or span.sheet) for other in names if other != name
    ]
    rows = {(other.first, other.last) for other in others if other and _in_one_table(other, span, lines)}
    if len(rows) != 1 or (span.first, span.last) in rows or len(others) < _FEWEST:
        return None
    ((first, last),) = rows
    belongs = span._replace(first=first, last=last)
    return _finding(name, place, belongs.reference, f"points to {span.steps}, the other names to {belongs.steps}")


def _in_one_table(one: Span, other: Span, lines: CellLines) -> bool:
    headers = lines.header(one), lines.header(other)
    steps = [header.steps[0] for header in headers if header is not None]
    return (
        (one.sheet, one.vertical) == (other.sheet, other.vertical)
        and len(steps) == len(headers)
        and len(set(steps)) == 1
    )


def _may_mean(name: _Name, text: str) -> bool:
    """Tell whether a name may mean what a label says."""
    quantity = quantity_of(text)
    if plain(text) == plain(name.text) or quantity is None or name.quantity == "eta":
        return plain(text) == plain(name.text) or quantity == name.quantity
    return not contradict(Claim(name.text, None, name.quantity, "name"), quantity)


def _texts_of(place: Place, lines: CellLines) -> Iterator[tuple[Place, str]]:
    """Yield the texts that may label a cell: left of it up to the next number, and what heads its column."""
    sheet, row, column = place
    for step in range(1, _STEPS_TO_VALUE + 1):
        cell = lines.book.cell(sheet, row, column - step)
        if cell is not None and cell.kind is not Kind.TEXT:
            break
        if cell is not None:
            yield (sheet, row, column - step), str(cell.value)
    header = lines.header(Span(sheet, column, row, row))
    for step in header.steps if header else ():
        yield (sheet, step, column), lines.text((sheet, step, column))


def _values_of(name: _Name, sheet: str, lines: CellLines) -> Iterator[tuple[Place, Place]]:
    """Yield each label of a sheet that a name may mean, and the number that it labels, right of it or else below."""
    for (row, column), text in lines.book.sheet(sheet).texts.items():
        if quantity_of(text) == name.quantity:
            right = [(sheet, row, column + step) for step in range(1, _STEPS_TO_VALUE + 1)]
            beside = next((place for place in right if lines.book.cell(*place) is not None), right[0])
            cells = ((place, lines.book.cell(*place)) for place in (beside, (sheet, row + 1, column)))
            held = [place for place, cell in cells if cell is not None and cell.kind is Kind.NUMBER]
            yield from [((sheet, row, column), place) for place in held[:1]]


def _address(place: Place) -> str:
    return f"{get_column_letter(place[2])}{place[1]}"


def _reference(place: Place) -> str:
    return f"{quote_sheetname(place[0])}!${get_column_letter(place[2])}${place[1]}"


def _finding(name: _Name, place: Place, belongs: str, says: str) -> Finding:
    own = f" of sheet {name.scope}" if name.scope else ""
    return Finding(
        sheet=place[0],
        range=_address(place),
        count=1,
        quantity=name.text,
        kind=FindingKind.WRONG_NAME,
        message=f"the name {name.text}{own} {says}; {belongs.replace('$', '')} has that label",
        found_formula=f"={name.meaning.removeprefix('=')}",
        expected_formula=f"={belongs}",
    )
