"""The constants of optimisers and schedules: their names, what they mean, and their usual values, as data."""

import math
from typing import NamedTuple

from sheetgen.network.names import Optimizer, Schedule


class Constant(NamedTuple):
    """A number that an optimiser or a schedule needs besides the learning rate.

    Attributes:
        meaning: what it is, in a few words.
        usual: its value where a template gives none.
        least: what it may not be less than.
        below: what it must be less than.
    """

    meaning: str
    usual: float
    least: float = 0.0
    below: float = math.inf


_MOMENTUM = Constant("share of the step before that is taken again", 0.9, below=1.0)
_BETA_1 = Constant("share of the old mean in m, of the gradients", 0.9, below=1.0)
_BETA_2 = Constant("share of the old mean in v, of their squares", 0.999, below=1.0)
_RHO = Constant("share of the old mean in v, of the squares", 0.9, below=1.0)
_EPSILON = Constant("keeps the divisor from becoming 0", 1e-8)
_ADAM = {"beta_1": _BETA_1, "beta_2": _BETA_2, "epsilon": _EPSILON}

OF_OPTIMIZERS: dict[Optimizer, dict[str, Constant]] = {
    "sgd": {},
    "momentum": {"momentum": _MOMENTUM},
    "nesterov": {"momentum": _MOMENTUM},
    "adagrad": {"epsilon": _EPSILON._replace(usual=1e-10)},
    "rmsprop": {"rho": _RHO, "epsilon": _EPSILON},
    "adam": _ADAM,
    "adamw": _ADAM,
}
OPTIMIZER_NAMES: dict[Optimizer, str] = {
    "sgd": "plain gradient descent",
    "momentum": "momentum",
    "nesterov": "Nesterov momentum",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
}
OF_SCHEDULES: dict[Schedule, dict[str, Constant]] = {
    "constant": {},
    "step": {
        "gamma": Constant("what η is multiplied by at each change", 0.5),
        "step_size": Constant("iterations between two changes of η", 25, least=1.0),
    },
    "cosine": {},
    "one-cycle": {
        "pct_start": Constant("part of the iterations in which η rises", 0.3, below=1.0),
        "div_factor": Constant("η begins at the largest divided by this", 25, least=1.0),
        "final_div_factor": Constant("η ends at its beginning divided by this", 10_000, least=1.0),
    },
}
WEIGHT_DECAY = Constant("weight decay: the pull of every weight to 0", 0.0)
DECAY_OF_ADAMW = 0.01
