"""Live cells outside the training tables: a formula together with its cached value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal

from sheetgen.network.cached_values import Value, evaluate
from sheetgen.network.quantities import REFERENCE, pretty
from sheetgen.workbook.layout import MAX_FORMULA
from sheetgen.workbook.xlsxwriter_classes import Format, Worksheet

_PLACES = (0, 1, 2, 4)  # fewer than six, where that writes the same number
_MARK = "ǁ"  # a letter to `pretty`, and in nobody's formula
_MOST_NUMBERS = 60
_LONG = Context(prec=400)  # as many digits as the largest number has before the point, and six after it


@dataclass(frozen=True)
class Live:
    """A formula, without its equals sign, and its cached value."""

    formula: str
    value: Value

    def write(self, sheet: Worksheet, row: int, column: int, style: Format) -> None:
        """Write it into a cell."""
        sheet.write_formula(row, column, f"={self.formula}", style, self.value)


def computed(function: Callable[..., Value], *values: Value) -> Value:
    """Compute a cached value from others; an error among these is passed on, as in a spreadsheet."""
    error = next((value for value in values if isinstance(value, str)), None)
    return function(*values) if error is None else error


@dataclass(frozen=True)
class Scope:
    """The quantities that a sheet's formulas may use: where each stands, and its value there.

    Attributes:
        addresses: the cell of each quantity, as a formula of the sheet refers to it.
        values: what stands there.
        words: a formula for the number as text, for those quantities that have one.
    """

    addresses: dict[str, str]
    values: dict[str, Value]
    words: dict[str, str] = field(default_factory=dict)

    def copy(self) -> "Scope":
        """Return the same scope, to add quantities of a sheet's own."""
        return Scope(dict(self.addresses), dict(self.values), dict(self.words))

    def add(self, name: str, address: str, value: Value, words: str = "") -> None:
        """Add a quantity, or replace it; `words` may be left out if no text needs it."""
        self.addresses[name], self.values[name], self.words[name] = address, value, words

    def live(self, formula: str) -> Live:
        """Put the addresses into a formula of the notation, and compute its value."""
        text = REFERENCE.sub(lambda match: self.addresses[match[1]], formula)
        return Live(text, evaluate(formula, self.values))

    def with_numbers(self, formula: str) -> Live:
        """Write a formula as on a blackboard, with the numbers filled in; the text is live too."""
        pieces = pieces_of(formula)
        text = joined(pieces, self.words)
        if sum(named for named, _ in pieces) > _MOST_NUMBERS or len(text) >= MAX_FORMULA:
            return Live('"(too many numbers to write out)"', "(too many numbers to write out)")
        return Live(text, "".join(in_words(self.values[piece]) if named else piece for named, piece in pieces))


def pieces_of(formula: str) -> list[tuple[bool, str]]:
    """Return a formula as on a blackboard, in pieces: names (True), in whose places numbers go, and what is between."""
    used: list[str] = []

    def mark(name: str) -> str:
        used.append(name)
        return f"{_MARK}{len(used) - 1}{_MARK}"

    pieces = pretty(formula, mark).split(_MARK)  # every second one is the number of a name
    return [(n % 2 == 1, used[int(p)] if n % 2 else p) for n, p in enumerate(pieces) if p]


def joined(pieces: Iterable[tuple[bool, str]], words: Mapping[str, str]) -> str:
    """Return the formula of a text made of such pieces, given a formula for the text of each name's number."""
    return "&".join(words[piece] if named else quoted(piece) for named, piece in pieces)


def quoted(text: str) -> str:
    """Write a text as a constant in a formula."""
    return '"' + text.replace('"', '""') + '"'


def words_formula(cell: str) -> str:
    """The formula that writes a cell's number as text, as a factor of a product: a negative number in brackets.

    How many digits `&` writes of a number differs between applications; FIXED writes as many as it is told to.
    """
    places = "6"
    for fewer in reversed(_PLACES):
        places = f"IF(ROUND({cell},6)=ROUND({cell},{fewer}),{fewer},{places})"
    written = f"FIXED({cell},{places},TRUE)"
    return f'IF(ISNUMBER({cell}),IF({cell}<0,"("&{written}&")",{written}),"?")'


def rounded_words(cell: str, places: int) -> str:
    """The formula that writes a cell's number as text with so many decimal places."""
    return f'IF(ISNUMBER({cell}),FIXED(ROUND({cell},{places}),{places},TRUE),"?")'


def in_rounded_words(value: Value, places: int) -> str:
    """What `rounded_words` gives."""
    return "?" if isinstance(value, str) else f"{_rounded(value, places) or Decimal(0):.{places}f}"


def in_words(value: Value) -> str:
    """What `words_formula` gives: a number with up to six decimal places, rounded as spreadsheets do."""
    if isinstance(value, str):
        return "?"
    rounded = _rounded(value, 6)
    places = next((fewer for fewer in _PLACES if _rounded(value, fewer) == rounded), 6)
    # Spreadsheets have no minus sign before a zero.
    text = f"{_rounded(value, places) or Decimal(0):.{places}f}"
    return f"({text})" if value < 0 else text


def _rounded(value: float, places: int) -> Decimal:
    """Round as spreadsheets do: the number as written with 15 digits, half away from zero."""
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _LONG)
