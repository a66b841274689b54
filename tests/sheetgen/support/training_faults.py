"""Single faults in what an optimiser, a batch, a schedule or softmax adds to a table: one formula of one row each."""

from collections.abc import Callable
from typing import NamedTuple

Change = Callable[[str], str]


class TrainingFault(NamedTuple):
    """A fault.

    Attributes:
        training: the keys of the experiment.
        quantity: whose formula is wrong.
        row: in which row of the table, counted from 0.
        change: makes the wrong formula of the right one, in the notation.
    """

    training: dict[str, object]
    quantity: str
    row: int
    change: Change


def replaced(old: str, new: str) -> Change:
    """Replace a part of a formula."""

    def change(formula: str) -> str:
        assert old in formula, (old, formula)
        return formula.replace(old, new, 1)

    return change


_ADAM: dict[str, object] = {"optimizer": "adam"}
_MOMENTUM: dict[str, object] = {"optimizer": "momentum"}
_BATCHES: dict[str, object] = {"samples": 4, "batch": 2}
_WHOLE: dict[str, object] = {"samples": 4, "batch": "all"}
_SOFTMAX: dict[str, object] = {"samples": 4, "activation": ("sigmoid", "softmax"), "loss": "cross-entropy"}
_ROOT, _FLATTENED = "SQRT({v̂_w3@1})+{epsilon@start}", "SQRT({v̂_w3@1}+1000000*{epsilon@start})"

TRAINING_FAULTS = {
    "another β in one row": TrainingFault(_ADAM, "m_w3", 4, replaced("{beta_1@start}", "0.8")),
    "another μ in one row": TrainingFault(_MOMENTUM, "v_w3", 4, replaced("{momentum@start}", "0.8")),
    "bias correction with t−1": TrainingFault(_ADAM, "m̂_w3", 4, replaced("({iteration}+1)", "({iteration})")),
    "no bias correction": TrainingFault(_ADAM, "v̂_w3", 4, lambda _: "{v_w3}*1"),
    "ε inside the root in one row": TrainingFault(_ADAM, "w3", 4, replaced(_ROOT, _FLATTENED)),
    "v of another weight": TrainingFault(_ADAM, "w3", 4, replaced("{v̂_w3@1}", "{v̂_w4@1}")),
    "old m of another weight": TrainingFault(_ADAM, "m_w3", 4, replaced("{m_w3@1}", "{m_w4@1}")),
    "velocity of another weight": TrainingFault(_MOMENTUM, "w3", 4, replaced("{v_w3@1}", "{v_w4@1}")),
    "velocity against the gradient": TrainingFault(_MOMENTUM, "v_w3", 4, replaced("+{∂E/∂w3}", "-{∂E/∂w3}")),
    "sign of a gradient": TrainingFault(_ADAM, "∂E/∂w5", 4, lambda right: f"-{right}"),
    "mean over another number": TrainingFault(_BATCHES, "g_w3", 5, replaced("/2", "/3")),
    "mean without a row": TrainingFault(_BATCHES, "g_w3", 5, replaced("{g_w3@1}+", "")),
    "η of another row": TrainingFault({**_MOMENTUM, "schedule": "cosine"}, "w3", 4, replaced("{η_t@1}", "{η_t@2}")),
    "all of an update doubled": TrainingFault({"optimizer": "rmsprop"}, "w8", 2, "2*({})".format),
    "all of an update doubled, softmax": TrainingFault(_SOFTMAX, "w8", 7, "2*({})".format),
    "update without its gradient": TrainingFault(_SOFTMAX, "w1", 4, replaced("*{∂E/∂w1@1}", "")),
    "another weight within a batch": TrainingFault(_BATCHES, "w8", 5, replaced("{w8@1}", "{w7@1}")),
    "first gradient of a batch by another weight": TrainingFault(_BATCHES, "g_w6", 10, replaced("w6", "w5")),
    "weight changed within a batch": TrainingFault(_WHOLE, "w7", 26, "2*{}".format),
    "weight changed before an update": TrainingFault(_WHOLE, "w4", 27, "2*{}".format),
    "weight changed within the first batch": TrainingFault(_WHOLE, "w1", 2, "2*{}".format),
    "mean square of a weight of another layer": TrainingFault(
        {"optimizer": "rmsprop"}, "w2", 2, replaced("v_w2", "v_w5")
    ),
    "divisor of softmax without an output": TrainingFault(_SOFTMAX, "a_o1", 4, replaced("+EXP({o2})", "")),
    "slope of a sigmoid after softmax": TrainingFault(_SOFTMAX, "∂E/∂w5", 4, "{}*{{a_o1}}*(1-{{a_o1}})".format),
}

# The same in every row that has a formula: quantity, the right formula there, and the change.
FAULTS_OF_COLUMNS = {
    "gradient subtracted from a sum of squares": TrainingFault({"optimizer": "adagrad"}, "s_w4", 4, replaced("+", "-")),
    "bias correction doubled": TrainingFault(_ADAM, "m̂_w7", 4, "2*({})".format),
    "gradient subtracted from a velocity": TrainingFault(_MOMENTUM, "v_w5", 4, replaced("+{∂E", "-{∂E")),
    "all of an update doubled": TrainingFault(_MOMENTUM, "w2", 4, "2*({})".format),
    "sum of a neuron doubled": TrainingFault(_MOMENTUM, "o1", 4, "2*({})".format),
    "difference for the sum of a neuron": TrainingFault({}, "o1", 4, replaced("}+{", "}-{")),
    "mean of a batch doubled": TrainingFault(_BATCHES, "g_w8", 5, "2*({})".format),
    "no memory": TrainingFault({"optimizer": "rmsprop"}, "v_w8", 4, replaced("{rho@start}*{v_w8@1}+", "")),
    "difference for the sum of a hidden neuron": TrainingFault(_ADAM, "h2", 4, replaced("}+{", "}-{")),
    "sum of a hidden neuron doubled": TrainingFault(_MOMENTUM, "h2", 4, "2*({})".format),
    "output of a neuron doubled": TrainingFault(_BATCHES, "a_h1", 4, "2*({})".format),
    "gradients of another weight in a batch": TrainingFault(_BATCHES, "g_w4", 2, replaced("w4", "w1")),
    "gradient of a batch without its input": TrainingFault(_WHOLE, "∂E/∂w7", 4, replaced("*{a_h1}", "")),
    "output of another neuron's sum": TrainingFault(_MOMENTUM, "a_o2", 4, replaced("{o2}", "{o1}")),
    "mean square without the gradient": TrainingFault(_ADAM, "v_w1", 4, replaced("*{∂E/∂w1}^2", "^2")),
}
