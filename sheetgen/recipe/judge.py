"""Judging a workbook that says what it was built from; every other one is judged by its labels alone."""

from collections.abc import Iterator, Mapping, Sequence

import xlsxwriter

from sheetgen.errors import SheetgenError
from sheetgen.recipe.altered_cells import altered_cells
from sheetgen.recipe.altered_charts import altered_charts
from sheetgen.recipe.altered_rules import altered_rules
from sheetgen.recipe.altered_settings import altered_names, altered_settings
from sheetgen.recipe.altered_tables import altered_tables
from sheetgen.recipe.counterparts import Counterparts
from sheetgen.recipe.written_tables import by_its_labels
from sheetgen.spreadsheet.addresses import coordinate_to_tuple, range_boundaries
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.workbook.blueprint import Blueprint
from sheetgen.workbook.book import SAFE_TEXT, write_sheets
from sheetgen.workbook.origin import Origin, read_origin
from sheetgen.workbook.outline import Outline
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.theme import Theme

_ECHOES = (FindingKind.STALE_VALUE, FindingKind.NO_VALUE)
_NOT_COMPARED = "it was not compared with the template that it was built from"
_OTHER_VERSION = f"another version of sheetgen built this workbook; {_NOT_COMPARED}"
_REARRANGED = f"rows or columns were inserted or removed; {_NOT_COMPARED}"


def judge(
    book: CachedSheets, properties: Mapping[str, str], known: Sequence[Finding], pair: Counterparts | None = None
) -> tuple[list[Finding], list[str]]:
    """Compare a workbook with what the template gives that its custom properties name, if they name one.

    Args:
        book: the workbook.
        properties: its custom properties.
        known: what was found by the labels.
        pair: the workbook beside what the template gives, if that has been written already.

    Returns:
        All findings, and why the workbook was not compared.

    Raises:
        SheetgenError: a part of the workbook is damaged.
    """
    origin = read_origin(properties)
    pair = pair or (None if origin is None else written_again(book, origin))
    if origin is None or pair is None:
        return list(known), []
    known = _without_written(pair, origin, known)
    by_label = by_its_labels(origin.experiment)
    altered = list(_differences(pair, by_label=by_label))
    if not altered:
        return list(known), []
    if pair.blueprint.digest != origin.digest:
        return list(known), [_OTHER_VERSION]
    if pair.rearranged():
        return list(known), [_REARRANGED]
    if any(finding.expected_value is not None for finding in altered):  # NumPy's may differ in the last digits
        altered = list(_differences(Counterparts(book, _blueprint(origin, numpy=True)), by_label=by_label))
    return _merged(pair, known, altered), []


def _without_written(pair: Counterparts, origin: Origin, known: Sequence[Finding]) -> list[Finding]:
    """Leave out what was found wrong on sheets without a table: their formulas are compared with the template's."""
    tables = {pair.places.get(name, name) for name, tab in pair.blueprint.tabs.items() if tab.table is not None}
    beside = [each for each in known if each.kind is FindingKind.WRONG_FORMULA and each.sheet not in tables]
    if not beside or pair.blueprint.digest != origin.digest or pair.rearranged():
        return list(known)
    return [each for each in known if each not in beside]


def written_again(book: CachedSheets, origin: Origin) -> Counterparts | None:
    """Return a workbook beside what its template gives; None if it cannot have been built from that."""
    if not _can_be(book, origin):
        return None
    try:
        return Counterparts(book, _blueprint(origin, numpy=False))
    except SheetgenError:  # it fits into no workbook
        return None


def _can_be(book: CachedSheets, origin: Origin) -> bool:
    """Tell whether a workbook can have been built from the template that it names, before that is tried."""
    experiment = origin.experiment
    names = book.workbook.sheet_names
    parameters = len(experiment.weights) + len(experiment.biases)
    return len(experiment.learning_rates) < len(names) and any(book.extent(name)[1] > parameters for name in names)


def _blueprint(origin: Origin, *, numpy: bool) -> Blueprint:
    """Write the workbook of a template, in memory."""
    outline = Outline(origin.experiment, lessons=origin.lessons, numpy=numpy)
    book = xlsxwriter.Workbook("", SAFE_TEXT)  # never closed, so that no file is written
    pen = Pen(book, Theme(book), outline, on_rows=lambda _: None)
    return Blueprint(pen, write_sheets(pen))


def _differences(pair: Counterparts, *, by_label: bool) -> Iterator[Finding]:
    for tab in pair.places:
        yield from altered_cells(pair, tab)
        yield from altered_tables(pair, tab, by_label=by_label)
    yield from altered_rules(pair)
    yield from altered_charts(pair)
    yield from altered_names(pair)
    yield from altered_settings(pair)


def _merged(pair: Counterparts, known: Sequence[Finding], altered: Sequence[Finding]) -> list[Finding]:
    """Leave out what the labels explain already; what they only call stale is explained by the recipe.

    A formula that is as it was written only looks wrong because of what was altered elsewhere, such as a label.
    """
    known = [finding for finding in known if not _as_written(pair, finding)]
    explained = [finding for finding in known if finding.kind not in _ECHOES]
    new = [finding for finding in altered if not any(_contains(other, finding) for other in explained)]
    formulas = [finding for finding in new if finding.expected_formula is not None]
    kept = [
        finding
        for finding in known
        if finding.kind not in _ECHOES or not any(_contains(other, finding) for other in formulas)
    ]
    return [*kept, *new]


def _as_written(pair: Counterparts, finding: Finding) -> bool:
    if finding.kind is not FindingKind.WRONG_FORMULA or finding.found_formula is None:
        return False
    row, column = coordinate_to_tuple(finding.first_cell)
    written = f"={pair.formula(finding.sheet, row, column)}"
    return finding.found_formula in (written, f"{{{written}}}")


def _contains(outer: Finding, inner: Finding) -> bool:
    if outer.sheet != inner.sheet:
        return False
    outside, inside = (range_boundaries(each.range) for each in (outer, inner))
    return all(a <= b for a, b in zip(outside[:2], inside[:2], strict=True)) and all(
        a >= b for a, b in zip(outside[2:], inside[2:], strict=True)
    )
