"""Where the sheet's own loss has the last word over what its labels alone seem to say."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.types import Place
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.own_loss.verdict import OwnVerdict
from sheetgen.verify.own_loss.wording import findings_of
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.table import TableVerdict


@dataclass(frozen=True)
class Overruled:
    """What is left of the tables' verdicts.

    Attributes:
        tables: those whose verdict stands; the cells of the others are recomputed only.
        findings: what is wrong.
        judged: cells outside those tables that were judged.
        complaints: what could be judged neither in those tables nor by the sheet's own loss.
    """

    tables: list[TableVerdict]
    findings: list[Finding]
    judged: set[Place]
    complaints: list[str]


def overrule(tables: Iterable[TableVerdict], own: OwnVerdict, book: LabelledSheets) -> Overruled:
    """Keep of the tables' findings what the sheet's own loss does not contradict, and add what it finds.

    A formula that differs from the class's is wrong only if it contradicts the sheet itself. A table in which that
    overturns a finding was not what its labels seemed to say, so that nothing else that was found in it counts.
    """
    blamed = {fault.place for fault in own.faults}
    kept: list[TableVerdict] = []
    findings: list[Finding] = []
    for table in tables:
        if _stands(table, own, blamed):
            kept.append(table)
            findings += table.findings
    named = {place for finding in findings for place in cells_of(finding)}
    fresh = [finding for finding in findings_of(own, book) if not named & set(cells_of(finding))]
    inside = {place for table in kept for place in _cells(table)}
    return Overruled(kept, findings + fresh, own.judged - inside, own.complaints + list(_left_open(kept, own)))


def _left_open(tables: Iterable[TableVerdict], own: OwnVerdict) -> Iterator[str]:
    """Yield the first complaint of each table that holds formulas which the sheet's own loss did not judge either."""
    formulas = own.graph.trees.keys() | own.graph.unreadable.keys()
    for table in tables:
        if table.complaints and not formulas & set(_cells(table)) <= own.judged:
            yield table.complaints[0]


def _stands(table: TableVerdict, own: OwnVerdict, blamed: set[Place]) -> bool:
    """Tell whether the sheet's own loss confirms what was found in a table."""
    accused = [finding for finding in table.findings if finding.kind is FindingKind.WRONG_FORMULA]
    judged = [finding for finding in accused if set(cells_of(finding)) <= own.judged]
    if any(not blamed & set(cells_of(finding)) and not _is_loss(finding, own) for finding in judged):
        return False
    return not (own.judged & set(_cells(table))) or bool(accused) or not table.findings


def _is_loss(finding: Finding, own: OwnVerdict) -> bool:
    """Tell whether a finding is about a loss that the gradients do not follow."""
    return finding.quantity.startswith("E") and not set(own.loss_of.values()) & set(cells_of(finding))


def cells_of(finding: Finding) -> Iterator[Place]:
    """Yield the cells of a finding."""
    left, top, right, bottom = (bound or 1 for bound in range_boundaries(finding.range))
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield finding.sheet, row, column


def _cells(table: TableVerdict) -> Iterator[Place]:
    outline = table.outline
    for row in range(outline.first_row, outline.last_row + 1):
        for column in outline.columns:
            yield outline.sheet, row, column
