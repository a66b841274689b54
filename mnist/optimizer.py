"""The recipe's optimizer and the running mean of the weights, neither of which makes a GPU wait for the processor."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist.recipes import Recipe


def make_optimizer(model: nn.Module, recipe: Recipe, device: torch.device) -> Optimizer:
    """Return the recipe's optimizer; weight decay applies only to tensors of two or more dimensions.

    On CUDA the learning rate is a tensor there and the step is one fused kernel, which a CUDA graph may contain.

    Args:
        model: on the device.
        recipe: what to use.
        device: where the step is computed.
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    cuda = device.type == "cuda"
    rate = torch.tensor(recipe.lr, device=parameters[0].device) if cuda else recipe.lr
    fused = True if cuda else None  # None leaves the choice to PyTorch
    if recipe.optimizer == "sgd":
        momentum = recipe.momentum
        return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=momentum > 0, fused=fused)
    return torch.optim.AdamW(groups, lr=rate, fused=fused, capturable=cuda)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the learning rate of all groups, without waiting for the device."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def restore_optimizer(optimizer: Optimizer, state: Mapping[str, Any]) -> None:
    """Take over moments and step counts, also from another device; settings stay those of this device."""
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state["state"], "param_groups": groups})


class RunningMean(AveragedModel):
    """The exponential mean of a model's weights and buffers over its steps.

    PyTorch's own reads its count from the device in every step; this one also counts here.

    Args:
        model: whose weights to average; it is copied.
        decay: the share of the mean that a step keeps; less in the first steps, so that the initial weights are soon
            forgotten.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        super().__init__(model, use_buffers=True)
        self.decay: float = decay
        self.count: int = 0
        self.register_load_state_dict_post_hook(_take_over_count)  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Take in the weights after a step."""
        kept = min(self.decay, (1 + self.count) / (10 + self.count)) if self.count else 0.0
        mean, now = (list(chain(module.parameters(), module.buffers())) for module in (self.module, model))
        for floating in (True, False):  # what is none is counted, and PyTorch has no kernel for lists of it
            pairs = [pair for pair in zip(mean, now, strict=True) if pair[0].is_floating_point() == floating]
            if pairs:
                get_ema_multi_avg_fn(kept)(*zip(*pairs, strict=True), None)  # type: ignore[no-untyped-call]
        self.count += 1
        self.n_averaged.add_(1)


def _take_over_count(mean: RunningMean, _: object) -> None:
    mean.count = int(mean.n_averaged)
