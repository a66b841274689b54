"""The updates stated a second time: NumPy, on all trained parameters at once, from the experiment alone.

Nothing here is taken from `sheetgen.network.updates`, so that each can check the other. The algorithms are those of the
papers named there, with g the mean of the gradients over the batch, t counted from 1, and all operations elementwise.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from sheetgen.network import names
from sheetgen.types import Array

if TYPE_CHECKING:
    from sheetgen.network.experiment import Experiment

Kept = dict[str, Array]
Step = Callable[[Kept, Array, Mapping[str, float], int], tuple[Array, Kept]]
"""Of what is kept, g, the constants and t: by what the parameters fall for each unit of η, and what is kept then."""


def _plain(_: Kept, g: Array, __: Mapping[str, float], ___: int) -> tuple[Array, Kept]:
    return g, {}


def _momentum(kept: Kept, g: Array, constants: Mapping[str, float], _: int) -> tuple[Array, Kept]:
    velocity = constants["momentum"] * kept.get("v", 0.0) + g
    return velocity, {"v": velocity}


def _nesterov(kept: Kept, g: Array, constants: Mapping[str, float], t: int) -> tuple[Array, Kept]:
    velocity, after = _momentum(kept, g, constants, t)
    return g + constants["momentum"] * velocity, after


def _adagrad(kept: Kept, g: Array, constants: Mapping[str, float], _: int) -> tuple[Array, Kept]:
    total = kept.get("s", 0.0) + g * g
    return g / (np.sqrt(total) + constants["epsilon"]), {"s": total}


def _rmsprop(kept: Kept, g: Array, constants: Mapping[str, float], _: int) -> tuple[Array, Kept]:
    square = _mean(kept.get("v"), g * g, constants["rho"])
    return g / (np.sqrt(square) + constants["epsilon"]), {"v": square}


def _adam(kept: Kept, g: Array, constants: Mapping[str, float], t: int) -> tuple[Array, Kept]:
    first, second = constants["beta_1"], constants["beta_2"]
    mean, square = _mean(kept.get("m"), g, first), _mean(kept.get("v"), g * g, second)
    unbiased, of_square = mean / (1.0 - first**t), square / (1.0 - second**t)
    step = unbiased / (np.sqrt(of_square) + constants["epsilon"])
    return step, {"m": mean, "v": square, "m̂": unbiased, "v̂": of_square}


def _mean(before: Array | None, new: Array, share: float) -> Array:
    return share * (0.0 if before is None else before) + (1.0 - share) * new


_STEPS: dict[str, Step] = {
    "sgd": _plain,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adam,
}


def scheduled_rate(experiment: "Experiment", learning_rate: float, iteration: int) -> float:
    """Return the η of an iteration, counted from 0, as PyTorch's StepLR, CosineAnnealingLR and OneCycleLR have it.

    Args:
        experiment: whose schedule, its constants and the number of iterations.
        learning_rate: η as given; the largest of one cycle.
        iteration: the update that it is for.
    """
    constants, count = experiment.settings, experiment.iterations
    if experiment.schedule == "step":
        return float(learning_rate * constants["gamma"] ** (iteration // constants["step_size"]))
    if experiment.schedule == "cosine":
        return float(_annealed(learning_rate, 0.0, iteration / count))
    if experiment.schedule == "one-cycle":
        low, top = learning_rate / constants["div_factor"], constants["pct_start"] * count - 1
        if iteration <= top:
            return _annealed(low, learning_rate, iteration / top)
        part = min(1.0, (iteration - top) / (count - 1 - top))
        return _annealed(learning_rate, low / constants["final_div_factor"], part)
    return learning_rate


def _annealed(begin: float, end: float, part: float) -> float:
    """Go half a wave of the cosine from one number to another."""
    return float(end + (begin - end) * (1.0 + np.cos(np.pi * part)) / 2.0)


def _flat(arrays: list[Array]) -> Array:
    return np.concatenate([each.ravel() for each in arrays])


class ReferenceUpdates:
    """Updates all trained parameters of one experiment, row after row.

    Args:
        experiment: whose optimiser, batches and schedule.
        learning_rate: η.

    Attributes:
        rows: per row what the workbook shows of the updates, by its short name: `m`, `v`, … of shape (parameters,), and
            `η_t` of shape ().
    """

    def __init__(self, experiment: "Experiment", learning_rate: float) -> None:
        self._experiment, self._learning_rate = experiment, learning_rate
        self._batch: int = experiment.batch_size
        self._kept: Kept = {}
        self._sum: Array = np.zeros(0)
        self.rows: list[Kept] = []

    def after_row(self, row: int, parameters: list[Array], gradients: list[Array]) -> list[Array]:
        """Return the trained parameters of the next row, given those of this one and their gradients, all alike."""
        after = self._after(row, _flat(parameters), _flat(gradients))
        ends = np.cumsum([each.size for each in parameters])[:-1]
        return [part.reshape(each.shape) for part, each in zip(np.split(after, ends), parameters, strict=True)]

    def named(self) -> dict[str, Array]:
        """Return what has been kept, row by row, under its names in the workbook, each of shape (rows,)."""
        trained = [
            parameter.name
            for parameter in names.parameters(self._experiment.layers, with_biases=self._experiment.train_biases)
        ]
        series = {"iteration": np.arange(len(self.rows)) // self._batch, "η_t": np.array([r["η_t"] for r in self.rows])}
        for short in ("g", "m", "v", "m̂", "v̂", "s"):
            columns = np.array([row[short] for row in self.rows]).T
            series |= {f"{short}_{name}": column for name, column in zip(trained, columns, strict=True)}
        return series | {"row": np.arange(len(self.rows))}

    def _after(self, row: int, parameters: Array, gradients: Array) -> Array:
        place, experiment = row % self._batch, self._experiment
        iteration, constants = row // self._batch, experiment.settings
        rate = scheduled_rate(experiment, self._learning_rate, iteration)
        self._sum = gradients if place == 0 else self._sum + gradients
        if place < self._batch - 1:
            self._show(rate, self._sum, parameters)
            return parameters
        coupled = 0.0 if experiment.optimizer == "adamw" else experiment.decay
        g = self._sum / self._batch + coupled * parameters
        step, self._kept = _STEPS[experiment.optimizer](self._kept, g, constants, iteration + 1)
        self._show(rate, g, parameters)
        shrunk = parameters * (1.0 - rate * experiment.decay) if experiment.optimizer == "adamw" else parameters
        return np.asarray(shrunk - rate * step)

    def _show(self, rate: float, g: Array, parameters: Array) -> None:
        nothing = dict.fromkeys(("m", "v", "m̂", "v̂", "s"), np.zeros_like(parameters))
        self.rows.append({"η_t": np.asarray(rate), "g": g} | nothing | self._kept)
