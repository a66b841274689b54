"""The activation functions and losses that a network may have, each with its derivative, as data.

They work on whatever NumPy's functions work on. `sheetgen.network.notation` tells them a second time, as Excel writes
them, and takes nothing from here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from sheetgen.network.names import Activation, Loss
from sheetgen.types import Array

_GELU = float(np.sqrt(2.0 / np.pi))


class ActivationFunction(NamedTuple):
    """An activation function.

    Attributes:
        value: the activation a, of the weighted sum z.
        slope: the derivative, of z.
        slope_in_class: the same of z and a, as the class works it out; where a is nearly 1, rounding makes it blunt.
    """

    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    slope_in_class: Callable[[Any, Any], Any]


class LossFunction(NamedTuple):
    """What an output adds to the error.

    Attributes:
        value: the error, of the target t and the output a.
        slope: the derivative by a, of t and a.
    """

    value: Callable[[Any, Any], Any]
    slope: Callable[[Any, Any], Any]


def _gelu(z: Array) -> Array:
    wave: Array = np.tanh(_GELU * (z + 0.044715 * (z * z * z)))
    return wave


def _gelu_slope(z: Array, wave: Array) -> Array:
    slope: Array = 0.5 * (1.0 + wave) + 0.5 * z * (1.0 - wave * wave) * _GELU * (1.0 + 3.0 * 0.044715 * (z * z))
    return slope


# Softmax is not among them: each of its outputs is a function of all sums of the layer.
ACTIVATIONS: dict[Activation, ActivationFunction] = {
    "sigmoid": ActivationFunction(
        lambda z: 1.0 / (1.0 + np.exp(-z)),
        lambda z: np.exp(-np.abs(z)) / (1.0 + np.exp(-np.abs(z))) ** 2,
        lambda _, a: a * (1.0 - a),
    ),
    "tanh": ActivationFunction(np.tanh, lambda z: 1.0 - np.tanh(z) ** 2, lambda _, a: 1.0 - a * a),
    "relu": ActivationFunction(lambda z: np.maximum(z, 0.0), lambda z: z > 0.0, lambda z, _: z > 0.0),
    "linear": ActivationFunction(lambda z: z, lambda _: 1.0, lambda *_: 1.0),
    "leaky relu": ActivationFunction(
        lambda z: np.maximum(z, 0.01 * z),
        lambda z: 0.01 + 0.99 * (z > 0.0),
        lambda z, _: 0.01 + 0.99 * (z > 0.0),
    ),
    "gelu": ActivationFunction(
        lambda z: 0.5 * z * (1.0 + _gelu(z)), lambda z: _gelu_slope(z, _gelu(z)), lambda z, _: _gelu_slope(z, _gelu(z))
    ),
}
LOSSES: dict[Loss, LossFunction] = {
    "half squared error": LossFunction(lambda t, a: 0.5 * ((t - a) * (t - a)), lambda t, a: a - t),
    "binary cross-entropy": LossFunction(
        lambda t, a: -(t * np.log(a) + (1.0 - t) * np.log1p(-a)), lambda t, a: (a - t) / (a * (1.0 - a))
    ),
    "cross-entropy": LossFunction(lambda t, a: -t * np.log(a), lambda t, a: -t / a),
}
