"""8-bit pixels as network inputs: standardised per channel with statistics of the training split.

Legend: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


class Standardise:
    """Converts uint8 `(B, C, H, W)` to float32 with mean 0 and standard deviation 1 per channel.

    `mean` and `std` are those of the training split, one per channel, for pixels from 0 to 1.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], device: torch.device) -> None:
        scale = 1 / (255 * torch.tensor(std, dtype=torch.float64))
        shift = -torch.tensor(mean, dtype=torch.float64) / torch.tensor(std, dtype=torch.float64)
        self._scale = scale.float().view(-1, 1, 1).to(device)
        self._shift = shift.float().view(-1, 1, 1).to(device)

    def __call__(self, x_BCHW: Tensor) -> Tensor:
        """The network's inputs; float32 pixels from 0 to 255 are accepted as well."""
        return torch.addcmul(self._shift, x_BCHW.float(), self._scale)
