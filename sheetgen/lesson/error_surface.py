"""The error as a function of two weights, the others being as they are at first: a landscape that can be drawn."""

from dataclasses import dataclass

from sheetgen.network import names
from sheetgen.network.experiment import Experiment
from sheetgen.network.quantities import REFERENCE, Group, Notation, Quantity


@dataclass(frozen=True)
class ErrorSurface:
    """The mean of E_total over the samples, as one formula of the notation.

    Attributes:
        moved: the names of the two weights.
        fixed: what the formula needs of each sample that these two do not change, in an order in which it can be
            computed.
        formula: the error; `{i1 of 2}` is i1 of sample 2, and `{w1}` the weight itself.
        exact: whether training changes nothing but these two weights.
    """

    moved: tuple[str, str]
    fixed: tuple[Quantity, ...]
    formula: str
    exact: bool


def chosen_weights(experiment: Experiment) -> tuple[str, str]:
    """Return the first and the last weight of the last layer, or where that has only one, of all."""
    every = list(names.weights(experiment.layers))
    last = [weight.name for weight in every if weight.layer == len(experiment.layers) - 1]
    return (last[0] if len(last) > 1 else every[0].name), last[-1]


def of_sample(name: str, sample: int) -> str:
    """Name a quantity of one sample, counted from 1."""
    return f"{name} of {sample}"


def error_surface(experiment: Experiment, notation: Notation) -> ErrorSurface:
    """Put the formulas of all quantities that two weights change into that of the error."""
    moved = chosen_weights(experiment)
    inner: dict[str, str] = {}
    changing = set(moved)
    for quantity in _computed(notation):
        if changing.intersection(_used(quantity.formulas[0])):
            changing.add(quantity.name)
            inner[quantity.name] = REFERENCE.sub(
                lambda match: f"({inner[match[1]]})" if match[1] in inner else match[0], quantity.formulas[0]
            )
    error, samples = inner["E_total"], range(1, len(experiment.pairs) + 1)
    terms = "+".join(_for_sample(error, moved, sample) for sample in samples)
    formula = terms if len(samples) == 1 else f"({terms})/{len(samples)}"
    exact = set(notation.trained) == set(moved)
    return ErrorSurface(moved, _fixed(notation, _used(error) - changing), formula, exact)


def _computed(notation: Notation) -> list[Quantity]:
    return [quantity for quantity in notation.of(Group.FORWARD, Group.ERROR) if quantity.name != "E_mean"]


def _used(formula: str) -> set[str]:
    return {match[1] for match in REFERENCE.finditer(formula)}


def _for_sample(formula: str, moved: tuple[str, str], sample: int) -> str:
    def place(name: str) -> str:
        return f"{{{name}}}" if name in moved else f"{{{of_sample(name, sample)}}}"

    return REFERENCE.sub(lambda match: place(match[1]), formula)


def _fixed(notation: Notation, needed: set[str]) -> tuple[Quantity, ...]:
    """What is needed, and what that needs, in the order of the table's columns."""
    for quantity in reversed(_computed(notation)):
        if quantity.name in needed:
            needed |= _used(quantity.formulas[0])
    return tuple(quantity for quantity in notation.quantities if quantity.name in needed)
