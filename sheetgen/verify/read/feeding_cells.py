"""The cells outside a table that feed it: the learning rate, inputs, targets, biases and first weights."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.formula import Area, UnreadableFormulaError, areas, take_apart
from sheetgen.types import Place
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.network_shape import Network
from sheetgen.verify.read.tables import Table


class Feed(NamedTuple):
    """What a cell outside the table supplies: a quantity, its sample (0 if it has none), and the cell's number."""

    name: str
    sample: int = 0
    number: float | None = None


def references(table: Table, template: int, row: int, book: LabelledSheets) -> list[Area]:
    """List what a template refers to in a row; empty if it cannot be read."""
    formula = "=" + table.sheet.templates[template].at(row)
    try:
        return areas(take_apart(formula, table.sheet.name, row, book.surroundings))
    except UnreadableFormulaError:
        return []


def labelled_cells(table: Table, book: LabelledSheets) -> Iterator[tuple[Place, str]]:
    """Find the numbers outside the table that its formulas refer to, and the quantities that their labels name."""
    seen: set[Place] = set()
    for name in table.columns:
        for template, steps in table.column(name).by_template():
            for area in references(table, template, table.first_row + int(steps[0]), book):
                place = area.corner
                if _is_outside(table, area) and place not in seen and book.number(*place) is not None:
                    seen.add(place)
                    label = book.label_of(*place)
                    if label:
                        yield place, label


def _is_outside(table: Table, area: Area) -> bool:
    """Tell whether a reference is to a single cell outside the table."""
    inside = area.sheet == table.sheet.name and table.holds(area.first_row, area.first_column)
    return area.is_cell and not inside


def find_learning_rate(table: Table, network: Network, book: LabelledSheets) -> Place | None:
    """Find the cell that holds η: the one that at least half of the updates refer to, or else one with its label."""
    cells = Counter(_outside_of_updates(table, network, book))
    numbers = Counter({place: count for place, count in cells.items() if book.number(*place) is not None})
    votes = numbers or cells
    labelled = list(_labelled_rates(table, book))
    if votes:
        place, count = votes.most_common(1)[0]
        if 2 * count >= sum(votes.values()) or not labelled:
            return place
    behind = Counter(area.corner for place in votes for area in _refers_to(place, book))
    return max(labelled, key=lambda place: (place in votes, behind[place]), default=None)


def _refers_to(place: Place, book: LabelledSheets) -> list[Area]:
    """List what the formula of a cell refers to, such as that of a column of steps."""
    cell = book.cell(*place)
    if cell is None or cell.formula is None:
        return []
    try:
        return areas(take_apart(cell.formula, place[0], place[1], book.surroundings))
    except UnreadableFormulaError:
        return []


def _outside_of_updates(table: Table, network: Network, book: LabelledSheets) -> Iterator[Place]:
    """Yield, once for each row and weight, the cells outside the table that updates refer to."""
    for name in network.trained:
        if name not in table.columns:
            continue
        for template, steps in table.column(name).by_template():
            rows = steps[steps > 0] + table.first_row
            fixed = _is_fixed(table, template)
            for row in rows[:1] if fixed else rows:
                for area in references(table, template, int(row), book):
                    if _is_outside(table, area):
                        place = area.corner
                        yield from [place] * (len(rows) if fixed else 1)


def _is_fixed(table: Table, template: int) -> bool:
    """Tell whether all copies of an update refer to the same cells, apart from their own row and the one above."""
    return set(table.sheet.templates[template].offsets) <= {0, -1}


def _labelled_rates(table: Table, book: LabelledSheets) -> Iterator[Place]:
    sheet = table.sheet
    for row, column in sorted(sheet.texts):
        if book.label_of(sheet.name, row, column + 1) != "eta" or row >= table.header_row:
            continue
        for step in range(1, 4):
            place = (sheet.name, row, column + step)
            if book.number(*place) is not None:
                yield place
                break


def find_feeds(table: Table, network: Network, samples: int, book: LabelledSheets) -> dict[Place, Feed]:
    """Find the cells that inputs, targets and first weights come from: those that most rows of a column refer to."""
    votes: dict[Place, Counter[Feed]] = {}
    for name in (*network.data, *network.trained):
        if name not in table.columns:
            continue
        formulas = table.column(name).formulas
        steps = [0] if name in network.trained else np.flatnonzero(formulas >= 0).tolist()
        period = samples if network.repeats_with_samples(name) else 1
        steps = [step for step in steps if formulas[step] >= 0]
        for place, sample, count in _taken_from(table, name, steps, period, book):
            votes.setdefault(place, Counter())[Feed(name, sample)] += count
    known = {*network.data, *network.trained}
    return {place: _usual(feeds, book.label_of(*place), known) for place, feeds in votes.items()}


def _usual(feeds: "Counter[Feed]", label: str | None, known: set[str]) -> Feed:
    """Choose what a cell feeds: what its label says, even if most formulas use it for something else."""
    usual = feeds.most_common(1)[0][0]
    fitting = [feed for feed in feeds if feed.name == label]
    if fitting:
        return fitting[0]
    return Feed(label, usual.sample) if label in known and label is not None else usual


def _taken_from(
    table: Table, name: str, steps: list[int], period: int, book: LabelledSheets
) -> Iterator[tuple[Place, int, int]]:
    """Yield the cells outside the table that a column refers to, with the sample and the number of rows."""
    formulas = table.column(name).formulas
    seen = Counter((int(formulas[step]), step % period) for step in steps)
    copies = Counter(int(formulas[step]) for step in steps)
    for (template, sample), count in seen.items():
        found = references(table, template, table.first_row, book)
        if not table.sheet.templates[template].offsets and len(found) == 1 and found[0].is_cell:
            yield (found[0].sheet, found[0].first_row, found[0].first_column), sample, count
    for step in steps:
        template = int(formulas[step])
        if table.sheet.templates[template].offsets:  # a copy that slides down a list: each row has a cell of its own
            found = references(table, template, table.first_row + step, book)
            if len(found) == 1 and _is_outside(table, found[0]):
                place = (found[0].sheet, found[0].first_row, found[0].first_column)
                yield place, step % period, copies[template]
