"""Pixels of 8 bits as a network takes them: mean 0 and deviation 1 in every channel, by the training split.

Legend: B images, C channels, H height, W width.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

_CHUNK = 256


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


def mean_and_deviation(
    pixels_NCHW: npt.NDArray[np.uint8], rows: npt.NDArray[np.int64]
) -> tuple[list[float], list[float]]:
    """Of every channel of the images `rows`, for pixels from 0 to 1; the deviation of one colour is 1.

    Exact: from counts of the 256 values.
    """
    channels = pixels_NCHW.shape[1]
    counts_CV = np.zeros((channels, 256), np.int64)
    for start in range(0, len(rows), _CHUNK):
        chunk = pixels_NCHW[np.sort(rows[start : start + _CHUNK])]
        for channel in range(channels):
            counts_CV[channel] += np.bincount(chunk[:, channel].ravel(), minlength=256)
    values_V = np.arange(256) / 255
    mean_C = counts_CV @ values_V / counts_CV.sum(1)
    squares_C = counts_CV @ values_V**2 / counts_CV.sum(1)
    std_C = np.sqrt(np.maximum(0, squares_C - mean_C**2))
    return mean_C.tolist(), [float(std) if std > 1e-9 else 1.0 for std in std_C]
