"""The mean and variance of batch normalisation, measured anew on images as they are once the weights are final."""

import torch
from torch import Generator, Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mnist.data import normalise

_BATCH = 1000


def batch_norms(model: nn.Module) -> list[_BatchNorm]:
    """Return the layers that keep a running mean and variance for evaluation."""
    return [layer for layer in model.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]


@torch.no_grad()
def reestimate(model: nn.Module, images: Tensor) -> None:
    """Replace the running statistics by their means over batches of up to 1,000 images, without dropout.

    Training leaves statistics of augmented images, with dropout, and partly of earlier weights; what evaluation
    normalises has none of these. Labels are not used.

    Args:
        model: on the device of the images; it is put into evaluation mode.
        images: uint8, shape (n, 28, 28), n at least 2.
    """
    layers = batch_norms(model)
    momenta = [layer.momentum for layer in layers]
    model.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the mean over all batches instead of a running one
        layer.train()
    for part in images.tensor_split(-(-len(images) // _BATCH)):
        model(normalise(part).contiguous(memory_format=torch.channels_last))
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    model.eval()


def chosen_images(count: int, total: int, seed: int) -> Tensor:
    """Return the indices of the images to measure on, the same in every process: int64, shape (count,)."""
    return torch.randperm(total, generator=Generator().manual_seed(seed))[:count]
