"""Do the keys of an experiment go together?"""

import math
from itertools import count, pairwise
from typing import TYPE_CHECKING

from sheetgen.errors import did_you_mean
from sheetgen.network.complaints import check_count, complaint
from sheetgen.network.constants import OF_OPTIMIZERS, OF_SCHEDULES

if TYPE_CHECKING:
    from sheetgen.network.experiment import Experiment

_SUM_TO, _RISE = 1e-9, 2
_MOST_ITERATIONS = 1_000_000  # about the rows of a worksheet


def check(experiment: "Experiment") -> None:
    """Check what no key can be checked for alone.

    Raises:
        PydanticCustomError: something contradicts something else; pydantic makes its own error of it.
    """
    _check_pairs(experiment)
    _check_parameters(experiment)
    _check_loss(experiment)
    _check_training(experiment)
    rates = experiment.learning_rates
    if len(set(rates)) < len(rates):
        twice = next(rate for rate in rates if rates.count(rate) > 1)
        raise complaint("learning_rates", f"{twice!r} stands there twice", "give each one once")


def place_of_pair(experiment: "Experiment", number: int) -> str:
    """Return where a template has a pair, as the beginning of a key."""
    return "" if experiment.samples is None else f"samples[{number}]."


def _check_pairs(experiment: "Experiment") -> None:
    single = experiment.inputs is not None or experiment.targets is not None
    if single and experiment.samples is not None:
        raise complaint("samples", "given beside inputs or targets", "give either samples or inputs and targets")
    if experiment.samples is None and (experiment.inputs is None or experiment.targets is None):
        missing = "targets" if experiment.inputs is not None else "inputs"
        raise complaint(missing, "missing", "give inputs and targets, or samples")
    layers = experiment.layers
    for number, pair in enumerate(experiment.pairs, start=1):
        where = place_of_pair(experiment, number)
        check_count(f"{where}inputs", pair.inputs, layers[0], f"the first of layers = {list(layers)}")
        check_count(f"{where}targets", pair.targets, layers[-1], f"the last of layers = {list(layers)}")


def _check_parameters(experiment: "Experiment") -> None:
    layers = experiment.layers
    joined = list(pairwise(layers))
    products = " + ".join(f"{before}·{after}" for before, after in joined)
    expected = sum(before * after for before, after in joined)
    check_count("weights", experiment.weights, expected, f"{products} for layers")
    if experiment.biases:
        check_count("biases", experiment.biases, sum(layers[1:]), "one per neuron after the inputs")
    elif experiment.train_biases:
        raise complaint("train_biases", "there are no biases to train", "give biases or leave train_biases out")
    if not isinstance(experiment.activation, str):
        check_count("activation", experiment.activation, len(layers) - 1, "one per layer after the inputs")


def _check_loss(experiment: "Experiment") -> None:
    loss, last = experiment.loss, experiment.activations[-1]
    if "softmax" in experiment.activations[:-1]:
        raise complaint("activation", "softmax before the last layer", "use it for the last layer only")
    if (loss == "cross-entropy") != (last == "softmax"):
        remedy = 'give softmax as the activation of the last layer and loss = "cross-entropy", or neither'
        raise complaint("loss", f"{loss} after {last}", remedy)
    if loss == "binary cross-entropy" and last != "sigmoid":
        raise complaint("loss", f"{loss} needs outputs between 0 and 1", "make the last layer sigmoid")
    if experiment.crossed:
        _check_probabilities(experiment)


def _check_probabilities(experiment: "Experiment") -> None:
    """Check that targets are what a cross-entropy takes them for."""
    loss = experiment.loss
    for number, pair in enumerate(experiment.pairs, start=1):
        key = f"{place_of_pair(experiment, number)}targets"
        outside = [target for target in pair.targets if not 0 <= target <= 1]
        if outside:
            raise complaint(key, f"{outside[0]!r} lies outside 0 to 1", f"{loss} needs targets in 0 to 1")
        total = math.fsum(pair.targets)
        if loss == "cross-entropy" and abs(total - 1) > _SUM_TO:
            raise complaint(key, f"they add up to {total:.12g}, not to 1", "give 1 to its class, 0 to others")


def _check_training(experiment: "Experiment") -> None:
    if experiment.batch_size > len(experiment.pairs):
        what = f"{experiment.batch} samples for each update, but there are {len(experiment.pairs)}"
        raise complaint("batch", what, 'give a smaller number, or "all"')
    _check_constants(experiment)
    if experiment.schedule == "one-cycle":
        _check_one_cycle(experiment.settings["pct_start"], experiment.iterations)


def _check_constants(experiment: "Experiment") -> None:
    optimizers = dict.fromkeys((experiment.optimizer, *experiment.optimizers))
    known = OF_SCHEDULES[experiment.schedule]
    for optimizer in reversed(optimizers):
        known = OF_OPTIMIZERS[optimizer] | known
    for name, value in experiment.constants.items():
        kind = known.get(name)
        if kind is None:
            of = f"of {', '.join(optimizers)} with a {experiment.schedule} η there are: {', '.join(known) or 'none'}"
            raise complaint(f"constants.{name}", "no such constant", f"{did_you_mean(name, known)}{of}")
        if not kind.least <= value < kind.below:
            most = f" and less than {kind.below:g}" if math.isfinite(kind.below) else ""
            raise complaint(f"constants.{name}", f"{value!r} is not usable", f"at least {kind.least:g}{most}")


def _check_one_cycle(rising: float, iterations: int) -> None:
    """Check that η has time to rise; rising is the part of the iterations in which it does."""
    if rising * iterations >= _RISE:
        return
    remedy = "give a larger constants.pct_start"
    if rising * _MOST_ITERATIONS >= _RISE:
        nearly = math.ceil(_RISE / rising) - 1  # the product may be rounded to either side
        least = next(number for number in count(nearly) if rising * number >= _RISE)
        remedy = f"give more iterations, at least {least:,}, or a larger constants.pct_start"
    raise complaint("schedule", "η would rise in less than two iterations", remedy)
