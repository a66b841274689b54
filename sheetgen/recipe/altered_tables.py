"""The long tables of our own workbook: where a cell takes something from outside its table, or means something else.

Whether the formulas mean their labels is for `sheetgen.verify` to say, however they are written. It takes a table's
inputs, first weights and learning rate as given, so where these come from is compared here. Where the labels do not say
how a table is trained, each formula must give what the one gives that `sheetgen` wrote.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.recipe.counterparts import Counterparts
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.spreadsheet.sheet import Column, Kind, Sheet
from sheetgen.spreadsheet.spelling import references, respelt
from sheetgen.verify.findings import Finding, FindingKind

_ROWS = re.compile(r"[0-9]+")
_MESSAGES = {
    FindingKind.HARD_CODED: "a typed number stands where sheetgen took it from another cell",
    FindingKind.ALTERED: "this is not taken from the cell that sheetgen took it from",
    FindingKind.WRONG_FORMULA: "this formula does not give what the one gives that sheetgen wrote here",
    FindingKind.EMPTY: "nothing stands where sheetgen wrote a formula",
    FindingKind.BAD_INPUT: "a text stands where sheetgen wrote a formula",
}
Wrong = dict[tuple[int, FindingKind], dict[int, str]]
"""For each column and kind of finding, the rows, each with the formula that belongs there."""


def altered_tables(pair: Counterparts, name: str, *, by_label: bool = True) -> Iterator[Finding]:
    """Find the altered cells of a sheet's long table.

    Args:
        pair: the workbook and its blueprint.
        name: the sheet's name in the blueprint.
        by_label: whether the formulas have been judged by their labels.
    """
    table = pair.tab(name).table
    if table is None:
        return
    wrong: Wrong = defaultdict(dict)
    unique, period = table.distinct_rows
    for step in range(min(unique + period, table.row_count)):
        first = table.first_row + 1 + step
        last = first if step < unique else table.first_row + table.row_count
        formulas = table.formulas(step, [str(first - above) for above in range(unique + 1)])
        for number, formula in enumerate(formulas, start=1):
            column = _Cells(pair, name, number, table.first_row + 1, formula, range(first, last + 1, period), by_label)
            for kind, rows in column.altered():
                template = make_template(formula, first)
                wrong[number, kind].update((row, template.at(row)) for row in rows)
    for (number, kind), found in sorted(wrong.items()):
        for run in np.split(sorted(found), np.flatnonzero(np.diff(sorted(found)) > 1) + 1):
            label = pair.sheet(name).texts.get((table.first_row, number), "")
            yield _finding(pair.sheet(name), number, kind, run.tolist(), found[int(run[0])], label)


class _Cells(NamedTuple):
    """The cells of a column that have the same formula, but for the row: all, or one in so many.

    Attributes:
        pair: the workbook and its blueprint.
        tab: the sheet, by its name in the blueprint.
        number: the column, counted from 1.
        first_row: the first row of the table.
        formula: what `sheetgen` wrote into the first of the cells, without `=`.
        rows: their rows.
        by_label: whether they have been judged by their label.
    """

    pair: Counterparts
    tab: str
    number: int
    first_row: int
    formula: str
    rows: range
    by_label: bool

    def altered(self) -> Iterator[tuple[FindingKind, list[int]]]:
        """Find the rows in which something else is taken from outside the table, by kind of finding."""
        sheet = self.pair.sheet(self.tab)
        cells = sheet.columns.get(self.number, Column())
        every, numbers = np.asarray(cells.rows), np.asarray(cells.formulas)
        begin, end = np.searchsorted(every, (self.rows[0], self.rows[-1] + 1))
        every, numbers = every[begin:end], numbers[begin:end]
        if self.rows.step > 1:
            chosen = (every - self.rows[0]) % self.rows.step == 0
            every, numbers = every[chosen], numbers[chosen]
        if not self.by_label and len(every) < len(self.rows):
            yield FindingKind.EMPTY, sorted(set(self.rows).difference(every.tolist()))
        for number in sorted(set(numbers.tolist())):
            rows = every[numbers == number].tolist()
            kind = self._kind(sheet, number, rows[0])
            if kind is not None:
                yield kind, rows

    def _kind(self, sheet: Sheet, number: int, row: int) -> FindingKind | None:
        """Judge the cells with the same formula, given its number and the first row in which it stands."""
        found = sheet.templates[number].typed_at(row) if number >= 0 else ""
        if found == self.formula and row == self.rows[0]:
            return None
        expected = make_template(self.formula, self.rows[0]).at(row)
        if found == expected:
            return None
        taken = self._outside(respelt(expected, self.tab))
        if number < 0:
            cell = sheet.cell(row, self.number)
            if cell is not None and _is_number(expected, cell.value):
                return None
            typed = cell is not None and cell.kind is Kind.NUMBER
            if typed and (taken or not self.by_label):
                return FindingKind.HARD_CODED
            return None if typed or self.by_label else FindingKind.BAD_INPUT
        if not self.by_label:
            same = self.pair.same(found, expected, self.tab) or self.pair.alike(found, expected, self.tab, row)
            return None if same else FindingKind.WRONG_FORMULA
        return None if self._outside(self.pair.respelt(found, self.tab)) == taken else FindingKind.ALTERED

    def _outside(self, spelling: str) -> set[str]:
        """Return the references to other sheets, and to cells above the table."""
        inside = (each for each in references(spelling) if "!" not in each and _first_row(each) >= self.first_row)
        return set(references(spelling)) - set(inside)


def _is_number(written: str, found: object) -> bool:
    """Tell whether a cell holds the number that was written into it as a number, such as the first iteration's 0."""
    return re.fullmatch(r"\d+", written) is not None and found == float(written)


def _first_row(reference: str) -> int:
    return min(map(int, _ROWS.findall(reference)))


def _finding(sheet: Sheet, column: int, kind: FindingKind, rows: list[int], expected: str, label: str) -> Finding:
    letter, cell = get_column_letter(column), sheet.cell(rows[0], column)
    value = None if cell is None else cell.value
    return Finding(
        sheet=sheet.name,
        range=f"{letter}{rows[0]}" + (f":{letter}{rows[-1]}" if len(rows) > 1 else ""),
        count=len(rows),
        quantity=label,
        kind=kind,
        message=_MESSAGES[kind],
        found_formula=None if cell is None else cell.shown_formula,
        expected_formula=f"={expected}",
        found_value=value if isinstance(value, str) or value is None else float(value),
    )
