"""The charts of our own workbook: titles, axes and series that are not what `sheetgen` wrote.

Some programs drop charts when they save a workbook. So a chart is only missed if another one is still there.
"""

from collections.abc import Iterator
from itertools import zip_longest

from sheetgen.recipe.counterparts import Counterparts, quoted
from sheetgen.spreadsheet.chart_parts import Axis, Chart, PlacedChart, Series, read_charts
from sheetgen.verify.findings import Finding

_MOST_SAID = 3
_NAMES = {"x": "horizontal", "y": "vertical"}
_SCALES = (("minimum", "begins at"), ("maximum", "ends at"), ("log_base", "is logarithmic to base"))


def altered_charts(pair: Counterparts) -> Iterator[Finding]:
    """Find the altered charts of all sheets."""
    workbook = pair.book.workbook
    found = {name: read_charts(workbook.package, workbook.parts[place]) for name, place in pair.places.items()}
    if not any(found.values()):
        return
    for name, charts in found.items():
        yield from _on_sheet(pair, name, charts)


def _on_sheet(pair: Counterparts, name: str, found: list[PlacedChart]) -> Iterator[Finding]:
    """Pair the charts of a sheet with those that were written: first the equal ones, then the nearest."""
    others, missing = list(found), []
    for written in pair.tab(name).charts:
        equal = next((other for other in others if not _said(pair, written.chart, other.chart)), None)
        if equal is None:
            missing.append(written)
        else:
            others.remove(equal)
    for written in missing:
        what = f"the chart {quoted(_title(written.chart))}"
        place, said = (written.row, written.column), [f"{what} is missing"]
        if others:
            nearest = min(others, key=lambda other: abs(other.row - place[0]) + abs(other.column - place[1]))
            others.remove(nearest)
            place, said = (nearest.row, nearest.column), _said(pair, written.chart, nearest.chart)
            said[0] = f"{what}: {said[0]}"
        more = [f"and {len(said) - _MOST_SAID} more differences"] if len(said) > _MOST_SAID else []
        yield pair.finding(name, place, "chart", "; ".join([*said[:_MOST_SAID], *more]))


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
    linked = written.title.startswith("=") and not found.title.startswith("=")
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
    for mine, theirs, words in (
        (written.name, found.name, "takes its name from"),
        (written.across, found.across, "draws across"),
        (written.upward, found.upward, "draws upward"),
    ):
        if not _same(pair, theirs, mine):
            yield f"{which} {words} {_told(theirs)}, sheetgen wrote {_told(mine)}"


def _same(pair: Counterparts, found: str, written: str) -> bool:
    """Compare two texts, or two references."""
    found, written = _literal(found), _literal(written)
    if found.startswith("=") and written.startswith("="):
        return pair.same(found[1:], written[1:])
    return found.split() == written.split()


def _literal(text: str) -> str:
    """Return a text that a program has written as a formula as that text."""
    return text[2:-1].replace('""', '"') if text.startswith('="') and text.endswith('"') else text


def _told(text: str) -> str:
    return text[1:] if text.startswith("=") else quoted(text)


def _title(chart: Chart) -> str:
    return chart.title or next((series.name for series in chart.series), "")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
