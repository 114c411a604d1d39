"""8-bit pixels as network inputs: standardised per channel with statistics of the training split.

Legend: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
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


def shown_pixels(x_BCHW: Tensor, side: int, low: float | Tensor = 0, high: float | Tensor = 255) -> Tensor:
    """Images to be shown: uint8, at most `side` pixels per side; `low` becomes black and `high` white."""
    x_BCHW = x_BCHW.float()
    if (low, high) != (0, 255):
        x_BCHW = 255 * (x_BCHW - low) / (high - low)
    height, width = x_BCHW.shape[-2:]
    if max(height, width) > side:
        size = [max(1, round(edge * side / max(height, width))) for edge in (height, width)]
        x_BCHW = F.interpolate(x_BCHW, size=size, mode="area")
    return x_BCHW.nan_to_num().round().clamp(0, 255).to(torch.uint8).cpu()


def pixel_bytes(pixels_BCHW: Tensor) -> list[bytes]:
    """Row by row, channels interleaved."""
    return [pixels.tobytes() for pixels in pixels_BCHW.permute(0, 2, 3, 1).contiguous().numpy()]
