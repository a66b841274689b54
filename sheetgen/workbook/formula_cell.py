"""Live cells outside the training tables: a formula together with its cached value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sheetgen.network.cached_values import Value, evaluate
from sheetgen.network.quantities import REFERENCE, pretty
from sheetgen.workbook.layout import MAX_FORMULA
from sheetgen.workbook.number_words import in_words
from sheetgen.workbook.xlsxwriter_classes import Format, Worksheet

_MARK = "ǁ"  # a letter to `pretty`, and in nobody's formula
_MOST_NUMBERS = 60


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
        small: whether its texts show small numbers with powers of ten.
    """

    addresses: dict[str, str]
    values: dict[str, Value]
    words: dict[str, str] = field(default_factory=dict)
    small: bool = False

    def copy(self) -> "Scope":
        """Return the same scope, to add quantities of a sheet's own."""
        return Scope(dict(self.addresses), dict(self.values), dict(self.words), self.small)

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
        shown = (in_words(self.values[piece], small=self.small) if named else piece for named, piece in pieces)
        return Live(text, "".join(shown))


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
