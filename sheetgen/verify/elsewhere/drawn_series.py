"""What the series of a chart show, and what their names and titles say that they show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sheetgen.spreadsheet.chart_parts import Chart, Series, Words
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Place
from sheetgen.verify.elsewhere.cell_lines import CellLines, Header, Span, along
from sheetgen.verify.read.labels import quantity_of

_LONGEST = 40
# What may follow a quantity in a title: "E_total per iteration", "Loss curve".
_DECORATION = re.compile(
    r"\s+(?:(?:per|over|vs\.?|versus|against|by|and|&|je|pro)\s+(?:iterations?|epochs?|steps?|time)"
    r"|curve|graph|chart|plot)$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


class Claim(NamedTuple):
    """What a name or a title says that a series shows.

    Attributes:
        text: the words.
        place: the cell that holds them, or None.
        quantity: the quantity that they mean, or None.
        of: "name" or "title".
    """

    text: str
    place: Place | None
    quantity: str | None
    of: str


@dataclass(frozen=True)
class Drawn:
    """A series of a chart whose values are part of one column or row.

    Attributes:
        series: the series as the file has it.
        name: what its name says.
        y: its values.
        x: its x-values or categories; None if they are not part of one column or row.
        header: what heads its values.
    """

    series: Series
    name: Claim
    y: Span
    x: Span | None
    header: Header | None

    @property
    def label(self) -> str:
        """The text that heads its values."""
        return "" if self.header is None else self.header.text

    @property
    def quantity(self) -> str | None:
        """The quantity that heads its values."""
        return None if self.header is None else self.header.quantity


class Slip(NamedTuple):
    """A contradiction: the series, what is wrong in words, and the cells that belong in place of its values or x."""

    drawn: Drawn
    says: str
    belongs: Span | None = None
    of_x: bool = False


def draw(chart: Chart, lines: CellLines) -> list[Drawn]:
    """Look at the cells that the series of a chart show; those that cannot be told are left out."""
    found = ((series, lines.span(series.y, chart.sheet)) for series in chart.series)
    return [_drawn(series, y, chart, lines) for series, y in found if y is not None]


def read_claim(words: Words, of: str, sheet: str, lines: CellLines) -> Claim:
    """Return what a name or title says."""
    area = lines.area(words.reference, sheet) if words.reference else None
    place = area.corner if area is not None and area.is_cell else None
    text = " ".join(lines.text(place).split()) if place is not None else words.text
    bare = _DECORATION.sub("", text) if of == "title" else text
    return Claim(text, place, quantity_of(bare) if len(plain(bare)) > 1 else None, of)


@lru_cache(maxsize=1 << 12)
def plain(text: str) -> str:
    """Return a text as it is compared: without spaces, underscores and case."""
    return re.sub(r"[\s_]", "", text).casefold()


@lru_cache(maxsize=1 << 12)
def pattern(text: str) -> str:
    """Return a text without its numbers: what the names of series have in common that show runs of one kind."""
    return _DIGITS.sub("#", plain(text))


def contradict(said: Claim, shown: str) -> bool:
    """Tell whether a claim's quantity cannot be meant for a quantity that is shown.

    An output may be called by its sum's name or as its target, one error as the error.
    """
    claimed = said.quantity
    if claimed is None or claimed in ("iteration", "eta", shown) or claimed[0] == shown[0] == "b":
        return False
    if claimed[0] == shown[0] == "E":
        return "tot" in said.text.casefold() and claimed == "E_total" and shown != "E_mean"
    if claimed[0] == "t" or shown[0] == "t":
        return not {claimed[0], shown.removeprefix("a_")[0]} <= {"t", "o"}
    return claimed.removeprefix("a_") != shown.removeprefix("a_")


def labelled(drawn: Drawn, lines: CellLines) -> Iterator[tuple[Span, str]]:
    """Yield the other lines with a label where the values of a series have theirs, over the same steps."""
    y, x, place = drawn.y, drawn.x, drawn.name.place
    for step in drawn.header.steps if drawn.header else ():
        labels = dict(lines.labels(y.sheet, step, y.vertical))
        if place is not None and place[0] == y.sheet and along(place, y.vertical)[0] == step:
            labels[along(place, y.vertical)[1]] = drawn.name.text
        for number, text in labels.items():
            if number != y.number and (x is None or (x.sheet, x.number) != (y.sheet, number)):
                yield y._replace(number=number), text


def line_alike(drawn: Drawn, sheet: str, lines: CellLines, row: int | None = None) -> Span | None:
    """Return the line of a sheet that is labelled as the values of a series are.

    Args:
        drawn: the series.
        sheet: the sheet.
        lines: the workbook.
        row: the row of the labels; if it is not given, the same as of the series, else the only one there is.
    """
    if drawn.header is None:
        return None
    y, own = drawn.y, drawn.header.steps[0]
    places = [place for place, text in lines.book.sheet(sheet).texts.items() if plain(text) == plain(drawn.label)]
    steps = [place if y.vertical else place[::-1] for place in places]
    fitting = [each for each in steps if each[0] == (own if row is None else row)] or steps
    if len(fitting) != 1 and not (fitting and row is None and (own, y.number) in fitting):
        return None
    step, number = (own, y.number) if (own, y.number) in fitting else fitting[0]
    return Span(sheet, number, y.first + step - own, y.last + step - own, y.vertical)


def short(text: str) -> str:
    """Return a text in quotation marks, cut to a length that can be read."""
    return f"“{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}”"


def _drawn(series: Series, y: Span, chart: Chart, lines: CellLines) -> Drawn:
    name = read_claim(series.name, "name", chart.sheet, lines)
    header = _header_in_line(name.place, y, lines) or lines.header(y) or _header_of_nothing(name.place, y, lines)
    return Drawn(series, name, y, lines.span(series.x, chart.sheet), header)


def _header_in_line(place: Place | None, y: Span, lines: CellLines) -> Header | None:
    """Return the number that heads values, in line with the cell that names them."""
    if place is None or place[0] != y.sheet:
        return None
    step, number = along(place, y.vertical)
    own = lines.book.cell(*y.place(step))
    if (
        own is None
        or own.kind is not Kind.NUMBER
        or not (step == y.first - 1 or (number == y.number and step < y.first))
    ):
        return None
    return Header((step,), lines.text(y.place(step)), None)


def _header_of_nothing(place: Place | None, y: Span, lines: CellLines) -> Header | None:
    """Return an empty header, in line with the cell that names a series, for one that shows only empty cells."""
    if place is None or place[0] != y.sheet or not lines.is_empty(y):
        return None
    step, number = along(place, y.vertical)
    return Header((step,), "", None) if step < y.first and number != y.number else None
