"""How well a model classifies images that it was not trained on."""

import math
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss, pad

from mnist.data import SIDE, Digits, normalise

_BATCH = 1000


@dataclass(frozen=True)
class Measured:
    """A model's answers to a set of digits.

    Attributes:
        loss: mean cross-entropy.
        probabilities: float32 on the CPU, shape (n, 10).
        labels: the true classes, int64, shape (n,).
    """

    loss: float
    probabilities: Tensor
    labels: Tensor

    @property
    def answers(self) -> Tensor:
        """The most probable class of each image, int64, shape (n,)."""
        return self.probabilities.argmax(dim=1)

    @property
    def wrong(self) -> Tensor:
        """The indices of the misclassified images, int64."""
        return (self.answers != self.labels).nonzero().flatten()

    @property
    def accuracy(self) -> float:
        """The share of correct answers, in percent."""
        return 100 * (1 - len(self.wrong) / len(self.labels))

    @property
    def confusion(self) -> Tensor:
        """How often a digit (row) was taken for another (column): int64, shape (10, 10)."""
        return torch.bincount(self.labels * 10 + self.answers, minlength=100).view(10, 10)


@torch.no_grad()
def logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return a model's output for images: float32 on their device, shape (n, 10).

    Args:
        model: on the device of the images; it is put into evaluation mode.
        images: uint8, shape (n, 28, 28).
    """
    model.eval()
    parts = [
        model(normalise(part).contiguous(memory_format=torch.channels_last)) for part in torch.split(images, _BATCH)
    ]
    return torch.cat(parts).float()


def measure(model: nn.Module, digits: Digits) -> Measured:
    """Have a model classify all digits, which must be on its device."""
    output = logits(model, digits.images)
    loss = cross_entropy(output, digits.labels).item()
    return Measured(loss, output.softmax(dim=1).cpu(), digits.labels.cpu())


def measure_shifted(model: nn.Module, digits: Digits) -> Measured:
    """Have a model classify all digits nine times, moved by −1, 0 and 1 pixel each way; the probabilities' mean counts.

    Stride and pooling make a network's answer depend on where exactly a digit is. Nine forward passes for one answer
    are another task than the class's, so this figure does not compare with those of one pass.
    """
    padded = pad(digits.images, (1, 1, 1, 1))
    shifted = (padded[:, y : y + SIDE, x : x + SIDE] for y, x in product(range(3), repeat=2))
    each = torch.stack([logits(model, images).log_softmax(dim=1) for images in shifted])
    mean = each.logsumexp(dim=0) - math.log(len(each))
    return Measured(nll_loss(mean, digits.labels).item(), mean.exp().cpu(), digits.labels.cpu())
