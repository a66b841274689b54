"""The ordinary cells of our own workbook: formulas, texts and numbers that are not what `sheetgen` wrote."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sheetgen.recipe.counterparts import Counterparts, quoted
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.spreadsheet.sheet import Cell, Kind, Sheet
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.visible_text import shorten
from sheetgen.workbook.blueprint import Tab, Written

_TOLERANCE = 1e-9  # some programs save ten digits
_MOST_LABEL = 40


@dataclass(frozen=True)
class Difference:
    """A cell that is not as it was written.

    Attributes:
        written: what `sheetgen` wrote.
        found: what stands there; None for an empty cell.
        kind: the kind of finding.
        message: what is wrong.
        cause: equal for neighbours that are wrong for the same reason; None if none can be.
    """

    written: Written
    found: Cell | None
    kind: FindingKind
    message: str
    cause: object = None


def altered_cells(pair: Counterparts, name: str) -> Iterator[Finding]:
    """Find the altered cells of a sheet, given its name in the blueprint."""
    sheet, tab = pair.sheet(name), pair.tab(name)
    places = {number: dict(zip(cells.rows, cells.formulas, strict=True)) for number, cells in sheet.columns.items()}
    different = []
    for written in tab.cells:
        row, column, content, live = written
        formula = places.get(column, {}).get(row)
        if live and formula is not None and formula >= 0 and sheet.templates[formula].typed_at(row) == content:
            continue  # as nearly all do
        if formula is None or not _same(pair, name, written, formula):
            different.append(written)
    differences = [_difference(each, sheet.cell(each.row, each.column)) for each in different]
    for run in _runs(differences):
        yield _finding(sheet, tab, run)


def _same(pair: Counterparts, name: str, written: Written, formula: int) -> bool:
    """Tell whether a cell, given the number of its formula, is as it was written."""
    sheet = pair.sheet(name)
    if written.live or formula >= 0:
        both = written.live and formula >= 0
        return both and pair.same(sheet.templates[formula].typed_at(written.row), str(written.content), name)
    if isinstance(written.content, str):
        text = sheet.texts.get((written.row, written.column))
        return text == written.content or (text is not None and text.split() == written.content.split())
    cell = sheet.cell(written.row, written.column)
    number = None if cell is None or cell.kind is not Kind.NUMBER else cell.value
    return isinstance(number, float) and math.isclose(number, written.content, rel_tol=_TOLERANCE)


def _difference(written: Written, found: Cell | None) -> Difference:
    if found is None or (found.formula is None and found.kind is Kind.EMPTY):
        what = "a formula" if written.live else _told(written)
        return Difference(written, None, FindingKind.EMPTY, f"nothing stands where sheetgen wrote {what}", what)
    if not written.live:
        message = f"this is not what sheetgen wrote here: {_told(written)}"
        return Difference(written, found, FindingKind.ALTERED, message)
    if found.formula is not None:
        message = "this is not the formula that sheetgen wrote here"
        both = (found.formula, f"={written.content}")
        # A point of a curve refers to a fixed cell of a table, its neighbour to the next one.
        cause = [make_template(formula.replace("$", ""), found.row) for formula in both]
        return Difference(written, found, FindingKind.ALTERED, message, cause)
    if found.kind is Kind.NUMBER:
        message = "a typed number stands where sheetgen wrote a formula"
        return Difference(written, found, FindingKind.HARD_CODED, message, message)
    message = "a typed text stands where sheetgen wrote a formula"
    return Difference(written, found, FindingKind.ALTERED, message, message)


def _told(written: Written) -> str:
    content = written.content
    return f"the text {quoted(content)}" if isinstance(content, str) else f"the number {content:.12g}"


def _runs(differences: list[Difference]) -> Iterator[list[Difference]]:
    """Group neighbours in a column that are wrong for the same reason."""
    ordered = sorted(differences, key=lambda each: (each.written.column, each.written.row))
    run: list[Difference] = ordered[:1]
    for above, each in pairwise(ordered):
        alike = each.cause is not None and (above.kind, above.cause) == (each.kind, each.cause)
        if not alike or (above.written.column, above.written.row + 1) != (each.written.column, each.written.row):
            yield run
            run = []
        run.append(each)
    if run:
        yield run


def _finding(sheet: Sheet, tab: Tab, run: Sequence[Difference]) -> Finding:
    first, last = run[0], run[-1]
    letter, written, found = get_column_letter(first.written.column), first.written, first.found
    value = None if found is None or found.value is None else found.value
    return Finding(
        sheet=sheet.name,
        range=f"{letter}{written.row}" + (f":{letter}{last.written.row}" if len(run) > 1 else ""),
        count=len(run),
        quantity=_label(tab, written),
        kind=first.kind,
        message=first.message,
        found_formula=None if found is None else found.shown_formula,
        expected_formula=f"={written.content}" if written.live else None,
        found_value=value if isinstance(value, str) or value is None else float(value),
        expected_value=written.content if isinstance(written.content, float) else None,
    )


def _label(tab: Tab, written: Written) -> str:
    """Return the text to the left of a cell, or else above it; a text is its own label."""
    texts = {(c.row, c.column): c.content for c in tab.cells if isinstance(c.content, str) and not c.live}
    left = ((written.row, column) for column in range(written.column, 0, -1))
    above = ((row, written.column) for row in range(written.row - 1, 0, -1))
    label = next((texts[place] for place in (*left, *above) if place in texts), "")
    return shorten(label, _MOST_LABEL)
