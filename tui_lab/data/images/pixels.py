"""Pixels of 8 bits as a network takes them: mean 0 and deviation 1 in every channel, by the training split.

Legend: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class Standardise:
    """Makes uint8 `(B, C, H, W)` float32 of mean 0 and deviation 1 in each channel of the training split.

    `mean` and `std` are of pixels from 0 to 1, one a channel.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], device: torch.device) -> None:
        scale = 1 / (255 * torch.tensor(std, dtype=torch.float64))
        shift = -torch.tensor(mean, dtype=torch.float64) / torch.tensor(std, dtype=torch.float64)
        self._scale = scale.float().view(-1, 1, 1).to(device)
        self._shift = shift.float().view(-1, 1, 1).to(device)

    def __call__(self, x_BCHW: Tensor) -> Tensor:
        """The network's inputs; float32 pixels from 0 to 255 are taken as well."""
        return torch.addcmul(self._shift, x_BCHW.float(), self._scale)
