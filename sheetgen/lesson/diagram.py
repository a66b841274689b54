"""The diagram of a network as data: which number stands in which cell, and which edges are drawn between them.

Every neuron is a block of lines (its sum, its activation, …). To the right of a block stand its outgoing weights, one
per line, and an edge leads from each weight's line to the neuron that it feeds. Rows and columns count from 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from sheetgen.network import names
from sheetgen.network.experiment import Experiment
from sheetgen.network.notation import Group

# A diagram of more would fit no screen.
_MOST_WEIGHTS = 150

_MARGIN = 1
_FIRST_ROW = 9


@dataclass(frozen=True)
class Entry:
    """A line of a neuron's block: a quantity and the part of the table it belongs to."""

    name: str
    group: Group


@dataclass(frozen=True)
class Node:
    """A block of lines. Its names stand in `column`, their values one column to the right."""

    layer: int
    number: int
    row: int
    column: int
    entries: tuple[Entry, ...]

    @property
    def middle(self) -> float:
        """The height at which edges arrive, in rows from the top of the sheet."""
        return self.row + len(self.entries) / 2


@dataclass(frozen=True)
class Edge:
    """A weight's line (name, value, gradient from `column` on) and the height at which its edge ends."""

    weight: names.Weight
    row: int
    column: int
    end: float

    @property
    def begin(self) -> float:
        """The height at which the edge starts, in rows from the top of the sheet."""
        return self.row + 0.5


@dataclass(frozen=True)
class Diagram:
    """The diagram of one network."""

    experiment: Experiment

    @property
    def fits(self) -> bool:
        """Whether the network is small enough for a diagram."""
        return len(self.experiment.weights) <= _MOST_WEIGHTS

    @property
    def widths(self) -> tuple[float, ...]:
        """The widths of the sheet's columns, in characters."""
        band = (7.5, 11, 13, 17)  # a weight's name, value and gradient, and the space in which its edge is drawn
        block = (9.5, 12)
        return (2, *(block + band) * (len(self.experiment.layers) - 1), *block, 5, *block)

    def column(self, layer: int) -> int:
        """The column of a layer's names; layer `len(layers)` is the error's."""
        last = len(self.experiment.layers) - 1
        return _MARGIN + 6 * layer if layer <= last else _MARGIN + 6 * last + 3

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All neurons, layer by layer, and the total error as the last one."""
        return tuple(node for layer in range(len(self.experiment.layers) + 1) for node in self._layer(layer))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """One edge per weight, in the order of the weights."""
        nodes = {(node.layer, node.number): node for node in self.nodes}
        edges = []
        for weight in names.weights(self.experiment.layers):
            source, target = nodes[weight.layer - 1, weight.source], nodes[weight.layer, weight.target]
            edges.append(Edge(weight, source.row + weight.target - 1, source.column + 2, target.middle))
        return tuple(edges)

    @property
    def first_row(self) -> int:
        """The row of the columns' headings; the diagram begins below."""
        return _FIRST_ROW - 1

    @property
    def end_row(self) -> int:
        """The first row below the diagram."""
        return _FIRST_ROW + (max(map(sum, self._heights)) if self.fits else 1)

    def _layer(self, layer: int) -> Iterator[Node]:
        heights = self._heights[layer]
        top = _FIRST_ROW + (max(map(sum, self._heights)) - sum(heights)) // 2
        for number, above in enumerate(accumulate(heights[:-1], initial=0), start=1):
            yield Node(layer, number, top + above, self.column(layer), self._entries(layer, number))

    @cached_property
    def _heights(self) -> list[list[int]]:
        """How many rows each block takes, with an empty one below."""
        layers = self.experiment.layers
        leaving = [*layers[1:], 0, 0]
        counts = [*layers, 1]
        return [
            [max(len(self._entries(layer, number)), leaving[layer]) + 1 for number in range(1, count + 1)]
            for layer, count in enumerate(counts)
        ]

    def _entries(self, layer: int, number: int) -> tuple[Entry, ...]:
        experiment, layers = self.experiment, self.experiment.layers
        last = len(layers) - 1
        if layer > last:
            total = [Entry("E_total", Group.ERROR)]
            return (*total, Entry("E_mean", Group.ERROR)) if len(experiment.pairs) > 1 else tuple(total)
        if layer == 0:
            return (Entry(f"i{number}", Group.DATA),)
        neuron = names.neuron(layers, layer, number)
        bias = names.bias(layers, layer, number)
        entries = [Entry(bias, Group.WEIGHTS)] if experiment.biases else []
        entries += [Entry(neuron, Group.FORWARD), Entry(f"a_{neuron}", Group.FORWARD)]
        if layer == last:
            entries += [Entry(f"t{number}", Group.DATA), Entry(f"E{number}", Group.ERROR)]
        entries.append(Entry(names.gradient(neuron), Group.GRADIENTS))
        if experiment.train_biases:
            entries.append(Entry(names.gradient(bias), Group.GRADIENTS))
        return tuple(entries)
