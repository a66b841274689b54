"""An experiment is data: the network, its initial weights, what it is to learn, and for how long."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from sheetgen.errors import SheetgenError, did_you_mean
from sheetgen.network.names import Activation, Loss

# Beyond these Excel shows nothing but #NUM!, and half of the range leaves room for one product.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e150, le=1e150)]
Rate = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1e150)]
Count = Annotated[int, Field(strict=True, ge=1, le=16_384)]
Title = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

# What the outputs of a layer lie between.
_REACH: dict[Activation, tuple[float, float]] = {"sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, math.inf)}


class Sample(BaseModel):
    """One pair to learn: what goes in, and what should come out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, revalidate_instances="always")

    inputs: tuple[Number, ...] = Field(min_length=1)
    targets: tuple[Number, ...] = Field(min_length=1)


class Experiment(BaseModel):
    """A network and its training run, checked for consistency when it is made.

    Args:
        title: one line of text for the workbook.
        layers: neurons per layer, inputs first and outputs last.
        inputs: one value per input (with `targets`, instead of `samples`).
        targets: one value per output.
        samples: several pairs of inputs and targets, taken in turn, one per iteration.
        weights: the initial weights, layer by layer, by target neuron, then source (see `sheetgen.network.names`).
        biases: one per neuron after the inputs, layer by layer; empty for a network without biases.
        train_biases: whether the biases learn as the weights do.
        activation: one function for all layers after the inputs, or one for each.
        loss: ½(t−a)² or −(t·ln a + (1−t)·ln(1−a)), summed over the outputs.
        learning_rates: the step sizes η, one sheet each.
        iterations: weight updates; the tables have one more row, for the initial weights.

    Raises:
        pydantic.ValidationError: a value is missing, of the wrong type or count, or not finite.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True, revalidate_instances="always")

    title: Title = Field(description="one line of text")
    layers: tuple[Count, ...] = Field(min_length=2, description="neurons per layer, inputs first, outputs last")
    inputs: tuple[Number, ...] | None = Field(
        default=None, min_length=1, description="one value per input; left out where there are samples"
    )
    targets: tuple[Number, ...] | None = Field(
        default=None, min_length=1, description="one value per output; left out where there are samples"
    )
    samples: tuple[Sample, ...] | None = Field(
        default=None, min_length=1, description="optional; several pairs, a table [[samples]] for each"
    )
    weights: tuple[Number, ...] = Field(
        min_length=1, description="first weights, layer by layer, by target neuron, then source"
    )
    biases: tuple[Number, ...] = Field(default=(), description="optional; one per neuron after the inputs")
    train_biases: bool = Field(
        default=False, strict=True, description="optional; whether the biases learn as the weights do (false)"
    )
    activation: Activation | tuple[Activation, ...] = Field(
        default="sigmoid", description="optional; sigmoid (default), tanh, relu or linear, or a list: one per layer"
    )
    loss: Loss = Field(
        default="half squared error", description="optional; half squared error (default) or binary cross-entropy"
    )
    learning_rates: tuple[Rate, ...] = Field(
        default=(0.1, 0.2, 0.5, 0.8, 1.0, 2.0),
        min_length=1,
        description="optional; one sheet each (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)",
    )
    iterations: int = Field(default=100, strict=True, ge=1, description="optional; weight updates (100)")

    @classmethod
    def described_keys(cls) -> list[tuple[str, str]]:
        """List the keys of a template, and what each means."""
        return [(name, field.description or "") for name, field in cls.model_fields.items()]

    @property
    def pairs(self) -> tuple[Sample, ...]:
        """The samples in the order in which they are taken; a single one where `inputs` and `targets` were given."""
        if self.samples is not None:
            return self.samples
        return (Sample(inputs=self.inputs or (), targets=self.targets or ()),)

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation function of each layer after the inputs."""
        if isinstance(self.activation, str):
            return (self.activation,) * (len(self.layers) - 1)
        return self.activation

    @property
    def shape(self) -> str:
        """The layers as people write them: `2-2-2`."""
        return "-".join(map(str, self.layers))

    def with_run(self, learning_rates: Sequence[float] = (), iterations: int | None = None) -> "Experiment":
        """Return the same network with other learning rates or iterations; what is not given stays as it is.

        Raises:
            SheetgenError: a learning rate or the number of iterations is not usable.
        """
        given = {"learning_rates": tuple(learning_rates) or None, "iterations": iterations}
        return self.model_copy(update={key: value for key, value in given.items() if value is not None})

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Experiment":  # noqa: ARG002
        """Return a copy in which some keys have other values, checked as a template is.

        Args:
            update: the other values, by key.
            deep: makes no difference, because nothing in an experiment can be changed.

        Raises:
            SheetgenError: the copy cannot be used.
        """
        own = {key: getattr(self, key) for key in self.model_fields_set}
        return validated(own | dict(update or {}), "")

    def unreachable_targets(self) -> list[str]:
        """Say which targets the last layer's activation function cannot come near, a line each."""
        activation = self.activations[-1]
        least, most = _REACH.get(activation, (-math.inf, math.inf))
        span = f"between {least} and {most}" if math.isfinite(most) else f"{least} or more"
        why = f"is out of reach, as the output of {activation} is {span}; the error cannot come near 0"
        return [
            f"{_place_of_pair(self, number)}targets[{place}]: {target!r} {why}"
            for number, pair in enumerate(self.pairs, start=1)
            for place, target in enumerate(pair.targets, start=1)
            if not least <= target <= most
        ]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_pairs()
        self._check_parameters()
        self._check_loss()
        if len(set(self.learning_rates)) < len(self.learning_rates):
            twice = next(rate for rate in self.learning_rates if self.learning_rates.count(rate) > 1)
            raise _complaint("learning_rates", f"{twice!r} stands there twice", "give each one once")
        return self

    def _check_pairs(self) -> None:
        single = self.inputs is not None or self.targets is not None
        if single and self.samples is not None:
            raise _complaint("samples", "given beside inputs or targets", "give either samples or inputs and targets")
        if self.samples is None and (self.inputs is None or self.targets is None):
            missing = "targets" if self.inputs is not None else "inputs"
            raise _complaint(missing, "missing", "give inputs and targets, or samples")
        for number, pair in enumerate(self.pairs, start=1):
            where = _place_of_pair(self, number)
            _check_count(f"{where}inputs", pair.inputs, self.layers[0], f"the first of layers = {list(self.layers)}")
            _check_count(f"{where}targets", pair.targets, self.layers[-1], f"the last of layers = {list(self.layers)}")

    def _check_parameters(self) -> None:
        joined = list(zip(self.layers, self.layers[1:], strict=False))
        products = " + ".join(f"{before}·{after}" for before, after in joined)
        _check_count("weights", self.weights, sum(before * after for before, after in joined), f"{products} for layers")
        if self.biases:
            _check_count("biases", self.biases, sum(self.layers[1:]), "one per neuron after the inputs")
        elif self.train_biases:
            raise _complaint("train_biases", "there are no biases to train", "give biases or leave train_biases out")
        if not isinstance(self.activation, str):
            _check_count("activation", self.activation, len(self.layers) - 1, "one per layer after the inputs")

    def _check_loss(self) -> None:
        if self.loss != "binary cross-entropy":
            return
        if self.activations[-1] != "sigmoid":
            why = "binary cross-entropy needs outputs between 0 and 1"
            raise _complaint("loss", why, "make the last layer sigmoid")
        if any(not 0 <= target <= 1 for pair in self.pairs for target in pair.targets):
            raise _complaint("targets", "a target lies outside 0 to 1", "binary cross-entropy needs targets in 0 to 1")


def _place_of_pair(experiment: Experiment, number: int) -> str:
    """Return where a template has a pair, as the beginning of a key."""
    return "" if experiment.samples is None else f"samples[{number}]."


def validated(data: dict[str, Any], where: str, hint: str = "") -> Experiment:
    """Make an experiment; a complaint names where the data come from, and begins its remedy with a hint."""
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        # An unknown key is often the misspelling of the one that is missing, so it goes first.
        errors = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        complaint = _explained(errors[0], f"{where}, " if where else "")
        complaint.remedy = f"{hint}{complaint.remedy}"
        raise complaint from error


def _check_count(key: str, values: Sequence[object], expected: int, reason: str) -> None:
    if len(values) != expected:
        raise _complaint(key, f"{len(values)} value{'s' * (len(values) != 1)} given", f"{expected} expected ({reason})")


def _complaint(key: str, what: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("inconsistent", "{key}: {what}; {remedy}", {"key": key, "what": what, "remedy": remedy})


def _explained(error: ErrorDetails, where: str) -> SheetgenError:
    """Turn pydantic's first complaint into one line with file, key and remedy."""
    context = error.get("ctx", {})
    if error["type"] == "inconsistent":
        return SheetgenError(f"{where}{context['key']}", context["what"], context["remedy"])
    steps = [step for step in error["loc"] if str(step).partition("[")[0] not in ("tuple", "literal")]
    key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    location = f"{where}{key}"
    if error["type"] == "missing":
        return SheetgenError(location, "missing", "every template needs it")
    if error["type"] == "extra_forbidden":
        keys = list((Sample if "samples" in steps else Experiment).model_fields)
        near = did_you_mean(str(steps[-1]), keys)
        return SheetgenError(location, "unknown key", f"{near}the keys are {', '.join(keys)}")
    shown = repr(error["input"])
    given = f"{shown[:60]}… is not usable" if len(shown) > 60 else f"{shown} is not usable"
    if steps[0] in ("activation", "loss"):
        choices = get_args(Activation if steps[0] == "activation" else Loss)
        near = did_you_mean(str(error["input"]), choices)
        return SheetgenError(location, given, f"{near}choose from {', '.join(choices)}")
    return SheetgenError(location, given, _expectation(error))


def _expectation(error: ErrorDetails) -> str:
    """Say in a template author's words what was expected."""
    if error["type"] in ("tuple_type", "too_short"):
        least = error.get("ctx", {}).get("min_length", 1)
        tables = "several tables, each under [[samples]]"
        several = tables if error["loc"][-1] == "samples" else "a list of values in [ ]"
        return f"it should be {several}, at least {least}"
    if error["type"] == "model_type":
        return "it should be a table with inputs and targets under [[samples]]"
    if error["type"] == "string_pattern_mismatch":
        return "it should be one line without control characters"
    if error["type"] in ("less_than_equal", "greater_than_equal") and "e+" in repr(error["input"]):
        return "it should lie between -1e150 and 1e150"
    message = error["msg"][0].lower() + error["msg"][1:]
    return message.replace("input should", "it should")
