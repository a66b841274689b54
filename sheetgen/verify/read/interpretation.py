"""What a table claims to be: its network, its samples, and the cells outside it that feed it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from sheetgen.spreadsheet.opened_workbook import Kind
from sheetgen.types import Array, Mask, Place
from sheetgen.verify.findings import Finding
from sheetgen.verify.read.feeding_cells import Feed, find_feeds, find_learning_rate, labelled_cells
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.network_shape import (
    Biases,
    Network,
    class_activations,
    layer_biases,
    numbered_biases,
    read_biases,
    read_shape,
)
from sheetgen.verify.read.tables import DenseColumn, Table

_MOST_SAMPLES = 64
_SOME_ODD = 0.15
_HALF = 0.5
_OFTEN = 5


@dataclass(frozen=True)
class Reading:
    """One way to read a table: the first phase of judging it.

    Attributes:
        table: the table.
        network: its network.
        samples: the number of rows after which the inputs and targets repeat.
        eta: the cell of the learning rate, or None.
        rate: the learning rate as the file holds it; None if there is none.
        rate_is_typed: whether it is written into the formulas, so that no cell holds it.
        feeds: what the cells outside the table supply, by place.
        label_findings: the findings on labels that had to be changed.
        complaints: what the labels leave unclear.
    """

    table: Table
    network: Network
    samples: int
    eta: Place | None = None
    rate: float | None = None
    rate_is_typed: bool = False
    feeds: dict[Place, Feed] = field(default_factory=dict)
    label_findings: tuple[Finding, ...] = ()
    complaints: tuple[str, ...] = ()

    @cached_property
    def judged(self) -> Collection[str]:
        """The quantities of the columns that are judged, in the order of the columns."""
        known = self.network.quantities
        ordered = sorted(self.table.columns, key=self.table.columns.__getitem__)
        return dict.fromkeys(name for name in ordered if name in known)

    @cached_property
    def given(self) -> Collection[str]:
        """The quantities that no formula of their own row computes, in order: the data, and what an update changes."""
        return dict.fromkeys((*self.network.data, *self.network.trained))

    @property
    def typed_rate(self) -> float | None:
        """The learning rate that is written into the formulas, or None where a cell holds it."""
        return self.rate if self.rate_is_typed else None

    def sample(self, row: int) -> int:
        """Return the sample that a row shows, counted from 0."""
        return (row - self.table.first_row) % self.samples

    def is_given(self, name: str, row: int) -> bool:
        """Tell whether a cell holds what the experiment starts from, rather than a result."""
        return name in self.network.data or (name in self.network.trained and row == self.table.first_row)


def read_table(table: Table, book: LabelledSheets) -> Reading | None:
    """Read a table's network, samples, learning-rate cell and feeding cells; None if its shape is not clear.

    The activation functions and the loss are not read yet: the class's are assumed.
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
    samples = _samples(table, network)
    eta = find_learning_rate(table, network, book)
    rate = book.number(*eta) if eta is not None else _rate_in_column(table)
    labelled = {place: label for place, label in labelled_cells(table, book) if place != eta}
    network, feeds = _labelled_feeds(network, labelled)
    feeds |= find_feeds(table, network, samples, book)
    numbered = {place: feed._replace(number=book.number(*place)) for place, feed in feeds.items()}
    return Reading(table, network, samples, eta, rate, feeds=numbered)


def _rate_in_column(table: Table) -> float | None:
    if "eta" not in table.columns:
        return None
    column = table.column("eta")
    numbers = column.values[column.kinds == Kind.NUMBER]
    return float(numbers[0]) if len(numbers) else None


def _labelled_feeds(network: Network, labelled: dict[Place, str]) -> tuple[Network, dict[Place, Feed]]:
    """Take labelled cells outside the table at their word; if they include biases, the network has biases."""
    own: dict[str, str] = {}
    if network.biases == "none":
        labels = {label for label in labelled.values() if label[0] == "b"}
        biases, _ = read_biases(labels, network.layers)
        network = replace(network, biases=biases)
        own = _other_bias_names(biases, labels, network.layers)
    known = {*network.data, *network.bias_names.values()}
    named = {place: own.get(label, label) for place, label in labelled.items()}
    return network, {place: Feed(name) for place, name in named.items() if name in known}


def _other_bias_names(biases: Biases, labels: set[str], layers: tuple[int, ...]) -> dict[str, str]:
    """Map bias names used here to the network's own: `b3` may be `b_o1`, and `b_h1` the whole layer's `b1`."""
    in_full = any(name.startswith("b_") for name in labels)
    if biases == "neuron":
        return {} if in_full else numbered_biases(layers)
    return layer_biases(layers) if biases == "layer" and in_full else {}


def _samples(table: Table, network: Network) -> int:
    """Return the number of rows after which the data repeats, tolerating a few cells that do not fit.

    If all data comes by reference, the cells referred to decide: two samples may hold the same numbers. A period of
    more than half of the rows is accepted only from references, as numbers so far apart may be equal by chance.
    """
    columns = [table.column(name) for name in (*network.inputs, *network.targets) if name in table.columns]
    if not columns or table.rows < 2:
        return 1
    live = np.array([(column.formulas >= 0).mean() > _HALF for column in columns])
    referred = [_referred(table, column) for column in columns]
    if all(cells is not None for cells in referred):
        period = _period([cells for cells in referred if cells is not None], live, table.rows - 1)
        if period is not None:
            return period
    return _period([_rounded(column.values) for column in columns], live, table.rows // 2) or table.rows


def _period(data: list[Array], live: Mask, most: int) -> int | None:
    """Return the number of rows after which columns repeat, up to a maximum; None if they do not."""
    rows = len(data[0])
    if min(_fit(column, 1) for column in data) == 1.0:
        return 1
    # A few odd cells can be distinguished from other samples only if each sample is shown often.
    tries = ((1.0, 1, rows // 2), (1.0 - _SOME_ODD, 1, rows // _OFTEN), (1.0, rows // 2 + 1, most))
    for enough, least, last in tries:
        for period in range(least, min(_MOST_SAMPLES, last) + 1):
            fitting = np.array([_fit(column, period) >= enough for column in data])
            # If typed columns do not repeat, every row has a sample of its own; a live one may just be wrong.
            if fitting.all() or (fitting[~live].all() and fitting.mean() > _HALF):
                return period
    return None


def _referred(table: Table, column: DenseColumn) -> Array | None:
    """Number the cells that a column refers to; None unless every row has a formula, with absolute references only."""
    moving = any(table.sheet.templates[template].offsets for template, _ in column.by_template())
    if moving or (column.formulas < 0).any():
        return None
    return column.formulas.astype(np.float64)


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
