"""What a formula refers to: its pieces, each reference with its area.

formualizer's tokenizer splits the formula. Defined names and structured references are resolved to cells, and each
reference gets its sheet, so that the formula can be evaluated anywhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import formualizer

from sheetgen.spreadsheet.addresses import column_index_from_string, get_column_letter
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.sheet import ExcelTable
from sheetgen.types import Place

_CORNER = re.compile(r"(?:\$?(?P<column>[A-Za-z]{1,3}))?(?:(?P<fixed>\$?)(?P<row>[1-9][0-9]{0,6}))?")
_STRUCTURED = re.compile(r"(?P<table>[^\[\]]*)\[(?P<inner>.*)\]", re.DOTALL)
REFERENCE = "Reference"
_PARAMETER = "_xlpm."  # how Excel writes the names inside LET and LAMBDA
_MOST_NESTED_NAMES = 8
_MOST_TOKENS = 20_000
OF_PLACES = frozenset({"ROW(", "ROWS(", "COLUMN(", "COLUMNS("})
"""Functions of the position of their argument, not of its value."""


class Area(NamedTuple):
    """A rectangle of cells on a sheet; rows and columns count from 1, both ends included.

    `anchored` tells whether its rows are fixed (`$5`).
    """

    sheet: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int
    anchored: bool = False

    @property
    def is_cell(self) -> bool:
        """Whether it is a single cell."""
        return self.first_row == self.last_row and self.first_column == self.last_column

    @property
    def corner(self) -> Place:
        """Its first cell."""
        return self.sheet, self.first_row, self.first_column

    def meets(self, other: "Area") -> bool:
        """Tell whether they have a cell in common."""
        rows = self.first_row <= other.last_row and other.first_row <= self.last_row
        columns = self.first_column <= other.last_column and other.first_column <= self.last_column
        return self.sheet == other.sheet and rows and columns

    @property
    def text(self) -> str:
        """The reference without its sheet, `B3` or `B3:C5`."""
        first = f"{get_column_letter(self.first_column)}{self.first_row}"
        return first if self.is_cell else f"{first}:{get_column_letter(self.last_column)}{self.last_row}"


class Piece(NamedTuple):
    """A piece of a formula: its text, and the area it refers to, if it is a reference."""

    text: str
    area: Area | None = None
    kind: str = ""


class Surroundings(NamedTuple):
    """What names mean: the workbook's sheets, defined names and Excel tables, and each sheet's used range.

    Attributes:
        sheets: the names of the sheets.
        names: by lower-case name (`name` or `sheet!name`), what defined names stand for.
        tables: by lower-case name, the Excel table and its sheet.
        extent: called with a sheet's name, returns its last used row and column.
    """

    sheets: tuple[str, ...]
    names: dict[str, str]
    tables: dict[str, tuple[str, ExcelTable]]
    extent: Callable[[str], tuple[int, int]]


class UnreadableFormulaError(Exception):
    """A formula that is malformed or refers to something missing from the workbook; the text says which."""


_OPEN, _CLOSE = Piece("(", None, "Paren"), Piece(")", None, "Paren")


def take_apart(formula: str, sheet: str, row: int, around: Surroundings, depth: int = 0) -> list[Piece]:
    """Split a formula (with its `=`) into pieces, each reference with its area.

    Raises:
        UnreadableFormulaError: it cannot be read, or refers to something that is not there.
    """
    if depth > _MOST_NESTED_NAMES:
        raise UnreadableFormulaError("a name refers to itself")
    try:
        tokens = list(formualizer.tokenize(formula))
    except Exception as error:  # the library raises a different exception at every stage
        raise UnreadableFormulaError("not a formula that can be read") from error
    if len(tokens) > _MOST_TOKENS:
        raise UnreadableFormulaError("a formula of too many parts")
    pieces: list[Piece] = []
    for token in filter(None, tokens):
        kind = str(token.token_type)
        if kind == "Operand" and str(token.subtype) == "Range" and not token.value.startswith(_PARAMETER):
            known = _cells(token.value, sheet)
            inside = known and known.area and known.area.sheet in around.sheets
            pieces += [known] if known and inside else _reference(token.value, sheet, row, around, depth)
        elif kind == "Func" and (meaning := _lambda(token.value, sheet, around)):
            pieces += [*take_apart(f"={meaning}", sheet, row, around, depth + 1), _OPEN]
        else:
            pieces.append(_plain(token.value, kind))
    return pieces


def areas(pieces: Iterable[Piece]) -> list[Area]:
    """List the areas that pieces refer to, each once."""
    return list(dict.fromkeys(piece.area for piece in pieces if piece.area))


def precedents(pieces: Sequence[Piece]) -> list[Area]:
    """List the areas whose values a formula needs: all that it refers to but the arguments of ROW and the like."""
    return areas(piece for at, piece in enumerate(pieces) if not at or pieces[at - 1].text.upper() not in OF_PLACES)


def _reference(text: str, sheet: str, row: int, around: Surroundings, depth: int) -> Iterator[Piece]:
    """Resolve one operand: to an area, or to the pieces of what a name stands for."""
    prefix, local = _split_sheet(text)
    if prefix is not None and prefix not in around.sheets:
        place = next((name for name in around.sheets if name.casefold() == prefix.casefold()), None)
        if place is None:
            what = "another workbook" if prefix.startswith("[") else f"a sheet that is not there, {prefix}"
            raise UnreadableFormulaError(f"it refers to {what}")
        prefix = place
    area = _area(local, prefix or sheet, around)
    if area is None and "[" in local:
        area = _structured(local, row, around)
    if area is not None:
        yield Piece(text, area, REFERENCE)
        return
    meaning = around.names.get(f"{prefix or sheet}!{local}".casefold(), around.names.get(local.casefold()))
    if meaning is None:
        raise UnreadableFormulaError(f"it refers to a name that is not there, {local[:40]}")
    inner = take_apart(f"={meaning.removeprefix('=')}", sheet, row, around, depth + 1)
    if len(inner) == 1 and inner[0].area:
        yield Piece(text, inner[0].area, REFERENCE)
        return
    yield _OPEN
    yield from inner
    yield _CLOSE


def _lambda(call: str, sheet: str, around: Surroundings) -> str | None:
    """Return the LAMBDA that a name stands for which is called like a function; None if it is no such name."""
    if not call.endswith("("):
        return None
    name = call[:-1].casefold()
    meaning = around.names.get(f"{sheet}!{name}".casefold(), around.names.get(name, ""))
    return meaning if meaning.upper().removeprefix("_XLFN.").startswith("LAMBDA(") else None


def _split_sheet(text: str) -> tuple[str | None, str]:
    if "!" not in text or text.startswith("#"):
        return None, text
    prefix, _, local = text.rpartition("!")
    if prefix.startswith("'") and prefix.endswith("'"):
        prefix = prefix[1:-1].replace("''", "'")
    return prefix, local


@lru_cache(maxsize=1 << 16)
def _cells(text: str, sheet: str) -> Piece | None:
    """Read `B3`, `B3:C5` or `Sheet!B3`, as most operands are; the same ones recur in many formulas."""
    prefix, local = _split_sheet(text)
    area = _area(local, sheet if prefix is None else prefix)
    return Piece(text, area, REFERENCE) if area else None


@lru_cache(maxsize=1 << 12)
def _plain(text: str, kind: str) -> Piece:
    return Piece(text, None, kind)


def _area(text: str, sheet: str, around: Surroundings | None = None) -> Area | None:
    """Read `B3` or `B3:C5`; if the surroundings are given, also `B:C` and `3:5`, cut to the used range."""
    corners = [_CORNER.fullmatch(corner) for corner in text.split(":", 1)]
    columns = [column_index_from_string(each["column"]) for each in corners if each and each["column"]]
    rows = [int(each["row"]) for each in corners if each and each["row"]]
    whole = {len(rows), len(columns)} == {0, 2} and around is not None
    if not whole and not len(rows) == len(columns) == len(corners):
        return None
    if around is not None and whole:
        last_row, last_column = around.extent(sheet)
        rows, columns = rows or [1, last_row], columns or [1, last_column]
    return _rectangle(sheet, rows, columns, all(each["fixed"] for each in corners if each and each["row"]))


def _rectangle(sheet: str, rows: Sequence[int], columns: Sequence[int], anchored: bool) -> Area | None:
    if max(rows) > MAX_ROW or max(columns) > MAX_COLUMN:
        return None
    return Area(sheet, min(rows), min(columns), max(rows), max(columns), anchored)


def _structured(text: str, row: int, around: Surroundings) -> Area | None:
    """Resolve a structured reference to cells: `T[[#This Row],[w1]]`, `T[@w1]`, `T[w1]`."""
    match = _STRUCTURED.fullmatch(text)
    if not match:
        return None
    inner = match["inner"]
    parts = [part.strip() for part in re.findall(r"\[((?:'.|[^\[\]'])*)\]", inner)] or [inner.strip()]
    this_row = inner.startswith("@") or any(part in ("#This Row", "@") for part in parts)
    wanted = [re.sub(r"'(.)", r"\1", part.removeprefix("@")) for part in parts if not part.startswith("#")]
    wanted = [part for part in wanted if part]
    place = _table_of(match["table"], row, around)
    if place is None or not wanted:
        return None
    sheet, table = place
    numbers = {_folded(name): table.first_column + position for position, name in enumerate(table.columns)}
    columns = [numbers[name] for name in map(_folded, wanted) if name in numbers]
    if len(columns) < len(wanted):
        raise UnreadableFormulaError(f"it refers to a table column that is not there, {wanted[0][:40]}")
    rows = (row, row) if this_row else (table.first_row + 1, table.last_row)
    return _rectangle(sheet, rows, (columns[0], columns[-1]), not this_row)


def _folded(name: str) -> str:
    """Return a column's name as references to it are compared: line breaks and blanks are all alike."""
    return " ".join(name.split()).casefold()


def _table_of(name: str, row: int, around: Surroundings) -> tuple[str, ExcelTable] | None:
    if name:
        return around.tables.get(name.casefold())
    inside = [place for place in around.tables.values() if place[1].first_row <= row <= place[1].last_row]
    return inside[0] if len(inside) == 1 else None
