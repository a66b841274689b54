"""An experiment is data: the network, its initial weights, what it is to learn, and for how long."""

import difflib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from sheetgen.errors import SheetgenError
from sheetgen.network.names import Activation, Loss

# Beyond these Excel shows nothing but #NUM!, and half of the range leaves room for one product.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e150, le=1e150)]
Rate = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, le=1e150)]
Count = Annotated[int, Field(strict=True, ge=1, le=16_384)]
Title = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]

DEFAULT_TEMPLATE = "class"
_MAX_TEMPLATE_BYTES = 16_000_000


class Sample(BaseModel):
    """One pair to learn: what goes in, and what should come out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

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

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    title: Title
    layers: tuple[Count, ...] = Field(min_length=2)
    inputs: tuple[Number, ...] | None = Field(default=None, min_length=1)
    targets: tuple[Number, ...] | None = Field(default=None, min_length=1)
    samples: tuple[Sample, ...] | None = Field(default=None, min_length=1)
    weights: tuple[Number, ...] = Field(min_length=1)
    biases: tuple[Number, ...] = ()
    train_biases: bool = Field(default=False, strict=True)
    activation: Activation | tuple[Activation, ...] = "sigmoid"
    loss: Loss = "half squared error"
    learning_rates: tuple[Rate, ...] = Field(default=(0.1, 0.2, 0.5, 0.8, 1.0, 2.0), min_length=1)
    iterations: Annotated[int, Field(strict=True, ge=1)] = 100

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
        changed = self.model_dump(exclude_unset=True)
        if learning_rates:
            changed["learning_rates"] = tuple(learning_rates)
        if iterations is not None:
            changed["iterations"] = iterations
        return _validated(changed, "command line" if learning_rates or iterations is not None else self.title)

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
            where = f"samples[{number}]." if self.samples is not None else ""
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


def template_names() -> list[str]:
    """List the names of the shipped templates, the default first."""
    names = sorted(path.stem for path in _template_folder().glob("*.toml"))
    return sorted(names, key=lambda name: name != DEFAULT_TEMPLATE)


def _template_folder() -> Path:
    """Return where the shipped templates are: inside the installed package, or at the top level of a checkout."""
    package = Path(__file__).parents[1]
    return next(folder for folder in (package / "templates", package.parent / "templates") if folder.is_dir())


def load_experiment(template: str | Path = DEFAULT_TEMPLATE) -> Experiment:
    """Read a shipped template by its name, or a user's own file by its path.

    Raises:
        SheetgenError: there is no such template or file, or its content cannot be used.
    """
    where = str(template)
    text = _read(template)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SheetgenError(where, f"not valid TOML ({error})", "see templates/class.toml for an example") from error
    return _validated(data, where)


def _read(template: str | Path) -> str:
    name = str(template)
    if name in template_names():
        return (_template_folder() / f"{name}.toml").read_text(encoding="utf-8")
    path = Path(template)
    known = f"the shipped templates are {', '.join(template_names())}"
    if not path.exists():
        near = _nearest(name, template_names())
        raise SheetgenError(name, "no such template or file", f"{near}{known}")
    if not path.is_file():
        raise SheetgenError(name, "not a file", f"give a TOML file; {known}")
    try:
        if path.stat().st_size > _MAX_TEMPLATE_BYTES:
            raise SheetgenError(name, "larger than 16 MB", "a template holds one network's numbers")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SheetgenError(name, f"cannot be read ({error.strerror})", "check its permissions") from error
    except UnicodeDecodeError as error:
        raise SheetgenError(name, "not UTF-8 text", "a template is a TOML file") from error


def _validated(data: dict[str, Any], where: str) -> Experiment:
    try:
        return Experiment.model_validate(data)
    except ValidationError as error:
        # An unknown key is often the misspelling of the one that is missing, so it goes first.
        errors = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise _explained(errors[0], where) from error


def _check_count(key: str, values: Sequence[object], expected: int, reason: str) -> None:
    if len(values) != expected:
        raise _complaint(key, f"{len(values)} value{'s' * (len(values) != 1)} given", f"{expected} expected ({reason})")


def _complaint(key: str, what: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("inconsistent", "{key}: {what}; {remedy}", {"key": key, "what": what, "remedy": remedy})


def _explained(error: ErrorDetails, where: str) -> SheetgenError:
    """Turn pydantic's first complaint into one line with file, key and remedy."""
    context = error.get("ctx", {})
    if error["type"] == "inconsistent":
        return SheetgenError(f"{where}, {context['key']}", context["what"], context["remedy"])
    steps = [step for step in error["loc"] if str(step).partition("[")[0] not in ("tuple", "literal")]
    key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    location = f"{where}, {key}"
    if error["type"] == "missing":
        return SheetgenError(location, "missing", "every template needs it")
    if error["type"] == "extra_forbidden":
        keys = list((Sample if "samples" in steps else Experiment).model_fields)
        return SheetgenError(location, "unknown key", f"{_nearest(str(steps[-1]), keys)}the keys are {', '.join(keys)}")
    shown = repr(error["input"])
    given = f"{shown[:60]}… is not usable" if len(shown) > 60 else f"{shown} is not usable"
    if steps[0] in ("activation", "loss"):
        choices = get_args(Activation if steps[0] == "activation" else Loss)
        near = _nearest(str(error["input"]), choices)
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


def _nearest(given: str, known: Sequence[str]) -> str:
    match = difflib.get_close_matches(given.lower(), known, n=1, cutoff=0.6)
    return f"did you mean '{match[0]}'? " if match else ""
