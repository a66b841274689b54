"""Which device to compute on, in which number format, and with how many threads."""

import math
import os
import platform
import sys
from pathlib import Path

import torch

from mnist.errors import MnistError

CHOICES = ("auto", "cpu", "cuda", "mps")
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}  # of x86 and of Arm, in /proc/cpuinfo


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


def send(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return a tensor of the processor's on a device; a GPU fetches it while the processor goes on."""
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def computes_bfloat16(device: torch.device) -> bool:
    """Return whether a device computes bfloat16 natively; imitating it can take six times as long as float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and _processor_computes_bfloat16()


def _processor_computes_bfloat16() -> bool:
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():  # also false where ONEDNN_MAX_CPU_ISA forbids it
        return False
    queries = [getattr(torch.cpu, f"_is_{name}_supported", None) for name in ("avx512_bf16", "amx_tile")]
    if platform.machine().lower() in ("x86_64", "amd64") and all(queries):
        return any(query() for query in queries if query is not None)
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return False
    return not _BFLOAT16_FLAGS.isdisjoint(words)


def use_threads(count: int | None) -> str:
    """Limit PyTorch's threads on the CPU.

    Returns:
        A warning if there are more of them than free cores, which makes them many times slower; otherwise nothing.
    """
    if count is not None:
        torch.set_num_threads(count)
    threads, free = torch.get_num_threads(), free_cores()
    if threads <= max(1, free):
        return ""
    cores = f"{free or 'no'} core{' is' if free == 1 else 's are'} free"
    return f"{threads} threads, but {cores}; --threads {max(1, free)} may be many times faster"


def free_cores() -> int:
    """Return how many more cores this process may keep busy, judging by the load of the last minute."""
    cores = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else cores
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(0, min(allowed, _quota(), round(cores - load)))


def _quota() -> int:
    """Return to how many cores a container is limited (Linux, cgroup v2), rounded up."""
    try:
        most, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return math.ceil(int(most) / int(period))
    except (OSError, ValueError):  # ValueError: "max", that is no limit
        return sys.maxsize
