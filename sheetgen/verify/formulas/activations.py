"""Which activation functions and which loss a table uses: told from what its formulas, or its numbers, do."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import get_args

import numpy as np

from sheetgen.network import names
from sheetgen.network.experiment import Activation, Loss
from sheetgen.types import Value
from sheetgen.verify.formulas.equivalence import SEEDS, Probe, Tried, agrees
from sheetgen.verify.formulas.groups import Group
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.network_shape import Network

_ENOUGH_DIGITS = 1e-5
_ROUNDING, _MOST_DIGITS = 1e-15, 15
_MORE_SEEDS = tuple(range(max(SEEDS) + 1, max(SEEDS) + 17))

_ACTIVATIONS: dict[Activation, Callable[[float], float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "linear": lambda z: z,
}
_LOSSES: dict[Loss, Callable[[float, float], float]] = {
    "half squared error": lambda t, a: 0.5 * (t - a) ** 2,
    "binary cross-entropy": lambda t, a: -(t * math.log(a) + (1 - t) * math.log(1 - a)),
}


def read_functions(reading: Reading, book: LabelledSheets, groups: list[Group]) -> Reading:
    """Return the reading with the activation of each layer and the loss that most of the table's cells show.

    Where nothing fits, the class's sigmoid and ½(t−a)² stay, so that the cells are judged by them.
    """
    told = [_activation(reading, book, layer, groups) for layer in range(1, len(reading.network.layers))]
    loss = _loss(reading, book, groups)
    network = replace(
        reading.network, activations=tuple(kind or "sigmoid" for kind in told), loss=loss or "half squared error"
    )
    guesses = [network]
    for layer, kind in enumerate(told):
        if kind is None:
            guesses += [_with_activation(network, layer, other) for other in get_args(Activation)]
    if loss is None:
        guesses += [replace(network, loss=other) for other in get_args(Loss)]
    return replace(reading, network=_by_gradients(reading, book, groups, guesses) if len(guesses) > 1 else network)


def _with_activation(network: Network, layer: int, kind: Activation) -> Network:
    kinds = list(network.activations)
    kinds[layer] = kind
    return replace(network, activations=tuple(kinds))


def _by_gradients(reading: Reading, book: LabelledSheets, groups: list[Group], guesses: list[Network]) -> Network:
    """Choose the network that the gradients were worked out for; the first one where they do not say."""
    gradients = [group for group in groups if group.name.startswith("∂E/∂")]

    def right(network: Network) -> int:
        verdicts = Probe(replace(reading, network=network), book).judge(gradients)
        return sum(verdict.right for verdict in verdicts)

    return max(guesses, key=right)


def read_typed_rate(reading: Reading, book: LabelledSheets, groups: list[Group]) -> Reading:
    """Return the reading with the learning rate that is typed into the updates, where no cell holds one."""
    if reading.eta is not None or "eta" in reading.table.columns:
        return reading
    first = reading.table.first_row
    groups = [group for group in groups if group.name in reading.network.trained and group.row > first]
    weights = _tried(reading, book, [(group, group.name) for group in groups], above=1)
    slopes = _tried(reading, book, [(group, names.gradient(group.name)) for group in groups], above=1)
    votes: Counter[float] = Counter()
    for group, (results, before), (_, gradients) in zip(groups, weights, slopes, strict=True):
        rate = _typed_rate(results, before, gradients)
        if rate is not None:
            votes[rate] += len(group.rows)
    return replace(reading, rate=votes.most_common(1)[0][0], rate_is_typed=True) if votes else reading


def _typed_rate(results: Sequence[Value], before: Sequence[float], gradients: Sequence[float]) -> float | None:
    """Return the shortest number that, times the gradients, explains what an update does; None where none does.

    Where a neuron is dead its gradients are 0, and the update says nothing about the rate.
    """
    numbers = [result for result in results if isinstance(result, float)]
    if len(numbers) < len(results) or not any(gradients):
        return None
    above, slopes = np.array(before), np.array(gradients)
    steps = above - np.array(numbers)
    rounding = _ROUNDING * (np.abs(above) + np.abs(numbers))
    steepest = int(np.abs(slopes).argmax())
    rate = float(steps[steepest] / slopes[steepest])
    shortened = (float(f"{rate:.{digits}g}") for digits in range(1, _MOST_DIGITS + 1))
    fitting = (each for each in shortened if each > 0 and (np.abs(steps - each * slopes) <= rounding).all())
    return next(fitting, None)


def _activation(reading: Reading, book: LabelledSheets, layer: int, groups: list[Group]) -> Activation | None:
    neurons = {
        names.output_of(reading.network.layers, layer, number): names.neuron(reading.network.layers, layer, number)
        for number in names.neurons(reading.network.layers, layer)
    }
    pairs = [(group, neurons[group.name]) for group in groups if group.name in neurons]
    if not pairs:
        shown = Counter(_by_value(reading, neurons))
        return shown.most_common(1)[0][0] if shown else None
    votes: Counter[Activation] = Counter()
    for (group, _), kinds in zip(pairs, _fitting(reading, book, pairs), strict=True):
        votes.update(dict.fromkeys(kinds, len(group.rows)))
    return votes.most_common(1)[0][0] if votes else None


def _fitting(reading: Reading, book: LabelledSheets, pairs: list[tuple[Group, str]]) -> list[list[Activation]]:
    """Return the activation functions that each group's formula may be, of the weighted sum beside it."""
    found = _fitting_on(reading, book, pairs, SEEDS)
    unsettled = [at for at, kinds in enumerate(found) if len(kinds) > 1]
    # A rectifier differs from the identity only where a sum is negative, which the first few need not be.
    again = _fitting_on(reading, book, [pairs[at] for at in unsettled], _MORE_SEEDS) if unsettled else []
    for at, kinds in zip(unsettled, again, strict=True):
        found[at] = [kind for kind in found[at] if kind in kinds]
    return found


def _fitting_on(
    reading: Reading, book: LabelledSheets, pairs: list[tuple[Group, str]], seeds: tuple[int, ...]
) -> list[list[Activation]]:
    return [
        [
            kind
            for kind, function in _ACTIVATIONS.items()
            if all(agrees(result, function(z)) for result, z in zip(results, sums, strict=True))
        ]
        for results, sums in _tried(reading, book, pairs, seeds=seeds)
    ]


def _loss(reading: Reading, book: LabelledSheets, groups: list[Group]) -> Loss | None:
    errors = [group for group in groups if group.name[0] == "E" and group.name[1:].isdecimal()]
    outputs = _tried(reading, book, [(group, f"a_o{group.name[1:]}") for group in errors])
    targets = _tried(reading, book, [(group, f"t{group.name[1:]}") for group in errors])
    votes: Counter[Loss] = Counter()
    for group, output, target in zip(errors, outputs, targets, strict=True):
        for kind in get_args(Loss):
            if _fits_loss(kind, output, target[1]):
                votes[kind] += len(group.rows)
    return votes.most_common(1)[0][0] if votes else None


def _fits_loss(kind: Loss, tried: Tried, targets: tuple[float, ...]) -> bool:
    results, outputs = tried
    for result, target, output in zip(results, targets, outputs, strict=True):
        if kind == "binary cross-entropy" and not 0 < output < 1:
            return False
        if not isinstance(result, float) or not agrees(result, _LOSSES[kind](target, output)):
            return False
    return True


def _tried(
    reading: Reading,
    book: LabelledSheets,
    wanted: list[tuple[Group, str]],
    *,
    above: int = 0,
    seeds: tuple[int, ...] = SEEDS,
) -> list[Tried]:
    """Evaluate groups' formulas; return their results beside another quantity of the same row, or of one above."""
    probe = Probe(reading, book)
    formulas = [probe.formula(group) for group, _ in wanted]
    return probe.run(formulas, [(name, group.row - above) for group, name in wanted], seeds)


def _by_value(reading: Reading, neurons: dict[str, str]) -> Iterator[Activation]:
    """Yield the activation that pasted numbers show, once for each cell that shows it."""
    for output, neuron in neurons.items():
        if output in reading.table.columns and neuron in reading.table.columns:
            sums, values = reading.table.column(neuron).values, reading.table.column(output).values
            for z, y in zip(sums.tolist(), values.tolist(), strict=True):
                if np.isfinite(z) and np.isfinite(y) and abs(z) < 700:
                    yield from (kind for kind, f in _ACTIVATIONS.items() if abs(f(z) - y) < _ENOUGH_DIGITS)
