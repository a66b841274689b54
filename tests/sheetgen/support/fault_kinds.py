"""Single faults for a workbook whose tables are right: each a cell or column to change, and what must be said of it."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.sheetgen.support.fault_formulas import Worlds, is_reference, reference, tokens_of
from tests.sheetgen.support.fault_spots import FORMULA_FAULTS, Spot, noise, special_row
from tests.sheetgen.support.patched_workbooks import Book, Cell, Table, split

_TRIES = 60

Edits = dict[tuple[str, str], Cell | None]


@dataclass(frozen=True)
class Fault:
    """A fault, ready to be put in.

    Attributes:
        kind: which of `KINDS`.
        sheet: where it is.
        ranges: the ranges that must be named, one finding each, and no other.
        expected: the kinds of finding that are right.
        edits: the cells to change.
        note: what it is, for the reader.
        circular: whether a recalculation would find a cycle.
        hidden: rows of the sheet that are hidden.
    """

    kind: str
    sheet: str
    ranges: tuple[str, ...]
    expected: tuple[str, ...]
    edits: Edits
    note: str
    circular: bool = False
    hidden: tuple[int, ...] = ()


class Injector:
    """Makes faults for one workbook.

    Args:
        book: a clean workbook.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.worlds = {table.sheet: Worlds(book, table) for table in book.tables}

    def make(self, kind: str, rng: random.Random) -> Fault | None:
        """Make a fault of a kind; None where the workbook has no place for one."""
        for _ in range(_TRIES):
            table = rng.choice(self.book.tables)
            fault = KINDS[kind](self, kind, table, rng)
            if fault is not None:
                return fault
        return None

    def spot(self, table: Table, rng: random.Random) -> Spot | None:
        """Choose a formula cell of a table."""
        column = rng.choice(list(table.labels))
        spot = Spot(self.book, table, column, rng.randint(table.first_row, table.last_row), rng)
        cell = self.book.cells[table.sheet].get(spot.address)
        if cell is None or cell.formula is None:
            return None
        spot.tokens = list(tokens_of(cell.formula))
        return spot

    def typed(self, table: Table, rng: random.Random) -> str | None:
        """Choose a typed number of a table that is an input, a target or a first weight."""
        column = rng.choice(list(table.labels))
        address = f"{column}{rng.choice((table.first_row, rng.randint(table.first_row, table.last_row)))}"
        cell = self.book.cells[table.sheet].get(address)
        counts = re.match("iter|epoch", table.labels[column], re.IGNORECASE)
        return address if cell and cell.formula is None and cell.kind == "n" and not counts else None

    def feeding(self, table: Table, rng: random.Random) -> tuple[str, str]:
        """Choose a typed number outside of the table that feeds it: the learning rate, or one of another sheet."""
        places = [(table.sheet, table.eta)] * 4
        for column in table.labels:
            cell = self.book.cells[table.sheet].get(f"{column}{table.first_row}")
            if cell and cell.formula and is_reference(cell.formula):
                found = reference(cell.formula)
                places.append((found.sheet[:-1].strip("'") or table.sheet, f"{found.column}{found.row}"))
        typed = [place for place in places if self.book.cells[place[0]][place[1]].formula is None]
        return rng.choice(typed or [("", "")])


def _one_formula(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
    """Put a wrong formula into one cell, its cached value as it was."""
    spot = injector.spot(table, rng)
    formula = FORMULA_FAULTS[kind](spot) if spot else None
    if spot is None or formula is None or not _real(injector, spot, formula):
        return None
    edits: Edits = {(table.sheet, spot.address): replace(spot.cell, formula=formula)}
    note = f"{spot.cell.formula} → {formula}"
    circular = _circular(injector.book, table.sheet, spot.address, formula)
    return Fault(kind, table.sheet, (spot.address,), ("wrong-formula",), edits, note, circular)


def _whole_column(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
    """Put the same wrong formula into all rows of a column."""
    spot = injector.spot(table, rng)
    if spot is None or spot.row == table.first_row or not _is_even(injector.book, spot):
        return None
    spot.row = table.last_row
    spot.tokens = list(tokens_of(spot.cell.formula or ""))
    state = rng.getstate()
    edits: Edits = {}
    rows = []
    circular = False
    for row in range(table.first_row, table.last_row + 1):
        own = _copy(spot, row)
        if own is None:
            continue
        rng.setstate(state)  # so that the same is changed in each row
        formula = FORMULA_FAULTS[kind.removesuffix(", column")](own)
        if formula is None:
            continue
        edits[table.sheet, own.address] = replace(own.cell, formula=formula)
        if _real(injector, own, formula):
            rows.append(row)
            circular = circular or _circular(injector.book, table.sheet, own.address, formula)
    if len(rows) < 3 or rows != list(range(rows[0], rows[-1] + 1)) or not _same_change(edits):
        return None
    ranges = (f"{spot.column}{rows[0]}:{spot.column}{rows[-1]}",)
    last = (table.sheet, spot.address)
    changed = edits.get(last)
    note = f"{spot.cell.formula} → {changed.formula if changed else None}"
    return Fault(kind, table.sheet, ranges, ("wrong-formula",), edits, note, circular)


def _copy(spot: Spot, row: int) -> Spot | None:
    own = Spot(spot.book, spot.table, spot.column, row, spot.rng)
    cell = spot.book.cells[spot.table.sheet].get(own.address)
    if cell is None or cell.formula is None:
        return None
    own.tokens = list(tokens_of(cell.formula))
    return own if [token.kind for token in own.tokens] == [token.kind for token in spot.tokens] else None


def _is_even(book: Book, spot: Spot) -> bool:
    """Tell whether the formulas of a column are copies of each other, from its second row on."""
    shapes = set()
    for row in range(spot.table.first_row + 1, spot.table.last_row + 1):
        formula = book.cells[spot.table.sheet][f"{spot.column}{row}"].formula
        shapes.add(None if formula is None else _relative(formula, row))
    return len(shapes) == 1 and None not in shapes


def _relative(formula: str, row: int) -> str:
    parts = []
    for token in tokens_of(formula):
        found = reference(token.text) if token.kind == "ref" else None
        parts.append(token.text if found is None or found.anchored else f"{found.column}[{found.row - row}]")
    return "".join(parts)


def _same_change(edits: Edits) -> bool:
    """Tell whether what a random choice made of each row is the same."""
    shapes = {_relative(cell.formula, split(place[1])[1]) for place, cell in edits.items() if cell and cell.formula}
    return len(shapes) == 1


def _real(injector: Injector, spot: Spot, formula: str) -> bool:
    """Tell whether a changed formula means something else."""
    return injector.worlds[spot.table.sheet].differ(spot.cell.formula or "", formula, spot.table.sheet)


def _circular(book: Book, sheet: str, address: str, formula: str) -> bool:
    """Tell whether a cell would depend on itself."""
    seen: set[str] = set()
    waiting = [formula]
    while waiting:
        for token in tokens_of(waiting.pop()):
            if token.kind != "ref" or "!" in token.text:
                continue
            place = token.text.replace("$", "")
            if place == address:
                return True
            cell = book.cells[sheet].get(place)
            if place not in seen and cell and cell.formula:
                seen.add(place)
                waiting.append(cell.formula)
    return False


Maker = Callable[[Injector, str, Table, random.Random], Fault | None]


def _replaced(change: Callable[[Cell, random.Random], Cell | None], *expected: str, fed_too: bool = True) -> Maker:
    """Make a fault that puts something else into a formula cell."""

    def make(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
        spot = injector.spot(table, rng)
        if spot is None or not isinstance(spot.cell.value, float):
            return None
        if kind == "stale by 1e-9" and injector.book.digits < 17:
            return None  # that is less than the file's own rounding
        if not fed_too and spot.row == table.first_row and is_reference(spot.cell.formula or ""):
            return None  # a first weight may as well be typed
        cell = change(spot.cell, rng)
        if cell is None:
            return None
        note = f"{spot.cell.value!r} → {cell.value!r}"
        return Fault(kind, table.sheet, (spot.address,), expected, {(table.sheet, spot.address): cell}, note)

    return make


def _stale(relative: float) -> Maker:
    def change(cell: Cell, rng: random.Random) -> Cell | None:
        assert isinstance(cell.value, float)
        off = cell.value * relative * rng.choice((-1, 1))
        return replace(cell, value=cell.value + off) if off else None

    return _replaced(change, "stale-value")


def _rounded(cell: Cell, _: random.Random) -> Cell | None:
    value = float(f"{cell.value:.4g}")
    return None if value == cell.value else replace(cell, formula=None, value=value)


def _wrong_number(cell: Cell, rng: random.Random) -> Cell:
    assert isinstance(cell.value, float)
    return replace(cell, formula=None, value=round(cell.value * rng.choice((0.9, 1.1)) + 0.013, 6))


def _constant_formula(cell: Cell, rng: random.Random) -> Cell:
    """Put a wrong number into a cell as a formula."""
    wrong = _wrong_number(cell, rng)
    return replace(wrong, formula=f"{wrong.value:.15g}")


def _given(change: Callable[[Cell, random.Random], Cell], *expected: str, outside: bool) -> Maker:
    """Make a fault in a typed number: of the table, or outside of it where it feeds the table."""

    def make(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
        address = injector.typed(table, rng)
        place = injector.feeding(table, rng) if outside else (table.sheet, address or "")
        if not place[1]:
            return None
        old = injector.book.cells[place[0]][place[1]]
        cell = change(old, rng)
        return Fault(kind, place[0], (place[1],), expected, {place: cell}, f"{old.value!r} → {cell.value!r}")

    return make


def _as_text(cell: Cell, rng: random.Random) -> Cell:
    text = rng.choice((f"{cell.value:.15g}", f" {cell.value:.15g}", "abc", f"{cell.value:.15g}".replace(".", ",")))
    return replace(cell, formula=None, value=text, kind="inlineStr")


def _changed_input(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
    """Type another input or target in one row, where all rows have the same."""
    address = injector.typed(table, rng)
    if address is None or not re.fullmatch(r"[ixty]\d", table.labels[split(address)[0]]):
        return None
    column, row = split(address)
    other = row + 1 if row < table.last_row else row - 1
    old, neighbour = (injector.book.cells[table.sheet][f"{column}{each}"] for each in (row, other))
    if neighbour.formula:
        return None  # the rows below take theirs from it
    assert isinstance(old.value, float)
    cell = replace(old, value=rng.choice((old.value + 0.01, old.value * 2, old.value * 1.001)))
    note = f"{old.value} → {cell.value}"
    return Fault(kind, table.sheet, (address,), ("bad-input",), {(table.sheet, address): cell}, note)


def _swapped_labels(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
    pair = _two_labels(injector, table, rng)
    if pair is None:
        return None
    places = [f"{letter}{table.header_row}" for letter in pair]
    cells = [injector.book.cells[table.sheet][place] for place in places]
    edits: Edits = {(table.sheet, places[0]): cells[1], (table.sheet, places[1]): cells[0]}
    note = f"{cells[0].value} ↔ {cells[1].value}"
    return Fault(kind, table.sheet, tuple(places), ("bad-input",), edits, note)


def _repeated_label(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
    pair = _two_labels(injector, table, rng)
    if pair is None:
        return None
    places = [f"{letter}{table.header_row}" for letter in pair]
    cells = [injector.book.cells[table.sheet][place] for place in places]
    edits: Edits = {(table.sheet, places[0]): cells[1]}
    note = f"{cells[0].value} → {cells[1].value}"
    return Fault(kind, table.sheet, (places[0],), ("bad-input",), edits, note)


def _two_labels(injector: Injector, table: Table, rng: random.Random) -> list[str] | None:
    """Choose two columns, of one family half of the time, that do not mean the same."""
    letters = list(table.labels)
    if rng.random() < 0.5:
        family = re.sub(r"\d", "", table.labels[rng.choice(letters)])
        letters = [letter for letter in letters if re.sub(r"\d", "", table.labels[letter]) == family]
    if len(letters) < 2:
        return None
    pair = rng.sample(letters, 2)
    worlds = injector.worlds[table.sheet]
    same = all(abs(one - other) < 1e-9 for one, other in zip(*map(worlds.column, pair), strict=True))
    return None if same else pair


def _certain(change: Callable[[Spot], str]) -> Maker:
    """Make a fault that needs no proof: a formula that is right in most rows, or most of the time."""

    def make(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
        spot = injector.spot(table, rng)
        if spot is None or not isinstance(spot.cell.value, float) or abs(spot.cell.value - 0.1) < 1e-3:
            return None
        if is_reference(spot.cell.formula or ""):
            return None  # what is only given may as well be another number
        formula = change(spot)
        edits: Edits = {(table.sheet, spot.address): replace(spot.cell, formula=formula)}
        note = f"{spot.cell.formula} → {formula}"
        return Fault(kind, table.sheet, (spot.address,), ("wrong-formula",), edits, note)

    return make


def _slip(injector: Injector, table: Table, rng: random.Random) -> Fault | None:
    return _one_formula(injector, rng.choice(list(FORMULA_FAULTS)), table, rng)


def _in_hidden_row(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
    """Make a slip in a row that is hidden, with its neighbours."""
    fault = _slip(injector, table, rng)
    if fault is None:
        return None
    row = split(fault.ranges[0])[1]
    hidden = range(max(table.first_row, row - 1), min(table.last_row, row + 1) + 1)
    return replace(fault, kind=kind, hidden=tuple(hidden))


def _two(injector: Injector, kind: str, table: Table, rng: random.Random) -> Fault | None:
    """Make two slips, in different columns of a table."""
    one, other = (_slip(injector, table, rng) for _ in range(2))
    if one is None or other is None or split(one.ranges[0])[0] == split(other.ranges[0])[0]:
        return None
    return replace(
        one,
        kind=kind,
        ranges=(*one.ranges, *other.ranges),
        edits={**one.edits, **other.edits},
        note=f"{one.note}; {other.note}",
        circular=True,  # each could close a cycle with the other
    )


def _error(cell: Cell, rng: random.Random) -> Cell:
    return replace(cell, value=rng.choice(("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#N/A", "#NUM!")), kind="e")


KINDS: dict[str, Maker] = {
    **dict.fromkeys(FORMULA_FAULTS, _one_formula),
    **{f"{kind}, column": _whole_column for kind in FORMULA_FAULTS},
    "pasted, full digits": _replaced(lambda cell, _: replace(cell, formula=None), "hard-coded", fed_too=False),
    "pasted, rounded": _replaced(_rounded, "hard-coded", fed_too=False),
    "pasted, wrong value": _replaced(_wrong_number, "hard-coded", fed_too=False),
    "constant as a formula": _replaced(_constant_formula, "wrong-formula", "hard-coded", "bad-input", fed_too=False),
    "stale by 1e-3": _stale(1e-3),
    "stale by 1e-6": _stale(1e-6),
    "stale by 1e-9": _stale(1e-9),
    "no cached value": _replaced(lambda cell, _: replace(cell, value=None), "no-value"),
    "text cached": _replaced(lambda cell, _: replace(cell, value="abc", kind="str"), "stale-value"),
    "error cached": _replaced(_error, "error-value"),
    "error typed": _replaced(lambda cell, rng: replace(_error(cell, rng), formula=None), "error-value"),
    "text for a formula": _replaced(_as_text, "bad-input", "hard-coded"),
    "text for a typed number": _given(_as_text, "bad-input", outside=False),
    "text for a feeding number": _given(_as_text, "bad-input", outside=True),
    "empty formula cell": _replaced(lambda cell, _: Cell(None, None, style=cell.style), "empty"),
    "empty typed cell": _given(lambda cell, _: Cell(None, None, style=cell.style), "empty", outside=False),
    "empty feeding cell": _given(
        lambda cell, _: Cell(None, None, style=cell.style), "empty", "bad-input", outside=True
    ),
    "changed input": _changed_input,
    "one row special": _certain(special_row),
    "RAND of 1e-9": _certain(noise),
    "in a hidden row": _in_hidden_row,
    "two slips": _two,
    "swapped labels": _swapped_labels,
    "repeated label": _repeated_label,
}

# Where a recalculation would put the fault right, or cannot change anything.
_ONLY_CACHED = {
    kind for kind in KINDS if kind.startswith("stale") or kind.endswith(("cached", "cached value", "label"))
}
# A typed number that is changed leaves stale values behind unless the file is recalculated.
ONLY_RECALCULATED = ["changed input"]
RECALCULATED = [kind for kind in KINDS if kind not in {*_ONLY_CACHED, "swapped labels", "pasted, full digits"}]
