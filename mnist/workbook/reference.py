"""The second telling: what PyTorch computes, in double precision and by the layers as they are."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mnist.data import DEVIATION, MEAN
from mnist.workbook.description import Description
from sheetgen.types import Array


@dataclass(frozen=True)
class Traced:
    """Everything that PyTorch computes for one image.

    Attributes:
        maps: the output of each layer, in the order of the description.
        stages: for each layer the outputs of its modules: of the convolution, batch normalisation, ReLU.
        kernels: the weights of each layer, empty where it has none.
        folded: for each layer the scale and the shift per map that its batch normalisation comes to.
        means, scores: of the last layer's maps, and of the ten digits.
    """

    maps: list[Array]
    stages: list[list[Array]]
    kernels: list[Array]
    folded: list[tuple[Array, Array]]
    means: Array
    scores: Array


def trace(description: Description, image: Array, kernel: tuple[int, Array] | None = None) -> Traced:
    """Run the network on one image.

    Args:
        description: the network; its modules stay as they are.
        image: 0…255, shape (28, 28).
        kernel: a map of the first convolution, from 0, and a kernel to put in place of its own.
    """
    values = ((torch.from_numpy(image).double() / 255 - MEAN) / DEVIATION).reshape(1, 1, *image.shape)
    outputs = [values]
    modules = [_in_double(module) for module in description.modules]
    if kernel is not None:
        with torch.no_grad():
            first = next(module for module in modules if isinstance(module, nn.Conv2d))
            first.weight[kernel[0], 0] = torch.from_numpy(kernel[1])
    with torch.no_grad():
        for module in modules:
            outputs.append(module(outputs[-1]))
    plain = [_plain(each[0]) for each in outputs]
    ends = [layer.end for layer in description.layers]
    spans = [(before + 1, end + 1) for before, end in zip([-1, *ends], ends, strict=False)]
    own = [modules[first:last] for first, last in spans]
    return Traced(
        maps=[plain[end + 1] for end in ends],
        stages=[plain[first + 1 : last + 1] for first, last in spans],
        kernels=[_weights(each) for each in own],
        folded=[_folded(each) for each in own],
        means=plain[ends[-1] + 2].flatten(),
        scores=plain[-1].flatten(),
    )


def _weights(modules: list[nn.Module]) -> Array:
    first = modules[0] if modules else None
    return _plain(first.weight) if isinstance(first, nn.Conv2d) else np.zeros(0)


def _folded(modules: list[nn.Module]) -> tuple[Array, Array]:
    """Return what a layer adds to its sums of products, by trying: its output at 0, and how much 1 makes it larger."""
    if not modules or not isinstance(modules[0], nn.Conv2d):
        return np.zeros(0), np.zeros(0)
    bias = modules[0].bias
    start = torch.zeros(1, modules[0].out_channels, 1, 1, dtype=torch.float64)
    start = start if bias is None else start + bias[:, None, None]
    norms = [module for module in modules if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        low, high = (norms[0](start + step) if norms else start + step for step in (0, 1))
    return _plain((high - low).flatten()), _plain(low.flatten())


def _in_double(module: nn.Module) -> nn.Module:
    copied = copy.deepcopy(module).double().eval()
    if isinstance(copied, nn.ReLU):
        copied.inplace = False  # what was before it is looked at too
    return copied


def _plain(values: Tensor) -> Array:
    return np.asarray(values.detach().numpy(), dtype=float)


def scores_of(description: Description, images: Array) -> Array:
    """Return the scores of several images, shape (n, 10)."""
    values = ((torch.from_numpy(images).double() / 255 - MEAN) / DEVIATION)[:, None]
    with torch.no_grad():
        for module in map(_in_double, description.modules):
            values = module(values)
    return _plain(values)


@dataclass(frozen=True)
class Step:
    """One step of the last layer against the gradient of the cross-entropy, by autograd.

    Attributes:
        before, after: the loss.
        weights, bias: the gradients, shapes (10, maps) and (10,).
        scores: after the step.
    """

    before: float
    after: float
    weights: Array
    bias: Array
    scores: Array


def step(description: Description, means: Array, target: int, eta: float) -> Step:
    """Take one step of the last layer for one image."""
    weights = torch.tensor(description.weights, requires_grad=True)
    bias = torch.tensor(description.bias, requires_grad=True)
    inputs, wanted = torch.from_numpy(means), torch.tensor(target)
    before = cross_entropy(weights @ inputs + bias, wanted)
    before.backward()  # type: ignore[no-untyped-call]
    assert weights.grad is not None
    assert bias.grad is not None
    with torch.no_grad():
        scores = (weights - eta * weights.grad) @ inputs + bias - eta * bias.grad
        after = cross_entropy(scores, wanted)
    return Step(before.item(), after.item(), _plain(weights.grad), _plain(bias.grad), _plain(scores))
