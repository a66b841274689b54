"""Models by name, or a user's own by import path."""

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from mnist.data import SIDE
from mnist.errors import MnistError
from mnist.models import own, published
from sheetgen.errors import did_you_mean

_CLASSES = 10


@dataclass(frozen=True)
class Entry:
    """A model of this package.

    Attributes:
        build: makes it, with fresh weights.
        about: one line on what it is.
        published: its published accuracy in percent.
        published_epoch: the epoch that this is the accuracy of, where the source says so.
    """

    build: Callable[[], nn.Module]
    about: str
    published: float | None = None
    published_epoch: int | None = None


MODELS: dict[str, Entry] = {
    "flagship": Entry(own.flagship, "the best accuracy under all the rules"),
    "tiny": Entry(own.tiny, "the fewest parameters for 99.4 % in the mean of five seeds"),
    "fast": Entry(own.fast, "the least time on a processor for 99.4 % in the mean of five seeds"),
    "live": Entry(own.live, "every activation fits into a workbook as a live formula"),
    "wide-stem": Entry(published.WideStem, "128 first filters, then few", 99.43),
    "two-transition": Entry(published.two_transition, "two 1×1 convolutions between three stages", 99.48, 19),
    "slim": Entry(published.slim, "one pooling, no bias", 99.49),
    "gap-linear": Entry(published.gap_linear, "global average pooling and a linear layer", 99.41, 14),
    "pyramid": Entry(published.pyramid, "three poolings, channels that grow", 99.43),
}


def create_model(name: str) -> nn.Module:
    """Make a model with fresh weights.

    Args:
        name: a key of `MODELS`, or `package.module:Class` for a class or function of the user's own that takes no
            arguments and returns an `nn.Module`; the current folder is searched as well.

    Raises:
        MnistError: there is no such model, it cannot be made, or it does not fit MNIST.
    """
    if name in MODELS:
        return MODELS[name].build()
    module, colon, attribute = name.partition(":")
    if not colon:
        raise MnistError(
            name,
            "no such model",
            f"{did_you_mean(name, MODELS)}one of {', '.join(MODELS)} or package.module:Class was expected",
        )
    return _own_model(name, module, attribute)


def _own_model(name: str, module: str, attribute: str) -> nn.Module:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        model = getattr(importlib.import_module(module), attribute)()
    except Exception as error:  # it is the user's code: anything may come
        if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
            raise MnistError(name, f"no module {module} in this folder", "work where its file is") from error
        raise MnistError(
            name, f"cannot be made ({_reason(error)})", "a class that needs no arguments was expected"
        ) from error
    if not isinstance(model, nn.Module):
        raise MnistError(name, f"gives a {type(model).__name__}", "a torch.nn.Module was expected")
    check_shapes(model, name)  # which also gives lazy layers their parameters
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise MnistError(name, "has no parameters to train", "a model that can be trained was expected")
    return model


def check_shapes(model: nn.Module, name: str) -> None:
    """Try a model on two empty images.

    Args:
        model: on the CPU; its mode stays as it was.
        name: what to call it in an error message.

    Raises:
        MnistError: it does not turn images of shape (n, 1, 28, 28) into (n, 10) numbers.
    """
    training = model.training
    try:
        with torch.no_grad():
            output = model.eval()(torch.zeros(2, 1, SIDE, SIDE))
    except Exception as error:  # it is the user's code: anything may come
        raise MnistError(name, f"cannot take images ({_reason(error)})", "input (n, 1, 28, 28) was expected") from error
    finally:
        model.train(training)
    shape = tuple(getattr(output, "shape", ()))
    if shape != (2, _CLASSES):
        raise MnistError(name, f"gives {shape} for two images", f"(2, {_CLASSES}) was expected")


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def parameter_count(model: nn.Module) -> int:
    """Return the number of parameters, frozen ones included; shared ones count once."""
    return sum(parameter.numel() for parameter in model.parameters())
