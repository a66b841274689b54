"""How large the terms are that add up to each quantity: what its rounding error is measured by.

A formula may multiply out, cancel 1 against a nearly equal output, or take the exponentials of a large sum. However it
is written, its terms are no larger than these bounds, and its error no more than a small multiple of their rounding.
"""

from dataclasses import replace

import numpy as np

from sheetgen.network.numpy_reference import Network, Trace
from sheetgen.types import Array

_BOUNDED = ("sigmoid", "tanh")


def bounds(network: Network, trace: Trace) -> Trace:
    """Bound the terms of every quantity: the same passes with absolute values, and 1 for every slope.

    Args:
        network: the activation functions.
        trace: independent rows.

    Returns:
        The bounds, laid out as the quantities themselves.
    """
    weights, inputs, targets = [*map(np.abs, trace.weights)], np.abs(trace.inputs), np.abs(trace.targets)
    sums = list[Array]()
    activations = [inputs]
    for kind, weight, bias in zip(network.activations, weights, trace.biases, strict=True):
        sums.append((weight @ activations[-1][:, :, None])[:, :, 0] + np.abs(bias))
        activations.append(np.ones_like(sums[-1]) if kind in _BOUNDED else sums[-1])
    reach = targets + activations[-1]
    deltas = [reach]
    for weight in weights[:0:-1]:
        deltas.insert(0, (np.swapaxes(weight, 1, 2) @ deltas[0][:, :, None])[:, :, 0])
    return replace(
        trace,
        inputs=inputs,
        targets=targets,
        weights=weights,
        biases=[*map(np.abs, trace.biases)],
        sums=sums,
        activations=activations[1:],
        errors=reach * np.maximum(reach, 1.0) + np.nan_to_num(np.abs(trace.errors)),
        weight_gradients=[d[:, :, None] * a[:, None, :] for d, a in zip(deltas, activations[:-1], strict=True)],
        bias_gradients=deltas,
        output_slopes=reach + np.nan_to_num(np.abs(trace.output_slopes)),
    )
