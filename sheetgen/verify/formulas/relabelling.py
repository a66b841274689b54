"""Labels that cannot be right: two columns swapped, one label twice, one that cannot be read.

With a wrong label everything that uses its column looks wrong. So where many columns look wrong, the likely other
readings are tried, and the one under which the formulas make sense is taken; the label is then the finding.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple, TypeVar

from openpyxl.utils.cell import get_column_letter

from sheetgen.spreadsheet.workbook import Kind
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.examine import Examined, examine
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.read.tables import Table

_UNREADABLE = 10_000
_GAIN = 2
_MOST_READINGS = 800
_MOST_COLUMNS_READ = 26_000  # by all readings together: in a wide table each takes seconds

Guess = TypeVar("Guess")


@dataclass(frozen=True)
class Reading:
    """A table read with other labels, what to say of the labels that were changed, and whether the search was cut."""

    table: Table
    examined: Examined | None
    findings: tuple[Finding, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Use:
    """A column's commonest formula: whether it is right, and the quantities it has to do with, its own among them."""

    right: bool
    touched: frozenset[str]


def settle_labels(table: Table, source: Source) -> Reading:
    """Return the table as it makes most sense, with a finding for each label that had to be read differently.

    A label that means nothing is read by what its column does, and is no finding. The search is bounded; where it
    ends early and formulas still look wrong, the reading says so.
    """
    patience = Patience(table)
    best = _with_unnamed(Reading(table, examine(table, source)), source, patience)
    fewest = _score(best.examined)
    if table.repeated or fewest.wrong >= _GAIN:
        best, fewest = _relabelled(best, fewest, source, patience)
    if patience.lost and fewest.wrong:
        said = f"some formulas look wrong, and {patience.most} readings of its labels did not settle why"
        best = replace(best, complaints=(f"sheet {table.sheet.name}, row {table.header_row}: {said}",))
    return best


class Patience:
    """How many more readings of a table may be tried.

    Args:
        table: the table; the wider it is, the longer each reading takes.
    """

    def __init__(self, table: Table) -> None:
        self.most = self._left = max(1, min(_MOST_READINGS, _MOST_COLUMNS_READ // len(table.columns)))
        self.lost = False

    def limit(self, guesses: Iterable[Guess]) -> Iterator[Guess]:
        """Yield guesses while patience lasts; note whether one had to be left out."""
        for guess in guesses:
            if not self._left:
                self.lost = True
                return
            self._left -= 1
            yield guess


def _relabelled(best: Reading, fewest: "Score", source: Source, patience: Patience) -> "tuple[Reading, Score]":
    """Try the labels that may be meant instead of a repeated or swapped one."""
    table = best.table
    for guess in patience.limit(chain(_unrepeated(best), _swapped(best))):
        reading = replace(guess, examined=examine(guess.table, source))
        score = _score(reading.examined)
        if score.wrong < fewest.wrong - (_GAIN - 1) or (score <= fewest and table.repeated and not best.findings):
            best, fewest = reading, score
        if fewest.wrong == 0 and best.findings:
            break
    return best, fewest


def _with_unnamed(reading: Reading, source: Source, patience: Patience) -> Reading:
    """Read columns whose label means nothing as what is missing, where that makes more formulas right."""
    for column in _unnamed(reading.table):
        guesses = [_renamed(reading, {name: column}, source) for name in patience.limit(_missing(reading))]
        best = min(guesses, key=lambda guess: _score(guess.examined), default=reading)
        if _score(best.examined) < _score(reading.examined):
            reading = best
    left = [column for column in _unnamed(reading.table) if (reading.table.at(column).formulas < 0).all()]
    network = reading.examined.model.network if reading.examined else None
    data = [name for name in _missing(reading) if network and network.repeats_with_samples(name)]
    if left and len(left) == len(data):  # typed inputs or targets show only together what they are
        guess = _renamed(reading, dict(zip(data, left, strict=True)), source)
        if _score(guess.examined) < _score(reading.examined):
            return guess
    return reading


def _renamed(reading: Reading, columns: dict[str, int], source: Source) -> Reading:
    table = reading.table.relabelled({**reading.table.columns, **columns})
    return Reading(table, examine(table, source))


class Score(NamedTuple):
    """How well a reading fits: of how many columns the commonest formula is wrong, and, negated, right."""

    wrong: int
    less_right: int


def _score(examined: Examined | None) -> Score:
    uses = _uses(examined)
    if uses is None:
        return Score(_UNREADABLE, 0)
    wrong = sum(not use.right for use in uses.values())
    return Score(wrong, wrong - len(uses))


def _uses(examined: Examined | None) -> dict[str, Use] | None:
    """Look at the commonest formula of each column; None where the table cannot be read so."""
    if examined is None:
        return None
    table = examined.model.table
    uses = {}
    for verdict in sorted(examined.verdicts, key=lambda each: len(each.group.rows)):
        places = [piece.area for piece in verdict.pieces if piece.area and piece.area.sheet == table.sheet.name]
        touched = {table.holds(area.first_row, area.first_column) for area in places}
        uses[verdict.group.name] = Use(verdict.right, frozenset(filter(None, touched)) | {verdict.group.name})
    return uses


def _unrepeated(reading: Reading) -> Iterator[Reading]:
    """Yield the table with a label that stands there twice read as one that is missing."""
    table = reading.table
    for column, label in table.repeated.items():
        for name in _missing(reading):
            yield _with(table, {**table.columns, name: column}, {column: (label, name)})
            other = table.columns[label]
            yield _with(table, {**table.columns, name: other, label: column}, {other: (label, name)})


def _swapped(reading: Reading) -> Iterator[Reading]:
    """Yield the table with two labels swapped, where that could make all wrong columns right and no right one wrong."""
    table = reading.table
    uses = (_uses(reading.examined) or {}).values()
    wrong, right = ([use.touched for use in uses if use.right is kind] for kind in (False, True))
    pairs = _exchangeable(table.columns, wrong, right)
    for first, second in sorted(sorted(map(table.columns.__getitem__, pair)) for pair in pairs):
        one, other = table.names[first], table.names[second]
        yield _with(table, {**table.columns, one: second, other: first}, {first: (one, other), second: (other, one)})


def _exchangeable(
    names: Iterable[str], wrong: list[frozenset[str]], right: list[frozenset[str]]
) -> set[frozenset[str]]:
    """Find the pairs of names of which every wrong formula touches one at least, and every right one both or none."""
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


def _with(table: Table, columns: dict[str, int], changed: dict[int, tuple[str, str]]) -> Reading:
    findings = []
    for column, (label, name) in changed.items():
        text = table.sheet.texts.get((table.header_row, column), label)
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
    return Reading(table.relabelled(columns), None, tuple(findings))


def _missing(reading: Reading) -> list[str]:
    """List the names that a table of its network should have and has not; or, if that is not known, may have."""
    table, examined = reading.table, reading.examined
    if examined is not None:
        return [name for name in examined.model.network.usual if name not in table.columns]
    families: dict[str, set[int]] = {}
    for name in table.columns:
        match = re.fullmatch(r"(.*?)(\d+)", name)
        if match:
            families.setdefault(match[1], set()).add(int(match[2]))
    expected = [f"{prefix}{number}" for prefix, numbers in families.items() for number in range(1, max(numbers) + 2)]
    return [name for name in expected if name not in table.columns]


def _unnamed(table: Table) -> list[int]:
    """Find columns inside the table whose label means nothing, though most of their cells are live."""
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
