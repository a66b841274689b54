"""Labels that cannot be right: two swapped, one repeated, one that cannot be read.

A wrong label makes every formula that refers to its column look wrong. So if several columns look wrong, other likely
readings of the labels are tried. If the formulas turn out right under one of them, the label is the finding.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.activations import read_functions, read_typed_rate
from sheetgen.verify.formulas.equivalence import Probe
from sheetgen.verify.formulas.groups import group_cells
from sheetgen.verify.formulas.verdicts import UNREADABLE, FormulaVerdicts, Score, Verdict
from sheetgen.verify.read.interpretation import read_table
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.meanings import meaning_of
from sheetgen.verify.read.tables import Table, is_letter

_GAIN = 2
_MOST_READINGS = 800
_MOST_COLUMNS_READ = 26_000  # over all readings: in a wide table each takes seconds

Guess = TypeVar("Guess")


@dataclass(frozen=True)
class _Candidate:
    """A table read with certain labels, the verdicts on its formulas, and the findings on changed labels.

    `verdicts` is None if the labels do not determine a network, or if the table has not been judged yet.
    """

    table: Table
    verdicts: FormulaVerdicts | None
    findings: tuple[Finding, ...] = ()

    @property
    def score(self) -> Score:
        return UNREADABLE if self.verdicts is None else self.verdicts.score


def best_reading(table: Table, book: LabelledSheets) -> FormulaVerdicts | None:
    """Read a table under the labels that best fit its formulas, with a finding for each label that had to be changed.

    A column whose label means nothing is named after what it computes, without a finding. The search is bounded; if it
    ends early and formulas still look wrong, the reading has a complaint.

    Returns:
        The reading with the verdicts on its formulas; None if the labels do not determine a network.
    """
    patience = _Patience(table)
    best = _settle(table, book, patience)
    if best.verdicts is None:
        return None
    complaints: tuple[str, ...] = ()
    if patience.lost and best.score.wrong:
        where = f"sheet {table.sheet.name}, row {table.header_row}"
        said = f"after {patience.most} readings of the labels it is not known whether a label is the reason"
        complaints = (f"{where}: some formulas look wrong, and {said}",)
    reading = replace(best.verdicts.reading, label_findings=best.findings, complaints=complaints)
    return replace(best.verdicts, reading=reading)


def judge_formulas(table: Table, book: LabelledSheets) -> FormulaVerdicts | None:
    """Read a table by its labels and judge its formulas; None if the labels do not determine a network."""
    reading = read_table(table, book)
    if reading is None:
        return None
    groups = list(group_cells(reading, book))
    reading = read_typed_rate(read_functions(reading, book, groups), book, groups)
    return FormulaVerdicts(reading, tuple(Probe(reading, book).judge(groups)))


class _Patience:
    """How many more readings of a table may be tried.

    Args:
        table: the table; the wider it is, the longer each reading takes.
    """

    def __init__(self, table: Table) -> None:
        self.most = self._left = max(1, min(_MOST_READINGS, _MOST_COLUMNS_READ // len(table.columns)))
        self.lost = False

    def limit(self, guesses: Iterable[Guess]) -> Iterator[Guess]:
        """Yield guesses up to the limit; note whether any had to be left out."""
        for guess in guesses:
            if not self._left:
                self.lost = True
                return
            self._left -= 1
            yield guess


def _settle(table: Table, book: LabelledSheets, patience: _Patience) -> _Candidate:
    best = _with_unnamed(_Candidate(table, judge_formulas(table, book)), book, patience)
    if not table.repeated and best.score.wrong < _GAIN:
        return best
    for guess in patience.limit(chain(_unrepeated(best), _swapped(best))):
        candidate = replace(guess, verdicts=judge_formulas(guess.table, book))
        gains = candidate.score.wrong < best.score.wrong - (_GAIN - 1)
        if gains or (candidate.score <= best.score and table.repeated and not best.findings):
            best = candidate
        if best.score.wrong == 0 and best.findings:
            break
    return best


def _with_unnamed(candidate: _Candidate, book: LabelledSheets, patience: _Patience) -> _Candidate:
    """Read columns whose label means nothing as missing quantities if that makes more formulas right.

    A quantity that a single letter names counts as missing too: the letter may name a helper.
    """
    for column in _unnamed(candidate.table):
        names = [*_missing(candidate), *_named_by_letters(candidate.table)]
        guesses = [_renamed(candidate, {name: column}, book) for name in patience.limit(names)]
        best = min(guesses, key=lambda guess: guess.score, default=candidate)
        if best.score < candidate.score:
            candidate = best
    left = [column for column in _unnamed(candidate.table) if (candidate.table.at(column).formulas < 0).all()]
    network = candidate.verdicts.reading.network if candidate.verdicts else None
    data = [name for name in _missing(candidate) if network and network.repeats_with_samples(name)]
    if left and len(left) == len(data):  # typed inputs and targets can only be identified together
        guess = _renamed(candidate, dict(zip(data, left, strict=True)), book)
        if guess.score < candidate.score:
            return guess
    return candidate


def _renamed(candidate: _Candidate, columns: dict[str, int], book: LabelledSheets) -> _Candidate:
    table = candidate.table.relabelled({**candidate.table.columns, **columns})
    return _Candidate(table, judge_formulas(table, book))


def _touched(table: Table, verdict: Verdict, column: int) -> frozenset[str]:
    """Return the quantities that a formula refers to, and the one it should give, by the labels of their columns."""
    places = [piece.area for piece in verdict.pieces if piece.area and piece.area.sheet == table.sheet.name]
    touched = (table.holds(area.first_row, area.first_column) for area in places)
    return frozenset(filter(None, touched)) | {table.names[column]}


def _unrepeated(candidate: _Candidate) -> Iterator[_Candidate]:
    """Yield the table with a repeated label read as a missing one."""
    table = candidate.table
    for column, label in table.repeated.items():
        for name in _missing(candidate):
            yield _with(table, {**table.columns, name: column}, {column: (label, name)})
            other = table.columns[label]
            yield _with(table, {**table.columns, name: other, label: column}, {other: (label, name)})


def _swapped(candidate: _Candidate) -> Iterator[_Candidate]:
    """Yield the table with two labels swapped, where that could make all wrong columns right and no right one wrong."""
    table = candidate.table
    commonest = candidate.verdicts.commonest if candidate.verdicts else {}
    columns = candidate.verdicts.reading.table.columns if candidate.verdicts else {}  # with the network's own names
    wrong, right = (
        [_touched(table, each, columns[name]) for name, each in commonest.items() if each.right is kind]
        for kind in (False, True)
    )
    pairs = _exchangeable(table.columns, wrong, right)
    for first, second in sorted(sorted(map(table.columns.__getitem__, pair)) for pair in pairs):
        one, other = table.names[first], table.names[second]
        yield _with(table, {**table.columns, one: second, other: first}, {first: (one, other), second: (other, one)})


def _exchangeable(
    names: Iterable[str], wrong: list[frozenset[str]], right: list[frozenset[str]]
) -> set[frozenset[str]]:
    """Find pairs of names such that every wrong formula touches at least one, and every right one both or neither."""
    users: dict[str, set[int]] = {name: set() for name in names}
    for number, touched in enumerate(right):
        for name in touched:
            users[name].add(number)
    alike: dict[frozenset[int], list[str]] = {}
    for name, numbers in users.items():
        alike.setdefault(frozenset(numbers), []).append(name)
    one_of = wrong[0] if wrong else frozenset()
    pairs = {frozenset((one, other)) for one in one_of for other in alike[frozenset(users[one])] if one != other}
    return {pair for pair in pairs if all(pair & touched for touched in wrong)}


def _with(table: Table, columns: dict[str, int], changed: dict[int, tuple[str, str]]) -> _Candidate:
    findings = []
    for column, (label, name) in changed.items():
        text = table.sheet.texts.get((table.header_row, column), label)
        if len(changed) == 1 and _may_mean(text, name):
            continue
        message = f"the label says {label[:40]}, but the column holds {name}"
        if len(changed) > 1:
            others = " and ".join(get_column_letter(each) for each in changed)
            message += f"; the labels of columns {others} are swapped"
        findings.append(
            Finding(
                table.sheet.name,
                f"{get_column_letter(column)}{table.header_row}",
                1,
                name,
                FindingKind.BAD_INPUT,
                " ".join(message.split()),
                found_value=text,
            )
        )
    return _Candidate(table.relabelled(columns), None, tuple(findings))


def _may_mean(text: str, name: str) -> bool:
    """Tell whether a label may as well mean a quantity, as h1 may mean an activation."""
    meaning = meaning_of(text)
    return meaning is not None and any(each.name == name for each in meaning.alternatives)


def _missing(candidate: _Candidate) -> list[str]:
    """List the names that the table lacks for its network, or may lack if the network is not known."""
    table, verdicts = candidate.table, candidate.verdicts
    if verdicts is not None:
        return [name for name in verdicts.reading.network.usual if name not in table.columns]
    families: dict[str, set[int]] = {}
    for name in table.columns:
        match = re.fullmatch(r"(.*?)(\d+)", name)
        if match:
            families.setdefault(match[1], set()).add(int(match[2]))
    expected = [f"{prefix}{number}" for prefix, numbers in families.items() for number in range(1, max(numbers) + 2)]
    return [name for name in expected if name not in table.columns]


def _named_by_letters(table: Table) -> list[str]:
    columns = table.columns.items()
    return [name for name, column in columns if is_letter(table.sheet, table.header_row, column)]


def _unnamed(table: Table) -> list[int]:
    """Find columns inside the table whose label means nothing, but most of whose cells hold numbers or formulas."""
    first, last = min(table.columns.values()), max(table.columns.values())
    found = []
    for column in range(first, last + 1):
        text = table.sheet.texts.get((table.header_row, column))
        if text is None or column in table.names or column in table.repeated:
            continue
        cells = table.at(column)
        if ((cells.kinds == Kind.NUMBER) | (cells.formulas >= 0)).mean() > 1 / 2:
            found.append(column)
    return found
