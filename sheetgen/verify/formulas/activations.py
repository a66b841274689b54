"""Which activation functions and which loss a table uses: told from what its formulas, or its numbers, do."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import numpy as np

from sheetgen.network import names
from sheetgen.network.functions import ACTIVATIONS, LOSSES, ActivationFunction, LossFunction
from sheetgen.network.names import Activation, Loss
from sheetgen.types import Value
from sheetgen.verify.formulas.equivalence import DRAWS, Probe, agrees
from sheetgen.verify.formulas.groups import Group
from sheetgen.verify.formulas.random_rows import Draw, Source
from sheetgen.verify.read.interpretation import Reading
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from sheetgen.verify.read.network_shape import Network

_ENOUGH_DIGITS = 1e-5
_ROUNDING, _MOST_DIGITS = 1e-15, 15
# Cross-entropy over several outputs comes with softmax, which no single output shows.
_LOSSES: dict[Loss, LossFunction] = {kind: function for kind, function in LOSSES.items() if kind != "cross-entropy"}
_MORE_DRAWS = tuple(Draw(seed, inputs=(-2.0, 2.0)) for seed in range(4, 16))

Kind = TypeVar("Kind", Activation, Loss, float)
Functions = dict[Kind, ActivationFunction] | dict[Kind, LossFunction]
Wanted = Sequence[tuple[Group, tuple[str, ...]]]
"""Groups of cells, each with the quantities that its formula may be a function of."""


def read_functions(reading: Reading, book: LabelledSheets, groups: list[Group]) -> Reading:
    """Return the reading with the activation of each layer and the loss that most of the table's cells show.

    Where nothing fits, the class's sigmoid and ½(t−a)² stay, so that the cells are judged by them.
    """
    probe = Probe(reading, book)
    told = [_activation(probe, reading, layer, groups) for layer in range(1, len(reading.network.layers))]
    loss = _loss(probe, groups)
    likeliest = tuple[Activation, ...](kinds[0] if kinds else "sigmoid" for kinds in told)
    network = replace(reading.network, activations=likeliest, loss=loss or "half squared error")
    guesses = [network]
    for layer, kinds in enumerate(told):
        if len(kinds) != 1:
            before, after = likeliest[:layer], likeliest[layer + 1 :]
            guesses += [replace(network, activations=(*before, other, *after)) for other in kinds or ACTIVATIONS]
    if loss is None:
        guesses += [replace(network, loss=other) for other in _LOSSES]
    return replace(reading, network=_by_gradients(reading, book, groups, guesses) if len(guesses) > 1 else network)


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
    wanted = [(group, (group.name, names.gradient(group.name))) for group in groups]
    votes: Counter[float] = Counter()
    for group, (results, (before, gradients)) in zip(
        groups, _tried(Probe(reading, book), wanted, above=1), strict=True
    ):
        rate = _typed_rate(results, before, gradients)
        if rate is not None:
            votes[rate] += len(group.rows)
    rate = _commonest(votes)
    return reading if rate is None else replace(reading, rate=rate, rate_is_typed=True)


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


def _activation(probe: Probe, reading: Reading, layer: int, groups: list[Group]) -> list[Activation]:
    """Return the functions that most cells of a layer may be: several where a sum is never negative, or none."""
    layers = reading.network.layers
    neurons = {
        names.output_of(layers, layer, number): names.neuron(layers, layer, number)
        for number in names.neurons(layers, layer)
    }
    wanted = [(group, (neurons[group.name],)) for group in groups if group.name in neurons]
    votes = _by_formula(probe, wanted, ACTIVATIONS) if wanted else _by_value(reading, neurons)
    return [kind for kind, count in votes.items() if count == max(votes.values())]


def _loss(probe: Probe, groups: list[Group]) -> Loss | None:
    errors = [group for group in groups if group.name[0] == "E" and group.name[1:].isdecimal()]
    wanted = [(group, (f"t{group.name[1:]}", f"a_o{group.name[1:]}")) for group in errors]
    return _commonest(_by_formula(probe, wanted, _LOSSES))


def _commonest(votes: "Counter[Kind]") -> Kind | None:
    return votes.most_common(1)[0][0] if votes else None


def _by_formula(probe: Probe, wanted: Wanted, functions: "Functions[Kind]") -> "Counter[Kind]":
    """Count the cells whose formulas may be each function, of the given quantities of their row."""
    found = _fitting(probe, wanted, functions, DRAWS)
    unsettled = [at for at, kinds in enumerate(found) if len(kinds) > 1]
    # A rectifier differs from the identity only where a sum is negative, which the first few need not be.
    again = _fitting(probe, [wanted[at] for at in unsettled], functions, _MORE_DRAWS) if unsettled else []
    for at, kinds in zip(unsettled, again, strict=True):
        found[at] = [kind for kind in found[at] if kind in kinds]
    votes: Counter[Kind] = Counter()
    for (group, _), kinds in zip(wanted, found, strict=True):
        votes.update(dict.fromkeys(kinds, len(group.rows)))
    return votes


def _fitting(probe: Probe, wanted: Wanted, functions: "Functions[Kind]", sources: Sequence[Source]) -> list[list[Kind]]:
    """Return the functions that each group's formula may be."""
    found = []
    for results, of in _tried(probe, wanted, sources=sources):
        with np.errstate(all="ignore"):
            given = {kind: function.value(*map(np.array, of)) for kind, function in functions.items()}
        found.append([kind for kind, numbers in given.items() if all(map(agrees, results, numbers))])
    return found


def _tried(
    probe: Probe, wanted: Wanted, *, above: int = 0, sources: Sequence[Source] = DRAWS
) -> Iterator[tuple[tuple[Value, ...], tuple[tuple[float, ...], ...]]]:
    """Evaluate groups' formulas; yield their results beside other quantities of the same row, or of one above."""
    flat = [(group, name) for group, of in wanted for name in of]
    formulas = [probe.formula(group) for group, _ in flat]
    tried = iter(probe.run(formulas, [(name, group.row - above) for group, name in flat], sources))
    for _, of in wanted:
        results, others = zip(*islice(tried, len(of)), strict=True)
        yield results[0], others


def _by_value(reading: Reading, neurons: dict[str, str]) -> "Counter[Activation]":
    """Count the cells whose pasted numbers show each activation."""
    votes: Counter[Activation] = Counter()
    for output, neuron in neurons.items():
        if output in reading.table.columns and neuron in reading.table.columns:
            sums, values = reading.table.column(neuron).values, reading.table.column(output).values
            for kind, function in ACTIVATIONS.items():
                with np.errstate(all="ignore"):
                    votes[kind] += int((np.abs(function.value(sums) - values) < _ENOUGH_DIGITS).sum())
    return +votes
