"""What a model computes, seen from a forward pass: it does not matter whether by modules, functions or methods."""

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.overrides import TorchFunctionMode

from mnist.data import SIDE

_NORMS = {functional.batch_norm, torch.batch_norm}
_DROPS = {
    functional.dropout,
    functional.dropout1d,
    functional.dropout2d,
    functional.dropout3d,
    functional.alpha_dropout,
    functional.feature_alpha_dropout,
    torch.dropout,
    torch.feature_dropout,
}
_POOLS = {functional.adaptive_avg_pool2d, functional.avg_pool2d, torch.mean, Tensor.mean}
_PRODUCTS = {torch.matmul, torch.mm, torch.addmm, Tensor.matmul, Tensor.mm, Tensor.addmm, Tensor.__matmul__}


@dataclass
class Observed:
    """What the class's rules ask of a network, as it is used in training.

    Attributes:
        norms: how often batch normalisation is applied.
        drops: the probability of each dropout that is applied.
        pooled: whether a mean over whole maps is taken.
        linear: whether there is a fully connected layer.
    """

    norms: int = 0
    drops: list[float] = field(default_factory=list)
    pooled: bool = False
    linear: bool = False


def observe(model: nn.Module) -> Observed:
    """Run a copy of a model on two empty images, in training mode, and note what it computes.

    A model that cannot be run so, or hides what it does (as scripted ones do), is judged by its modules.
    """
    try:
        seen = _watch(model)
    except Exception:  # it is the user's code: anything may come, and what was trained is not to be lost by it
        return _listed(model)
    return _listed(model) if seen == Observed() else seen


def _watch(model: nn.Module) -> Observed:
    subject = copy.deepcopy(model).cpu().train()
    observer = _Observer()
    for module in subject.modules():
        if isinstance(module, (_BatchNorm, _DropoutNd)):  # a user's own kind may compute it otherwise
            module.register_forward_pre_hook(observer.enter)
            module.register_forward_hook(observer.leave)
    with torch.random.fork_rng(devices=[]), torch.no_grad(), observer:
        subject(torch.zeros(2, 1, SIDE, SIDE))
    return observer.seen


def _listed(model: nn.Module) -> Observed:
    modules = [(module, getattr(module, "original_name", type(module).__name__)) for module in model.modules()]
    return Observed(
        norms=sum(isinstance(module, _BatchNorm) or name.startswith("BatchNorm") for module, name in modules),
        drops=[
            float(cast("float", module.p))
            for module, name in modules
            if isinstance(module, _DropoutNd) or "Dropout" in name
        ],
        pooled=any("AvgPool" in name for _, name in modules),
        linear=any(isinstance(module, nn.Linear) or name == "Linear" for module, name in modules),
    )


class _Observer(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.seen = Observed()
        self.inside: Counter[type] = Counter()

    def enter(self, module: nn.Module, _: object) -> None:
        self.inside[_DropoutNd if isinstance(module, _DropoutNd) else _BatchNorm] += 1

    def leave(self, module: nn.Module, *_: object) -> None:
        if isinstance(module, _DropoutNd):
            self.inside[_DropoutNd] -= 1
            self.seen.drops.append(module.p)
        else:
            self.inside[_BatchNorm] -= 1
            self.seen.norms += 1

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        given = dict(kwargs or {})
        result = func(*args, **given)
        self._note(func, args, given, result)
        return result

    def _note(self, func: Callable[..., Any], args: tuple[Any, ...], given: dict[str, Any], result: object) -> None:
        if func in _NORMS:
            self.seen.norms += not self.inside[_BatchNorm]
        elif func in _DROPS and not self.inside[_DropoutNd]:
            probability = float(given.get("p", args[1] if len(args) > 1 else 0.5))
            active = given.get("training", given.get("train", args[2] if len(args) > 2 else True))
            self.seen.drops += [probability] if active else []
        elif func in _POOLS and isinstance(result, Tensor):
            self.seen.pooled |= _whole_maps(given.get("input", args[0] if args else None), result)
        elif func is functional.linear or (func in _PRODUCTS and _takes_weights((*args, *given.values()))):
            self.seen.linear = True


def _whole_maps(entered: object, result: Tensor) -> bool:
    """Return whether all that follows images and channels was averaged, and was more than one number."""
    if not isinstance(entered, Tensor) or entered.ndim < 3:
        return False
    return entered.shape[:2] == result.shape[:2] and prod(entered.shape[2:]) > 1 == prod(result.shape[2:])


def _takes_weights(operands: Iterable[object]) -> bool:
    return any(isinstance(operand, nn.Parameter) or _is_turned_weight(operand) for operand in operands)


def _is_turned_weight(operand: object) -> bool:
    return isinstance(operand, Tensor) and isinstance(operand._base, nn.Parameter)
