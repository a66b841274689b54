"""The charts of our own workbook: titles, axes and series that are not what `sheetgen` wrote.

Some programs drop charts when they save a workbook. So a chart is only missed if another one is still there.
"""

from collections.abc import Iterator
from itertools import zip_longest

from sheetgen.recipe.counterparts import Counterparts, quoted
from sheetgen.spreadsheet.addresses import coordinate_to_tuple
from sheetgen.spreadsheet.chart_parts import Axis, Chart, Series, Words, read_charts
from sheetgen.verify.findings import Finding

_MOST_SAID = 3
_NAMES = {"x": "horizontal", "y": "vertical"}
_SCALES = (("minimum", "begins at"), ("maximum", "ends at"), ("log_base", "is logarithmic to base"))


def altered_charts(pair: Counterparts) -> Iterator[Finding]:
    """Find the altered charts of all sheets."""
    places = pair.places.values()
    found = [chart for chart in read_charts(pair.book.workbook) if chart.sheet in places]
    for name, place in pair.places.items() if found else ():
        yield from _on_sheet(pair, name, [chart for chart in found if chart.sheet == place])


def _on_sheet(pair: Counterparts, name: str, found: list[Chart]) -> Iterator[Finding]:
    """Pair the charts of a sheet with those that were written: first the equal ones, then the nearest."""
    others, missing = list(found), []
    for written in pair.tab(name).charts:
        equal = next((other for other in others if not _said(pair, written, other)), None)
        if equal is None:
            missing.append(written)
        else:
            others.remove(equal)
    for written in missing:
        what, (row, column) = f"the chart {_told(_title(written))}", _place(written)
        said = [f"{what} is missing"]
        if others:
            nearest = min(others, key=lambda other: abs(_place(other)[0] - row) + abs(_place(other)[1] - column))
            others.remove(nearest)
            (row, column), said = _place(nearest), _said(pair, written, nearest)
            said[0] = f"{what}: {said[0]}"
        more = [f"and {len(said) - _MOST_SAID} more differences"] if len(said) > _MOST_SAID else []
        yield pair.finding(name, (row, column), "chart", "; ".join([*said[:_MOST_SAID], *more]))


def _said(pair: Counterparts, written: Chart, found: Chart) -> list[str]:
    """Say how a chart differs from what was written; an empty list if it does not."""
    said = []
    if not _same(pair, found.title, written.title):
        said.append(f"its title is {_told(found.title)}, sheetgen wrote {_told(written.title)}")
    for direction, axis in written.axes.items():
        if direction in found.axes:
            said += _said_of_axis(pair, f"its {_NAMES[direction]} axis", axis, found.axes[direction])
    for number, (mine, theirs) in enumerate(zip_longest(written.series, found.series), start=1):
        said += _said_of_line(pair, f"its line {number}", mine, theirs)
    return said


def _said_of_axis(pair: Counterparts, which: str, written: Axis, found: Axis) -> Iterator[str]:
    # Programs that know no title taken from a cell write its text.
    linked = written.title.reference and not found.title.reference
    if not linked and not _same(pair, found.title, written.title):
        yield f"{which} is called {_told(found.title)}, sheetgen wrote {_told(written.title)}"
    for name, words in _SCALES:
        ends = getattr(found, name), getattr(written, name)
        if _number(ends[0]) != _number(ends[1]):
            yield f"{which} {words} {ends[0] or 'no fixed number'}, sheetgen wrote {ends[1] or 'no fixed number'}"
    if found.backwards is not written.backwards:
        yield f"{which} runs the other way"


def _said_of_line(pair: Counterparts, which: str, written: Series | None, found: Series | None) -> Iterator[str]:
    if written is None or found is None:
        yield f"{which} is {'missing' if found is None else 'one that sheetgen did not draw'}"
        return
    # OpenDocument has no names of series but those taken from cells.
    dropped = written.name.text and not any(found.name)
    for mine, theirs, words in (
        (written.name, written.name if dropped else found.name, "takes its name from"),
        (Words(reference=written.x), Words(reference=found.x), "draws across"),
        (Words(reference=written.y), Words(reference=found.y), "draws upward"),
    ):
        if not _same(pair, theirs, mine):
            yield f"{which} {words} {_told(theirs)}, sheetgen wrote {_told(mine)}"


def _same(pair: Counterparts, found: Words, written: Words) -> bool:
    """Compare two texts, or two references."""
    if found.reference and written.reference:
        return pair.same(found.reference, written.reference)
    return found == written


def _told(words: Words) -> str:
    return words.reference or quoted(words.text)


def _title(chart: Chart) -> Words:
    return chart.title if any(chart.title) else next((series.name for series in chart.series), chart.title)


def _place(chart: Chart) -> tuple[int, int]:
    return coordinate_to_tuple(chart.anchor or "A1")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
