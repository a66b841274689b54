"""The rules of our own workbook: data validations and conditional formats that are not what `sheetgen` wrote.

Some programs drop rules when they save a workbook, or one kind of them. So a rule is only missed if another of its
kind is still there.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from sheetgen.recipe.counterparts import Counterparts
from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.spreadsheet.relative_formula import MAX_ROW
from sheetgen.spreadsheet.sheet_rules import FormatRule, Rules, Validation, read_rules
from sheetgen.verify.findings import Finding

_TWO = ("between", "notBetween")
_STRING = re.compile(r'"(?:[^"]|"")*"')
_COLUMNS = re.compile(r"\$?([A-Za-z]+):\$?([A-Za-z]+)")
_OF_TEXT = ("beginsWith", "endsWith", "containsText", "notContainsText")


def altered_rules(pair: Counterparts) -> Iterator[Finding]:
    """Find the altered rules of all sheets."""
    workbook = pair.book.workbook
    found = {name: read_rules(workbook.package, workbook.parts[place]) for name, place in pair.places.items()}
    validated = any(rules.validations for rules in found.values())
    kinds = {rule.kind for rule in chain.from_iterable(rules.formats for rules in found.values())}
    for name, rules in found.items():
        for written in pair.tab(name).rules.validations:
            yield from _validation(pair, name, written, rules, kept=validated)
        for rule in pair.tab(name).rules.formats:
            yield from _format(pair, name, rule, rules, kept=rule.kind in kinds)


def _validation(pair: Counterparts, name: str, written: Validation, rules: Rules, *, kept: bool) -> Iterator[Finding]:
    others = [other for other in rules.validations if _covers(other.cells, written.cells)]
    if any(_same_validation(pair, name, other, written) for other in others):
        return
    place = _corner(written.cells)
    if others:
        told = f"typed values are checked here by {_told(others[0])}, sheetgen wrote {_told(written)}"
        yield pair.finding(name, place, "data validation", told)
    elif kept and written.strict and "!" not in "".join(written.formulas):  # the others are dropped more often
        yield pair.finding(name, place, "data validation", f"typed values are not checked here by {_told(written)}")


def _same_validation(pair: Counterparts, name: str, found: Validation, written: Validation) -> bool:
    same = found.kind == written.kind and found.strict is written.strict
    if written.kind != "list":
        same &= found.operator == written.operator
    return same and _same_formulas(pair, name, _needed(found), _needed(written))


def _needed(validation: Validation) -> tuple[str, ...]:
    """Return the formulas that count: some programs write a second one where only the first does."""
    two = validation.kind != "list" and validation.operator in _TWO
    return validation.formulas[: 2 if two else 1]


def _format(pair: Counterparts, name: str, written: FormatRule, rules: Rules, *, kept: bool) -> Iterator[Finding]:
    alike = [other for other in rules.formats if other.kind == written.kind]
    if not kept or any(_same_format(pair, name, other, written) for other in alike):
        return
    formulas = ", ".join(written.formulas)
    what = f"the conditional format of {written.cells} by {formulas} is not as sheetgen wrote it, or is missing"
    yield pair.finding(name, _corner(written.cells), "conditional format", what)


def _same_format(pair: Counterparts, name: str, found: FormatRule, written: FormatRule) -> bool:
    if not _covers(found.cells, written.cells):
        return False
    if written.kind in _OF_TEXT:  # programs write the same condition in several ways
        return _strings(found) == _strings(written)
    operators = written.kind != "cellIs" or found.operator == written.operator
    return operators and _same_formulas(pair, name, found.formulas, written.formulas)


def _strings(rule: FormatRule) -> set[str]:
    return set(_STRING.findall(" ".join(rule.formulas)))


def _same_formulas(pair: Counterparts, name: str, found: Sequence[str], written: Sequence[str]) -> bool:
    return len(found) == len(written) and all(map(lambda one, other: pair.same(one, other, name), found, written))


def _covers(found: str, written: str) -> bool:
    """Tell whether ranges contain the first and the last cell of others."""
    left, top, right, bottom = _bounds(written)
    return all(
        any(first <= column <= last and up <= row <= down for first, up, last, down in map(_bounds, found.split()))
        for column, row in ((left, top), (right, bottom))
    )


def _bounds(cells: str) -> tuple[int, int, int, int]:
    columns = _COLUMNS.fullmatch(cells)
    try:
        return range_boundaries(cells if columns is None else f"{columns[1]}1:{columns[2]}{MAX_ROW}")
    except ValueError:
        return 0, 0, 0, 0


def _corner(cells: str) -> tuple[int, int]:
    left, top, *_ = _bounds(cells)
    return top, left


def _told(rule: Validation) -> str:
    operator = "" if rule.kind == "list" else f" {rule.operator}"
    ending = "" if rule.strict else ", without refusing others"
    return f"{rule.kind}{operator} {' and '.join(_needed(rule))}{ending}"
