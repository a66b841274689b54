"""Which device to compute on."""

import os

import torch

from mnist.errors import MnistError

CHOICES = ("auto", "cpu", "cuda", "mps")


def choose_device(name: str = "auto") -> torch.device:
    """Return a device, for `auto` the fastest available; under `torchrun` each process gets its own GPU.

    Raises:
        MnistError: this machine has no such device.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(device for device, found in there.items() if found)
    if not there[name]:
        raise MnistError("--device", f"no {name} here", "one of auto, cpu, cuda, mps that is there was expected")
    if name != "cuda":
        return torch.device(name)
    place = int(os.environ.get("LOCAL_RANK", "0"))
    if place >= torch.cuda.device_count():
        raise MnistError("--device", f"no GPU for process {place}", f"at most {torch.cuda.device_count()} processes")
    return torch.device("cuda", place)


def use_threads(count: int | None) -> None:
    """Limit PyTorch's threads on the CPU; more threads than free cores make it many times slower."""
    if count is not None:
        torch.set_num_threads(count)
