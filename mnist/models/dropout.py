"""Dropout whose masks are cheap on a CPU."""

import torch
from torch import Tensor, nn

_RANGE = 2**16


class Dropout(nn.Dropout):
    """`nn.Dropout`, three times as fast on the CPU.

    There PyTorch draws one number per value, one after another, which takes longer than a small convolution. Here each
    draw of 64 bits serves four values, so the probability is a multiple of 1/65,536. On other devices, and in place,
    PyTorch's own is used.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x, in training with each value set to 0 with probability `p`, and the others divided by 1 − p."""
        dropped = round(self.p * _RANGE)
        if not self.training or not 0 < dropped < _RANGE or self.inplace or x.device.type != "cpu":
            return super().forward(x)
        kept = _draw_like(x) >= dropped - _RANGE // 2
        return x * torch.where(kept, x.new_tensor(1 / (1 - self.p)), x.new_zeros(()))


def _draw_like(x: Tensor) -> Tensor:
    """Return uniformly distributed 16-bit numbers, in the shape and the memory layout of x."""
    words = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    places = torch.empty_like(x, device="meta").stride()  # the strides of x, if x is dense
    return words.view(torch.int16).as_strided(x.shape, places)
