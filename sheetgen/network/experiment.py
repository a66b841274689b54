"""An experiment is data: the network, its initial weights, what it is to learn, and for how long."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from sheetgen.network.complaints import explained, urgency
from sheetgen.network.consistency import check, place_of_pair
from sheetgen.network.constants import DECAY_OF_ADAMW, OF_OPTIMIZERS, OF_SCHEDULES, WEIGHT_DECAY, Constant
from sheetgen.network.names import Activation, Loss, Optimizer, Schedule

# Beyond these Excel shows nothing but #NUM!, and half of the range leaves room for one product.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e150, le=1e150)]
Rate = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1e150)]
NotNegative = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1e150)]
Count = Annotated[int, Field(strict=True, ge=1, le=16_384)]
Title = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

# What the outputs of a layer lie between.
_REACH: dict[Activation, tuple[float, float]] = {
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "tanh": (-1, 1),
    "relu": (0, math.inf),
    "gelu": (-0.17, math.inf),
}


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
        loss: ½(t−a)², −(t·ln a + (1−t)·ln(1−a)), or after softmax −t·ln a, summed over the outputs.
        optimizer: what is made of the gradients.
        constants: those of the optimisers and the schedule that shall have another value than the usual one, by name.
        weight_decay: how strongly each update pulls the weights towards 0; None for none, or AdamW's usual one.
        batch: how many samples are shown for each update.
        schedule: how η changes from iteration to iteration.
        optimizers: the optimisers to compare with each other, each with its η.
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
        default="sigmoid",
        description="optional; sigmoid (default), tanh, relu, leaky relu, gelu, linear, or softmax in the last layer; "
        "or a list: one per layer",
    )
    loss: Loss = Field(
        default="half squared error",
        description="optional; half squared error (default), binary cross-entropy, or cross-entropy after softmax",
    )
    optimizer: Optimizer = Field(
        default="sgd",
        description="optional; sgd (default), momentum, nesterov, adagrad, rmsprop, adam or adamw",
    )
    constants: dict[str, Number] = Field(
        default_factory=dict,
        description="optional; constants of the optimiser and the schedule with other than the usual values, "
        "such as { momentum = 0.9 }",
    )
    weight_decay: NotNegative | None = Field(
        default=None, description="optional; how strongly an update pulls the weights towards 0 (0; 0.01 with adamw)"
    )
    batch: Annotated[int, Field(strict=True, ge=1)] | Literal["all"] = Field(
        default=1, description="optional; samples for each update: a number (1), or all"
    )
    schedule: Schedule = Field(
        default="constant", description="optional; how η changes: constant (default), step, cosine or one-cycle"
    )
    optimizers: dict[Optimizer, Rate] = Field(
        default_factory=dict,
        description="optional; optimisers to compare on a sheet of their own, each with its η: "
        "{ sgd = 0.5, adam = 0.1 }",
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
    def crossed(self) -> bool:
        """Whether the loss is a cross-entropy: then ∂E/∂(weighted sum) of an output is a − t."""
        return self.loss != "half squared error"

    @property
    def is_plain(self) -> bool:
        """Whether every row of a table takes η times its own gradient off, and nothing more."""
        alone = self.batch_size == 1 and self.decay == 0
        return alone and self.optimizer == "sgd" and self.schedule == "constant"

    @property
    def batch_size(self) -> int:
        """How many samples are shown for each update."""
        return len(self.pairs) if self.batch == "all" else self.batch

    @property
    def last_row(self) -> int:
        """The last row of a table, counted from 0: each iteration takes a row for every sample of its batch."""
        return self.row_of(self.iterations)

    def row_of(self, iteration: int) -> int:
        """The row of a table, counted from 0, in which an iteration's batch is complete."""
        return (iteration + 1) * self.batch_size - 1

    @property
    def period(self) -> int:
        """After how many rows samples and batches begin anew together."""
        return math.lcm(len(self.pairs), self.batch_size)

    @property
    def decay(self) -> float:
        """The weight decay, 0 for none."""
        if self.weight_decay is None:
            return DECAY_OF_ADAMW if self.optimizer == "adamw" else WEIGHT_DECAY.usual
        return self.weight_decay

    @property
    def kinds_of_constants(self) -> dict[str, Constant]:
        """What each constant of the optimiser and the schedule is, by name."""
        decay = {"weight_decay": WEIGHT_DECAY} if self.decay > 0 or self.optimizer == "adamw" else {}
        return OF_OPTIMIZERS[self.optimizer] | decay | OF_SCHEDULES[self.schedule]

    @property
    def settings(self) -> dict[str, float]:
        """The value of each of these constants, by name."""
        given = self.constants | {"weight_decay": self.decay}
        return {name: float(given.get(name, kind.usual)) for name, kind in self.kinds_of_constants.items()}

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
            f"{place_of_pair(self, number)}targets[{place}]: {target!r} {why}"
            for number, pair in enumerate(self.pairs, start=1)
            for place, target in enumerate(pair.targets, start=1)
            if not least <= target <= most
        ]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check(self)
        return self


def validated(data: dict[str, Any], where: str, text: str = "") -> Experiment:
    """Make an experiment; a complaint names where the data come from, and looks at their text for the cause."""
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        errors = sorted(error.errors(), key=urgency)
        keys = list((Sample if "samples" in errors[0]["loc"] else Experiment).model_fields)
        raise explained(errors[0], f"{where}, " if where else "", keys, text) from error
