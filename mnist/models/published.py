"""Five published networks, rebuilt from their layer tables: every layer's type, shape and parameters in the same order.

Some of their accuracies were published for an epoch chosen on the test images, some without saying for which epoch;
docs/mnist.md has our figures for the last epoch and for the best.
"""

from torch import Tensor, nn
from torch.nn.functional import relu

from mnist.models.dropout import Dropout


class WideStem(nn.Module):
    """18,738 parameters, published at 99.43: 128 first filters, and 1×1 convolutions that pad. ReLU is a function."""

    def __init__(self, dropout: float = 0.03) -> None:
        super().__init__()
        self.part1: nn.Sequential = nn.Sequential(
            *_padded(1, 128, dropout), nn.Conv2d(128, 8, 1, padding=1), *_padded(8, 16, dropout), nn.MaxPool2d(2, 2)
        )
        self.part2: nn.Sequential = nn.Sequential(
            *_padded(16, 16, dropout), *_padded(16, 32, dropout), nn.MaxPool2d(2, 2)
        )
        self.part3: nn.Sequential = nn.Sequential(
            nn.Conv2d(32, 16, 1, padding=1), *_padded(16, 16, dropout), *_padded(16, 32, dropout)
        )
        self.part4: nn.Sequential = nn.Sequential(nn.Conv2d(32, 10, 1, padding=1), nn.AdaptiveAvgPool2d(1))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of shape (n, 10) for images of shape (n, 1, 28, 28)."""
        for part in (self.part1, self.part2, self.part3, self.part4):
            for layer in part:
                x = relu(layer(x)) if isinstance(layer, nn.BatchNorm2d) else layer(x)
        return x.flatten(1)


def _padded(inputs: int, outputs: int, dropout: float) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.Dropout2d(dropout)]


def two_transition(dropout: float = 0.30) -> nn.Sequential:
    """17,466 parameters, published at 99.44 at epoch 13 and 99.48 at epoch 19."""
    return nn.Sequential(
        *_relu_first(1, 16, padding=1),
        *_relu_first(16, 32, padding=1),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(32, 8, 1),
        Dropout(dropout),
        *_relu_first(8, 16),
        *_relu_first(16, 32),
        nn.Conv2d(32, 8, 1),
        Dropout(dropout),
        nn.Conv2d(8, 16, 3),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 10, 1),
        nn.AvgPool2d(6),
        nn.Flatten(),
    )


def slim(dropout: float = 0.069) -> nn.Sequential:
    """12,088 parameters, published at 99.49: no bias anywhere, one pooling."""

    def block(inputs: int, outputs: int, padding: int = 0) -> list[nn.Module]:
        return [*_relu_first(inputs, outputs, padding=padding, bias=False), Dropout(dropout)]

    return nn.Sequential(
        *block(1, 8, padding=1),
        *block(8, 16, padding=1),
        *block(16, 16, padding=1),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(16, 8, 1, bias=False),
        *block(8, 16),
        *block(16, 16),
        *block(16, 16),
        *block(16, 16),
        nn.AvgPool2d(6),
        nn.Conv2d(16, 10, 1, bias=False),
        nn.Flatten(),
    )


def gap_linear(dropout: float = 0.05) -> nn.Sequential:
    """19,629 parameters, published at 99.41 at epoch 14: global average pooling, then a fully connected layer."""

    def block(inputs: int, outputs: int, padding: int = 0) -> list[nn.Module]:
        return [*_relu_first(inputs, outputs, padding=padding), nn.Dropout2d(dropout)]

    return nn.Sequential(
        *block(1, 16, padding=1),
        *block(16, 16),
        *block(16, 32),
        nn.MaxPool2d(2, 2),
        *block(32, 16, padding=1),
        *block(16, 20, padding=1),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(20, 25, 3, padding=1),
        nn.AvgPool2d(6),
        nn.Flatten(),
        nn.Linear(25, 10),
    )


def pyramid(dropout: float = 0.05) -> nn.Sequential:
    """19,944 parameters, published at 99.43: three poolings, channels that grow, no bias."""

    def block(inputs: int, outputs: int) -> list[nn.Module]:
        return [*_relu_first(inputs, outputs, padding=1, bias=False), Dropout(dropout)]

    def halve(channels: int) -> list[nn.Module]:
        return [nn.MaxPool2d(2, 2), nn.Conv2d(channels, channels, 1, bias=False)]

    return nn.Sequential(
        *block(1, 8),
        *block(8, 8),
        *halve(8),
        *block(8, 14),
        *block(14, 14),
        *halve(14),
        *block(14, 24),
        *block(24, 24),
        *halve(24),
        *block(24, 32),
        nn.Conv2d(32, 10, 1, bias=False),
        nn.AvgPool2d(3),
        nn.Flatten(),
    )


def _relu_first(inputs: int, outputs: int, *, padding: int = 0, bias: bool = True) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=padding, bias=bias), nn.ReLU(), nn.BatchNorm2d(outputs)]
