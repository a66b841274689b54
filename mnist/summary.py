"""A model layer by layer: shapes, parameters, multiply-adds and receptive fields."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import torchinfo
from torch import nn

from mnist.data import SIDE
from mnist.models.registry import check_shapes, parameter_count

_POOLS = (nn.MaxPool2d, nn.AvgPool2d)
_GLOBAL = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


@dataclass(frozen=True)
class Layer:
    """One use of a layer; uses are listed in the order in which they are computed.

    Attributes:
        kind: the class of the module, such as `Conv2d`.
        output: shape for one image, without the batch.
        parameters: how many it has; 0 if an earlier use has counted them.
        multiply_adds: for one image; of convolutions and linear layers, without the bias.
        field: the side of the square of input pixels that one output pixel sees, padding included.
        detail: the window of a convolution or pooling, and what is unusual about it: "3×3, groups 26".
    """

    kind: str
    output: tuple[int, ...]
    parameters: int
    multiply_adds: int
    field: int
    detail: str = ""


@dataclass(frozen=True)
class Summary:
    """All layers of a model.

    Attributes:
        layers: in the order of computation.
        parameters: of the whole model, frozen ones included; shared ones count once.
        frozen: how many of them are not trained.
    """

    layers: tuple[Layer, ...]
    parameters: int
    frozen: int = 0

    @property
    def multiply_adds(self) -> int:
        """Of the whole model, for one image."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def field(self) -> int:
        """The receptive field of the outputs."""
        return max((layer.field for layer in self.layers), default=1)


def summarise(model: nn.Module) -> Summary:
    """List a model's layers.

    Raises:
        MnistError: it does not turn images of shape (n, 1, 28, 28) into (n, 10) numbers.
    """
    subject = copy.deepcopy(model).cpu()
    check_shapes(subject, "the model")
    info = torchinfo.summary(subject, input_size=(1, 1, SIDE, SIDE), device="cpu", verbose=0, mode="eval")
    frozen = sum(parameter.numel() for parameter in subject.parameters() if not parameter.requires_grad)
    return Summary(tuple(_layers(info.summary_list)), parameter_count(subject), frozen)


def _layers(rows: list[Any]) -> Iterator[Layer]:
    field, jump = 1, 1
    counted: set[int] = set()
    for row in rows:
        if not row.is_leaf_layer or row.depth == 0:
            continue
        module = row.module
        kernel, stride = _window(module, row.input_size)
        field, jump = field + (kernel - 1) * jump, jump * stride
        own = 0 if row.layer_id in counted else sum(p.numel() for p in module.parameters())
        counted.add(row.layer_id)
        output = tuple(row.output_size[1:])
        yield Layer(row.class_name, output, own, _multiply_adds(module, output), field, _detail(module))


def _window(module: nn.Module, entered: list[int]) -> tuple[int, int]:
    """Return the side of the window that one output pixel of a layer sees, and its stride."""
    if isinstance(module, nn.Conv2d):
        return (module.kernel_size[0] - 1) * module.dilation[0] + 1, module.stride[0]
    if isinstance(module, _POOLS):
        return _first(module.kernel_size), _first(module.stride)
    if isinstance(module, _GLOBAL):
        return entered[-1], 1
    return 1, 1


def _detail(module: nn.Module) -> str:
    if isinstance(module, _POOLS):
        side, stride = _first(module.kernel_size), _first(module.stride)
        return f"{side}×{side}" + (f", stride {stride}" if stride != side else "")
    if not isinstance(module, nn.Conv2d):
        return ""
    notes = [f"{module.kernel_size[0]}×{module.kernel_size[1]}"]
    notes += [f"groups {module.groups}"] if module.groups > 1 else []
    notes += [f"stride {module.stride[0]}"] if module.stride[0] > 1 else []
    return ", ".join(notes)


def _first(size: int | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]


def _multiply_adds(module: nn.Module, output: tuple[int, ...]) -> int:
    if isinstance(module, nn.Conv2d):
        return module.weight.numel() * prod(output[1:])
    return module.weight.numel() if isinstance(module, nn.Linear) else 0


def summary_lines(summary: Summary) -> list[str]:
    """Return the table as text: one line per layer, and the totals."""
    rows = [("layer", "output", "parameters", "multiply-adds", "receptive field")]
    rows += [
        (
            f"{layer.kind} {layer.detail}".rstrip(),
            "×".join(map(str, layer.output)),
            f"{layer.parameters:,}",
            f"{layer.multiply_adds:,}",
            str(layer.field),
        )
        for layer in summary.layers
    ]
    rows.append(("total", "", f"{summary.parameters:,}", f"{summary.multiply_adds:,}", str(summary.field)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [_aligned(row, widths) for row in rows]


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        text.ljust(width) if place < 2 else text.rjust(width)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
