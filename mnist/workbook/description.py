"""A trained network as a list of layers, each with all its numbers: what its workbook is made from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from mnist.data import SIDE
from mnist.errors import MnistError
from sheetgen.types import Array

MOST_CELLS = 20_000
"""The most formula cells that a network's maps may need: about what a laptop's spreadsheet recalculates at once."""

_LARGEST = 7  # side of a kernel; larger ones leave no room for what stands beside them

Shape = tuple[int, int, int]
"""Maps, height and width."""

_ENDS = "convolutions, each with BatchNorm2d and ReLU or without, MaxPool2d, then the mean and a Linear were expected"


@dataclass(frozen=True)
class Norm:
    """A batch normalisation as it is used: `gamma * (z - mean) / deviation + beta`, one of each per map.

    The deviation is the root of the running variance plus epsilon.
    """

    gamma: Array
    beta: Array
    mean: Array
    deviation: Array


@dataclass(frozen=True)
class Layer:
    """A layer of maps.

    Attributes:
        kind: scaled pixels, a convolution with what belongs to it, or a maximum over windows.
        inputs, outputs: the shapes of what it takes and gives.
        size, stride, padding: of its square window.
        groups: into so many groups its maps fall; each sees only its own share of the inputs.
        weights: of a convolution, shape (maps, maps it sees, size, size).
        bias: one per map; zeros where it has none.
        norm: its batch normalisation.
        relu: whether negative numbers become 0.
        end: the position, in the network's flat list of modules, of the last that belongs to it.
    """

    kind: Literal["scale", "conv", "pool"]
    inputs: Shape
    outputs: Shape
    size: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1
    weights: Array | None = None
    bias: Array | None = None
    norm: Norm | None = None
    relu: bool = False
    end: int = -1

    @property
    def seen(self) -> int:
        """How many of the maps before it each of its maps sees."""
        return self.inputs[0] // self.groups

    def first_seen(self, number: int) -> int:
        """The first of the maps before it that a map sees, both counted from 0."""
        return number // (self.outputs[0] // self.groups) * self.seen


@dataclass(frozen=True)
class Description:
    """A network, in double precision.

    Attributes:
        name: what to call it.
        modules: its modules in order, without those that only count in training, as PyTorch computes them.
        layers: what has maps.
        weights, bias: of the linear layer at its end, shapes (10, maps) and (10,).
    """

    name: str
    modules: tuple[nn.Module, ...]
    layers: tuple[Layer, ...]
    weights: Array
    bias: Array

    @property
    def padded(self) -> bool:
        """Whether the first convolution pads, so that its pixels have to be scaled one by one."""
        return self.layers[0].kind == "scale"

    @property
    def first(self) -> Layer:
        """The first convolution."""
        return self.layers[int(self.padded)]


def describe(model: nn.Module, name: str) -> Description:
    """Take a trained network apart.

    Args:
        model: takes images of shape (n, 1, 28, 28); it stays as it is.
        name: what to call it.

    Raises:
        MnistError: a layer has no formula here, or there would be more than `MOST_CELLS` formulas.
    """
    if not isinstance(model, nn.Sequential):
        raise MnistError(name, f"{type(model).__name__} is no nn.Sequential", _ENDS)
    modules = [module for module in _flat(model) if not isinstance(module, nn.Dropout | nn.Dropout2d | nn.Identity)]
    layers: list[Layer] = []
    shape: Shape = (1, SIDE, SIDE)
    for position, module in enumerate(modules):
        if _takes_whole_maps(module, shape):
            last = _linear(modules[position + 1 :], name)
            break
        layers = _with(layers, module, shape, position, name)
        shape = layers[-1].outputs
    else:
        raise MnistError(name, "does not end in a mean over each map and a Linear", _ENDS)
    if not layers or layers[0].kind != "conv":
        raise MnistError(name, "does not begin with a convolution", _ENDS)
    if layers[0].padding:
        layers.insert(0, Layer("scale", layers[0].inputs, layers[0].inputs))
    _check_size(layers, name)
    return Description(name, tuple(modules), tuple(layers), _numbers(last.weight), _bias(last.bias, 10))


def _flat(model: nn.Module) -> Iterator[nn.Module]:
    for module in model.children():
        if isinstance(module, nn.Sequential):
            yield from _flat(module)
        else:
            yield module


def _with(layers: list[Layer], module: nn.Module, shape: Shape, position: int, name: str) -> list[Layer]:
    """Return the layers with one more, or with the last one extended."""
    last = layers[-1] if layers and layers[-1].kind == "conv" else None
    if isinstance(module, nn.Conv2d):
        return [*layers, replace(_convolution(module, shape, name), end=position)]
    if isinstance(module, nn.MaxPool2d):
        return [*layers, replace(_pool(module, shape, name), end=position)]
    if isinstance(module, nn.BatchNorm2d) and last and last.norm is None and not last.relu:
        return [*layers[:-1], replace(last, norm=_norm(module), end=position)]
    if isinstance(module, nn.ReLU) and last and not last.relu:
        return [*layers[:-1], replace(last, relu=True, end=position)]
    raise MnistError(name, f"layer {position + 1}, {module}, has no formula here", _ENDS)


def _convolution(module: nn.Conv2d, shape: Shape, name: str) -> Layer:
    size, stride, padding = (_one(value) for value in (module.kernel_size, module.stride, module.padding))
    if (
        not (size and size <= _LARGEST and stride and padding is not None)
        or module.dilation != (1, 1)
        or module.padding_mode != "zeros"
    ):
        raise MnistError(
            name,
            f"{module} has no formula here",
            f"a square kernel of at most {_LARGEST}×{_LARGEST}, padded with zeros, was expected",
        )
    side = tuple((length + 2 * padding - size) // stride + 1 for length in shape[1:])
    outputs = (module.out_channels, side[0], side[1])
    weights, bias = _numbers(module.weight), _bias(module.bias, module.out_channels)
    return Layer("conv", shape, outputs, size, stride, padding, module.groups, weights, bias)


def _pool(module: nn.MaxPool2d, shape: Shape, name: str) -> Layer:
    size, stride = _one(module.kernel_size), _one(module.stride)
    if not size or not stride or _one(module.padding) or _one(module.dilation) != 1 or module.ceil_mode:
        raise MnistError(name, f"{module} has no formula here", "square windows without padding were expected")
    maps, height, width = shape
    outputs = (maps, (height - size) // stride + 1, (width - size) // stride + 1)
    return Layer("pool", shape, outputs, size, stride, groups=maps)


def _takes_whole_maps(module: nn.Module, shape: Shape) -> bool:
    """Return whether a layer takes the mean over each map, and not over smaller windows."""
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return _one(module.output_size) == 1
    return isinstance(module, nn.AvgPool2d) and (
        shape[1] == shape[2] == _one(module.kernel_size) and _one(module.padding) == 0
    )


def _linear(modules: list[nn.Module], name: str) -> nn.Linear:
    """Return the linear layer that follows the mean over each map."""
    rest = [module for module in modules if not isinstance(module, nn.Flatten)]
    if len(rest) != 1 or not isinstance(rest[0], nn.Linear):
        raise MnistError(name, "does not end in a mean over each map and one Linear", _ENDS)
    return rest[0]


def _check_size(layers: list[Layer], name: str) -> None:
    cells = sum(int(np.prod(layer.outputs)) for layer in layers)
    if cells > MOST_CELLS:
        raise MnistError(
            name, f"its maps need {cells:,} formula cells", f"at most {MOST_CELLS:,} fit into a sheet that keeps up"
        )


def _one(value: object) -> int | None:
    """Return the number that stands for both directions, or None where they differ."""
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else None
    return value if isinstance(value, int) else None


def _norm(module: nn.BatchNorm2d) -> Norm:
    mean, variance = _numbers(cast("Tensor", module.running_mean)), _numbers(cast("Tensor", module.running_var))
    gamma = np.ones_like(mean) if not module.affine else _numbers(module.weight)
    beta = np.zeros_like(mean) if not module.affine else _numbers(module.bias)
    return Norm(gamma, beta, mean, np.sqrt(variance + module.eps))


def _bias(values: Tensor | None, maps: int) -> Array:
    return np.zeros(maps) if values is None else _numbers(values)


def _numbers(values: Tensor) -> Array:
    return np.asarray(values.detach().to(torch.float64).cpu().numpy())
