"""Networks for tests."""

from torch import nn


def Plain() -> nn.Sequential:  # noqa: N802 - named as a user would name a class
    """A network without batch statistics."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))
