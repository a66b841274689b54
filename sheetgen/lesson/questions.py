"""The exercise as data: a network with numbers of its own, the questions, and the mistakes that are recognised.

The numbers differ from those of the tables, so that no answer can be copied from there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle

from sheetgen.lesson.mistake import wrong_gradients
from sheetgen.network.cached_values import start_values
from sheetgen.network.experiment import Experiment
from sheetgen.network.quantities import Group, Notation, Quantity, shown_name

_MOST_QUESTIONS = 60
_RATE = 0.5
_INPUTS = (1.0, 2.0, 0.5)


@dataclass(frozen=True)
class Slip:
    """A mistake that is often made: the formula with it, and what is said to the one who made it."""

    formula: str
    told: str


@dataclass(frozen=True)
class Question:
    """One number to work out.

    Attributes:
        name: what it is.
        group: the part of the pass it belongs to.
        formula: its formula in the notation.
        slips: the mistakes that are recognised.
    """

    name: str
    group: Group
    formula: str
    slips: tuple[Slip, ...]


@dataclass(frozen=True)
class Exercise:
    """The given numbers by name, η among them; the questions, in the order of working; and how many are not asked."""

    given: dict[str, float]
    questions: tuple[Question, ...]
    left_out: int


def write_exercise(experiment: Experiment, notation: Notation) -> Exercise:
    """Make the exercise of a network: one forward and one backward pass, and the updates."""
    wrong = wrong_gradients(experiment, notation)
    questions = [
        Question(quantity.name, quantity.group, quantity.formulas[-1], tuple(_slips(quantity, experiment, wrong)))
        for quantity in notation.of(Group.FORWARD, Group.ERROR, Group.GRADIENTS)
        if quantity.name != "E_mean"
    ]
    if experiment.batch_size == 1:  # a batch is more than one sample, and too long to work out
        questions += [
            Question(q.name, q.group, q.formulas[0], tuple(_slips_of_kept(q.formulas[0])))
            for q in notation.of(Group.OPTIMIZER)
        ]
        updates = {f"new {name}": notation.by_name[name].formulas[-1] for name in notation.trained}
        questions += [
            Question(*(new, Group.WEIGHTS, each), tuple(_slips_of_update(each))) for new, each in updates.items()
        ]
    asked = tuple(questions[:_MOST_QUESTIONS])
    given = _given(experiment)
    if any("{iteration}" in question.formula for question in asked):
        given["iteration"] = 0.0
    return Exercise(given, asked, len(questions) - len(asked))


def _slips(quantity: Quantity, experiment: Experiment, wrong: Mapping[str, str]) -> Iterator[Slip]:
    """Yield the mistakes that change a quantity: the common one, a forgotten ½ of the error, a sigmoid for softmax."""
    if quantity.name in wrong:
        yield Slip(wrong[quantity.name], "✗ the first hidden neuron’s slope, not its own")
    if experiment.loss == "half squared error" and quantity.group in (Group.ERROR, Group.GRADIENTS):
        told = "✗ twice as much: where is the ½?"
        if quantity.group is Group.GRADIENTS:
            told = "✗ twice as much: the ½ of E cancels the 2"
        yield Slip(f"2*({quantity.formulas[-1]})", told)
    if quantity.name.startswith("a_o") and experiment.activations[-1] == "softmax":
        yield Slip(f"1/(1+EXP(-{{{quantity.name[2:]}}}))", "✗ the sigmoid: softmax divides by all e^o")


def _slips_of_kept(formula: str) -> Iterator[Slip]:
    """Yield the mistakes that change what an optimiser keeps: a forgotten factor, square or correction."""
    part = re.match(r"\(1-\{(\w+)@start\}\)\*", formula)
    if part:
        yield Slip(formula[part.end() :], f"✗ only its part 1 − {shown_name(part[1])}")
    if formula.endswith("}^2"):
        yield Slip(formula.removesuffix("^2"), "✗ the square of the gradient")
    uncorrected, correction, _ = formula.partition("/(1-{beta_")
    if correction:
        yield Slip(uncorrected, "✗ the bias is not yet corrected")


def _slips_of_update(formula: str) -> Iterator[Slip]:
    """Yield the mistakes that change a new weight: a mean whose bias is not corrected, and a forgotten root."""
    uncorrected = formula.replace("{m̂_", "{m_").replace("{v̂_", "{v_")
    if uncorrected != formula:
        yield Slip(uncorrected, "✗ m and v: their bias is not yet corrected")
    if "SQRT" in formula:
        yield Slip(formula.replace("SQRT", ""), "✗ where is the root?")


def _given(experiment: Experiment) -> dict[str, float]:
    """The network's own weights, rotated by one place, with inputs of about 1.

    With small inputs all activations are alike, and rounding would hide the common mistake.
    """
    turned = experiment.model_copy(
        update={
            "samples": None,
            "batch": 1,
            "inputs": tuple(value for value, _ in zip(cycle(_INPUTS), range(experiment.layers[0]), strict=False)),
            "targets": experiment.pairs[-1].targets,
            "weights": (*experiment.weights[1:], experiment.weights[0]),
        }
    )
    return {"eta": _RATE} | start_values(turned)[0]
