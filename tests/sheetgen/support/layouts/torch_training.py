"""The same training by PyTorch, in matrices: autograd for the gradients, `torch.optim` for the updates, in float64."""

from collections.abc import Callable

import torch
from torch.nn import functional

from tests.sheetgen.support.layouts.mathematics import (
    DECAY,
    MEAN,
    MOMENTUM,
    SQUARES,
    TINY,
    WEIGHT_DECAY,
    Mathematics,
)

_FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky relu": functional.leaky_relu,
    "bipolar sigmoid": lambda z: torch.tanh(z / 2),
    "linear": lambda z: z,
    "softplus": functional.softplus,
    "softmax": lambda z: torch.softmax(z, -1),
}
_LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "half squares": lambda a, t: functional.mse_loss(a, t, reduction="sum") / 2,
    "squares": lambda a, t: functional.mse_loss(a, t, reduction="sum"),
    "mean square": functional.mse_loss,
    "mean of halves": lambda a, t: functional.mse_loss(a, t) / 2,
    "cross-entropy": lambda a, t: functional.binary_cross_entropy(a, t, reduction="sum"),
    "softmax": lambda a, t: -(t * torch.log(a)).sum(),
}

Trajectory = dict[str, list[float]]


def train(mathematics: Mathematics, steps: int, first_sample: int = 0) -> Trajectory:
    """Train a network.

    Returns:
        By the names of the sheet's quantities, one number for each iteration: sums, activations, the loss, gradients
        (`g_w1`), and parameters before their update.
    """
    names = [each.name for each in mathematics.parameters]
    start = mathematics.start()
    parameters = {name: torch.tensor(start[name], dtype=torch.float64, requires_grad=True) for name in names}
    optimiser = _optimiser(mathematics, parameters)
    data = mathematics.data()
    found: Trajectory = {}
    for step in range(steps):
        optimiser.zero_grad()
        seen = _forward(mathematics, parameters, data[(step + first_sample) % len(data)])
        seen["E_total"].backward()
        seen |= parameters | {f"g_{name}": each.grad for name, each in parameters.items() if each.grad is not None}
        for name, number in seen.items():
            found.setdefault(name, []).append(float(number.detach()))
        optimiser.step()
        if mathematics.rate == "decaying":
            for group in optimiser.param_groups:
                group["lr"] *= DECAY
    return found


def _forward(
    mathematics: Mathematics, parameters: dict[str, torch.Tensor], sample: dict[str, float]
) -> dict[str, torch.Tensor]:
    values = torch.tensor([sample[name] for name in mathematics.inputs], dtype=torch.float64)
    targets = torch.tensor([sample[name] for name in mathematics.targets], dtype=torch.float64)
    seen: dict[str, torch.Tensor] = {}
    for layer, neurons in enumerate(mathematics.neurons, 1):
        matrix = torch.zeros(len(neurons), len(values), dtype=torch.float64)
        shift = torch.zeros(len(neurons), dtype=torch.float64)
        for each in mathematics.parameters:
            if each.layer == layer and each.source:
                matrix = matrix.index_put(
                    (torch.tensor(each.at[0] - 1), torch.tensor(each.at[1] - 1)), parameters[each.name]
                )
            elif each.layer == layer:
                leads = [one.name in each.targets for one in neurons]
                shift = shift + torch.tensor(leads) * parameters[each.name]
        sums = matrix @ values + shift
        kind = mathematics.output if layer == len(mathematics.neurons) else mathematics.hidden
        values = _FUNCTIONS[kind](sums)
        for each, total, value in zip(neurons, sums, values, strict=True):
            seen |= {each.name: total, each.activation: value}
    return seen | {"E_total": _LOSSES[mathematics.loss](values, targets)}


def _optimiser(mathematics: Mathematics, parameters: dict[str, torch.Tensor]) -> torch.optim.Optimizer:
    start = mathematics.start()
    rates = {
        each.name: start[f"eta{each.layer}" if mathematics.rate == "per layer" else "eta"]
        for each in mathematics.parameters
    }
    groups = [{"params": [each], "lr": rates[name]} for name, each in parameters.items()]
    return {
        "sgd": lambda: torch.optim.SGD(groups),
        "momentum": lambda: torch.optim.SGD(groups, momentum=MOMENTUM),
        "nesterov": lambda: torch.optim.SGD(groups, momentum=MOMENTUM, nesterov=True),
        "rmsprop": lambda: torch.optim.RMSprop(groups, alpha=SQUARES, eps=TINY),
        "adam": lambda: torch.optim.Adam(groups, betas=(MEAN, SQUARES), eps=TINY),
        "weight decay": lambda: torch.optim.SGD(groups, weight_decay=WEIGHT_DECAY),
    }[mathematics.optimiser]()
