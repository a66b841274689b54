"""Do the cells outside the tables hold what their formulas give? Each is evaluated on its precedents' cached values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sheetgen.spreadsheet.addresses import get_column_letter, range_boundaries
from sheetgen.spreadsheet.circular_references import CIRCULAR, find_circle
from sheetgen.spreadsheet.compare_cells import Outcome
from sheetgen.spreadsheet.formula import Area, areas
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.spreadsheet.unknown_functions import unknown_function
from sheetgen.types import Value
from sheetgen.verify.elsewhere.cell_contents import CellContents
from sheetgen.verify.elsewhere.copied_formulas import find_right_copies
from sheetgen.verify.elsewhere.evaluated_cells import TOLERANCE, Given, evaluated, outcome
from sheetgen.verify.elsewhere.excuses import without_excused
from sheetgen.verify.elsewhere.outside_cells import Outline, OutsideCell, find_outside
from sheetgen.verify.elsewhere.outside_circles import circle_finding, find_outside_circles
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.branches import calls
from sheetgen.verify.formulas.verdicts import BLIND, BLINDLY
from sheetgen.verify.read.labelled_sheets import LabelledSheets

NameOf = Callable[[str, int, int], str]
"""Maps a cell's sheet, row and column to the quantity that its label names."""

# A formula that refers to a cell with such a finding is not judged: its value only follows from that cell.
# Neither is one that holds, or refers to, a number beyond the range of doubles.
_SPOILING = (FindingKind.BAD_INPUT, FindingKind.EMPTY)
_UNABLE = "the formula engine cannot compute the formula"
_MOST_TEXT = 40


@dataclass(frozen=True)
class Recomputed:
    """What was found outside the tables.

    Attributes:
        cells: how many cells were judged.
        findings: what is wrong.
        complaints: what could not be judged.
    """

    cells: int = 0
    findings: tuple[Finding, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Wrong:
    """A wrong cell: the kind of fault, and what its formula gives."""

    each: OutsideCell
    kind: FindingKind
    given: Value


def recompute(
    book: LabelledSheets, outlines: Sequence[Outline], known: Sequence[Finding], unjudged: Sequence[Area] = ()
) -> Recomputed:
    """Compare the cached values of all formulas outside the tables with what the formulas give.

    Args:
        book: the workbook.
        outlines: its tables.
        known: the findings in the tables; a formula that refers to a cell without a usable value is not judged.
        unjudged: cells whose meaning is not known; they are not counted, whatever is found in them.
    """
    names = book.workbook.sheet_names
    outside = [each for name in names for each in find_outside(book.sheet(name), outlines, book.surroundings)]
    spoilt = [_area(finding) for finding in known if finding.kind in _SPOILING]
    spoilt += [_cell_area(name, *place) for name in names for place in book.sheet(name).oversized]
    readable = [each for each in outside if each.formula]
    wrong, unable = _judge(readable, CellContents(book, outlines, outside), spoilt)
    circles = find_outside_circles(readable, book)
    turning = {place for circle in circles.values() for place in circle}
    if any(finding.message.startswith(CIRCULAR) for finding in known):  # through a table, where it is a finding
        turning |= {each.each.place for each in wrong if find_circle(each.each.place, book)}
    valued = (each for each in outside if each.cell.kind is not Kind.ERROR)
    unreadable = [(each, each.unreadable) for each in valued if each.unreadable]
    unable = [(each, why) for each, why in unable if each.place not in turning]
    uncounted = sum(any(_stands_in(each, area) for area in unjudged) for each in readable) if unjudged else 0

    def name_of(sheet: str, row: int, column: int) -> str:
        return book.label_of(sheet, row, column) or ""

    found = [circle_finding(each, circle, name_of(*each.place)) for each, circle in circles.items()]
    found += _findings([each for each in wrong if each.each.place not in turning], name_of)
    return Recomputed(len(readable) - uncounted, tuple(found), tuple(_complaints([*unreadable, *unable])))


def _judge(
    readable: list[OutsideCell], contents: CellContents, spoilt: Sequence[Area]
) -> tuple[list[_Wrong], list[tuple[OutsideCell, str]]]:
    """Return the wrong cells, and with the reason those that cannot be judged."""
    cached = [each for each in readable if each.cell.kind is not Kind.EMPTY]
    copies = find_right_copies(cached, contents, TOLERANCE)
    others = [each for each in cached if each not in copies]
    given = _repeated(others, contents)
    given |= evaluated([each for each in others if each not in given], contents.cached, contents)
    outcomes = {each: outcome(each, given[each]) for each in others}
    off = [each for each in others if outcomes[each] is not Outcome.SAME]
    blind = [each for each in off if calls(each.pieces, BLIND)]
    doubtful = [each for each in off if each not in blind and not _is_spoilt(each, spoilt)]
    doubtful = without_excused(doubtful, given, contents)
    wrong = [_Wrong(each, FindingKind.NO_VALUE, None) for each in readable if each.cell.kind is Kind.EMPTY]
    wrong += [_Wrong(each, _kind(each), given[each]) for each in doubtful if outcomes[each] is Outcome.DIFFERENT]
    unable = [(each, BLINDLY) for each in blind]
    unable += [(each, _why_unable(each)) for each in doubtful if outcomes[each] is Outcome.UNABLE]
    return wrong, unable


def _why_unable(each: OutsideCell) -> str:
    unknown = unknown_function(each.pieces)
    return f"the formula engine does not know the function {unknown}" if unknown else _UNABLE


def _area(finding: Finding) -> Area:
    left, top, right, bottom = range_boundaries(finding.range)
    return Area(finding.sheet, top, left, bottom, right)


def _is_spoilt(each: OutsideCell, spoilt: Sequence[Area]) -> bool:
    """Tell whether a cell is one of those whose value cannot be used, or refers to one."""
    own = (_cell_area(*each.place), *areas(each.pieces))
    return any(area.meets(other) for area in own for other in spoilt)


def _stands_in(each: OutsideCell, area: Area) -> bool:
    return area.meets(_cell_area(*each.place))


def _cell_area(sheet: str, row: int, column: int) -> Area:
    return Area(sheet, row, column, row, column)


def _repeated(cells: Sequence[OutsideCell], contents: CellContents) -> Given:
    """Return the cells that only repeat a number (`=B3`), with it: they need no formula engine."""
    single = ((each, each.pieces[0].area) for each in cells if len(each.pieces) == 1)
    sources = ((each, area.corner) for each, area in single if area is not None and area.is_cell)
    numbers = ((each, contents.number(place)) for each, place in sources)
    return {each: number for each, number in numbers if number is not None}


def _kind(each: OutsideCell) -> FindingKind:
    return FindingKind.ERROR_VALUE if each.cell.kind is Kind.ERROR else FindingKind.STALE_VALUE


def _findings(wrong: list[_Wrong], name_of: NameOf) -> Iterator[Finding]:
    """Merge neighbouring cells of a column that are wrong in the same way into one finding."""

    def run(numbered: tuple[int, _Wrong]) -> tuple[object, ...]:
        sheet, row, column = numbered[1].each.place
        return sheet, column, row - numbered[0], numbered[1].kind, name_of(sheet, row, column)

    ordered = sorted(wrong, key=lambda each: (each.each.sheet, each.each.cell.column, each.each.cell.row))
    for _, group in groupby(enumerate(ordered), key=run):
        cells = [each for _, each in group]
        yield _finding(cells[0], len(cells), name_of(*cells[0].each.place))


def _finding(first: _Wrong, count: int, quantity: str) -> Finding:
    cell = first.each.cell
    last = f":{get_column_letter(cell.column)}{cell.row + count - 1}" if count > 1 else ""
    return Finding(
        sheet=first.each.sheet,
        range=cell.address + last,
        count=count,
        quantity=quantity,
        kind=first.kind,
        message=_message(first),
        found_formula=cell.shown_formula,
        found_value=float(cell.value) if isinstance(cell.value, bool) else cell.value,
        expected_value=float(first.given) if isinstance(first.given, int | float) else None,
    )


def _message(wrong: _Wrong) -> str:
    if wrong.kind is FindingKind.NO_VALUE:
        return "the formula has no cached value; a reader that does not recalculate shows nothing here"
    what = "the cached value is not what the formula gives"
    if wrong.kind is FindingKind.ERROR_VALUE:
        what = "the cached value is an error, but the formula gives none"
    elif isinstance(wrong.given, str):
        what = f"the formula gives “{wrong.given[:_MOST_TEXT]}”, which is not the cached value"
    return f"{what}; recalculate the workbook"


def _complaints(unable: Iterable[tuple[OutsideCell, str]]) -> Iterator[str]:
    """Say once per sheet and reason what could not be judged."""
    firsts: dict[tuple[str, str], list[OutsideCell]] = {}
    for each, why in unable:
        firsts.setdefault((each.sheet, why), []).append(each)
    for (sheet, why), cells in firsts.items():
        more = f" and {len(cells) - 1:,} more" if len(cells) > 1 else ""
        yield f"sheet {sheet}, {cells[0].cell.address}{more}: {why}"
