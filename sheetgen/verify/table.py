"""The verdict on one table: read it, judge its formulas, judge its numbers, say what is wrong."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np

from sheetgen.types import Place
from sheetgen.verify.details.courses import course_of
from sheetgen.verify.elsewhere.outside_cells import Outline, outline_of
from sheetgen.verify.file_details import Course
from sheetgen.verify.findings import Finding, TableSummary
from sheetgen.verify.formulas.explain import explain
from sheetgen.verify.formulas.helper_faults import blame_helpers
from sheetgen.verify.formulas.relabelling import best_reading
from sheetgen.verify.formulas.strayed_references import find_strayed_references
from sheetgen.verify.formulas.wider_numbers import try_wider_numbers
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.tables import Table
from sheetgen.verify.table_findings import find, find_unfinished
from sheetgen.verify.unjudged_columns import UnjudgedColumn, find_unjudged
from sheetgen.verify.unmoved_weights import are_unmoved, without_updates
from sheetgen.verify.values.consistency import ValueVerdicts, judge_values
from sheetgen.verify.values.own_results import judge_own_results


@dataclass(frozen=True)
class TableVerdict:
    """What was found in one table.

    Attributes:
        summary: the table.
        findings: what is wrong, by column and row.
        cells_checked: how many cells were judged.
        outline: the table, for the formulas outside of it.
        complaints: what could not be judged.
        notes: what is worth knowing, but no fault.
        unjudged: columns in or beside the table whose meaning is not known.
        course: the course of its error; None unless it was asked for, and known.
    """

    summary: TableSummary
    findings: tuple[Finding, ...]
    cells_checked: int
    outline: Outline
    complaints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unjudged: tuple[UnjudgedColumn, ...] = ()
    course: Course | None = None

    def without_unjudged(self, judged: AbstractSet[Place]) -> "TableVerdict":
        """Return the verdict without the unjudged columns of which a cell was judged in another way."""
        left = tuple(each for each in self.unjudged if judged.isdisjoint(each.places()))
        return replace(self, unjudged=left)


def judge_table(table: Table, book: LabelledSheets, *, with_course: bool = False) -> TableVerdict | None:
    """Judge every cell of a table; None if its labels do not determine a network."""
    formulas = best_reading(table, book)
    if formulas is None:
        return None
    formulas = try_wider_numbers(formulas, book)
    formulas, values = judge_own_results(formulas, judge_values(formulas), book)
    formulas = find_strayed_references(blame_helpers(explain(formulas, book), book))
    unfinished = tuple(find_unfinished(formulas.reading))
    findings, complaints = list(find(formulas, values, book)), list(formulas.complaints)
    if are_unmoved(formulas):
        findings, complaint = without_updates(formulas, findings)
        complaints.append(complaint)
    return TableVerdict(
        summary=_summary(formulas.reading, values),
        findings=(*findings, *unfinished),
        cells_checked=_count_cells(formulas.reading) + sum(finding.count for finding in unfinished),
        outline=outline_of(values),
        complaints=tuple(complaints),
        notes=formulas.notes,
        unjudged=find_unjudged(formulas.reading, book),
        course=course_of(values, wrong=bool(findings or unfinished or complaints)) if with_course else None,
    )


def _count_cells(reading: Reading) -> int:
    """Count the cells of the table's rows that are judged."""
    return reading.table.rows * len(reading.judged)


def _summary(reading: Reading, values: ValueVerdicts) -> TableSummary:
    table, network = reading.table, reading.network
    names = (*network.data, *network.weights, *network.bias_names.values())
    first = {name: values.numbers.first(name) for name in dict.fromkeys(names)}
    return TableSummary(
        sheet=table.sheet.name,
        header_row=table.header_row,
        first_row=table.first_row,
        last_row=table.last_row,
        learning_rate=reading.rate,
        layers=network.layers,
        initial={name: number if np.isfinite(number) else None for name, number in first.items()},
    )
