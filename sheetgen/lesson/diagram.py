"""The picture of a network as data: a circle for each neuron, a line for each weight, and where the numbers stand.

Coordinates are pixels from the picture's top left corner. Weights are written where their lines begin and gradients
where they end, so that with evenly spaced neurons the labels of a layer are evenly spaced too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import NamedTuple

from sheetgen.network import names
from sheetgen.network.experiment import Experiment

_MOST_WEIGHTS = 150  # a picture of more would fit no screen
_LEFT, _RIGHT, _LEAST_GAP, _MOST_GAP = 55, 1_260, 230, 430
_ERROR_GAP = 0.75  # of the distance of two layers
_LEAST_HEIGHT = 300
_LABEL = 15  # the height of a line of text
_WEIGHT, _GRADIENT, _BARE = 36, 54, 38  # half the widths of a weight, of a gradient, and of one without its name
_NARROW_GAP = 350
_FARTHEST = 0.36  # how far along its line a label may stand, seen from the nearer neuron
_BACK = 6  # how far beside a weight's line the gradient flows back


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


class Line(NamedTuple):
    """A straight line from one place to another."""

    begin: Point
    end: Point

    def at(self, part: float) -> Point:
        """The place that lies this part of the way along the line."""
        (x, y), (end_x, end_y) = self
        return Point(x + part * (end_x - x), y + part * (end_y - y))

    def beside(self, distance: float) -> "Line":
        """The parallel line at this distance, below a line that leads to the right."""
        (x, y), (end_x, end_y) = self
        length = hypot(end_x - x, end_y - y)
        across, down = -distance * (end_y - y) / length, distance * (end_x - x) / length
        return Line(Point(x + across, y + down), Point(end_x + across, end_y + down))


@dataclass(frozen=True)
class Label:
    """A quantity that is written at a place, with or without its name."""

    quantity: str
    place: Point
    named: bool = True


@dataclass(frozen=True)
class Node:
    """A neuron, or the total error: a circle with one quantity in it and others around it.

    Attributes:
        layer: counted from 0; the error's is the last neurons' plus 1.
        number: counted from 1 within the layer.
        place: the centre.
        inside: the quantity in the circle: what the neuron hands on.
        labels: the quantities above and beside the circle.
        gradient: the label of what flows back through the neuron; None for inputs and for the error.
    """

    layer: int
    number: int
    place: Point
    inside: str
    labels: tuple[Label, ...]
    gradient: Label | None


@dataclass(frozen=True)
class Edge:
    """A line from neuron to neuron, or from an output to the error, which has no weight.

    Attributes:
        weight: the weight, or None.
        line: from circle to circle.
        weight_label: where the weight is written, or None in a layer with too many of them.
        gradient_label: where its gradient is written, or None.
    """

    weight: names.Weight | None
    line: Line
    weight_label: Label | None = None
    gradient_label: Label | None = None

    @property
    def back(self) -> Line:
        """The line on which the gradient flows back."""
        return self.line.beside(_BACK)


@dataclass(frozen=True)
class Diagram:
    """The picture of one network."""

    experiment: Experiment

    @property
    def fits(self) -> bool:
        """Whether the network is small enough for a picture."""
        return len(self.experiment.weights) <= _MOST_WEIGHTS

    @property
    def radius(self) -> float:
        """The radius of the circles; smaller ones where many stand in a column."""
        return 34 if self._tallest <= 3 else 28

    @property
    def width(self) -> int:
        """The width of the picture."""
        return round(self._column(self._last + 1) + 60)

    @property
    def height(self) -> int:
        """The height of the picture: a circle needs room for the numbers above and below it."""
        texts = 2.5 + bool(self.experiment.biases)
        return max(_LEAST_HEIGHT, round(self._tallest * (2 * self.radius + texts * _LABEL))) if self.fits else 0

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All neurons, layer by layer, and the total error as the last one."""
        layers = [*self.experiment.layers, 1]
        return tuple(self._node(layer, number + 1) for layer, count in enumerate(layers) for number in range(count))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """One edge per weight, in the order of the weights, and one from each output to the error."""
        return (*self._weighted(), *self._to_the_error())

    @property
    def _last(self) -> int:
        return len(self.experiment.layers) - 1

    @property
    def _tallest(self) -> int:
        return max(self.experiment.layers)

    @property
    def _gap(self) -> float:
        """The distance of two layers."""
        return min(_MOST_GAP, max(_LEAST_GAP, (_RIGHT - _LEFT - 60) / (self._last + _ERROR_GAP)))

    @property
    def _named(self) -> bool:
        """Whether there is room for the names of gradients."""
        return self._gap > _NARROW_GAP

    def _column(self, layer: int) -> float:
        return _LEFT + self._gap * (layer if layer <= self._last else self._last + _ERROR_GAP)

    def _place(self, layer: int, number: int) -> Point:
        count = self.experiment.layers[layer] if layer <= self._last else 1
        lower = _LABEL / 2 if self.experiment.biases else 0  # as there are more numbers above a circle than below it
        return Point(self._column(layer), self.height * (number - 0.5) / count + lower)

    def _node(self, layer: int, number: int) -> Node:
        place = self._place(layer, number)
        name = "" if layer > self._last else names.neuron(self.experiment.layers, layer, number)
        if layer > self._last:
            mean = (Label("E_mean", self._above(place)),) if len(self.experiment.pairs) > 1 else ()
            return Node(layer, number, place, "E_total", mean, None)
        if layer == 0:
            return Node(layer, number, place, name, (), None)
        inside = names.output_of(self.experiment.layers, layer, number)
        below = Label(names.gradient(name), Point(place.x, place.y + self.radius + 0.65 * _LABEL), self._named)
        return Node(layer, number, place, inside, tuple(self._labels(layer, number, place)), below)

    def _labels(self, layer: int, number: int, place: Point) -> Iterator[Label]:
        """The weighted sum and the bias above a circle; an output's target and error on its way to the total."""
        layers = self.experiment.layers
        yield Label(names.neuron(layers, layer, number), self._above(place))
        if self.experiment.biases:
            yield Label(names.bias(layers, layer, number), self._above(place, 1))
        if layer == self._last:
            way = Line(place, self._place(layer + 1, 1)).at(0.52)
            yield Label(f"t{number}", Point(way.x, way.y - 0.55 * _LABEL))
            yield Label(f"E{number}", Point(way.x, way.y + 0.55 * _LABEL))

    def _above(self, place: Point, line: int = 0) -> Point:
        return Point(place.x, place.y - self.radius - (0.65 + line) * _LABEL)

    def _weighted(self) -> Iterator[Edge]:
        for weight in names.weights(self.experiment.layers):
            centres = Line(self._place(weight.layer - 1, weight.source), self._place(weight.layer, weight.target))
            begin, end = (self.experiment.layers[layer] for layer in (weight.layer - 1, weight.layer))
            if begin * end * _LABEL > self.height:
                yield Edge(weight, self._between(centres))
                continue
            near, far = self._part(begin, _WEIGHT), 1 - self._part(end, _GRADIENT if self._named else _BARE)
            gradient = Label(names.gradient(weight.name), centres.at(far), self._named)
            yield Edge(weight, self._between(centres), Label(weight.name, centres.at(near)), gradient)

    def _part(self, count: int, half_width: float) -> float:
        """How far from a neuron a label stands, as a part of the way: evenly spaced, but not upon the circle."""
        return min(_FARTHEST, max(1 / (1 + count), (self.radius + half_width + 4) / self._gap))

    def _to_the_error(self) -> Iterator[Edge]:
        for number in names.neurons(self.experiment.layers, self._last):
            yield Edge(None, self._between(Line(self._place(self._last, number), self._place(self._last + 1, 1))))

    def _between(self, centres: Line) -> Line:
        """The part of a line that lies outside the circles at its ends."""
        (x, y), (end_x, end_y) = centres
        part = self.radius / hypot(end_x - x, end_y - y)
        return Line(centres.at(part), centres.at(1 - part))
