"""Turns verdicts into findings: what is wrong with the columns of a table, one finding per run of neighbouring rows."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.opened_workbook import Cell, Column, Kind
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.types import Mask, Rows
from sheetgen.verify.column_findings import ColumnFinding, always, runs
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.expected_formula import ExpectedFormulas
from sheetgen.verify.formulas.verdicts import Explanation, FormulaVerdicts
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.tables import Table
from sheetgen.verify.values.consistency import ValueVerdicts
from sheetgen.verify.values.constants import NO_VALUE, badly_fed, find_bad_feeds, find_constants
from sheetgen.verify.values.impact import Impact, direct_precedents

_MOST_LABEL = 40
_NEEDS_FORMULA = (FindingKind.WRONG_FORMULA, FindingKind.HARD_CODED, FindingKind.EMPTY)


def find(formulas: FormulaVerdicts, values: ValueVerdicts, book: LabelledSheets) -> tuple[Finding, ...]:
    """List what is wrong with the rows of a table: the last phase of judging it.

    Returns:
        First the cells that feed it, then its labels, then its cells by column and row, then helper columns.
    """
    reading = formulas.reading
    constants = list(find_constants(formulas, values, book))
    said: dict[str, Mask] = {}
    for column in constants:
        said[column.name] = said.get(column.name, False) | column.mask
    columns = [*constants, *_wrong_formulas(formulas)]
    for column in _not_as_computed(formulas, values):
        unsaid = column.mask & ~said[column.name] if column.name in said else column.mask
        columns.append(replace(column, mask=unsaid))
    return (
        *find_bad_feeds(reading, book),
        *reading.label_findings,
        *_findings(values, [column for column in columns if column.mask.any()]),
        *_in_helpers(formulas, values, book),
    )


def find_unfinished(reading: Reading) -> Iterator[Finding]:
    """Find the incomplete rows below the table: all the cells that are missing there are one finding."""
    table = reading.table
    if table.unfinished is None:
        return
    first, last = table.unfinished
    columns = {name: table.sheet.columns.get(table.columns[name], Column()) for name in reading.judged}
    missing = {name: last - first + 1 - _count_held(cells, first, last) for name, cells in columns.items()}
    lacking = [name for name, count in missing.items() if count]
    if not lacking:
        return
    count = sum(missing.values())
    which = f"row {first} stops" if first == last else f"rows {first} to {last} stop"
    message = f"{which} half way; nothing stands in {count:,} of the cells"
    quantity = " to ".join(dict.fromkeys((lacking[0], lacking[-1])))
    corners = (table.address(lacking[0], first), table.address(lacking[-1], last))
    cells = ":".join(dict.fromkeys(corners))
    yield Finding(table.sheet.name, cells, count, quantity, FindingKind.EMPTY, message)


def _count_held(cells: Column, first: int, last: int) -> int:
    return bisect_right(cells.rows, last) - bisect_left(cells.rows, first)


def _wrong_formulas(formulas: FormulaVerdicts) -> Iterator[ColumnFinding]:
    """Group the rows of a column whose formulas are wrong in the same way."""
    table = formulas.reading.table
    masks: dict[tuple[str, str], Mask] = {}
    repairs: dict[str, dict[int, Template | None]] = {}
    for verdict in formulas.wrong:
        name, explanation = verdict.group.name, verdict.explanation or Explanation("the formula is wrong")
        mask = masks.setdefault((name, explanation.message), np.zeros(table.rows, dtype=np.bool_))
        steps = verdict.group.rows - table.first_row
        mask[steps] = True
        repairs.setdefault(name, {}).update(dict.fromkeys(steps.tolist(), explanation.fixed))
    for (name, message), mask in masks.items():
        yield ColumnFinding(name, FindingKind.WRONG_FORMULA, mask, always(message), _repair(table, repairs[name]))


def _in_helpers(formulas: FormulaVerdicts, values: ValueVerdicts, book: LabelledSheets) -> Iterator[Finding]:
    """Write the findings on helper columns, one for each run of neighbouring rows."""
    table = formulas.reading.table
    for fault in formulas.helper_faults:
        impact = Impact(values, {name: np.zeros(table.rows, dtype=np.bool_) for name in table.columns})
        label = book.sheet(fault.sheet).texts.get((table.header_row, fault.column), "")
        for rows in np.split(fault.rows, np.flatnonzero(np.diff(fault.rows) > 1) + 1):
            first, last = (f"{get_column_letter(fault.column)}{row}" for row in (rows[0], rows[-1]))
            cell, fixed = book.cell(fault.sheet, int(rows[0]), fault.column), fault.explanation.fixed
            steps = np.clip(rows - table.first_row, 0, table.rows - 1)
            yield Finding(
                sheet=fault.sheet,
                range=":".join(dict.fromkeys((first, last))),
                count=len(rows),
                quantity=" ".join(label.split())[:_MOST_LABEL] if fault.sheet == table.sheet.name else "",
                kind=FindingKind.WRONG_FORMULA,
                message=f"{fault.explanation.message}; {', '.join(fault.users)} would be right with it",
                found_formula=cell.formula if cell else None,
                expected_formula=None if fixed is None else "=" + fixed.at(int(rows[0])),
                found_value=_value(cell),
                affected=impact.count_through(fault.users, steps),
            )


def _repair(table: Table, repairs: dict[int, Template | None]) -> Callable[[int], str | None]:
    """Return a writer of the formula that belongs in a row (a position), or None if no small change mends it."""

    def formula(step: int) -> str | None:
        template = repairs[step]
        return None if template is None else "=" + template.at(step + table.first_row)

    return formula


def _not_as_computed(formulas: FormulaVerdicts, values: ValueVerdicts) -> Iterator[ColumnFinding]:
    """Find right formulas whose cached value is missing, an error, a text, or not what the formula gives."""
    reading, ill_fed = formulas.reading, badly_fed(formulas.reading)
    precedents: dict[str, frozenset[str]] | None = None
    for name in reading.judged:
        right, kinds = formulas.right[name], reading.table.column(name).kinds
        none = np.zeros_like(right)
        yield ColumnFinding(name, FindingKind.NO_VALUE, right & (kinds == Kind.EMPTY), always(NO_VALUE))
        errors = right & (kinds == Kind.ERROR)
        if errors.any():
            precedents = precedents or direct_precedents(reading)
            follows = _spoilt(reading, name, precedents, ill_rated="η" in ill_fed) | (name in ill_fed)
            errors &= ~(follows | values.undefined.get(name, none))
        said = "the formula is right, but its cached value is an error"
        yield ColumnFinding(name, FindingKind.ERROR_VALUE, errors, always(said))
        texts = right & (kinds == Kind.TEXT) & (name not in ill_fed)
        said = "the cached value is not what the formula gives; recalculate the workbook"
        yield ColumnFinding(name, FindingKind.STALE_VALUE, texts | values.stale.get(name, none), always(said))


def _spoilt(reading: Reading, name: str, precedents: dict[str, frozenset[str]], *, ill_rated: bool) -> Mask:
    """Return the rows in which a precedent holds an error or a text, so that an error may follow from it."""
    table = reading.table
    spoilt = np.zeros(table.rows, dtype=np.bool_)
    for other in precedents.get(name, ()):
        if other in table.columns:
            spoilt |= _unusable(table, other)
    if name in ("iteration", "E_mean"):
        other = "iteration" if name == "iteration" else "E_total"
        for back in range(1, reading.samples + 1):
            spoilt[back:] |= _unusable(table, other)[:-back]
    if name in reading.network.trained:
        spoilt[1:] |= ill_rated
        for other in (name, f"∂E/∂{name}"):
            if other in table.columns:
                spoilt[1:] |= _unusable(table, other)[:-1]
    return spoilt


def _unusable(table: Table, name: str) -> Mask:
    kinds = table.column(name).kinds
    return np.asarray((kinds == Kind.ERROR) | (kinds == Kind.TEXT))


def _findings(values: ValueVerdicts, columns: list[ColumnFinding]) -> Iterator[Finding]:
    """Write one finding for each run of neighbouring rows, in the order of columns and rows."""
    if not columns:
        return
    table = values.numbers.reading.table
    wrong = {name: np.zeros(table.rows, dtype=np.bool_) for name in table.columns}
    for column in columns:
        wrong[column.name] |= column.mask
    impact, class_formulas = Impact(values, wrong), ExpectedFormulas(values.numbers.reading)
    found = [(column, run) for column in columns for run in runs(column.mask)]
    found.sort(key=lambda each: (table.columns[each[0].name], int(each[1][0])))
    for column, run in found:
        expected = column.expected_formula(int(run[0]))
        if expected is None and column.kind in _NEEDS_FORMULA:
            expected = class_formulas.text(column.name, int(run[0]) + table.first_row)
        yield _finding(values, column, run, expected, impact.count(column.name, run))


def _finding(values: ValueVerdicts, column: ColumnFinding, run: Rows, expected: str | None, affected: int) -> Finding:
    table, first = values.numbers.reading.table, int(run[0])
    cell = table.cell(column.name, first + table.first_row)
    number = float(values.expected(column.name)[first])
    return Finding(
        sheet=table.sheet.name,
        range=_range(table, column.name, first + table.first_row, int(run[-1]) + table.first_row),
        count=len(run),
        quantity=column.name,
        kind=column.kind,
        message=column.message(run),
        found_formula=None if cell is None else cell.shown_formula,
        expected_formula=expected,
        found_value=_value(cell),
        expected_value=number if np.isfinite(number) else None,
        affected=affected,
    )


def _range(table: Table, name: str, first: int, last: int) -> str:
    one = table.address(name, first)
    return one if first == last else f"{one}:{table.address(name, last)}"


def _value(cell: Cell | None) -> float | str | None:
    if cell is None or cell.value is None:
        return None
    return cell.value if isinstance(cell.value, str) else float(cell.value)
