"""What else than plan and seed decides the bits of a training: device, threads, processes and versions."""

import os
import platform
from typing import Any

import torch


def describe_environment(device: torch.device, processes: int) -> dict[str, Any]:
    """Return where and with what is computed, as plain data: part of a run's configuration."""
    from mnist import __version__

    return {
        "device": device.type,
        "processor": _processor(device),
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "processes": processes,
        "versions": {"mnist": __version__, "torch": str(torch.__version__), "python": platform.python_version()},
    }


def _processor(device: torch.device) -> str:
    """Return a GPU's name, or the widest instructions that PyTorch uses on this CPU."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return torch.backends.cpu.get_cpu_capability()


def environment_changes(kept: dict[str, Any], now: dict[str, Any]) -> str:
    """Say in what a run's environment, where it was last trained, differs from this one; an empty text if in nothing.

    Args:
        kept: the configuration of the run, with the environments in which it was resumed. Older runs record less.
        now: the configuration of this process.
    """
    latest = kept | (kept["resumed"][-1] if kept.get("resumed") else {})
    before, after = _flat(latest), _flat(now)
    different = [name for name in after if before.get(name) not in (None, after[name])]
    return ", ".join(f"{name} {after[name]}, not {before[name]}" for name in different)


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    names = ["device", "processor", "processes"] + (["threads"] if config["device"] == "cpu" else [])
    return {**{name: config.get(name) for name in names}, **config["versions"]}
