"""Where the sheet's own loss has the last word over what its labels alone seem to say."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Place
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.candidate_repairs import UNANCHORED
from sheetgen.verify.formulas.wider_numbers import WRONG
from sheetgen.verify.own_loss.verdict import OwnVerdict
from sheetgen.verify.own_loss.wording import findings_of
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.table import TableVerdict

_MOST = 0.8  # of the formulas in a table
_OFTEN = 5  # one row of as many


@dataclass(frozen=True)
class Overruled:
    """What is left of the tables' verdicts.

    Attributes:
        tables: those whose verdict stands; the cells of the others are recomputed only.
        findings: what is wrong.
        judged: cells outside those tables that were judged.
        sheets: the sheets of all cells that were judged by the loss.
        complaints: what could be judged neither in those tables nor by the sheet's own loss.
    """

    tables: list[TableVerdict]
    findings: list[Finding]
    judged: set[Place]
    sheets: frozenset[str]
    complaints: list[str]


def overrule(tables: Sequence[TableVerdict], own: OwnVerdict, book: LabelledSheets) -> Overruled:
    """Keep of the tables' findings what the sheet's own loss does not contradict, and add what it finds.

    A formula that differs from the class's is wrong only if it contradicts the sheet itself. A table in which that
    overturns a finding was not what its labels seemed to say, so that nothing else that was found in it counts.
    """
    found = findings_of(own, book)
    kept = [table for table in tables if _stands(table, own, found)]
    findings = [each for table in kept for each in table.findings]
    overturned = [table for table in tables if all(table is not each for each in kept)]
    findings += [each for table in overturned for each in table.findings if _is_text(each, own)]
    inside = {place for table in kept for place in _cells(table)}
    named = inside | {place for finding in findings for place in finding.places()}
    explained = [table for table in kept if table.findings]
    fresh = [
        finding
        for finding in found
        if named.isdisjoint(finding.places()) and not any(_is_near(finding, table) for table in explained)
    ]
    sheets = frozenset(sheet for sheet, *_ in own.judged)
    complaints = [*own.complaints, *_not_evaluated(own, named), *_left_open(kept, own)]
    return Overruled(kept, findings + fresh, own.judged - inside, sheets, complaints)


def without_doubtful(tables: Sequence[TableVerdict], book: LabelledSheets) -> Overruled | None:
    """Leave out the tables that may just follow other formulas, where the workbook is too large to tell.

    Returns:
        What is left, and why the others were not judged; None if there are no such tables.
    """
    why = [_doubt(table, book) for table in tables]
    if not any(why):
        return None
    kept = [table for table, doubt in zip(tables, why, strict=True) if doubt is None]
    complaints = [
        f"sheet {table.summary.sheet}, row {table.summary.header_row}: {doubt}, and the workbook is too large to "
        "follow which"
        for table, doubt in zip(tables, why, strict=True)
        if doubt is not None
    ]
    return Overruled(kept, [each for table in kept for each in table.findings], set(), frozenset(), complaints)


def _doubt(table: TableVerdict, book: LabelledSheets) -> str | None:
    """Say what a table may do otherwise than its labels say; None if there is no such doubt."""
    if _steps_otherwise(table):
        return "most weights are updated by another rule than w − η·∂E/∂w"
    if _shares_sums(table, book):
        return "all outputs follow from the same sums, by another function than of each one's own"
    return None


def _shares_sums(table: TableVerdict, book: LabelledSheets) -> bool:
    """Tell whether all outputs are accused, and all follow from the same cells, as many, as in a softmax."""
    outputs = table.summary.layers[-1]
    accused = {
        each.quantity: next(each.places())
        for each in table.findings
        if each.kind is FindingKind.WRONG_FORMULA and each.quantity.startswith("a_o")
    }
    used = [{area for area in book.precedents(place) if area.is_cell} for place in accused.values()]
    return len(used) == outputs > 1 and len(used[0]) >= outputs and all(each == used[0] for each in used)


def _steps_otherwise(table: TableVerdict) -> bool:
    """Tell whether most weights of a table are accused in most rows."""
    rows = table.outline.last_row - table.outline.first_row + 1
    weights = [name for name in table.summary.initial if name.startswith("w")]
    counts = Counter[str]()
    for each in table.findings:
        if each.kind is FindingKind.WRONG_FORMULA:
            counts[each.quantity] += each.count
    return 2 * sum(2 * counts[name] >= rows for name in weights) > len(weights)


def _not_evaluated(own: OwnVerdict, settled: set[Place]) -> Iterator[str]:
    """Yield what is said of the updates that cannot be evaluated, unless a table's verdict has settled it."""
    for parameter, (cause, why) in own.unknown.items():
        if settled.isdisjoint((parameter, cause)):
            yield f"{own.captions.name(parameter)}: {why}"


def _is_text(finding: Finding, own: OwnVerdict) -> bool:
    """Tell whether a finding is about a text where a formula needs a number, whatever the table means."""
    cells = [own.graph.cell(place) for place in finding.places() if place in own.referred_to]
    texts = [cell is not None and cell.kind is Kind.TEXT for cell in cells]
    return finding.kind is FindingKind.BAD_INPUT and bool(texts) and all(texts)


def _left_open(tables: Iterable[TableVerdict], own: OwnVerdict) -> Iterator[str]:
    """Yield the first complaint of each table that holds formulas which the sheet's own loss did not judge either."""
    formulas = own.graph.trees.keys() | own.graph.unreadable.keys()
    for table in tables:
        if table.complaints and not formulas & set(_cells(table)) <= own.judged:
            yield table.complaints[0]


def _stands(table: TableVerdict, own: OwnVerdict, found: list[Finding]) -> bool:
    """Tell whether a table's verdict stands: of two explanations, the one that finds less wrong is right."""
    accused = [finding for finding in table.findings if _is_overturnable(finding, table, own)]
    near = [each for each in found if _is_near(each, table)]
    blamed = {place for finding in near for place in finding.places()}
    cells = {place for finding in accused for place in finding.places()}
    explained = not accused or len(accused) <= len(near) or 2 * len(cells & blamed) >= len(cells)
    return explained and not _is_misread(table, own)


def _is_misread(table: TableVerdict, own: OwnVerdict) -> bool:
    """Tell whether a table lacks what would make it one, again and again, while its formulas make sense as others.

    Such are rows between blank ones, or the labels of blocks below each other that are taken for numbers. A table that
    stops half way lacks something only at its end.
    """
    lacking = [each for each in table.findings if each.kind in (FindingKind.EMPTY, FindingKind.BAD_INPUT)]
    cells = own.graph.trees.keys() & set(_cells(table))
    last = max((row for _, row, _ in cells & own.judged), default=0)
    between = {row for each in lacking for _, row, _ in each.places() if row < last}
    rows = table.outline.last_row - table.outline.first_row + 1
    most_make_sense = len(cells & own.judged) >= _MOST * len(cells) > 0
    return len(between) > 1 and _OFTEN * len(between) >= rows and most_make_sense


def _is_near(finding: Finding, table: TableVerdict) -> bool:
    """Tell whether a finding is in the rows of a table, be it in its columns or beside them."""
    _, top, _, bottom = range_boundaries(finding.range)
    outline = table.outline
    return finding.sheet == outline.sheet and top <= outline.last_row and outline.first_row <= bottom


def _is_overturnable(finding: Finding, table: TableVerdict, own: OwnVerdict) -> bool:
    """Tell whether the sheet's own loss has a say about a finding: not about a few rows that are unlike the others."""
    cells = set(finding.places())
    if finding.kind is FindingKind.BAD_INPUT:  # such as a unit that is taken for a number, but not a wrong label
        sources = {own.graph.source(place) for place in cells}
        is_label = any(row == table.summary.header_row for _, row, _ in cells)
        return not is_label and sources.isdisjoint(own.referred_to) and bool(own.judged & set(_cells(table)))
    rows = table.outline.last_row - table.outline.first_row + 1
    alike = sum(each.count for each in table.findings if (each.quantity, each.kind) == (finding.quantity, finding.kind))
    few = (2 * alike < rows and not own.is_copied(cells)) or finding.message.startswith(WRONG)
    unjudged = {place for place in cells if own.graph.source(place) not in own.judged}
    # A copy in the last row, which no update follows, is what the others are.
    judged = len(unjudged) < len(cells) and all(row == table.outline.last_row for _, row, _ in unjudged)
    visible = judged and not few and not _is_loss(finding, own) and not _slides(finding, own)
    return finding.kind is FindingKind.WRONG_FORMULA and visible


def _is_loss(finding: Finding, own: OwnVerdict) -> bool:
    """Tell whether a finding is about a loss that the gradients do not follow."""
    return finding.quantity.startswith("E") and own.losses.isdisjoint(finding.places())


def _slides(finding: Finding, own: OwnVerdict) -> bool:
    """Tell whether updates refer to an input or target in place of the rate, which to a gradient is all the same."""
    if not finding.message.startswith(UNANCHORED):
        return False
    typed = (each for place in finding.places() for each in own.graph.precedents(place) if each not in own.graph.trees)
    names = (own.captions.quantity(each) for each in typed)
    return any(name is not None and name[0] in "it" and name[1:].isdecimal() for name in names)


def _cells(table: TableVerdict) -> Iterator[Place]:
    outline = table.outline
    for row in range(outline.first_row, outline.last_row + 1):
        for column in outline.columns:
            yield outline.sheet, row, column
