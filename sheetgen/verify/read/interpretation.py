"""What a table is read as: its network, its samples, and the cells outside of it that feed it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.formula import Area, UnreadableFormulaError, areas, take_apart
from sheetgen.spreadsheet.workbook import Kind
from sheetgen.verify.read.network_shape import (
    Biases,
    Network,
    class_activations,
    layer_biases,
    numbered_biases,
    read_biases,
    read_shape,
)
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.read.tables import Table

Place = tuple[str, int, int]
Array = NDArray[np.float64]

_MOST_SAMPLES = 64
_SOME_ODD = 0.15
_HALF = 0.5
_OFTEN = 5


@dataclass(frozen=True)
class Feed:
    """What a cell outside of the table hands in: a quantity, and the sample it belongs to (0 for all others)."""

    name: str
    sample: int = 0


@dataclass(frozen=True)
class Model:
    """A table and what it is read as.

    Attributes:
        table: the table.
        network: its network.
        samples: after how many rows the inputs and targets repeat.
        eta: the cell of the learning rate, or None.
        fixed_eta: the learning rate where it is written into the formulas instead.
        feeds: cells outside of the table, by place.
    """

    table: Table
    network: Network
    samples: int
    eta: Place | None = None
    fixed_eta: float | None = None
    feeds: dict[Place, Feed] = field(default_factory=dict)

    def sample(self, row: int) -> int:
        """Return which sample a row shows, from 0."""
        return (row - self.table.first_row) % self.samples

    def is_given(self, name: str, row: int) -> bool:
        """Tell whether a cell holds what the experiment starts from, rather than a result."""
        return name in self.network.data or (name in self.network.trained and row == self.table.first_row)


def read_model(table: Table, source: Source) -> Model | None:
    """Read a table's network, samples, learning-rate cell and feeding cells; None where its shape cannot be told.

    The activation functions and the loss are not read yet: they are the class's.
    """
    labels = {name for name in table.columns if name not in ("eta", "iteration")}
    layers = read_shape(labels)
    if layers is None:
        return None
    biases, train = read_biases(labels, layers)
    network = Network(layers, class_activations(layers), "half squared error", biases, train)
    own = _other_bias_names(biases, labels, layers)
    if own:
        own |= {f"∂E/∂{plain}": f"∂E/∂{full}" for plain, full in own.items()}
        table = table.relabelled({own.get(name, name): column for name, column in table.columns.items()})
    model = Model(table, network, _samples(table, network))
    model = replace(model, eta=_learning_rate(model, source))
    return _with_feeds(model, source)


def _with_feeds(model: Model, source: Source) -> Model:
    """Add the cells outside of the table that feed it; labelled biases among them make the network one with biases."""
    labelled = dict(_labelled(model, source))
    network = model.network
    if network.biases == "none":
        labels = {label for label in labelled.values() if label[0] == "b"}
        biases, _ = read_biases(labels, network.layers)
        network = replace(network, biases=biases)
        own = _other_bias_names(biases, labels, network.layers)
    else:
        own = {}
    known = {*network.data, *network.bias_names.values()}
    feeds = {place: Feed(own.get(label, label)) for place, label in labelled.items() if own.get(label, label) in known}
    return replace(model, network=network, feeds=feeds | dict(_feeds(model, source)))


def _other_bias_names(biases: Biases, labels: set[str], layers: tuple[int, ...]) -> dict[str, str]:
    """Return what biases are called here and in the network: `b3` may be `b_o1`, and `b_h1` the whole layer's `b1`."""
    in_full = any(name.startswith("b_") for name in labels)
    if biases == "neuron":
        return {} if in_full else numbered_biases(layers)
    return layer_biases(layers) if biases == "layer" and in_full else {}


def _labelled(model: Model, source: Source) -> Iterator[tuple[Place, str]]:
    """Find the numbers outside of the table that its formulas refer to, and what the labels beside them mean."""
    table = model.table
    seen: set[Place] = set()
    for name in table.columns:
        column = table.column(name)
        for template in np.unique(column.formulas[column.formulas >= 0]):
            row = table.first_row + int(np.flatnonzero(column.formulas == template)[0])
            for area in references(table, int(template), row, source):
                place = (area.sheet, area.first_row, area.first_column)
                inside = area.sheet == table.sheet.name and table.holds(area.first_row, area.first_column)
                if area.is_cell and not inside and place not in seen and source.number(*place) is not None:
                    seen.add(place)
                    label = source.label_of(*place)
                    if label and place != model.eta:
                        yield place, label


def references(table: Table, template: int, row: int, source: Source) -> list[Area]:
    """List what a template refers to in a row; nothing where it cannot be read."""
    formula = "=" + table.sheet.templates[template].at(row)
    try:
        return areas(take_apart(formula, table.sheet.name, row, source.surroundings))
    except UnreadableFormulaError:
        return []


def _samples(table: Table, network: Network) -> int:
    """Tell after how many rows the data repeats, in spite of a few cells that do not fit."""
    names = [name for name in (*network.inputs, *network.targets) if name in table.columns]
    if not names or table.rows < 2:
        return 1
    data = [_rounded(table.column(name).values) for name in names]
    live = np.array([(table.column(name).formulas >= 0).mean() > _HALF for name in names])
    if min(_fit(column, 1) for column in data) == 1.0:
        return 1
    most = min(_MOST_SAMPLES, table.rows // 2)
    for enough in (1.0, 1.0 - _SOME_ODD):
        # A few odd cells can be told from other samples only where each sample is shown often.
        for period in range(1, most + 1 if enough == 1.0 else table.rows // _OFTEN + 1):
            fitting = np.array([_fit(column, period) >= enough for column in data])
            # Typed columns that do not repeat show that every row has a sample of its own; a live one may be wrong.
            if fitting.all() or (fitting[~live].all() and fitting.mean() > _HALF):
                return period
    return table.rows


def _fit(column: Array, period: int) -> float:
    """Return the share of cells that equal the commonest value of their sample."""
    known = [part[np.isfinite(part)] for part in (column[phase::period] for phase in range(period))]
    common = sum(int(np.unique(part, return_counts=True)[1].max()) for part in known if len(part))
    cells = sum(map(len, known))
    return common / cells if cells else 1.0


def _rounded(values: Array) -> Array:
    """Round to nine digits: filling down a typed 0.99 makes Excel write 0.989999999999998 further below."""
    with np.errstate(all="ignore"):
        unit = 10.0 ** (np.floor(np.log10(np.abs(values))) - 8)
        return np.where(np.isfinite(unit) & (unit > 0), np.round(values / unit) * unit, values)


def _learning_rate(model: Model, source: Source) -> Place | None:
    """Find the cell that the updates take η from: by what most of them refer to, confirmed or else by its label."""
    cells = Counter(_outside_of_updates(model, source))
    numbers = Counter({place: count for place, count in cells.items() if source.number(*place) is not None})
    votes = numbers or cells
    labelled = list(_labelled_rates(model, source))
    if votes:
        place, count = votes.most_common(1)[0]
        if 2 * count >= sum(votes.values()) or not labelled:
            return place
    return next((place for place in labelled if place in votes), labelled[0] if labelled else None)


def _outside_of_updates(model: Model, source: Source) -> Iterator[Place]:
    """Yield, once for each row and weight, the cells outside of the table that updates refer to."""
    table = model.table
    for name in model.network.trained:
        if name not in table.columns:
            continue
        formulas = table.column(name).formulas[1:]
        for template in np.unique(formulas[formulas >= 0]):
            rows = np.flatnonzero(formulas == template) + table.first_row + 1
            fixed = _is_fixed(table, int(template))
            for row in rows[:1] if fixed else rows:
                for area in references(table, int(template), int(row), source):
                    place = (area.sheet, area.first_row, area.first_column)
                    inside = area.sheet == table.sheet.name and table.holds(area.first_row, area.first_column)
                    if area.is_cell and not inside:
                        yield from [place] * (len(rows) if fixed else 1)


def _is_fixed(table: Table, template: int) -> bool:
    """Tell whether all copies of an update refer to the same cells outside of the rows just above."""
    return set(table.sheet.templates[template].offsets) <= {0, -1}


def _labelled_rates(model: Model, source: Source) -> Iterator[Place]:
    sheet = model.table.sheet
    for row, column in sorted(sheet.texts):
        if source.label_of(sheet.name, row, column + 1) != "eta" or row >= model.table.header_row:
            continue
        for step in range(1, 4):
            place = (sheet.name, row, column + step)
            if source.number(*place) is not None:
                yield place
                break


def _feeds(model: Model, source: Source) -> Iterator[tuple[Place, Feed]]:
    """Find the cells that inputs, targets and first weights are taken from: what most rows of a column refer to."""
    table = model.table
    votes: dict[Place, Counter[Feed]] = {}
    for name in (*model.network.data, *model.network.trained):
        if name not in table.columns:
            continue
        formulas = table.column(name).formulas
        rows = [0] if name in model.network.trained else np.flatnonzero(formulas >= 0).tolist()
        for place, sample, count in _taken_from(model, source, name, [row for row in rows if formulas[row] >= 0]):
            votes.setdefault(place, Counter())[Feed(name, sample)] += count
    for place, feeds in votes.items():
        usual, label = feeds.most_common(1)[0][0], source.label_of(*place)
        fitting = [feed for feed in feeds if feed.name == label]
        if fitting:
            yield place, fitting[0]
        elif label and (label in model.network.data or label in model.network.trained):
            yield place, Feed(label, usual.sample)  # then what takes it for something else is wrong
        else:
            yield place, usual


def _taken_from(model: Model, source: Source, name: str, rows: list[int]) -> Iterator[tuple[Place, int, int]]:
    """Yield the outside cells that rows of a column refer to, the sample, and how many rows do."""
    table = model.table
    formulas = table.column(name).formulas
    seen: Counter[tuple[int, int]] = Counter()
    period = model.samples if model.network.repeats_with_samples(name) else 1
    for row in rows:
        seen[int(formulas[row]), row % period] += 1
    for (template, sample), count in seen.items():
        if table.sheet.templates[template].offsets:
            continue
        found = references(table, template, table.first_row, source)
        if len(found) == 1 and found[0].is_cell:
            yield (found[0].sheet, found[0].first_row, found[0].first_column), sample, count


def learning_rate(model: Model, source: Source) -> float | None:
    """Return the learning rate as the file holds it."""
    if model.eta is not None:
        return source.number(*model.eta)
    if "eta" in model.table.columns:
        column = model.table.column("eta")
        numbers = column.values[column.kinds == Kind.NUMBER]
        return float(numbers[0]) if len(numbers) else None
    return model.fixed_eta
