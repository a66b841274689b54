"""Several processes that share one training, as `torchrun` starts them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from mnist.errors import MnistError


@dataclass(frozen=True)
class World:
    """Which of how many processes this is; without `torchrun`, the only one."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process measures, prints and writes."""
        return self.rank == 0

    def share(self, batch: Tensor) -> Tensor:
        """Return this process's share of a global batch, along its first dimension."""
        return batch[self.rank :: self.size]

    def mean(self, value: Tensor) -> Tensor:
        """Return the mean of a value over all processes."""
        if self.size > 1:
            dist.all_reduce(value)
            value /= self.size
        return value

    def wrap(self, model: nn.Module, device: torch.device) -> nn.Module:
        """Return the model with gradients averaged over all processes, and on GPUs with shared batch statistics."""
        if self.size == 1:
            return model
        if device.type == "cuda":
            synced: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
            return DistributedDataParallel(synced, device_ids=[device])
        return DistributedDataParallel(model)


def process_count() -> int:
    """Return how many processes `torchrun` started; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def world_of_processes(device: torch.device, batch_size: int) -> Iterator[World]:
    """Join the processes that `torchrun` started, over gloo on the CPU or nccl on GPUs, and leave them at the end.

    Raises:
        MnistError: the batch cannot be shared evenly.
    """
    size = process_count()
    if size == 1:
        yield World()
        return
    if batch_size % size:
        raise MnistError("--batch-size", f"{batch_size} is no multiple of {size} processes", "choose one that is")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield World(dist.get_rank(), size)
        dist.barrier()  # gloo may abort a process that leaves while another is still sending
    finally:
        dist.destroy_process_group()
