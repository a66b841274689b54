"""Do the keys of an experiment go together?"""

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from sheetgen.network.complaints import check_count, complaint
from sheetgen.network.constants import OF_OPTIMIZERS, OF_SCHEDULES

if TYPE_CHECKING:
    from sheetgen.network.experiment import Experiment

_SUM_TO, _RISE = 1e-9, 2


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
    count = sum(before * after for before, after in joined)
    check_count("weights", experiment.weights, count, f"{products} for layers")
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
    targets = [pair.targets for pair in experiment.pairs]
    if experiment.crossed and any(not 0 <= target <= 1 for each in targets for target in each):
        raise complaint("targets", "a target lies outside 0 to 1", f"{loss} needs targets in 0 to 1")
    if loss == "cross-entropy" and any(abs(math.fsum(each) - 1) > _SUM_TO for each in targets):
        raise complaint("targets", "the targets of a sample do not add up to 1", "give 1 to its class, 0 to others")


def _check_training(experiment: "Experiment") -> None:
    if experiment.batch_size > len(experiment.pairs):
        what = f"{experiment.batch} samples for each update, but there are {len(experiment.pairs)}"
        raise complaint("batch", what, 'give a smaller number, or "all"')
    for name, value in experiment.constants.items():
        kind = experiment.kinds_of_constants.get(name)
        if kind is None or name == "weight_decay":
            known = ", ".join(OF_OPTIMIZERS[experiment.optimizer] | OF_SCHEDULES[experiment.schedule]) or "none"
            of = f"of {experiment.optimizer} with a {experiment.schedule} η there are: {known}"
            raise complaint(f"constants.{name}", "no such constant", of)
        if not kind.least <= value < kind.below:
            most = f" and less than {kind.below:g}" if math.isfinite(kind.below) else ""
            raise complaint(f"constants.{name}", f"{value!r} is not usable", f"at least {kind.least:g}{most}")
    if experiment.schedule == "one-cycle" and experiment.settings["pct_start"] * experiment.iterations < _RISE:
        what = "η would rise in less than two iterations"
        raise complaint("schedule", what, "give more iterations, or a larger constants.pct_start")
